"""Changes of a silence procedure that runs: more time, withdrawal, and the second person."""

from datetime import timedelta

import pytest

from accounts.models import Member
from consultations.operations.refusals import NotOfTheSecretariat, SamePerson, WaitsAlready
from groups.models import Group
from meetings.models import SilenceProcedure
from meetings.operations import silence_refusals as refusals
from meetings.operations.silence import (
    Change,
    change_silence,
    conclude_due_procedures,
    confirm_change,
    drop_change,
    release_silence,
)
from tests.factories import NOW
from tests.meetings.deciding import (
    AFTER,
    CLOSES,
    LATER,
    arrive,
    crowd,
    extended,
    mails,
    objecting,
    opened,
    prepared,
    record_of,
    withdrawn,
)

pytestmark = pytest.mark.django_db


# --- changes ----------------------------------------------------------------------------------------------------------
def test_more_time_is_a_new_deadline_with_a_fresh_notice(
    group: Group, ana: Member, staff: Member, staff2: Member
) -> None:
    procedure = release_silence(procedure=prepared(group, staff), by=staff2.user, now=NOW)
    later = extended(procedure, staff, NOW + timedelta(days=1))

    assert (later.closes_at, later.deadline_version, later.extended_reason) == (LATER, 2, "Holidays")
    assert {row.state for row in mails(procedure, "opening").values()} == {"superseded"}
    notices = mails(procedure, "extension")
    assert sorted(notices) == ["ana@qm.example", "chloe@qn.example"]
    assert "Holidays" in notices["ana@qm.example"].text
    assert "Friday 11 December 2026, 10:00 Geneva time" in notices["ana@qm.example"].text
    assert conclude_due_procedures(now=CLOSES) == 0


def test_who_got_the_first_notice_and_not_the_second_is_not_reached(
    group: Group, staff: Member, staff2: Member
) -> None:
    procedure = extended(opened(group, staff, staff2), staff)
    arrive(procedure, to_address="ana@qm.example")
    arrive(procedure, "bounced", to_address="chloe@qn.example")
    conclude_due_procedures(now=LATER)

    assert record_of(procedure) == {"QM": "silent", "QN": "not_reached"}


def test_more_time_is_later_and_for_what_is_open_and_unbroken(
    group: Group, ana: Member, staff: Member, staff2: Member
) -> None:
    procedure = prepared(group, staff)
    with pytest.raises(refusals.ProcedureOver):
        extended(procedure, staff)
    release_silence(procedure=procedure, by=staff2.user, now=NOW)
    with pytest.raises(refusals.DeadlineNotLater) as refused:
        change_silence(procedure=procedure, change=Change(closes_at=CLOSES, reason="Why"), by=staff.user, now=NOW)
    with pytest.raises(refusals.ReasonMissing):
        change_silence(procedure=procedure, change=Change(closes_at=LATER, reason=" "), by=staff.user, now=NOW)
    with pytest.raises(NotOfTheSecretariat):
        extended(procedure, ana)
    with pytest.raises(refusals.ProcedureOver):
        extended(procedure, staff, CLOSES)
    objecting(procedure, ana)
    with pytest.raises(refusals.SilenceBroken) as broken:
        extended(procedure, staff)
    assert refused.value.message == "The new closing instant must be later than the present one."
    assert broken.value.message.startswith("An office has objected")


def test_a_withdrawal_tells_every_member_why_and_ends_all_other_mail(
    group: Group, staff: Member, staff2: Member
) -> None:
    procedure = release_silence(procedure=prepared(group, staff), by=staff2.user, now=NOW)
    withdrawn(procedure, staff)

    told = mails(procedure, "withdrawn")
    assert sorted(told) == ["ana@qm.example", "chloe@qn.example"]
    assert all("Reason: A mistake" in row.text for row in told.values())
    assert {row.state for row in mails(procedure, "opening").values()} == {"cancelled"}
    assert conclude_due_procedures(now=AFTER) == 0


def test_what_was_never_open_is_withdrawn_without_a_word(group: Group, staff: Member, staff2: Member) -> None:
    procedure = withdrawn(prepared(group, staff), staff, AFTER)

    assert mails(procedure, "withdrawn") == {}
    assert mails(procedure, "waiting")["staff2@wild.example"].state == "cancelled"


def test_after_the_end_nothing_is_withdrawn_whether_or_not_the_clock_has_been_there(
    group: Group, staff: Member, staff2: Member
) -> None:
    procedure = opened(group, staff, staff2)
    with pytest.raises(refusals.NotWithdrawable) as refused:
        withdrawn(procedure, staff, CLOSES)
    conclude_due_procedures(now=CLOSES)
    with pytest.raises(refusals.NotWithdrawable):
        withdrawn(procedure, staff, CLOSES)
    with pytest.raises(refusals.ReleasedAlready):
        release_silence(procedure=procedure, by=staff2.user, now=CLOSES)
    assert refused.value.message == "This procedure has ended: it can no longer be withdrawn."


def test_what_was_withdrawn_is_not_withdrawn_again(group: Group, staff: Member, staff2: Member) -> None:
    procedure = withdrawn(opened(group, staff, staff2), staff)

    with pytest.raises(refusals.NotWithdrawable):
        withdrawn(procedure, staff)


@pytest.fixture
def of_many(group: Group, staff: Member, staff2: Member) -> SilenceProcedure:
    """Open in a group so large that nobody mails it alone."""
    crowd(group, 9)
    return opened(group, staff, staff2)


def test_a_change_that_mails_many_waits_for_a_second_person(
    of_many: SilenceProcedure, staff: Member, staff2: Member
) -> None:
    asked = extended(of_many, staff, NOW + timedelta(hours=1))

    assert (asked.closes_at, asked.asked_change, asked.asked_by) == (CLOSES, "extend", staff.user)
    assert mails(of_many, "extension") == {}
    waiting = [row for row in mails(of_many, "waiting").values() if row.state == "queued"]
    assert [row.to_address for row in waiting] == ["staff2@wild.example"]
    assert "/confirm/" in waiting[0].text
    with pytest.raises(SamePerson):
        confirm_change(procedure=of_many, by=staff.user, now=NOW)
    done = confirm_change(procedure=of_many, by=staff2.user, now=NOW + timedelta(hours=2))
    assert (done.closes_at, done.extended_by, done.asked_at) == (LATER, staff.user, None)
    assert len(mails(of_many, "extension")) == 11


def test_of_two_confirmations_the_second_does_nothing(of_many: SilenceProcedure, staff: Member, staff2: Member) -> None:
    withdrawn(of_many, staff)
    confirm_change(procedure=of_many, by=staff2.user, now=NOW)

    with pytest.raises(refusals.NothingWaits) as refused:
        confirm_change(procedure=of_many, by=staff2.user, now=NOW)
    assert "Nothing was done twice" in refused.value.message
    assert len(mails(of_many, "withdrawn")) == 11


def test_one_change_waits_at_a_time_and_can_be_taken_back(
    of_many: SilenceProcedure, ana: Member, staff: Member, staff2: Member
) -> None:
    extended(of_many, staff)

    with pytest.raises(WaitsAlready):
        withdrawn(of_many, staff2)
    with pytest.raises(NotOfTheSecretariat):
        drop_change(procedure=of_many, by=ana.user, now=NOW)
    assert drop_change(procedure=of_many, by=staff.user, now=NOW).asked_change == ""
    assert withdrawn(of_many, staff2).asked_change == "withdraw"


def test_a_change_is_confirmed_only_while_it_is_possible(
    of_many: SilenceProcedure, ana: Member, staff: Member, staff2: Member
) -> None:
    extended(of_many, staff)
    objecting(of_many, ana)

    with pytest.raises(refusals.SilenceBroken):
        confirm_change(procedure=of_many, by=staff2.user, now=NOW)


def test_the_end_forgets_what_waits(of_many: SilenceProcedure, staff: Member) -> None:
    extended(of_many, staff)
    conclude_due_procedures(now=CLOSES)
    of_many.refresh_from_db()

    assert (of_many.result, of_many.asked_change, of_many.asked_by) == ("adopted", "", None)
