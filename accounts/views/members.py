"""Changing the people of an office: for its focal points and the Secretariat."""

from collections.abc import Callable

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.forms import Form
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts import operations, permissions
from accounts.forms import HandOverForm, LeaveForm, NewMemberForm, PersonForm, RoleForm
from accounts.models import Member, Office
from accounts.requests import MemberRequest

require_page = require_http_methods(["GET", "HEAD", "POST"])


def _office(request: MemberRequest, code: str) -> Office:
    """An office the reader sees and manages: 404 where it is not there for them, 403 where they may not change it."""
    office = get_object_or_404(Office.objects.visible_to(request.user).coded(code))
    if not permissions.can_manage_office(request.user, office):
        raise PermissionDenied
    return office


def _member(request: MemberRequest, code: str, pk: int) -> Member:
    members = Member.objects.visible_to(request.user).of_office(_office(request, code)).select_related("office", "user")
    return get_object_or_404(members, pk=pk)


@require_page
def member_add(request: MemberRequest, code: str) -> HttpResponse:
    """A new member of an office."""
    office = _office(request, code)
    form = NewMemberForm(request.POST or None, initial={"language": request.LANGUAGE_CODE})
    if request.method == "POST" and form.is_valid():
        try:
            member = operations.add_member(
                office=office,
                person=form.person(),
                role=form.cleaned_data["role"],
                is_invited=form.cleaned_data["is_invited"],
                by=request.user,
                now=timezone.now(),
            )
        except operations.Refusal as refusal:
            form.add_error("email", refusal.message)
        else:
            messages.success(request, _("%(name)s is a member of the office now.") % {"name": member.name})
            return redirect(office)
    return render(request, "accounts/member_add.html", {"office": office, "form": form})


@require_page
def member_detail(request: MemberRequest, code: str, pk: int) -> HttpResponse:
    """What is said about a member, and everything that can happen to the membership."""
    member = _member(request, code, pk)
    form = PersonForm(request.POST or None, initial={name: getattr(member, name) for name in PersonForm.base_fields})
    if request.method == "POST" and form.is_valid():
        try:
            operations.update_member(member=member, person=form.person(), by=request.user, now=timezone.now())
        except operations.Refusal as refusal:
            form.add_error(None, refusal.message)
        else:
            messages.success(request, _("Saved."))
            return redirect("member_detail", code, pk)
    context = {
        "member": member,
        "form": form,
        "role_form": RoleForm(initial={"role": member.role}),
        "hand_over_form": HandOverForm(member=member, is_own=False),
        "leave_form": LeaveForm(),
        "invitation": member.invitations.order_by("-invited_at").first(),
    }
    return render(request, "accounts/member_detail.html", context)


@require_POST
def member_role(request: MemberRequest, code: str, pk: int) -> HttpResponse:
    """Another role."""
    member, form = _member(request, code, pk), RoleForm(request.POST)
    return _do(request, member, form, _("The role is changed."), operations.change_role)


@require_POST
def member_left(request: MemberRequest, code: str, pk: int) -> HttpResponse:
    """The end of the membership."""
    member, form = _member(request, code, pk), LeaveForm(request.POST)
    return _do(request, member, form, _("The membership has ended."), operations.mark_left)


@require_POST
def member_hand_over(request: MemberRequest, code: str, pk: int) -> HttpResponse:
    """The duty to a colleague."""
    member = _member(request, code, pk)
    form = HandOverForm(request.POST, member=member, is_own=False)
    return _do(request, member, form, _("The duty is handed over."), operations.hand_over)


@require_POST
def member_invite(request: MemberRequest, code: str, pk: int) -> HttpResponse:
    """An invitation to sign in, in place of every earlier one."""
    return _do(request, _member(request, code, pk), Form({}), _("The invitation is on its way."), operations.invite)


def _do(
    request: MemberRequest, member: Member, form: Form, done: str, operation: Callable[..., object]
) -> HttpResponse:
    """One operation on a member with what was typed; then the page of the member, or of the office where they left."""
    if not form.is_valid():
        messages.error(request, " ".join(str(error) for errors in form.errors.values() for error in errors))
        return redirect("member_detail", member.office_id, member.pk)
    try:
        operation(member=member, by=request.user, now=timezone.now(), **form.cleaned_data)
    except operations.Refusal as refusal:
        messages.error(request, refusal.message)
        return redirect("member_detail", member.office_id, member.pk)
    messages.success(request, done)
    return redirect("office_detail", member.office_id)
