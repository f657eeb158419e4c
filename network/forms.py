"""What members type about questions to the network."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from consultations.drafts import Draft
from consultations.forms import DraftForm, DraftForms, FieldView, Looking, PartView, field_view, part_facts
from meetings.forms.circulation_desk import instant_of
from meetings.forms.circulations import LongText
from network.models import LONGEST_ANSWER, LONGEST_QUESTION, Question
from network.operations import FIELD, PART, Asking
from notifications.reminders import closing_day

LONGEST_SEARCH = 200  # characters


class AskForm(forms.Form):
    """A question to all offices."""

    title = forms.CharField(
        label=_("The question in one line"), max_length=200, widget=forms.TextInput(attrs={"dir": "auto"})
    )
    text = LongText(
        label=_("What your office wants to know, and why"),
        max_length=LONGEST_QUESTION,
        widget=forms.Textarea(attrs={"rows": 6, "dir": "auto"}),
    )
    closes_on = forms.DateField(
        label=_("Last day for answers"),
        help_text=_("Closes at 23:59 Geneva time."),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )

    def __init__(self, *args: Any, now: datetime, question: Question | None = None, **options: Any) -> None:
        super().__init__(*args, **options)
        self.now = now
        if question is not None:
            closes_on = closing_day(question.round.closes_at)
            self.initial = {"title": question.round.title, "text": question.text, "closes_on": closes_on}

    def clean_closes_on(self) -> datetime:
        """The closing instant (aware UTC)."""
        return instant_of(self.cleaned_data["closes_on"], self.now)

    def words(self) -> str:
        """What earlier questions are looked for by."""
        return f"{self['title'].value() or ''} {self['text'].value() or ''}"[:LONGEST_QUESTION].replace("\x00", "")

    def asking(self) -> Asking:
        """What the operation is given."""
        data = self.cleaned_data
        return Asking(title=data["title"], text=data["text"], closes_at=data["closes_on"])


class SendBackForm(forms.Form):
    """Why a question is not sent."""

    reason = LongText(
        label=_("Reason"),
        max_length=1000,
        help_text=_("The person who asked reads it."),
        widget=forms.Textarea(attrs={"rows": 3, "dir": "auto"}),
    )


class SummaryForm(forms.Form):
    """What the asker has learnt from the answers."""

    summary = LongText(
        label=_("Summary of the answers"),
        max_length=LONGEST_ANSWER,
        help_text=_("All members read it, and find it when they ask something similar. It cannot be changed later."),
        widget=forms.Textarea(attrs={"rows": 8, "dir": "auto"}),
    )


class AnswerForm(DraftForm):
    """What was posted as the answer of an office; a draft may be empty."""

    names = ("text",)
    text = LongText(label=_("Answer of your office"), max_length=LONGEST_ANSWER, required=False)

    def __init__(self, data: Mapping[str, str]) -> None:
        super().__init__(PART, data)


class QuestionForms(DraftForms[AnswerForm]):
    """What was posted from the answer page, a choice between two versions among it."""

    def __init__(self, draft: Draft, data: Mapping[str, str]) -> None:
        super().__init__({PART: AnswerForm(data)}, draft, data, longest=LONGEST_ANSWER)

    @property
    def form(self) -> AnswerForm:
        """The form of the only part."""
        return self.forms[PART]


class AnswerView(PartView):
    """The answer as somebody of the office sees it."""

    @property
    def field(self) -> FieldView:
        """The only field."""
        return self.fields["text"]


def answer_view(draft: Draft, looking: Looking, form: AnswerForm | None = None) -> AnswerView:
    """The draft for the answer page; what was posted with an error is kept."""
    field = field_view(FIELD, draft.fields.get(FIELD), looking.user, form)
    return AnswerView(fields={"text": field}, **part_facts(draft, PART, looking))
