"""What is typed for the report of a group: to which session, its text, and how it is presented."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from meetings.forms.circulations import LongText
from meetings.models import Document, Session
from meetings.operations.reports import Presentation

LONGEST_REPORT, LONGEST_SYMBOL, LONGEST_TITLE = 60_000, 60, 200
READERS = (Document.Visibility.MEMBERS, Document.Visibility.PUBLIC)


class ReportSessionForm(forms.Form):
    """The session that a report goes to."""

    session = forms.ModelChoiceField(Session.objects.none(), label=_("Session"), empty_label=None)

    def __init__(self, *args: Any, sessions: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cast("forms.ModelChoiceField[Session]", self.fields["session"]).queryset = sessions


class ReportTextForm(forms.Form):
    """The text of a report, and the version its author has read."""

    text = LongText(
        label=_("Text, in Markdown"),
        max_length=LONGEST_REPORT,
        widget=forms.Textarea(attrs={"rows": 24, "dir": "auto"}),
        help_text=_("A line that begins with ## is a heading, with - a point. Paragraphs are numbered when presented."),
    )
    seen = forms.IntegerField(min_value=1, max_value=32_000, widget=forms.HiddenInput)


class SeenForm(forms.Form):
    """The version that was read."""

    seen = forms.IntegerField(min_value=1, max_value=32_000, widget=forms.HiddenInput)


class PresentForm(forms.Form):
    """How a report becomes a document."""

    symbol = LongText(
        label=_("Symbol"), max_length=LONGEST_SYMBOL, widget=forms.TextInput, help_text=_("Such as WILD/3/5.")
    )
    title = LongText(label=_("Title"), max_length=LONGEST_TITLE, widget=forms.TextInput)
    language = forms.ChoiceField(label=_("Language of the text"), choices=settings.LANGUAGES)
    visibility = forms.ChoiceField(
        label=_("Who may read it"),
        choices=[(each.value, each.label) for each in READERS],
        initial=Document.Visibility.MEMBERS,
    )

    def presentation(self) -> Presentation:
        """What the operation is given."""
        return Presentation(**self.cleaned_data)
