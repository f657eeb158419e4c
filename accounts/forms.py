"""What people type about themselves, their colleagues and their login."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from typing import Any, cast

from allauth.account.models import EmailAddress
from django import forms
from django.conf import settings
from django.contrib.admin.widgets import AutocompleteSelect
from django.contrib.auth.password_validation import password_validators_help_text_html, validate_password
from django.core.exceptions import ValidationError
from django.utils.translation import get_language, get_language_info, gettext_lazy, pgettext_lazy
from django.utils.translation import gettext as _

from accounts.models import Member, Office, OfficeQuerySet, User
from accounts.operations import Person, Profile
from accounts.passwords import LONGEST
from accounts.zones import zone_choices

SMALL_FIELD, SMALL_SELECT = {"class": "form-control form-control-sm"}, {"class": "form-select form-select-sm"}
OFFICE_ROLES = [choice for choice in Member.Role.choices if choice[0] != Member.Role.GUEST]


def plain_line(text: str) -> None:
    """Raises ValidationError for control characters and signs that turn the direction of the text around them."""
    if any(unicodedata.category(char) in {"Cc", "Zl", "Zp"} or char in "\u202a\u202b\u202d\u202e" for char in text):
        raise ValidationError(_("Type this on one line, without control characters."), code="control")


def language_choices() -> list[tuple[str, str]]:
    """The six languages, each in its own name."""
    return [(code, get_language_info(code)["name_local"].capitalize()) for code, _name in settings.LANGUAGES]


class LineField(forms.CharField):
    """One line of text."""

    default_validators = [plain_line]


# What a browser may fill in where people write about themselves (WCAG 1.3.5).
PURPOSES = {
    "honorific": "honorific-prefix",
    "given_name": "given-name",
    "family_name": "family-name",
    "job_title": "organization-title",
    "email": "email",
}


def about_oneself(form: forms.Form) -> None:
    """Names the purpose of the fields for the browser."""
    for name, purpose in PURPOSES.items():
        form.fields[name].widget.attrs["autocomplete"] = purpose


class OfficeFilter(forms.Form):
    """What the directory may be narrowed by; what is not understood is said at the field and left out."""

    q = forms.CharField(
        label=gettext_lazy("Name, acronym or code"),
        required=False,
        max_length=200,
        widget=forms.TextInput(attrs=SMALL_FIELD | {"type": "search"}),
    )
    kind = forms.ChoiceField(
        label=gettext_lazy("Kind"),
        required=False,
        choices=[
            ("", gettext_lazy("All kinds")),
            *(choice for choice in Office.Kind.choices if choice[0] != "reserved"),
        ],
        widget=forms.Select(attrs=SMALL_SELECT),
    )
    region = forms.ChoiceField(
        label=gettext_lazy("Regional group"),
        required=False,
        choices=[("", gettext_lazy("All regional groups")), *Office.Region.choices],
        widget=forms.Select(attrs=SMALL_SELECT),
    )

    def narrow(self, offices: OfficeQuerySet) -> OfficeQuerySet:
        """The offices that fit everything that was understood."""
        self.is_valid()
        asked = self.cleaned_data
        offices = offices.filter(**{name: asked[name] for name in ("kind", "region") if asked.get(name)})
        return offices.named(asked["q"]) if asked.get("q") else offices


class PersonForm(forms.Form):
    """What an office or the Secretariat says about a person."""

    honorific = LineField(label=pgettext_lazy("of a person", "Title"), required=False, max_length=20)
    given_name = LineField(label=gettext_lazy("Given name"), required=False, max_length=100)
    family_name = LineField(label=gettext_lazy("Family name"), max_length=100)
    job_title = LineField(label=gettext_lazy("Function"), required=False, max_length=200)
    email = forms.EmailField(label=gettext_lazy("E-mail address at the office"), max_length=254)
    language = forms.ChoiceField(label=gettext_lazy("Language of the mail"), choices=language_choices, initial="en")

    def person(self) -> Person:
        """What was typed, for the operations."""
        return Person(**{name: self.cleaned_data[name] for name in PersonForm.base_fields})


class NewMemberForm(PersonForm):
    """A new member of an office, with or without an invitation to sign in."""

    role = forms.ChoiceField(label=gettext_lazy("Role"), choices=OFFICE_ROLES, initial=Member.Role.CONTRIBUTOR)
    is_invited = forms.BooleanField(
        label=gettext_lazy("Send an invitation to sign in"),
        required=False,
        initial=True,
        help_text=gettext_lazy("Without a login the person is listed and receives mail, but cannot answer here."),
    )


class RoleForm(forms.Form):
    """Another role for a member."""

    role = forms.ChoiceField(label=gettext_lazy("Role"), choices=OFFICE_ROLES)
    is_confirmed = forms.BooleanField(
        label=gettext_lazy("Even where nobody speaks for the office then"), required=False
    )


class LeaveForm(forms.Form):
    """The end of a membership."""

    is_confirmed = forms.BooleanField(
        label=gettext_lazy("Even where nobody speaks for the office then"), required=False
    )


class HandOverForm(forms.Form):
    """A colleague who takes a duty over."""

    to = forms.ModelChoiceField(
        Member.objects.none(), label=gettext_lazy("Colleague"), empty_label=gettext_lazy("Choose a colleague")
    )
    leaves = forms.BooleanField(label=gettext_lazy("I have left this office"), required=False)

    def __init__(self, *args: Any, member: Member, is_own: bool, **options: Any) -> None:
        super().__init__(*args, **options)
        colleagues = Member.objects.current().filter(office=member.office_id).exclude(pk=member.pk)
        cast("forms.ModelChoiceField", self.fields["to"]).queryset = colleagues.exclude(office=None).in_order()
        if not is_own:
            self.fields["leaves"].label = _("This person has left the office")


class NewcomerForm(PersonForm):
    """Somebody new who takes a duty over."""

    leaves = forms.BooleanField(label=gettext_lazy("I have left this office"), required=False)

    def __init__(self, *args: Any, is_own: bool, **options: Any) -> None:
        super().__init__(*args, **options)
        if not is_own:
            self.fields["leaves"].label = _("This person has left the office")


class WrongContactForm(forms.Form):
    """What somebody says who receives the mail of another."""

    remark = forms.CharField(
        label=gettext_lazy("Who is right, as far as you know (optional)"),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3, "dir": "auto"}),
    )


class ProfileForm(forms.Form):
    """What members say about themselves, and how the portal speaks to them."""

    honorific = LineField(label=pgettext_lazy("of a person", "Title"), required=False, max_length=20)
    given_name = LineField(label=gettext_lazy("Given name"), required=False, max_length=100)
    family_name = LineField(label=gettext_lazy("Family name"), max_length=100)
    job_title = LineField(label=gettext_lazy("Function"), required=False, max_length=200)
    email = forms.ChoiceField(
        label=gettext_lazy("The portal writes to"),
        help_text=gettext_lazy("One of the addresses you have confirmed."),
    )
    language = forms.ChoiceField(label=gettext_lazy("Language of pages and mail"), choices=language_choices)
    time_zone = forms.ChoiceField(
        label=gettext_lazy("Your clock"),
        required=False,
        help_text=gettext_lazy("Deadlines stand in Geneva time and in yours. Type the first letters of a city."),
    )
    theme = forms.ChoiceField(label=gettext_lazy("Colours"), required=False, choices=Member.Theme.choices)

    def __init__(self, data: Any = None, *, member: Member) -> None:
        super().__init__(data, initial={name: getattr(member, name) for name in ProfileForm.base_fields})
        confirmed = EmailAddress.objects.filter(user=member.user_id, verified=True).values_list("email", flat=True)
        addresses = dict.fromkeys([member.email, *sorted(confirmed)])
        cast("forms.ChoiceField", self.fields["email"]).choices = [(address, address) for address in addresses]
        about_oneself(self)
        own = [("", _("That of the office"))] if member.office_id else [("", _("Geneva"))]
        zones = [*own, *zone_choices(get_language() or "en")]
        cast("forms.ChoiceField", self.fields["time_zone"]).choices = zones

    def profile(self) -> Profile:
        """What was typed, for the operations."""
        return Profile(**self.cleaned_data)


class AcceptForm(forms.Form):
    """The password with which an invited person will sign in."""

    password1 = forms.CharField(
        label=gettext_lazy("Password"),
        max_length=LONGEST,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=password_validators_help_text_html,
    )
    password2 = forms.CharField(
        label=gettext_lazy("The same password again"),
        max_length=LONGEST,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def __init__(self, *args: Any, address: str, **options: Any) -> None:
        super().__init__(*args, **options)
        self.address = address

    def clean_password1(self) -> str:
        """A password that the rules accept for this address."""
        password: str = self.cleaned_data["password1"]
        validate_password(password, User(email=self.address))
        return password

    def clean(self) -> dict[str, Any]:
        """Both must be the same."""
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("password1") and cleaned.get("password2") not in {None, cleaned["password1"]}:
            self.add_error("password2", _("This is not the same password as above."))
        return cleaned


class Chooser(AutocompleteSelect):
    """The admin's select with search; what cannot be a key is chosen by nobody, and the field says so."""

    def optgroups(self, name: str, value: Sequence[str], attr: dict[str, Any] | None = None) -> list[Any]:
        """The options to show: those that are chosen."""
        try:
            return super().optgroups(name, value, attr)
        except ValueError:  # such as a null character, which PostgreSQL does not take
            return super().optgroups(name, [], attr)


class OfficeForm(forms.ModelForm):
    """An office with a field for each language of its name."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for name in self.names:
            self.initial[name] = (self.instance.names or {}).get(name.removeprefix("name_"), "")

    names = [f"name_{code}" for code, _name in settings.LANGUAGES]
    for code, language in settings.LANGUAGES:
        locals()[f"name_{code}"] = forms.CharField(label=language, max_length=200, required=code == "en")

    def clean(self) -> dict[str, Any]:
        """Puts the names together."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        self.instance.names = {
            name.removeprefix("name_"): cleaned[name].strip() for name in self.names if cleaned.get(name)
        }
        return cleaned
