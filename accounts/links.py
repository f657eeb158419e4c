"""Signed links that stand in mails: each names a row and a purpose and signs nobody in (decisions.md 18)."""

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.urls import reverse

from accounts.models import Invitation, Member

INVITATION, HAND_OVER, CALENDAR = "accounts.invitation", "accounts.hand_over", "accounts.calendar"


def invitation_url(invitation: Invitation) -> str:
    """The absolute address where an invited person sets up a login."""
    return _absolute("invitation_accept", invitation.pk, INVITATION)


def hand_over_url(member: Member) -> str:
    """The absolute address where a member hands the duty over: what official mail offers (decisions.md 21)."""
    return _absolute("hand_over", member.pk, HAND_OVER)


def calendar_url(member: Member) -> str:
    """The absolute address to which a calendar program of a member subscribes; it ends when the member leaves."""
    return _absolute("calendar_feed", member.pk, CALENDAR)


def read_token(token: str, purpose: str) -> int | None:
    """The number of the row a token names; None for one that was altered, never existed, or serves another purpose."""
    try:
        return int(_signer(purpose).unsign(token))
    except BadSignature:
        return None


def _absolute(name: str, number: int, purpose: str) -> str:
    return settings.SITE_URL + reverse(name, args=[_signer(purpose).sign(str(number))])


def _signer(purpose: str) -> Signer:
    return Signer(salt=purpose, sep=".")
