"""Meetings of a group for those inside: the list, one meeting, the own answer, and files for calendars."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.links import CALENDAR, calendar_url, read_token
from accounts.models import Member
from accounts.operations.refusals import Refusal
from accounts.requests import MemberRequest
from groups.models import Group
from groups.permissions import can_run, seat_of
from meetings.calendars import feed
from meetings.emails_meetings import occasion_of
from meetings.forms.group_meetings import ReplyForm
from meetings.gatherings import answers_of, gathering
from meetings.invitations import owes_mail
from meetings.models import Document, Session
from meetings.operations.group_meetings import answer_invitation

PER_PAGE = 30
POLICY = "default-src 'none'; sandbox; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"


def inside(request: MemberRequest, slug: str) -> Group:
    """The group at an address, for those who sit in it and the Secretariat; raises Http404."""
    return get_object_or_404(Group.objects.open_inside_to(request.user), slug=slug)


def meeting_at(request: MemberRequest, slug: str, number: int) -> tuple[Group, Session]:
    """A group and one of its meetings; raises Http404."""
    group = inside(request, slug)
    meetings = Session.objects.visible_to(request.user).of_group(group).select_related("series", "prepared_by")
    meeting = get_object_or_404(meetings, number=number)
    meeting.group = group
    return group, meeting


@require_safe
def meeting_list(request: MemberRequest, slug: str) -> HttpResponse:
    """The meetings to come and those that were, with the own answers and the way to subscribe."""
    group, now = inside(request, slug), timezone.now()
    meetings = Session.objects.visible_to(request.user).of_group(group).select_related("series", "group")
    seat = seat_of(request.user, group)
    coming = list(meetings.filter(ends_at__gt=now).order_by("starts_at"))
    page = Paginator(meetings.filter(ends_at__lte=now), PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "group": group,
        "coming": coming,
        "page": page,
        "answers": answers_of(seat, [*coming, *page]),
        "feed_url": calendar_url(seat.member) if seat else "",
        "can_run": can_run(request.user, group),
    }
    return render(request, "meetings/meeting_list.html", context)


@require_safe
def meeting_detail(request: MemberRequest, slug: str, number: int) -> HttpResponse:
    """One meeting: hours, agenda with documents, who takes part, what was agreed."""
    return meeting_page(request, *meeting_at(request, slug, number), ReplyForm())


@require_POST
def meeting_reply(request: MemberRequest, slug: str, number: int) -> HttpResponse:
    """The own answer; may change until the meeting begins."""
    group, meeting = meeting_at(request, slug, number)
    seat, form = seat_of(request.user, group), ReplyForm(request.POST)
    if seat is None:
        raise PermissionDenied
    if not form.is_valid():
        return meeting_page(request, group, meeting, form)
    try:
        answer_invitation(session=meeting, member=seat.member, status=form.cleaned_data["status"], now=timezone.now())
    except Refusal as refusal:
        return meeting_page(request, *meeting_at(request, slug, number), form, refusal)
    messages.success(request, _("Your answer is recorded. You can change it until the meeting begins."))
    return redirect(meeting)


def meeting_page(
    request: MemberRequest, group: Group, meeting: Session, form: ReplyForm, refusal: Refusal | None = None
) -> HttpResponse:
    """The page of one meeting, with what was wrong with an answer."""
    now = timezone.now()
    minutes = Document.objects.visible_to(request.user).filter(session=meeting, kind=Document.Kind.MINUTES).first()
    runs = can_run(request.user, group)
    context: dict[str, Any] = {
        "group": group,
        "meeting": meeting,
        "gathering": gathering(meeting, group, request.user, now),
        "form": form,
        "refusal": refusal,
        "minutes": minutes,
        "can_run": runs,
        "owes_mail": runs and owes_mail(meeting, now),
    }
    return render(request, "meetings/meeting_detail.html", context, status=409 if refusal else 200)


@require_safe
def meeting_ics(request: MemberRequest, slug: str, number: int) -> HttpResponse:
    """One meeting as a file for the reader's own calendar."""
    _group, meeting = meeting_at(request, slug, number)
    return _calendar([meeting], name="", file=f"{slug}-{number}.ics")


@login_not_required
@require_safe
def calendar_feed(_request: HttpRequest, token: str) -> HttpResponse:
    """The meetings of all groups in which a member sits now, by a signed address; gone when the member has left."""
    pk = read_token(token, CALENDAR)
    member = Member.objects.current().filter(pk=pk).select_related("user").first() if pk is not None else None
    if member is None or (member.user and not member.user.is_active):
        raise Http404
    meetings = Session.objects.of_member(member).select_related("group").order_by("starts_at", "pk")
    with translation.override(member.language):
        return _calendar(meetings, name=_("Meetings of WILD groups"), file="wild.ics")


def _calendar(meetings: Any, *, name: str, file: str) -> HttpResponse:
    occasions = [occasion_of(meeting, is_for_members=True) for meeting in meetings]
    headers = {
        "Content-Disposition": f'attachment; filename="{file}"',
        "Content-Security-Policy": POLICY,
        "Cache-Control": "private, no-store",
    }
    content_type = "text/calendar; charset=utf-8; method=PUBLISH"
    return HttpResponse(feed(occasions, name=name), content_type=content_type, headers=headers)
