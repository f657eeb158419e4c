"""The Secretariat's pages of a circulation: open, extend, close, nudge, publish, and who gets which mail when."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import resolve
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.requests import MemberRequest
from consultations.models import Release
from consultations.operations import Refusal, ask_release, publish_round
from consultations.operations.releases import do, needs_second_person, rehearse
from consultations.permissions import can_run_rounds
from consultations.rehearsal import rehearse_schedule
from consultations.schedule import may_be_nudged
from meetings.forms.circulation_desk import ActForm, ExtendForm, NudgeForm, ReasonForm
from meetings.ledger import gone
from meetings.models import Circulation
from meetings.operations.circulations import obstacles_to_circulating
from meetings.rehearsing import look, rank
from meetings.releases import in_words, releases_of
from meetings.views.circulations import circulation_of, circulation_page

Act = Release.Act
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
    if not circulation.round.opened_at:
        obstacles_to_circulating(circulation, now)  # the items become the parts that the mails list
    context = {
        "look": look(rehearse_schedule(circulation.round, now), request.GET.get("show", "")),
        "gone": gone(circulation.round),
        "releases": releases_of(circulation.round),
    }
    return circulation_page(request, "circulation_reminders", circulation, context)


@show_or_post
def circulation_open(request: MemberRequest, slug: str) -> HttpResponse:
    """Opens it, after showing what is missing and exactly who gets which mail."""
    done = _("The circulation is open. The opening notices are on their way.")
    return act_page(request, desk_of(request, slug), Act.OPEN, ActForm(request.POST), done)


@show_or_post
def circulation_extend(request: MemberRequest, slug: str) -> HttpResponse:
    """Moves the deadline later, with a reason."""
    circulation = desk_of(request, slug)
    form = ExtendForm(request.POST or None, closes_at=circulation.round.closes_at, now=timezone.now())
    done = _("The deadline is moved. Every addressed office is told the reason.")
    return act_page(request, circulation, Act.EXTEND, form, done)


@show_or_post
def circulation_close(request: MemberRequest, slug: str) -> HttpResponse:
    """Closes it before its time, with a reason."""
    done = _("The circulation is closed. Every addressed office is told the reason.")
    return act_page(request, desk_of(request, slug), Act.CLOSE, ReasonForm(request.POST or None), done)


@show_or_post
def circulation_nudge(request: MemberRequest, slug: str) -> HttpResponse:
    """Reminds chosen offices that owe an answer, each once."""
    circulation = desk_of(request, slug)
    owing = sorted(may_be_nudged(circulation.round, timezone.now()), key=rank)
    form = NudgeForm(request.POST or None, owing=owing, initial={"offices": request.GET.getlist("office")})
    return act_page(request, circulation, Act.NUDGE, form, _("The reminders are on their way."))


def act_page(request: MemberRequest, circulation: Circulation, act: Act, form: ActForm, done: str) -> HttpResponse:
    """An act on a circulation: shown, rehearsed, and then done (`done` says so) or asked for.

    A refusal leaves everything as it was. The template has the name of the address.
    """
    wanted, rehearsal, refusal = request.POST.get("do", ""), None, None
    if form.is_valid():
        deed: dict[str, Any] = {"round": circulation.round, "act": act, "arguments": form.arguments()}
        deed |= {"by": request.user, "now": timezone.now()}
        try:
            rehearsal = rehearse(**deed)
            if wanted == "now":
                do(**deed)
                messages.success(request, done)
                return redirect(circulation)
            if wanted == "ask":
                asked = ask_release(**deed)
                messages.success(request, _("Your colleagues are told. Nothing is sent until one of them releases it."))
                return redirect("circulation_release", circulation.round.slug, asked.pk)
        except Refusal as error:
            refusal, circulation = error, desk_of(request, circulation.round.slug)
    context = {
        "form": form,
        "refusal": refusal,
        "carried": [(name, value) for name in form.fields for value in request.POST.getlist(name)],
        "look": look(rehearsal, (request.POST or request.GET).get("show", "")) if rehearsal else None,
        "is_for_two": rehearsal is not None and needs_second_person(rehearsal.recipients),
        "waiting": in_words(circulation.round.releases.waiting().filter(act=act).select_related("asked_by")),
        "is_open": circulation.round.is_open_at(timezone.now()),
    }
    status = 409 if refusal and request.method == "POST" else 200
    return circulation_page(request, str(resolve(request.path_info).url_name), circulation, context, status=status)


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
    return circulation_page(request, "circulation_publish", circulation, context, status=409 if refusal else 200)
