"""Ticking off the checklist of a group."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.operations import Refusal
from accounts.requests import MemberRequest
from groups.models import NextStep
from groups.operations.steps import take_up_again, tick_off
from groups.permissions import can_run
from groups.views.discussions import room_of


@require_POST
def step_tick(request: MemberRequest, slug: str, pk: int) -> HttpResponse:
    """Ticks a step off, or takes that back (`do=again`)."""
    group = room_of(request, slug).group
    step = get_object_or_404(NextStep.objects.filter(group=group).select_related("group"), pk=pk)
    if not can_run(request.user, group):
        raise PermissionDenied
    try:
        if request.POST.get("do") == "again":
            take_up_again(step=step, by=request.user)
            messages.success(request, _("The step is to be done again."))
        else:
            tick_off(step=step, by=request.user, now=timezone.now())
            messages.success(request, _("The step is done."))
    except Refusal as refusal:
        messages.error(request, refusal.message)
    return redirect(f"{group.get_absolute_url()}#steps")
