"""Compiles every catalogue below locale/ while the image is built, without gettext's programs."""

from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

for po in sorted(Path("locale").glob("*/LC_MESSAGES/*.po")):
    with po.open("rb") as source, po.with_suffix(".mo").open("wb") as target:
        write_mo(target, read_po(source, locale=po.parent.parent.name, domain=po.stem, abort_invalid=True))
