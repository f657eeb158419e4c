"""The mails about nominations and requests to join, rendered in each recipient's language."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.urls import reverse

from accounts.letters import letter
from accounts.links import hand_over_url
from accounts.models import Member, User
from groups.models import Nomination
from notifications import outbox
from notifications.message import Kind, Message

REQUEST_KEEPS = timedelta(days=14)
NOTICE_KEEPS = timedelta(days=7)


def nomination_key(nomination: Nomination) -> str:
    """What ends the mails that ask for a decision."""
    return f"nomination:{nomination.pk}"


def request_message(nomination: Nomination, recipient: Member | None, now: datetime) -> Message:
    """Asks a focal point, or the Secretariat (None), to decide about a nomination or a request to join."""
    return _message(
        "request",
        nomination,
        {"recipient": recipient, "request_url": _request_url(nomination)},
        key=f"{nomination_key(nomination)}:asked:{recipient.pk if recipient else 0}{_again(nomination)}",
        to=recipient.email if recipient else settings.SECRETARIAT_EMAIL,
        to_name=recipient.name if recipient else "",
        language=recipient.language if recipient else settings.LANGUAGE_CODE,
        leave_url=hand_over_url(recipient) if recipient else "",
        expires_at=now + REQUEST_KEEPS,
    )


def asked_back_message(nomination: Nomination, recipient: Member, now: datetime) -> Message:
    """Puts a question of the Secretariat to somebody who speaks for the office that nominated."""
    return _message(
        "asked_back",
        nomination,
        {"recipient": recipient, "request_url": _request_url(nomination)},
        key=f"{nomination_key(nomination)}:asked_back:{recipient.pk}:{now:%Y%m%d%H%M%S}",
        to=recipient.email,
        to_name=recipient.name,
        language=recipient.language,
        leave_url=hand_over_url(recipient),
        expires_at=now + REQUEST_KEEPS,
    )


def known_member_message(member: Member, now: datetime) -> Message:
    """Answers somebody who asked to join and is a member already; one a day, as the key holds the day."""
    context = {"member": member, "office": member.office, "sign_in_url": settings.SITE_URL + reverse("account_login")}
    return letter(
        "groups/known_member",
        context,
        member,
        key=f"known_member:{member.pk}:{now:%Y%m%d}",
        subject_key=f"known_member:{member.pk}",
        purpose="account",
        expires_at=now + NOTICE_KEEPS,
    )


def decided_message_to_person(nomination: Nomination, now: datetime) -> Message:
    """Tells the person what became of it."""
    return _message(
        "decided",
        nomination,
        {"is_person": True},
        key=f"{nomination_key(nomination)}:decided:person",
        to=nomination.email,
        to_name=str(nomination),
        language=nomination.language,
        leave_url="",
        expires_at=now + NOTICE_KEEPS,
    )


def decided_message_to_nominator(nomination: Nomination, nominator: User, now: datetime) -> Message:
    """Tells who nominated the person what became of it."""
    rows = Member.objects.current().filter(user=nominator).order_by("office", "pk")
    member = rows.filter(office=nomination.office_id).first() or rows.first()
    return _message(
        "decided",
        nomination,
        {"is_person": False},
        key=f"{nomination_key(nomination)}:decided:nominator",
        to=member.email if member else nominator.email,
        to_name=member.name if member else "",
        language=member.language if member else settings.LANGUAGE_CODE,
        leave_url="",
        expires_at=now + NOTICE_KEEPS,
    )


def _again(nomination: Nomination) -> str:
    """What makes the key of a request new after the office has answered a question."""
    return f":{nomination.replied_at:%Y%m%d%H%M%S}" if nomination.replied_at else ""


def _request_url(nomination: Nomination) -> str:
    return f"{settings.SITE_URL}{reverse('join_request_detail', args=[nomination.pk])}"


def _message(name: str, nomination: Nomination, facts: dict[str, Any], **fields: Any) -> Message:
    context = facts | {
        "nomination": nomination,
        "office": nomination.office,
        "groups": list(nomination.groups.all()),
        "to_name": fields["to_name"],
        "leave_url": fields["leave_url"],
    }
    rendered = outbox.render(f"groups/{name}", context, language=fields["language"])
    return Message(
        subject_key=nomination_key(nomination),
        kind=Kind.OFFICIAL,
        subject=rendered.subject,
        text=rendered.text,
        html=rendered.html,
        purpose="nomination",
        reply_to=settings.SECRETARIAT_EMAIL,
        **fields,
    )
