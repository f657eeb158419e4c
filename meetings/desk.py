"""The Secretariat's desk: how far every office of a circulation has come, whether mail reaches it; no draft is read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from django.db import models
from django.db.models.functions import StrIndex, Substr
from django.utils.translation import get_language, gettext_lazy, pgettext_lazy
from django.utils.translation import gettext as _

from accounts.models import Office
from consultations.drafts import PART_SEPARATOR
from consultations.models import DraftField, OfficeResponse, Round
from consultations.reach import Cause, Reach, reach
from meetings.narrowing import KINDS, REGIONS, Choice, kind_name, region_name


class State(models.TextChoices):
    """How far an office has come, in this order everywhere; who looked or wrote was reached, by whatever way."""

    SUBMITTED = "submitted", pgettext_lazy("state of an office", "Answered")
    DRAFTING = "drafting", gettext_lazy("Drafting")
    OPENED = "opened", pgettext_lazy("state of an office", "Opened")
    NOT_OPENED = "not_opened", pgettext_lazy("state of an office", "Not opened")
    NOT_REACHED = "not_reached", pgettext_lazy("state of an office", "Not reached")


BARS = {"submitted": "k5", "drafting": "k4", "opened": "fs", "not_opened": "k3", "not_reached": "k1"}
UNREACHED = Reach(cause="", last=None)


@dataclass(frozen=True, kw_only=True)
class DeskRow:
    """One office that was asked; `saved` items stand in its draft, which was begun at `drafted_at` (aware UTC)."""

    response: OfficeResponse
    reach: Reach
    saved: int
    drafted_at: datetime | None
    may_answer: bool

    @property
    def office(self) -> Office:
        """The office."""
        return self.response.office

    @property
    def state(self) -> State:
        """The furthest it has come; "not reached" where it has not even opened the page and no mail arrives."""
        if self.response.submitted_at:
            return State.SUBMITTED
        if self.saved:
            return State.DRAFTING
        if self.response.first_opened_at:
            return State.OPENED
        return State.NOT_REACHED if self.reach.cause else State.NOT_OPENED

    @property
    def unreached(self) -> str:
        """Why no mail reaches it, in words; empty while mail does."""
        return str(Cause(self.reach.cause).label) if self.reach.cause else ""

    @property
    def may_be_nudged(self) -> bool:
        """True where a one-off reminder may go out, and to somebody."""
        is_owing = self.may_answer and self.response.submitted_at is None
        return is_owing and self.response.nudged_at is None and self.reach.cause != Cause.NOBODY


@dataclass(frozen=True)
class Group:
    """Offices counted together: all, a kind, a regional group."""

    label: str
    rows: Sequence[DeskRow]

    @property
    def states(self) -> Counter[str]:
        """Numbers of offices by state."""
        return Counter(row.state.value for row in self.rows)

    @property
    def numbers(self) -> list[int]:
        """The same in the order of the states."""
        return [self.states[state] for state in State.values]

    @property
    def parts(self) -> list[tuple[str, int]]:
        """The same for the bar: class and number."""
        return [(BARS[state], self.states[state]) for state in State.values]


@dataclass(frozen=True)
class Link:
    """One way to narrow the list."""

    label: str
    query: str
    is_here: bool
    count: int


@dataclass(frozen=True, kw_only=True)
class Desk:
    """Everything about the offices of a circulation, and the rows that were asked for by `state` and `choice`."""

    rows: Sequence[DeskRow]
    state: str
    choice: Choice

    @property
    def listed(self) -> list[DeskRow]:
        """The offices that were asked for."""
        return [row for row in self.rows if self._fits(row, self.state, self.choice)]

    @property
    def all(self) -> Group:
        """Every office."""
        return Group(_("All offices"), self.rows)

    @property
    def groups(self) -> list[Group]:
        """All offices, then by kind, then by regional group; empty ones left out."""
        choices = [(kind_name(key), Choice(kind=key)) for key in KINDS]
        choices += [(region_name(key), Choice(region=key)) for key in REGIONS]
        groups = [Group(label, [row for row in self.rows if one.has(row.office)]) for label, one in choices]
        return [self.all, *(group for group in groups if group.rows)]

    @property
    def legend(self) -> list[dict[str, str]]:
        """What the parts of the bars mean."""
        return [{"bar": BARS[key], "label": str(label)} for key, label in State.choices]

    @property
    def links(self) -> list[tuple[str, list[Link]]]:
        """The filters, each with the number of offices it would show."""
        states = [("", _("All states")), *((key, str(label)) for key, label in State.choices)]
        wholes = [(_("All offices"), Choice())]
        wholes += [(kind_name(key), Choice(kind=key)) for key in KINDS]
        wholes += [(region_name(key), Choice(region=key)) for key in REGIONS]
        offices = [self._link(label, self.state, choice) for label, choice in wholes]
        return [
            (_("State"), [self._link(label, key, self.choice) for key, label in states]),
            (_("Offices"), [link for link in offices if link.count or link.is_here]),
        ]

    def _link(self, label: str, state: str, choice: Choice) -> Link:
        asked = {"state": state, "kind": choice.kind, "region": choice.region}
        filled = {name: value for name, value in asked.items() if value}
        count = sum(self._fits(row, state, choice) for row in self.rows)
        is_here = (state, choice.kind, choice.region) == (self.state, self.choice.kind, self.choice.region)
        return Link(label, f"?{urlencode(filled)}#offices" if filled else "?#offices", is_here, count)

    @staticmethod
    def _fits(row: DeskRow, state: str, choice: Choice) -> bool:
        return (not state or row.state == state) and choice.has(row.office)


def desk_overview(round: Round, asked: Mapping[str, str], now: datetime) -> Desk:
    """The desk of a round, narrowed to what the query of the address asks for; five queries whatever the offices.

    What is not understood is left out.
    """
    responses = list(round.responses.with_latest().order_by(f"office__ranks__{get_language() or 'en'}", "office_id"))
    drafts, reached = _drafts(round), reach(responses)
    rows = [_row(response, drafts, reached, now) for response in responses]
    state = asked.get("state", "")
    return Desk(rows=rows, state=state if state in State.values else "", choice=Choice.of(asked))


def _row(
    response: OfficeResponse,
    drafts: Mapping[int, tuple[int, datetime]],
    reached: Mapping[str, Reach],
    now: datetime,
) -> DeskRow:
    saved, drafted_at = drafts.get(response.pk, (0, None))
    return DeskRow(
        response=response,
        reach=reached.get(response.office_id, UNREACHED),
        saved=saved,
        drafted_at=drafted_at,
        may_answer=response.is_open_at(now),
    )


def _drafts(round: Round) -> dict[int, tuple[int, datetime]]:
    """By response, how many items stand in the draft and when it was begun; counted in SQL, no text leaves it."""
    every = DraftField.objects.filter(response__round=round)
    part = Substr("key", 1, StrIndex("key", models.Value(PART_SEPARATOR)) - 1)
    filled = models.Q(pk__in=every.newest().values("pk")) & ~models.Q(value="")
    rows = (
        every.order_by()
        .values("response")
        .annotate(saved=models.Count(part, filter=filled, distinct=True), begun=models.Min("started_at"))
    )
    return {row["response"]: (row["saved"], row["begun"]) for row in rows}
