"""What pages and mails say of silence procedures, and what the database refuses."""

from collections.abc import Callable
from datetime import datetime

import pytest
from django.db import IntegrityError

from accounts.models import Member
from accounts.operations.refusals import Refusal
from groups.models import Group, Membership
from meetings.emails_silence import notice_subject
from meetings.models import SilenceEntry, SilenceProcedure
from meetings.operations import silence_refusals as refusals
from meetings.operations.silence import (
    conclude_due_procedures,
    release_silence,
)
from meetings.silence import Phase, open_decisions, phase_of, standing_of
from notifications import outbox
from notifications.arrivals import arrived
from notifications.models import Delivery
from tests.factories import NOW, MemberFactory, MembershipFactory
from tests.meetings.deciding import (
    CLOSES,
    LATER,
    arrive,
    chair_of,
    extended,
    group_of,
    mails,
    objecting,
    opened,
    prepared,
)

pytestmark = pytest.mark.django_db


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
