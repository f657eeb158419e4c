"""What the Secretariat sees of files and edits of the vocabulary."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext as _
from import_export.admin import ImportExportModelAdmin
from import_export.fields import Field
from import_export.widgets import JSONWidget

from accounts.exchange import SafeResource
from library.forms import TextsField
from library.models import StoredFile, Term


@admin.register(StoredFile)
class StoredFileAdmin(admin.ModelAdmin):
    """A ledger to look things up in: files come and go with the rows that point to them."""

    list_display = ["name", "format", "size", "uploaded_at", "uploaded_by"]
    list_filter = ["content_type", "uploaded_at"]
    list_select_related = ["uploaded_by"]
    search_fields = ["name", "sha256"]
    fields = ("name", "content_type", "size", "sha256", "uploaded_by", "uploaded_at")
    readonly_fields = fields

    def has_add_permission(self, _request: HttpRequest) -> bool:
        """Never: files are uploaded where they are used."""
        return False

    def has_change_permission(self, _request: HttpRequest, _obj: StoredFile | None = None) -> bool:
        """Never: a file is kept as it was stored."""
        return False

    def has_delete_permission(self, _request: HttpRequest, _obj: StoredFile | None = None) -> bool:
        """Never from here."""
        return False


class LabelsWidget(JSONWidget):
    """Texts by language in one cell, as JSON."""

    def clean(self, value: Any, row: Any = None, **options: Any) -> dict[str, str]:
        """The texts; raises ValueError for anything but texts by language with English among them."""
        labels = super().clean(value, row, **options)
        if not isinstance(labels, dict) or not labels.get("en") or not all(isinstance(t, str) for t in labels.values()):
            raise ValueError(_("Write the labels by language, English among them."))
        return labels


class TermResource(SafeResource):
    """Columns of an import or export of terms; the slug says which row is meant."""

    labels = Field(attribute="labels", column_name="labels", widget=LabelsWidget())

    class Meta:
        model = Term
        import_id_fields = ["slug"]
        fields = ["slug", "kind", "facet", "labels", "definition", "aliases", "ip_rights", "source"]
        clean_model_instances = True
        skip_unchanged = True


class TermForm(forms.ModelForm):
    """A term; its labels stand one below the other."""

    labels = TextsField(label=Term._meta.get_field("labels").verbose_name, max_length=200)

    class Meta:
        model = Term
        fields = ["slug", "kind", "facet", "labels", "definition", "aliases", "ip_rights", "source"]


@admin.register(Term)
class TermAdmin(ImportExportModelAdmin):
    """The controlled vocabulary."""

    form = TermForm
    resource_classes = [TermResource]
    list_display = ["slug", "__str__", "kind", "facet", "ip_rights"]
    list_filter = ["kind", "facet", "ip_rights"]
    search_fields = ["slug", "labels", "aliases", "definition"]
