"""Forms of the Secretariat for a circulation: its preparation in the admin, a new deadline, a reason."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any, cast

from django import forms
from django.conf import settings
from django.contrib.admin.widgets import FilteredSelectMultiple
from django.contrib.postgres.forms import SimpleArrayField
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.models import Member, Office
from consultations.models import Round, default_reminder_days
from meetings.forms.circulations import LongText
from meetings.models import Circulation
from meetings.operations.circulations import Preparation
from notifications.reminders import closing_day, closing_instant

FURTHEST = timedelta(days=3 * 366)
NOT_ASKED = (Office.Kind.RESERVED, Office.Kind.SECRETARIAT)
TITLES = {f"title_{code.replace('-', '_')}": (code, name) for code, name in settings.LANGUAGES}
INTRODUCTIONS = {f"introduction_{code.replace('-', '_')}": (code, name) for code, name in settings.LANGUAGES}


class ReasonForm(forms.Form):
    """Why; every addressed office reads it."""

    reason = LongText(
        label=_("Reason"), help_text=_("Every addressed office reads it."), widget=forms.Textarea(attrs={"rows": 3})
    )


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
                widget=forms.Textarea(attrs={"rows": 3, "class": "vLargeTextField"}),
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
