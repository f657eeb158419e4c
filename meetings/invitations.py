"""Who is invited to a meeting of a group, what they know of it, and when they are reminded. Reads only."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from django.conf import settings
from django.db.models import F

from accounts.models import Member, User
from groups.models import Group, Membership
from meetings.hours import morning_before
from meetings.models import Participant, Session
from notifications.message import address_hash, mailbox
from notifications.models import Delivery, Suppression

REMINDED = (7, 1)  # days before a meeting, the earliest first


@dataclass(frozen=True, kw_only=True)
class Reminder:
    """A reminder whose moment has come: due at 09:00 of the member's zone, worth nothing from `ends_at` on."""

    days: int
    due_at: datetime
    ends_at: datetime


def group_of(session: Session) -> Group:
    """The group that meets; meetings of groups have one by a constraint."""
    return cast("Group", session.group)


def begins(session: Session) -> datetime:
    """When a meeting of a group begins (aware UTC); it has hours by a constraint."""
    return cast("datetime", session.starts_at)


def ends(session: Session) -> datetime:
    """When a meeting of a group ends (aware UTC)."""
    return cast("datetime", session.ends_at)


def invited_to(group: Group) -> list[Member]:
    """Everybody who sits in a group, guests included, by office and family name; with the office at hand."""
    seats = Membership.objects.current().filter(group=group, member__until_on=None).for_roster()
    return [seat.member for seat in seats]


def answers_to(session: Session) -> dict[int, Participant]:
    """Who has answered or taken part, by the number of the member."""
    rows = Participant.objects.filter(session=session).exclude(member=None)
    return {row.member_id: row for row in rows if row.member_id is not None}


def owes_mail(session: Session, now: datetime) -> bool:
    """True where members do not know yet what stands on the page: no invitation, a change, or that it is called off."""
    if session.told_sequence is None:
        return session.cancelled_at is None and begins(session) > now
    return session.told_sequence != session.sequence and ends(session) > now


def is_for_two(count: int) -> bool:
    """True where so many are mailed that one person alone may not do it (decisions.md 17)."""
    return count > settings.SECOND_PERSON_ABOVE


def may_release(session: Session, by: User, count: int) -> bool:
    """Whether `by` may mail `count` persons about a meeting: a few, anybody who runs the group.

    More than a few: one of the Secretariat who is not the one who has prepared what is mailed.
    """
    return not is_for_two(count) or (by.is_staff and session.prepared_by_id != by.pk)


def notices_of(session: Session) -> str:
    """What the outbox knows the invitation to a meeting and its updates by."""
    return f"meeting:{session.pk}:notice"


def reminders_of(session: Session) -> str:
    """What the outbox knows the reminders of a meeting by."""
    return f"meeting:{session.pk}:reminder"


def notice_key(session: Session, member: Member) -> str:
    """The debt of telling a member one version of a meeting; once for ever."""
    return f"{notices_of(session)}:v{session.sequence}:{member.pk}"


def reminder_key(session: Session, reminder: Reminder, member: Member) -> str:
    """The debt of one reminder of one version of a meeting; once for ever."""
    return f"{reminders_of(session)}:v{session.sequence}:{reminder.days}:{member.pk}"


def reminder_due(session: Session, member: Member, now: datetime) -> Reminder | None:
    """The latest reminder whose moment has come at `now` (aware UTC) since the members were told, if any."""
    told, begin = session.invited_at or now, begins(session)
    moments = [(days, morning_before(begin, days, member.zone)) for days in REMINDED]
    endings = [*(due for _, due in moments[1:]), begin]
    reached = [
        Reminder(days=days, due_at=due, ends_at=ending)
        for (days, due), ending in zip(moments, endings, strict=True)
        if told <= due <= now < ending
    ]
    return reached[-1] if reached else None


def told_meetings(now: datetime) -> list[Session]:
    """Meetings that have not begun, stand as their members were told, and are not called off; with group."""
    meetings = Session.objects.filter(kind=Session.Kind.GROUP, told_sequence=F("sequence"), cancelled_at=None)
    return list(meetings.filter(starts_at__gt=now).select_related("group").order_by("starts_at", "pk"))


def not_queued(keys: Iterable[str]) -> set[str]:
    """Those of these debts that the outbox does not know."""
    wanted = set(keys)
    return wanted - set(Delivery.objects.filter(key__in=wanted).values_list("key", flat=True))


def unreachable(people: Sequence[Member]) -> list[Member]:
    """Those whose address does not work, as far as the relay has told."""
    hashes = {member.pk: address_hash(mailbox(member.email) or member.email) for member in people}
    refused = Suppression.objects.live().filter(address_sha256__in=set(hashes.values()))
    bad = set(refused.values_list("address_sha256", flat=True))
    return [member for member in people if hashes[member.pk] in bad]


def languages_of(people: Iterable[Member]) -> list[tuple[str, int]]:
    """Names of languages in the reader's own, with the number of mails, the most frequent first."""
    names = dict(settings.LANGUAGES)
    return [(str(names[code]), count) for code, count in Counter(member.language for member in people).most_common()]
