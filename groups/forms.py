"""What people type who ask to join, who nominate, who decide, and who look after seats."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any, cast

from django import forms
from django.core import signing
from django.core.exceptions import ValidationError
from django.core.files.base import File
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.forms import OFFICE_ROLES, PersonForm, about_oneself
from accounts.models import Member, Office
from groups.importing import Row, Unreadable, read_rows
from groups.models import Group, Membership, Nomination
from groups.operations.nominations import Wish
from groups.seating import prolongation_of
from library.forms import CheckedFileField

SALT = "groups.import"
SEATS = [choice for choice in Membership.Role.choices if choice[0] in ("member", "alternate")]
REMARK = forms.Textarea(attrs={"rows": 4, "dir": "auto"})


class OfficeChoice(forms.ModelChoiceField):
    """A select of offices: name in the reader's language and code."""

    def label_from_instance(self, office: Office) -> str:
        """Such as "Switzerland (CH)"."""
        return str(office)


class WishForm(PersonForm):
    """A person, a role and groups."""

    role = forms.ChoiceField(label=gettext_lazy("Role"), choices=OFFICE_ROLES, initial=Member.Role.CONTRIBUTOR)
    groups = forms.ModelMultipleChoiceField(
        Group.objects.none(),
        label=gettext_lazy("Groups"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("The Secretariat decides about seats in groups."),
    )
    seat = forms.ChoiceField(
        label=gettext_lazy("Seat in the groups"), choices=SEATS, initial=Membership.Role.MEMBER, required=False
    )
    remark = forms.CharField(label=gettext_lazy("Remark (optional)"), required=False, max_length=2000, widget=REMARK)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        cast("forms.ModelMultipleChoiceField", self.fields["groups"]).queryset = Group.objects.all()

    def wish(self) -> Wish:
        """What was typed, for the operations."""
        asked = self.cleaned_data
        return Wish(
            person=self.person(),
            role=asked["role"],
            groups=list(asked["groups"]),
            seat=asked["seat"] or Membership.Role.MEMBER,
            remark=asked["remark"],
            letter=asked.get("letter"),
        )


class JoinForm(WishForm):
    """A person's own request to join for an office."""

    office = OfficeChoice(
        Office.objects.none(), label=gettext_lazy("Your office"), empty_label=gettext_lazy("Choose an office")
    )
    field_order = ("office", "honorific", "given_name", "family_name", "job_title", "email")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        cast("OfficeChoice", self.fields["office"]).queryset = Office.objects.open_to_join().in_order()
        self.fields["role"].label = gettext_lazy("Role you wish")
        about_oneself(self)


class NominateForm(WishForm):
    """A nomination by an office."""

    office = OfficeChoice(Office.objects.none(), label=gettext_lazy("Office"), empty_label=None)
    letter = CheckedFileField(label=gettext_lazy("Letter or curriculum vitae (optional)"), required=False)
    field_order = ("office", "honorific", "given_name", "family_name", "job_title", "email")

    def __init__(self, *args: Any, offices: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        cast("OfficeChoice", self.fields["office"]).queryset = offices


class AcceptNominationForm(forms.Form):
    """Taking a person in, in a role."""

    role = forms.ChoiceField(label=gettext_lazy("Role"), choices=OFFICE_ROLES)

    def __init__(self, data: Any = None, *, nomination: Nomination) -> None:
        super().__init__(data, initial={"role": nomination.role})


class AskBackForm(forms.Form):
    """A question of the Secretariat to the office that nominated."""

    question = forms.CharField(
        label=gettext_lazy("Question"),
        max_length=2000,
        widget=REMARK,
        help_text=gettext_lazy("It is mailed to those who speak for the office."),
    )


class AnswerForm(forms.Form):
    """What the office answers."""

    reply = forms.CharField(label=gettext_lazy("Answer"), max_length=2000, widget=REMARK)
    letter = CheckedFileField(label=gettext_lazy("Letter or curriculum vitae (optional)"), required=False)


class DeclineForm(forms.Form):
    """Declining with a reason."""

    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=2000,
        widget=REMARK,
        help_text=gettext_lazy("It is mailed to whoever asked."),
    )


# --- seats ------------------------------------------------------------------------------------------------------------
class SuccessorForm(forms.Form):
    """The colleague to whom a seat passes."""

    to = forms.ModelChoiceField(
        Member.objects.none(), label=gettext_lazy("Colleague"), empty_label=gettext_lazy("Choose a colleague")
    )

    def __init__(self, data: Any = None, *, seat: Membership) -> None:
        super().__init__(data)
        colleagues = Member.objects.current().exclude(office=None).filter(office=seat.member.office_id)
        sitting = Membership.objects.current().filter(group=seat.group).exclude(role=Membership.Role.ALTERNATE)
        choice = colleagues.exclude(pk=seat.member_id).exclude(pk__in=sitting.values("member")).in_order()
        cast("forms.ModelChoiceField", self.fields["to"]).queryset = choice


class ProlongForm(forms.Form):
    """Another end of a mandate."""

    until = forms.DateField(
        label=gettext_lazy("Last day of the mandate"), widget=forms.DateInput(attrs={"type": "date"})
    )

    def __init__(self, data: Any = None, *, seat: Membership, today: date) -> None:
        self.first, self.last = prolongation_of(seat, today)
        super().__init__(data, initial={"until": self.last})
        self.fields["until"].widget.attrs |= {"min": self.first.isoformat(), "max": self.last.isoformat()}


class EndSeatForm(forms.Form):
    """Why somebody's seat ends."""

    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3, "dir": "auto"}),
        help_text=gettext_lazy("The person and the focal points of the office read it."),
    )


class GuestForm(PersonForm):
    """An industry specialist who is invited into a focus group."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["email"].label = _("E-mail address")


class ListForm(forms.Form):
    """A list of members as a file."""

    upload = CheckedFileField(
        label=gettext_lazy("List as XLSX or CSV"),
        help_text=gettext_lazy("The first line names the columns."),
        widget=forms.FileInput(attrs={"accept": ".csv,.xlsx"}),
    )

    def clean_upload(self) -> File:
        """The file, if it is of a kind that holds rows."""
        upload: File = self.cleaned_data["upload"]
        if not (upload.name or "").lower().endswith((".csv", ".xlsx")):
            raise ValidationError(_("Send the list as XLSX or CSV."), code="kind")
        return upload

    def clean(self) -> dict[str, Any]:
        """With the rows of the file."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if cleaned.get("upload"):
            try:
                cleaned["rows"] = read_rows(cleaned["upload"])
            except Unreadable as problem:
                self.add_error("upload", str(problem))
        return cleaned


class ConfirmedListForm(forms.Form):
    """The rows that were shown, signed, so that what is stored is what was read."""

    signed = forms.CharField(max_length=2_000_000, widget=forms.HiddenInput)

    def clean_signed(self) -> list[Row]:
        """The rows. Refuses what was altered, or shown more than an hour ago."""
        try:
            packed = signing.loads(self.cleaned_data["signed"], salt=SALT, max_age=3600)
        except signing.BadSignature as error:
            raise ValidationError(_("Send the file again: the list was shown too long ago."), code="old") from error
        return [Row.unpack(values) for values in packed]


def signed_rows(rows: Iterable[Row]) -> str:
    """Rows for the hidden field of a page."""
    return signing.dumps([row.pack() for row in rows], salt=SALT, compress=True)
