"""One post: its permanent address, another text, earlier texts, hiding and showing it again."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.operations import Refusal
from accounts.requests import MemberRequest
from groups.discussion_forms import EditForm, HideForm
from groups.models import Post
from groups.operations import discussions as operations
from groups.views.discussions import Room, place_of, room_of, show_or_post


@require_safe
def post_detail(request: MemberRequest, slug: str, pk: int) -> HttpResponse:
    """The permanent address of a post leads to its page of the discussion."""
    return redirect(place_of(_post_of(room_of(request, slug), pk)))


@show_or_post
def post_edit(request: MemberRequest, slug: str, pk: int) -> HttpResponse:
    """Another text of one's own post; the text can be looked at before."""
    room = room_of(request, slug)
    post = _post_of(room, pk)
    if post.author.user_id != request.user.pk:
        raise PermissionDenied
    form = EditForm(request.POST or None, initial={"text": post.text})
    context = {"post": post, "thread": post.thread, "form": form, "is_preview": "preview" in request.POST}
    if request.method != "POST" or not form.is_valid() or "preview" in request.POST:
        return room.page("post_edit", context)
    try:
        operations.edit_post(post=post, text=form.cleaned_data["text"], by=request.user, now=timezone.now())
    except Refusal as refusal:
        return room.page("post_edit", context | {"refusal": refusal}, status=409)
    messages.success(request, _("Your post is changed. The earlier text stays readable."))
    return redirect(place_of(post))


@require_safe
def post_history(request: MemberRequest, slug: str, pk: int) -> HttpResponse:
    """What a post said before, the newest text first; who may read the post may read this."""
    room = room_of(request, slug)
    readable = Post.objects.readable_by(request.user).filter(thread__group=room.group)
    post = get_object_or_404(readable.select_related("author__office", "thread__group"), pk=pk)
    return room.page("post_history", {"post": post, "thread": post.thread, "revisions": post.revisions.order_by("-pk")})


@show_or_post
def post_hide(request: MemberRequest, slug: str, pk: int) -> HttpResponse:
    """Hides a post for a reason."""
    room = room_of(request, slug)
    post = _post_of(room, pk)
    if not room.runs:
        raise PermissionDenied
    form = HideForm(request.POST or None)
    context = {"post": post, "thread": post.thread, "form": form}
    if request.method != "POST" or not form.is_valid():
        return room.page("post_hide", context)
    try:
        operations.hide_post(post=post, reason=form.cleaned_data["reason"], by=request.user, now=timezone.now())
    except Refusal as refusal:
        return room.page("post_hide", context | {"refusal": refusal}, status=409)
    messages.success(request, _("The post is hidden. The author is told why."))
    return redirect(place_of(post))


@require_POST
def post_restore(request: MemberRequest, slug: str, pk: int) -> HttpResponse:
    """Shows a hidden post again."""
    room = room_of(request, slug)
    post = _post_of(room, pk)
    if not room.runs:
        raise PermissionDenied
    try:
        operations.restore_post(post=post, by=request.user, now=timezone.now())
    except Refusal as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, _("The post is shown again. The author is told."))
    return redirect(place_of(post))


def _post_of(room: Room, pk: int) -> Post:
    """A post of the group, hidden or not; raises Http404."""
    visible = Post.objects.visible_to(room.request.user).filter(thread__group=room.group)
    return get_object_or_404(visible.select_related("author__office", "thread__group"), pk=pk)
