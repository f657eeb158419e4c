"""Decisions by silence procedure: two persons, one instant, and a record that never takes a lost mail for silence."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError

from accounts.models import Member
from accounts.operations.refusals import Refusal
from consultations.operations.refusals import NotOfTheSecretariat, SamePerson, WaitsAlready
from groups.models import Group, Membership
from meetings.emails_silence import notice_subject
from meetings.models import Document, Objection, SilenceEntry, SilenceProcedure
from meetings.operations import silence_refusals as refusals
from meetings.operations.silence import (
    Change,
    break_silence,
    change_silence,
    conclude_due_procedures,
    conclude_silence,
    confirm_change,
    drop_change,
    note_late_returns,
    plan_silence,
    prepare_silence,
    queue_silence_mail,
    release_silence,
)
from meetings.permissions import reads_reasons
from meetings.silence import Phase, open_decisions, phase_of, standing_of
from notifications import outbox
from notifications.arrivals import arrived
from notifications.models import Delivery
from tests.factories import NOW, DocumentFactory, MemberFactory, MembershipFactory, UserFactory
from tests.meetings.deciding import (
    AFTER,
    BEFORE,
    CLOSES,
    arrive,
    chair_of,
    crowd,
    group_of,
    mails,
    opened,
    prepared,
    proposal,
    record_of,
)

pytestmark = pytest.mark.django_db
LATER = CLOSES + timedelta(days=7)


@pytest.fixture
def group(ana: Member, chloe: Member) -> Group:
    """Ana and Bruno's office Meridia and Chloe's Norland sit in it."""
    return group_of(ana, chloe)


def objecting(procedure: SilenceProcedure, member: Member, now: datetime = NOW, reason: str = "Too early") -> Objection:
    return break_silence(procedure=procedure, office=member.office, reason=reason, by=member.user, now=now)


def extended(procedure: SilenceProcedure, staff: Member, now: datetime = NOW) -> SilenceProcedure:
    change = Change(closes_at=LATER, reason=" Holidays ")
    return change_silence(procedure=procedure, change=change, by=staff.user, now=now)


def withdrawn(procedure: SilenceProcedure, staff: Member, now: datetime = NOW) -> SilenceProcedure:
    return change_silence(procedure=procedure, change=Change(reason=" A mistake "), by=staff.user, now=now)


# --- preparing and opening --------------------------------------------------------------------------------------------
def test_one_prepares_and_the_colleagues_are_asked_to_open_it(group: Group, staff: Member, staff2: Member) -> None:
    procedure = prepared(group, staff)

    assert (procedure.subject, procedure.prepared_by, procedure.released_at) == ("text", staff.user, None)
    assert list(mails(procedure, "waiting")) == ["staff2@wild.example"]
    assert (
        f"/groups/ai-tools/decisions/{procedure.pk}/release/" in mails(procedure, "waiting")["staff2@wild.example"].text
    )
    assert mails(procedure, "opening") == {}


def test_only_the_secretariat_prepares(group: Group, ana: Member) -> None:
    with pytest.raises(NotOfTheSecretariat):
        prepared(group, ana)


def test_another_opens_it_and_every_sitting_member_gets_the_notice_on_both_clocks(
    group: Group, ana: Member, chloe: Member, gustav: Member, staff: Member, staff2: Member
) -> None:
    MembershipFactory(group=group, member=gustav, role=Membership.Role.GUEST)
    Member.objects.filter(pk=chloe.pk).update(language="fr")
    procedure = release_silence(procedure=prepared(group, staff), by=staff2.user, now=NOW)

    notices = mails(procedure, "opening")
    assert sorted(notices) == ["ana@qm.example", "chloe@qn.example"]
    assert (procedure.released_at, procedure.released_by) == (NOW, staff2.user)
    text = notices["ana@qm.example"].text
    assert "Friday 4 December 2026, 10:00 Geneva time (06:00 in Santiago)" in text
    assert "To agree, do nothing." in text
    assert "We meet each quarter." in text
    assert f"/groups/ai-tools/decisions/{procedure.pk}/" in text
    assert {row.kind for row in notices.values()} == {"official"}
    assert notices["chloe@qn.example"].language == "fr"
    assert mails(procedure, "waiting")["staff2@wild.example"].state == "cancelled"


def test_who_prepared_it_does_not_open_it(group: Group, staff: Member) -> None:
    procedure = prepared(group, staff)

    with pytest.raises(refusals.ReleasedByPreparer) as refused:
        release_silence(procedure=procedure, by=staff.user, now=NOW)
    assert refused.value.message == "You prepared this yourself: somebody else of the Secretariat opens it."


def test_a_superuser_may_stand_in_but_never_for_oneself(group: Group, staff: Member) -> None:
    boss = UserFactory(is_staff=True, is_superuser=True)
    own = prepare_silence(group=group, proposal=proposal(), by=boss, now=NOW)

    with pytest.raises(refusals.ReleasedByPreparer):
        release_silence(procedure=own, by=boss, now=NOW)
    assert release_silence(procedure=prepared(group, staff), by=boss, now=NOW).released_by == boss


def test_a_member_does_not_open_it(group: Group, ana: Member, staff: Member) -> None:
    with pytest.raises(NotOfTheSecretariat):
        release_silence(procedure=prepared(group, staff), by=ana.user, now=NOW)


def test_of_two_releases_the_second_does_nothing(group: Group, staff: Member, staff2: Member) -> None:
    procedure = prepared(group, staff)
    boss = UserFactory(is_staff=True)
    release_silence(procedure=procedure, by=staff2.user, now=NOW)

    with pytest.raises(refusals.ReleasedAlready) as refused:
        release_silence(procedure=procedure, by=boss, now=NOW)
    assert "Nothing was done twice" in refused.value.message
    assert len(mails(procedure, "opening")) == 2


def test_what_was_withdrawn_is_not_opened(group: Group, staff: Member, staff2: Member) -> None:
    procedure = withdrawn(prepared(group, staff), staff)

    with pytest.raises(refusals.ProcedureOver):
        release_silence(procedure=procedure, by=staff2.user, now=NOW)


def test_it_runs_at_least_as_long_as_the_kind_says(group: Group, staff: Member, staff2: Member) -> None:
    with pytest.raises(refusals.SilenceTooShort) as refused:
        prepared(group, staff, closes_at=NOW + timedelta(days=10) - timedelta(seconds=1))
    assert refused.value.message == (
        "A procedure of this group runs at least 10 days: opened now, it closes on 30 November 2026 or later."
    )
    procedure = prepared(group, staff, closes_at=NOW + timedelta(days=10))
    with pytest.raises(refusals.SilenceTooShort):
        release_silence(procedure=procedure, by=staff2.user, now=NOW + timedelta(seconds=1))
    assert release_silence(procedure=procedure, by=staff2.user, now=NOW).released_at == NOW


def test_a_network_takes_two_weeks(ana: Member, staff: Member) -> None:
    network = group_of(ana, slug="network", kind=Group.Kind.CIO_NETWORK)

    with pytest.raises(refusals.SilenceTooShort):
        prepared(network, staff, closes_at=CLOSES - timedelta(seconds=1))
    assert prepared(network, staff).closes_at == CLOSES


def test_a_group_in_which_nobody_sits_is_not_asked(gustav: Member, staff: Member) -> None:
    group = group_of()
    MembershipFactory(group=group, member=gustav, role=Membership.Role.GUEST)

    with pytest.raises(refusals.NobodySits) as refused:
        prepared(group, staff)
    assert refused.value.message == "Nobody sits in this group for an office: there is nobody to ask."


def test_a_candidate_sits_in_the_group(group: Group, olga: Member, staff: Member) -> None:
    with pytest.raises(refusals.CandidateDoesNotSit) as refused:
        prepared(group, staff, candidate=olga)
    assert refused.value.message == "The candidate does not sit in this group for an office."


def test_one_candidate_at_a_time(group: Group, ana: Member, chloe: Member, staff: Member, staff2: Member) -> None:
    second = prepared(group, staff, candidate=chloe)
    opened(group, staff, staff2, candidate=ana)

    with pytest.raises(refusals.RunsAlready) as refused:
        release_silence(procedure=second, by=staff2.user, now=NOW)
    assert refused.value.message.startswith("Another procedure about the same is open")


def the_document(group: Group | None, **fields: object) -> Document:
    kind = {"kind": Document.Kind.ARRANGEMENTS, "visibility": Document.Visibility.MEMBERS}
    return DocumentFactory(**kind | {"group": group, "titles": {"en": "Working arrangements"}} | fields)


def test_a_document_is_one_of_the_group_that_its_members_read(group: Group, staff: Member) -> None:
    others = the_document(group_of(slug="other"))
    hidden = the_document(group, visibility=Document.Visibility.STAFF)
    for document in (others, hidden):
        with pytest.raises(refusals.DocumentNotReadable) as refused:
            prepared(group, staff, document=document)
    assert "cannot read this document" in refused.value.message


def test_a_document_is_adopted_once_and_put_once_at_a_time(group: Group, staff: Member, staff2: Member) -> None:
    document = the_document(group)
    second = prepared(group, staff, document=document)
    opened(group, staff, staff2, document=document)

    with pytest.raises(refusals.RunsAlready):
        release_silence(procedure=second, by=staff2.user, now=NOW)
    conclude_due_procedures(now=CLOSES)
    document.refresh_from_db()
    with pytest.raises(refusals.DocumentAdopted) as refused:
        prepared(group, staff, document=document, closes_at=LATER)
    assert document.adopted_at == CLOSES
    assert refused.value.message == "This document is adopted already."


# --- who is told ------------------------------------------------------------------------------------------------------
def test_planning_again_owes_nothing_new(group: Group, staff: Member, staff2: Member) -> None:
    opened(group, staff, staff2)

    assert queue_silence_mail(now=NOW + timedelta(minutes=1)) == 0


def test_who_takes_a_seat_while_it_runs_and_who_has_a_new_address_gets_the_notice(
    group: Group, chloe: Member, olga: Member, staff: Member, staff2: Member
) -> None:
    procedure = opened(group, staff, staff2)
    MembershipFactory(group=group, member=olga, since_on=NOW.date())
    Member.objects.filter(pk=chloe.pk).update(email="chloe.new@qn.example")

    assert queue_silence_mail(now=NOW + timedelta(minutes=1)) == 2
    assert sorted(mails(procedure, "opening")) == [
        "ana@qm.example", "chloe.new@qn.example", "chloe@qn.example", "olga@xb.example",
    ]  # fmt: skip


def test_three_days_before_each_is_reminded_once_at_nine_of_the_own_clock(
    group: Group, ana: Member, olga: Member, staff: Member, staff2: Member
) -> None:
    procedure = opened(group, staff, staff2)
    in_oslo, in_santiago = datetime(2026, 12, 1, 8, tzinfo=UTC), datetime(2026, 12, 1, 12, tzinfo=UTC)

    assert queue_silence_mail(now=in_oslo - timedelta(seconds=1)) == 0
    assert queue_silence_mail(now=in_oslo) == 1
    assert list(mails(procedure, "3")) == ["chloe@qn.example"]
    assert queue_silence_mail(now=in_santiago) == 1
    assert queue_silence_mail(now=in_santiago) == 0
    assert mails(procedure, "3")["ana@qm.example"].subject.startswith("Closes in 3 days: Ways of working")
    MembershipFactory(group=group, member=olga, since_on=in_oslo.date())
    assert queue_silence_mail(now=in_santiago + timedelta(days=1)) == 1
    assert sorted(mails(procedure, "3")) == ["ana@qm.example", "chloe@qn.example"]


def test_nobody_is_reminded_once_the_silence_is_broken(
    group: Group, ana: Member, staff: Member, staff2: Member
) -> None:
    procedure = opened(group, staff, staff2)
    on_the_day = CLOSES - timedelta(days=2)
    queue_silence_mail(now=on_the_day)
    objecting(procedure, ana, on_the_day)

    assert {row.state for row in mails(procedure, "3").values()} == {"cancelled"}
    other = opened(group, staff, staff2)
    objecting(other, ana)
    assert queue_silence_mail(now=on_the_day) == 0


def test_nothing_is_owed_about_what_is_over(group: Group, staff: Member, staff2: Member) -> None:
    procedure = opened(group, staff, staff2)

    assert (queue_silence_mail(now=CLOSES), plan_silence(procedure=procedure, now=CLOSES)) == (0, 0)
    withdrawn(procedure, staff)
    assert plan_silence(procedure=procedure, now=NOW) == 0


# --- breaking the silence ---------------------------------------------------------------------------------------------
def test_any_sitting_member_breaks_the_silence_for_the_office_up_to_the_instant(
    group: Group, ana: Member, chloe: Member, staff: Member, staff2: Member
) -> None:
    procedure = opened(group, staff, staff2)
    objection = objecting(procedure, ana, BEFORE, " We need the text in French. ")

    assert (objection.office, objection.objected_by, objection.objected_at) == (ana.office, ana, BEFORE)
    assert objection.reason == "We need the text in French."
    with pytest.raises(refusals.ObjectionTooLate) as refused:
        objecting(procedure, chloe, CLOSES)
    assert refused.value.message.startswith("Objections were accepted until Friday 4 December 2026, 10:00 Geneva time")


def test_the_reason_goes_to_the_secretariat_and_the_chair_alone(
    group: Group, ana: Member, olga: Member, staff: Member, staff2: Member
) -> None:
    chair_of(group, olga)
    procedure = opened(group, staff, staff2)
    objecting(procedure, ana, reason="Our law does not allow it")

    told = mails(procedure, "objection")
    assert sorted(told) == ["olga@xb.example", "secretariat@wild.example"]
    assert all("Our law does not allow it" in row.text for row in told.values())
    assert "You receive this as the Chair" in told["olga@xb.example"].text
    everything = Delivery.objects.filter(subject_key__startswith=f"silence:{procedure.pk}")
    assert [row.to_address for row in everything.exclude(step="objection") if "Our law" in row.text] == []


def test_without_a_chair_the_secretariat_alone_is_told(
    group: Group, ana: Member, staff: Member, staff2: Member
) -> None:
    procedure = opened(group, staff, staff2)
    objecting(procedure, ana)

    assert list(mails(procedure, "objection")) == ["secretariat@wild.example"]


def test_who_reads_the_reasons(group: Group, ana: Member, olga: Member, gustav: Member, staff: Member) -> None:
    chair_of(group, olga)

    readers = [member for member in (ana, olga, gustav, staff) if reads_reasons(member.user, group)]
    assert readers == [olga, staff]
    assert reads_reasons(type("Stranger", (), {"is_authenticated": False})(), group) is False


def test_an_office_objects_once_and_another_still_may(
    group: Group, ana: Member, bruno: Member, chloe: Member, staff: Member, staff2: Member
) -> None:
    MembershipFactory(group=group, member=bruno)
    procedure = opened(group, staff, staff2)
    objecting(procedure, ana)

    with pytest.raises(refusals.ObjectedAlready) as refused:
        objecting(procedure, bruno)
    objecting(procedure, chloe)
    assert refused.value.message.startswith("Your office has objected already.")
    assert sorted(procedure.objections.values_list("office_id", flat=True)) == ["QM", "QN"]


def test_guests_former_members_and_others_do_not_object(
    group: Group, ana: Member, bruno: Member, olga: Member, gustav: Member, staff: Member, staff2: Member
) -> None:
    MembershipFactory(group=group, member=gustav, role=Membership.Role.GUEST)
    procedure = opened(group, staff, staff2)
    Membership.objects.filter(member=ana).update(until_on=NOW.date(), ending="resigned")

    for member in (ana, bruno, olga, staff):
        with pytest.raises(refusals.NotASittingMember):
            objecting(procedure, member)
    with pytest.raises(refusals.NotASittingMember) as refused:
        break_silence(procedure=procedure, office=ana.office, reason="No", by=gustav.user, now=NOW)
    assert refused.value.message == "Only a member who sits in the group for an office can object."
    assert Objection.objects.count() == 0


def test_nobody_objects_for_the_office_of_somebody_else(
    group: Group, ana: Member, chloe: Member, staff: Member, staff2: Member
) -> None:
    procedure = opened(group, staff, staff2)

    with pytest.raises(refusals.NotASittingMember):
        break_silence(procedure=procedure, office=chloe.office, reason="No", by=ana.user, now=NOW)


def test_an_objection_needs_a_reason_and_an_open_procedure(
    group: Group, ana: Member, staff: Member, staff2: Member
) -> None:
    procedure = prepared(group, staff)
    with pytest.raises(refusals.ProcedureOver) as refused:
        objecting(procedure, ana)
    assert refused.value.message == "This procedure is not open. Nothing was changed."
    release_silence(procedure=procedure, by=staff2.user, now=NOW)
    with pytest.raises(refusals.ReasonMissing) as missing:
        objecting(procedure, ana, reason=" \n")
    assert missing.value.message == "Give the reason."
    withdrawn(procedure, staff)
    with pytest.raises(refusals.ProcedureOver):
        objecting(procedure, ana)


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


# --- what pages read --------------------------------------------------------------------------------------------------
def test_what_runs_is_shown_to_those_inside(
    group: Group, ana: Member, gustav: Member, olga: Member, staff: Member, staff2: Member
) -> None:
    MembershipFactory(group=group, member=gustav, role=Membership.Role.GUEST)
    procedure = opened(group, staff, staff2)
    prepared(group, staff)
    arrive(procedure, "bounced", to_address="chloe@qn.example")

    seats = list(group.memberships.select_related("member__office"))
    (shown,) = open_decisions(ana.user, group, seats, NOW)
    assert (shown.procedure, shown.may_object, shown.standing.reached, shown.standing.total) == (procedure, True, 1, 2)
    assert [office.code for office in shown.standing.unreached] == ["QN"]
    assert [office.code for office in shown.standing.silent] == ["QM"]
    assert [each.may_object for each in open_decisions(gustav.user, group, seats, NOW)] == [False]
    assert open_decisions(olga.user, group, seats, NOW) == []
    assert open_decisions(ana.user, group, seats, CLOSES) == []


def test_the_phases_of_a_procedure(group: Group, ana: Member, staff: Member, staff2: Member) -> None:
    procedure = prepared(group, staff)
    assert phase_of(procedure, NOW, is_broken=False) == Phase.PREPARED
    procedure = release_silence(procedure=procedure, by=staff2.user, now=NOW)
    assert phase_of(procedure, NOW, is_broken=False) == Phase.OPEN
    assert phase_of(procedure, NOW, is_broken=True) == Phase.BROKEN
    assert phase_of(procedure, CLOSES, is_broken=True) == Phase.CLOSING
    conclude_due_procedures(now=CLOSES)
    procedure.refresh_from_db()
    assert phase_of(procedure, CLOSES, is_broken=False) == Phase.ADOPTED
    procedure.result = "broken"
    assert phase_of(procedure, CLOSES, is_broken=True) == Phase.NOT_ADOPTED
    procedure.withdrawn_at = NOW
    assert phase_of(procedure, CLOSES, is_broken=True) == Phase.WITHDRAWN


def test_the_record_stays_as_it_was_written(group: Group, olga: Member, staff: Member, staff2: Member) -> None:
    procedure = opened(group, staff, staff2)
    conclude_due_procedures(now=CLOSES)
    SilenceEntry.objects.filter(office="QN").update(stand="not_reached")
    procedure.refresh_from_db()

    standing = standing_of(procedure)
    assert (standing.total, standing.reached, standing.broke) == (2, 1, 0)


def test_nothing_has_arrived_of_what_was_never_queued() -> None:
    assert arrived(["silence:0:v1"]) == set()


def test_what_a_demonstration_played_as_arrived_counts_and_what_was_cancelled_does_not(
    group: Group, staff: Member, staff2: Member, now: datetime
) -> None:
    procedure = release_silence(procedure=prepared(group, staff), by=staff2.user, now=now)
    subject = notice_subject(procedure)
    outbox.cancel(subject, "It lies in the past.", now=now, to="ana@qm.example")
    outbox.cancel(subject, Delivery.PLAYED, now=now)
    ended = Delivery.objects.filter(subject_key=subject)
    assert {(row.state, row.sent_at) for row in ended} == {("cancelled", None)}
    assert arrived([subject]) == {row.key for row in ended if row.to_address != "ana@qm.example"}
    assert {office.code: stand for office, stand in standing_of(procedure).stands.items()}["QM"] == "not_reached"


def test_the_database_refuses_what_the_operations_do(group: Group, staff: Member) -> None:
    procedure = prepared(group, staff)

    with pytest.raises(IntegrityError):
        SilenceProcedure.objects.filter(pk=procedure.pk).update(released_at=NOW, released_by=staff.user)


@pytest.mark.parametrize("language", ["fr", "es", "ru", "ar", "zh-hans"])
def test_every_mail_can_be_written_in_every_language(
    group: Group, ana: Member, olga: Member, staff: Member, staff2: Member, language: str
) -> None:
    chair_of(group, olga)
    Member.objects.update(language=language)
    procedure = extended(opened(group, staff, staff2, candidate=ana), staff)
    objecting(procedure, ana)
    conclude_due_procedures(now=LATER)

    rows = Delivery.objects.filter(subject_key__startswith=f"silence:{procedure.pk}", to_address="olga@xb.example")
    assert {row.language for row in rows} == {language}
    assert {row.step for row in rows} == {"opening", "extension", "objection", "result"}


Refuse = Callable[[], Refusal]


def test_every_refusal_has_words_for_a_page(group: Group) -> None:
    every = [
        kind for kind in vars(refusals).values() if isinstance(kind, type) and kind.__module__ == refusals.__name__
    ]
    arguments = {refusals.SilenceTooShort: (group, NOW), refusals.ObjectionTooLate: (CLOSES,)}

    assert all(str(kind(*arguments.get(kind, ()))).endswith(".") for kind in every)


def test_a_former_colleague_without_login_is_asked_too(staff: Member, staff2: Member) -> None:
    member = MemberFactory(user=None, email="quiet@qz.example")
    procedure = opened(group_of(member), staff, staff2)

    assert list(mails(procedure, "opening")) == ["quiet@qz.example"]
