"""A list of members for a group as a file: what its rows say, and what stands against each of them.

Nothing is stored here: the page shows the rows, and groups/operations/imports.py takes them over once confirmed.
"""

from __future__ import annotations

import csv
import unicodedata
import zlib
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from io import BytesIO, StringIO
from typing import Any
from zipfile import BadZipFile

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.base import File
from django.core.validators import validate_email
from django.db.models.functions import Lower
from django.utils.translation import gettext as _
from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from accounts.exchange import FORMULA
from accounts.lists import listed
from accounts.models import Member, Office
from groups.models import Group, Membership
from groups.seating import is_same_person, mandate_from

NEEDED = ("office", "email", "family_name")
COLUMNS = (*NEEDED, "given_name", "honorific", "job_title", "language", "seat", "mandate_ends_on")
LONGEST = {"family_name": 100, "given_name": 100, "honorific": 20, "job_title": 200, "email": 254}
MOST_ROWS, MOST_LINES, MOST_COLUMNS = 500, 5000, 40
DELIMITERS = (",", ";", "\t")
# What csv and openpyxl raise about a file that is damaged inside.
DAMAGED = (csv.Error, BadZipFile, InvalidFileException, OSError, SyntaxError, zlib.error)
UNREADABLE = (*DAMAGED, LookupError, AttributeError, TypeError, ValueError)
FORBIDDEN = {"Cc", "Cs", "Zl", "Zp"}
SEATS = (Membership.Role.MEMBER, Membership.Role.ALTERNATE)


class Unreadable(Exception):
    """The file is no list of members; the message says what is wrong, fit for a page."""


@dataclass(frozen=True, kw_only=True)
class Row:
    """One line of the file as it was typed; `number` is the one a spreadsheet shows, the header being 1."""

    number: int
    office: str = ""
    email: str = ""
    family_name: str = ""
    given_name: str = ""
    honorific: str = ""
    job_title: str = ""
    language: str = ""
    seat: str = ""
    mandate_ends_on: str = ""

    @property
    def role(self) -> str:
        """The seat that was typed, a member's where nothing was."""
        return self.seat.lower() or Membership.Role.MEMBER

    def pack(self) -> list[Any]:
        """The row as a short list, for a signed field of the page."""
        return list(asdict(self).values())

    @classmethod
    def unpack(cls, values: Sequence[Any]) -> Row:
        """The row that was packed."""
        return cls(**dict(zip(cls.__dataclass_fields__, values, strict=True)))


@dataclass(frozen=True)
class Problem:
    """Why a row cannot be taken over: its number, the column, and the reason in words."""

    number: int
    column: str
    reason: str


def read_rows(upload: File) -> list[Row]:
    """The rows of a CSV or XLSX file whose content was inspected; empty lines are left out. Raises Unreadable."""
    try:
        return _rows(_sheet(upload) if (upload.name or "").lower().endswith(".xlsx") else _text(upload))
    except UNREADABLE as error:
        raise Unreadable(_("The file cannot be read as a list. Save it again as XLSX or CSV.")) from error


def _rows(lines: Iterator[list[str]]) -> list[Row]:
    names = [name.lower() for name in next(lines, [])]
    named = [name for name in names if name]
    missing = [name for name in NEEDED if name not in names]
    if missing:
        raise Unreadable(
            _("The first line names the columns. These are missing: %(names)s.") % {"names": listed(missing)}
        )
    if not set(named) <= set(COLUMNS) or len(set(named)) < len(named):
        raise Unreadable(_("The first line names each column once. Known are %(names)s.") % {"names": listed(COLUMNS)})
    rows: list[Row] = []
    for number, cells in enumerate(lines, 2):
        if any(cells):
            rows.append(Row(number=number, **{n: c for n, c in zip(names, cells, strict=False) if n}))
        if len(rows) > MOST_ROWS or number > MOST_LINES:
            raise Unreadable(_("The list has more than %(count)s rows. Split it.") % {"count": MOST_ROWS})
    if not rows:
        raise Unreadable(_("The list has no rows."))
    return rows


def problems_in(group: Group, rows: Sequence[Row], today: date) -> list[Problem]:
    """What stands against the rows, in their order; empty where all can be taken over. `today` is a Geneva day."""
    return list(_Check(group, rows, today).problems())


class _Check:
    """Reads once what the rows are compared with, and remembers what earlier rows have claimed."""

    def __init__(self, group: Group, rows: Sequence[Row], today: date) -> None:
        self.group, self.rows, self.today = group, rows, today
        self.offices = set(Office.objects.exclude(kind=Office.Kind.RESERVED).values_list("code", flat=True))
        self.members: dict[str, list[Member]] = defaultdict(list)
        addresses = {row.email.lower() for row in rows}
        for member in Member.objects.current().annotate(address=Lower("email")).filter(address__in=addresses):
            self.members[member.email.lower()].append(member)
        seats = Membership.objects.current().filter(group=group)
        self.sitting = set(seats.values_list("member", flat=True))
        self.held = Counter(
            (office, role == Membership.Role.ALTERNATE) for office, role in seats.values_list("member__office", "role")
        )
        self.seen: set[str] = set()

    def problems(self) -> Iterator[Problem]:
        """Each row is checked by itself, then against the database and the rows before it."""
        for row in self.rows:
            said = [*self._shape(row), *self._person(row)]
            self.seen.add(row.email.lower())
            for column, reason in said or self._room(row):
                yield Problem(row.number, column, reason)

    def _shape(self, row: Row) -> Iterator[tuple[str, str]]:
        for column, longest in LONGEST.items():
            text = getattr(row, column)
            if len(text) > longest:
                yield column, _("At most %(count)s characters.") % {"count": longest}
            elif any(unicodedata.category(char) in FORBIDDEN for char in text):
                yield column, _("This holds control characters.")
        if not row.family_name:
            yield "family_name", _("The name is missing.")
        if row.language and row.language not in dict(settings.LANGUAGES):
            codes = listed(code for code, _name in settings.LANGUAGES)
            yield "language", _("This is none of the languages %(codes)s.") % {"codes": codes}
        if row.role not in SEATS:
            yield "seat", _("Write member or alternate.")
        if row.mandate_ends_on and not self._is_end(row.mandate_ends_on):
            last = mandate_from(self.group, self.today)
            yield "mandate_ends_on", _("Write a day after today, at the latest %(day)s, as 2027-12-31.") % {"day": last}

    def _is_end(self, text: str) -> bool:
        end = parsed_day(text)
        return end is not None and self.today < end <= mandate_from(self.group, self.today)

    def _person(self, row: Row) -> Iterator[tuple[str, str]]:
        address = row.email.lower()
        if row.office not in self.offices:
            yield "office", _("There is no office with this code.")
        try:
            validate_email(row.email)
        except ValidationError:
            yield "email", _("This is no e-mail address.")
            return
        if address in self.seen:
            yield "email", _("This address stands in an earlier row.")
        known = self.members[address]
        colleague = next((member for member in known if member.office_id == row.office), None)
        if known and colleague is None:
            yield "email", _("This is the address of a member of another office, or of a guest.")
        if colleague is not None and not is_same_person(colleague, row.family_name):
            yield "email", _("This is the address of %(name)s.") % {"name": colleague.name}
        if colleague is not None and colleague.pk in self.sitting:
            yield "email", _("This member has a seat in the group already.")

    def _room(self, row: Row) -> Iterator[tuple[str, str]]:
        key = (row.office, row.role == Membership.Role.ALTERNATE)
        most = self.group.rules.alternates if key[1] else self.group.rules.seats
        if self.held[key] >= most:
            yield "seat", _("The office has all its seats of this kind: %(count)s.") % {"count": most}
        self.held[key] += 1


def parsed_day(text: str) -> date | None:
    """A day as year, month and day; None for what is none."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


# --- the two kinds of file --------------------------------------------------------------------------------------------
def _text(upload: File) -> Iterator[list[str]]:
    text = upload.read().decode("utf-8-sig")
    first = text.split("\n", 1)[0]
    delimiter = max(DELIMITERS, key=first.count)
    for line in csv.reader(StringIO(text, newline=""), delimiter=delimiter):
        yield [_cell(cell) for cell in line]


def _sheet(upload: File) -> Iterator[list[str]]:
    book = load_workbook(BytesIO(upload.read()), read_only=True, data_only=True)
    for line in book.worksheets[0].iter_rows(max_col=MOST_COLUMNS, values_only=True):
        yield [_cell(cell) for cell in line]


def _cell(value: Any) -> str:
    """What a cell says, on one line; the apostrophe that an export puts before a formula is taken off."""
    if value is None:
        return ""
    text = " ".join((value.isoformat()[:10] if isinstance(value, date) else str(value)).split())
    return text[1:] if text.startswith("'") and FORMULA.match(text[1:]) else text
