"""The mails about seats: given, about to lapse, ended."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings

from accounts.deadlines import day_text
from accounts.letters import letter
from accounts.links import hand_over_url
from accounts.models import Member
from groups.models import Membership
from notifications.message import Message

WARNING_KEEPS = timedelta(days=14)
NOTICE_KEEPS = timedelta(days=7)


def seat_key(seat: Membership) -> str:
    """What ends the mails about a seat that have not left."""
    return f"seat:{seat.pk}"


def seat_given_message(seat: Membership, now: datetime) -> Message:
    """Tells a guest, or whoever follows a colleague, about the seat."""
    return _message("seat_given", seat, seat.member, key=f"{seat_key(seat)}:given", expires_at=now + NOTICE_KEEPS)


def seat_lapses_message(seat: Membership, recipient: Member, now: datetime) -> Message:
    """Warns the holder or a focal point that a mandate ends; once for each end, as the key holds it."""
    key = f"{seat_key(seat)}:lapses:{seat.mandate_ends_on}:{recipient.pk}"
    return _message("seat_lapses", seat, recipient, key=key, expires_at=now + WARNING_KEEPS)


def seat_ended_message(seat: Membership, recipient: Member, now: datetime) -> Message:
    """Tells the holder or a focal point that a seat has ended, and why."""
    key = f"{seat_key(seat)}:ended:{recipient.pk}"
    return _message("seat_ended", seat, recipient, key=key, expires_at=now + NOTICE_KEEPS)


def _message(name: str, seat: Membership, recipient: Member, *, key: str, expires_at: datetime) -> Message:
    leave_url = hand_over_url(recipient) if recipient.speaks_for_office else ""
    context = {
        "seat": seat,
        "group": seat.group,
        "holder": seat.member,
        "office": seat.member.office,
        "ends_text": day_text(seat.mandate_ends_on, recipient.language) if seat.mandate_ends_on else "",
        "is_holder": recipient.pk == seat.member_id,
        "to_name": recipient.name,
        "leave_url": leave_url,
        "group_url": settings.SITE_URL + seat.group.get_absolute_url(),
        "seat_url": settings.SITE_URL + seat.get_absolute_url(),
    }
    return letter(
        f"groups/{name}",
        context,
        recipient,
        key=key,
        subject_key=seat_key(seat),
        purpose="seat",
        expires_at=expires_at,
        leave_url=leave_url,
    )
