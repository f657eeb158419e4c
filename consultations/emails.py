"""The mails about a round, rendered in each recipient's language and time zone (look.md 8, reminders.md 3.11)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import Any

from django.conf import settings

from accounts.deadlines import GENEVA, day_text, deadline_text
from accounts.letters import letter
from accounts.links import hand_over_url
from accounts.models import Member
from consultations.drafts import Draft
from consultations.models import OfficeResponse, Release, Submission
from consultations.schedule import CLOSING, CLOSING_NOTICE_KEEPS, EXTENSION, NUDGE, Asked, Due, mail_key
from notifications.links import preferences_url
from notifications.message import Kind, Message, OptionalMail

RELEASE_KEEPS = timedelta(days=7)
RECEIPT_KEEPS = timedelta(days=7)
OVERLAP = timedelta(minutes=10)  # the planner has that long to name the step that overtook a waiting one


@dataclass(frozen=True, kw_only=True)
class Line:
    """One line of a receipt: what was asked and what the office said; `label` may be translated when it is printed."""

    label: object
    text: object


@dataclass(frozen=True, kw_only=True)
class Part:
    """One part of a receipt, such as item a with position, willingness and texts."""

    key: str
    heading: str
    lines: Sequence[Line]


def due_message(due: Due, draft: Draft, colleagues: Sequence[Member], now: datetime) -> Message:
    """The opening notice, a reminder, the notice of a new deadline or the closing notice, as it is true when it is due.

    A mail that falls due after `now` (aware UTC) is not sent before.
    """
    return _message(
        due.step if due.days_before is None else "reminder",
        _due_context(due, draft, colleagues, max(now, due.due_at)),
        key=due.key,
        subject_key=due.response.subject_key,
        step=due.step,
        not_before=due.due_at if due.due_at > now else None,
        expires_at=_worth_until(due),
    )


def nudge_message(due: Due, draft: Draft, colleagues: Sequence[Member], sentence: str, now: datetime) -> Message:
    """The one-off reminder, with a sentence of the Secretariat or "": once for each answer and person, for ever."""
    message = _message(
        "reminder",
        _due_context(due, draft, colleagues, now) | {"sentence": sentence},
        key=f"nudge:{due.response.pk}:{due.member.pk}",
        subject_key=due.response.subject_key,
        step=NUDGE,
        expires_at=due.response.closes_at,
    )
    return replace(message, purpose=NUDGE)


def _due_context(due: Due, draft: Draft, colleagues: Sequence[Member], moment: datetime) -> dict[str, Any]:
    parts = _parts(due.response, draft, due.member, moment)
    return _shared(due.asked, due.member, colleagues) | {
        "parts": parts,
        "saved_count": len([part for part in parts if part["is_saved"] and part["writer"] is None]),
        "days_left": max((_geneva_day(due.response.closes_at) - _geneva_day(moment)).days, 0),
        "next_reminder_on": day_text(_geneva_day(due.next_at), due.member.language) if due.next_at else "",
    }


def _worth_until(due: Due) -> datetime:
    """When a mail is worth nothing any more: a little after the next step has come, so that never both leave."""
    if due.step == CLOSING:
        return due.response.closes_at + CLOSING_NOTICE_KEEPS
    return min(due.next_at + OVERLAP, due.response.closes_at) if due.next_at else due.response.closes_at


def overtaken_messages(due: Due) -> list[Message]:
    """The earlier steps of a mail that were never sent, for the ledger: without subject and text."""
    return [
        Message(
            key=key,
            subject_key=due.response.subject_key,
            kind=Kind.OFFICIAL,
            purpose="reminder" if step.isdecimal() else step,
            step=step,
            to=due.member.email,
            to_name=due.member.name,
            language=due.member.language,
            subject="",
            text="",
            expires_at=due.response.closes_at,
        )
        for key, (step, _) in zip(due.overtaken_keys, due.overtaken, strict=True)
    ]


def extension_message(asked: Asked, member: Member, colleagues: Sequence[Member]) -> Message:
    """The notice of a new deadline with its reason, to an office that has answered as well as to one that has not."""
    response = asked.response
    return _message(
        EXTENSION,
        _shared(asked, member, colleagues),
        key=mail_key(response, EXTENSION, member),
        subject_key=response.subject_key,
        step=EXTENSION,
        expires_at=response.closes_at,
    )


def receipt_message(
    submission: Submission, member: Member, colleagues: Sequence[Member], parts: Sequence[Part], submitted_by: str
) -> Message:
    """The receipt with the full text of a submission, to one who speaks for the office."""
    response = submission.response
    asked = Asked(response=response, is_answered=True, asked_at=response.created_at, extension=None)
    context = _shared(asked, member, colleagues) | {
        "submission": submission,
        "submitted_by": submitted_by,
        "submitted_text": deadline_text(submission.submitted_at, member.zone, member.language, weekday=True),
        "parts": parts,
    }
    return _message(
        "receipt",
        context,
        key=f"receipt:{response.pk}:{submission.number}:{member.pk}",
        subject_key=f"receipt:{response.pk}",
        step=str(submission.number),
        expires_at=submission.submitted_at + RECEIPT_KEEPS,
    )


def on_behalf_message(
    submission: Submission, member: Member, colleagues: Sequence[Member], parts: Sequence[Part]
) -> Message:
    """The full text of what the Secretariat entered for the office, to one who speaks for it and can correct it."""
    response = submission.response
    asked = Asked(response=response, is_answered=True, asked_at=response.created_at, extension=None)
    received_on = submission.received_on or _geneva_day(submission.submitted_at)
    context = _shared(asked, member, colleagues) | {
        "submission": submission,
        "received_day": day_text(received_on, member.language),
        "parts": parts,
    }
    return _message(
        "on_behalf",
        context,
        key=f"receipt:{response.pk}:{submission.number}:{member.pk}",
        subject_key=f"receipt:{response.pk}",
        step=str(submission.number),
        expires_at=submission.submitted_at + RECEIPT_KEEPS,
    )


def release_subject_key(release: Release) -> str:
    """What ends the mails that ask for a second person."""
    return f"release:{release.pk}"


def release_message(release: Release, member: Member, asked_by: str, path: str, now: datetime) -> Message:
    """Tells one of the Secretariat that an act of a colleague waits; `path` is the page that shows and releases it."""
    context = {
        "member": member,
        "release": release,
        "round": release.round,
        "asked_by": asked_by,
        "release_url": settings.SITE_URL + path,
        "leave_url": "",
    }
    return _message(
        "release",
        context,
        key=f"{release_subject_key(release)}:{member.pk}",
        subject_key=release_subject_key(release),
        expires_at=now + RELEASE_KEEPS,
    )


def reading_message(response: OfficeResponse, member: Member, asked_by: str, fingerprint: str, path: str) -> Message:
    """Asks a colleague to read the draft of their office as it stands, at `path`; optional, once for each state."""
    preferences = preferences_url(member.email, OptionalMail.READING)
    context = {
        "member": member,
        "asked_by": asked_by,
        "office": response.office,
        "round": response.round,
        "closes_text": deadline_text(response.closes_at, member.zone, member.language, weekday=True),
        "page_url": settings.SITE_URL + path,
        "preferences_url": preferences,
    }
    state = sha256(fingerprint.encode()).hexdigest()[:16]
    return letter(
        "consultations/reading",
        context,
        member,
        key=f"reading:{response.pk}:{state}:{member.pk}",
        subject_key=f"reading:{response.pk}",
        kind=Kind.OPTIONAL,
        purpose=OptionalMail.READING,
        expires_at=response.closes_at,
    )


def _message(name: str, context: dict[str, Any], **fields: Any) -> Message:
    return letter(
        f"consultations/{name}", context, context["member"], purpose=name, leave_url=context["leave_url"], **fields
    )


def _shared(asked: Asked, member: Member, colleagues: Sequence[Member]) -> dict[str, Any]:
    response = asked.response
    return {
        "member": member,
        "zone": member.zone,
        "office": response.office,
        "round": response.round,
        "closes_text": deadline_text(response.closes_at, member.zone, member.language, weekday=True),
        "closes_day": day_text(_geneva_day(response.closes_at), member.language),
        "answer_url": settings.SITE_URL + response.round.answer_path,
        "leave_url": hand_over_url(member),
        "others": [colleague for colleague in colleagues if colleague.pk != member.pk],
        "extension": asked.extension,
        "is_answered": asked.is_answered,
    }


def _parts(response: OfficeResponse, draft: Draft, member: Member, moment: datetime) -> list[dict[str, object]]:
    """The parts with what the office has done to each: saved, being written (by whom), or not started."""
    parts = []
    for key in response.round.sections:
        writer = draft.writer(key, moment)
        parts.append(
            {
                "key": key,
                "heading": response.round.section_headings.get(key, ""),
                "is_saved": draft.is_saved(key),
                "writer": writer,
                "is_you": writer is not None and writer.editor_id == member.user_id,
            }
        )
    return parts


def _geneva_day(instant: datetime) -> date:
    return instant.astimezone(GENEVA).date()
