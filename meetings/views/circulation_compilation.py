"""What all offices said: the page, and the same as a file for the Secretariat."""

from __future__ import annotations

from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.requests import MemberRequest
from consultations.models import Annex
from consultations.permissions import are_answers_open, can_run_rounds, can_see_progress
from meetings.aftermath import aftermath_of
from meetings.compilation import Compilation, compile_answers
from meetings.convergence import map_of
from meetings.exports import WRITERS, About, file_of
from meetings.ledger import unanswered
from meetings.models import ItemAnswer
from meetings.narrowing import Choice, links
from meetings.views.circulations import circulation_of

# A file is never run in the name of the portal, whatever a reader does with it.
POLICY = "default-src 'none'; sandbox; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"


def compilation_of(request: MemberRequest, slug: str, now: datetime) -> Compilation:
    """What the reader may see of all answers to a circulation, narrowed as the address says; raises Http404."""
    circulation = circulation_of(request, slug)
    round = circulation.round
    if not are_answers_open(request.user, round, now):
        raise Http404
    sees_progress = can_see_progress(request.user)
    compilation = compile_answers(
        circulation,
        annexes=Annex.objects.visible_to(request.user, now),
        in_detail=sees_progress and round.is_open_at(now),
        with_drafts=sees_progress,
    )
    return compilation.narrowed(Choice.of(request.GET.dict()))


@require_safe
def circulation_compilation(request: MemberRequest, slug: str) -> HttpResponse:
    """All answers: for the Secretariat once opened, for members when the circulation says so."""
    now = timezone.now()
    compilation = compilation_of(request, slug, now)
    sees_progress = can_see_progress(request.user)
    round = compilation.circulation.round
    context = {
        "circulation": compilation.circulation,
        "round": round,
        "compilation": compilation,
        "aftermath": aftermath_of(compilation.circulation, request.user, now, authors=compilation.authors),
        "map": map_of(compilation.tallies),
        "filters": links(compilation.choice, (row.office for row in compilation.every_office)),
        "unanswered": unanswered(compilation.missing) if sees_progress else [],
        "willingness": ItemAnswer.Willingness.choices,
        "is_open": round.is_open_at(now),
        "sees_progress": sees_progress,
        "can_export": can_run_rounds(request.user),
    }
    return render(request, "meetings/circulation_compilation.html", context)


@require_safe
def circulation_export(request: MemberRequest, slug: str, format: str) -> HttpResponse:
    """The same as a file, in the reader's language: for the Secretariat; members read the page."""
    now = timezone.now()
    compilation = compilation_of(request, slug, now)
    if format not in WRITERS:
        raise Http404
    if not can_run_rounds(request.user):
        raise PermissionDenied
    aftermath = aftermath_of(compilation.circulation, request.user, now, authors=compilation.authors)
    file = file_of(About(compilation, now, request.build_absolute_uri(request.path), aftermath), format)
    headers = {"Content-Disposition": file.disposition, "Content-Security-Policy": POLICY}
    return HttpResponse(file.content, content_type=file.content_type, headers=headers)
