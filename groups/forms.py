"""What people type who ask to join, who nominate, and who decide."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy

from accounts.forms import OFFICE_ROLES, PersonForm, about_oneself
from accounts.models import Member, Office
from groups.models import Group, Nomination
from groups.operations import Wish

REMARK = forms.Textarea(attrs={"rows": 4})


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
    remark = forms.CharField(label=gettext_lazy("Remark (optional)"), required=False, max_length=2000, widget=REMARK)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        cast("forms.ModelMultipleChoiceField", self.fields["groups"]).queryset = Group.objects.all()

    def wish(self) -> Wish:
        """What was typed, for the operations."""
        asked = self.cleaned_data
        return Wish(person=self.person(), role=asked["role"], groups=list(asked["groups"]), remark=asked["remark"])


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
    field_order = ("office", "honorific", "given_name", "family_name", "job_title", "email")

    def __init__(self, *args: Any, offices: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        cast("OfficeChoice", self.fields["office"]).queryset = offices


class AcceptNominationForm(forms.Form):
    """Taking a person in, in a role."""

    role = forms.ChoiceField(label=gettext_lazy("Role"), choices=OFFICE_ROLES)

    def __init__(self, data: Any = None, *, nomination: Nomination) -> None:
        super().__init__(data, initial={"role": nomination.role})


class DeclineForm(forms.Form):
    """Declining with a reason."""

    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=2000,
        widget=REMARK,
        help_text=gettext_lazy("It is mailed to whoever asked."),
    )
