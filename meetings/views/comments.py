"""An office joins the comment of another, or leaves it again, from the compilation."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.models import Office
from accounts.requests import MemberRequest
from consultations.operations import Refusal
from consultations.permissions import can_see_answers
from meetings.models import ItemAnswer
from meetings.operations.endorsements import OwnComment, join_comment, leave_comment
from meetings.permissions import offices_that_may_join
from meetings.views.circulations import circulation_of


@require_POST
def circulation_join(request: MemberRequest, slug: str, pk: int) -> HttpResponse:
    """The reader's office joins a comment."""
    answer, office = _comment_of(request, slug, pk)
    try:
        join_comment(answer=answer, office=office, by=request.user, now=timezone.now())
    except OwnComment as refusal:
        raise PermissionDenied from refusal
    except Refusal as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, _("%(office)s has joined the comment.") % {"office": office.name})
    return redirect(_place_of(slug, answer))


@require_POST
def circulation_leave(request: MemberRequest, slug: str, pk: int) -> HttpResponse:
    """The reader's office no longer stands under a comment."""
    answer, office = _comment_of(request, slug, pk)
    try:
        leave_comment(answer=answer, office=office, by=request.user, now=timezone.now())
    except Refusal as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, _("%(office)s has left the comment.") % {"office": office.name})
    return redirect(_place_of(slug, answer))


def _comment_of(request: MemberRequest, slug: str, pk: int) -> tuple[ItemAnswer, Office]:
    """A comment the reader may read, and the office that acts; raises Http404 and PermissionDenied."""
    circulation, now = circulation_of(request, slug), timezone.now()
    if not can_see_answers(request.user, circulation.round, now):
        raise Http404
    comments = ItemAnswer.objects.in_words().filter(item__circulation=circulation).select_related("item")
    answer = get_object_or_404(comments, pk=pk)
    offices = {office.code: office for office in offices_that_may_join(request.user, circulation.round, now)}
    office = offices.get(request.POST.get("office", next(iter(offices), "")))
    if office is None:
        raise PermissionDenied
    return answer, office


def _place_of(slug: str, answer: ItemAnswer) -> str:
    return f"{reverse('circulation_compilation', args=[slug])}#comment-{answer.pk}"
