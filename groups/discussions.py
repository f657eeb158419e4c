"""Reading the discussions of a group: who writes in them, what is new in them, and when a digest is due."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Exists, OuterRef

from accounts.models import Member, MemberQuerySet, User
from groups.models import Group, Membership, Post, Subscription, Thread
from groups.permissions import seat_of
from notifications.reminders import SEND_AT

RECENT = 5
PER_PAGE = 50  # posts, or discussions
MONDAY = 0
SETTLE = timedelta(minutes=1)  # a post that is being written while a digest is made waits for the next one


def sitting_in(group: Group) -> MemberQuerySet:
    """Members with a seat in the group, guests included, who have not left."""
    seats = Membership.objects.current().filter(group=group, member=OuterRef("pk"))
    return Member.objects.current().filter(Exists(seats)).select_related("office").in_order()


def writer_in(user: User, group: Group) -> Member | None:
    """As whom a login writes in the group: the member who sits there, or one of the Secretariat; None for others."""
    seat = seat_of(user, group)
    if seat is not None:
        return seat.member
    if not user.is_staff:
        return None
    return Member.objects.current().filter(user=user).select_related("office").order_by("pk").first()


def reader_in(user: User, group: Group) -> Member | None:
    """Whose read marks, follows and mail count in the group: the member who sits there; None for others."""
    seat = seat_of(user, group)
    return seat.member if seat else None


def recent_threads(group: Group, user: User, reader: Member | None) -> list[Thread]:
    """The discussions that moved last, for the page of the group, with what is new to `reader`; one query."""
    return list(Thread.objects.visible_to(user).filter(group=group).for_list(reader)[:RECENT])


def named_in(text: str, members: Iterable[Member]) -> list[Member]:
    """The members whose full name stands in the text after an @, whatever its case."""
    said = text.casefold()
    return [member for member in members if re.search(rf"@{re.escape(member.name.casefold())}(?!\w)", said) is not None]


def page_of(post: Post) -> int:
    """The page of its discussion on which a post stands, from 1 on."""
    before = Post.objects.filter(thread=post.thread_id, posted_at__lt=post.posted_at).count()
    same = Post.objects.filter(thread=post.thread_id, posted_at=post.posted_at, pk__lt=post.pk).count()
    return (before + same) // PER_PAGE + 1


def last_digest_at(subscription: Subscription, now: datetime) -> datetime:
    """The last 09:00 on the member's clock, of a Monday where they chose weekly mail, at or before `now`; aware UTC."""
    zone = ZoneInfo(subscription.member.zone)
    today = now.astimezone(zone).date()
    mornings = [
        datetime.combine(day, SEND_AT, zone).astimezone(UTC)
        for day in (today - timedelta(days=back) for back in range(8))
        if subscription.mode != Subscription.Mode.WEEKLY or day.weekday() == MONDAY
    ]
    return max(morning for morning in mornings if morning <= now)
