"""Pictures come in whole, still and of fair size, and lose what they tell beyond what they show (security.md B08)."""

import io
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import override_settings
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from accounts.models import Member
from library.inspection import inspect
from library.models import StoredFile
from library.operations import store_file
from library.refusals import FileRefused
from tests.factories import NOW

LATITUDE, GPS, ORIENTATION, MAKER = 2, 0x8825, 0x0112, 0x010F
SIDEWAYS = 6  # the camera was held upright, its sensor was not


def written(picture: Image.Image, kind: str, **options: object) -> bytes:
    """The picture as a file of this kind."""
    buffer = io.BytesIO()
    picture.save(buffer, kind, **options)
    return buffer.getvalue()


def half_red() -> Image.Image:
    """80 by 40 points, the left half red, the right half blue."""
    picture = Image.new("RGB", (80, 40), "blue")
    picture.paste("red", (0, 0, 40, 40))
    return picture


def with_place(kind: str) -> bytes:
    """A picture that tells its place, its camera and how that was held, and carries a second file behind its end."""
    notes = Image.Exif()
    notes[MAKER] = "Camera of Meridia"
    notes[ORIENTATION] = SIDEWAYS
    notes.get_ifd(GPS)[LATITUDE] = (46.0, 13.0, 24.0)
    words = PngInfo()
    words.add_text("Author", "Camera of Meridia")
    options = {"pnginfo": words} if kind == "PNG" else {"comment": "Camera of Meridia"}
    return written(half_red(), kind, exif=notes, **options) + b"<script>second file</script>"


def png_of(width: int, height: int) -> bytes:
    """A PNG of a few bytes that claims this size."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 1000)) + chunk(b"IEND", b"")
    )


def moving() -> bytes:
    return written(half_red(), "PNG", save_all=True, append_images=[Image.new("RGB", (80, 40), "green")])


def cut(content: bytes) -> bytes:
    return content[:-30]


@pytest.fixture
def stored(ana: Member, tmp_path: Path) -> Callable[[str, bytes], tuple[StoredFile, bytes]]:
    """Stores a file and reads it again."""

    def store(name: str, content: bytes) -> tuple[StoredFile, bytes]:
        with override_settings(MEDIA_ROOT=tmp_path):
            file = store_file(upload=SimpleUploadedFile(name, content), by=ana.user, now=NOW)
            file.refresh_from_db()
            with file.content.open() as opened:
                return file, opened.read()

    return store


@pytest.mark.parametrize(("name", "kind"), [("photo.jpg", "JPEG"), ("photo.png", "PNG"), ("photo.JPEG", "JPEG")])
def test_a_picture_is_stored_upright_and_without_its_notes(
    stored: Callable[[str, bytes], tuple[StoredFile, bytes]], name: str, kind: str
) -> None:
    file, content = stored(name, with_place(kind))
    assert [note for note in (b"Camera", b"Exif", b"eXIf", b"script") if note in content] == []
    with Image.open(io.BytesIO(content)) as picture:
        assert (picture.format, picture.size, dict(picture.getexif())) == (kind, (40, 80), {})
        red, _, blue = picture.getpixel((20, 10))
        assert (red > 200, blue < 60) == (True, True)
    assert (file.name, file.size, file.content_type) == (name, len(content), f"image/{kind.lower()}")


def test_what_is_transparent_stays_so_and_colours_keep_their_profile(
    stored: Callable[[str, bytes], tuple[StoredFile, bytes]],
) -> None:
    see_through = Image.new("RGBA", (4, 4), (255, 0, 0, 0))
    with Image.open(io.BytesIO(stored("a.png", written(see_through, "PNG"))[1])) as picture:
        assert picture.getpixel((1, 1)) == (255, 0, 0, 0)
    indexed = Image.new("P", (4, 4), 3)
    indexed.putpalette(range(12))
    with Image.open(io.BytesIO(stored("a.png", written(indexed, "PNG", transparency=3))[1])) as picture:
        assert (picture.mode, picture.info["transparency"]) == ("P", 3)
    profiled = written(half_red(), "JPEG", icc_profile=b"profile of the colours")
    with Image.open(io.BytesIO(stored("a.jpg", profiled)[1])) as picture:
        assert picture.info["icc_profile"] == b"profile of the colours"


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("a.png", png_of(50_000, 50_000), "The picture has more than 50 million pixels. Send a smaller one."),
        ("a.png", png_of(10_000, 9_000), "The picture has more than 50 million pixels. Send a smaller one."),
        ("a.png", png_of(10_000, 6_000), "The picture has more than 50 million pixels. Send a smaller one."),
        ("a.png", moving(), "The picture moves. Send a still one."),
        ("a.png", cut(written(half_red(), "PNG")), "The picture is damaged. Open it, save it again and send the new"),
        ("a.jpg", cut(written(half_red(), "JPEG")), "The picture is damaged. Open it, save it again and send the new"),
        ("a.jpg", b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00\xff\xd9", "The name says JPG"),
        ("a.jpg", written(half_red(), "PNG"), "The name says JPG, the content does not."),
        ("a.png", written(half_red(), "GIF"), "The name says PNG, the content does not."),
        ("a.png", b"Just words", "The name says PNG, the content does not."),
    ],
)
def test_what_is_no_whole_still_picture_of_fair_size_is_refused(name: str, content: bytes, why: str) -> None:
    upload = SimpleUploadedFile(name, content)
    with pytest.raises(FileRefused) as refused:
        inspect(upload)
    assert str(refused.value).startswith(why)
    assert upload.tell() == 0
