"""Meetings of groups for the Secretariat, to be looked at: they are planned, moved and minuted on their pages."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.read_only import ReadOnly
from meetings.models import AgendaItem, AgreedPoint, MeetingSeries, Participant, Session

# What the page of a meeting in the admin shows, instead of the fields of a session of WILD.
MEETING_FIELDS = (
    *("group", "number", "name", "series", "starts_at", "ends_at", "time_zone", "mode", "venue", "join_url"),
    *("prepared_at", "prepared_by", "invited_at", "invited_by", "sequence", "told_sequence"),
    *("cancelled_at", "cancelled_by", "cancelled_reason", "minutes_published_at", "minutes_published_by"),
)


class AgendaInline(ReadOnly, admin.TabularInline):
    """The agenda; each item has a page with its minutes and agreed points."""

    model = AgendaItem
    extra = 0
    fields = ("order", "title", "explanation")
    show_change_link = True


class ParticipantInline(ReadOnly, admin.TabularInline):
    """Who answered, and who took part."""

    model = Participant
    extra = 0
    fields = ("office", "member", "name", "status", "replied_at")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Participant]:
        """With the names."""
        return super().get_queryset(request).select_related("office", "member", "session").order_by("office", "pk")


class AgreedPointInline(ReadOnly, admin.TabularInline):
    """What was agreed, and what became of it."""

    model = AgreedPoint
    extra = 0
    fields = ("order", "text", "next_step", "action_item")

    def get_queryset(self, request: HttpRequest) -> QuerySet[AgreedPoint]:
        """With what each has become."""
        return super().get_queryset(request).select_related("item", "next_step", "action_item__session")


@admin.register(AgendaItem)
class AgendaItemAdmin(ReadOnly, admin.ModelAdmin):
    """Items of agendas with their minutes; "view on site" leads to the meeting."""

    inlines = (AgreedPointInline,)
    list_display = ("__str__", "session", "group")
    list_filter = ("session__group",)
    list_select_related = ("session__group",)
    search_fields = ("title", "explanation", "minutes", "agreed__text", "session__code", "session__name")

    @admin.display(description=Session._meta.get_field("group").verbose_name, ordering="session__group")
    def group(self, item: AgendaItem) -> str:
        """Whose meeting it is."""
        return str(item.session.group)

    def view_on_site(self, item: AgendaItem) -> str:
        """The address of the meeting."""
        return item.session.get_absolute_url()


@admin.register(Participant)
class ParticipantAdmin(ReadOnly, admin.ModelAdmin):
    """Answers to invitations and attendance."""

    list_display = ("__str__", "office", "session", "status", "replied_at")
    list_filter = ("status", "session__kind", "session__group")
    list_select_related = ("office", "member", "session")
    search_fields = ("name", "member__family_name", "member__given_name", "office__code", "session__code")


@admin.register(MeetingSeries)
class MeetingSeriesAdmin(ReadOnly, admin.ModelAdmin):
    """Meetings that were planned together."""

    list_display = ("name", "group", "every_months")
    list_filter = ("group",)
    list_select_related = ("group",)
    search_fields = ("name", "group__name")
