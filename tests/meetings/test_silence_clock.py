"""The clock and silence procedures: one instant, and a record that never takes a lost mail for silence."""

from datetime import timedelta

import pytest

from accounts.models import Member
from groups.models import Group, Membership
from meetings.operations.silence import (
    conclude_due_procedures,
    conclude_silence,
    note_late_returns,
    release_silence,
)
from tests.factories import NOW, MembershipFactory
from tests.meetings.deciding import (
    AFTER,
    BEFORE,
    CLOSES,
    arrive,
    mails,
    objecting,
    opened,
    prepared,
    record_of,
)

pytestmark = pytest.mark.django_db


# --- the clock --------------------------------------------------------------------------------------------------------
def test_the_clock_adopts_at_the_instant_and_not_before(group: Group, staff: Member, staff2: Member) -> None:
    procedure = opened(group, staff, staff2)

    assert conclude_due_procedures(now=BEFORE) == 0
    assert conclude_due_procedures(now=CLOSES) == 1
    assert conclude_due_procedures(now=CLOSES) == 0
    procedure.refresh_from_db()
    assert (procedure.result, procedure.concluded_at) == ("adopted", CLOSES)
    assert record_of(procedure) == {"QM": "silent", "QN": "silent"}


def test_a_late_clock_records_the_same(
    group: Group, chloe: Member, olga: Member, staff: Member, staff2: Member
) -> None:
    procedure = opened(group, staff, staff2)
    Membership.objects.filter(member=chloe).update(until_on=CLOSES.date(), ending="resigned")
    MembershipFactory(group=group, member=olga, since_on=CLOSES.date())
    conclude_due_procedures(now=AFTER)
    procedure.refresh_from_db()

    assert (procedure.result, procedure.concluded_at) == ("adopted", CLOSES)
    assert record_of(procedure) == {"QM": "silent", "QN": "silent"}


def test_who_gave_up_the_seat_before_does_not_count(
    group: Group, chloe: Member, bruno: Member, staff: Member, staff2: Member
) -> None:
    MembershipFactory(group=group, member=bruno)
    procedure = opened(group, staff, staff2)
    Membership.objects.filter(member=chloe).update(until_on=CLOSES.date() - timedelta(days=1), ending="resigned")
    Member.objects.filter(pk=bruno.pk).update(until_on=CLOSES.date() - timedelta(days=1))
    conclude_due_procedures(now=CLOSES)

    assert record_of(procedure) == {"QM": "silent"}


@pytest.mark.parametrize(
    "state", ["bounced", "failed", "suppressed", "held", "queued", "ambiguous", "cancelled", "superseded", "expired"]
)
def test_an_office_whose_notice_did_not_arrive_is_never_silent(
    group: Group, staff: Member, staff2: Member, state: str
) -> None:
    procedure = opened(group, staff, staff2)
    arrive(procedure, state, to_address="chloe@qn.example")
    conclude_due_procedures(now=CLOSES)

    assert record_of(procedure) == {"QM": "silent", "QN": "not_reached"}


def test_one_colleague_who_was_reached_is_enough(group: Group, bruno: Member, staff: Member, staff2: Member) -> None:
    MembershipFactory(group=group, member=bruno)
    procedure = opened(group, staff, staff2)
    arrive(procedure, "bounced", to_address="ana@qm.example")
    conclude_due_procedures(now=CLOSES)

    assert record_of(procedure) == {"QM": "silent", "QN": "silent"}


def test_an_office_that_took_its_first_seat_without_a_notice_is_not_reached(
    group: Group, olga: Member, staff: Member, staff2: Member
) -> None:
    procedure = opened(group, staff, staff2)
    MembershipFactory(group=group, member=olga, since_on=CLOSES.date() - timedelta(days=1))
    conclude_due_procedures(now=CLOSES)

    assert record_of(procedure) == {"QM": "silent", "QN": "silent", "XB": "not_reached"}


def test_an_address_that_is_none_is_not_reached(group: Group, chloe: Member, staff: Member, staff2: Member) -> None:
    Member.objects.filter(pk=chloe.pk).update(email="nowhere")
    procedure = release_silence(procedure=prepared(group, staff), by=staff2.user, now=NOW)
    arrive(procedure, to_address="ana@qm.example")
    conclude_due_procedures(now=CLOSES)

    assert record_of(procedure) == {"QM": "silent", "QN": "not_reached"}


def test_a_broken_silence_is_not_adopted_and_told_so_at_the_instant(
    group: Group, ana: Member, staff: Member, staff2: Member
) -> None:
    procedure = opened(group, staff, staff2)
    arrive(procedure, "bounced", to_address="chloe@qn.example")
    objecting(procedure, ana, reason="Too early")
    assert mails(procedure, "result") == {}
    conclude_due_procedures(now=CLOSES)
    procedure.refresh_from_db()

    assert (procedure.result, procedure.concluded_at) == ("broken", CLOSES)
    assert record_of(procedure) == {"QM": "broke", "QN": "not_reached"}
    text = mails(procedure, "result")["chloe@qn.example"].text
    assert "1 office broke the silence: it is not adopted." in text
    assert "Not reached, and so not counted as silent: Norland." in text
    assert "Too early" not in text


def test_an_office_that_objected_stays_so_whoever_sits_for_it_later(
    group: Group, ana: Member, staff: Member, staff2: Member
) -> None:
    procedure = opened(group, staff, staff2)
    objecting(procedure, ana)
    Membership.objects.filter(member=ana).update(until_on=NOW.date(), ending="resigned")
    conclude_due_procedures(now=CLOSES)

    assert record_of(procedure) == {"QM": "broke", "QN": "silent"}


def test_the_candidate_is_chair_from_the_instant_it_closed(
    group: Group, ana: Member, chloe: Member, staff: Member, staff2: Member
) -> None:
    procedure = opened(group, staff, staff2, candidate=chloe)
    conclude_due_procedures(now=AFTER)

    seat = Membership.objects.current().get(group=group, role=Membership.Role.CHAIR)
    assert (seat.member, seat.since_on) == (chloe, CLOSES.date())
    text = mails(procedure, "result")["ana@qm.example"].text
    assert "No office objected before Friday 4 December 2026, 10:00 Geneva time" in text
    assert "Chloe Voorbeeld is the Chair." in text
    assert mails(procedure, "result")["ana@qm.example"].subject.startswith("Adopted by silence: Ways of working")


@pytest.mark.parametrize("has_left", [True, False])
def test_a_candidate_who_gave_up_the_seat_takes_no_chair_and_stops_no_clock(
    group: Group, chloe: Member, staff: Member, staff2: Member, has_left: bool
) -> None:
    procedure = opened(group, staff, staff2, candidate=chloe)
    if has_left:
        Member.objects.filter(pk=chloe.pk).update(until_on=NOW.date())
    else:
        Membership.objects.filter(member=chloe).update(until_on=NOW.date(), ending="resigned")
    conclude_due_procedures(now=CLOSES)
    procedure.refresh_from_db()

    assert procedure.result == "adopted"
    assert Membership.objects.current().filter(role=Membership.Role.CHAIR).count() == 0
    assert "Geneva time (06:00 in Santiago): it is adopted." in mails(procedure, "result")["ana@qm.example"].text


def test_a_broken_candidate_is_not_chair(
    group: Group, ana: Member, chloe: Member, staff: Member, staff2: Member
) -> None:
    procedure = opened(group, staff, staff2, candidate=chloe)
    objecting(procedure, ana)
    conclude_due_procedures(now=CLOSES)

    assert Membership.objects.current().filter(role=Membership.Role.CHAIR).count() == 0


def test_concluding_what_is_not_due_does_nothing(group: Group, staff: Member, staff2: Member) -> None:
    assert conclude_silence(procedure=opened(group, staff, staff2), now=BEFORE) is False


def test_a_notice_that_comes_back_after_the_end_was_not_read(group: Group, staff: Member, staff2: Member) -> None:
    procedure = opened(group, staff, staff2)
    conclude_due_procedures(now=CLOSES)
    assert note_late_returns(now=CLOSES) == 0
    arrive(procedure, "bounced", to_address="chloe@qn.example")

    assert note_late_returns(now=CLOSES + timedelta(days=20)) == 0
    assert note_late_returns(now=CLOSES + timedelta(hours=1)) == 1
    assert record_of(procedure) == {"QM": "silent", "QN": "not_reached"}
    procedure.refresh_from_db()
    assert procedure.result == "adopted"
