"""Discussions of a group: threads, posts with their history, and what members hear of (decisions.md 15)."""

from __future__ import annotations

from datetime import UTC, datetime

import pghistory
from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.acts import by_and_at, done_by
from accounts.models import Member, User
from groups.models.groups import Group
from groups.models.memberships import Membership
from library.models import StoredFile

LONGEST_POST = 20_000  # characters
LONG_AGO = datetime(1, 1, 2, tzinfo=UTC)  # before every post: nothing was read
MOST_WORDS = 10  # that are looked for


class ThreadQuerySet(models.QuerySet["Thread"]):
    """Phrases about threads."""

    def visible_to(self, user: User | AnonymousUser) -> ThreadQuerySet:
        """Threads of the groups in which one sits; the Secretariat reads all."""
        return self.filter(group__in=Group.objects.open_inside_to(user))

    def for_list(self, reader: Member | None) -> ThreadQuerySet:
        """Those that moved last come first, each with `post_count`, `last_at` and `unread_count` for the reader."""
        posts = Post.objects.shown().filter(thread=models.OuterRef("pk")).order_by()
        return (
            self.select_related("started_by", "group")
            .annotate(
                post_count=_one(posts, models.Count("pk")),
                last_at=models.Subquery(posts.order_by("-posted_at").values("posted_at")[:1]),
                unread_count=_one(posts.unread_by(reader), models.Count("pk")),
            )
            .order_by(models.F("last_at").desc(nulls_last=True), "-pk")
        )

    def as_seen_by(self, reader: Member | None) -> ThreadQuerySet:
        """Each with `read_until` of the reader, and `is_muted`: False where it is followed, None where neither."""
        marks, follows = ReadMark.objects.filter(member=reader), Follow.objects.filter(member=reader)
        here = models.OuterRef("pk")
        return self.annotate(
            read_until=models.Subquery(marks.filter(thread=here).values("read_until")),
            is_muted=models.Subquery(follows.filter(thread=here).values("is_muted")),
        )


def _one(posts: models.QuerySet[Post], figure: models.Count) -> Coalesce:
    """One figure about the posts of a thread; 0 where there are none."""
    return Coalesce(models.Subquery(posts.values("thread").annotate(figure=figure).values("figure")), 0)


@pghistory.track()
class Thread(models.Model):
    """One topic under discussion in a group."""

    group = models.ForeignKey(Group, on_delete=models.PROTECT, related_name="threads", verbose_name=_("group"))
    title = models.CharField(_("subject"), max_length=200)
    started_at = models.DateTimeField(_("started"))
    started_by = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+", verbose_name=_("started by"))
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True, editable=False)
    closed_by = done_by(_("closed by"))

    objects = ThreadQuerySet.as_manager()

    class Meta:
        verbose_name = _("discussion")
        verbose_name_plural = _("discussions")
        ordering = ["-pk"]
        constraints = [by_and_at("closed", "thread_closed_by_and_at")]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        """The page of the discussion."""
        return reverse("thread_detail", args=[self.group.slug, self.pk])


class PostQuerySet(models.QuerySet["Post"]):
    """Phrases about posts."""

    def visible_to(self, user: User | AnonymousUser) -> PostQuerySet:
        """Posts of the groups in which one sits; who may not read a hidden one sees its place and the reason."""
        return self.filter(thread__group__in=Group.objects.open_inside_to(user))

    def readable_by(self, user: User | AnonymousUser) -> PostQuerySet:
        """Posts with text and files: hidden ones are for their author, the officers of the group, the Secretariat."""
        seen = self.visible_to(user)
        if not user.is_authenticated or user.is_staff:
            return seen
        run = Membership.objects.current().held_by(user).of_officers().values("group")
        return seen.filter(models.Q(hidden_at=None) | models.Q(author__user=user) | models.Q(thread__group__in=run))

    def shown(self) -> PostQuerySet:
        """Posts that nobody hid."""
        return self.filter(hidden_at=None)

    def unread_by(self, reader: Member | None) -> PostQuerySet:
        """Posts by others after the place up to which the reader has read their discussion; none without a reader."""
        if reader is None:
            return self.none()
        marks = ReadMark.objects.filter(member=reader, thread=models.OuterRef("thread")).values("read_until")
        after = Coalesce(models.Subquery(marks), models.Value(LONG_AGO))
        return self.filter(posted_at__gt=after).exclude(author=reader)

    def for_page(self) -> PostQuerySet:
        """With everything a page shows of each, in the order they were written."""
        return (
            self.select_related("author__office", "thread__group")
            .prefetch_related("files", "mentions")
            .order_by("posted_at", "pk")
        )

    def saying(self, words: str) -> PostQuerySet:
        """Posts that nobody hid and whose text or subject holds all the words, whatever their case and accents."""
        found = self.shown()
        for word in words.split()[:MOST_WORDS]:
            found = found.filter(
                models.Q(text__unaccent__icontains=word) | models.Q(thread__title__unaccent__icontains=word)
            )
        return found


@pghistory.track()
class Post(models.Model):
    """One contribution; nobody edits another's words, a Chair and the Secretariat can hide them with a reason."""

    thread = models.ForeignKey(Thread, on_delete=models.PROTECT, related_name="posts", verbose_name=_("discussion"))
    author = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+", verbose_name=_("author"))
    posted_at = models.DateTimeField(_("posted"))
    text = models.TextField(_("text, in Markdown"), max_length=LONGEST_POST)
    edited_at = models.DateTimeField(_("edited"), null=True, blank=True, editable=False)
    mentions = models.ManyToManyField(Member, blank=True, related_name="+", verbose_name=_("members named"))
    files = models.ManyToManyField(StoredFile, blank=True, related_name="+", verbose_name=_("files"))
    hidden_at = models.DateTimeField(_("hidden"), null=True, blank=True, editable=False)
    hidden_by = done_by(_("hidden by"))
    hidden_reason = models.CharField(_("reason for hiding"), max_length=500, blank=True, editable=False)

    objects = PostQuerySet.as_manager()

    class Meta:
        verbose_name = _("post")
        verbose_name_plural = _("posts")
        ordering = ["pk"]
        indexes = [models.Index(fields=["thread", "posted_at"], name="post_by_thread_and_time")]
        constraints = [
            by_and_at("hidden", "post_hidden_by_and_at"),
            models.CheckConstraint(
                name="post_hidden_for_a_reason", condition=models.Q(hidden_at=None) | ~models.Q(hidden_reason="")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.thread} #{self.pk}"

    def get_absolute_url(self) -> str:
        """The permanent address of the post, on whatever page of the discussion it stands."""
        return reverse("post_detail", args=[self.thread.group.slug, self.pk])


class PostRevision(models.Model):
    """What a post said before its author changed it."""

    post = models.ForeignKey(Post, on_delete=models.CASCADE, related_name="revisions", verbose_name=_("post"))
    text = models.TextField(_("text, in Markdown"))
    replaced_at = models.DateTimeField(_("replaced"))

    class Meta:
        verbose_name = _("earlier text of a post")
        verbose_name_plural = _("earlier texts of posts")
        ordering = ["post", "pk"]

    def __str__(self) -> str:
        return f"{self.post}, {self.replaced_at:%Y-%m-%d %H:%M}"


class Subscription(models.Model):
    """How a member hears of a group's new posts; without a row, by the daily digest."""

    class Mode(models.TextChoices):
        AT_ONCE = "at_once", _("Each post at once")
        DAILY = "daily", _("Once a day, what is new")
        WEEKLY = "weekly", _("Once a week, what is new")
        NEVER = "never", _("Not by mail")

    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="+", verbose_name=_("member"))
    group = models.ForeignKey(Group, on_delete=models.CASCADE, related_name="+", verbose_name=_("group"))
    mode = models.CharField(_("by mail"), max_length=8, choices=Mode.choices, default=Mode.DAILY)
    mailed_until = models.DateTimeField(_("told of posts until"), editable=False)

    class Meta:
        verbose_name = _("mail about a group")
        verbose_name_plural = _("mail about groups")
        constraints = [models.UniqueConstraint(fields=["member", "group"], name="subscription_once")]

    def __str__(self) -> str:
        return f"{self.member}, {self.group}: {self.get_mode_display()}"


class Follow(models.Model):
    """A member follows one discussion (each post at once) or mutes it (never), whatever the group's mail says."""

    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="+", verbose_name=_("member"))
    thread = models.ForeignKey(Thread, on_delete=models.CASCADE, related_name="follows", verbose_name=_("discussion"))
    is_muted = models.BooleanField(_("muted"), default=False)

    class Meta:
        verbose_name = _("followed or muted discussion")
        verbose_name_plural = _("followed and muted discussions")
        constraints = [models.UniqueConstraint(fields=["member", "thread"], name="follow_once")]

    def __str__(self) -> str:
        return f"{self.member}, {self.thread}"


class ReadMark(models.Model):
    """How far a member has read a discussion."""

    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="+", verbose_name=_("member"))
    thread = models.ForeignKey(
        Thread, on_delete=models.CASCADE, related_name="read_marks", verbose_name=_("discussion")
    )
    read_until = models.DateTimeField(_("read until"))

    class Meta:
        verbose_name = _("read mark")
        verbose_name_plural = _("read marks")
        constraints = [models.UniqueConstraint(fields=["member", "thread"], name="read_mark_once")]

    def __str__(self) -> str:
        return f"{self.member}, {self.thread}"
