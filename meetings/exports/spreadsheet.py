"""The compilation as a spreadsheet: answers, comments, tallies, and a sheet that says how to read them.

Every text is written as text: openpyxl would take one that begins with "=" for a formula.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from io import BytesIO
from math import ceil

from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from openpyxl import Workbook
from openpyxl.cell import Cell as SheetCell
from openpyxl.styles import Alignment, Border, Font, NamedStyle, PatternFill, Side
from openpyxl.styles.cell_style import StyleArray
from openpyxl.utils import get_column_letter

from accounts.deadlines import GENEVA
from meetings.compilation import Counts, Group, OfficeRow, Position, Willingness
from meetings.convergence import map_of
from meetings.exports.texts import (
    About,
    Direction,
    annexes_of,
    clean,
    decision_of,
    direction,
    harmless,
    language,
    marks_of,
    region_of,
    title_of,
)
from meetings.lettering import letter_text
from meetings.wording import as_text

Value = str | int | date | datetime | None
WIDEST = 32_767  # characters a cell can hold
LINE, HIGHEST = 13.5, 409  # points: a line of text, and what a row can be at most
PAGE = 150  # characters across a page on its side
FACE = "Arial"
SHEET_NAME = re.compile(r"[\[\]:*?/\\']")
DAY, MINUTE = "yyyy-mm-dd", "yyyy-mm-dd hh:mm"
HEAD = NamedStyle(
    "wild head",
    font=Font(FACE, 10, bold=True, color="FFFFFF"),
    fill=PatternFill("solid", fgColor="0B4F63"),
    alignment=Alignment(wrap_text=True, vertical="top"),
    border=Border(bottom=Side("thin", color="16232B")),
)
TEXT = NamedStyle("wild text", font=Font(FACE, 10), alignment=Alignment(wrap_text=True, vertical="top"))
NUMBER = NamedStyle("wild number", font=Font(FACE, 10), alignment=Alignment(vertical="top"), number_format="0")
TOP_LEFT = Alignment(vertical="top", horizontal="left")
AT = NamedStyle("wild instant", font=Font(FACE, 10), alignment=TOP_LEFT, number_format=MINUTE)
ON = NamedStyle("wild day", font=Font(FACE, 10), alignment=TOP_LEFT, number_format=DAY)
STYLES = (HEAD, TEXT, NUMBER, AT, ON)


def write(about: About) -> bytes:
    """The whole book."""
    book = Workbook()
    book.remove(book.active)
    # A style belongs to one book from then on: each book gets its own.
    for style in STYLES:
        book.add_named_style(_copy(style))
    book.properties.title, book.properties.creator = clean(about.title), "WILD"
    book.properties.language = language()
    book.properties.created = book.properties.modified = about.as_of.astimezone(GENEVA).replace(tzinfo=None)
    _answers(book, about)
    _comments(book, about)
    _tallies(book, about)
    _about(book, about)
    file = BytesIO()
    book.save(file)
    return file.getvalue()


def _copy(style: NamedStyle) -> NamedStyle:
    return NamedStyle(
        style.name,
        font=style.font,
        fill=style.fill,
        border=style.border,
        alignment=style.alignment,
        number_format=style.number_format,
    )


def _answers(book: Workbook, about: About) -> None:
    """Offices by items: first what each thinks, then what each would do."""
    items = about.compilation.items
    columns = [
        *((_("Code"), 7), (_("Office"), 30), (_("Kind"), 16), (_("UN regional group"), 22), (_("State"), 16)),
        *((_("Submitted (Geneva time)"), 17), (_("Version"), 9), (_("Remarks"), 18)),
        *((f"{letter_text(item.key)}. {item.heading}", 18) for item in items),
        *((_("%(item)s: would do") % {"item": letter_text(item.key)}, 14) for item in items),
    ]
    sheet = _Sheet(book, _("Answers"), columns, frozen="C2")
    for row in about.compilation.listed:
        sheet.add(
            [
                *(row.office.code, row.name, str(row.office.get_kind_display()), region_of(row.office)),
                *(pgettext("state of an office", "submitted") if row.submitted_at else row.silence, row.submitted_at),
                *(row.number or None, marks_of(row)),
                *_said(row, len(items)),
            ],
        )


def _said(row: OfficeRow, asked: int) -> Iterable[str]:
    """The words of the matrix; silence stands in every cell, so that none is empty by chance."""
    if not row.submitted_at:
        return [row.silence] * asked + [""] * asked
    positions = [str(Position(cell.position).label) if cell else _("not answered") for cell in row.answers]
    would = [str(Willingness(cell.willingness).label) if cell and cell.willingness else "" for cell in row.answers]
    return positions + would


def _comments(book: Workbook, about: About) -> None:
    columns = [
        *((_("Item"), 7), (_("Heading"), 24), (_("Code"), 7), (_("Office"), 24), (_("Position"), 18)),
        *((_("Would do"), 16), (_("Comment or reason"), 50), (_("Proposed wording"), 50)),
        *((_("Change: [-out-] {+in+}"), 50), (_("Annexes"), 24), (_("Joined by"), 24), (_("What became of it"), 40)),
        *((_("Remarks"), 18), (_("Submitted (Geneva time)"), 17)),
    ]
    sheet = _Sheet(book, _("Comments"), columns, frozen="E2")
    for tally in about.compilation.tallies:
        for remark in tally.remarks:
            answer, item = remark.answer, tally.item
            sheet.add(
                [
                    *(letter_text(item.key), item.heading, remark.office.code, remark.row.name),
                    *(str(Position(answer.position).label), remark.willingness, answer.comment, answer.wording),
                    as_text(item.text, answer.wording) if answer.wording else "",
                    *(annexes_of(remark), "\n".join(office.name for office in about.joined(remark))),
                    *(decision_of(about, remark), marks_of(remark.row), remark.row.submitted_at),
                ],
            )


def _tallies(book: Workbook, about: About) -> None:
    """Each item for all offices, then for each group of them."""
    compilation = about.compilation
    columns = [
        *((_("Item"), 7), (_("Heading"), 30), (_("Offices"), 34), (_("Asked"), 9), (_("Submitted"), 11)),
        *((_("Not answered"), 11), (_("Not reached"), 11)),
        *((title_of(label), 12) for label in Position.labels),
        *((title_of(label), 12) for label in Willingness.labels),
        *((_("Would act"), 11), (_("At least three quarters stand within"), 34)),
    ]
    sheet = _Sheet(book, _("Tallies"), columns, frozen="D2")
    groups = [Group("all", _("All offices"), compilation.offices), *compilation.groups]
    for tally, drawn in zip(compilation.tallies, map_of(compilation.tallies).rows, strict=True):
        for group in groups:
            counts = group.by_item.get(tally.item.pk, Counts({}, {}))
            states = group.states
            sheet.add(
                [
                    *(
                        letter_text(tally.item.key),
                        tally.item.heading,
                        group.label,
                        len(group.rows),
                        states["submitted"],
                    ),
                    *(group.silent, states["not_reached"], *counts.cells, *counts.willing, counts.acting),
                    drawn.span_text if group.key == "all" else "",
                ],
            )


def _about(book: Workbook, about: About) -> None:
    sheet = _Sheet(book, _("About"), [(_("About"), 30), (about.title, 100)], frozen="A2")
    for name, value in about.facts:
        sheet.add([name, value])
    for number, rule in enumerate(about.rules, 1):
        sheet.add([_("Rule %(number)s") % {"number": number}, rule])


# --- sheets and cells -------------------------------------------------------------------------------------------------
class _Sheet:
    """A sheet with its head, printed across one page with the head on each; rows are added at the end."""

    def __init__(self, book: Workbook, name: str, columns: Sequence[tuple[str, int]], *, frozen: str) -> None:
        self.sheet = sheet = book.create_sheet(SHEET_NAME.sub(" ", name)[:31])
        self.row = 0
        self.widths = [width for _title, width in columns]
        self.looks: dict[str, StyleArray] = {}
        sheet.sheet_view.rightToLeft = direction() is Direction.RTL
        sheet.freeze_panes = frozen
        for number, (_title, width) in enumerate(columns, 1):
            sheet.column_dimensions[get_column_letter(number)].width = width
        sheet.print_title_rows = "1:1"
        sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", "9"
        sheet.sheet_properties.pageSetUpPr.fitToPage = True
        sheet.print_title_cols = frozen_columns(frozen)
        sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = ceil(sum(self.widths) / PAGE), 0
        self.add([title for title, _width in columns], HEAD)

    def add(self, values: Iterable[Value], text: NamedStyle = TEXT) -> None:
        """One row: numbers as numbers, days and instants as dates, instants in Geneva time, all else as text."""
        self.row += 1
        lines = 1
        for column, value in enumerate(values, 1):
            if value is None or value == "":
                continue
            if isinstance(value, str):
                written = harmless(value)[:WIDEST]
                self._put(column, written, text).data_type = "s"
                lines = max(lines, _lines(written, self.widths[column - 1]))
            elif isinstance(value, datetime):
                self._put(column, value.astimezone(GENEVA).replace(tzinfo=None, microsecond=0), AT)
            else:
                self._put(column, value, ON if isinstance(value, date) else NUMBER)
        self.sheet.row_dimensions[self.row].height = min(HIGHEST, 2 + LINE * lines)

    def _put(self, column: int, value: Value, style: NamedStyle) -> SheetCell:
        """One cell; its style is looked up for the first of its kind, which is most of the time it takes."""
        cell = self.sheet.cell(self.row, column)
        cell.value = value
        if style.name in self.looks:
            cell._style = self.looks[style.name]
        else:
            cell.style = style.name
            self.looks[style.name] = cell._style
        return cell


def frozen_columns(frozen: str) -> str | None:
    """The columns that stay, repeated on each printed page: "A:B" for C2; None where only the head stays."""
    last = ord(frozen[0]) - ord("A")
    return f"A:{chr(ord('A') + last - 1)}" if last else None


def _lines(text: str, width: int) -> int:
    """How many lines a text takes in a column; a Chinese character is as wide as two letters."""
    if len(text) < width and text.isascii() and "\n" not in text:
        return 1
    return sum(ceil(max(1, _breadth(line)) / max(1, width - 1)) for line in text.split("\n"))


def _breadth(line: str) -> int:
    return len(line) if line.isascii() else sum(2 if sign >= "\u2e80" else 1 for sign in line)
