"""The choices of an address about optional mail."""

from django import forms
from django.utils.translation import gettext_lazy as _

from notifications.message import OptionalMail


class OptionalMailForm(forms.Form):
    """What an address wants; every box may be empty."""

    wanted = forms.MultipleChoiceField(
        label=_("Send me"),
        choices=OptionalMail.choices,
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text=_("Official notices to your office and codes for signing in are always sent."),
    )
