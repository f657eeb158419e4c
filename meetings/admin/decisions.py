"""Silence procedures for the Secretariat, to be looked at; what needs no reason is an action, the rest has its page."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Protocol, cast

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from accounts.operations.refusals import Refusal
from accounts.read_only import ReadOnly
from meetings.models import Objection, SilenceEntry, SilenceProcedure
from meetings.operations.silence import confirm_change, drop_change, release_silence


class Act(Protocol):
    """An operation on a procedure that needs nothing typed."""

    def __call__(self, *, procedure: SilenceProcedure, by: User, now: datetime) -> SilenceProcedure: ...


class ObjectionInline(ReadOnly, admin.TabularInline):
    """Which offices broke the silence, and why."""

    model = Objection
    extra = 0
    fields = ("office", "objected_by", "objected_at", "reason")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Objection]:
        """With the names."""
        return super().get_queryset(request).select_related("procedure", "office", "objected_by")


class SilenceEntryInline(ReadOnly, admin.TabularInline):
    """How each office stood when it closed."""

    model = SilenceEntry
    extra = 0
    fields = ("office", "stand")

    def get_queryset(self, request: HttpRequest) -> QuerySet[SilenceEntry]:
        """With the names."""
        return super().get_queryset(request).select_related("procedure", "office").order_by("office")


@admin.register(SilenceProcedure)
class SilenceProcedureAdmin(ReadOnly, admin.ModelAdmin):
    """What was put to the groups; "view on site" leads to the page where one is opened, extended and withdrawn."""

    inlines = (ObjectionInline, SilenceEntryInline)
    list_display = ("title", "group", "subject", "prepared_by", "released_at", "closes_at", "asked_change", "result")
    list_filter = (
        *("group", "subject", "result", "asked_change"),
        *(("released_at", admin.EmptyFieldListFilter), ("withdrawn_at", admin.EmptyFieldListFilter)),
    )
    list_select_related = ("group", "prepared_by")
    search_fields = ("title", "text", "candidate__family_name", "document__symbol")
    date_hierarchy = "closes_at"
    actions = ("release", "confirm", "drop")

    @admin.action(description=gettext_lazy("Open it and send the notices"))
    def release(self, request: HttpRequest, queryset: QuerySet[SilenceProcedure]) -> None:
        """Opens what a colleague has prepared."""
        self._each(request, queryset, release_silence, lambda: _("It is open. The notices are on their way."))

    @admin.action(description=gettext_lazy("Confirm and do it"))
    def confirm(self, request: HttpRequest, queryset: QuerySet[SilenceProcedure]) -> None:
        """Does the change that a colleague has asked for."""
        self._each(request, queryset, confirm_change, lambda: _("It is done."))

    @admin.action(description=gettext_lazy("Take it back"))
    def drop(self, request: HttpRequest, queryset: QuerySet[SilenceProcedure]) -> None:
        """Forgets the change that was asked for."""
        self._each(request, queryset, drop_change, lambda: _("It is taken back."))

    def _each(
        self, request: HttpRequest, queryset: QuerySet[SilenceProcedure], act: Act, done: Callable[[], str]
    ) -> None:
        for procedure in queryset:
            said = {"row": procedure, "reason": done()}
            level = messages.SUCCESS
            try:
                act(procedure=procedure, by=cast("User", request.user), now=timezone.now())
            except Refusal as refusal:
                said["reason"], level = refusal.message, messages.WARNING
            self.message_user(request, _("%(row)s: %(reason)s") % said, level)
