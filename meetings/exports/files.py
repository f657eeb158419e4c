"""The files there are, and how each is named."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import quote

from accounts.deadlines import GENEVA
from meetings.exports import report, spreadsheet, tree
from meetings.exports.texts import About

Writer = Callable[[About], bytes]
OFFICE = "application/vnd.openxmlformats-officedocument"
WRITERS: dict[str, tuple[Writer, str]] = {
    "xlsx": (spreadsheet.write, f"{OFFICE}.spreadsheetml.sheet"),
    "docx": (report.write, f"{OFFICE}.wordprocessingml.document"),
    "json": (tree.write, "application/json"),
}
# Separators, quotes, and signs that turn the direction of a name round.
UNSAFE = re.compile('[\x00-\x1f\x7f-\x9f/\\\\:*?"<>|;%\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069\ud800-\udfff]+')
LONGEST = 80  # characters of a title in a name


@dataclass(frozen=True)
class File:
    """A file ready to be sent: `name` in the reader's language, `plain_name` in ASCII for what knows nothing else."""

    content: bytes
    content_type: str
    name: str
    plain_name: str

    @property
    def disposition(self) -> str:
        """The header that names it twice (RFC 6266)."""
        return f"attachment; filename=\"{self.plain_name}\"; filename*=UTF-8''{quote(self.name, safe='')}"


def file_of(about: About, format: str) -> File:
    """A compilation as a file, in the active language. KeyError for a format that does not exist."""
    write, content_type = WRITERS[format]
    day = about.as_of.astimezone(GENEVA).date().isoformat()
    title = " ".join(UNSAFE.sub(" ", about.title).split())[:LONGEST].strip(" .")
    return File(
        content=write(about),
        content_type=content_type,
        name=f"{title} {day}.{format}",
        plain_name=f"compilation-{about.round.slug}-{day}.{format}",
    )
