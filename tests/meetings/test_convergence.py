"""How near the positions on an item stand, and where each thing is drawn."""

from dataclasses import dataclass, field
from typing import Any

import pytest
from django.utils import translation

from meetings.convergence import BAR, BAR_END, LARGEST, LEFT, RIGHT, SMALLEST, map_of, span_of
from meetings.models import CirculationItem


@dataclass
class Tally:
    """What is drawn of one item."""

    positions: dict[str, int]
    acting: int = 0
    item: CirculationItem = field(default_factory=lambda: CirculationItem(key="a", heading="Heading"))

    @property
    def answered(self) -> int:
        return sum(self.positions.values())


@pytest.mark.parametrize(
    ("positions", "expected"),
    [
        ({}, ("", "", 0)),
        ({"no_position": 9}, ("", "", 0)),
        ({"supports": 1}, ("supports", "supports", 1)),
        ({"supports": 9, "does_not_support": 3}, ("supports", "supports", 9)),
        ({"supports": 8, "does_not_support": 3}, ("supports", "does_not_support", 11)),
        ({"supports": 4, "supports_with_changes": 4, "needs_information": 2}, ("supports", "supports_with_changes", 8)),
        ({"no_objection": 5, "needs_information": 5}, ("no_objection", "needs_information", 10)),
        ({"supports": 1, "no_objection": 1, "does_not_support": 1}, ("supports", "does_not_support", 3)),
        ({"supports": 1, "supports_with_changes": 3, "no_objection": 1}, ("supports", "supports_with_changes", 4)),
        ({"supports": 3, "no_position": 100, "does_not_support": 1}, ("supports", "supports", 3)),
    ],
)
def test_the_span_is_the_shortest_that_holds_three_quarters_of_those_who_took_a_position(
    positions: dict[str, int], expected: tuple[str, str, int]
) -> None:
    assert span_of(positions) == expected


def test_items_keep_their_order_and_discs_grow_with_the_number_of_offices() -> None:
    drawn = map_of(
        [Tally({"supports": 1}), Tally({"supports": 100, "does_not_support": 25, "no_position": 7}, acting=66)]
    )
    first, second = drawn.rows
    assert [disc.radius for disc in first.discs] == [SMALLEST]
    assert [(disc.position, disc.count, disc.radius, disc.x) for disc in second.discs] == [
        ("supports", 100, LARGEST, LEFT),
        ("does_not_support", 25, LARGEST / 2, RIGHT),
    ]
    assert [disc.r for disc in second.discs] == ["13.0", "6.5"]
    assert (second.taken, second.counts, second.answered) == (125, [100, 0, 0, 0, 25, 7], 132)
    assert (first.top, second.top, drawn.height) == (34, 86, 138)


def test_the_bar_is_as_long_as_the_share_of_those_who_answered() -> None:
    half, nothing = map_of([Tally({"supports": 2}, acting=1), Tally({})]).rows
    assert half.bar == pytest.approx((BAR_END - BAR) / 2)
    assert (half.bar_per_cent, nothing.bar_per_cent) == ("14.00%", "0.00%")


def test_where_nobody_took_a_position_nothing_is_drawn() -> None:
    (row,) = map_of([Tally({"no_position": 3})]).rows
    assert (row.discs, row.first, row.span, row.span_text, row.within) == ([], "", 0, "", 0)


@pytest.mark.parametrize(
    ("positions", "span", "ends", "text"),
    [
        ({"no_objection": 3}, 1, [0.35], "no objection"),
        ({"supports": 2, "no_objection": 3}, 3, [0.1, 0.35], "supports to no objection"),
    ],
)
def test_a_span_has_one_end_or_two_and_words(positions: Any, span: int, ends: list[float], text: str) -> None:
    (row,) = map_of([Tally(positions)]).rows
    with translation.override("en"):
        assert (row.span, row.ends, row.span_text) == (span, pytest.approx(ends), text)


def test_every_position_but_no_position_has_its_place_and_shape() -> None:
    drawn = map_of([])
    assert [key for key, _x in drawn.places] == [
        "supports", "supports_with_changes", "no_objection", "needs_information", "does_not_support",
    ]  # fmt: skip
    assert [each["icon"] for each, _x in drawn.marked] == ["p-yes", "p-part", "p-ok", "p-ask", "p-no"]
    assert (drawn.bar_start, drawn.bar_per_cent, drawn.height) == (BAR, "28.00%", 34)
