"""Working on one answer together: who is where, signing off, asking colleagues. Others than the office get 404."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from accounts.requests import MemberRequest
from consultations.drafts import draft_of
from consultations.operations import Refusal, RoundClosed, ask_to_read, sign_off
from consultations.presence import leave, note
from meetings.forms.circulations import AskForm, SignOffForm
from meetings.views.circulation_answers import place_of, refused, state_of_draft


@require_POST
def circulation_presence(request: MemberRequest, slug: str) -> HttpResponse:
    """Where somebody is on the answer page, for autosave.js; answers with the draft and the colleagues who are there.

    `part` is the key of the item, or empty; with `left` somebody has gone, and nothing is answered.
    """
    place, now = place_of(request, slug), timezone.now()
    if "left" in request.POST:
        leave(place.response, request.user)
        return HttpResponse(status=204)
    if not place.response.is_open_at(now):
        return JsonResponse({"state": "closed", "message": RoundClosed(place.response.closes_at).message}, status=409)
    is_kept = note(place.response, request.user, request.POST.get("part", ""))
    return state_of_draft(request, place, draft_of(place.response), now, asks_who_is_there=is_kept)


@require_POST
def circulation_sign_off(request: MemberRequest, slug: str) -> HttpResponse:
    """A member of the office has read the draft that the review showed, and agrees."""
    place, form = place_of(request, slug), SignOffForm(request.POST)
    seen = form.cleaned_data["seen_draft"] if form.is_valid() else "unreadable"
    try:
        sign_off(response=place.response, seen_draft=seen, by=request.user, now=timezone.now())
    except Refusal as refusal:
        return refused(request, place, refusal)
    return redirect(place.url("circulation_review"))


@require_POST
def circulation_ask(request: MemberRequest, slug: str) -> HttpResponse:
    """Asks the chosen colleagues by one mail each to read the draft."""
    place = place_of(request, slug)
    form = AskForm(place.colleagues(request.user), request.POST)
    chosen = list(form.cleaned_data["colleagues"]) if form.is_valid() else []
    path = place.url("circulation_review")
    try:
        count = ask_to_read(response=place.response, colleagues=chosen, path=path, by=request.user, now=timezone.now())
    except Refusal as refusal:
        return refused(request, place, refusal)
    messages.success(request, _asked(count))
    return redirect(path)


def _asked(count: int) -> str:
    if not count:
        return _("They were asked to read this draft before; nothing was sent.")
    return ngettext("%(count)s colleague is asked by mail.", "%(count)s colleagues are asked by mail.", count) % {
        "count": count
    }
