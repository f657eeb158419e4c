"""The mails about a meeting of a group, rendered in each recipient's language, with its calendar object.

The link to join stands on the page of the meeting alone: a mail is kept by people who have left the group.
"""

from __future__ import annotations

from datetime import datetime
from email.utils import parseaddr
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from accounts.deadlines import deadline_text
from accounts.letters import letter
from accounts.links import hand_over_url
from accounts.models import Member
from meetings.calendars import CANCEL, REQUEST, Invited, Occasion, Person, invitation
from meetings.invitations import Reminder, begins, ends, group_of, notice_key, notices_of, reminder_key, reminders_of
from meetings.models import Participant, Session
from notifications.message import Message, one_line

INVITATION, UPDATE = "meeting_invitation", "meeting_update"
CALLED_OFF, REMINDER = "meeting_called_off", "meeting_reminder"
ANSWERS = {
    Participant.Status.CONFIRMED: "ACCEPTED",
    Participant.Status.ATTENDED: "ACCEPTED",
    Participant.Status.DECLINED: "DECLINED",
}


def occasion_of(session: Session, *, is_for_members: bool) -> Occasion:
    """A meeting for calendars, in the active language; the link to join only in those that are asked for each time."""
    url = settings.SITE_URL + session.get_absolute_url()
    join = [_("Join: %(address)s") % {"address": session.join_url}] if is_for_members and session.join_url else []
    text = [*join, _("Agenda, link to join and your answer: %(address)s") % {"address": url}]
    return Occasion(
        uid=f"{session.uid}@{settings.MAIL_DOMAIN}",
        sequence=session.sequence,
        starts_at=begins(session),
        ends_at=ends(session),
        zone=session.time_zone or settings.PORTAL_TIME_ZONE,
        title=one_line(f"{group_of(session).name}: {session.name}"),
        place=session.venue or (session.get_mode_display() if session.mode else ""),
        text="\n".join(text),
        url=url,
        changed_at=session.prepared_at or begins(session),
        is_called_off=session.cancelled_at is not None,
    )


def notice_message(
    session: Session, member: Member, answer: Participant | None, known_at: datetime | None, now: datetime
) -> Message:
    """The invitation; an update, where `known_at` is when the member thinks it begins; or that it is called off."""
    name, method = (INVITATION, REQUEST) if known_at is None else (UPDATE, REQUEST)
    if session.cancelled_at is not None:
        name, method = CALLED_OFF, CANCEL
    moved_from = known_at if known_at != session.starts_at else None
    context = _context(session, member) | {
        "known_text": _moment(moved_from, member) if moved_from else "",
        "agenda": list(session.agenda.all()),
    }
    return _message(
        name,
        context,
        key=notice_key(session, member),
        subject_key=notices_of(session),
        step=str(session.sequence),
        expires_at=session.ends_at,
        calendar=_calendar(session, member, answer, now),
        method=method,
    )


def reminder_message(session: Session, member: Member, reminder: Reminder, now: datetime) -> Message:
    """Reminds somebody who sits in the group and has not declined."""
    zone = ZoneInfo(member.zone)
    days = (begins(session).astimezone(zone).date() - now.astimezone(zone).date()).days
    return _message(
        REMINDER,
        _context(session, member) | {"days": days},
        key=reminder_key(session, reminder, member),
        subject_key=reminders_of(session),
        step=str(reminder.days),
        expires_at=reminder.ends_at,
    )


def _calendar(session: Session, member: Member, answer: Participant | None, now: datetime) -> str:
    name, sender = parseaddr(settings.DEFAULT_FROM_EMAIL)
    invited = Invited(
        name=one_line(member.name),
        address=member.email,
        answer=ANSWERS.get(Participant.Status(answer.status), Invited.answer) if answer else Invited.answer,
    )
    with translation.override(member.language):
        occasion = occasion_of(session, is_for_members=False)
    organizer = Person(name=name, address=settings.SECRETARIAT_EMAIL)
    return invitation(occasion, organizer=organizer, sender=sender, invited=invited, now=now)


def _context(session: Session, member: Member) -> dict[str, Any]:
    return {
        "member": member,
        "meeting": session,
        "group": session.group,
        "begins_text": _moment(begins(session), member),
        "ends_text": _moment(ends(session), member),
        "meeting_url": settings.SITE_URL + session.get_absolute_url(),
        "leave_url": hand_over_url(member) if member.speaks_for_office else "",
    }


def _moment(instant: datetime, member: Member) -> str:
    return deadline_text(instant, member.zone, member.language, weekday=True)


def _message(name: str, context: dict[str, Any], **fields: Any) -> Message:
    return letter(
        f"meetings/{name}", context, context["member"], purpose=name, leave_url=context["leave_url"], **fields
    )
