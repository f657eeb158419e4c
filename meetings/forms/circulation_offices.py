"""Forms of the Secretariat for one office of a circulation: more time, a late addressee, an answer from a letter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Office, User
from consultations.models import Round
from consultations.operations import Letter
from library.forms import CheckedFileField
from meetings.forms.circulation_desk import NOT_ASKED, instant_of
from meetings.forms.circulations import ItemForm, LongText
from meetings.item_drafts import FIELDS, field_key
from meetings.models import CirculationItem
from meetings.operations.on_behalf import read_letter
from notifications.reminders import closing_day


def _day(**options: Any) -> forms.DateField:
    return forms.DateField(widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), **options)


class OwnDeadlineForm(forms.Form):
    """A deadline for one office: a Geneva day, of which the last millisecond counts."""

    closes_on = _day(
        label=gettext_lazy("Last day for this office"), help_text=gettext_lazy("Closes at 23:59 Geneva time.")
    )

    def __init__(self, *args: Any, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.now = now

    def clean_closes_on(self) -> datetime:
        """The closing instant (aware UTC)."""
        return instant_of(self.cleaned_data["closes_on"], self.now)


class ReopenForm(OwnDeadlineForm):
    """More time for one office, with the reason."""

    reason = LongText(
        label=gettext_lazy("Reason"),
        help_text=gettext_lazy("Those who speak for the office read it."),
        widget=forms.Textarea(attrs={"rows": 3, "dir": "auto"}),
    )

    def __init__(self, *args: Any, closes_at: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.closes_at = closes_at

    def clean_closes_on(self) -> datetime:
        """The closing instant (aware UTC), later than the present one."""
        instant = super().clean_closes_on()
        if instant <= self.closes_at:
            raise ValidationError(_("The new deadline must be later than the present one."), code="earlier")
        return instant


class AddOfficeForm(OwnDeadlineForm):
    """One more office, with its own deadline."""

    office = forms.ModelChoiceField(Office.objects.none(), label=gettext_lazy("Office"))
    field_order = ["office", "closes_on"]

    def __init__(self, *args: Any, round: Round, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        asked = round.responses.values("office")
        open_to = Office.objects.exclude(kind__in=NOT_ASKED).exclude(pk__in=asked)
        cast("forms.ModelChoiceField[Office]", self.fields["office"]).queryset = open_to.in_order()


class LetterForm(forms.Form):
    """Where an answer comes from."""

    upload = CheckedFileField(label=gettext_lazy("The e-mail or letter, as a file"))
    received_on = _day(label=gettext_lazy("Received on"))
    reason = LongText(
        label=gettext_lazy("Why the Secretariat enters it"),
        help_text=gettext_lazy("Those who speak for the office read it."),
        widget=forms.Textarea(attrs={"rows": 2, "dir": "auto"}),
    )
    seen_number = forms.IntegerField(min_value=0, max_value=32766, widget=forms.HiddenInput)

    def __init__(self, *args: Any, opened_at: datetime, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.first, self.last = closing_day(opened_at), closing_day(now)

    def clean_received_on(self) -> date:
        """A Geneva day between the opening and today."""
        day: date = self.cleaned_data["received_on"]
        if not self.first <= day <= self.last:
            raise ValidationError(_("The day of receipt must lie between the opening and today."), code="day")
        return day

    def letter(self) -> Letter:
        """What the operation is given."""
        data = self.cleaned_data
        return Letter(upload=data["upload"], received_on=data["received_on"], reason=data["reason"])


class LetterForms:
    """What was posted about an answer from a letter: the letter itself, and what it says item by item."""

    def __init__(
        self,
        items: Sequence[CirculationItem],
        data: Mapping[str, str] | None,
        files: MultiValueDict[str, Any] | None,
        **letter: Any,
    ) -> None:
        self.letter = LetterForm(data, files, **letter)
        self.items = [ItemForm(item, data or {}) for item in items]
        self.is_bound = data is not None

    def is_valid(self, by: User, now: datetime) -> bool:
        """True where everything posted can be entered; what is missing on an item stands at its field."""
        sound = [form.is_valid() for form in (self.letter, *self.items)]
        if not self.is_bound or not all(sound[1:]):
            return False
        drafts = read_letter(items=[form.item for form in self.items], values=self.values(), by=by, now=now)
        for form, draft in zip(self.items, drafts, strict=True):
            for problem in draft.problems:
                form.add_error(problem.field, self._words().get(problem.key, problem.text))
        return all(sound) and not self.has_item_errors

    @property
    def has_item_errors(self) -> bool:
        """True where an item needs a change."""
        return any(form.errors for form in self.items)

    @property
    def has_errors(self) -> bool:
        """True where anything needs a change."""
        return self.is_bound and bool(self.letter.errors or self.has_item_errors)

    def values(self) -> dict[str, str]:
        """What the letter says, by key of the draft."""
        return {field_key(form.item, name): form.cleaned_data[name] for form in self.items for name in FIELDS}

    @staticmethod
    def _words() -> dict[str, str]:
        """What keeps an item from being entered, said to the Secretariat."""
        return {
            "reason": _("Enter the reason the office gives: this position needs one."),
            "wording": _("Enter the wording the office proposes."),
        }
