"""The mails about people and logins, rendered in each recipient's language."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation

from accounts.deadlines import GENEVA
from accounts.letters import letter
from accounts.links import hand_over_url, invitation_url
from accounts.models import Invitation, Member
from notifications import outbox
from notifications.message import Kind, Message

NOTICE_KEEPS = timedelta(days=7)
# What answers somebody who waits at the screen; allauth's other mails tell of a change that was made.
CODES = {
    "account/email/account_already_exists",
    "account/email/email_confirmation",
    "account/email/email_confirmation_signup",
    "account/email/login_code",
    "account/email/password_reset_code",
    "account/email/unknown_account",
}


def invitation_key(member: Member) -> str:
    """What ends a queued invitation: a newer one, or that the member left."""
    return f"invitation:{member.pk}"


def invitation_message(invitation: Invitation) -> Message:
    """The link with which an invited person sets up a login; it works once, until the invitation expires."""
    member = invitation.member
    context = {
        "member": member,
        "office": member.office,
        "accept_url": invitation_url(invitation),
        "expires_at": invitation.expires_at,
        "zone": member.zone,
    }
    return letter(
        "accounts/invitation",
        context,
        member,
        key=f"invitation:{member.pk}:{invitation.pk}",
        subject_key=invitation_key(member),
        kind=Kind.SECRET,
        purpose="invitation",
        expires_at=invitation.expires_at,
    )


def handed_over_message(before: Member, after: Member, recipient: Member, now: datetime) -> Message:
    """Tells who speaks for the office that `after` has the duty that `before` had."""
    leave_url = hand_over_url(recipient)
    context = {
        "before": before,
        "after": after,
        "is_you": after.pk == recipient.pk,
        "office": recipient.office,
        "member": recipient,
        "leave_url": leave_url,
        "office_url": _office_url(recipient),
    }
    return letter(
        "accounts/handed_over",
        context,
        recipient,
        key=f"handed_over:{before.pk}:{after.pk}:{recipient.pk}:{now:%Y%m%d%H%M%S}",
        subject_key=f"handed_over:{before.pk}",
        purpose="account",
        expires_at=now + NOTICE_KEEPS,
        leave_url=leave_url,
    )


def wrong_contact_message(member: Member, remark: str, recipient: Member | None, now: datetime) -> Message:
    """Tells another contact of the office, or the Secretariat (None), that mail reaches somebody without that duty.

    The key holds the Geneva day: opening the link again and again brings one mail a day to each recipient.
    """
    context = {"member": member, "office": member.office, "remark": remark, "office_url": _office_url(member)}
    return letter(
        "accounts/wrong_contact",
        context,
        recipient,
        key=f"wrong_contact:{member.pk}:{now.astimezone(GENEVA):%Y%m%d}:{recipient.pk if recipient else 0}",
        subject_key=f"wrong_contact:{member.pk}",
        purpose="account",
        expires_at=now + NOTICE_KEEPS,
        leave_url=hand_over_url(recipient) if recipient else "",
    )


def sign_in_message(template: str, to: str, facts: Mapping[str, Any], *, key: str, now: datetime) -> Message:
    """One of allauth's mails in our layout, for example `template` "account/email/login_code"; `key` makes it unique.

    Codes are secrets that are worth nothing after ten minutes; what tells of a change is official mail without a duty.
    """
    member = Member.objects.current().filter(email__iexact=to).order_by("pk").first()
    language = member.language if member else translation.get_language() or settings.LANGUAGE_CODE
    facts = dict(facts) | {"join_url": settings.SITE_URL + reverse("join")}
    with translation.override(language):
        subject = " ".join(render_to_string(f"{template}_subject.txt", facts).split())
        body = render_to_string(f"{template}_message.txt", facts).strip()
    context = {
        "title": subject,
        "to_name": member.name if member else "",
        "body": body,
        "paragraphs": [part.strip() for part in body.split("\n\n") if part.strip()],
        "code": facts.get("code", ""),
    }
    rendered = outbox.render("accounts/sign_in", context, language=language)
    is_code = template in CODES
    return Message(
        key=key,
        subject_key=key,
        kind=Kind.SECRET if is_code else Kind.OFFICIAL,
        to=to,
        to_name=context["to_name"],
        language=language,
        subject=rendered.subject,
        text=rendered.text,
        html=rendered.html,
        purpose="account",
        expires_at=now + (timedelta(seconds=settings.ACCOUNT_LOGIN_BY_CODE_TIMEOUT) if is_code else NOTICE_KEEPS),
        reply_to=settings.SECRETARIAT_EMAIL,
    )


def _office_url(member: Member) -> str:
    """The page of a member's office, for a mail."""
    return f"{settings.SITE_URL}{member.office.get_absolute_url() if member.office else '/'}"
