"""Forms of the Secretariat for what the record keeps: sessions, documents and their language versions."""

from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from library.forms import CheckedFileField, LinesField, TextsField
from meetings.models import Document, DocumentFile, Session
from meetings.models.documents import normalised_symbol


class SessionForm(forms.ModelForm):
    """A session or a workshop; lists are written one on each line. Meetings of groups are planned on their pages."""

    kind = forms.ChoiceField(
        label=Session._meta.get_field("kind").verbose_name,
        choices=[choice for choice in Session.Kind.choices if choice[0] != Session.Kind.GROUP],
        initial=Session.Kind.PLENARY,
    )
    page_url = forms.URLField(label=_("meeting page"), required=False, assume_scheme="https")
    opening_points = LinesField(label=_("points made at the opening"), required=False)
    topics = LinesField(label=_("topics"), required=False)
    wipo_roles = LinesField(label=_("roles for WIPO named by participants"), required=False)

    class Meta:
        model = Session
        fields = [
            "kind",
            "number",
            "code",
            "name",
            "also_called",
            "starts_on",
            "ends_on",
            "mode",
            "venue",
            "city",
            "meeting_id",
            "page_url",
            "opened_by_name",
            "opened_by_role",
            "opening_points",
            "topics",
            "reported_states",
            "reported_organizations",
            "reported_themes",
            "reported_presentations",
            "wipo_roles",
        ]


class DocumentForm(forms.ModelForm):
    """A document; the form of its symbol that stands in addresses follows from the symbol."""

    page_url = forms.URLField(label=_("page on the WIPO site"), required=False, assume_scheme="https")
    titles = TextsField(label=_("title"), max_length=300)
    known_languages = forms.MultipleChoiceField(
        label=_("languages known to exist"),
        choices=settings.LANGUAGES,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("On the WIPO site, without a file or link of their own here."),
    )

    class Meta:
        model = Document
        fields = [
            "slug",
            "symbol",
            "titles",
            "kind",
            "visibility",
            "session",
            "group",
            "replaces",
            "issued_on",
            "page_url",
            "doc_id",
            "licence",
            "attribution",
            "known_languages",
            "are_paragraph_numbers_counted",
        ]

    def clean_symbol(self) -> str:
        """A symbol that no other document has, in whatever spelling."""
        symbol: str = self.cleaned_data["symbol"].strip()
        key = normalised_symbol(symbol)
        if symbol and not key:
            raise ValidationError(_("This is not a symbol."), code="symbol")
        if key and Document.objects.filter(symbol_key=key).exclude(pk=self.instance.pk).exists():
            raise ValidationError(_("Another document has this symbol."), code="taken")
        self.instance.symbol_key = key or None
        return symbol

    def clean(self) -> dict[str, Any]:
        """A document of one group names it."""
        values: dict[str, Any] = super().clean() or {}
        if values.get("visibility") == Document.Visibility.GROUP and not values.get("group"):
            self.add_error("group", _("Say which group may read it."))
        return values


class DocumentFileForm(forms.ModelForm):
    """One language version: a file, checked by its content, or a link."""

    upload = CheckedFileField(label=_("file"), required=False)
    url = forms.URLField(label=_("link"), required=False, assume_scheme="https")

    class Meta:
        model = DocumentFile
        fields = ["language", "version", "status", "upload", "url"]

    def clean(self) -> dict[str, Any]:
        """A file or a link, not both and not neither; a new file takes the place of a link or an older file."""
        values: dict[str, Any] = super().clean() or {}
        has_file = bool(values.get("upload") or self.instance.file_id)
        if "upload" in values and "url" in values and has_file == bool(values["url"]):
            self.add_error("url", _("Give a file or a link, one of the two."))
        return values
