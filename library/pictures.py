"""Pictures are read whole and written anew: what is stored tells no place and no device (security.md B08)."""

import io
from typing import IO, cast

from django.core.files.base import ContentFile, File
from django.utils.translation import gettext as _
from PIL import Image, ImageOps, PngImagePlugin

from library.refusals import FileRefused, not_what_it_claims

FORMATS = {"png": "PNG", "jpg": "JPEG"}
MAX_PIXELS = 50_000_000  # more than a telephone takes; read, they fill 200 MB
JPEG_QUALITY = 92


def check_picture(upload: File, extension: str) -> None:
    """Raises FileRefused unless the upload is one still picture of the type `extension`, whole and of fair size."""
    _read(upload, extension)


def without_metadata(upload: File, extension: str) -> File:
    """The picture written anew, upright and in its colours, without what else came with it.

    Where it was taken, by whom and with which device stay outside: such notes tell more than their sender knows.
    Raises FileRefused.
    """
    picture = _read(upload, extension)
    colours = picture.info.get("icc_profile")
    upright, written = ImageOps.exif_transpose(picture), io.BytesIO()
    upright.info = {name: upright.info[name] for name in ("transparency",) if name in upright.info}
    upright.save(written, FORMATS[extension], quality=JPEG_QUALITY, icc_profile=colours)
    return ContentFile(written.getvalue(), name=upload.name)


def _read(upload: File, extension: str) -> Image.Image:
    """The decoded picture. Pillow refuses far larger ones itself; size is known before anything is decoded."""
    upload.seek(0)
    try:
        picture = Image.open(cast("IO[bytes]", upload), formats=[FORMATS[extension]])
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise _too_large() from error
    except (OSError, ValueError, SyntaxError) as error:
        raise not_what_it_claims(extension) from error
    if picture.width * picture.height > MAX_PIXELS:
        raise _too_large()
    if isinstance(picture, PngImagePlugin.PngImageFile) and picture.is_animated:
        raise FileRefused(_("The picture moves. Send a still one."))
    try:
        picture.load()
    except (OSError, ValueError, SyntaxError) as error:
        raise FileRefused(_("The picture is damaged. Open it, save it again and send the new one.")) from error
    return picture


def _too_large() -> FileRefused:
    limit = {"limit": MAX_PIXELS // 1_000_000}
    return FileRefused(_("The picture has more than %(limit)s million pixels. Send a smaller one.") % limit)
