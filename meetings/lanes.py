"""Where the events of action items stand on a common line of time, as shares of its length (0 is its beginning).

Pure: days in, shares out; which way the page runs is the template's matter.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import NamedTuple

from meetings.models import ActionItem, Session

Span = tuple[date, date]
GAP = 0.005  # between the line of a year and its number
ROOM = timedelta(days=30)  # for the word at the end of the line


class Bar(NamedTuple):
    """A circulation: from its first to its last day."""

    start: float
    width: float
    days: Span

    @property
    def per_cent(self) -> str:
        """The width as SVG wants it."""
        return f"{100 * self.width:.2f}%"


@dataclass(frozen=True, kw_only=True)
class Lane:
    """One item: its circulations with their outcomes, and the day its group first met or it was last revisited."""

    item: ActionItem
    bars: list[Bar]
    met_on: date | None
    met: float = 0.0
    outcomes: list[tuple[float, date]] = field(default_factory=list)

    @property
    def is_outcome(self) -> bool:
        """True where the group is what the item asked for: it goes on from its first meeting."""
        return bool(self.item.group) and self.item.group_relation != ActionItem.GroupRelation.DISCUSSED


@dataclass(frozen=True, kw_only=True)
class Lanes:
    """The line of time and the lanes on it."""

    today: float
    lanes: list[Lane]
    years: list[tuple[float, int]] = field(default_factory=list)
    quarters: list[float] = field(default_factory=list)
    sessions: list[tuple[float, str]] = field(default_factory=list)

    @property
    def has_outcomes(self) -> bool:
        """True where the outcome of a circulation stands on a lane."""
        return any(lane.outcomes for lane in self.lanes)


def lanes_of(
    items: Sequence[ActionItem], spans: Mapping[int, Iterable[Span]], sessions: Iterable[Session], today: date
) -> Lanes:
    """The lanes of `items`, from the January before the first session to a quarter after `today` and every event.

    `spans` are the first and last Geneva days of the circulations of an item, by its id.
    """
    sessions = sorted((session for session in sessions if session.starts_on <= today), key=lambda s: s.starts_on)
    ends = [last for days in spans.values() for _first, last in days]
    first = date(min([today, *(session.starts_on for session in sessions)]).year, 1, 1)
    quarters = _quarters(first, max([today, *ends]))
    length = (quarters[-1] - first).days

    def share(day: date) -> float:
        return (max(day, first) - first).days / length

    def lane(item: ActionItem) -> Lane:
        bars = [Bar(share(days[0]), share(days[1]) - share(days[0]), days) for days in spans.get(item.pk, ())]
        days_of_outcomes = [update.happened_on for update in item.outcomes] if item.pk else []
        outcomes = [(share(day), day) for day in days_of_outcomes]
        met_on = _met_on(item)
        met = share(met_on) if met_on else 0.0
        return Lane(item=item, bars=bars, met_on=met_on, met=met, outcomes=outcomes)

    return Lanes(
        today=share(today),
        lanes=[lane(item) for item in items],
        years=[(share(day) + GAP, day.year) for day in quarters[:-1] if day.month == 1],
        quarters=[share(day) for day in quarters[:-1]],
        sessions=[(share(session.starts_on), session.code) for session in sessions],
    )


def _quarters(first: date, last: date) -> list[date]:
    """The first days of the quarters from `first`, a first of January, to one that leaves room after `last`."""
    days = [first]
    while days[-1] < last + ROOM:
        month = days[-1].month + 3
        days.append(date(days[-1].year + (month > 12), month - 12 if month > 12 else month, 1))
    return days


def _met_on(item: ActionItem) -> date | None:
    if item.group:
        return item.group.first_meeting_on
    reports = [update for update in item.updates.all() if update not in item.outcomes]
    return reports[0].happened_on if reports and reports[0].note else None
