"""An office's answer item by item: what is posted becomes edits of the shared draft (consultations.forms)."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Member
from consultations.drafts import Draft
from consultations.forms import DraftForm, DraftForms, prefix_of_part
from meetings.item_drafts import FIELDS, LONGEST_TEXT, Kept, proposed_wording
from meetings.models import CirculationItem, ItemAnswer


class LongText(forms.CharField):
    """A text: line ends as \\n, composed characters, at most so many; LONGEST_TEXT of an office."""

    widget = forms.Textarea

    def __init__(self, *, max_length: int = LONGEST_TEXT, **kwargs: Any) -> None:
        super().__init__(max_length=max_length, **kwargs)

    def to_python(self, value: Any) -> str:
        """The text as it is stored; raises ValidationError for half a character pair, which no database takes."""
        text = super().to_python(value) or ""
        if any("\ud800" <= character <= "\udfff" for character in text):
            raise ValidationError(_("This text holds a character that cannot be stored."), code="surrogate")
        return unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))


class ItemForm(DraftForm):
    """What was posted about one item. A draft may be incomplete: what is missing is named at the review."""

    names = FIELDS
    position = forms.ChoiceField(label=_("Position"), choices=ItemAnswer.Position.choices, required=False)
    willingness = forms.ChoiceField(
        label=_("If it goes ahead, your office would"), choices=ItemAnswer.Willingness.choices, required=False
    )
    comment = LongText(label=_("Comment or reason"), required=False)
    wording = LongText(label=_("Wording you propose"), required=False)

    def __init__(self, item: CirculationItem, data: Mapping[str, str]) -> None:
        super().__init__(item.key, data)
        self.item = item

    def clean_wording(self) -> str:
        """The wording; empty where the present text was left as it is."""
        return proposed_wording(self.item, self.cleaned_data["wording"])

    def as_typed(self, name: str) -> str:
        """A field as it was typed; the present text, unchanged, is no wording."""
        text = super().as_typed(name)
        return proposed_wording(self.item, text) if name == "wording" else text


class AnswerForms(DraftForms[ItemForm]):
    """What was posted from the answer page, for one item or for all of them."""

    def __init__(self, items: Iterable[CirculationItem], draft: Draft, data: Mapping[str, str]) -> None:
        super().__init__({item.key: ItemForm(item, data) for item in items}, draft, data, longest=LONGEST_TEXT)


class ReviewForm(forms.Form):
    """The last step: what was read is what is submitted."""

    confirm = forms.BooleanField(error_messages={"required": _("Tick the box to submit for your office.")})
    seen_number = forms.IntegerField(min_value=0, max_value=32767, widget=forms.HiddenInput)
    seen_draft = forms.CharField(required=False, max_length=20_000, widget=forms.HiddenInput)


class SignOffForm(forms.Form):
    """The draft that was read before it was signed off."""

    seen_draft = forms.CharField(required=False, max_length=20_000)


class AskForm(forms.Form):
    """The colleagues who are asked to read the draft."""

    def __init__(self, colleagues: models.QuerySet[Member], data: Mapping[str, str]) -> None:
        super().__init__(data)
        self.fields["colleagues"] = forms.ModelMultipleChoiceField(queryset=colleagues)


def prefix_of(item: CirculationItem) -> str:
    """How the names of an item's fields begin."""
    return prefix_of_part(item.key)


def typed_texts(items: Sequence[CirculationItem], data: Mapping[str, str]) -> list[tuple[CirculationItem, list[Kept]]]:
    """What was typed about each item, as it was typed: for a page that cannot save it any more."""
    forms_by_item = [(item, ItemForm(item, data)) for item in items]
    return [
        (item, [Kept(name, form.as_typed(name)) for name in FIELDS if form.as_typed(name)])
        for item, form in forms_by_item
    ]
