"""Circulations in preparation: data entry only. Opening, extending, closing and publishing have pages of their own."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.models import User
from consultations.operations import Refusal
from meetings.forms.circulation_desk import INTRODUCTIONS, TITLES, CirculationForm
from meetings.models import Circulation, CirculationItem
from meetings.operations.circulations import copy_action_items, is_in_preparation, prepare_circulation


class ItemInline(admin.StackedInline):
    """The items, in their order; frozen once the circulation is open."""

    model = CirculationItem
    extra = 0
    fields = ("order", "key", "heading", "text", "action_item")
    autocomplete_fields = ()
    raw_id_fields = ("action_item",)

    def has_view_permission(self, request: HttpRequest, obj: Circulation | None = None) -> bool:
        return request.user.is_staff

    def has_add_permission(self, request: HttpRequest, obj: Circulation | None = None) -> bool:
        return request.user.is_staff and (obj is None or is_in_preparation(obj))

    def has_change_permission(self, request: HttpRequest, obj: Circulation | None = None) -> bool:
        return self.has_add_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Circulation | None = None) -> bool:
        return self.has_add_permission(request, obj)


@admin.register(Circulation)
class CirculationAdmin(admin.ModelAdmin):
    """One form for the circulation and its round."""

    form = CirculationForm
    inlines = (ItemInline,)
    list_display = ("__str__", "session", "opened", "closes", "published")
    list_select_related = ("round", "session")
    search_fields = ("round__slug", "round__titles")
    raw_id_fields = ("mandate",)
    actions = ("copy_items",)
    fieldsets = (
        (None, {"fields": ("slug", *TITLES, "session", "mandate")}),
        (_("Deadline and mail"), {"fields": ("closes_on", "reminder_days", "answers_visible")}),
        (_("Offices"), {"fields": ("address_all", "addressees")}),
        (_("Introduction"), {"classes": ("collapse",), "fields": tuple(INTRODUCTIONS)}),
    )

    def has_module_permission(self, request: HttpRequest) -> bool:
        return request.user.is_staff

    def has_view_permission(self, request: HttpRequest, obj: Circulation | None = None) -> bool:
        return request.user.is_staff

    def has_add_permission(self, request: HttpRequest) -> bool:
        return request.user.is_staff

    def has_change_permission(self, request: HttpRequest, obj: Circulation | None = None) -> bool:
        return request.user.is_staff and (obj is None or is_in_preparation(obj))

    def has_delete_permission(self, request: HttpRequest, obj: Circulation | None = None) -> bool:
        return False

    def get_fieldsets(self, request: HttpRequest, obj: Circulation | None = None) -> Any:
        if obj is None or is_in_preparation(obj):
            return self.fieldsets
        return [(None, {"fields": ("round", "session", "mandate", "introductions", "opened", "closes", "published")})]

    def get_form(
        self, request: HttpRequest, obj: Circulation | None = None, change: bool = False, **kwargs: Any
    ) -> type[ModelForm]:
        """The form, told what time it is; without fields where nothing may be changed."""
        if obj is not None and not is_in_preparation(obj):
            return super().get_form(request, obj, change, form=ModelForm, **kwargs)
        form = super().get_form(request, obj, change, **{**kwargs, "fields": ("session", "mandate")})
        return type(form.__name__, (form,), {"now": timezone.now()})

    def save_model(self, request: HttpRequest, obj: Circulation, form: CirculationForm, change: bool) -> None:
        prepare_circulation(preparation=form.preparation(), circulation=obj, by=cast("User", request.user))

    @admin.action(description=_("Copy the action items of its session as items"), permissions=["change"])
    def copy_items(self, request: HttpRequest, queryset: QuerySet[Circulation]) -> None:
        for circulation in queryset.select_related("round", "session"):
            try:
                count = copy_action_items(
                    circulation=circulation, session=circulation.session, by=cast("User", request.user)
                )
            except Refusal as refusal:
                self.message_user(request, f"{circulation}: {refusal.message}", messages.ERROR)
            else:
                text = ngettext("%(count)s item copied.", "%(count)s items copied.", count) % {"count": count}
                self.message_user(request, f"{circulation}: {text}", messages.SUCCESS)

    @admin.display(description=_("opened"), ordering="round__opened_at")
    def opened(self, circulation: Circulation) -> Any:
        return circulation.round.opened_at

    @admin.display(description=_("closes"), ordering="round__closes_at")
    def closes(self, circulation: Circulation) -> Any:
        return circulation.round.closes_at

    @admin.display(description=_("published"), ordering="round__published_at")
    def published(self, circulation: Circulation) -> Any:
        return circulation.round.published_at
