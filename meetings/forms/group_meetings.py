"""What people type who plan, move, edit and answer meetings of a group."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, cast
from zoneinfo import ZoneInfo

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from accounts.deadlines import place_name
from accounts.zones import zone_choices
from meetings.hours import Hours, NoSuchHour, instant_of
from meetings.models import AgendaItem, Document, Participant, Session
from meetings.operations.group_meetings import AgendaLine, Details

FURTHEST = timedelta(days=3 * 366)
MOST_ITEMS = 40
LONGEST_TITLE, LONGEST_EXPLANATION = 300, 4000
ONE = "0"
RHYTHMS = [
    (ONE, _("One meeting")),
    ("1", _("Every month")),
    ("2", _("Every two months")),
    ("3", _("Every quarter")),
    ("6", _("Every six months")),
    ("12", _("Every year")),
]
NO_SUCH_HOUR = _("In this time zone this hour does not exist on this day: the clocks are put forward.")


def date_input() -> forms.DateInput:
    """The browser's own calendar where it has one; else a day is typed as 2026-12-03."""
    return forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


def time_input() -> forms.TimeInput:
    """The browser's own clock where it has one; else an hour is typed as 14:00."""
    return forms.TimeInput(attrs={"type": "time"}, format="%H:%M")


class HoursForm(forms.Form):
    """Day, hours and time zone of one meeting; `now` is aware UTC."""

    day = forms.DateField(label=_("Day"), widget=date_input())
    begins = forms.TimeField(label=pgettext_lazy("meeting", "Begins"), widget=time_input())
    ends = forms.TimeField(label=pgettext_lazy("meeting", "Ends"), widget=time_input())
    time_zone = forms.ChoiceField(
        label=_("Time zone of these hours"),
        help_text=_("Everybody reads the hours on the own clock and in Geneva time."),
    )

    def __init__(self, *args: Any, now: datetime, zone: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.now = now
        language = get_language() or "en"
        choices = zone_choices(language)
        known = {name for _continent, zones in choices for name, _city in zones}
        own = [] if zone in known else [(zone, place_name(zone, language))]
        cast("forms.ChoiceField", self.fields["time_zone"]).choices = [*own, *choices]
        self.fields["time_zone"].initial = zone

    def clean(self) -> dict[str, Any]:
        """The end comes after the beginning, and both are hours that exist."""
        found = super().clean() or {}
        if not {"day", "begins", "ends", "time_zone"} - found.keys():
            if found["ends"] <= found["begins"]:
                self.add_error("ends", ValidationError(_("The meeting must end after it begins."), code="before"))
            else:
                self._check(found)
        return found

    def _check(self, found: dict[str, Any]) -> None:
        try:
            hours = self._hours(found)
        except NoSuchHour:
            self.add_error("begins", ValidationError(NO_SUCH_HOUR, code="no_such_hour"))
            return
        except OverflowError:  # the first and the last day of all calendars
            self.add_error("day", ValidationError(_("This day is more than three years away."), code="far"))
            return
        if hours.starts_at <= self.now:
            late = _("This hour is over. Choose one that is still to come.")
            self.add_error("day", ValidationError(late, code="over"))
        elif hours.starts_at > self.now + FURTHEST:
            self.add_error("day", ValidationError(_("This day is more than three years away."), code="far"))

    def _hours(self, found: dict[str, Any]) -> Hours:
        day, zone = found["day"], found["time_zone"]
        starts_at, ends_at = (instant_of(day, found[name], zone) for name in ("begins", "ends"))
        return Hours(starts_at=starts_at, ends_at=ends_at, zone=zone)

    def hours(self) -> Hours:
        """The hours as instants."""
        return self._hours(self.cleaned_data)


def hours_of(session: Session) -> dict[str, Any]:
    """What the fields of HoursForm show for a meeting that stands."""
    if session.starts_at is None or session.ends_at is None:
        return {}
    zone = ZoneInfo(session.time_zone)
    first, last = session.starts_at.astimezone(zone), session.ends_at.astimezone(zone)
    return {"day": first.date(), "begins": first.time(), "ends": last.time(), "time_zone": session.time_zone}


class DetailsForm(forms.Form):
    """Name, place and address to join."""

    name = forms.CharField(
        label=pgettext_lazy("meeting", "Name"), max_length=200, help_text=_("Such as Fourth meeting.")
    )
    mode = forms.ChoiceField(label=_("Mode"), choices=Session.Mode.choices, initial=Session.Mode.ONLINE)
    venue = forms.CharField(label=_("Place (optional)"), max_length=200, required=False)
    join_url = forms.URLField(
        label=_("Address to join (optional)"),
        help_text=_("Begins with https://. Only members of the group see it, and no mail holds it."),
        max_length=500,
        required=False,
        assume_scheme="https",
    )

    def clean_join_url(self) -> str:
        """An encrypted address."""
        url: str = self.cleaned_data["join_url"]
        if url and not url.startswith("https://"):
            raise ValidationError(_("The address to join begins with https://."), code="not_https")
        return url

    def details(self) -> Details:
        """What the operation is given."""
        return Details(**{name: self.cleaned_data[name] for name in ("name", "mode", "venue", "join_url")})


class MeetingForm(DetailsForm, HoursForm):
    """A new meeting, or a series of them."""

    rhythm = forms.ChoiceField(
        label=_("How often"),
        choices=RHYTHMS,
        initial=ONE,
        help_text=_("A series keeps the weekday of the month and the hour on the clock. Each meeting can be moved."),
    )
    count = forms.IntegerField(
        label=_("How many meetings"), min_value=1, max_value=12, initial=4, required=False, help_text=_("For a series.")
    )
    agenda = forms.CharField(
        label=_("Agenda (optional)"),
        help_text=_("One item a line. Explanations and documents are added afterwards."),
        required=False,
        max_length=MOST_ITEMS * LONGEST_TITLE,
        widget=forms.Textarea(attrs={"rows": 5, "dir": "auto"}),
    )
    field_order = (
        "name",
        "day",
        "begins",
        "ends",
        "time_zone",
        "mode",
        "venue",
        "join_url",
        "rhythm",
        "count",
        "agenda",
    )

    def clean_agenda(self) -> list[str]:
        """The titles of the items."""
        return lines_of(self.cleaned_data["agenda"], MOST_ITEMS)

    def clean(self) -> dict[str, Any]:
        """A series says how many."""
        found = super().clean()
        if found.get("rhythm", ONE) != ONE and not found.get("count") and "count" not in self.errors:
            self.add_error("count", ValidationError(_("Say how many meetings the series has."), code="required"))
        return found

    @property
    def is_series(self) -> bool:
        """True for more than one meeting."""
        return self.cleaned_data["rhythm"] != ONE

    def rhythm_and_count(self) -> tuple[int, int]:
        """Every so many months, and how many."""
        return int(self.cleaned_data["rhythm"]), self.cleaned_data["count"]

    def lines(self) -> list[AgendaLine]:
        """The agenda."""
        return [AgendaLine(title=title) for title in self.cleaned_data["agenda"]]


def lines_of(text: str, most: int) -> list[str]:
    """The lines of a text that say something; raises ValidationError where one is too long or they are too many."""
    lines = [" ".join(line.split()) for line in text.splitlines()]
    lines = [line for line in lines if line]
    if len(lines) > most:
        raise ValidationError(_("At most %(most)s lines.") % {"most": most}, code="many")
    if any(len(line) > LONGEST_TITLE for line in lines):
        raise ValidationError(_("A line has at most %(most)s characters.") % {"most": LONGEST_TITLE}, code="long")
    return lines


class AgendaItemForm(forms.Form):
    """One item of the agenda; without a title it is taken off."""

    item = forms.IntegerField(required=False, min_value=0, widget=forms.HiddenInput)
    place = forms.IntegerField(label=pgettext_lazy("agenda", "Place"), required=False, min_value=1, max_value=999)
    title = forms.CharField(label=_("Title"), required=False, max_length=LONGEST_TITLE)
    explanation = forms.CharField(
        label=_("Explanation (optional)"),
        required=False,
        max_length=LONGEST_EXPLANATION,
        widget=forms.Textarea(attrs={"rows": 2, "dir": "auto"}),
    )
    documents = forms.MultipleChoiceField(label=_("Documents"), required=False, widget=forms.CheckboxSelectMultiple)

    def __init__(self, *args: Any, documents: Mapping[str, Document], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.choosable = documents
        choices = [(pk, f"{document.symbol} {document.title}".strip()) for pk, document in documents.items()]
        cast("forms.MultipleChoiceField", self.fields["documents"]).choices = choices
        if not documents:
            del self.fields["documents"]

    def clean(self) -> dict[str, Any]:
        """An explanation belongs to an item with a title."""
        found = super().clean() or {}
        if found.get("explanation") and not found.get("title") and "title" not in self.errors:
            self.add_error("title", ValidationError(_("Give the item a title."), code="required"))
        return found

    def line(self) -> AgendaLine:
        """What the operation is given."""
        data = self.cleaned_data
        return AgendaLine(
            pk=data.get("item") or 0,
            title=data["title"],
            explanation=data["explanation"],
            documents=[self.choosable[pk] for pk in data.get("documents", ())],
        )


AgendaFormSet = forms.formset_factory(
    AgendaItemForm, extra=3, max_num=MOST_ITEMS, validate_max=True, absolute_max=MOST_ITEMS + 1
)


def agenda_rows(items: Iterable[AgendaItem]) -> list[dict[str, Any]]:
    """What the rows of the agenda show; reads the prefetched documents."""
    return [
        {
            "item": item.pk,
            "place": item.order,
            "title": item.title,
            "explanation": item.explanation,
            "documents": [str(document.pk) for document in item.documents.all()],
        }
        for item in items
    ]


def agenda_lines(rows: Iterable[AgendaItemForm]) -> list[AgendaLine]:
    """The items that have a title, by their place; those without a place come last, as they stand."""
    kept = [row for row in rows if row.cleaned_data.get("title")]
    return [row.line() for row in sorted(kept, key=lambda row: row.cleaned_data.get("place") or MOST_ITEMS * 1000)]


class VersionForm(forms.Form):
    """The version of the meeting that the page showed."""

    seen = forms.IntegerField(min_value=0, max_value=32767, widget=forms.HiddenInput)


class CallOffForm(forms.Form):
    """Why a meeting is called off."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=500,
        help_text=_("Everybody in the group reads it."),
        widget=forms.Textarea(attrs={"rows": 3, "dir": "auto"}),
    )


class ReplyForm(forms.Form):
    """Yes or no."""

    status = forms.ChoiceField(
        label=_("Will you take part?"),
        choices=[
            (Participant.Status.CONFIRMED, pgettext_lazy("will you take part", "Yes")),
            (Participant.Status.DECLINED, pgettext_lazy("will you take part", "No")),
        ],
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose yes or no.")},
    )
