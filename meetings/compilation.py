"""What all offices said: tallies, the matrix of offices and items, comments; drafts are counted, never read.

Only the latest submission of an office counts. "Not answered" and "not reached" are kept apart from "no position", and
"no objection" is what an office said, never what it did not say. Everything is counted from the rows that are shown, so
that no two places of a page or of an export can disagree.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import cached_property
from typing import NamedTuple

from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from accounts.models import Office
from consultations.drafts import PART_SEPARATOR
from consultations.models import Annex, DraftField, OfficeResponse, Round, Submission
from consultations.reach import Cause, Reach, reach
from meetings.models import Circulation, CirculationItem, ItemAnswer
from meetings.narrowing import EVERYTHING, NO_REGION, Choice

Position = ItemAnswer.Position
Willingness = ItemAnswer.Willingness
# What counts as willing to act; following the results is not.
ACTING = (Willingness.LEAD, Willingness.TAKE_PART, Willingness.PILOT)


class Cell(NamedTuple):
    """What an office says on one item, without its words."""

    item_id: int
    key: str
    position: str
    willingness: str
    has_remark: bool


@dataclass(frozen=True, kw_only=True)
class OfficeRow:
    """One office of the matrix; `answers` stand in the order of the items and are empty without a submission.

    `saved` counts the items that stand in the office's draft, `drafted_at` is when somebody last wrote in it.
    `reach` is what is known about the mail of the office. `in_detail`: may the reader know how far it has come?
    """

    office: Office
    response: OfficeResponse
    answers: Sequence[Cell | None]
    saved: int
    drafted_at: datetime | None
    asked: int
    reach: Reach | None = None
    in_detail: bool = True

    @cached_property
    def name(self) -> str:
        """The office in the reader's language; it stands beside everything the office says."""
        return self.office.name

    @property
    def submitted_at(self) -> datetime | None:
        """When the submission that counts was made."""
        return self.response.submitted_at

    @property
    def number(self) -> int:
        """The number of the submission that counts; 0 without one."""
        return self.response.number or 0

    @property
    def is_late(self) -> bool:
        """True where it came after the deadline."""
        return bool(self.response.is_late)

    @property
    def received_on(self) -> date | None:
        """The day on which an answer arrived that the Secretariat entered on the office's behalf."""
        return self.response.received_on

    @property
    def is_on_behalf(self) -> bool:
        """True where the Secretariat entered what it got by e-mail or letter."""
        return self.received_on is not None

    @property
    def unreached(self) -> str:
        """Why no mail reaches the office, in words; empty while it does."""
        return str(Cause(self.reach.cause).label) if self.reach and self.reach.cause else ""

    @property
    def state(self) -> str:
        """One of "submitted", "drafting", "opened", "not_reached", "not_opened"."""
        if self.submitted_at:
            return "submitted"
        if self.saved:
            return "drafting"
        if self.response.first_opened_at:
            return "opened"
        return "not_reached" if self.unreached else "not_opened"

    @property
    def silence(self) -> str:
        """What stands in the place of the answers of an office that has not submitted."""
        if self.state == "not_reached":
            return _("not reached")
        if not self.in_detail:
            return _("not answered")
        if self.state == "drafting":
            facts = {"saved": self.saved, "total": self.asked}
            return _("not answered, drafting (%(saved)s of %(total)s)") % facts
        return _("not answered, opened") if self.state == "opened" else _("not answered, not opened")

    @property
    def last_seen_at(self) -> datetime | None:
        """When somebody of the office last wrote, or first looked."""
        return self.drafted_at or self.response.first_opened_at


@dataclass(frozen=True)
class Remark:
    """What an office says about an item in words or in a file."""

    row: OfficeRow
    answer: ItemAnswer
    annexes: Sequence[Annex] = ()

    @property
    def office(self) -> Office:
        """Who says it."""
        return self.row.office

    @property
    def willingness(self) -> str:
        """What the office would do, in words."""
        return str(Willingness(self.answer.willingness).label) if self.answer.willingness else ""


@dataclass(frozen=True)
class Counts:
    """Numbers of offices by position and by willingness; what nobody said is not in them."""

    positions: Mapping[str, int]
    willingness: Mapping[str, int]

    @property
    def cells(self) -> list[int]:
        """The numbers by position, in its order."""
        return [self.positions.get(key, 0) for key in Position.values]

    @property
    def willing(self) -> list[int]:
        """The numbers by willingness, in its order."""
        return [self.willingness.get(key, 0) for key in Willingness.values]

    @property
    def acting(self) -> int:
        """Offices that would lead, take part or pilot."""
        return sum(self.willingness.get(key, 0) for key in ACTING)

    @property
    def support(self) -> int:
        """Offices that support it, with or without changes."""
        return self.positions.get(Position.SUPPORTS, 0) + self.positions.get(Position.SUPPORTS_WITH_CHANGES, 0)

    @property
    def answered(self) -> int:
        """Offices that said anything on the item, "no position" included."""
        return sum(self.positions.values())


@dataclass(frozen=True)
class ItemTally(Counts):
    """One item: numbers of offices by position and by willingness, and what they say in words."""

    item: CirculationItem
    remarks: Sequence[Remark]

    @property
    def counts(self) -> Mapping[str, int]:
        """The numbers by position."""
        return self.positions


@dataclass(frozen=True)
class Group:
    """Offices that belong together: all States, one regional group, the organizations."""

    key: str
    label: str
    rows: Sequence[OfficeRow]

    @cached_property
    def states(self) -> Counter[str]:
        """Numbers of offices by state."""
        return Counter(row.state for row in self.rows)

    @cached_property
    def by_item(self) -> Mapping[int, Counts]:
        """The numbers of each item, by its id; items on which nobody of the group said anything are left out."""
        return _counts(self.rows)

    @property
    def silent(self) -> int:
        """Offices that were reached and have not submitted."""
        return len(self.rows) - self.states["submitted"] - self.states["not_reached"]


class ItemByGroup(NamedTuple):
    """One item: its numbers in each group of offices."""

    item: CirculationItem
    groups: Sequence[tuple[Group, Counts]]


@dataclass(frozen=True, kw_only=True)
class Compilation:
    """All answers of one circulation, or those of the offices a reader has chosen.

    A region or a kind chooses the offices that are counted; a position only which of them are listed.
    """

    circulation: Circulation
    items: Sequence[CirculationItem]
    every_office: Sequence[OfficeRow]
    every_remark: Mapping[int, Sequence[Remark]] = field(default_factory=dict)
    choice: Choice = EVERYTHING

    def narrowed(self, choice: Choice) -> Compilation:
        """The same for what a reader has chosen."""
        return replace(self, choice=choice)

    @cached_property
    def offices(self) -> list[OfficeRow]:
        """The offices that are counted, in the order of the reader's language."""
        return [row for row in self.every_office if self.choice.has(row.office)]

    @cached_property
    def listed(self) -> list[OfficeRow]:
        """The rows of the matrix: with a position chosen, the offices that take it on at least one item."""
        wanted = self.choice.position
        if not wanted:
            return self.offices
        return [row for row in self.offices if any(cell and cell.position == wanted for cell in row.answers)]

    @cached_property
    def tallies(self) -> list[ItemTally]:
        """One for each item, in their order."""
        counted = _counts(self.offices)
        nothing = Counts({}, {})
        return [
            ItemTally(found.positions, found.willingness, item, self._remarks(item))
            for item in self.items
            for found in [counted.get(item.pk, nothing)]
        ]

    def _remarks(self, item: CirculationItem) -> list[Remark]:
        remarks = self.every_remark.get(item.pk, ())
        wanted = self.choice.position
        return [
            each for each in remarks if self.choice.has(each.office) and (not wanted or each.answer.position == wanted)
        ]

    @cached_property
    def groups(self) -> list[Group]:
        """States, their regional groups in one fixed order, organizations; a group without an office is left out."""
        kinds = {kind: [row for row in self.offices if row.office.kind == kind] for kind in Office.Kind.values}
        states = kinds[Office.Kind.STATE]
        labels = [*Office.Region.choices, ("", _("States outside the regional groups"))]
        found = [
            Group("state", _("Member States"), states),
            *(
                Group(key or NO_REGION, str(label), [row for row in states if row.office.region == key])
                for key, label in labels
            ),
            Group("organization", _("Organizations"), kinds[Office.Kind.ORGANIZATION]),
            Group("other", _("Others"), kinds[Office.Kind.SECRETARIAT] + kinds[Office.Kind.RESERVED]),
        ]
        return [group for group in found if group.rows]

    @property
    def by_group(self) -> list[ItemByGroup]:
        """The numbers of each item in each group."""
        nothing = Counts({}, {})
        return [
            ItemByGroup(item, [(group, group.by_item.get(item.pk, nothing)) for group in self.groups])
            for item in self.items
        ]

    @property
    def authors(self) -> dict[int, str]:
        """Who said what is said in words: codes of offices by the id of the answer."""
        every = (each for tally in self.tallies for each in tally.remarks)
        return {each.answer.pk: each.office.code for each in every if each.answer.comment or each.answer.wording}

    @property
    def answered(self) -> int:
        """Offices that have submitted."""
        return self.states["submitted"]

    @property
    def silent(self) -> int:
        """Offices that were reached and have not submitted."""
        return len(self.offices) - self.answered - self.states["not_reached"]

    @property
    def missing(self) -> list[OfficeRow]:
        """Offices that have not submitted, those not reached among them."""
        return [row for row in self.offices if not row.submitted_at]

    @cached_property
    def states(self) -> Counter[str]:
        """Numbers of offices by state."""
        return Counter(row.state for row in self.offices)

    @property
    def bars(self) -> list[dict[str, object]]:
        """The rows of the tally chart (components/tally.html)."""
        return [
            {
                "letter": tally.item.key,
                "label": tally.item.heading,
                "counts": tally.counts,
                "comments": len(tally.remarks),
                "comments_url": f"#comments-{tally.item.key}",
            }
            for tally in self.tallies
        ]


def compile_answers(
    circulation: Circulation,
    *,
    annexes: models.QuerySet[Annex] | None = None,
    in_detail: bool = True,
    with_drafts: bool = True,
) -> Compilation:
    """The compilation of one circulation; at most eight queries, whatever the number of offices.

    `annexes` are those the reader may see, `in_detail` says whether the reader may know how far an office has come that
    has not submitted, `with_drafts` whether it is counted what stands in drafts.
    """
    round = circulation.round
    items = list(circulation.items.order_by("order"))
    responses = list(_responses(round))
    said = _Said([response.submission_id for response in responses if response.submission_id], annexes)
    drafts = _drafts(round) if with_drafts else {}
    reached = reach(responses)
    rows = [
        OfficeRow(
            office=response.office,
            response=response,
            answers=[said.cell(response.submission_id, item) for item in items] if response.submission_id else [],
            saved=len({part for part, _edited_at in draft}),
            drafted_at=max((edited_at for _part, edited_at in draft), default=None),
            asked=len(items),
            reach=reached[response.office_id],
            in_detail=in_detail,
        )
        for response in responses
        for draft in [drafts.get(response.pk, ())]
    ]
    return Compilation(circulation=circulation, items=items, every_office=rows, every_remark=said.remarks(rows))


class _Said:
    """What the submissions that count say: plain tuples, and whole answers only where there are words or files."""

    FIELDS = ("id", "submission_id", "item_id", "position", "willingness", "comment", "wording")

    def __init__(self, counting: Sequence[int], annexes: models.QuerySet[Annex] | None) -> None:
        answers = ItemAnswer.objects.filter(submission__in=counting).values_list(*self.FIELDS)
        self.answers = {(answer[1], answer[2]): answer for answer in answers}
        self.annexes: dict[tuple[int, str], list[Annex]] = {}
        if annexes is not None:
            links = Submission.annexes.through.objects.filter(submission__in=counting, annex__in=annexes.order_by())
            for link in links.select_related("annex__file").order_by("annex_id"):
                self.annexes.setdefault((link.submission_id, link.annex.section), []).append(link.annex)

    def cell(self, submission: int, item: CirculationItem) -> Cell | None:
        """What stands in the matrix; None where the submission says nothing on the item."""
        answer = self.answers.get((submission, item.pk))
        if answer is None:
            return None
        has_remark = bool(answer[5] or answer[6] or (submission, item.key) in self.annexes)
        return Cell(item.pk, item.key, answer[3], answer[4], has_remark)

    def remarks(self, rows: Sequence[OfficeRow]) -> dict[int, list[Remark]]:
        """What offices say in words or files, by the id of the item, in the order of the rows."""
        found: dict[int, list[Remark]] = {}
        for row in rows:
            submission = row.response.submission_id or 0
            for cell in row.answers:
                if cell and cell.has_remark:
                    answer = ItemAnswer.from_db(None, self.FIELDS, self.answers[submission, cell.item_id])
                    annexes = self.annexes.get((submission, cell.key), ())
                    found.setdefault(cell.item_id, []).append(Remark(row, answer, annexes))
        return found


def _responses(round: Round) -> list[OfficeResponse]:
    """In the order of the reader's language, each with its latest submission; one join, not one look-up for each."""
    names = ("submitted_at", "number", "is_late", "received_on")
    latest = {"submission_id": models.F("submissions__pk")} | {name: models.F(f"submissions__{name}") for name in names}
    rows = OfficeResponse.objects.filter(round=round).select_related("office")
    rows = rows.order_by(f"office__ranks__{get_language() or 'en'}", "office_id", "submissions__number")
    rows = rows.annotate(**latest)
    return list({row.pk: row for row in rows}.values())


def _drafts(round: Round) -> dict[int, list[tuple[str, datetime]]]:
    """The items that stand in each draft, with the instants of the newest edits; no text is read."""
    newest = DraftField.objects.filter(response__round=round).newest().annotate(is_filled=~models.Q(value=""))
    drafts: dict[int, list[tuple[str, datetime]]] = {}
    for response, key, is_filled, edited_at in newest.values_list("response_id", "key", "is_filled", "edited_at"):
        if is_filled:
            drafts.setdefault(response, []).append((key.split(PART_SEPARATOR)[0], edited_at))
    return drafts


def _counts(rows: Iterable[OfficeRow]) -> dict[int, Counts]:
    """The numbers of offices by item, in the order of positions and of willingness."""
    cells = [cell for row in rows for cell in row.answers if cell]
    positions = Counter((cell.item_id, cell.position) for cell in cells)
    willingness = Counter((cell.item_id, cell.willingness) for cell in cells)
    return {
        item: Counts(
            {key: positions[item, key] for key in Position.values if (item, key) in positions},
            {key: willingness[item, key] for key in Willingness.values if (item, key) in willingness},
        )
        for item in {cell.item_id for cell in cells}
    }
