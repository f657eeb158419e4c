"""What an office has to do."""

from collections.abc import Callable
from datetime import timedelta

from accounts.models import Member
from consultations.duties import Duty, what_office_owes
from consultations.operations import save_draft_field
from tests.consultations.asking import CLOSES, OPENED, opened_round, response_of, round_for
from tests.factories import NOW


def test_a_duty_says_what_until_when_and_who_writes(ana: Member, bruno: Member) -> None:
    round = opened_round(ana.office, slug="next-steps", sections=["a", "b", "c"])
    response = response_of(round, ana.office)
    earlier = NOW - timedelta(hours=1)
    save_draft_field(response=response, key="a.position", value="supports", seen=0, by=ana.user, now=earlier)
    save_draft_field(response=response, key="b.comment", value="Why", seen=0, by=bruno.user, now=NOW)
    assert what_office_owes(ana, NOW) == [
        Duty(
            title="Next-step actions",
            kind="circulation",
            url="/circulations/next-steps/answer/",
            opens_at=OPENED,
            closes_at=CLOSES,
            saved=1,
            total=3,
            writing=("Bruno Mithal",),
            parts=(("a", "done"), ("b", "busy"), ("c", "empty")),
            submitted_at=None,
        )
    ]
    assert what_office_owes(bruno, NOW)[0].writing == ()


def test_what_closes_first_leads_and_what_is_closed_or_not_asked_is_left_out(ana: Member, chloe: Member) -> None:
    late = opened_round(ana.office, slug="late", closes_at=CLOSES + timedelta(days=9))
    opened_round(ana.office, slug="soon")
    opened_round(ana.office, slug="over", closes_at=NOW - timedelta(days=1))
    opened_round(chloe.office, slug="others")
    round_for(ana.office, slug="preparation")
    assert [duty.url for duty in what_office_owes(ana, NOW)] == [
        "/circulations/soon/answer/",
        "/circulations/late/answer/",
    ]
    assert what_office_owes(ana, NOW)[1].closes_at == late.closes_at


def test_a_submitted_answer_stays_until_closing_and_is_said_to_be_submitted(
    ana: Member, answer: Callable[..., object]
) -> None:
    round = opened_round(ana.office)
    assert [duty.state for duty in what_office_owes(ana, NOW)] == ["awaited"]
    answer(round, ana, now=NOW)
    assert [(duty.state, duty.submitted_at) for duty in what_office_owes(ana, NOW)] == [("submitted", NOW)]
    assert what_office_owes(ana, CLOSES + timedelta(seconds=1)) == []


def test_a_guest_owes_nothing(gustav: Member) -> None:
    assert what_office_owes(gustav, NOW) == []


def test_duties_are_two_queries(ana: Member, django_assert_num_queries: Callable[..., object]) -> None:
    for number in range(3):
        opened_round(ana.office, slug=f"round-{number}")
    with django_assert_num_queries(2):
        assert len(what_office_owes(ana, NOW)) == 3
