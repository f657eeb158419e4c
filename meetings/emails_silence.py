"""The mails about a silence procedure, rendered in each recipient's language and on both clocks."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.urls import reverse

from accounts.deadlines import deadline_text
from accounts.letters import letter
from accounts.models import Member
from groups.models import Membership
from meetings.models import Objection, SilenceProcedure
from meetings.standing import Standing
from notifications.message import Message, address_hash

NOTICE, EXTENSION, WITHDRAWN, RESULT, OBJECTION, WAITING = (
    "opening",
    "extension",
    "withdrawn",
    "result",
    "objection",
    "waiting",
)
REMINDER_DAYS = 3
REMINDER = str(REMINDER_DAYS)
KEEPS = timedelta(days=14)  # a result or an objection that could not be sent for so long is read on the page


def notice_subject(procedure: SilenceProcedure) -> str:
    """What the notices of the present deadline are found by in the ledger, and what ends them."""
    return f"silence:{procedure.pk}:v{procedure.deadline_version}"


def notice_key(procedure: SilenceProcedure, member: Member) -> str:
    """The notice of the present deadline to one member, at whatever address."""
    return f"{notice_subject(procedure)}:notice:{member.pk}"


def reminder_subject(procedure: SilenceProcedure) -> str:
    """What ends the reminders."""
    return f"silence:{procedure.pk}:reminder"


def waiting_subject(procedure: SilenceProcedure) -> str:
    """What ends the mails that ask a colleague to release it."""
    return f"silence:{procedure.pk}:waiting"


def full_notice_key(procedure: SilenceProcedure, member: Member) -> str:
    """The outbox's key: an address that has changed gets the notice again."""
    return f"{notice_key(procedure, member)}:{address_hash(member.email)[:16]}"


def reminder_key(procedure: SilenceProcedure, member: Member) -> str:
    """The outbox's key of the reminder: one for each deadline and person."""
    return f"{notice_subject(procedure)}:{REMINDER}:{member.pk}"


def notice_message(procedure: SilenceProcedure, seat: Membership) -> Message:
    """Tells a sitting member what is proposed, until when, and that agreeing needs nothing; or the new deadline."""
    step = EXTENSION if procedure.extended_at else NOTICE
    return _to_seat(
        "silence_notice",
        procedure,
        seat,
        {"step": step},
        step=step,
        key=full_notice_key(procedure, seat.member),
        subject_key=notice_subject(procedure),
        expires_at=procedure.closes_at,
    )


def reminder_message(procedure: SilenceProcedure, seat: Membership) -> Message:
    """The same three days before it closes, while no office has objected."""
    return _to_seat(
        "silence_notice",
        procedure,
        seat,
        {"step": REMINDER},
        step=REMINDER,
        key=reminder_key(procedure, seat.member),
        subject_key=reminder_subject(procedure),
        expires_at=procedure.closes_at,
    )


def withdrawn_message(procedure: SilenceProcedure, seat: Membership, now: datetime) -> Message:
    """Tells a sitting member that it was withdrawn, and why."""
    return _to_seat(
        "silence_withdrawn",
        procedure,
        seat,
        {},
        step=WITHDRAWN,
        key=f"silence:{procedure.pk}:{WITHDRAWN}:{seat.member_id}",
        subject_key=f"silence:{procedure.pk}:{WITHDRAWN}",
        expires_at=now + KEEPS,
    )


def result_message(
    procedure: SilenceProcedure, seat: Membership, standing: Standing, chair: Member | None, now: datetime
) -> Message:
    """Announces the result with the numbers of offices by stand, and which ones no notice has reached.

    `chair` is the Chair of the group now: a candidate who takes the chair is named.
    """
    return _to_seat(
        "silence_result",
        procedure,
        seat,
        {"standing": standing, "chair": chair},
        step=RESULT,
        key=f"silence:{procedure.pk}:{RESULT}:{seat.member_id}",
        subject_key=f"silence:{procedure.pk}:{RESULT}",
        expires_at=now + KEEPS,
    )


def objection_message(objection: Objection, recipient: Member | None, now: datetime) -> Message:
    """The reason of an office that objects, to the Chair or, for None, to the Secretariat: to nobody else."""
    procedure = objection.procedure
    context = {"objection": objection, "office": objection.office}
    return _message(
        "silence_objection",
        procedure,
        recipient,
        context,
        step=OBJECTION,
        key=f"silence:{procedure.pk}:{OBJECTION}:{objection.pk}:{recipient.pk if recipient else 0}",
        subject_key=f"silence:{procedure.pk}:{OBJECTION}",
        expires_at=now + KEEPS,
    )


def waiting_message(procedure: SilenceProcedure, colleague: Member, prepared_by: str, now: datetime) -> Message:
    """Tells another of the Secretariat that a procedure, or a change of one, waits for a second person."""
    page = "silence_confirm" if procedure.asked_at else "silence_release"
    path = reverse(page, args=[procedure.group.slug, procedure.pk])
    context = {"prepared_by": prepared_by, "release_url": settings.SITE_URL + path}
    return _message(
        "silence_waiting",
        procedure,
        colleague,
        context,
        step=WAITING,
        key=f"{waiting_subject(procedure)}:{procedure.asked_change}{now:%Y%m%d%H%M%S%f}:{colleague.pk}",
        subject_key=waiting_subject(procedure),
        expires_at=now + KEEPS,
    )


def _to_seat(
    name: str, procedure: SilenceProcedure, seat: Membership, context: dict[str, Any], **fields: Any
) -> Message:
    leave_url = settings.SITE_URL + seat.get_absolute_url()
    shared = {"office": seat.member.office, "leave_url": leave_url}
    return _message(name, procedure, seat.member, context | shared, leave_url=leave_url, **fields)


def _message(
    name: str, procedure: SilenceProcedure, recipient: Member | None, context: dict[str, Any], **fields: Any
) -> Message:
    language = recipient.language if recipient else settings.LANGUAGE_CODE
    zone = recipient.zone if recipient else settings.PORTAL_TIME_ZONE
    shared = {
        "member": recipient,
        "procedure": procedure,
        "group": procedure.group,
        "closes_text": deadline_text(procedure.closes_at, zone, language, weekday=True),
        "page_url": settings.SITE_URL + procedure.get_absolute_url(),
    }
    return letter(f"meetings/{name}", shared | context, recipient, purpose="silence", **fields)
