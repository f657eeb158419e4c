"""Who runs a group plans its meetings, edits, moves, calls off, and mails its members."""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from accounts.operations.refusals import Refusal
from accounts.requests import MemberRequest
from groups.models import Group
from groups.permissions import can_run
from meetings.forms.group_meetings import (
    NO_SUCH_HOUR,
    AgendaFormSet,
    CallOffForm,
    DetailsForm,
    HoursForm,
    MeetingForm,
    VersionForm,
    agenda_lines,
    agenda_rows,
    hours_of,
)
from meetings.gatherings import agenda_for
from meetings.hours import Hours, NoSuchHour
from meetings.invitations import invited_to, is_for_two, languages_of, may_release, owes_mail, unreachable
from meetings.models import Document, Session
from meetings.operations.group_meetings import (
    AgendaLine,
    call_off_meeting,
    edit_meeting,
    edit_token,
    move_meeting,
    plan_meeting,
    plan_series,
    tell_members,
)
from meetings.rehearsing_meetings import rehearse
from meetings.views.group_meetings import inside, meeting_at

show_or_post = require_http_methods(["GET", "HEAD", "POST"])


def desk_at(request: MemberRequest, slug: str, number: int) -> tuple[Group, Session]:
    """A group and one of its meetings, for those who run it; raises Http404 or PermissionDenied."""
    group, meeting = meeting_at(request, slug, number)
    if not can_run(request.user, group):
        raise PermissionDenied
    return group, meeting


@show_or_post
def meeting_new(request: MemberRequest, slug: str) -> HttpResponse:
    """Plans one meeting, or a series; nobody is mailed yet."""
    group, now, refusal = inside(request, slug), timezone.now(), None
    if not can_run(request.user, group):
        raise PermissionDenied
    form = MeetingForm(request.POST or None, now=now, zone=timezone.get_current_timezone_name())
    if form.is_valid():
        deed: dict[str, Any] = {"group": group, "details": form.details(), "hours": form.hours()}
        deed |= {"by": request.user, "now": now}
        try:
            if not form.is_series:
                meeting = plan_meeting(**deed, agenda=form.lines())
                messages.success(request, _("The meeting is planned. Nobody is mailed yet."))
                return redirect(meeting)
            plan_series(**deed, rhythm=form.rhythm_and_count())
            messages.success(request, _("The series is planned. Nobody is mailed yet."))
            return redirect("meeting_list", slug)
        except Refusal as error:
            refusal = error
        except NoSuchHour:
            form.add_error("begins", NO_SUCH_HOUR)
    context = {"group": group, "form": form, "refusal": refusal}
    return render(request, "meetings/meeting_new.html", context, status=409 if refusal else 200)


@show_or_post
def meeting_edit(request: MemberRequest, slug: str, number: int) -> HttpResponse:
    """Changes name, place, address to join and agenda."""
    group, meeting = desk_at(request, slug, number)
    refusal, agenda = None, agenda_for(meeting, request.user)
    readable = Document.objects.visible_to(request.user).filter(group=group).order_by("pk")
    documents = {str(document.pk): document for document in readable}
    details = {name: getattr(meeting, name) for name in ("name", "mode", "venue", "join_url")}
    data = request.POST or None
    form = DetailsForm(data, initial=details)
    rows = AgendaFormSet(data, initial=agenda_rows(agenda), form_kwargs={"documents": documents})
    if form.is_valid() and rows.is_valid():
        deed: dict[str, Any] = {
            "session": meeting,
            "details": form.details(),
            "agenda": _lines(meeting, rows, documents),
        }
        try:
            edit_meeting(**deed, seen=request.POST.get("seen", ""), by=request.user, now=timezone.now())
            messages.success(request, _("The changes are saved. Nobody is mailed."))
            return redirect(meeting)
        except Refusal as error:
            refusal = error
    context = {"form": form, "rows": rows, "refusal": refusal, "seen": edit_token(session=meeting), "agenda": agenda}
    return _desk_page(request, "meeting_edit", group, meeting, context)


def _lines(meeting: Session, rows: Any, documents: Mapping[str, Document]) -> list[AgendaLine]:
    """The agenda that was sent; documents that whoever sends it could not choose stay where they are."""
    items = meeting.agenda.prefetch_related("documents")
    stay = {item.pk: [each for each in item.documents.all() if str(each.pk) not in documents] for item in items}
    return [replace(line, documents=[*line.documents, *stay.get(line.pk, [])]) for line in agenda_lines(rows.forms)]


@show_or_post
def meeting_move(request: MemberRequest, slug: str, number: int) -> HttpResponse:
    """Other hours: shown beside the old ones with who is mailed, then done."""
    group, meeting = desk_at(request, slug, number)
    now, refusal, hours = timezone.now(), None, None
    form = HoursForm(request.POST or None, now=now, zone=meeting.time_zone, initial=hours_of(meeting))
    version = VersionForm(request.POST or None, initial={"seen": meeting.sequence})
    if form.is_valid() and version.is_valid():
        hours = form.hours()
        if request.POST.get("do") == "now":
            try:
                seen = version.cleaned_data["seen"]
                moved = move_meeting(session=meeting, hours=hours, seen=seen, by=request.user, now=now)
                _say(request, _("The meeting is moved."), moved, now)
                return redirect(moved)
            except Refusal as error:
                refusal, (group, meeting) = error, desk_at(request, slug, number)
                version = VersionForm(initial={"seen": meeting.sequence})
    context = {"form": form, "hours": hours, "refusal": refusal, "version": version}
    if hours and not refusal:
        context |= _mails(request, group, _moved(meeting, hours), now) | {"carried": _carried(request)}
    return _desk_page(request, "meeting_move", group, meeting, context)


@show_or_post
def meeting_call_off(request: MemberRequest, slug: str, number: int) -> HttpResponse:
    """Calls it off with a reason, after showing who is mailed."""
    group, meeting = desk_at(request, slug, number)
    now, refusal, off = timezone.now(), None, None
    form = CallOffForm(request.POST or None)
    if form.is_valid():
        reason = form.cleaned_data["reason"]
        off = _called_off(meeting, reason, now)
        if request.POST.get("do") == "now":
            try:
                done = call_off_meeting(session=meeting, reason=reason, by=request.user, now=now)
                _say(request, _("The meeting is called off."), done, now)
                return redirect(done)
            except Refusal as error:
                refusal, (group, meeting) = error, desk_at(request, slug, number)
    context: dict[str, Any] = {"form": form, "refusal": refusal}
    if off and not refusal:
        context |= _mails(request, group, off, now) | {"carried": _carried(request)}
    return _desk_page(request, "meeting_call_off", group, meeting, context)


@show_or_post
def meeting_invite(request: MemberRequest, slug: str, number: int) -> HttpResponse:
    """Mails the members what stands on the page, after showing who gets what."""
    group, meeting = desk_at(request, slug, number)
    now, refusal = timezone.now(), None
    if request.method == "POST" and request.POST.get("do") == "now":
        try:
            count = tell_members(session=meeting, by=request.user, now=now)
            sent = ngettext("%(count)s message is on its way.", "%(count)s messages are on their way.", count)
            messages.success(request, sent % {"count": count})
            return redirect(meeting)
        except Refusal as error:
            refusal, (group, meeting) = error, desk_at(request, slug, number)
    owes = owes_mail(meeting, now)
    context: dict[str, Any] = {"refusal": refusal, "owes_mail": owes}
    if owes:
        context |= _mails(request, group, meeting, now)
        context["may_release"] = may_release(meeting, request.user, len(context["people"]))
    return _desk_page(request, "meeting_invite", group, meeting, context)


# --- what these share -------------------------------------------------------------------------------------------------
def _desk_page(
    request: MemberRequest, name: str, group: Group, meeting: Session, context: dict[str, Any]
) -> HttpResponse:
    """The page of an act on a meeting; 409 where it was refused."""
    status = 409 if context.get("refusal") and request.method == "POST" else 200
    return render(request, f"meetings/{name}.html", {"group": group, "meeting": meeting, **context}, status=status)


def _mails(request: MemberRequest, group: Group, meeting: Session, now: datetime) -> dict[str, Any]:
    """Who is mailed about a meeting as it is or would be, and one of the mails in full."""
    people = invited_to(group)
    shown = (request.POST or request.GET).get("show", "")
    return {
        "people": people,
        "languages_of_mail": languages_of(people),
        "unreachable": unreachable(people),
        "notice": rehearse(meeting, people, shown, now),
        "is_for_two": is_for_two(len(people)),
    }


def _moved(meeting: Session, hours: Hours) -> Session:
    """The meeting as it would be; nothing is saved."""
    moved = copy(meeting)
    moved.starts_at, moved.ends_at, moved.time_zone = hours.starts_at, hours.ends_at, hours.zone
    moved.sequence += 1
    return moved


def _called_off(meeting: Session, reason: str, now: datetime) -> Session:
    off = copy(meeting)
    off.cancelled_at, off.cancelled_reason, off.sequence = now, reason, off.sequence + 1
    return off


def _carried(request: MemberRequest) -> list[tuple[str, str]]:
    """What was typed, for the form that does it."""
    left_out = {"csrfmiddlewaretoken", "do", "show"}
    return [(name, value) for name in request.POST if name not in left_out for value in request.POST.getlist(name)]


def _say(request: MemberRequest, done: str, meeting: Session, now: datetime) -> None:
    """What was done, and whether the members are told of it."""
    messages.success(request, done)
    if owes_mail(meeting, now):
        messages.info(request, _("The members are not told yet."))
    elif meeting.told_sequence is None:
        messages.info(request, _("Nobody was mailed: the members were not invited yet."))
    else:
        messages.success(request, _("The members are told."))
