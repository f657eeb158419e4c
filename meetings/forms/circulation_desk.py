"""Forms of the Secretariat for a circulation: its preparation in the admin, a new deadline, a reason."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any, cast

from django import forms
from django.conf import settings
from django.contrib.admin.widgets import FilteredSelectMultiple
from django.contrib.postgres.forms import SimpleArrayField
from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator
from django.utils.translation import gettext_lazy as _

from accounts.models import Member, Office
from consultations.models import Round, default_reminder_days
from meetings.forms.circulations import LongText
from meetings.models import Circulation
from meetings.operations.circulations import Preparation
from notifications.reminders import closing_day, closing_instant

LONGEST_SENTENCE = 300
FURTHEST = timedelta(days=3 * 366)
NOT_ASKED = (Office.Kind.RESERVED, Office.Kind.SECRETARIAT)
TITLES = {f"title_{code.replace('-', '_')}": (code, name) for code, name in settings.LANGUAGES}
INTRODUCTIONS = {f"introduction_{code.replace('-', '_')}": (code, name) for code, name in settings.LANGUAGES}


class ActForm(forms.Form):
    """What an act on a circulation needs to be told; nothing, for opening."""

    def arguments(self) -> dict[str, Any]:
        """What is rehearsed, done or kept until somebody releases it, as JSON."""
        return {}


class ReasonForm(ActForm):
    """Why; every addressed office reads it."""

    reason = LongText(
        label=_("Reason"),
        help_text=_("Every addressed office reads it."),
        widget=forms.Textarea(attrs={"rows": 3, "dir": "auto"}),
    )

    def arguments(self) -> dict[str, Any]:
        """The reason."""
        return {"reason": self.cleaned_data["reason"]}


class ExtendForm(ReasonForm):
    """A later deadline: a Geneva day, of which the last millisecond counts."""

    closes_on = forms.DateField(
        label=_("New last day"),
        help_text=_("Closes at 23:59 Geneva time."),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    field_order = ["closes_on", "reason"]

    def __init__(self, *args: Any, closes_at: datetime, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.closes_at, self.now = closes_at, now

    def clean_closes_on(self) -> datetime:
        """The new closing instant (aware UTC)."""
        instant = instant_of(self.cleaned_data["closes_on"], self.now)
        if instant <= self.closes_at:
            raise ValidationError(_("The new deadline must be later than the present one."), code="earlier")
        return instant

    def arguments(self) -> dict[str, Any]:
        """The reason and the new deadline."""
        return {**super().arguments(), "closes_at": self.cleaned_data["closes_on"].isoformat()}


class NudgeForm(ActForm):
    """Which offices are reminded, and what the Secretariat adds to the reminder."""

    everybody = forms.BooleanField(label=_("All of them"), required=False)
    offices = forms.MultipleChoiceField(
        label=_("Offices that have not answered"), required=False, widget=forms.CheckboxSelectMultiple
    )
    sentence = LongText(
        label=_("A sentence of your own"),
        help_text=_("Optional, at most 300 characters. It stands at the head of the reminder, as you write it."),
        required=False,
        widget=forms.TextInput,
        validators=[MaxLengthValidator(LONGEST_SENTENCE)],
    )

    def __init__(self, *args: Any, owing: Sequence[Office], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.owing = owing
        choices = [(office.code, f"{office.name} ({office.code})") for office in owing]
        cast("forms.MultipleChoiceField", self.fields["offices"]).choices = choices
        self.fields["sentence"].widget.attrs["maxlength"] = LONGEST_SENTENCE

    def clean_sentence(self) -> str:
        """One line."""
        return " ".join(self.cleaned_data["sentence"].split())

    def clean(self) -> dict[str, Any]:
        """Somebody is reminded."""
        data = super().clean() or {}
        if not data.get("everybody") and not data.get("offices") and "offices" not in self.errors:
            self.add_error("offices", _("Choose at least one office."))
        return data

    def arguments(self) -> dict[str, Any]:
        """The codes of the offices and the sentence."""
        every = [office.code for office in self.owing]
        return {
            "offices": every if self.cleaned_data["everybody"] else self.cleaned_data["offices"],
            "sentence": self.cleaned_data["sentence"],
        }


class CirculationForm(forms.ModelForm):
    """A circulation with the fields of its round, as one form; `now` is set by the admin for each request."""

    now: datetime
    slug = forms.SlugField(
        label=_("Address"), max_length=80, help_text=_("Stands in every link, such as next-steps-2027.")
    )
    closes_on = forms.DateField(
        label=_("Last day"),
        help_text=_("Closes at 23:59 Geneva time."),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    reminder_days = SimpleArrayField(
        forms.IntegerField(min_value=1, max_value=365),
        label=_("Reminders, days before closing"),
        max_length=10,
        required=False,
        initial=default_reminder_days,
    )
    answers_visible = forms.ChoiceField(
        label=_("Members see the answers"),
        choices=Round.AnswersVisible.choices,
        initial=Round.AnswersVisible.PUBLICATION,
    )
    address_all = forms.BooleanField(
        label=_("Address every office that has a focal point or an alternate"), required=False
    )
    addressees = forms.ModelMultipleChoiceField(
        label=_("Addressed offices"),
        queryset=Office.objects.exclude(kind__in=NOT_ASKED),
        required=False,
        widget=FilteredSelectMultiple(_("offices"), is_stacked=False),
    )

    class Meta:
        model = Circulation
        fields = ["session", "mandate"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, (code, language) in TITLES.items():
            self.fields[name] = forms.CharField(
                label=_("Title, %(language)s") % {"language": language},
                max_length=200,
                required=code == "en",
                widget=forms.TextInput(attrs={"class": "vTextField"}),
            )
        for name, (_code, language) in INTRODUCTIONS.items():
            self.fields[name] = LongText(
                label=_("Introduction, %(language)s") % {"language": language},
                required=False,
                widget=forms.Textarea(attrs={"rows": 3, "class": "vLargeTextField", "dir": "auto"}),
            )
        addressees = cast("forms.ModelMultipleChoiceField[Office]", self.fields["addressees"])
        addressees.queryset = Office.objects.exclude(kind__in=NOT_ASKED).in_order()
        if self.instance.pk:
            self.initial = {**self.initial, **_initial_of(self.instance)}

    def clean_slug(self) -> str:
        """An address nobody else has."""
        slug: str = self.cleaned_data["slug"]
        if Round.objects.filter(slug=slug).exclude(pk=self.instance.round_id).exists():
            raise ValidationError(_("Another circulation has this address."), code="taken")
        return slug

    def clean_closes_on(self) -> datetime:
        """The closing instant (aware UTC)."""
        return instant_of(self.cleaned_data["closes_on"], self.now)

    def preparation(self) -> Preparation:
        """What the operation is given."""
        data = self.cleaned_data
        speaking = Office.objects.filter(pk__in=Member.objects.speaking_for_office().values("office"))
        every = speaking.exclude(kind=Office.Kind.SECRETARIAT)
        return Preparation(
            slug=data["slug"],
            titles={code: data[name] for name, (code, _) in TITLES.items() if data[name]},
            introductions={code: data[name] for name, (code, _) in INTRODUCTIONS.items() if data[name]},
            closes_at=data["closes_on"],
            session=data["session"],
            mandate=data["mandate"],
            addressees=list(every if data["address_all"] else data["addressees"]),
            reminder_days=data["reminder_days"],
            answers_visible=data["answers_visible"],
        )


def instant_of(day: date, now: datetime) -> datetime:
    """The closing instant of a Geneva day (aware UTC); raises ValidationError for one that is over or absurdly far."""
    today = closing_day(now)
    if day < today:
        raise ValidationError(_("This day is over."), code="over")
    if day > today + FURTHEST:
        raise ValidationError(_("This day is more than three years away."), code="far")
    return closing_instant(day)


def _initial_of(circulation: Circulation) -> dict[str, Any]:
    round = circulation.round
    return {
        "slug": round.slug,
        "closes_on": closing_day(round.closes_at),
        "reminder_days": round.reminder_days,
        "answers_visible": round.answers_visible,
        "addressees": list(round.addressees.all()),
        **{name: round.titles.get(code, "") for name, (code, _) in TITLES.items()},
        **{name: circulation.introductions.get(code, "") for name, (code, _) in INTRODUCTIONS.items()},
    }
