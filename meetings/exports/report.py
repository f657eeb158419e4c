"""The compilation as a Word report, in the order of the page: tallies, convergence, matrix, comments, silence."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from io import BytesIO

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext
from docx.document import Document as WordDocument

from accounts.deadlines import GENEVA
from meetings.compilation import OfficeRow, Position, Remark, Willingness
from meetings.convergence import map_of
from meetings.exports import styles
from meetings.exports.texts import (
    About,
    Direction,
    decision_of,
    direction,
    language,
    marks_of,
    moment,
    title_of,
)
from meetings.exports.word import DELETED, INSERTED, SYMBOL, Cell, Run, footer, is_rtl, paragraph, table
from meetings.lettering import letter_text
from meetings.models import CirculationItem
from meetings.wording import marked

SHAPES = {
    Position.SUPPORTS: "●",
    Position.SUPPORTS_WITH_CHANGES: "◐",
    Position.NO_OBJECTION: "○",
    Position.NEEDS_INFORMATION: "◈",
    Position.DOES_NOT_SUPPORT: "⊟",
    Position.NO_POSITION: "–",
}
CHANGES = {"same": "", "ins": INSERTED, "del": DELETED}
UPRIGHT, WIDE = 17.4, 26.1  # centimetres between the margins
RECORD = "en"  # the language of the text that was put to the offices


def write(about: About) -> bytes:
    """The whole document."""
    file = BytesIO()
    _Report(about).made().save(file)
    return file.getvalue()


class _Report:
    """A document in the making, in the reader's language and direction."""

    def __init__(self, about: About) -> None:
        self.about, self.compilation = about, about.compilation
        self.language, self.rtl = language(), direction() is Direction.RTL
        self.document: WordDocument = styles.new_document(
            title=about.title, language=self.language, rtl=self.rtl, made_at=about.as_of
        )
        self.body = self.document.element.body

    def made(self) -> WordDocument:
        """Everything in its order."""
        foot = self.document.sections[0].footer
        foot.paragraphs[0]._p.getparent().replace(
            foot.paragraphs[0]._p,
            footer(self.about.title, _("Page {page} of {pages}"), rtl=self.rtl),
        )
        self.heading(self.about.title, "Title")
        self.words(self.about.counts)
        self.words(_("As of %(moment)s.") % {"moment": moment(self.about.as_of)})
        if self.compilation.answered:
            self.positions()
            self.convergence()
            self.willingness()
            self.groups()
        styles.turn(self.document, rtl=self.rtl, is_wide=True)
        self.matrix()
        styles.turn(self.document, rtl=self.rtl, is_wide=False)
        if self.compilation.answered:
            self.comments()
        self.silence()
        self.reading()
        return self.document

    # --- pieces -------------------------------------------------------------------------------------------------------
    def put(self, element: object) -> None:
        """At the end, before the properties of the last section."""
        self.body.insert(len(self.body) - 1, element)

    def own(self, text: object, *, is_bold: bool = False) -> Run:
        """Words of the portal in the reader's language."""
        return Run(str(text), self.language, is_bold=is_bold)

    def heading(self, text: str, style: str, *more: Run) -> None:
        """A heading that a reader can jump to."""
        self.put(paragraph([self.own(text), *more], rtl=self.rtl, style=style.replace(" ", ""), keep=True))

    def words(self, text: str) -> None:
        """A paragraph."""
        self.put(paragraph([self.own(text)], rtl=self.rtl))

    def item(self, item: CirculationItem) -> list[Run]:
        """Letter and heading of an item."""
        return [Run(f"{letter_text(item.key)}. ", RECORD, is_bold=True), Run(item.heading, RECORD)]

    def cells(self, values: Iterable[object]) -> list[Cell]:
        """Numbers and short words."""
        return [Cell([self.own(value)], align="center" if isinstance(value, int) else "") for value in values]

    def table(
        self,
        head: Sequence[str],
        rows: Iterable[Sequence[Cell]],
        widths: Sequence[float],
        name: str,
        *,
        is_last: bool = False,
    ) -> None:
        """A table with its heads over their columns, and a line of air after it where more of the section follows."""
        rows = list(rows)
        whole = next((row for row in rows if len(row) == len(head)), [Cell([])] * len(head))
        aligns = [cell.align for cell in whole]
        cells = [Cell([self.own(title)], align=align) for title, align in zip(head, aligns, strict=True)]
        self.put(table(cells, rows, widths=widths, name=name, rtl=self.rtl))
        if not is_last:
            self.put(paragraph([], rtl=self.rtl))

    # --- parts --------------------------------------------------------------------------------------------------------
    def positions(self) -> None:
        """Numbers of offices by item and position."""
        name = _("Positions by item")
        self.heading(name, "Heading 1")
        head = [_("Item"), *map(title_of, Position.labels), _("Comments")]
        rows = [
            [Cell(self.item(each.item)), *self.cells([*each.cells, len(each.remarks)])]
            for each in self.compilation.tallies
        ]
        self.table(head, rows, _widths(UPRIGHT, 4.6, 7), name)

    def convergence(self) -> None:
        """Where at least three quarters of the offices stand."""
        name = _("How far positions converge")
        self.heading(name, "Heading 1")
        head = [_("Item"), _("At least three quarters stand within"), _("Offices there"), _("Would act"), _("Answered")]
        rows = [
            [
                Cell(self.item(row.item)),
                *self.cells([row.span_text or _("no position taken"), row.within, row.acting, row.answered]),
            ]
            for row in map_of(self.compilation.tallies).rows
        ]
        self.table(head, rows, [5.3, 6.1, 2, 2, 2], name)

    def willingness(self) -> None:
        """Numbers of offices by item and by what they would do."""
        name = _("What offices would do")
        self.heading(name, "Heading 1")
        head = [_("Item"), *map(title_of, Willingness.labels)]
        rows = [[Cell(self.item(each.item)), *self.cells(each.willing)] for each in self.compilation.tallies]
        self.table(head, rows, _widths(UPRIGHT, 6, 5), name)

    def groups(self) -> None:
        """Who has answered, then the positions, by kind of office and regional group."""
        name = _("By kind of office and regional group")
        self.heading(name, "Heading 1")
        head = [_("Offices"), _("Asked"), _("Submitted"), _("Not answered"), _("Not reached")]
        rows = [
            self.cells([each.label, len(each.rows), each.states["submitted"], each.silent, each.states["not_reached"]])
            for each in self.compilation.groups
        ]
        self.table(head, rows, _widths(UPRIGHT, 6, 4), name)
        head = [_("Offices"), *map(title_of, Position.labels), _("Would act")]
        for each in self.compilation.by_group:
            self.put(paragraph(self.item(each.item), rtl=self.rtl, style="Heading2", keep=True))
            numbers = [self.cells([group.label, *counts.cells, counts.acting]) for group, counts in each.groups]
            self.table(head, numbers, _widths(UPRIGHT, 4.6, 7), f"{name}: {each.item.heading}")

    def matrix(self) -> None:
        """Offices by items; what offices said as shapes, silence in words."""
        name = _("Offices and items")
        self.heading(name, "Heading 1")
        legend = [
            run
            for position, shape in SHAPES.items()
            for run in (Run(shape, style=SYMBOL), self.own(f" {position.label}    "))
        ]
        self.put(paragraph(legend, rtl=self.rtl, keep=True))
        items = self.compilation.items
        head = [_("Office"), *(letter_text(item.key) for item in items), pgettext("day", "Submitted")]
        rows = (self._office(row, len(items)) for row in self.compilation.listed)
        width = min(2.2, (WIDE - 8.9) / max(1, len(items)))
        self.table(head, rows, [5.4, *[width] * len(items), 3.5], name, is_last=True)

    def _office(self, row: OfficeRow, asked: int) -> list[Cell]:
        office = Cell([Run(f"{row.office.code} ", "en"), self.own(row.name)], is_head=True)
        if not row.submitted_at:
            return [office, Cell([self.own(row.silence)], span=asked), Cell([self.own("–")])] if asked else [office]
        said = [
            Cell([Run(SHAPES[Position(cell.position)], style=SYMBOL)], align="center")
            if cell
            else Cell([self.own(_("not answered"))])
            for cell in row.answers
        ]
        day = row.submitted_at.astimezone(GENEVA).date().isoformat()
        return [office, *said, Cell([Run(day, "en"), self.own(f" {marks_of(row)}" if marks_of(row) else "")])]

    def comments(self) -> None:
        """Every comment, proposed wording and annex, item by item."""
        self.heading(_("Comments by item"), "Heading 1")
        for each in self.compilation.tallies:
            count = ngettext("%(count)s comment", "%(count)s comments", len(each.remarks)) % {
                "count": len(each.remarks)
            }
            self.put(
                paragraph([*self.item(each.item), self.own(f" ({count})")], rtl=self.rtl, style="Heading2", keep=True)
            )
            for remark in each.remarks:
                self._remark(remark, each.item)

    def _remark(self, remark: Remark, item: CirculationItem) -> None:
        answer = remark.answer
        office = [self.own(remark.row.name), Run(f" ({remark.office.code})", RECORD)]
        self.put(paragraph(office, rtl=self.rtl, style="Heading3", keep=True))
        said = [self.own(title_of(Position(answer.position).label), is_bold=True)]
        self.put(paragraph(said, rtl=self.rtl, keep=True))
        if remark.willingness:
            self.words(_("if it goes ahead: %(willingness_text)s") % {"willingness_text": remark.willingness})
        if marks := marks_of(remark.row):
            self.words(marks)
        if answer.wording:
            self.label(_("Proposed wording"))
            runs = [Run(text, style=CHANGES[kind]) for kind, text in marked(item.text, answer.wording)]
            self.put(paragraph(runs, rtl=is_rtl(answer.wording, self.rtl), style="WildSaid"))
        if answer.comment:
            self.label(_("Comment or reason"))
            self.said(answer.comment)
        for annex in remark.annexes:
            self.words(_("Annex: %(name)s") % {"name": annex.file.name})
        for office_joined in self.about.joined(remark):
            self.words(_("Joined by %(office)s") % {"office": office_joined.name})
        if decision := decision_of(self.about, remark):
            self.label(_("What became of it"))
            self.said(decision)

    def label(self, text: str) -> None:
        """What the paragraph that follows is."""
        self.put(paragraph([self.own(text)], rtl=self.rtl, style="WildLabel", keep=True))

    def said(self, text: str) -> None:
        """Words somebody typed, each paragraph in its own direction."""
        for line in text.splitlines():
            self.put(paragraph([Run(line)], rtl=is_rtl(line, self.rtl), style="WildSaid"))

    def silence(self) -> None:
        """The offices that have not submitted, by what is known of them."""
        missing = self.compilation.missing
        if missing:
            name = _("Who has not submitted")
            self.heading(name, "Heading 1")
            rows = [[Cell([Run(row.office.code, "en")]), *self.cells([row.name, row.silence])] for row in missing]
            self.table([_("Code"), _("Office"), _("State")], rows, [2, 9, 6.4], name)

    def reading(self) -> None:
        """When and how the figures were made."""
        name = _("About this compilation")
        self.heading(name, "Heading 1")
        rows = [self.cells(pair) for pair in self.about.facts]
        self.table([_("Fact"), _("Value")], rows, [5, 12.4], name)
        for rule in self.about.rules:
            self.put(paragraph([self.own(rule)], rtl=self.rtl, style="ListBullet"))


def _widths(total: float, first: float, others: int) -> list[float]:
    """A wide first column and equal ones for the rest."""
    return [first, *[(total - first) / others] * others]
