"""What the Secretariat sees of files and edits of the vocabulary."""

from django.contrib import admin
from django.http import HttpRequest
from import_export.admin import ImportExportModelAdmin
from import_export.resources import ModelResource

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
        """Never: a file is kept as it was received."""
        return False

    def has_delete_permission(self, _request: HttpRequest, _obj: StoredFile | None = None) -> bool:
        """Never from here."""
        return False


class TermResource(ModelResource):
    """Columns of an import or export of terms; the slug says which row is meant."""

    class Meta:
        model = Term
        import_id_fields = ["slug"]
        fields = ["slug", "kind", "facet", "labels", "definition", "aliases", "ip_rights", "source"]
        skip_unchanged = True


@admin.register(Term)
class TermAdmin(ImportExportModelAdmin):
    """The controlled vocabulary."""

    resource_classes = [TermResource]
    list_display = ["slug", "__str__", "kind", "facet", "ip_rights"]
    list_filter = ["kind", "facet", "ip_rights"]
    search_fields = ["slug", "labels", "aliases", "definition"]
