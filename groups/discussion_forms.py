"""What people write in discussions."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy

from accounts.lists import listed
from accounts.models import Member, MemberQuerySet
from groups.models import Subscription
from groups.models.discussions import LONGEST_POST
from groups.operations.discussions import Contribution
from library.forms import CheckedFilesField, MarkdownField

MOST_FILES = 10


class MemberChoice(forms.ModelMultipleChoiceField):
    """Members of the group as boxes: name and office."""

    def label_from_instance(self, member: Any) -> str:
        """Such as "Ana Ejemplo, Meridia"."""
        return listed([member.name, member.office.name] if member.office else [member.name])


class PostForm(forms.Form):
    """A reply: text, files, members to be told."""

    text = MarkdownField(label=gettext_lazy("Your post"), max_length=LONGEST_POST)
    files = CheckedFilesField(  # type: ignore[assignment]  # Django takes fields out of the class
        label=gettext_lazy("Files (optional)"), required=False, most=MOST_FILES
    )
    mentions = MemberChoice(
        Member.objects.none(),
        label=gettext_lazy("Members who are told at once"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, *args: Any, members: MemberQuerySet, **options: Any) -> None:
        super().__init__(*args, **options)
        cast("forms.ModelMultipleChoiceField", self.fields["mentions"]).queryset = members

    def contribution(self) -> Contribution:
        """What was written, for the operations."""
        said = self.cleaned_data
        return Contribution(text=said["text"], files=said["files"], mentions=list(said["mentions"]))


class ThreadForm(PostForm):
    """A new discussion."""

    title = forms.CharField(
        label=gettext_lazy("Subject"), max_length=200, widget=forms.TextInput(attrs={"dir": "auto"})
    )
    field_order = ("title", "text", "files", "mentions")


class EditForm(forms.Form):
    """Another text of one's own post."""

    text = MarkdownField(label=gettext_lazy("Your post"), max_length=LONGEST_POST)


class HideForm(forms.Form):
    """Why a post is hidden."""

    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3, "dir": "auto"}),
        help_text=gettext_lazy("It stands in the place of the post and is mailed to the author."),
    )


class MailForm(forms.Form):
    """How one hears of new posts in a group."""

    mode = forms.ChoiceField(
        label=gettext_lazy("New posts by mail"), choices=Subscription.Mode.choices, widget=forms.RadioSelect
    )
