"""The line of time of action items: days in, shares of its length out."""

import re
from collections.abc import Callable
from datetime import date

import pytest
import time_machine
from django.test import Client

from accounts.models import Member
from groups.models import Group
from meetings.lanes import lanes_of
from meetings.models import ActionItem, Session
from tests.factories import (
    NOW,
    ActionItemFactory,
    ActionUpdateFactory,
    CirculationFactory,
    CirculationItemFactory,
    OfficeResponseFactory,
    SessionFactory,
)
from tests.pages import text_of

TODAY = date(2026, 11, 20)


@pytest.fixture
def items(recorded_once: None) -> list[ActionItem]:
    """The five items of the record."""
    return list(ActionItem.objects.for_list())


def per_cent(share: float) -> float:
    """A share as people read it."""
    return round(100 * share, 1)


def test_events_stand_where_their_days_are(items: list[ActionItem]) -> None:
    spans = {item.pk: [(date(2025, 4, 16), date(2025, 6, 16))] for item in items}
    chart = lanes_of(items, spans, Session.objects.all(), TODAY)
    assert [year for _share, year in chart.years] == [2025, 2026]
    assert len(chart.quarters) == 8
    assert [(per_cent(share), code) for share, code in chart.sessions] == [(14.1, "WILD/1"), (64.1, "WILD/2")]
    assert per_cent(chart.today) == 94.2
    assert [(per_cent(bar.start), bar.per_cent) for bar in chart.lanes[0].bars] == [(14.4, "8.36%")]
    assert [(lane.item.key, lane.met_on, lane.is_outcome) for lane in chart.lanes] == [
        ("a", date(2026, 3, 11), True),
        ("b", date(2026, 3, 11), False),
        ("c", date(2026, 3, 19), False),
        ("d", date(2026, 4, 14), False),
        ("e", date(2026, 3, 19), True),
    ]


@pytest.mark.parametrize(
    ("today", "quarters"),
    [(date(2026, 1, 1), 5), (date(2026, 12, 1), 8), (date(2026, 12, 2), 8), (date(2026, 12, 3), 9)],
)
def test_the_line_leaves_a_month_after_the_last_event(today: date, quarters: int, items: list[ActionItem]) -> None:
    chart = lanes_of(items, {}, Session.objects.all(), today)
    assert len(chart.quarters) == quarters
    assert 0 <= chart.today < 1


def test_a_coming_session_and_a_group_that_has_not_met_are_left_out() -> None:
    item = ActionItem(key="a", group=Group(name="New"), group_relation="lead")
    coming = Session(code="WILD/9", starts_on=date(2027, 4, 1))
    chart = lanes_of([item], {}, [coming], TODAY)
    assert (chart.sessions, chart.lanes[0].met_on, chart.lanes[0].met) == ([], None, 0.0)


def test_a_line_without_anything_is_that_of_the_year() -> None:
    chart = lanes_of([], {}, [], TODAY)
    assert ([year for _share, year in chart.years], chart.lanes) == ([2026], [])


def test_an_item_with_a_bare_update_was_not_revisited(db: None) -> None:
    chart = lanes_of([ActionItemFactory()], {}, [SessionFactory()], TODAY)
    assert chart.lanes[0].met_on is None


def test_the_page_says_in_words_what_the_drawing_shows(recorded: None, client: Client) -> None:
    with time_machine.travel(NOW, tick=False):
        page = text_of(client.get("/actions/"))
    assert (
        "Network of CIOs and CTOs Circulated for feedback: 16 April to 16 June 2025 First meeting of the group" in page
    )
    assert (
        "Pilot projects Circulated for feedback: 16 April to 16 June 2025 Discussed or revisited: 14 April 2026" in page
    )


def test_from_right_to_left_the_line_is_mirrored(recorded: None, client: Client) -> None:
    with time_machine.travel(NOW, tick=False):
        contents = [
            client.get("/actions/", headers={"accept-language": code}).content.decode() for code in ("en", "ar")
        ]
    places = [float(re.findall(r'<text class="tt mid" x="([\d.]+)%"', content)[0]) for content in contents]
    assert sum(places) == pytest.approx(100)
    bars = [re.findall(r'<rect class="fs" x="([\d.]+)%" width="([\d.]+)%"', content)[0] for content in contents]
    assert float(bars[0][0]) + float(bars[1][0]) + float(bars[0][1]) == pytest.approx(100, abs=0.02)


def test_a_circulation_is_drawn_for_those_who_may_see_it(
    ana: Member, staff: Member, client_of: Callable[[Member | None], Client]
) -> None:
    item = ActionUpdateFactory().item
    put_to_ana = OfficeResponseFactory(office=ana.office, round__opened=True).round
    put_to_ana.addressees.add(ana.office)
    CirculationItemFactory(circulation=CirculationFactory(round=put_to_ana), action_item=item)
    CirculationItemFactory(circulation=CirculationFactory(round__opens_at=None), action_item=item)
    pages = [client_of(who).get("/actions/").content.decode() for who in (None, ana, staff)]
    assert [page.count("Circulated for feedback:") for page in pages] == [0, 1, 1]
