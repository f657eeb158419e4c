"""Silence procedures in one line: a group with seats, something put to it, notices that arrive or do not."""

from datetime import datetime, timedelta
from typing import Any

from accounts.models import Member, Office
from groups.models import Group, Membership
from meetings.emails_silence import notice_subject
from meetings.models import Objection, SilenceProcedure
from meetings.operations.silence import (
    Change,
    Proposal,
    break_silence,
    change_silence,
    prepare_silence,
    release_silence,
)
from notifications.models import Delivery
from tests.factories import NOW, GroupFactory, MembershipFactory

CLOSES = NOW + timedelta(days=14)
LATER = CLOSES + timedelta(days=7)
BEFORE, AFTER = CLOSES - timedelta(microseconds=1), CLOSES + timedelta(days=2)


def group_of(*members: Member, slug: str = "ai-tools", **fields: Any) -> Group:
    """A focus group in which these sit."""
    group = GroupFactory(slug=slug, name="AI Tools Collaboration Group", **fields)
    for member in members:
        MembershipFactory(group=group, member=member)
    return group


def chair_of(group: Group, member: Member) -> Membership:
    """Makes a member Chair without further ado."""
    return MembershipFactory(group=group, member=member, role=Membership.Role.CHAIR)


def proposal(**fields: Any) -> Proposal:
    """A text that is put until two weeks after NOW."""
    return Proposal(**{"title": "Ways of working", "text": "We meet each quarter.", "closes_at": CLOSES} | fields)


def prepared(group: Group, staff: Member, **fields: Any) -> SilenceProcedure:
    """In preparation since NOW."""
    return prepare_silence(group=group, proposal=proposal(**fields), by=staff.user, now=NOW)


def opened(group: Group, staff: Member, staff2: Member, **fields: Any) -> SilenceProcedure:
    """Open since NOW; every notice has arrived."""
    procedure = release_silence(procedure=prepared(group, staff, **fields), by=staff2.user, now=NOW)
    arrive(procedure)
    return procedure


def arrive(procedure: SilenceProcedure, state: str = "sent", **which: Any) -> int:
    """Notices of the present deadline, all or some, reach this end."""
    rows = Delivery.objects.filter(subject_key=notice_subject(procedure), **which)
    sent = {"sent_at": NOW if state in {"sent", "bounced"} else None}
    ended = {"ended_at": None if state in {"queued", "ambiguous", "held"} else NOW}
    reason = "" if state in {"queued", "ambiguous", "sent"} else "Because."
    return rows.update(state=state, reason=reason, **sent, **ended)


def record_of(procedure: SilenceProcedure) -> dict[str, str]:
    """How each office stood, as it is recorded."""
    return dict(procedure.entries.values_list("office_id", "stand"))


def mails(procedure: SilenceProcedure, step: str) -> dict[str, Delivery]:
    """The newest mails of one step, by address."""
    rows = Delivery.objects.filter(subject_key__startswith=f"silence:{procedure.pk}:", step=step).order_by("created_at")
    return {row.to_address: row for row in rows}


def crowd(group: Group, count: int) -> list[Office]:
    """So many members of a further office each."""
    offices = []
    for _ in range(count):
        offices.append(MembershipFactory(group=group).member.office)
    return offices


def objecting(procedure: SilenceProcedure, member: Member, now: datetime = NOW, reason: str = "Too early") -> Objection:
    """An office objects by one who sits for it."""
    return break_silence(procedure=procedure, office=member.office, reason=reason, by=member.user, now=now)


def extended(procedure: SilenceProcedure, staff: Member, now: datetime = NOW) -> SilenceProcedure:
    """Asked for until LATER."""
    change = Change(closes_at=LATER, reason=" Holidays ")
    return change_silence(procedure=procedure, change=change, by=staff.user, now=now)


def withdrawn(procedure: SilenceProcedure, staff: Member, now: datetime = NOW) -> SilenceProcedure:
    """Ended without result."""
    return change_silence(procedure=procedure, change=Change(reason=" A mistake "), by=staff.user, now=now)
