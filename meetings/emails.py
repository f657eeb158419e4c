"""The mails about comments and the outcome of a circulation, rendered in each recipient's language."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.urls import reverse

from accounts.letters import letter
from accounts.links import hand_over_url
from accounts.models import Member, Office
from consultations.models import OfficeResponse, Submission
from meetings.comments import Comment, fingerprint, in_official_order
from meetings.models import Circulation, CirculationItem
from notifications.links import preferences_url
from notifications.message import Kind, Message, OptionalMail
from notifications.reminders import SEND_AT

OUTCOME, OUTCOME_SILENT = "outcome", "unanswered"
OUTCOME_KEEPS = timedelta(days=30)
NEWS_KEEPS = timedelta(days=7)


@dataclass(frozen=True, kw_only=True)
class Joined:
    """The offices that joined what an office says on one item."""

    item: CirculationItem
    offices: list[Office]

    @property
    def in_order(self) -> list[Office]:
        """The offices in the official order of the active language."""
        return in_official_order(self.offices)


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What became of a circulation for one addressed office: its own comments, and those it joined."""

    circulation: Circulation
    response: OfficeResponse
    items: Sequence[CirculationItem]
    comments: Sequence[Comment]
    joined: Sequence[Comment]

    @property
    def office(self) -> Office:
        """Whose it is."""
        return self.response.office

    @property
    def is_answered(self) -> bool:
        """True where the office has submitted."""
        return self.response.submission_id is not None

    @property
    def template(self) -> str:
        """Which mail tells it: the short one where the office did not submit."""
        return OUTCOME if self.is_answered else OUTCOME_SILENT


def outcome_message(outcome: Outcome, member: Member, now: datetime) -> Message:
    """The outcome, and what became of each comment of the office, to one who speaks for it; worth thirty days."""
    circulation, leave_url = outcome.circulation, hand_over_url(member)
    path = reverse("circulation_outcome", args=[circulation.round.slug])
    context = {
        "outcome": outcome,
        "circulation": circulation,
        "round": circulation.round,
        "office": outcome.office,
        "member": member,
        "outcome_url": f"{settings.SITE_URL}{path}?office={outcome.office.code}",
        "leave_url": leave_url,
    }
    return _message(
        outcome.template,
        context,
        kind=Kind.OFFICIAL,
        purpose=OUTCOME,
        step=OUTCOME,
        key=f"outcome:{outcome.response.pk}:{member.pk}",
        subject_key=f"outcome:{outcome.response.pk}",
        expires_at=now + OUTCOME_KEEPS,
        leave_url=leave_url,
    )


def joined_message(response: OfficeResponse, joined: Sequence[Joined], member: Member, now: datetime) -> Message:
    """Which offices joined comments of the author's office; leaves at the author's next 09:00."""
    morning = next_morning(member, now)
    says = fingerprint(*(f"{each.item.pk}:{office.code}" for each in joined for office in each.offices))
    return _message(
        "joined",
        _news(response, member) | {"joined": joined},
        kind=Kind.OPTIONAL,
        purpose=OptionalMail.COMMENTS,
        key=f"{waiting_news(response, member, morning)}:{now:%Y%m%d%H%M%S%f}:{says}",
        subject_key=waiting_news(response, member, morning),
        not_before=morning,
        expires_at=morning + NEWS_KEEPS,
    )


def revised_message(submission: Submission, items: Sequence[CirculationItem], member: Member, now: datetime) -> Message:
    """Tells an office that joined comments on `items` that their author has submitted again."""
    context = _news(submission.response, member) | {"items": items, "author": submission.response.office}
    return _message(
        "revised",
        context,
        kind=Kind.OPTIONAL,
        purpose=OptionalMail.COMMENTS,
        key=f"revised:{submission.pk}:{member.pk}",
        subject_key=f"revised:{submission.pk}",
        expires_at=now + NEWS_KEEPS,
    )


def next_morning(member: Member, now: datetime) -> datetime:
    """The next 09:00 on the member's clock after `now`, as aware UTC."""
    return _nine_o_clock(member, now, later=True)


def last_morning(member: Member, now: datetime) -> datetime:
    """The last 09:00 on the member's clock at or before `now`, as aware UTC."""
    return _nine_o_clock(member, now, later=False)


def waiting_news(response: OfficeResponse, member: Member, morning: datetime) -> str:
    """What the outbox knows the mail by that leaves to a member on one morning about joined comments."""
    return f"joined:{response.pk}:{member.pk}:{morning:%Y%m%d}"


def _nine_o_clock(member: Member, now: datetime, *, later: bool) -> datetime:
    zone = ZoneInfo(member.zone)
    today = now.astimezone(zone).date()
    days = [today + timedelta(days=offset) for offset in (-1, 0, 1)]
    mornings = [datetime.combine(day, SEND_AT, zone).astimezone(now.tzinfo) for day in days]
    if later:
        return min(morning for morning in mornings if morning > now)
    return max(morning for morning in mornings if morning <= now)


def _news(response: OfficeResponse, member: Member) -> dict[str, Any]:
    path = reverse("circulation_compilation", args=[response.round.slug])
    return {
        "round": response.round,
        "office": member.office,
        "member": member,
        "comments_url": f"{settings.SITE_URL}{path}",
        "preferences_url": preferences_url(member.email, OptionalMail.COMMENTS),
    }


def _message(name: str, context: dict[str, Any], **fields: Any) -> Message:
    return letter(f"meetings/{name}", context, context["member"], **fields)
