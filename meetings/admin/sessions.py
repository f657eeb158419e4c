"""Sessions, their days, themes, presentations, officers, delegations and suggested items."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from import_export.admin import ImportExportModelAdmin
from import_export.fields import Field
from import_export.resources import ModelResource
from import_export.widgets import ForeignKeyWidget

from accounts.models import Office
from meetings.admin.choosing import Choosing
from meetings.admin.group_meetings import MEETING_FIELDS, AgendaInline, ParticipantInline
from meetings.forms.record_desk import SessionForm
from meetings.models import Day, Delegation, Officer, Presentation, Session, Suggestion, Theme
from meetings.operations.sessions import AlreadySo, publish_session, withdraw_session


class DayInline(admin.TabularInline):
    """The days in their order."""

    model = Day
    extra = 0


class ThemeInline(admin.TabularInline):
    """Numbered themes; their presentations stand on the page of the theme."""

    model = Theme
    extra = 0
    show_change_link = True


class OfficerInline(Choosing, admin.TabularInline):
    """Chair, Vice-Chairs, Secretary."""

    model = Officer
    extra = 0
    autocomplete_fields = ["office"]


class SuggestionInline(admin.TabularInline):
    """Items suggested for the next session."""

    model = Suggestion
    extra = 0
    readonly_fields = ["is_record"]


@admin.register(Session)
class SessionAdmin(admin.ModelAdmin):
    """One session with everything but its delegations and documents, which have lists of their own.

    A meeting of a group is looked at here; "view on site" leads to the page where it is moved or called off.
    """

    form = SessionForm
    inlines = [DayInline, ThemeInline, OfficerInline, SuggestionInline]
    list_display = ["code", "name", "kind", "starts_on", "ends_on", "city", "is_published"]
    list_filter = ["kind", "group", "is_published", "is_record"]
    search_fields = ["code", "name", "city"]
    readonly_fields = ["is_published", "is_record"]
    actions = ["publish", "withdraw"]

    def has_change_permission(self, request: HttpRequest, obj: Session | None = None) -> bool:
        """Not of a meeting of a group: its members are told of each change."""
        return super().has_change_permission(request, obj) and not _is_of_group(obj)

    def has_delete_permission(self, request: HttpRequest, obj: Session | None = None) -> bool:
        """Not of a meeting of a group: it is called off, and stays."""
        return super().has_delete_permission(request, obj) and not _is_of_group(obj)

    def get_inlines(self, _request: HttpRequest, obj: Session | None) -> Any:
        """Agenda and answers of a meeting of a group; for all others what a session of WILD has."""
        return [AgendaInline, ParticipantInline] if _is_of_group(obj) else self.inlines

    def get_fieldsets(self, request: HttpRequest, obj: Session | None = None) -> Any:
        """Hours, zone and what was mailed for a meeting of a group."""
        return [(None, {"fields": MEETING_FIELDS})] if _is_of_group(obj) else super().get_fieldsets(request, obj)

    def get_readonly_fields(self, request: HttpRequest, obj: Session | None = None) -> Any:
        """All of those, the ones that no form shows among them."""
        return MEETING_FIELDS if _is_of_group(obj) else super().get_readonly_fields(request, obj)

    def get_form(
        self, request: HttpRequest, obj: Session | None = None, change: bool = False, **kwargs: Any
    ) -> type[ModelForm]:
        """The form of a session of WILD; a meeting of a group has none."""
        chosen = {"form": ModelForm} if _is_of_group(obj) else {}
        return super().get_form(request, obj, change, **{**kwargs, **chosen})

    @admin.action(description=_("Publish the chosen sessions"), permissions=["change"])
    def publish(self, request: HttpRequest, queryset: QuerySet[Session]) -> None:
        """Shows them to everybody."""
        self._each(request, queryset, publish_session)

    @admin.action(description=_("Hide the chosen sessions"), permissions=["change"])
    def withdraw(self, request: HttpRequest, queryset: QuerySet[Session]) -> None:
        """Hides them from everybody but the Secretariat."""
        self._each(request, queryset, withdraw_session)

    def _each(self, request: HttpRequest, sessions: QuerySet[Session], act: Callable[..., Session]) -> None:
        done = 0
        for session in sessions:
            try:
                act(session=session)
                done += 1
            except AlreadySo as refusal:
                messages.warning(request, f"{session}: {refusal}")
        if done:
            messages.success(
                request, ngettext("%(count)s session changed.", "%(count)s sessions changed.", done) % {"count": done}
            )


def _is_of_group(session: Session | None) -> bool:
    return session is not None and session.kind == Session.Kind.GROUP


class PresentationInline(Choosing, admin.StackedInline):
    """Presentations of a theme in their order."""

    model = Presentation
    extra = 0
    autocomplete_fields = ["office"]


@admin.register(Theme)
class ThemeAdmin(Choosing, admin.ModelAdmin):
    """One theme with its presentations."""

    inlines = [PresentationInline]
    list_display = ["__str__", "session", "day"]
    list_filter = ["session"]
    list_select_related = ["session", "day__session"]
    search_fields = ["title", "session__code"]
    autocomplete_fields = ["session"]


class DelegationResource(ModelResource):
    """Columns of an import or export of delegations: session by code, office by ST.3 code."""

    session = Field("session", "session", ForeignKeyWidget(Session, "code"))
    office = Field("office", "office", ForeignKeyWidget(Office, "code"))

    class Meta:
        model = Delegation
        import_id_fields = ["session", "office"]
        fields = ["session", "office", "kind", "order", "official_name"]
        skip_unchanged = True


@admin.register(Delegation)
class DelegationAdmin(Choosing, ImportExportModelAdmin):
    """Who was represented at which session."""

    resource_classes = [DelegationResource]
    list_display = ["official_name", "session", "office", "kind", "order"]
    list_filter = ["session", "kind"]
    list_select_related = ["session", "office"]
    search_fields = ["official_name", "office__search_text", "=office__code"]
    autocomplete_fields = ["session", "office"]
