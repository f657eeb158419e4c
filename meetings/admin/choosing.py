"""Fields of the admin that choose a row by searching for it."""

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.contrib.admin.widgets import AutocompleteSelectMultiple
from django.db.models import ForeignKey, ManyToManyField
from django.http import HttpRequest

from accounts.forms import Chooser


class ManyChooser(AutocompleteSelectMultiple):
    """As Chooser, for several rows: what cannot be a key is chosen by nobody, and the field says so."""

    def optgroups(self, name: str, value: Sequence[str], attr: dict[str, Any] | None = None) -> list[Any]:
        """The options to show: those that are chosen."""
        try:
            return super().optgroups(name, value, attr)
        except ValueError:
            return super().optgroups(name, [], attr)


class Choosing(admin.options.BaseModelAdmin):
    """Refuses at the field what cannot be a key, where the stock admin breaks off."""

    def formfield_for_foreignkey(self, db_field: ForeignKey, request: HttpRequest, **options: Any) -> Any:
        """A field with search where the admin asks for one."""
        if db_field.name in self.autocomplete_fields:
            options["widget"] = Chooser(db_field, self.admin_site)
        return super().formfield_for_foreignkey(db_field, request, **options)

    def formfield_for_manytomany(self, db_field: ManyToManyField, request: HttpRequest, **options: Any) -> Any:
        """As above, for several rows."""
        if db_field.name in self.autocomplete_fields:
            options["widget"] = ManyChooser(db_field, self.admin_site)
        return super().formfield_for_manytomany(db_field, request, **options)
