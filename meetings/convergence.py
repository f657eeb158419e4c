"""How near to each other the positions of offices stand on each item: what the convergence map draws.

Pure: numbers in, numbers out. Nothing here orders items or offices; a wide span is no fault, it says where to talk.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import ceil, sqrt
from typing import Protocol

from django.utils.translation import pgettext

from meetings.models import CirculationItem, ItemAnswer

Position = ItemAnswer.Position
# From one side to the other, as everywhere; "no position" stands on no place of it.
SCALE = (
    Position.SUPPORTS,
    Position.SUPPORTS_WITH_CHANGES,
    Position.NO_OBJECTION,
    Position.NEEDS_INFORMATION,
    Position.DOES_NOT_SUPPORT,
)
SHAPES = dict(zip((key.value for key in SCALE), ("p-yes", "p-part", "p-ok", "p-ask", "p-no"), strict=True))
NEARLY_ALL = 0.75  # of the offices that took a position stand within the span
LEFT, RIGHT = 0.10, 0.60  # shares of the drawing: the first and the last position
BAR, BAR_END = 0.70, 0.98  # and the bar of those who would act
SMALLEST, LARGEST = 3.0, 13.0  # radius of a disc, in pixels
HEAD, LINE = 34, 52  # height of the head and of one item, in pixels


class Tally(Protocol):
    """What is drawn of one item."""

    @property
    def item(self) -> CirculationItem: ...
    @property
    def positions(self) -> Mapping[str, int]: ...
    @property
    def acting(self) -> int: ...
    @property
    def answered(self) -> int: ...


@dataclass(frozen=True)
class Disc:
    """The offices that take one position: `x` is a share of the width, `radius` is in pixels."""

    position: str
    count: int
    x: float
    radius: float

    @property
    def r(self) -> str:
        """The radius as SVG wants it, whatever the reader's decimal sign."""
        return f"{self.radius:.1f}"


@dataclass(frozen=True, kw_only=True)
class Row:
    """One item: discs, the span of nearly all who took a position, and who would act.

    `first` and `last` are the ends of the span, empty where nobody took a position; `within` is how many offices stand
    in it. `top` is where the row begins, in pixels.
    """

    item: CirculationItem
    top: int
    discs: Sequence[Disc]
    taken: int
    counts: Sequence[int]
    answered: int
    acting: int
    first: str = ""
    last: str = ""
    within: int = 0

    @property
    def span(self) -> int:
        """How many neighbouring positions the span covers, 1 to 5; 0 without positions."""
        return SCALE.index(Position(self.last)) - SCALE.index(Position(self.first)) + 1 if self.first else 0

    @property
    def span_text(self) -> str:
        """The span in words; empty without positions."""
        if not self.first:
            return ""
        names = {"first": Position(self.first).label, "last": Position(self.last).label}
        return pgettext("positions", "%(first)s to %(last)s") % names if self.span > 1 else str(names["first"])

    @property
    def ends(self) -> list[float]:
        """Where the ends of the span stand; one place where it covers one position."""
        return sorted({self.start, self.end})

    @property
    def start(self) -> float:
        """Where the span begins."""
        return place(self.first)

    @property
    def end(self) -> float:
        """Where it ends."""
        return place(self.last)

    @property
    def bar(self) -> float:
        """How long the bar of those who would act is, as a share of the width; the whole bar is all who answered."""
        return (BAR_END - BAR) * self.acting / self.answered if self.answered else 0.0

    @property
    def bar_per_cent(self) -> str:
        """The same as SVG wants it."""
        return f"{100 * self.bar:.2f}%"


@dataclass(frozen=True)
class Map:
    """The whole drawing: `places` are the positions with their shares of the width."""

    rows: Sequence[Row]

    @property
    def height(self) -> int:
        """In pixels."""
        return HEAD + LINE * len(self.rows)

    @property
    def places(self) -> list[tuple[str, float]]:
        """The positions and where they stand."""
        return [(position.value, place(position)) for position in SCALE]

    @property
    def marked(self) -> list[tuple[dict[str, str], float]]:
        """The same with the shape of each position."""
        return [({"icon": SHAPES[key]}, x) for key, x in self.places]

    @property
    def bar_start(self) -> float:
        """Where the bars begin."""
        return BAR

    @property
    def bar_width(self) -> float:
        """How long they can be."""
        return BAR_END - BAR

    @property
    def bar_per_cent(self) -> str:
        """The same as SVG wants it."""
        return f"{100 * self.bar_width:.2f}%"


def place(position: str) -> float:
    """Where a position stands, as a share of the width."""
    return LEFT + (RIGHT - LEFT) * SCALE.index(Position(position)) / (len(SCALE) - 1)


def map_of(tallies: Iterable[Tally]) -> Map:
    """The map of these items, in the order in which they come; the largest disc stands for the most offices."""
    found = list(tallies)
    most = max((tally.positions.get(key, 0) for tally in found for key in SCALE), default=0)
    return Map([_row(tally, HEAD + LINE * number, most) for number, tally in enumerate(found)])


def span_of(positions: Mapping[str, int]) -> tuple[str, str, int]:
    """The fewest neighbouring positions between which nearly all offices stand, and how many offices stand there.

    Of two equally short spans the one with more offices, then the first. Empty where nobody took a position.
    """
    counts = [positions.get(key, 0) for key in SCALE]
    needed = ceil(NEARLY_ALL * sum(counts))
    spans = [
        (last - first, -sum(counts[first : last + 1]), first, last)
        for first in range(len(SCALE))
        for last in range(first, len(SCALE))
        if sum(counts[first : last + 1]) >= needed > 0
    ]
    if not spans:
        return "", "", 0
    _length, offices, first, last = min(spans)
    return SCALE[first].value, SCALE[last].value, -offices


def _row(tally: Tally, top: int, most: int) -> Row:
    positions = tally.positions
    first, last, within = span_of(positions)
    return Row(
        item=tally.item,
        top=top,
        discs=[
            Disc(key.value, positions[key], place(key), round(max(SMALLEST, LARGEST * sqrt(positions[key] / most)), 1))
            for key in SCALE
            if positions.get(key)
        ],
        taken=sum(positions.get(key, 0) for key in SCALE),
        counts=[positions.get(key, 0) for key in Position.values],
        answered=tally.answered,
        acting=tally.acting,
        first=first,
        last=last,
        within=within,
    )
