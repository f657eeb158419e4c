"""Which offices no mail reaches, and what became of the last one."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Member, Office
from consultations.models import Round
from consultations.operations import queue_due_reminders
from consultations.reach import LastMail, not_reached, reach
from notifications.message import address_hash
from notifications.models import Delivery, Suppression
from tests.consultations.asking import OPENED, opened_round
from tests.factories import NOW, MemberFactory, OfficeFactory

SENT_AT = OPENED + timedelta(minutes=1)


def end(state: str, **which: object) -> None:
    """Mail reaches this end."""
    sent = {"sent_at": SENT_AT} if state in {"sent", "bounced"} else {}
    ended = {"ended_at": SENT_AT} if state not in {"queued", "ambiguous", "held"} else {}
    reason = "" if state in {"queued", "ambiguous", "sent"} else "Because."
    Delivery.objects.filter(**which).update(state=state, reason=reason, **sent, **ended)


def suppress(member: Member, **fields: object) -> None:
    Suppression.objects.create(address_sha256=address_hash(member.email), reason="returned", since_at=OPENED, **fields)


def test_an_office_nobody_speaks_for_is_not_reached(ana: Member, bruno: Member, norland: Office) -> None:
    assert not_reached(opened_round(ana.office, norland)) == {"QN": "nobody"}


def test_an_office_whose_every_address_is_dead_is_not_reached(ana: Member, alba: Member, chloe: Member) -> None:
    round = opened_round(ana.office, chloe.office)
    suppress(ana)
    assert not_reached(round) == {}
    suppress(alba)
    assert not_reached(round) == {"QM": "addresses"}


def test_an_address_that_works_again_is_reached(ana: Member) -> None:
    round = opened_round(ana.office)
    suppress(ana, until_at=NOW.replace(year=2020))
    assert not_reached(round) == {}


@pytest.mark.parametrize("state", ["bounced", "failed", "suppressed"])
def test_an_office_whose_every_mail_was_lost_is_not_reached(ana: Member, alba: Member, state: str) -> None:
    round = opened_round(ana.office)
    end(state, to_address=ana.email)
    end("bounced", to_address=alba.email)
    assert not_reached(round) == {"QM": "lost"}


@pytest.mark.parametrize("state", ["sent", "queued", "ambiguous", "held"])
def test_one_mail_that_arrived_or_may_arrive_is_enough(ana: Member, alba: Member, state: str) -> None:
    round = opened_round(ana.office)
    end("bounced", to_address=ana.email)
    end(state, to_address=alba.email)
    assert not_reached(round) == {}


@pytest.mark.parametrize("state", ["cancelled", "superseded", "expired"])
def test_mail_that_never_left_says_nothing_about_the_address(ana: Member, state: str) -> None:
    round = opened_round(ana.office)
    end(state)
    assert not_reached(round) == {}


def test_an_office_without_mail_yet_is_not_called_unreached(norland: Office) -> None:
    round = opened_round(norland)
    MemberFactory(office=norland, role=Member.Role.FOCAL_POINT)
    assert not_reached(round) == {}
    assert reach(round.responses.all())["QN"].last is None


def test_mail_about_another_round_does_not_count(ana: Member) -> None:
    other = opened_round(ana.office)
    end("bounced")
    round = opened_round(ana.office)
    assert (not_reached(other), not_reached(round)) == ({"QM": "lost"}, {})


def test_the_last_mail_is_the_newest_step_with_its_ends(ana: Member, alba: Member) -> None:
    round = opened_round(ana.office)
    end("sent")
    queue_due_reminders(now=NOW)
    end("sent", to_address=ana.email, step="14")
    end("bounced", to_address=alba.email, step="14")
    last = reach(round.responses.all())["QM"].last
    assert last == LastMail(step="14", at=NOW, states={"sent": 1, "bounced": 1})
    assert (last.days_before, last.ends) == (14, [("Sent", 1), ("Returned", 1)])
    notice = LastMail(step="opening", at=NOW, states={"bounced": 2})
    assert notice.days_before is None


def test_four_queries_whatever_the_number_of_offices(ana: Member) -> None:
    counts = []
    for number in range(2):
        offices = [OfficeFactory(code=f"U{letter}") for letter in "ABCDE"[: 1 + 4 * number]]
        for office in offices:
            MemberFactory(office=office, role=Member.Role.FOCAL_POINT)
        round: Round = opened_round(*offices)
        with CaptureQueriesContext(connection) as queries:
            assert not_reached(round) == {}
        counts.append(len(queries))
    assert counts == [4, 4]
