"""The compiled catalogues, made in pure Python (`python -m wild_portal.catalogues`): msgfmt need not be installed."""

import os
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

LANGUAGES = ("ar", "es", "fr", "ru", "zh_Hans")  # English is in the sources
LOCALE = Path(__file__).resolve().parent.parent / "locale"


def compile_all(locale: Path = LOCALE) -> int:
    """Writes the .mo beside every .po that is newer; returns how many were written."""
    written = 0
    for po in sorted(locale.glob("*/LC_MESSAGES/*.po")):
        mo = po.with_suffix(".mo")
        if mo.exists() and mo.stat().st_mtime_ns >= po.stat().st_mtime_ns:
            continue
        fresh = mo.with_suffix(f".{os.getpid()}.new")
        with fresh.open("wb") as file:
            write_mo(file, without_gaps(read(po)))
        fresh.rename(mo)
        written += 1
    return written


def read(po: Path) -> Catalog:
    """The catalogue in locale/<language>/LC_MESSAGES/<domain>.po; raises PoFileError for a broken one."""
    with po.open("rb") as file:
        return read_po(file, locale=po.parent.parent.name, domain=po.stem, abort_invalid=True)


def without_gaps(catalogue: Catalog) -> Catalog:
    """The catalogue without plural texts nobody has translated: English has two forms, other languages one or six."""
    for message in catalogue:
        if message.pluralizable and not any(message.string or ()):
            message.string = ""  # what write_mo leaves out
    return catalogue


if __name__ == "__main__":
    compile_all()
