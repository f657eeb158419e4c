"""After a meeting of a group: attendance by office, minutes, and what becomes of what was agreed."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Member
from accounts.operations.refusals import Refusal
from accounts.requests import MemberRequest
from meetings.forms.group_minutes import ActionItemForm, AttendanceForm, ItemMinutesForm, NextStepForm
from meetings.gatherings import agenda_for
from meetings.invitations import answers_to, invited_to
from meetings.models import AgreedPoint, Participant, Session
from meetings.operations.group_minutes import (
    make_action_item,
    make_next_step,
    minutes_token,
    publish_minutes,
    take_attendance,
    write_minutes,
)
from meetings.views.group_meetings_desk import desk_at, show_or_post


@show_or_post
def meeting_attendance(request: MemberRequest, slug: str, number: int) -> HttpResponse:
    """Who took part, ticked by office once the meeting has begun."""
    group, meeting = desk_at(request, slug, number)
    now, refusal, answers = timezone.now(), None, answers_to(meeting)
    people = _people(meeting)
    form = AttendanceForm(request.POST, people=people)
    if request.method == "POST" and form.is_valid():
        try:
            take_attendance(session=meeting, present=list(form.cleaned_data["present"]), now=now)
            messages.success(request, _("The attendance is recorded."))
            return redirect(meeting)
        except Refusal as error:
            refusal = error
    present = {pk for pk, answer in answers.items() if answer.status == Participant.Status.ATTENDED}
    ticked = set(request.POST.getlist("present")) if request.method == "POST" else {str(pk) for pk in present}
    rows = [(member, answers.get(member.pk), str(member.pk) in ticked) for member in people]
    context = {
        "group": group,
        "meeting": meeting,
        "rows": rows,
        "refusal": refusal,
        "form": form if request.method == "POST" else None,
        "has_begun": meeting.starts_at is not None and meeting.starts_at <= now,
    }
    return render(request, "meetings/meeting_attendance.html", context, status=409 if refusal else 200)


def _people(meeting: Session) -> list[Member]:
    """Everybody who sits in the group, and whoever answered and sits there no more."""
    people = invited_to(meeting.group) if meeting.group else []
    known = {member.pk for member in people}
    former = Participant.objects.filter(session=meeting).exclude(member=None).exclude(member__in=known).in_order()
    return [*people, *(row.member for row in former if row.member)]


@show_or_post
def meeting_minutes(request: MemberRequest, slug: str, number: int) -> HttpResponse:
    """The minutes by item, with agreed points; saved as often as one likes, published once."""
    group, meeting = desk_at(request, slug, number)
    now, refusal = timezone.now(), None
    items = agenda_for(meeting, request.user)
    forms = [ItemMinutesForm(item, request.POST or None) for item in items]
    if request.method == "POST" and all(form.is_valid() for form in forms):
        said = [form.said() for form in forms]
        try:
            write_minutes(session=meeting, minutes=said, seen=request.POST.get("seen", ""), now=now)
            if request.POST.get("do") == "publish":
                publish_minutes(session=meeting, by=request.user, now=now)
                messages.success(request, _("The minutes are published as a document of the group."))
                return redirect(meeting)
            messages.success(request, _("The minutes are saved. They are not published yet."))
            return redirect("meeting_minutes", slug, number)
        except Refusal as error:
            refusal = error
    context = {
        "group": group,
        "meeting": meeting,
        "forms": forms,
        "agenda": items,
        "refusal": refusal,
        "seen": minutes_token(items=items),
        "has_begun": meeting.starts_at is not None and meeting.starts_at <= now,
    }
    return render(request, "meetings/meeting_minutes.html", context, status=409 if refusal else 200)


@show_or_post
def meeting_point(request: MemberRequest, slug: str, number: int, pk: int) -> HttpResponse:
    """An agreed point becomes a next step of the group or, by the Secretariat, an action item of WILD."""
    group, meeting = desk_at(request, slug, number)
    points = AgreedPoint.objects.filter(item__session=meeting).select_related(
        "item__session", "next_step", "action_item"
    )
    point, now = get_object_or_404(points, pk=pk), timezone.now()
    do, refusal, staff = request.POST.get("do", ""), None, request.user.is_staff
    if do == "action" and not staff:
        raise PermissionDenied
    step = NextStepForm(request.POST if do == "step" else None, people=invited_to(group))
    plenary = Session.objects.visible_to(request.user).plenary()
    action = ActionItemForm(request.POST if do == "action" else None, point=point, sessions=plenary)
    deed: dict[str, Any] = {"point": point, "now": now}
    try:
        if step.is_valid():
            make_next_step(**deed, **step.cleaned_data)
            messages.success(request, _("The point is a next step of the group."))
            return redirect(meeting)
        if action.is_valid():
            messages.success(request, _("The point is an action item of WILD."))
            return redirect(make_action_item(**deed, **action.cleaned_data, by=request.user))
    except Refusal as error:
        refusal = error
    context = {"group": group, "meeting": meeting, "point": point, "step": step, "refusal": refusal}
    context["action"] = action if staff else None
    return render(request, "meetings/meeting_point.html", context, status=409 if refusal else 200)
