"""An office's answer item by item: what is posted becomes edits of the shared draft; nothing typed is ever dropped.

Beside every field stands a token: the version the page was made from, the version its reader goes on writing, and a
digest of the value it showed. An untouched field is left alone whatever happened meanwhile; a touched one names the
version its author had seen.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Member, User
from consultations.drafts import Draft, FieldState
from consultations.operations import Edit
from meetings.item_drafts import FIELDS, LONGEST_TEXT, Kept, field_key, proposed_wording
from meetings.models import CirculationItem, ItemAnswer

TOKEN = re.compile(r"([0-9]{1,9})\.([0-9]{1,9})-([0-9a-f]{16})\Z", re.ASCII)
CHOICE = re.compile(r"([-\w]{1,10}\.[a-z]{1,20}):([0-9]{1,9}):(field|both|[0-9]{1,9})\Z", re.ASCII)


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


class ItemForm(forms.Form):
    """What was posted about one item. A draft may be incomplete: what is missing is named at the review."""

    position = forms.ChoiceField(label=_("Position"), choices=ItemAnswer.Position.choices, required=False)
    willingness = forms.ChoiceField(
        label=_("If it goes ahead, your office would"), choices=ItemAnswer.Willingness.choices, required=False
    )
    comment = LongText(label=_("Comment or reason"), required=False)
    wording = LongText(label=_("Wording you propose"), required=False)

    def __init__(self, item: CirculationItem, data: Mapping[str, str]) -> None:
        super().__init__(data, prefix=prefix_of(item))
        self.item = item

    def clean_wording(self) -> str:
        """The wording; empty where the present text was left as it is."""
        return proposed_wording(self.item, self.cleaned_data["wording"])

    def posted(self, name: str) -> bool:
        """True where the field was sent at all."""
        return self.add_prefix(name) in self.data

    def as_typed(self, name: str) -> str:
        """A field as it was typed; the present text, unchanged, is no wording."""
        text = str(self.data.get(self.add_prefix(name), "")).replace("\r\n", "\n")
        return proposed_wording(self.item, text) if name == "wording" else text

    def token(self, name: str) -> str:
        """The token that was sent beside a field."""
        return str(self.data.get(f"{self.add_prefix(name)}-seen", ""))

    def edits(self) -> Iterator[Edit]:
        """The sound fields somebody has touched."""
        self.full_clean()
        for name in FIELDS:
            if not self.posted(name) or name in self.errors:
                continue
            value = self.cleaned_data[name]
            seen, continues, shown = read_token(self.token(name))
            if shown != digest(value):
                yield Edit(key=field_key(self.item, name), value=value, seen=seen, continues=continues)


class AnswerForms:
    """What was posted from the answer page, for one item or for all of them."""

    def __init__(self, items: Iterable[CirculationItem], draft: Draft, data: Mapping[str, str]) -> None:
        self.forms = {item.key: ItemForm(item, data) for item in items}
        self.draft, self.choice = draft, CHOICE.match(str(data.get("resolve", "")))

    @property
    def has_errors(self) -> bool:
        """True where something typed cannot be stored as it is."""
        return any(form.errors for form in self.forms.values())

    def edits(self) -> list[Edit]:
        """Everything to save: the touched fields, and the choice between two versions where one was made."""
        found = {edit.key: edit for form in self.forms.values() for edit in form.edits()}
        chosen = self._chosen(found)
        return list((found | {chosen.key: chosen} if chosen else found).values())

    def _chosen(self, found: Mapping[str, Edit]) -> Edit | None:
        if not self.choice or self.choice[1] not in self.draft.fields:
            return None
        key, newest, choice = self.choice.groups()
        values = self._values(self.draft.fields[key], found)
        if choice not in values:
            return None
        if len(values[choice]) > LONGEST_TEXT:
            item, name = key.split(".")
            self.forms[item].add_error(name, _("Both texts together are too long. Shorten one of them first."))
            return None
        return Edit(key=key, value=values[choice], seen=int(newest))

    def _values(self, state: FieldState, found: Mapping[str, Edit]) -> dict[str, str]:
        """What each button stands for: one of the versions, both, or what is typed in the field."""
        versions = {str(version.number): version.value for version in state.versions}
        key_of_item, name = state.key.split(".")
        form = self.forms[key_of_item]
        if form.posted(name) and name not in form.errors:
            versions["field"] = form.cleaned_data[name]
        return versions | {"both": "\n\n".join(version.value for version in state.versions)}


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
    return f"item-{item.key}"


def digest(value: str) -> str:
    """A short fingerprint of a value."""
    return hashlib.sha256(value.encode()).hexdigest()[:16]


def make_token(value: str, state: FieldState | None, user: User) -> str:
    """What stands beside a field that shows `value` to `user`."""
    seen, continues = (state.base, state.continued_by(user)) if state else (0, 0)
    return f"{seen}.{continues}-{digest(value)}"


def read_token(token: str) -> tuple[int, int, str]:
    """The parts of a token; of a broken one zeros and nothing, so that what was typed counts as touched."""
    found = TOKEN.match(token)
    return (int(found[1]), int(found[2]), found[3]) if found else (0, 0, "")


def typed_texts(items: Sequence[CirculationItem], data: Mapping[str, str]) -> list[tuple[CirculationItem, list[Kept]]]:
    """What was typed about each item, as it was typed: for a page that cannot save it any more."""
    forms_by_item = [(item, ItemForm(item, data)) for item in items]
    return [
        (item, [Kept(name, form.as_typed(name)) for name in FIELDS if form.as_typed(name)])
        for item, form in forms_by_item
    ]
