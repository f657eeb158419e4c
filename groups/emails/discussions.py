"""The mails about discussions, rendered in each recipient's language; none of their links signs anybody in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from django.conf import settings
from django.urls import reverse

from accounts.deadlines import deadline_text
from accounts.letters import letter
from accounts.models import Member
from groups.models import Post, Subscription, Thread
from notifications.links import preferences_url
from notifications.message import Kind, Message, OptionalMail

NEWS_KEEPS = timedelta(days=7)
NOTICE_KEEPS = timedelta(days=14)
LONGEST_DIGEST = 50  # posts; the rest is counted


@dataclass(frozen=True, kw_only=True)
class Line:
    """One post in a digest."""

    post: Post
    posted_text: str
    url: str


@dataclass(frozen=True, kw_only=True)
class Topic:
    """What is new in one discussion."""

    thread: Thread
    lines: Sequence[Line]


def post_key(post: Post) -> str:
    """What ends the mails that tell of a post at once."""
    return f"post:{post.pk}"


def post_mail_key(post: Post, member: Member) -> str:
    """The one mail that tells a member of a post at once, for ever."""
    return f"{post_key(post)}:{member.pk}"


def post_url(post: Post) -> str:
    """The permanent address of a post, whole."""
    return settings.SITE_URL + post.get_absolute_url()


def reply_url(thread: Thread) -> str:
    """The page of a discussion with the cursor in the reply, whole."""
    return f"{settings.SITE_URL}{thread.get_absolute_url()}?page=last&reply=1#reply"


def post_message(post: Post, member: Member, is_mentioned: bool, now: datetime) -> Message:
    """Tells a member of a new post at once, in its own words; worth a week."""
    context = _shared(post, member) | {
        "is_mentioned": is_mentioned,
        "files": list(post.files.all()),
        "reply_url": reply_url(post.thread),
    }
    return _message(
        "post",
        context,
        kind=Kind.OPTIONAL,
        purpose=OptionalMail.POSTS,
        key=post_mail_key(post, member),
        subject_key=post_key(post),
        expires_at=now + NEWS_KEEPS,
    )


def digest_message(subscription: Subscription, posts: Sequence[Post], due_at: datetime) -> Message:
    """What is new in a group, by discussion, on the morning `due_at` (aware UTC) of the member; worth a week."""
    member, group = subscription.member, subscription.group
    shown = posts[:LONGEST_DIGEST]
    context = _about(member, group.slug) | {
        "group": group,
        "count": len(posts),
        "more_count": len(posts) - len(shown),
        "topics": [
            Topic(thread=thread, lines=[_line(post, member) for post in of_thread])
            for thread, of_thread in groupby(shown, key=lambda post: post.thread)
        ],
        "list_url": settings.SITE_URL + reverse("thread_list", args=[group.slug]),
    }
    key = f"digest:{group.pk}:{member.pk}:{due_at:%Y%m%d%H}"
    return _message(
        "digest",
        context,
        kind=Kind.OPTIONAL,
        purpose=OptionalMail.POSTS,
        key=key,
        subject_key=key,
        expires_at=due_at + NEWS_KEEPS,
    )


def hidden_message(post: Post, now: datetime) -> Message:
    """Tells the author that a post is hidden, and the reason."""
    return _notice("post_hidden", post, f"hidden:{post.pk}:{now:%Y%m%d%H%M%S%f}", now)


def restored_message(post: Post, now: datetime) -> Message:
    """Tells the author that a post is shown again."""
    return _notice("post_restored", post, f"restored:{post.pk}:{now:%Y%m%d%H%M%S%f}", now)


def _notice(name: str, post: Post, key: str, now: datetime) -> Message:
    context = _shared(post, post.author) | {"preferences_url": ""}
    return _message(
        name,
        context,
        kind=Kind.OFFICIAL,
        purpose="moderation",
        key=key,
        subject_key=f"moderation:{post.pk}",
        expires_at=now + NOTICE_KEEPS,
        reply_to=settings.SECRETARIAT_EMAIL,
    )


def _shared(post: Post, member: Member) -> dict[str, Any]:
    group = post.thread.group
    return _about(member, group.slug) | {
        "post": post,
        "thread": post.thread,
        "group": group,
        "posted_text": _moment(post, member),
        "post_url": post_url(post),
    }


def _about(member: Member, slug: str) -> dict[str, Any]:
    return {
        "member": member,
        "mail_url": settings.SITE_URL + reverse("group_mail", args=[slug]),
        "preferences_url": preferences_url(member.email, OptionalMail.POSTS),
    }


def _line(post: Post, member: Member) -> Line:
    return Line(post=post, posted_text=_moment(post, member), url=post_url(post))


def _moment(post: Post, member: Member) -> str:
    return deadline_text(post.posted_at, member.zone, member.language)


def _message(name: str, context: dict[str, Any], **fields: Any) -> Message:
    return letter(f"groups/{name}", context, context["member"], **fields)
