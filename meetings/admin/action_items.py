"""Action items with their dated updates; the newest update gives the status."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.forms import BaseInlineFormSet, ModelForm
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from meetings.admin.choosing import Choosing
from meetings.models import ActionItem, ActionUpdate


class ActionUpdateInline(Choosing, admin.StackedInline):
    """What became of the item, by whom it was reported and where it stands written."""

    model = ActionUpdate
    extra = 0
    fields = [
        ("status", "happened_on", "is_date_exact"),
        ("note", "is_note_official"),
        ("as_reported_to", "source", "source_passage"),
        ("recorded_by", "is_record"),
    ]
    readonly_fields = ["recorded_by", "is_record"]
    autocomplete_fields = ["source_passage"]


@admin.register(ActionItem)
class ActionItemAdmin(Choosing, admin.ModelAdmin):
    """One action item in its official wording; its address is permanent."""

    inlines = [ActionUpdateInline]
    list_display = ["__str__", "heading", "status", "group", "group_relation"]
    list_filter = ["session", "group", "is_record"]
    list_select_related = ["session", "group"]
    search_fields = ["slug", "heading", "official_text"]
    autocomplete_fields = ["session", "passage"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[ActionItem]:
        """With the updates at hand."""
        return super().get_queryset(request).prefetch_related("updates")

    def get_readonly_fields(self, _request: HttpRequest, obj: ActionItem | None = None) -> list[str]:
        """The address too, once it is in use."""
        return ["is_record", "slug"] if obj else ["is_record"]

    @admin.display(description=_("status"))
    def status(self, item: ActionItem) -> str:
        """The word of the newest update."""
        update = item.newest_update
        return update.get_status_display() if update else ""

    def save_formset(self, request: HttpRequest, form: ModelForm, formset: BaseInlineFormSet, change: Any) -> None:
        """A new update names who recorded it."""
        for each in formset.forms:
            if each.instance.pk is None:
                each.instance.recorded_by = request.user
        super().save_formset(request, form, formset, change)
