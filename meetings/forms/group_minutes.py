"""What people type after a meeting of a group: who took part, the minutes, and what becomes of an agreed point."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import Member
from meetings.forms.group_meetings import date_input, lines_of
from meetings.models import AgendaItem, AgreedPoint, Session
from meetings.operations.group_minutes import MinutesOf

LONGEST_MINUTES = 20_000
MOST_POINTS = 30
LONGEST_POINT = 300


class AttendanceForm(forms.Form):
    """Who took part, ticked by office."""

    present = forms.ModelMultipleChoiceField(Member.objects.none(), required=False)

    def __init__(self, data: Mapping[str, Any], *, people: Sequence[Member]) -> None:
        super().__init__(data)
        chosen = cast("forms.ModelMultipleChoiceField", self.fields["present"])
        chosen.queryset = Member.objects.filter(pk__in=[member.pk for member in people]).select_related("office")


class ItemMinutesForm(forms.Form):
    """What was said about one item, and what was agreed."""

    minutes = forms.CharField(
        label=_("Minutes"),
        required=False,
        max_length=LONGEST_MINUTES,
        widget=forms.Textarea(attrs={"rows": 5, "dir": "auto"}),
    )
    agreed = forms.CharField(
        label=_("Agreed points"),
        help_text=_("One a line."),
        required=False,
        max_length=MOST_POINTS * LONGEST_POINT,
        widget=forms.Textarea(attrs={"rows": 3, "dir": "auto"}),
    )

    def __init__(self, item: AgendaItem, data: Mapping[str, Any] | None = None) -> None:
        points = "\n".join(point.text for point in item.agreed.all())
        super().__init__(data, prefix=f"item{item.pk}", initial={"minutes": item.minutes, "agreed": points})
        self.item = item

    def clean_agreed(self) -> list[str]:
        """The points."""
        return lines_of(self.cleaned_data["agreed"], MOST_POINTS)

    def said(self) -> MinutesOf:
        """What the operation is given."""
        data = self.cleaned_data
        text = data["minutes"].replace("\r\n", "\n").strip()
        return MinutesOf(item=self.item.pk, text=text, agreed=data["agreed"])


class SeatHolder(forms.ModelChoiceField):
    """A person of the group."""

    def label_from_instance(self, member: Member) -> str:
        """Name and office."""
        return f"{member.name} ({member.office_id})" if member.office_id else member.name


class NextStepForm(forms.Form):
    """What a next step needs beside its text."""

    due_on = forms.DateField(label=_("Due (optional)"), required=False, widget=date_input())
    owner = SeatHolder(Member.objects.none(), label=_("Who does it (optional)"), required=False)

    def __init__(self, data: Mapping[str, Any] | None = None, *, people: Sequence[Member]) -> None:
        super().__init__(data)
        owner = cast("SeatHolder", self.fields["owner"])
        owner.queryset = Member.objects.filter(pk__in=[member.pk for member in people]).in_order()


class ActionItemForm(forms.Form):
    """What an action item needs beside its wording."""

    session = forms.ModelChoiceField(
        Session.objects.none(), label=_("Session of WILD under which it stands"), empty_label=None
    )
    heading = forms.CharField(label=_("Short heading"), max_length=200)

    def __init__(self, data: Mapping[str, Any] | None = None, *, point: AgreedPoint, sessions: Any) -> None:
        super().__init__(data, initial={"heading": point.text[:200]})
        cast("forms.ModelChoiceField", self.fields["session"]).queryset = sessions
