"""What the lists may be narrowed by: plain GET forms, so that a filtered list has an address."""

from typing import Any, cast

from django import forms
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.utils.translation import gettext_lazy as _

from accounts.models import Office, User
from groups.models import Group
from meetings.models import Delegation, Document, Session
from meetings.models.delegations import DelegationQuerySet
from meetings.models.documents import DocumentQuerySet

FIELD, SELECT = {"class": "form-control form-control-sm"}, {"class": "form-select form-select-sm"}


class DocumentFilter(forms.Form):
    """Symbol or words, session, group, kind, language; what is not understood is said at the field and left out."""

    q = forms.CharField(
        label=_("Symbol or words"),
        required=False,
        max_length=200,
        widget=forms.TextInput(attrs=FIELD | {"placeholder": "WILD/1/2"}),
    )
    session = forms.ModelChoiceField(
        Session.objects.none(),
        label=_("Session"),
        required=False,
        to_field_name="number",
        empty_label=_("All sessions"),
    )
    group = forms.ModelChoiceField(
        Group.objects.none(), label=_("Group"), required=False, to_field_name="slug", empty_label=_("All groups")
    )
    kind = forms.ChoiceField(label=_("Kind"), required=False, choices=[("", _("All kinds")), *Document.Kind.choices])
    language = forms.ChoiceField(
        label=_("Language"), required=False, choices=[("", _("Any language")), *settings.LANGUAGES]
    )

    def __init__(self, *args: Any, user: User | AnonymousUser, **options: Any) -> None:
        super().__init__(*args, **options)
        cast("forms.ModelChoiceField", self.fields["session"]).queryset = Session.objects.visible_to(user).plenary()
        cast("forms.ModelChoiceField", self.fields["group"]).queryset = Group.objects.visible_to(user)
        for name in ("session", "group", "kind", "language"):
            self.fields[name].widget.attrs |= SELECT

    def meant(self, documents: DocumentQuerySet) -> Document | None:
        """The one document whose symbol or address was typed, however it is spelled."""
        words = self.cleaned_data.get("q")
        return documents.at_address(words).first() if words else None

    def narrow(self, documents: DocumentQuerySet) -> DocumentQuerySet:
        """The documents that fit everything that was understood."""
        asked = self.cleaned_data
        exact = {name: asked[name] for name in ("session", "group", "kind") if asked.get(name)}
        documents = documents.filter(**exact)
        if asked.get("language"):
            documents = documents.in_language(asked["language"])
        return documents.named(asked["q"]) if asked.get("q") else documents


class DelegationFilter(forms.Form):
    """Name, code or alias; regional group; order of the document or of the reader's language."""

    q = forms.CharField(
        label=_("Country, organization, office or code"),
        required=False,
        max_length=200,
        widget=forms.TextInput(attrs=FIELD),
    )
    region = forms.ChoiceField(
        label=_("Regional group"),
        required=False,
        choices=[("", _("All regional groups")), *Office.Region.choices],
        widget=forms.Select(attrs=SELECT),
    )
    order = forms.ChoiceField(
        label=_("Order"),
        required=False,
        choices=[("", _("Alphabetical in your language")), ("record", _("As in the document"))],
        widget=forms.Select(attrs=SELECT),
    )

    def narrow(self, delegations: DelegationQuerySet) -> DelegationQuerySet:
        """The delegations that fit everything that was understood, in the order asked for."""
        asked = self.cleaned_data
        if asked.get("q"):
            delegations = delegations.named(asked["q"])
        if asked.get("region"):
            delegations = delegations.filter(kind=Delegation.Kind.STATE, office__region=asked["region"])
        return delegations.in_order_of_the_record() if asked.get("order") else delegations.in_order()
