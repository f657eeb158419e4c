"""The Secretariat's desk of a circulation: how far each office has come, and acts that concern one of them."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.models import Office
from accounts.requests import MemberRequest
from consultations.lateness import correction_ends
from consultations.models import OfficeResponse
from consultations.operations import Refusal, add_addressee, reopen_response
from consultations.permissions import can_run_rounds
from consultations.schedule import recipients
from meetings.desk import State, desk_overview
from meetings.forms.circulation_offices import AddOfficeForm, LetterForms, ReopenForm
from meetings.models import Circulation, ItemAnswer
from meetings.operations.on_behalf import enter_circulation_answer
from meetings.releases import waiting_for
from meetings.views.circulation_desk import desk_of, show_or_post
from meetings.views.circulations import circulation_of, circulation_page


@require_safe
def circulation_desk(request: MemberRequest, slug: str) -> HttpResponse:
    """How far every office has come, in total and by region and kind, and what can be done about each."""
    circulation, now = desk_of(request, slug), timezone.now()
    context = {
        "desk": desk_overview(circulation.round, request.GET, now),
        "states": State.choices,
        "is_running": is_running(circulation),
        "waiting": waiting_for(circulation.round),
    }
    return circulation_page(request, "circulation_desk", circulation, context)


@show_or_post
def circulation_reopen(request: MemberRequest, slug: str, office: str) -> HttpResponse:
    """Gives one office more time, with a reason."""
    circulation, response = response_at(request, slug, office)
    now, data = timezone.now(), request.POST if request.method == "POST" else None
    form, refusal = ReopenForm(data, closes_at=response.closes_at, now=now), None
    if form.is_valid():
        closes_at, reason = form.cleaned_data["closes_on"], form.cleaned_data["reason"]
        try:
            reopen_response(response=response, closes_at=closes_at, reason=reason, by=request.user, now=now)
        except Refusal as error:
            refusal = error
        else:
            messages.success(request, _("The office has more time. Those who speak for it are told the reason."))
            return redirect("circulation_desk", slug)
    context = {"form": form, "refusal": refusal} | _about(circulation, response)
    return circulation_page(request, "circulation_reopen", circulation, context, status=409 if refusal else 200)


@show_or_post
def circulation_add_office(request: MemberRequest, slug: str) -> HttpResponse:
    """Asks one more office after the opening."""
    circulation, now = desk_of(request, slug), timezone.now()
    data = request.POST if request.method == "POST" else None
    form, refusal = AddOfficeForm(data, round=circulation.round, now=now), None
    if form.is_valid():
        office, closes_at = form.cleaned_data["office"], form.cleaned_data["closes_on"]
        try:
            add_addressee(round=circulation.round, office=office, closes_at=closes_at, by=request.user, now=now)
        except Refusal as error:
            refusal = error
        else:
            messages.success(request, _("The office is asked. Its opening notices are on their way."))
            return redirect("circulation_desk", slug)
    context = {"form": form, "refusal": refusal, "is_running": is_running(circulation)}
    return circulation_page(request, "circulation_add_office", circulation, context, status=409 if refusal else 200)


@show_or_post
def circulation_on_behalf(request: MemberRequest, slug: str, office: str) -> HttpResponse:
    """Enters what an office said by e-mail or letter, item by item, with the file."""
    circulation, response = response_at(request, slug, office)
    forms, refusal = _letter_forms(request, circulation, response), None
    if forms.is_valid(request.user, now := timezone.now()):
        given = {"letter": forms.letter.letter(), "seen_number": forms.letter.cleaned_data["seen_number"]}
        try:
            enter_circulation_answer(response=response, values=forms.values(), by=request.user, now=now, **given)
        except Refusal as error:
            refusal, (circulation, response) = error, response_at(request, slug, office)
        else:
            messages.success(
                request, _("The answer is entered. Those who speak for the office are told, and can correct it.")
            )
            return redirect("circulation_desk", slug)
    context = {
        "forms": forms,
        "refusal": refusal,
        "willingness": ItemAnswer.Willingness.choices,
        "corrected_until": max(response.closes_at, correction_ends(now)),
    } | _about(circulation, response)
    return circulation_page(request, "circulation_on_behalf", circulation, context, status=409 if refusal else 200)


def is_running(circulation: Circulation) -> bool:
    """True from the opening until the answers are published: so long something can be done for one office."""
    return circulation.round.opened_at is not None and circulation.round.published_at is None


def response_at(request: MemberRequest, slug: str, office: str) -> tuple[Circulation, OfficeResponse]:
    """The answer of an office (by its code), for the Secretariat.

    Raises Http404, and PermissionDenied for the office itself: others do not learn whether it was asked.
    """
    circulation = circulation_of(request, slug)
    responses = circulation.round.responses.filter(office__in=Office.objects.coded(office))
    if not can_run_rounds(request.user):
        if responses.visible_to(request.user).exists():
            raise PermissionDenied
        raise Http404
    response = get_object_or_404(responses.with_latest())
    response.round = circulation.round
    return circulation, response


def _letter_forms(request: MemberRequest, circulation: Circulation, response: OfficeResponse) -> LetterForms:
    is_sent, now = request.method == "POST", timezone.now()
    return LetterForms(
        list(circulation.items.order_by("order")),
        request.POST if is_sent else None,
        request.FILES if is_sent else None,
        opened_at=response.round.opened_at or now,
        now=now,
    )


def _about(circulation: Circulation, response: OfficeResponse) -> dict[str, Any]:
    """What the pages about one office say of it: who hears of it at once, and whether anything can be done."""
    return {
        "response": response,
        "office": response.office,
        "told": recipients([response.office_id]).get(response.office_id, []),
        "is_running": is_running(circulation),
    }
