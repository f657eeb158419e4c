"""Decisions by silence procedure: one prepares, another opens, members are told, an office objects."""

from datetime import UTC, datetime, timedelta

import pytest

from accounts.models import Member
from consultations.operations.refusals import NotOfTheSecretariat
from groups.models import Group, Membership
from meetings.models import Document, Objection
from meetings.operations import silence_refusals as refusals
from meetings.operations.silence import (
    break_silence,
    conclude_due_procedures,
    plan_silence,
    prepare_silence,
    queue_silence_mail,
    release_silence,
)
from meetings.permissions import reads_reasons
from notifications.models import Delivery
from tests.factories import NOW, DocumentFactory, MembershipFactory, UserFactory
from tests.meetings.deciding import (
    BEFORE,
    CLOSES,
    LATER,
    chair_of,
    group_of,
    mails,
    objecting,
    opened,
    prepared,
    proposal,
    withdrawn,
)

pytestmark = pytest.mark.django_db


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
