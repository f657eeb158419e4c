"""The digests of new posts: planned every minute, each told once (decisions.md 2)."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef

from groups.discussions import SETTLE, last_digest_at
from groups.emails.discussions import digest_message, post_mail_key
from groups.models import Follow, Membership, Post, ReadMark, Subscription
from notifications import outbox
from notifications.models import Delivery

OLDEST = timedelta(days=14)  # what is older is no news


@transaction.atomic
def queue_digests(*, now: datetime) -> int:
    """Queues every digest whose 09:00 has come at `now` (aware UTC); the number of mails.

    Whenever it runs, a digest tells the posts up to its own 09:00, and none twice. It holds what nobody hid, what is by
    others, what was not read on the page, not mailed at once and not in a muted discussion; where that is nothing, no
    mail leaves. Who has each post at once gets this way what was written before they chose so.
    """
    seats = Membership.objects.current().filter(group=OuterRef("group"), member=OuterRef("member"))
    subscriptions = (
        Subscription.objects.filter(Exists(seats), member__until_on=None, mailed_until__lt=now - SETTLE)
        .exclude(mode=Subscription.Mode.NEVER)
        .select_related("member__office", "group")
        .order_by("pk")
    )
    due = [subscription.pk for subscription in subscriptions if _is_due(subscription, now)]
    # Read again under a lock: another worker, or the member with a new choice, may have been faster.
    locked = subscriptions.filter(pk__in=due).select_for_update(of=("self",), skip_locked=True)
    return sum(_tell(subscription, now) for subscription in locked if _is_due(subscription, now))


def _is_due(subscription: Subscription, now: datetime) -> bool:
    return subscription.mailed_until < last_digest_at(subscription, now) - SETTLE


def _tell(subscription: Subscription, now: datetime) -> int:
    since, due_at = subscription.mailed_until, last_digest_at(subscription, now)
    subscription.mailed_until = due_at - SETTLE
    subscription.save(update_fields=["mailed_until"])
    posts = _news(subscription, max(since, subscription.mailed_until - OLDEST), subscription.mailed_until)
    return int(outbox.queue(digest_message(subscription, posts, due_at), now=now)) if posts else 0


def _news(subscription: Subscription, since: datetime, until: datetime) -> list[Post]:
    member = subscription.member
    muted = Follow.objects.filter(member=member, thread=OuterRef("thread"), is_muted=True)
    read = ReadMark.objects.filter(member=member, thread=OuterRef("thread"), read_until__gte=OuterRef("posted_at"))
    posts = list(
        Post.objects.shown()
        .filter(thread__group=subscription.group_id, posted_at__gt=since, posted_at__lte=until)
        .filter(~Exists(muted), ~Exists(read))
        .exclude(author=member)
        .select_related("author__office", "thread__group")
        .order_by("thread", "posted_at", "pk")
    )
    keys = [post_mail_key(post, member) for post in posts]
    told = set(Delivery.objects.filter(key__in=keys).values_list("key", flat=True))
    return [post for post, key in zip(posts, keys, strict=True) if key not in told]
