"""Documents with their language versions, and their paragraphs and points."""

from typing import Any, cast

from django.contrib import admin
from django.forms import BaseInlineFormSet, ModelForm
from django.http import HttpRequest
from django.utils import timezone

from accounts.models import User
from library.operations import store_file
from meetings.admin.choosing import Choosing
from meetings.forms.record_desk import DocumentFileForm, DocumentForm
from meetings.models import Document, DocumentFile, Passage


class DocumentFileInline(admin.TabularInline):
    """Language versions; a file is checked by its content before it is stored."""

    model = DocumentFile
    form = DocumentFileForm
    fields = ["language", "version", "status", "upload", "url", "file"]
    readonly_fields = ["file"]
    extra = 0


class PassageInline(admin.TabularInline):
    """Paragraphs and points as a list; each is edited on its own page."""

    model = Passage
    fields = ("label", "heading", "text", "is_official")
    readonly_fields = fields
    extra = 0
    show_change_link = True

    def has_add_permission(self, _request: HttpRequest, _obj: Document | None = None) -> bool:
        """Added on the page of passages."""
        return False

    def has_delete_permission(self, _request: HttpRequest, _obj: Document | None = None) -> bool:
        """Deleted on its own page."""
        return False


@admin.register(Document)
class DocumentAdmin(Choosing, admin.ModelAdmin):
    """One document; its address is permanent, so it cannot be changed once it exists."""

    form = DocumentForm
    inlines = [DocumentFileInline, PassageInline]
    list_display = ["__str__", "title", "kind", "session", "group", "visibility"]
    list_filter = ["visibility", "kind", "session", "group", "is_record"]
    list_select_related = ["session", "group"]
    search_fields = ["symbol", "slug", "titles"]
    autocomplete_fields = ["session", "replaces"]
    readonly_fields = ["symbol_key", "is_record"]

    def get_readonly_fields(self, _request: HttpRequest, obj: Document | None = None) -> list[str]:
        """The address too, once it is in use."""
        return [*self.readonly_fields, "slug"] if obj else list(self.readonly_fields)

    def save_formset(self, request: HttpRequest, form: ModelForm, formset: BaseInlineFormSet, change: Any) -> None:
        """Stores the uploaded files first; the language versions then point to them."""
        for each in formset.forms:
            upload = each.cleaned_data.get("upload") if each.is_valid() else None
            if upload and not each.cleaned_data.get("DELETE"):
                each.instance.file = store_file(upload=upload, by=cast("User", request.user), now=timezone.now())
        super().save_formset(request, form, formset, change)


@admin.register(Passage)
class PassageAdmin(Choosing, admin.ModelAdmin):
    """One paragraph or point; its anchor is permanent."""

    list_display = ["__str__", "kind", "heading", "is_official"]
    list_filter = ["document", "kind", "is_official"]
    list_select_related = ["document"]
    search_fields = ["anchor", "heading", "text", "document__symbol"]
    autocomplete_fields = ["document", "parent", "topics"]

    def get_readonly_fields(self, _request: HttpRequest, obj: Passage | None = None) -> list[str]:
        """The anchor, once it is in use."""
        return ["anchor"] if obj else []
