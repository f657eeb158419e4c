"""The offices as they come with the portal: data/offices.csv, 208 rows; offices.md beside it says where they come from.

Loading creates what is missing and touches nothing that exists, so edits by the Secretariat stay. A corrected file
therefore reaches a running portal through the admin's import, where every change is shown before it is made.
"""

import csv
from collections.abc import Iterator, Mapping
from pathlib import Path

from django.conf import settings

from accounts.models import Office
from accounts.operations import add_offices

OFFICES = Path(__file__).parent / "data" / "offices.csv"
LANGUAGES = {"en": "en", "fr": "fr", "es": "es", "ru": "ru", "ar": "ar", "zh": "zh-hans"}


def load_offices(path: Path = OFFICES) -> int:
    """Adds the offices of the file that are missing and returns their number."""
    return add_offices(offices=read_offices(path))


def read_offices(path: Path = OFFICES) -> list[Office]:
    """The rows of the file as unsaved offices. Namibia's code is the text "NA": csv keeps everything a string."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(_offices(csv.DictReader(file)))


def _offices(rows: Iterator[Mapping[str, str]]) -> Iterator[Office]:
    for row in rows:
        yield Office(
            code=row["st3"],
            kind=row["kind"],
            is_wipo_member=row["wipo_member"] == "yes",
            names={ours: row[f"name_{theirs}"] for theirs, ours in LANGUAGES.items()},
            names_source=row["names_source"],
            ranks={ours: int(row[f"sort_{theirs}"]) for theirs, ours in LANGUAGES.items()},
            aliases=row["aliases"],
            office_name=row["office_name"],
            office_acronym=row["office_acronym"],
            office_name_confidence=row["office_confidence"],
            iso3=row["iso3"],
            m49=row["m49"],
            region=row["un_group"],
            wipo_group=row["wipo_group"],
            wipo_group_confidence=row["wipo_group_confidence"],
            regional_organization=row["regional_ip_org"],
            time_zone=row["tz"] or settings.PORTAL_TIME_ZONE,
            notes=row["notes"],
        )
