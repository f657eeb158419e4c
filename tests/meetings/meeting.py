"""Meetings of groups in one line, and what calendar programs read in a mail."""

from __future__ import annotations

import email
from collections.abc import Iterable
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from email import policy
from typing import Any

import time_machine
from icalendar import Calendar
from ics import Calendar as Reader

from accounts.models import Member, User
from groups.models import Group, Membership
from meetings.hours import Hours
from meetings.models import Participant, Session
from meetings.operations.group_meetings import AgendaLine, Details, plan_meeting, tell_members
from notifications.models import Delivery
from tests.factories import NOW, GroupFactory, MemberFactory, MembershipFactory, OfficeFactory

PAGE = "/groups/ai-tools/meetings/"
ZONE = "Europe/Zurich"
BEGINS = datetime.fromisoformat("2026-12-03T13:00:00+00:00")  # 14:00 in Geneva
HOURS = Hours(starts_at=BEGINS, ends_at=BEGINS + timedelta(minutes=90), zone=ZONE)
LATER = Hours(starts_at=BEGINS + timedelta(days=5), ends_at=BEGINS + timedelta(days=5, hours=1), zone=ZONE)
DURING, AFTER = BEGINS + timedelta(minutes=5), BEGINS + timedelta(hours=3)
WEEK_BEFORE = datetime.fromisoformat("2026-11-26T08:00:00+00:00")  # 09:00 in Geneva
DAY_BEFORE = datetime.fromisoformat("2026-12-02T08:00:00+00:00")
CONFIRMED, DECLINED, ASKED = Participant.Status.CONFIRMED, Participant.Status.DECLINED, Participant.Status.ASKED
DETAILS = Details(name="Fourth meeting", join_url="https://meet.example/wild")
AGENDA = [AgendaLine(title="Working arrangements"), AgendaLine(title="Meetings in 2027")]


def seated(*members: Member, chair: Member | None = None) -> Group:
    """The group at /groups/ai-tools/ with these members, and a Chair."""
    group = GroupFactory(slug="ai-tools", name="AI Tools Collaboration Group")
    for member in members:
        role = Membership.Role.MEMBER if member.office else Membership.Role.GUEST
        MembershipFactory(group=group, member=member, role=role)
    if chair:
        MembershipFactory(group=group, member=chair, role=Membership.Role.CHAIR)
    return group


def crowd(group: Group, count: int) -> None:
    """So many more members in the group."""
    office = OfficeFactory(code="QZ")
    for _ in range(count):
        MembershipFactory(group=group, member=MemberFactory(office=office, user=None))


def planned(group: Group, by: User, now: datetime = NOW, hours: Hours = HOURS, **fields: Any) -> Session:
    """A meeting nobody was mailed about."""
    values = {"details": DETAILS, "agenda": AGENDA} | fields
    return plan_meeting(group=group, hours=hours, by=by, now=now, **values)


def invited(group: Group, by: User, now: datetime = NOW, **fields: Any) -> Session:
    """A meeting to which the members are invited."""
    session = planned(group, by, now, **fields)
    tell_members(session=session, by=by, now=now)
    session.refresh_from_db()
    return session


def at(moment: datetime = NOW) -> AbstractContextManager[object]:
    """The clock stands there."""
    return time_machine.travel(moment, tick=False)


def ledger(purpose: str = "") -> list[tuple[str, str, str]]:
    """Address, purpose and state of the mails in the order they were queued."""
    rows = Delivery.objects.order_by("created_at", "to_address", "purpose")
    rows = rows.filter(purpose=purpose) if purpose else rows
    return list(rows.values_list("to_address", "purpose", "state"))


def calendar_of(delivery: Delivery) -> str:
    """The calendar object in a mail, as its alternative part carries it; the attached file is the same."""
    mail = email.message_from_bytes(bytes(delivery.rendered), policy=policy.SMTP)
    parts = {part.get_content_type(): part for part in mail.walk()}
    octets = parts["text/calendar"].get_payload(decode=True)
    assert octets == parts["application/ics"].get_payload(decode=True)
    return octets.decode()


def events_in(text: str) -> list[Any]:
    """The events of a calendar as icalendar reads them; two parsers must read it, and the octets must be in order."""
    assert Reader(text).events is not None
    lines = text.split("\r\n")
    assert "\n" not in "".join(lines)
    assert lines[-1] == ""
    assert max(len(line.encode()) for line in lines) <= 75
    return list(Calendar.from_ical(text).walk("VEVENT"))


def method_of(text: str) -> str:
    """What the object asks a calendar program to do."""
    return str(Calendar.from_ical(text)["METHOD"])


def addresses(deliveries: Iterable[Delivery]) -> list[str]:
    """To whom mails go."""
    return sorted(delivery.to_address for delivery in deliveries)
