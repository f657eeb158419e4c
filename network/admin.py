"""Questions to the network for the Secretariat: read-only. Answers are not here: nobody but the asker reads them."""

from django.contrib import admin

from accounts.read_only import ReadOnly
from network.models import Question


@admin.register(Question)
class QuestionAdmin(ReadOnly, admin.ModelAdmin):
    """What was asked, by whom, and the summaries that were published."""

    list_display = ("round", "asked_by", "round__opened_at", "round__closes_at", "summary_published_at")
    list_select_related = ("round", "asked_by")
    search_fields = ("text", "summary", "asked_by__family_name", "asked_by__office__code")
    exclude = ("topics",)
