"""Circulations for members: what is asked, and what all offices said."""

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.requests import MemberRequest
from consultations.models import OfficeResponse
from consultations.permissions import can_run_rounds, can_see_answers, can_see_progress
from meetings.aftermath import aftermath_of
from meetings.compilation import compile_answers
from meetings.ledger import unanswered
from meetings.models import Circulation, ItemAnswer
from meetings.operations.circulations import obstacles_to_circulating


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
        "is_open": circulation.round.is_open_at(now),
        "can_see_answers": can_see_answers(request.user, circulation.round, now),
        "obstacles": obstacles_to_circulating(circulation, now) if is_staff and not circulation.round.opened_at else [],
        "extensions": circulation.round.extensions.visible_to(request.user).select_related("response__office"),
    }
    return render(request, "meetings/circulation_detail.html", context)


@require_safe
def circulation_compilation(request: MemberRequest, slug: str) -> HttpResponse:
    """All answers: for the Secretariat once opened, for members when the circulation says so."""
    circulation = circulation_of(request, slug)
    now = timezone.now()
    if not can_see_answers(request.user, circulation.round, now):
        raise Http404
    compilation = compile_answers(circulation)
    sees_progress = can_see_progress(request.user)
    context = {
        "circulation": circulation,
        "round": circulation.round,
        "compilation": compilation,
        "aftermath": aftermath_of(circulation, request.user, now),
        "unanswered": unanswered(compilation.missing) if sees_progress else [],
        "willingness": ItemAnswer.Willingness.choices,
        "is_open": circulation.round.is_open_at(now),
        "sees_progress": sees_progress,
    }
    return render(request, "meetings/circulation_compilation.html", context)


def circulation_of(request: MemberRequest, slug: str) -> Circulation:
    """The circulation at an address, as far as the reader may see it; raises Http404."""
    visible = Circulation.objects.visible_to(request.user).with_answer_counts()
    return get_object_or_404(
        visible.select_related("round", "session", "mandate__document", "mandate__parent"), round__slug=slug
    )
