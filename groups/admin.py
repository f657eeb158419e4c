"""Groups, seats and nominations for the Secretariat."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.forms import Chooser
from accounts.requests import MemberRequest
from groups import operations
from groups.models import Group, Membership, NextStep, Nomination

AT_MOST = 10  # mails by one person alone (decisions.md 17)


class NextStepInline(admin.TabularInline):
    """The checklist of a group; steps from the record keep their wording."""

    model = NextStep
    extra = 0
    fields = ("order", "text", "due_on", "done_at", "done_by", "is_record")
    readonly_fields = ("done_at", "done_by", "is_record")


class MembershipInline(admin.TabularInline):
    """Seats with their terms."""

    model = Membership
    extra = 0
    autocomplete_fields = ("member",)
    fields = ("member", "role", "since_on", "until_on")

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **options: Any) -> Any:
        """The member with search."""
        return super().formfield_for_foreignkey(db_field, request, widget=Chooser(db_field, self.admin_site), **options)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Membership]:
        """With offices, for the names."""
        return super().get_queryset(request).select_related("member__office")


@admin.register(Group)
class GroupAdmin(admin.ModelAdmin):
    """Groups; what was reported to a session is kept as it was reported."""

    list_display = ("name", "kind", "reported_wording", "reported_as_of", "is_record")
    list_filter = ("kind", "is_record")
    search_fields = ("name", "slug")
    readonly_fields = ("is_record",)
    inlines = (NextStepInline, MembershipInline)

    def has_delete_permission(self, _request: HttpRequest, _obj: Group | None = None) -> bool:
        """Never: what a group did stays."""
        return False


@admin.register(Nomination)
class NominationAdmin(admin.ModelAdmin):
    """Nominations and requests to join, to be looked at; deciding is an action, or the page of the request."""

    list_display = ("__str__", "office", "role", "asked_at", "asked_by", "decision", "decided_at", "decided_by")
    list_filter = ("decision", ("asked_by", admin.EmptyFieldListFilter), "role", "groups")
    list_select_related = ("office", "asked_by", "decided_by")
    search_fields = ("family_name", "given_name", "email", "office__code", "office__search_text")
    date_hierarchy = "asked_at"
    actions = ("accept",)

    @admin.action(description=gettext_lazy("Accept in the role that was wished"))
    def accept(self, request: MemberRequest, queryset: QuerySet[Nomination]) -> None:
        """Accepts at most ten; declining needs a reason, which is typed on the page of the request."""
        if queryset.count() > AT_MOST:
            text = ngettext(
                "Choose at most %(count)s person at a time.", "Choose at most %(count)s people at a time.", AT_MOST
            )
            messages.error(request, text % {"count": AT_MOST})
            return
        count = 0
        for nomination in queryset:
            try:
                operations.accept_nomination(
                    nomination=nomination, role=nomination.role, by=request.user, now=timezone.now()
                )
            except operations.Refusal as refusal:
                messages.warning(request, _("%(row)s: %(reason)s") % {"row": nomination, "reason": refusal.message})
            else:
                count += 1
        text = ngettext("%(count)s person is accepted.", "%(count)s people are accepted.", count)
        messages.info(request, text % {"count": count})

    def has_add_permission(self, _request: HttpRequest) -> bool:
        """Never: a nomination comes from its page."""
        return False

    def has_change_permission(self, _request: HttpRequest, _obj: Nomination | None = None) -> bool:
        """Never by typing."""
        return False

    def has_delete_permission(self, _request: HttpRequest, _obj: Nomination | None = None) -> bool:
        """Never."""
        return False
