"""Circulations for members: which there are, and what each asks."""

from collections.abc import Mapping
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.requests import MemberRequest
from consultations.models import OfficeResponse
from consultations.permissions import can_run_rounds, can_see_answers
from meetings.models import Circulation
from meetings.operations.circulations import obstacles_to_circulating
from meetings.releases import waiting_for


@require_safe
def circulation_list(request: MemberRequest) -> HttpResponse:
    """Every circulation the reader may see, the one that closes last first."""
    if not request.user.is_staff and not any(member.office_id for member in request.members):
        raise Http404
    circulations = Circulation.objects.visible_to(request.user).for_list().with_answer_counts()
    context = {
        "circulations": circulations,
        "own": list(OfficeResponse.objects.visible_to(request.user).with_latest()),
        "is_staff": can_run_rounds(request.user),
    }
    return render(request, "meetings/circulation_list.html", context)


@require_safe
def circulation_detail(request: MemberRequest, slug: str) -> HttpResponse:
    """What is asked, of whom and until when; the way to the own answer; the desk of the Secretariat."""
    circulation = circulation_of(request, slug)
    now = timezone.now()
    is_staff = can_run_rounds(request.user)
    own = list(OfficeResponse.objects.visible_to(request.user).filter(round=circulation.round).with_latest())
    context = {
        "circulation": circulation,
        "round": circulation.round,
        "items": circulation.items.select_related("action_item"),
        "own": own,
        "answerable": {response.pk for response in own if response.is_open_at(now)},
        "is_staff": is_staff,
        "waiting": waiting_for(circulation.round) if is_staff else [],
        "is_open": circulation.round.is_open_at(now),
        "can_see_answers": can_see_answers(request.user, circulation.round, now),
        "obstacles": obstacles_to_circulating(circulation, now) if is_staff and not circulation.round.opened_at else [],
        "extensions": circulation.round.extensions.visible_to(request.user).select_related("response__office"),
    }
    return render(request, "meetings/circulation_detail.html", context)


def circulation_of(request: MemberRequest, slug: str) -> Circulation:
    """The circulation at an address, as far as the reader may see it; raises Http404."""
    visible = Circulation.objects.visible_to(request.user).with_answer_counts()
    return get_object_or_404(
        visible.select_related("round", "session", "mandate__document", "mandate__parent"), round__slug=slug
    )


def circulation_page(
    request: MemberRequest, name: str, circulation: Circulation, context: Mapping[str, Any], status: int = 200
) -> HttpResponse:
    """A page about a circulation: the template `name` with `circulation`, `round` and the context."""
    shared = {"circulation": circulation, "round": circulation.round}
    return render(request, f"meetings/{name}.html", {**shared, **context}, status=status)
