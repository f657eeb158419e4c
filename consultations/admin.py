"""Rounds and answers for the Secretariat: read-only. Drafts are not here: nobody but the office reads them."""

from django.contrib import admin

from accounts.read_only import ReadOnly
from consultations.models import Extension, OfficeResponse, Submission


class SubmissionInline(ReadOnly, admin.TabularInline):
    """The versions an office has submitted."""

    model = Submission
    extra = 0
    fields = ("number", "submitted_at", "submitted_by", "is_late", "on_behalf_of_reason", "received_on", "file")


@admin.register(OfficeResponse)
class OfficeResponseAdmin(ReadOnly, admin.ModelAdmin):
    """The answers offices were asked for."""

    inlines = (SubmissionInline,)
    list_display = ("round", "office", "closes_at", "deadline_version", "first_opened_at")
    list_select_related = ("round", "office")
    list_filter = ("round",)
    search_fields = ("office__code", "office__search_text", "round__slug")


@admin.register(Extension)
class ExtensionAdmin(ReadOnly, admin.ModelAdmin):
    """Every change of a deadline, with who decided it and why."""

    list_display = ("round", "response__office", "old_closes_at", "new_closes_at", "decided_at", "decided_by", "reason")
    list_select_related = ("round", "decided_by", "response__office")
