"""Discussions of a group: the list with search, a new one, one with its posts and the reply, and what one hears of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Page, Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import Member
from accounts.operations import Refusal
from accounts.requests import MemberRequest
from groups.discussion_forms import MailForm, PostForm, ThreadForm
from groups.discussions import PER_PAGE, page_of, sitting_in, writer_in
from groups.models import Group, Membership, Post, Subscription, Thread
from groups.operations import discussions as operations
from groups.permissions import seat_of

show_or_post = require_http_methods(["GET", "HEAD", "POST"])
LONGEST_SEARCH = 100  # characters
WORDS = {"follow": operations.FOLLOW, "mute": operations.MUTE, "neither": operations.NEITHER}


@dataclass(frozen=True)
class Room:
    """A group in which the login may read discussions."""

    request: MemberRequest
    group: Group

    @cached_property
    def seat(self) -> Membership | None:
        """The seat of the login."""
        return seat_of(self.request.user, self.group)

    @cached_property
    def runs(self) -> bool:
        """True for its officers and the Secretariat."""
        return self.request.user.is_staff or (self.seat is not None and self.seat.role in Membership.OFFICER_ROLES)

    @property
    def reader(self) -> Member | None:
        """The member whose read marks and mail count here."""
        return self.seat.member if self.seat else None

    @cached_property
    def writer(self) -> Member | None:
        """As whom the login writes."""
        return self.reader or writer_in(self.request.user, self.group)

    def threads(self) -> Any:
        """The discussions of the group."""
        return Thread.objects.visible_to(self.request.user).filter(group=self.group)

    def page(self, name: str, context: Mapping[str, Any], status: int = 200) -> HttpResponse:
        """A page in the group."""
        shared = {"group": self.group, "runs": self.runs, "writer": self.writer, "reader": self.reader}
        return render(self.request, f"groups/{name}.html", {**shared, **context}, status=status)


def room_of(request: MemberRequest, slug: str) -> Room:
    """The group at an address; raises Http404 where one may not read inside."""
    return Room(request, get_object_or_404(Group.objects.open_inside_to(request.user), slug=slug))


@require_safe
def thread_list(request: MemberRequest, slug: str) -> HttpResponse:
    """The discussions that moved last come first; with `q`, the posts that hold the words, the newest first."""
    room, words = room_of(request, slug), request.GET.get("q", "").replace("\x00", "").strip()[:LONGEST_SEARCH]
    if words:
        found = Post.objects.visible_to(request.user).filter(thread__group=room.group).saying(words)
        rows: Any = found.select_related("author__office", "thread__group").order_by("-posted_at", "-pk")
    else:
        rows = room.threads().for_list(room.reader)
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    return room.page("thread_list", {"page": page, "words": words})


@show_or_post
def thread_new(request: MemberRequest, slug: str) -> HttpResponse:
    """A new discussion with its first post; the text can be looked at before."""
    room = room_of(request, slug)
    if room.writer is None:
        raise PermissionDenied
    form = ThreadForm(request.POST or None, request.FILES or None, members=_others(room))
    if request.method == "POST" and form.is_valid() and "preview" not in request.POST:
        said = {"title": form.cleaned_data["title"], "contribution": form.contribution()}
        try:
            thread = operations.start_thread(group=room.group, by=request.user, now=timezone.now(), **said)
        except Refusal as refusal:
            raise PermissionDenied from refusal
        messages.success(request, _("The discussion is open."))
        return redirect(thread)
    return room.page("thread_new", {"form": form, "is_preview": "preview" in request.POST})


@show_or_post
def thread_detail(request: MemberRequest, slug: str, pk: int) -> HttpResponse:
    """A discussion, fifty posts a page, the first unread marked, and the reply; what is shown counts as read."""
    room = room_of(request, slug)
    threads = room.threads().select_related("started_by", "group").as_seen_by(room.writer)
    thread = get_object_or_404(threads, pk=pk)
    form = PostForm(request.POST or None, request.FILES or None, members=_others(room))
    if request.method != "POST":
        form.fields["text"].widget.attrs["autofocus"] = "reply" in request.GET
        return _thread_page(room, thread, {"form": form})
    if room.writer is None:
        raise PermissionDenied
    if not form.is_valid() or "preview" in request.POST:
        return _thread_page(room, thread, {"form": form, "is_preview": "preview" in request.POST})
    try:
        post = operations.reply(thread=thread, contribution=form.contribution(), by=request.user, now=timezone.now())
    except Refusal as refusal:
        return _thread_page(room, thread, {"form": form, "refusal": refusal}, status=409)
    return redirect(place_of(post))


@require_POST
def thread_follow(request: MemberRequest, slug: str, pk: int) -> HttpResponse:
    """Each post of a discussion by mail at once, none, or as the group's mail says."""
    room = room_of(request, slug)
    thread = get_object_or_404(room.threads(), pk=pk)
    wish = WORDS.get(request.POST.get("do", ""))
    if room.writer is None:
        raise PermissionDenied
    if wish is None:
        messages.error(request, _("Choose one of the buttons. Nothing was changed."))
        return redirect(thread)
    operations.follow_thread(thread=thread, wish=wish, by=request.user)
    said = {
        operations.FOLLOW: _("Each new post of this discussion is mailed to you at once."),
        operations.MUTE: _("Nothing of this discussion is mailed to you."),
        operations.NEITHER: _("This discussion is mailed to you as all others of the group."),
    }
    messages.success(request, said[wish])
    return redirect(thread)


@require_POST
def thread_close(request: MemberRequest, slug: str, pk: int) -> HttpResponse:
    """Closes a discussion, or opens it again (`do=open`)."""
    room = room_of(request, slug)
    thread = get_object_or_404(room.threads().select_related("group"), pk=pk)
    if not room.runs:
        raise PermissionDenied
    try:
        if request.POST.get("do") == "open":
            operations.reopen_thread(thread=thread, by=request.user)
            messages.success(request, _("Members can reply again."))
        else:
            operations.close_thread(thread=thread, by=request.user, now=timezone.now())
            messages.success(request, _("The discussion is closed. It stays readable."))
    except Refusal as refusal:
        messages.error(request, refusal.message)
    return redirect(thread)


@show_or_post
def group_mail(request: MemberRequest, slug: str) -> HttpResponse:
    """How one hears of the group's posts."""
    room = room_of(request, slug)
    if room.reader is None:
        raise PermissionDenied
    chosen = Subscription.objects.filter(member=room.reader, group=room.group).first()
    form = MailForm(request.POST or None, initial={"mode": chosen.mode if chosen else Subscription.Mode.DAILY})
    if request.method == "POST" and form.is_valid():
        operations.set_mail_mode(group=room.group, mode=form.cleaned_data["mode"], by=request.user, now=timezone.now())
        messages.success(request, _("Your choice is saved."))
        return redirect("group_mail", slug)
    return room.page("group_mail", {"form": form, "zone": room.reader.zone})


def place_of(post: Post) -> str:
    """Where a post stands: its page of the discussion, and its anchor."""
    return f"{post.thread.get_absolute_url()}?page={page_of(post)}#post-{post.pk}"


def _others(room: Room) -> Any:
    """The members of the group who can be named: everybody but the writer."""
    members = sitting_in(room.group)
    return members.exclude(pk=room.writer.pk) if room.writer else members


def _thread_page(room: Room, thread: Thread, context: Mapping[str, Any], status: int = 200) -> HttpResponse:
    request, reader = room.request, room.reader
    read_until = getattr(thread, "read_until", None)
    posts = Post.objects.visible_to(request.user).filter(thread=thread)
    page = _page(posts.for_page(), request.GET.get("page", ""), read_until)
    last = page.object_list[-1] if page.object_list else None
    if reader and last and request.method == "GET" and (read_until is None or read_until < last.posted_at):
        operations.mark_read(thread=thread, member=reader, until=last.posted_at)
    shared = {"thread": thread, "page": page, "first_unread": _first_unread(page, read_until, reader)}
    return room.page("thread_detail", {**shared, **context}, status)


def _page(posts: Any, wanted: str, read_until: datetime | None) -> Page:
    """The page that was asked for: a number, `last`, or `unread` for the one with the first unread post."""
    paginator = Paginator(posts, PER_PAGE)
    if wanted == "last":
        wanted = str(paginator.num_pages)
    if wanted == "unread" and read_until:
        read = posts.filter(posted_at__lte=read_until).count()
        wanted = str(min(read // PER_PAGE + 1, paginator.num_pages))
    page = paginator.get_page(wanted)
    page.object_list = list(page.object_list)
    return page


def _first_unread(page: Page, read_until: datetime | None, reader: Member | None) -> Post | None:
    """The first post on the page that others wrote since the reader was here last."""
    if reader is None:
        return None
    unread = (
        post
        for post in page.object_list
        if post.author_id != reader.pk
        and post.hidden_at is None
        and (read_until is None or post.posted_at > read_until)
    )
    return next(unread, None)
