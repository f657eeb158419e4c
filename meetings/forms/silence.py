"""What the Secretariat types to prepare, extend and withdraw a silence procedure, and an office to object."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import Member, Office
from groups.models import Group
from meetings.forms.circulations import LongText
from meetings.models import Document, SilenceProcedure
from meetings.operations.silence import Change, Proposal
from meetings.silence import sitting
from notifications.reminders import GENEVA, closing_day

EVENING = time(18)
FURTHEST = timedelta(days=366)
LONGEST_TITLE, LONGEST_PROPOSAL, LONGEST_OBJECTION, LONGEST_REASON = 200, 20_000, 4000, 500
Subject = SilenceProcedure.Subject


class ClosingForm(forms.Form):
    """A closing instant: a Geneva day and an hour of the Geneva clock."""

    closes_on = forms.DateField(label=_("Closes on"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    closes_at = forms.TimeField(
        label=pgettext_lazy("hour of a day", "at"),
        initial=EVENING,
        help_text=_("Geneva time. An objection is accepted before this instant."),
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
    )

    def __init__(self, *args: Any, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.now = now

    def clean_closes_on(self) -> object:
        """A day that is not absurdly far."""
        day, today = self.cleaned_data["closes_on"], closing_day(self.now)
        if day < today:
            raise ValidationError(_("This day is over."), code="over")
        if day > today + FURTHEST:
            raise ValidationError(_("This day is more than a year away."), code="far")
        return day

    def instant(self) -> datetime:
        """The closing instant, aware UTC."""
        day, hour = self.cleaned_data["closes_on"], self.cleaned_data["closes_at"]
        return datetime.combine(day, hour.replace(second=0, microsecond=0), GENEVA).astimezone(UTC)


class CandidateChoice(forms.ModelChoiceField):
    """A select of members with their offices."""

    def label_from_instance(self, member: Member) -> str:
        """Such as "Jan Voorbeeld, Norland (QN)"."""
        return f"{member}, {member.office}"


class DocumentChoice(forms.ModelChoiceField):
    """A select of documents by symbol and title."""

    def label_from_instance(self, document: Document) -> str:
        """Such as "CION/4/2 Working arrangements"."""
        return f"{document.symbol} {document.title}".strip()


class ProposalForm(ClosingForm):
    """What is put to the members of a group."""

    subject = forms.ChoiceField(
        label=_("What is put to the members"), choices=Subject.choices, widget=forms.RadioSelect, initial=Subject.CHAIR
    )
    candidate = CandidateChoice(Member.objects.none(), label=_("Candidate"), required=False)
    document = DocumentChoice(
        Document.objects.none(),
        label=_("Document"),
        required=False,
        help_text=_("A document of the group that its members can read and that is not adopted."),
    )
    title = LongText(label=_("Title"), max_length=LONGEST_TITLE, widget=forms.TextInput)
    text = LongText(
        label=_("Text"),
        max_length=LONGEST_PROPOSAL,
        widget=forms.Textarea(attrs={"rows": 8, "dir": "auto"}),
        help_text=_("What members read, as you write it: the text itself, or why the candidate or the document."),
    )
    field_order = ["subject", "candidate", "document", "title", "text", "closes_on", "closes_at"]

    def __init__(self, *args: Any, group: Group, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, now=now, **kwargs)
        members = Member.objects.filter(pk__in=[seat.member_id for seat in sitting(group)]).select_related("office")
        documents = Document.objects.filter(group=group, adopted_at=None)
        readable = documents.exclude(visibility=Document.Visibility.STAFF)
        cast("CandidateChoice", self.fields["candidate"]).queryset = members.in_order()
        cast("DocumentChoice", self.fields["document"]).queryset = readable.order_by("-pk")

    def clean(self) -> dict[str, Any]:
        """A candidate or a document is named where one is put."""
        data = super().clean() or {}
        subject = data.get("subject")
        for name in (Subject.CHAIR, Subject.DOCUMENT):
            field = "candidate" if name == Subject.CHAIR else "document"
            if subject == name and not data.get(field) and field not in self.errors:
                self.add_error(field, _("Choose one."))
        return data

    def proposal(self) -> Proposal:
        """What the operation is given."""
        data = self.cleaned_data
        return Proposal(
            title=data["title"],
            text=data["text"],
            closes_at=self.instant(),
            candidate=data["candidate"] if data["subject"] == Subject.CHAIR else None,
            document=data["document"] if data["subject"] == Subject.DOCUMENT else None,
        )


class ReasonForm(forms.Form):
    """Why; every sitting member reads it."""

    reason = LongText(
        label=_("Reason"),
        max_length=LONGEST_REASON,
        help_text=_("Every sitting member reads it."),
        widget=forms.Textarea(attrs={"rows": 3, "dir": "auto"}),
    )

    def change(self) -> Change:
        """A withdrawal, as the operation is given it."""
        return Change(reason=self.cleaned_data["reason"])


class LaterForm(ReasonForm, ClosingForm):
    """A later closing instant with its reason."""

    field_order = ["closes_on", "closes_at", "reason"]

    def change(self) -> Change:
        """An extension, as the operation is given it."""
        return Change(reason=self.cleaned_data["reason"], closes_at=self.instant())


class OfficeChoice(forms.ModelChoiceField):
    """For which of one's offices one objects."""

    def label_from_instance(self, office: Office) -> str:
        """Such as "Norland (QN)"."""
        return str(office)


class ObjectionForm(forms.Form):
    """Why an office objects; who sits for one office is not asked for which."""

    office = OfficeChoice(Office.objects.none(), label=_("Office"), empty_label=None)
    reason = LongText(
        label=_("Reason"),
        max_length=LONGEST_OBJECTION,
        widget=forms.Textarea(attrs={"rows": 6, "dir": "auto"}),
        help_text=_("The Secretariat and the Chair of the group read it, nobody else."),
    )

    def __init__(self, *args: Any, offices: list[Office], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = cast("OfficeChoice", self.fields["office"])
        field.queryset = Office.objects.filter(pk__in=[office.pk for office in offices])
        field.initial = offices[0].pk
        if len(offices) == 1:
            field.widget = forms.HiddenInput()
