"""What a mail about a meeting would say, before it is sent. Nothing is stored and nothing owed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils import translation
from django.utils.translation import gettext as _

from accounts.models import Member
from meetings.emails_meetings import notice_message
from meetings.models import Session


@dataclass(frozen=True, kw_only=True)
class Notice:
    """One mail in full, without the recipient's own link."""

    member: Member
    subject: str
    text: str


def rehearse(meeting: Session, people: Sequence[Member], shown: str, now: datetime) -> Notice | None:
    """The mail to the member whose number is `shown`, else to the first; None where nobody is mailed."""
    member = next((each for each in people if str(each.pk) == shown), people[0] if people else None)
    if member is None:
        return None
    message = notice_message(meeting, member, None, meeting.told_starts_at, now)
    with translation.override(member.language):
        hidden = _("(the recipient's own link)")
    text = message.text.replace(message.leave_url, hidden) if message.leave_url else message.text
    return Notice(member=member, subject=message.subject, text=text)
