"""What one of the Secretariat has asked for and another releases."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.requests import MemberRequest
from consultations.models import Release
from consultations.operations import Refusal, release, withdraw_release
from consultations.operations.releases import rehearse_release
from consultations.permissions import can_release
from consultations.rehearsal import Rehearsal
from meetings.rehearsing import look
from meetings.releases import in_words
from meetings.views.circulation_desk import desk_of, show_or_post


@show_or_post
def circulation_release(request: MemberRequest, slug: str, pk: int) -> HttpResponse:
    """What is asked for, by whom and whom it mails; released by another of the Secretariat, or withdrawn."""
    circulation, now = desk_of(request, slug), timezone.now()
    people = ("round", "asked_by", "released_by", "withdrawn_by")
    asked = get_object_or_404(circulation.round.releases.select_related(*people), pk=pk)
    refusal = None
    if request.method == "POST":
        try:
            if request.POST.get("do") == "withdraw":
                withdraw_release(release=asked, by=request.user, now=now)
                messages.success(request, _("It is withdrawn. Nothing was sent."))
            else:
                release(release=asked, by=request.user, now=now)
                messages.success(request, _("It is released and done. The messages are on their way."))
            return redirect(circulation)
        except Refusal as error:
            refusal = error
    (row,) = in_words([asked])
    rehearsal, obstacle = rehearsed(asked, row.is_waiting)
    context = {
        "circulation": circulation,
        "round": circulation.round,
        "row": row,
        "refusal": refusal,
        "obstacle": None if refusal else obstacle,
        "look": look(rehearsal, request.GET.get("show", "")) if rehearsal else None,
        "may_release": rehearsal is not None and can_release(request.user, asked),
        "is_own": asked.asked_by_id == request.user.pk,
    }
    return render(request, "meetings/circulation_release.html", context, status=409 if refusal else 200)


def rehearsed(asked: Release, is_waiting: bool) -> tuple[Rehearsal | None, Refusal | None]:
    """What waits, rehearsed as of now, or why it cannot be done any more."""
    if not is_waiting:
        return None, None
    try:
        return rehearse_release(release=asked, now=timezone.now()), None
    except Refusal as refusal:
        return None, refusal
