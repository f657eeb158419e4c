"""An office's shared draft in a form: what is posted becomes edits of the draft; nothing typed is ever dropped.

Beside every field stands a token: the version the page was made from, the version its reader goes on writing, and a
digest of the value it showed. An untouched field is left alone whatever happened meanwhile; a touched one names the
version its author had seen.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Generic, TypeVar

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.lists import listed
from accounts.models import User
from consultations.drafts import PART_SEPARATOR, Draft, FieldState, Version
from consultations.operations import Edit
from consultations.presence import Presence

TOKEN = re.compile(r"([0-9]{1,9})\.([0-9]{1,9})-([0-9a-f]{16})\Z", re.ASCII)
CHOICE = re.compile(r"([-\w]{1,10}\.[a-z]{1,20}):([0-9]{1,9}):(field|both|[0-9]{1,9})\Z", re.ASCII)


class DraftForm(forms.Form):
    """What was posted about one part of a round; `names` are the fields that go into the draft."""

    names: ClassVar[Sequence[str]]

    def __init__(self, key: str, data: Mapping[str, str]) -> None:
        super().__init__(data, prefix=prefix_of_part(key))
        self.key = key

    def posted(self, name: str) -> bool:
        """True where the field was sent at all."""
        return self.add_prefix(name) in self.data

    def as_typed(self, name: str) -> str:
        """A field as it was typed."""
        return str(self.data.get(self.add_prefix(name), "")).replace("\r\n", "\n")

    def token(self, name: str) -> str:
        """The token that was sent beside a field."""
        return str(self.data.get(f"{self.add_prefix(name)}-seen", ""))

    def edits(self) -> Iterator[Edit]:
        """The sound fields somebody has touched."""
        self.full_clean()
        for name in self.names:
            if not self.posted(name) or name in self.errors:
                continue
            value = self.cleaned_data[name]
            seen, continues, shown = read_token(self.token(name))
            if shown != digest(value):
                yield Edit(key=f"{self.key}{PART_SEPARATOR}{name}", value=value, seen=seen, continues=continues)


AnyDraftForm = TypeVar("AnyDraftForm", bound=DraftForm)


class DraftForms(Generic[AnyDraftForm]):
    """What was posted from an answer page, for one part or for all of them.

    `longest` is the most characters a text may have where both versions of it are kept.
    """

    def __init__(
        self, forms: Mapping[str, AnyDraftForm], draft: Draft, data: Mapping[str, str], *, longest: int
    ) -> None:
        self.forms, self.draft, self.longest = forms, draft, longest
        self.choice = CHOICE.match(str(data.get("resolve", "")))

    @property
    def has_errors(self) -> bool:
        """True where something typed cannot be stored as it is."""
        return any(form.errors for form in self.forms.values())

    def edits(self) -> list[Edit]:
        """Everything to save: the touched fields, and the choice between two versions where one was made."""
        found = {edit.key: edit for form in self.forms.values() for edit in form.edits()}
        chosen = self._chosen()
        return list((found | {chosen.key: chosen} if chosen else found).values())

    def _chosen(self) -> Edit | None:
        if not self.choice or self.choice[1] not in self.draft.fields:
            return None
        key, newest, choice = self.choice.groups()
        values = self._values(self.draft.fields[key])
        if choice not in values:
            return None
        if len(values[choice]) > self.longest:
            part, name = key.split(PART_SEPARATOR)
            self.forms[part].add_error(name, _("Both texts together are too long. Shorten one of them first."))
            return None
        return Edit(key=key, value=values[choice], seen=int(newest))

    def _values(self, state: FieldState) -> dict[str, str]:
        """What each button stands for: one of the versions, both, or what is typed in the field."""
        versions = {str(version.number): version.value for version in state.versions}
        part, name = state.key.split(PART_SEPARATOR)
        form = self.forms[part]
        if form.posted(name) and name not in form.errors:
            versions["field"] = form.cleaned_data[name]
        return versions | {"both": "\n\n".join(version.value for version in state.versions)}


@dataclass(frozen=True, kw_only=True)
class OtherVersion:
    """A version that stands beside the one a field shows; `text` is its value in words."""

    number: int
    editor: str
    edited_at: datetime
    value: str
    text: str


@dataclass(frozen=True, kw_only=True)
class FieldView:
    """One field: `name` is its HTML name, `others` the versions that stand beside the one it shows.

    `start` is the text an empty field begins with: the present text, for a wording.
    """

    name: str
    key: str
    is_text: bool
    value: str
    token: str
    errors: Sequence[str]
    others: Sequence[OtherVersion]
    newest: int
    start: str = ""

    @property
    def shown(self) -> str:
        """What the field shows: its value, or the text it starts from."""
        return self.value or self.start

    @property
    def id(self) -> str:
        """The HTML id."""
        return f"id_{self.name}"


@dataclass(frozen=True, kw_only=True)
class Looking:
    """Who looks at the page at `now` (aware UTC), and which colleagues have it open too."""

    user: User
    now: datetime
    present: Sequence[Presence] = ()


@dataclass(frozen=True, kw_only=True)
class PartView:
    """One part of the draft; `present` are colleagues who are in it now, `writer` one who wrote there just before."""

    fields: Mapping[str, FieldView]
    is_saved: bool
    last_edit: Version | None
    is_own_edit: bool
    writer: Version | None
    present: Sequence[Presence]

    @property
    def state(self) -> str:
        """The state of the letter: a colleague is there or writes, something is saved, nothing is."""
        return "busy" if self.present or self.writer else "done" if self.is_saved else "empty"

    @property
    def names(self) -> str:
        """The colleagues who are in the part, in one line."""
        return listed(each.name for each in self.present)

    @property
    def conflicts(self) -> list[FieldView]:
        """The fields in which versions stand side by side."""
        return [field for field in self.fields.values() if field.others]


def part_facts(draft: Draft, key: str, looking: Looking) -> dict[str, Any]:
    """What a PartView says of one part besides its fields."""
    last = draft.last_edit(key)
    return {
        "is_saved": draft.is_saved(key),
        "last_edit": last,
        "is_own_edit": last is not None and last.editor_id == looking.user.pk,
        "writer": _writer(draft, key, looking),
        "present": [each for each in looking.present if each.part == key],
    }


def field_view(
    key: str,
    state: FieldState | None,
    user: User,
    form: DraftForm | None,
    *,
    start: str = "",
    spoken: Callable[[str], str] | None = None,
) -> FieldView:
    """One field (`key` as part.field) as `user` sees it; one that was posted with an error keeps what was typed.

    `spoken` puts a value in words, for a field that is a choice.
    """
    part, name = key.split(PART_SEPARATOR)
    shown = state.version_of(user) if state else None
    value, errors = str(shown.value) if shown else "", []
    token = make_token(value, state, user)
    if form is not None and name in form.errors:
        value, token, errors = form.as_typed(name), form.token(name), [str(error) for error in form.errors[name]]
    return FieldView(
        name=f"{prefix_of_part(part)}-{name}",
        key=key,
        is_text=spoken is None,
        value=value,
        token=token,
        errors=errors,
        others=_others(state, shown, spoken or str),
        newest=state.newest.number if state else 0,
        start=start,
    )


def _writer(draft: Draft, key: str, looking: Looking) -> Version | None:
    """Who wrote in the part just before; where they are now is better known of those who have the page open."""
    writer = draft.writer(key, looking.now, besides=looking.user)
    is_known = writer is not None and writer.editor_id in {each.user_id for each in looking.present}
    return None if is_known else writer


def _others(state: FieldState | None, shown: Version | None, spoken: Callable[[str], str]) -> list[OtherVersion]:
    if state is None or not state.in_conflict:
        return []
    return [
        OtherVersion(
            number=version.number,
            editor=version.editor,
            edited_at=version.edited_at,
            value=version.value,
            text=spoken(version.value),
        )
        for version in state.versions
        if version is not shown
    ]


def prefix_of_part(key: str) -> str:
    """How the names of the fields of one part begin."""
    return f"item-{key}"


def digest(value: str) -> str:
    """A short fingerprint of a value."""
    return hashlib.sha256(value.encode()).hexdigest()[:16]


def make_token(value: str, state: FieldState | None, user: User) -> str:
    """What stands beside a field that shows `value` to `user`."""
    seen, continues = (state.base, state.continued_by(user)) if state else (0, 0)
    return f"{seen}.{continues}-{digest(value)}"


def read_token(token: str) -> tuple[int, int, str]:
    """The parts of a token; of a broken one zeros and nothing, so that what was typed counts as touched."""
    found = TOKEN.match(token)
    return (int(found[1]), int(found[2]), found[3]) if found else (0, 0, "")
