"""What a file really is: twelve types come in by their content; active content and archives built to harm do not.

Limits are those of security.md (ASVS 5.2); nothing is ever unpacked to disk, and no part of a file is executed.
"""

import re
import stat
import unicodedata
import zipfile
import zlib
from collections.abc import Collection
from pathlib import PurePosixPath

import puremagic
from django.conf import settings
from django.core.files.base import File
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _

from accounts.lists import listed
from library.pictures import FORMATS, check_picture
from library.refusals import FileRefused, not_what_it_claims

OOXML = "application/vnd.openxmlformats-officedocument."
ODF = "application/vnd.oasis.opendocument."
TYPES = {
    "pdf": "application/pdf",
    "docx": f"{OOXML}wordprocessingml.document",
    "xlsx": f"{OOXML}spreadsheetml.sheet",
    "pptx": f"{OOXML}presentationml.presentation",
    "odt": f"{ODF}text",
    "ods": f"{ODF}spreadsheet",
    "odp": f"{ODF}presentation",
    "txt": "text/plain; charset=utf-8",
    "csv": "text/csv; charset=utf-8",
    "ics": "text/calendar; charset=utf-8",
    "png": "image/png",
    "jpg": "image/jpeg",
}
SAME_AS = {"jpeg": "jpg", "text": "txt"}
MAIN_PART = {"docx": "word/document.xml", "xlsx": "xl/workbook.xml", "pptx": "ppt/presentation.xml"}
MAX_UNPACKED, MAX_ENTRIES, MAX_RATIO = 200 * 1024 * 1024, 2000, 100
NAME_LENGTH = 150
HEAD = 8192
MARKUP = re.compile(r"<\s*(!doctype|!entity|\?xml|html|head|body|svg|script|iframe|object|embed)\b", re.I)
CONTROLS = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f]")
PDF_ACTIVE = re.compile(rb"/(JavaScript|JS|Launch|RichMedia|EmbeddedFiles?)(?![A-Za-z])")
PDF_ESCAPE = re.compile(rb"#([0-9A-Fa-f]{2})")
PDF_STREAM = re.compile(rb"(?<!end)stream\r?\n")
UNSAFE_IN_NAMES = re.compile(r'[<>:"|?*;%\\/]')
RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.I)


def clean_name(name: str) -> str:
    """A file name without folders, control characters and signs that some system reads as a command; never empty."""
    name = unicodedata.normalize("NFC", name.replace("\\", "/").rpartition("/")[2])
    name = "".join(
        sign for sign in name if unicodedata.category(sign) not in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
    )
    name = UNSAFE_IN_NAMES.sub("-", name).strip(" .") or "file"
    name = f"_{name}" if RESERVED.fullmatch(name) else name
    stem, dot, extension = name.rpartition(".")
    return f"{stem[: NAME_LENGTH - len(extension) - 1]}{dot}{extension}" if dot else name[:NAME_LENGTH]


def inspect(upload: File, accepted: Collection[str] = TYPES, limit: int | None = None) -> str:
    """The content type of an uploaded file, found in its content and equal to what its name claims.

    `accepted` are keys of TYPES, `limit` octets; the one of the settings where none is given. Leaves the file at its
    beginning. Raises FileRefused.
    """
    limit = limit or settings.UPLOAD_MAX_BYTES
    if not upload.size:
        raise FileRefused(_("The file is empty."))
    if upload.size > limit:
        sizes = {"size": filesizeformat(upload.size), "limit": filesizeformat(limit)}
        raise FileRefused(_("The file has %(size)s; at most %(limit)s are accepted.") % sizes)
    extension = _extension(upload.name or "", accepted)
    try:
        upload.seek(0)
        CHECKS[extension](upload, extension)
    finally:
        upload.seek(0)
    return TYPES[extension]


def _extension(name: str, accepted: Collection[str]) -> str:
    extension = PurePosixPath(name.lower()).suffix.removeprefix(".")
    extension = SAME_AS.get(extension, extension)
    if extension not in accepted:
        names = {"accepted": listed(accepted).upper()}
        raise FileRefused(_("Files of this type are not accepted. Accepted are %(accepted)s.") % names)
    return extension


def _must_look_like(head: bytes, extension: str, *names: str) -> None:
    """Compares the first bytes with puremagic's collection of signatures."""
    try:
        found = {match.extension for match in puremagic.magic_string(head)}
    except puremagic.PureError:
        found = set()
    if not found & {f".{name}" for name in (extension, *names)}:
        raise not_what_it_claims(extension)


# --- kinds ------------------------------------------------------------------------------------------------------------
def _check_text(upload: File, extension: str) -> None:
    try:
        text = upload.read().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise FileRefused(_("The text is not in UTF-8. Save it as UTF-8, or send a PDF.")) from error
    if CONTROLS.search(text) or (extension == "ics" and not text.lstrip().startswith("BEGIN:VCALENDAR")):
        raise not_what_it_claims(extension)
    if MARKUP.search(text[:HEAD]):
        raise FileRefused(_("The file holds HTML, SVG or XML, which can carry a program. Send it as PDF."))


def _check_pdf(upload: File, extension: str) -> None:
    data = upload.read()
    if not data.startswith(b"%PDF-"):
        raise not_what_it_claims(extension)
    _must_look_like(data[:HEAD], extension)
    if any(PDF_ACTIVE.search(PDF_ESCAPE.sub(_plain_byte, part)) for part in _pdf_objects(data)):
        raise FileRefused(_("The PDF holds a program or another file. Print it to a new PDF and send that."))


def _plain_byte(match: re.Match[bytes]) -> bytes:
    return bytes([int(match[1], 16)])


def _pdf_objects(data: bytes) -> list[bytes]:
    """The dictionaries of a PDF: what stands between its streams, and the streams that hold compressed objects."""
    parts, position = [], 0
    while match := PDF_STREAM.search(data, position):
        before, end = data[position : match.start()], data.find(b"endstream", match.end())
        parts.append(before)
        if b"/ObjStm" in before[-1000:]:
            parts.append(_inflated(data[match.end() : end]))
        if end < 0:
            return parts
        position = end
    return [*parts, data[position:]]


def _inflated(data: bytes) -> bytes:
    """What a compressed object stream holds, up to 20 MB; as it is where it cannot be read."""
    try:
        return zlib.decompressobj().decompress(data, 20 * 1024 * 1024)
    except zlib.error:
        return data


def _check_office(upload: File, extension: str) -> None:
    if upload.read(4) != b"PK\x03\x04":
        raise not_what_it_claims(extension)
    try:
        with zipfile.ZipFile(upload) as archive:
            _check_archive(archive.infolist())
            _check_parts(archive, extension)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError, OSError) as error:
        raise FileRefused(_("The file is damaged. Open it, save it again and send the new one.")) from error


def _check_archive(entries: list[zipfile.ZipInfo]) -> None:
    """Refuses what no office program writes: places outside the archive, passwords, links, and bombs."""
    unpacked, packed = sum(e.file_size for e in entries), sum(e.compress_size for e in entries)
    if len(entries) > MAX_ENTRIES or unpacked > MAX_UNPACKED or unpacked > MAX_RATIO * max(packed, 1):
        raise FileRefused(_("The file grows far beyond its size when opened. Send it as PDF."))
    if any(e.flag_bits & 1 for e in entries):
        raise FileRefused(_("The file is protected by a password. Send it without one."))
    for entry in entries:
        outside = entry.filename.startswith("/") or ":" in entry.filename or ".." in entry.filename.split("/")
        if outside or stat.S_ISLNK(entry.external_attr >> 16):
            raise FileRefused(_("The file points outside itself. Open it, save it again and send the new one."))


def _check_parts(archive: zipfile.ZipFile, extension: str) -> None:
    names = set(archive.namelist())
    types = archive.read("[Content_Types].xml") if "[Content_Types].xml" in names else b""
    if extension in MAIN_PART:
        is_what_it_claims = bool(types) and MAIN_PART[extension] in names
    else:
        is_what_it_claims = "mimetype" in names and archive.read("mimetype").strip() == TYPES[extension].encode()
    if b"macroEnabled" in types or any(_is_macro(name.lower()) for name in names):
        raise FileRefused(_("The file holds macros. Save it without macros, or send a PDF."))
    if not is_what_it_claims:
        raise not_what_it_claims(extension)
    for name in names:
        if name.lower().endswith((".xml", ".rels")):
            _refuse_entities(archive, name)


def _is_macro(name: str) -> bool:
    return (
        name.endswith(("vbaproject.bin", "vbadata.xml"))
        or name.startswith(("basic/", "scripts/"))
        or "/activex/" in name
    )


def _refuse_entities(archive: zipfile.ZipFile, name: str) -> None:
    """A document type may only stand before the first element; no office program writes one."""
    with archive.open(name) as part:
        head = part.read(HEAD).replace(b"\x00", b"").upper()
    if b"<!DOCTYPE" in head or b"<!ENTITY" in head:
        raise FileRefused(_("The file holds XML entities, which no office program writes. Send it as PDF."))


CHECKS = {
    "pdf": _check_pdf,
    **dict.fromkeys(("docx", "xlsx", "pptx", "odt", "ods", "odp"), _check_office),
    **dict.fromkeys(("txt", "csv", "ics"), _check_text),
    **dict.fromkeys(FORMATS, check_picture),
}
