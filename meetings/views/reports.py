"""Reports of a group to the plenary: drafted and edited by its Chair and the Secretariat, approved, presented."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.operations.refusals import Refusal
from accounts.requests import MemberRequest
from consultations.names import names_of
from groups.permissions import can_run
from meetings.forms.reports import PresentForm, ReportSessionForm, ReportTextForm, SeenForm
from meetings.models import GroupReport, Session
from meetings.operations.reports import (
    ReportChanged,
    ReportExists,
    approve_report,
    draft_report,
    edit_report,
    present_report,
)
from meetings.permissions import can_approve_report, can_present_report, can_write_report
from meetings.report_text import paragraphs_of
from meetings.views.silence import group_of, show_or_post


def report_of(request: MemberRequest, slug: str, pk: int) -> GroupReport:
    """The report at an address, for those who may see it; raises Http404."""
    visible = GroupReport.objects.visible_to(request.user).filter(group__slug=slug)
    return get_object_or_404(visible.select_related("group", "session", "document"), pk=pk)


@require_safe
def report_list(request: MemberRequest, slug: str) -> HttpResponse:
    """The reports of a group, the newest first."""
    group = group_of(request, slug)
    found = GroupReport.objects.visible_to(request.user).filter(group=group)
    reports = found.select_related("group", "session", "document")
    context = {"group": group, "reports": reports, "may_write": can_run(request.user, group)}
    return render(request, "meetings/report_list.html", context)


@show_or_post
def report_new(request: MemberRequest, slug: str) -> HttpResponse:
    """Drafts a report from the record of the group; where there is one already, leads to it."""
    group = group_of(request, slug)
    if not can_run(request.user, group):
        raise PermissionDenied
    form = ReportSessionForm(request.POST or None, sessions=Session.objects.visible_to(request.user).plenary())
    if form.is_valid():
        session = form.cleaned_data["session"]
        try:
            report = draft_report(group=group, session=session, by=request.user, now=timezone.now())
        except ReportExists as refusal:
            messages.info(request, refusal.message)
            return redirect(refusal.report)
        messages.success(request, _("The draft is made from the record of the group. Read it and complete it."))
        return redirect("report_edit", group.slug, report.pk)
    return render(request, "meetings/report_new.html", {"group": group, "form": form})


@require_safe
def report_detail(request: MemberRequest, slug: str, pk: int) -> HttpResponse:
    """The text, who approved it, and what comes next."""
    return _detail(request, report_of(request, slug, pk))


def _detail(request: MemberRequest, report: GroupReport, refusal: Refusal | None = None) -> HttpResponse:
    people = [report.drafted_by, report.approved_by, report.presented_by]
    context = {
        "group": report.group,
        "report": report,
        "paragraphs": paragraphs_of(report.text),
        "names": names_of(people),
        "may_write": can_write_report(request.user, report),
        "may_approve": report.approved_at is None and can_approve_report(request.user, report.group),
        "may_present": report.presented_at is None and can_present_report(request.user),
        "refusal": refusal,
    }
    return render(request, "meetings/report_detail.html", context, status=409 if refusal else 200)


@show_or_post
def report_edit(request: MemberRequest, slug: str, pk: int) -> HttpResponse:
    """The text as Markdown; where a colleague has saved another one, both are shown and nothing is saved."""
    report, refusal = report_of(request, slug, pk), None
    if not can_run(request.user, report.group):
        raise PermissionDenied
    form = ReportTextForm(request.POST or None, initial={"text": report.text, "seen": report.version})
    if form.is_valid():
        said: dict[str, Any] = form.cleaned_data
        try:
            edit_report(report=report, text=said["text"], seen=said["seen"], by=request.user)
        except Refusal as error:
            refusal = error
        else:
            messages.success(request, _("Saved."))
            return redirect(report)
    if isinstance(refusal, ReportChanged):
        report = refusal.report
        form = ReportTextForm(initial={"text": form.cleaned_data["text"], "seen": report.version})
    context = {"group": report.group, "report": report, "form": form, "refusal": refusal}
    context["theirs"] = report.text if isinstance(refusal, ReportChanged) else ""
    return render(request, "meetings/report_edit.html", context, status=409 if refusal else 200)


@require_POST
def report_approve(request: MemberRequest, slug: str, pk: int) -> HttpResponse:
    """The Chair approves the text as it was read."""
    report = report_of(request, slug, pk)
    if not can_approve_report(request.user, report.group):
        raise PermissionDenied
    form = SeenForm(request.POST)
    seen = form.cleaned_data["seen"] if form.is_valid() else 0
    try:
        approve_report(report=report, seen=seen, by=request.user, now=timezone.now())
    except Refusal as refusal:
        return _detail(request, report_of(request, slug, pk), refusal)
    messages.success(request, _("The report is approved. The Secretariat presents it to the session."))
    return redirect(report)


@show_or_post
def report_present(request: MemberRequest, slug: str, pk: int) -> HttpResponse:
    """The Secretariat gives an approved report a symbol and presents it."""
    report, refusal = report_of(request, slug, pk), None
    if not can_present_report(request.user):
        raise PermissionDenied
    title = _("Report of the %(group)s") % {"group": report.group}
    form = PresentForm(request.POST or None, initial={"title": title, "language": get_language()})
    if form.is_valid():
        try:
            document = present_report(
                report=report, presentation=form.presentation(), by=request.user, now=timezone.now()
            )
        except Refusal as error:
            refusal = error
        else:
            messages.success(request, _("The report is presented as a document of the session."))
            return redirect(document)
    context = {"group": report.group, "report": report, "form": form, "refusal": refusal}
    return render(request, "meetings/report_present.html", context, status=409 if refusal else 200)
