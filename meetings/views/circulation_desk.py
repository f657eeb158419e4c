"""The Secretariat's pages of a circulation: open, extend, close, publish, and who gets which mail when."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.requests import MemberRequest
from consultations.operations import Refusal, close_round, extend_round, publish_round
from consultations.permissions import can_run_rounds
from consultations.schedule import asked_in, recipients, without_recipient
from meetings.forms.circulation_desk import ExtendForm, ReasonForm
from meetings.ledger import coming, gone
from meetings.models import Circulation
from meetings.operations.circulations import obstacles_to_circulating, open_circulation
from meetings.views.circulations import circulation_of

show_or_post = require_http_methods(["GET", "HEAD", "POST"])


def desk_of(request: MemberRequest, slug: str) -> Circulation:
    """The circulation at an address, for the Secretariat; raises Http404 or PermissionDenied."""
    circulation = circulation_of(request, slug)
    if not can_run_rounds(request.user):
        raise PermissionDenied
    return circulation


@require_safe
def circulation_reminders(request: MemberRequest, slug: str) -> HttpResponse:
    """What will go out, to whom and when, and what went."""
    circulation, now = desk_of(request, slug), timezone.now()
    context = {
        "coming": coming(circulation.round, now),
        "gone": gone(circulation.round),
        "unreachable": without_recipient(circulation.round),
    }
    return _page(request, "circulation_reminders", circulation, context)


@show_or_post
def circulation_open(request: MemberRequest, slug: str) -> HttpResponse:
    """Opens it, after showing what is missing and exactly who gets which mail."""
    circulation, now = desk_of(request, slug), timezone.now()
    refusal = None
    if request.method == "POST":
        try:
            open_circulation(circulation=circulation, by=request.user, now=now)
        except Refusal as error:
            refusal, circulation = error, desk_of(request, slug)
        else:
            messages.success(request, _("The circulation is open. The opening notices are on their way."))
            return redirect(circulation)
    context = {
        "obstacles": obstacles_to_circulating(circulation, now),
        "coming": coming(circulation.round, now) if circulation.round.opened_at is None else [],
        "unreachable": without_recipient(circulation.round),
        "refusal": refusal,
    }
    return _page(request, "circulation_open", circulation, context, status=409 if refusal else 200)


@show_or_post
def circulation_extend(request: MemberRequest, slug: str) -> HttpResponse:
    """Moves the deadline later, with a reason."""
    circulation, now = desk_of(request, slug), timezone.now()
    form = ExtendForm(request.POST or None, closes_at=circulation.round.closes_at, now=now)
    if request.method == "POST" and form.is_valid():
        closes_at, reason = form.cleaned_data["closes_on"], form.cleaned_data["reason"]
        try:
            extend_round(round=circulation.round, closes_at=closes_at, reason=reason, by=request.user, now=now)
        except Refusal as refusal:
            form.add_error(None, refusal.message)
        else:
            messages.success(request, _("The deadline is moved. Every addressed office is told the reason."))
            return redirect(circulation)
    return _page(request, "circulation_extend", circulation, {"form": form, "told": _told(circulation)})


@show_or_post
def circulation_close(request: MemberRequest, slug: str) -> HttpResponse:
    """Closes it before its time, with a reason."""
    circulation, now = desk_of(request, slug), timezone.now()
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            close_round(round=circulation.round, reason=form.cleaned_data["reason"], by=request.user, now=now)
        except Refusal as refusal:
            form.add_error(None, refusal.message)
        else:
            messages.success(request, _("The circulation is closed. Every addressed office is told the reason."))
            return redirect(circulation)
    context = {"form": form, "told": _told(circulation), "is_open": circulation.round.is_open_at(now)}
    return _page(request, "circulation_close", circulation, context)


@show_or_post
def circulation_publish(request: MemberRequest, slug: str) -> HttpResponse:
    """Shows the compilation to all members."""
    circulation, now = desk_of(request, slug), timezone.now()
    refusal = None
    if request.method == "POST":
        try:
            publish_round(round=circulation.round, by=request.user, now=now)
        except Refusal as error:
            refusal = error
        else:
            messages.success(request, _("The compilation is published: all members can read it."))
            return redirect("circulation_compilation", circulation.round.slug)
    context = {"refusal": refusal, "is_open": circulation.round.is_open_at(now)}
    return _page(request, "circulation_publish", circulation, context, status=409 if refusal else 200)


def _told(circulation: Circulation) -> list[dict[str, Any]]:
    """Who hears of a moved deadline at once: every addressed office, answered or not."""
    asked = asked_in(circulation.round)
    members = recipients([each.response.office_id for each in asked])
    return [
        {"office": each.response.office, "member": member, "is_answered": each.is_answered}
        for each in asked
        for member in members.get(each.response.office_id, ())
    ]


def _page(
    request: MemberRequest, name: str, circulation: Circulation, context: Mapping[str, Any], status: int = 200
) -> HttpResponse:
    shared = {"circulation": circulation, "round": circulation.round}
    return render(request, f"meetings/{name}.html", {**shared, **context}, status=status)
