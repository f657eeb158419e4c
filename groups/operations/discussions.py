"""What happens in discussions: starting, replying, editing, hiding, closing, and what each member wants to hear of.

A post is mailed to a member once at most: at once, by the key of its mail, or in the digest that comes next.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.core.files.base import File
from django.db import transaction
from django.db.models import QuerySet, prefetch_related_objects
from django.db.models.functions import Greatest
from django.utils.translation import gettext as _

from accounts.models import Member, User
from accounts.operations import Refusal
from groups.discussions import named_in, reader_in, sitting_in, writer_in
from groups.emails.discussions import hidden_message, post_key, post_message, restored_message
from groups.models import Follow, Group, Post, PostRevision, ReadMark, Subscription, Thread
from groups.permissions import can_run
from library.inspection import clean_name
from library.operations import store_file
from notifications import outbox

TWICE = timedelta(minutes=1)  # the same text by the same author within it is one post: a double click
FOLLOW, MUTE, NEITHER = "follow", "mute", "neither"


class NotInTheGroup(Refusal):
    """Only who sits in the group, and the Secretariat, writes in its discussions."""

    @property
    def message(self) -> str:
        return _("Only members of the group can do this.")


class NotTheChair(Refusal):
    """Hiding, restoring, closing and reopening belong to the officers of the group and to the Secretariat."""

    @property
    def message(self) -> str:
        return _("Only the Chair of the group or the Secretariat can do this.")


class NotTheAuthor(Refusal):
    """Nobody changes another's words."""

    @property
    def message(self) -> str:
        return _("Only the author can change a post.")


class ThreadClosed(Refusal):
    """Nothing is added to a closed discussion."""

    @property
    def message(self) -> str:
        return _("This discussion is closed. Nothing was posted; your text stands below.")


class PostHidden(Refusal):
    """A hidden post stays as it is until it is shown again."""

    @property
    def message(self) -> str:
        return _("This post is hidden. Nothing was changed; your text stands below.")


class ChangedMeanwhile(Refusal):
    """Somebody else was faster."""

    @property
    def message(self) -> str:
        return _("This has changed in the meantime. Nothing was changed.")


class TextMissing(Refusal):
    """A post, a subject or a reason without words."""

    @property
    def message(self) -> str:
        return _("Write something first.")


@dataclass(frozen=True, kw_only=True)
class Contribution:
    """What somebody writes: Markdown, files that go with it, and members chosen to be told."""

    text: str
    files: Sequence[File] = ()
    mentions: Collection[Member] = ()


@transaction.atomic
def start_thread(*, group: Group, title: str, contribution: Contribution, by: User, now: datetime) -> Thread:
    """Begins a discussion with its first post; members are told as they wish. A double click is one discussion.

    Raises NotInTheGroup, TextMissing, and library.refusals.FileRefused.
    """
    author = _author(group, by)
    if not title.strip():
        raise TextMissing
    twin = _twin(Post.objects.filter(thread__group=group, thread__title=title.strip()), author, contribution, now)
    if twin is not None:
        return twin.thread
    thread = Thread.objects.create(group=group, title=title.strip(), started_at=now, started_by=author)
    _post(thread, author, contribution, by, now)
    return thread


@transaction.atomic
def reply(*, thread: Thread, contribution: Contribution, by: User, now: datetime) -> Post:
    """Adds a post to an open discussion; members are told as they wish. The same again within a minute is one post.

    Raises NotInTheGroup, ThreadClosed, TextMissing, and library.refusals.FileRefused.
    """
    locked = Thread.objects.select_for_update(of=("self",), no_key=True).select_related("group").get(pk=thread.pk)
    author = _author(locked.group, by)
    twin = _twin(locked.posts.all(), author, contribution, now)
    if twin is not None:
        return twin
    if locked.closed_at is not None:
        raise ThreadClosed
    return _post(locked, author, contribution, by, now)


@transaction.atomic
def edit_post(*, post: Post, text: str, by: User, now: datetime) -> Post:
    """Gives one's own post another text; the earlier one stays readable, nobody is mailed again.

    Raises NotTheAuthor, NotInTheGroup, PostHidden, ThreadClosed, TextMissing. The same text changes nothing.
    """
    locked = Post.objects.select_for_update(of=("self",), no_key=True).select_related("thread__group").get(pk=post.pk)
    if writer_in(by, locked.thread.group) is None:
        raise NotInTheGroup
    if not Member.objects.filter(pk=locked.author_id, user=by).exists():
        raise NotTheAuthor
    if locked.hidden_at is not None:
        raise PostHidden
    if locked.thread.closed_at is not None:
        raise ThreadClosed
    if not text.strip():
        raise TextMissing
    if text.strip() != locked.text:
        PostRevision.objects.create(post=locked, text=locked.text, replaced_at=now)
        locked.text, locked.edited_at = text.strip(), now
        locked.save(update_fields=["text", "edited_at"])
    return locked


@transaction.atomic
def hide_post(*, post: Post, reason: str, by: User, now: datetime) -> Post:
    """Hides a post for a reason, which stands in its place and is mailed to the author; mail about it stops.

    Raises NotTheChair, TextMissing, ChangedMeanwhile.
    """
    if not can_run(by, post.thread.group):
        raise NotTheChair
    if not reason.strip():
        raise TextMissing
    hidden = {"hidden_at": now, "hidden_by": by, "hidden_reason": reason.strip()}
    if not Post.objects.filter(pk=post.pk, hidden_at=None).update(**hidden):
        raise ChangedMeanwhile
    outbox.cancel(post_key(post), _("The post was hidden."), now=now)
    post.refresh_from_db()
    if _is_told(post, by):
        outbox.queue(hidden_message(post, now), now=now)
    return post


@transaction.atomic
def restore_post(*, post: Post, by: User, now: datetime) -> Post:
    """Shows a hidden post again and tells the author. Raises NotTheChair, ChangedMeanwhile."""
    if not can_run(by, post.thread.group):
        raise NotTheChair
    shown = {"hidden_at": None, "hidden_by": None, "hidden_reason": ""}
    if not Post.objects.filter(pk=post.pk).exclude(hidden_at=None).update(**shown):
        raise ChangedMeanwhile
    post.refresh_from_db()
    if _is_told(post, by):
        outbox.queue(restored_message(post, now), now=now)
    return post


@transaction.atomic
def close_thread(*, thread: Thread, by: User, now: datetime) -> Thread:
    """Nothing is added to the discussion any more; it stays readable. Raises NotTheChair, ChangedMeanwhile."""
    if not can_run(by, thread.group):
        raise NotTheChair
    if not Thread.objects.filter(pk=thread.pk, closed_at=None).update(closed_at=now, closed_by=by):
        raise ChangedMeanwhile
    thread.refresh_from_db()
    return thread


@transaction.atomic
def reopen_thread(*, thread: Thread, by: User) -> Thread:
    """Lets members reply again. Raises NotTheChair, ChangedMeanwhile."""
    if not can_run(by, thread.group):
        raise NotTheChair
    if not Thread.objects.filter(pk=thread.pk).exclude(closed_at=None).update(closed_at=None, closed_by=None):
        raise ChangedMeanwhile
    thread.refresh_from_db()
    return thread


@transaction.atomic
def follow_thread(*, thread: Thread, wish: str, by: User) -> None:
    """Each post of a discussion at once (FOLLOW), none of it (MUTE), or as the group's mail says (NEITHER).

    Raises NotInTheGroup, and ValueError for another wish.
    """
    member = writer_in(by, thread.group)
    if member is None:
        raise NotInTheGroup
    if wish not in {FOLLOW, MUTE, NEITHER}:
        raise ValueError(f"{wish!r} is no wish")
    if wish == NEITHER:
        Follow.objects.filter(member=member, thread=thread).delete()
    else:
        Follow.objects.update_or_create(member=member, thread=thread, defaults={"is_muted": wish == MUTE})


@transaction.atomic
def set_mail_mode(*, group: Group, mode: str, by: User, now: datetime) -> Subscription:
    """How a member hears of the group's posts. Nothing is told twice; who had no mail hears of what comes from now on.

    Raises NotInTheGroup, and ValueError for a mode that does not exist.
    """
    member = reader_in(by, group)
    if member is None:
        raise NotInTheGroup
    modes = Subscription.Mode
    if mode not in modes.values:
        raise ValueError(f"{mode!r} is no mode")
    fresh = {"mode": mode, "mailed_until": now}
    Subscription.objects.bulk_create([Subscription(member=member, group=group, **fresh)], ignore_conflicts=True)
    subscription = Subscription.objects.select_for_update().get(member=member, group=group)
    if subscription.mode == modes.NEVER and mode != modes.NEVER:
        subscription.mailed_until = now
    subscription.mode = mode
    subscription.save(update_fields=["mode", "mailed_until"])
    return subscription


@transaction.atomic
def mark_read(*, thread: Thread, member: Member, until: datetime) -> None:
    """Notes that a member has read a discussion up to an instant, aware UTC; a mark never goes back."""
    marks = ReadMark.objects.filter(thread=thread, member=member)
    if not marks.update(read_until=Greatest("read_until", until)):
        mark = ReadMark(thread=thread, member=member, read_until=until)
        ReadMark.objects.bulk_create([mark], ignore_conflicts=True)


def _author(group: Group, by: User) -> Member:
    """As whom somebody writes, locked: two clicks of one person come one after the other."""
    author = writer_in(by, group)
    if author is None:
        raise NotInTheGroup
    return Member.objects.select_for_update(of=("self",), no_key=True).select_related("office").get(pk=author.pk)


def _twin(posts: QuerySet[Post], author: Member, contribution: Contribution, now: datetime) -> Post | None:
    """The post that says the same, with files of the same names, by the same author within a minute."""
    recent = posts.filter(author=author, text=contribution.text.strip(), posted_at__gt=now - TWICE)
    names = sorted(clean_name(file.name or "") for file in contribution.files)
    for post in recent.select_related("thread__group").prefetch_related("files"):
        if sorted(file.name for file in post.files.all()) == names:
            return post
    return None


def _post(thread: Thread, author: Member, contribution: Contribution, by: User, now: datetime) -> Post:
    text = contribution.text.strip()
    if not text:
        raise TextMissing
    post = Post.objects.create(thread=thread, author=author, posted_at=now, text=text)
    post.files.set([store_file(upload=upload, by=by, now=now) for upload in contribution.files])
    readers = [member for member in sitting_in(thread.group) if member != author]
    chosen = {member.pk for member in contribution.mentions} | {member.pk for member in named_in(text, readers)}
    mentioned = [member for member in readers if member.pk in chosen]
    post.mentions.set(mentioned)
    mark_read(thread=thread, member=author, until=now)
    _tell(post, readers, mentioned, now)
    return post


def _tell(post: Post, readers: Sequence[Member], mentioned: Sequence[Member], now: datetime) -> None:
    """Mails a post at once to whom it names, who follows, and who wants every post; the rest waits for the digest."""
    group = post.thread.group
    _begin_digests(group, readers, now)
    wishes = dict(post.thread.follows.values_list("member", "is_muted"))
    subscribed = Subscription.objects.filter(group=group, mode=Subscription.Mode.AT_ONCE)
    at_once = {member.pk for member in mentioned} | set(subscribed.values_list("member", flat=True))
    at_once = {pk for pk in at_once if not wishes.get(pk)} | {pk for pk, is_muted in wishes.items() if not is_muted}
    staff = Member.objects.current().filter(user__is_staff=True, pk__in=at_once).exclude(pk=post.author_id)
    prefetch_related_objects([post], "files")
    told = {member.pk: member for member in [*readers, *staff.select_related("office")] if member.pk in at_once}
    outbox.queue_many([post_message(post, member, member in mentioned, now) for member in told.values()], now=now)


def _begin_digests(group: Group, readers: Sequence[Member], now: datetime) -> None:
    """Who has not said otherwise has the daily digest, from this post on."""
    before = now - timedelta(microseconds=1)
    rows = [Subscription(member=member, group=group, mailed_until=before) for member in readers]
    Subscription.objects.bulk_create(rows, ignore_conflicts=True)


def _is_told(post: Post, by: User) -> bool:
    """The author hears of what others do to the post, as long as they belong to their office."""
    author = Member.objects.current().filter(pk=post.author_id).exclude(user=by)
    return author.exists()
