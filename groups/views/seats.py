"""Seats of a group: who holds them until when, what happens to one, guests, and taking over a list."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.forms import Form
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from accounts.deadlines import GENEVA
from accounts.models import Office
from accounts.operations import Refusal
from accounts.requests import MemberRequest
from groups import permissions
from groups.forms import ConfirmedListForm, EndSeatForm, GuestForm, ListForm, ProlongForm, SuccessorForm, signed_rows
from groups.importing import COLUMNS, NEEDED, Row, problems_in
from groups.models import Group, Membership
from groups.operations.guests import invite_guest
from groups.operations.imports import import_seats
from groups.operations.memberships import end_seat, prolong, resign, succeed
from groups.operations.officers import appoint_vice_chair, step_down
from groups.operations.refusals import ImportRefused
from groups.seating import terms_before

show_or_post = require_http_methods(["GET", "HEAD", "POST"])


@require_safe
def group_seats(request: MemberRequest, slug: str) -> HttpResponse:
    """The seats that the reader looks after: all for who runs the group, those of the office, the own one."""
    group = get_object_or_404(Group.objects.visible_to(request.user), slug=slug)
    if not permissions.can_look_after_seats(request.user, group):
        raise Http404
    seats = list(Membership.objects.handled_by(request.user).filter(group=group).for_roster())
    context = {
        "group": group,
        "seats": [seat for seat in seats if seat.until_on is None],
        "past": sorted((s for s in seats if s.until_on), key=lambda s: s.until_on or date.min, reverse=True),
        "soon": _today() + group.rules.warned_before,
        "runs": permissions.can_run(request.user, group),
        "may_nominate": Office.objects.managed_by(request.user).exists(),
        "may_import": permissions.can_import(request.user),
    }
    return render(request, "groups/group_seats.html", context)


@show_or_post
def seat_detail(request: MemberRequest, slug: str, pk: int) -> HttpResponse:
    """One seat: its term, who held it before, and what the reader may do with it."""
    mine = Membership.objects.handled_by(request.user).select_related("group", "member__office", "member__user")
    seat = get_object_or_404(mine, group__slug=slug, pk=pk)
    action = request.POST.get("action", "")
    typed = {action: request.POST}
    forms: dict[str, Form] = {
        "succeed": SuccessorForm(typed.get("succeed"), seat=seat),
        "prolong": ProlongForm(typed.get("prolong"), seat=seat, today=_today()),
        "end": EndSeatForm(typed.get("end")),
        **{name: Form(typed.get(name)) for name in ("resign", "vice_chair", "step_down")},
    }
    status = 200
    may = _may(request, seat)
    if action in forms and not may.get(action):
        raise PermissionDenied
    if action in forms and forms[action].is_valid():
        try:
            messages.success(request, _act(request, seat, action, forms[action].cleaned_data))
        except Refusal as refusal:
            forms[action].add_error(None, refusal.message)
            status = 409
        else:
            return redirect("group_seats", slug) if action != "prolong" else redirect(seat)
    context: dict[str, Any] = {f"{name}_form": form for name, form in forms.items()}
    context |= {"seat": seat, "group": seat.group, "before": terms_before(seat), "may": may}
    return render(request, "groups/seat_detail.html", context, status=status)


def _may(request: MemberRequest, seat: Membership) -> dict[str, bool]:
    """What the reader may do with a seat, by the word of the form."""
    return {
        "resign": permissions.can_resign(request.user, seat),
        "succeed": permissions.can_pass_on(request.user, seat),
        "prolong": permissions.can_prolong(request.user, seat),
        "end": permissions.can_end(request.user, seat),
        "vice_chair": permissions.can_appoint(request.user, seat),
        "step_down": permissions.can_step_down(request.user, seat),
    }


def _act(request: MemberRequest, seat: Membership, action: str, typed: dict[str, Any]) -> str:
    """Does what the button says; returns the sentence about it."""
    who: dict[str, Any] = {"seat": seat, "by": request.user, "now": timezone.now()}
    if action == "succeed":
        return _("%(name)s has the seat now.") % {"name": succeed(to=typed["to"], **who).member.name}
    if action == "prolong":
        prolong(until=typed["until"], **who)
        return _("The mandate is prolonged.")
    if action == "end":
        end_seat(reason=typed["reason"], **who)
        return _("The seat has ended. The person and the office are told why.")
    if action == "resign":
        resign(**who)
        return _("The seat is given up.")
    if action == "vice_chair":
        return _("%(name)s is Vice-Chair now.") % {"name": appoint_vice_chair(**who).member.name}
    return _("%(name)s is a member of the group again.") % {"name": step_down(**who).member.name}


@show_or_post
def group_invite_guest(request: MemberRequest, slug: str) -> HttpResponse:
    """An industry specialist is invited, where the kind of group has guests."""
    group = _run_by(request, slug)
    if not group.rules.has_guests:
        raise Http404
    form = GuestForm(request.POST or None, initial={"language": request.LANGUAGE_CODE})
    if request.method == "POST" and form.is_valid():
        try:
            seat = invite_guest(group=group, person=form.person(), by=request.user, now=timezone.now())
        except Refusal as refusal:
            form.add_error("email", refusal.message)
        else:
            messages.success(request, _("%(name)s is invited as a guest.") % {"name": seat.member.name})
            return redirect("group_seats", slug)
    return render(request, "groups/group_invite_guest.html", {"group": group, "form": form})


@show_or_post
def group_import(request: MemberRequest, slug: str) -> HttpResponse:
    """A list of members: first what each row would do, then all of them at once."""
    group = _run_by(request, slug)
    if not permissions.can_import(request.user):
        raise PermissionDenied
    confirmed = ConfirmedListForm(request.POST if "signed" in request.POST else None)
    form = ListForm(request.POST or None, request.FILES or None) if "signed" not in request.POST else ListForm()
    context: dict[str, Any] = {"group": group, "form": form, "needed": NEEDED, "columns": COLUMNS}
    if confirmed.is_bound and not confirmed.is_valid():
        context["refusal"] = confirmed.errors["signed"][0]
    elif confirmed.is_bound:
        return _take_over(request, context, confirmed.cleaned_data["signed"])
    elif form.is_bound and form.is_valid():
        rows = form.cleaned_data["rows"]
        context |= {"rows": rows, "problems": problems_in(group, rows, _today()), "signed": signed_rows(rows)}
    return render(request, "groups/group_import.html", context, status=409 if "refusal" in context else 200)


def _take_over(request: MemberRequest, context: dict[str, Any], rows: list[Row]) -> HttpResponse:
    """The confirmed rows are stored, or what stands against them by now is shown."""
    group = context["group"]
    try:
        count = import_seats(group=group, rows=rows, by=request.user, now=timezone.now())
    except ImportRefused as refusal:
        context |= {"rows": rows, "problems": refusal.problems, "refusal": refusal.message}
        return render(request, "groups/group_import.html", context, status=409)
    text = ngettext("%(count)s person has a seat now.", "%(count)s people have a seat now.", count)
    messages.success(request, text % {"count": count})
    return redirect("group_seats", group.slug)


def _run_by(request: MemberRequest, slug: str) -> Group:
    """A group the reader sees inside and runs: 404 where it is closed to them, 403 where they only sit in it."""
    group = get_object_or_404(Group.objects.open_inside_to(request.user), slug=slug)
    if not permissions.can_run(request.user, group):
        raise PermissionDenied
    return group


def _today() -> date:
    """The Geneva day."""
    return timezone.now().astimezone(GENEVA).date()
