"""Decisions by silence procedure: what is put to a group, how one objects, and the Secretariat's acts."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Exists, OuterRef
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.models import Office
from accounts.operations.refusals import Refusal
from accounts.requests import MemberRequest
from consultations.names import names_of
from groups.models import Group
from meetings.emails_silence import notice_message
from meetings.forms.silence import LaterForm, ObjectionForm, ProposalForm, ReasonForm
from meetings.models import Objection, SilenceProcedure
from meetings.operations.silence import (
    break_silence,
    change_silence,
    confirm_change,
    drop_change,
    prepare_silence,
    release_silence,
)
from meetings.permissions import can_release_silence, can_run_silence, reads_reasons
from meetings.silence import Phase, offices_spoken_for, phase_of, sitting, standing_of

PEOPLE = ("prepared_by", "released_by", "asked_by")
show_or_post = require_http_methods(["GET", "HEAD", "POST"])


def group_of(request: MemberRequest, slug: str) -> Group:
    """The group at an address, for those who read inside it; raises Http404."""
    return get_object_or_404(Group.objects.open_inside_to(request.user), slug=slug)


def procedure_of(request: MemberRequest, slug: str, pk: int) -> SilenceProcedure:
    """The procedure at an address, for those who may see it; raises Http404."""
    visible = SilenceProcedure.objects.visible_to(request.user).filter(group__slug=slug)
    return get_object_or_404(visible.select_related("group", "candidate__office", "document", *PEOPLE), pk=pk)


def require_secretariat(request: MemberRequest) -> None:
    """Raises PermissionDenied for all others, before anything is looked up: a refusal tells nothing."""
    if not can_run_silence(request.user):
        raise PermissionDenied


@require_safe
def silence_list(request: MemberRequest, slug: str) -> HttpResponse:
    """What was put to the group, the newest first."""
    group, now = group_of(request, slug), timezone.now()
    objections = Objection.objects.filter(procedure=OuterRef("pk"))
    found = SilenceProcedure.objects.visible_to(request.user).filter(group=group).annotate(is_broken=Exists(objections))
    rows = [(each, phase_of(each, now, is_broken=each.is_broken)) for each in found.select_related("group")]
    context = {"group": group, "rows": rows, "may_prepare": can_run_silence(request.user)}
    return render(request, "meetings/silence_list.html", context)


@show_or_post
def silence_new(request: MemberRequest, slug: str) -> HttpResponse:
    """The Secretariat prepares a procedure; `from` names one whose words are taken over."""
    require_secretariat(request)
    group, now = group_of(request, slug), timezone.now()
    form = ProposalForm(request.POST or None, group=group, now=now, initial=_words_of(request, group))
    if form.is_valid():
        try:
            procedure = prepare_silence(group=group, proposal=form.proposal(), by=request.user, now=now)
        except Refusal as refusal:
            form.add_error(None, refusal.message)
        else:
            messages.success(request, _("It is prepared. Your colleagues are told: one of them opens it."))
            return redirect(procedure)
    return render(request, "meetings/silence_new.html", {"group": group, "form": form})


def _words_of(request: MemberRequest, group: Group) -> dict[str, Any]:
    number = request.GET.get("from", "")
    if not (number.isascii() and number.isdecimal() and len(number) < 10):
        return {}
    former = SilenceProcedure.objects.visible_to(request.user).filter(group=group, pk=int(number)).first()
    names = ("subject", "candidate", "document", "title", "text")
    return {name: getattr(former, name) for name in names} if former else {}


@require_safe
def silence_detail(request: MemberRequest, slug: str, pk: int) -> HttpResponse:
    """What is proposed, until when, and how offices stand; afterwards the record."""
    procedure, now = procedure_of(request, slug, pk), timezone.now()
    return render(request, "meetings/silence_detail.html", _context(request, procedure, now))


def _context(request: MemberRequest, procedure: SilenceProcedure, now: Any) -> dict[str, Any]:
    """What every page of a procedure shows."""
    objections = list(procedure.objections.select_related("office", "objected_by"))
    spoken_for = {office.code for office in offices_spoken_for(request.user, procedure.group)}
    phase = phase_of(procedure, now, is_broken=bool(objections))
    own = [objection for objection in objections if objection.office_id in spoken_for]
    reads = reads_reasons(request.user, procedure.group)
    people = [procedure.prepared_by, procedure.released_by] if request.user.is_staff else []
    return {
        "group": procedure.group,
        "procedure": procedure,
        "phase": phase,
        "is_open": phase in {Phase.OPEN, Phase.BROKEN},
        "standing": standing_of(procedure) if procedure.released_at else None,
        "own": own,
        "may_object": phase in {Phase.OPEN, Phase.BROKEN} and len(own) < len(spoken_for),
        "objections": objections if reads else [],
        "reads_reasons": reads,
        "is_secretariat": can_run_silence(request.user),
        "may_release": can_release_silence(request.user, procedure),
        "names": names_of(people),
    }


@show_or_post
def silence_release(request: MemberRequest, slug: str, pk: int) -> HttpResponse:
    """Who gets which notice, and the second person's button."""
    require_secretariat(request)
    procedure, now, refusal = procedure_of(request, slug, pk), timezone.now(), None
    if request.method == "POST":
        try:
            release_silence(procedure=procedure, by=request.user, now=now)
        except Refusal as error:
            refusal = error
        else:
            messages.success(request, _("It is open. The notices are on their way."))
            return redirect(procedure)
    seats = sitting(procedure.group)
    notice = notice_message(procedure, seats[0]) if seats else None
    shown = {"refusal": refusal, "seats": seats, "notice": notice}
    context = _context(request, procedure, now) | shown
    return render(request, "meetings/silence_release.html", context, status=409 if refusal else 200)


@show_or_post
def silence_object(request: MemberRequest, slug: str, pk: int) -> HttpResponse:
    """An office objects in two steps: write the reason, read it again and confirm."""
    procedure, now, refusal = procedure_of(request, slug, pk), timezone.now(), None
    offices = offices_spoken_for(request.user, procedure.group)
    if not offices:
        raise PermissionDenied
    form = ObjectionForm(request.POST or None, offices=offices)
    is_read = form.is_valid() and request.POST.get("do") in {"review", "confirm"}
    if is_read and request.POST.get("do") == "confirm":
        try:
            _object(request, procedure, form.cleaned_data, now)
        except Refusal as error:
            refusal = error
        else:
            messages.success(request, _("Your objection is recorded. The Secretariat and the Chair read its reason."))
            return redirect(procedure)
    shown = {"form": form, "refusal": refusal, "is_read": is_read and not refusal, "offices": offices}
    context = _context(request, procedure, now) | shown
    return render(request, "meetings/silence_object.html", context, status=409 if refusal else 200)


def _object(request: MemberRequest, procedure: SilenceProcedure, said: dict[str, Any], now: Any) -> None:
    office: Office = said["office"]
    break_silence(procedure=procedure, office=office, reason=said["reason"], by=request.user, now=now)


@show_or_post
def silence_extend(request: MemberRequest, slug: str, pk: int) -> HttpResponse:
    """Moves the closing instant later, or asks a colleague to where that mails many."""
    require_secretariat(request)
    form = LaterForm(request.POST or None, now=timezone.now())
    return _change_page(request, procedure_of(request, slug, pk), "silence_extend", form)


@show_or_post
def silence_withdraw(request: MemberRequest, slug: str, pk: int) -> HttpResponse:
    """Ends a procedure without result, or asks a colleague to where that mails many."""
    require_secretariat(request)
    return _change_page(request, procedure_of(request, slug, pk), "silence_withdraw", ReasonForm(request.POST or None))


def _change_page(
    request: MemberRequest, procedure: SilenceProcedure, name: str, form: LaterForm | ReasonForm
) -> HttpResponse:
    """A form for a change and what became of it; a refusal keeps what was typed."""
    refusal, now = None, timezone.now()
    if form.is_valid():
        try:
            procedure = change_silence(procedure=procedure, change=form.change(), by=request.user, now=now)
        except Refusal as error:
            refusal = error
        else:
            asked = _("Your colleagues are told. Nothing changes until one of them confirms it.")
            messages.success(request, asked if procedure.asked_at else _("It is done. Every sitting member is told."))
            return redirect(procedure)
    context = _context(request, procedure, now) | {"form": form, "refusal": refusal}
    return render(request, f"meetings/{name}.html", context, status=409 if refusal else 200)


@show_or_post
def silence_confirm(request: MemberRequest, slug: str, pk: int) -> HttpResponse:
    """A change that one of the Secretariat has asked for: confirmed by another, or taken back."""
    require_secretariat(request)
    procedure, now, refusal = procedure_of(request, slug, pk), timezone.now(), None
    if request.method == "POST":
        act = drop_change if request.POST.get("do") == "drop" else confirm_change
        try:
            act(procedure=procedure, by=request.user, now=now)
        except Refusal as error:
            refusal = error
        else:
            messages.success(request, _("It is taken back.") if act is drop_change else _("It is done."))
            return redirect(procedure)
    shown = {"refusal": refusal, "seats": sitting(procedure.group), "asked_by": names_of([procedure.asked_by])}
    context = _context(request, procedure, now) | shown
    return render(request, "meetings/silence_confirm.html", context, status=409 if refusal else 200)
