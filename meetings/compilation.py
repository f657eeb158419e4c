"""What all offices said: tallies in SQL, the matrix of offices and items, comments; drafts are counted, never read.

Only the latest submission of an office counts. "Not answered" is kept apart from "no position" everywhere.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import models
from django.utils.translation import get_language

from accounts.models import Office
from consultations.drafts import PART_SEPARATOR
from consultations.models import DraftField, OfficeResponse, Round, Submission
from meetings.models import Circulation, CirculationItem, ItemAnswer

Position = ItemAnswer.Position


@dataclass(frozen=True, kw_only=True)
class OfficeRow:
    """One office of the matrix; `answers` stand in the order of the items and are empty without a submission.

    `saved` counts the items that stand in the office's draft, `drafted_at` is when somebody last wrote in it.
    """

    office: Office
    response: OfficeResponse
    submitted_at: datetime | None
    number: int
    answers: Sequence[ItemAnswer]
    saved: int
    drafted_at: datetime | None

    @property
    def state(self) -> str:
        """One of "submitted", "drafting", "opened", "not_opened"."""
        if self.submitted_at:
            return "submitted"
        if self.saved:
            return "drafting"
        return "opened" if self.response.first_opened_at else "not_opened"

    @property
    def last_seen_at(self) -> datetime | None:
        """When somebody of the office last wrote, or first looked."""
        return self.drafted_at or self.response.first_opened_at


@dataclass(frozen=True)
class Remark:
    """What an office says about an item in words."""

    office: Office
    answer: ItemAnswer


@dataclass(frozen=True, kw_only=True)
class ItemTally:
    """One item: numbers of offices by position and by willingness, and what they say in words."""

    item: CirculationItem
    counts: Mapping[str, int]
    willingness: Mapping[str, int]
    remarks: Sequence[Remark]

    @property
    def support(self) -> int:
        """Offices that support it, with or without changes."""
        return self.counts.get(Position.SUPPORTS, 0) + self.counts.get(Position.SUPPORTS_WITH_CHANGES, 0)

    @property
    def willing(self) -> list[int]:
        """The numbers by willingness, in its order."""
        return [self.willingness.get(key, 0) for key in ItemAnswer.Willingness.values]


@dataclass(frozen=True, kw_only=True)
class Compilation:
    """All answers of one circulation."""

    circulation: Circulation
    offices: Sequence[OfficeRow]
    tallies: Sequence[ItemTally]

    @property
    def answered(self) -> int:
        """Offices that have submitted."""
        return self.states["submitted"]

    @property
    def missing(self) -> list[OfficeRow]:
        """Offices that have not."""
        return [row for row in self.offices if row.state != "submitted"]

    @property
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


def compile_answers(circulation: Circulation) -> Compilation:
    """The compilation of one circulation; six queries, whatever the number of offices."""
    round = circulation.round
    by_submission: dict[int, list[ItemAnswer]] = {}
    for answer in _latest_answers(round).select_related("item"):
        by_submission.setdefault(answer.submission_id, []).append(answer)
    drafts = _drafts(round)
    rows = [_row(response, by_submission, drafts) for response in _responses(round)]
    items = list(circulation.items.order_by("order"))
    return Compilation(circulation=circulation, offices=rows, tallies=_tallies(round, items, rows))


def _responses(round: Round) -> list[OfficeResponse]:
    """In the order of the reader's language, each with the id of its latest submission."""
    responses = OfficeResponse.objects.filter(round=round).with_latest()
    return list(responses.order_by(f"office__ranks__{get_language() or 'en'}", "office_id"))


def _latest_answers(round: Round) -> models.QuerySet[ItemAnswer]:
    latest = Submission.objects.filter(response__round=round).that_count()
    return ItemAnswer.objects.filter(submission__in=latest.values("pk")).order_by("item__order")


def _row(
    response: OfficeResponse,
    answers: Mapping[int, Sequence[ItemAnswer]],
    drafts: Mapping[int, Sequence[tuple[str, datetime]]],
) -> OfficeRow:
    draft = drafts.get(response.pk, ())
    return OfficeRow(
        office=response.office,
        response=response,
        submitted_at=response.submitted_at,
        number=response.number or 0,
        answers=answers.get(response.submission_id or 0, ()),
        saved=len({part for part, _ in draft}),
        drafted_at=max((edited_at for _, edited_at in draft), default=None),
    )


def _drafts(round: Round) -> dict[int, list[tuple[str, datetime]]]:
    """The items that stand in each draft, with the instants of the newest edits; no text is read."""
    newest = DraftField.objects.filter(response__round=round).newest().annotate(is_filled=~models.Q(value=""))
    drafts: dict[int, list[tuple[str, datetime]]] = {}
    for response, key, is_filled, edited_at in newest.values_list("response_id", "key", "is_filled", "edited_at"):
        if is_filled:
            drafts.setdefault(response, []).append((key.split(PART_SEPARATOR)[0], edited_at))
    return drafts


def _tallies(round: Round, items: Sequence[CirculationItem], rows: Sequence[OfficeRow]) -> list[ItemTally]:
    latest = _latest_answers(round).order_by()
    positions = latest.values_list("item", "position").annotate(models.Count("pk"))
    willingness = latest.exclude(willingness="").values_list("item", "willingness").annotate(models.Count("pk"))
    by_position = {(item, key): number for item, key, number in positions}
    by_willingness = {(item, key): number for item, key, number in willingness}
    return [
        ItemTally(
            item=item,
            counts={key: by_position[item.pk, key] for key in Position.values if (item.pk, key) in by_position},
            willingness={key: number for (pk, key), number in by_willingness.items() if pk == item.pk},
            remarks=_remarks(item, rows),
        )
        for item in items
    ]


def _remarks(item: CirculationItem, rows: Sequence[OfficeRow]) -> list[Remark]:
    return [
        Remark(row.office, answer)
        for row in rows
        for answer in row.answers
        if answer.item_id == item.pk and (answer.comment or answer.wording)
    ]
