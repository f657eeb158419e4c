"""Reports of groups for the Secretariat, to be looked at: they are written, approved and presented on their page."""

from django.contrib import admin

from accounts.read_only import ReadOnly
from meetings.models import GroupReport


@admin.register(GroupReport)
class GroupReportAdmin(ReadOnly, admin.ModelAdmin):
    """What groups report; "view on site" leads to the page where a report is presented."""

    list_display = ("group", "session", "version", "drafted_at", "approved_at", "presented_at", "document")
    list_filter = (
        *("group", ("approved_at", admin.EmptyFieldListFilter)),
        ("presented_at", admin.EmptyFieldListFilter),
    )
    list_select_related = ("group", "session", "document")
    search_fields = ("group__name", "session__code", "text", "document__symbol")
    date_hierarchy = "drafted_at"
