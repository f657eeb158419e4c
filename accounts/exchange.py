"""Columns of an import or export of offices and members in the admin; an import shows its changes first."""

from __future__ import annotations

import re
from typing import Any

from django.conf import settings
from import_export.fields import Field
from import_export.resources import ModelResource
from import_export.widgets import ForeignKeyWidget

from accounts.collation import ranks_among
from accounts.models import Member, Office

FORMULA = re.compile("^[=+\\-@\t\r＝＋－＠]")


class SafeResource(ModelResource):
    """Texts that a spreadsheet would run get an apostrophe in front when they go out, and lose it coming back."""

    def export_field(self, field: Field, instance: Any, **options: Any) -> Any:
        """The value of one cell."""
        value = super().export_field(field, instance, **options)
        return f"'{value}" if isinstance(value, str) and FORMULA.match(value) else value

    def before_import_row(self, row: dict[str, Any], **_options: Any) -> None:
        """A row as it was before it was exported."""
        for name, value in row.items():
            if isinstance(value, str) and value.startswith("'") and FORMULA.match(value[1:]):
                row[name] = value[1:]


class NameField(Field):
    """One language of the names of an office."""

    def __init__(self, language: str) -> None:
        super().__init__(attribute="names", column_name=f"name_{language}")
        self.language = language

    def get_value(self, instance: Office) -> str:
        """The name in this language."""
        return (instance.names or {}).get(self.language, "")

    def save(self, instance: Office, row: dict[str, Any], _is_m2m: bool = False, **_options: Any) -> None:
        """Puts the name in this language beside the others."""
        instance.names = (instance.names or {}) | {self.language: str(row[self.column_name] or "").strip()}


class OfficeResource(SafeResource):
    """Offices by code; the place of a new or changed name in the alphabetical order is found when the row is saved."""

    for code, _name in settings.LANGUAGES:
        locals()[f"name_{code}"] = NameField(code)

    class Meta:
        model = Office
        import_id_fields = ("code",)
        fields = [
            *("code", "kind", "is_wipo_member", "aliases", "office_name", "office_acronym", "iso3", "m49"),
            *("region", "wipo_group", "regional_organization", "time_zone", "notes"),
            *(f"name_{code}" for code, _name in settings.LANGUAGES),
        ]
        clean_model_instances = True
        skip_unchanged = True

    def import_instance(self, instance: Office, row: dict[str, Any], **options: Any) -> None:
        """Takes a row over; what search and order need follows from the names."""
        super().import_instance(instance, row, **options)
        place(instance)


class MemberResource(SafeResource):
    """Members; an import adds people and leaves everybody who is there as they are."""

    office = Field(attribute="office", column_name="office", widget=ForeignKeyWidget(Office, "code"))
    until_on = Field(attribute="until_on", column_name="until_on", readonly=True)

    class Meta:
        model = Member
        import_id_fields = ("office", "email")
        fields = [
            *("office", "email", "honorific", "given_name", "family_name", "job_title", "role", "language"),
            *("time_zone", "since_on", "until_on"),
        ]
        clean_model_instances = True

    def before_import_row(self, row: dict[str, Any], **options: Any) -> None:
        """Addresses are kept in lower case."""
        super().before_import_row(row, **options)
        row["email"] = str(row.get("email") or "").strip().lower()

    def skip_row(self, instance: Member, _original: Member, _row: dict[str, Any], _errors: Any = None) -> bool:
        """True for a row about somebody who is there."""
        return instance.pk is not None


def place(office: Office) -> None:
    """Sets what follows from the names of an office: the words to find it by, and its place in every alphabet.

    A name that stands in the database keeps its rank; a new or changed one goes between its neighbours.
    """
    before = Office.objects.filter(pk=office.pk).values_list("names", flat=True).first() or {}
    renamed = {language: name for language, name in office.names.items() if before.get(language) != name}
    if renamed:
        others = Office.objects.exclude(pk=office.pk).values_list("names", "ranks")
        office.ranks = office.ranks | ranks_among(renamed, others)
    office.search_text = office.words_to_find
