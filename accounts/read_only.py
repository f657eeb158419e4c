"""Pages of the admin where the Secretariat reads rows that only operations write."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import AutoField, Model
from django.http import HttpRequest


class ReadOnly(admin.options.BaseModelAdmin):
    """Nothing is added, changed or deleted; for a list, a page or rows on the page of another."""

    def has_add_permission(self, _request: HttpRequest, _obj: Model | None = None) -> bool:
        return False

    def has_change_permission(self, _request: HttpRequest, _obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, _request: HttpRequest, _obj: Model | None = None) -> bool:
        return False

    def get_readonly_fields(self, _request: HttpRequest, _obj: Model | None = None) -> Any:
        """The chosen fields, or all: those that no form shows, such as when and by whom, are among them."""
        fields = (*self.opts.fields, *self.opts.many_to_many)
        left_out = {*(self.exclude or ()), *(field.name for field in fields if isinstance(field, AutoField))}
        return self.fields or [field.name for field in fields if field.name not in left_out]
