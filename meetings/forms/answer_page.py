"""What the answer page shows of each item: values with their tokens, errors, versions side by side, who is writing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from accounts.lists import listed
from accounts.models import User
from consultations.drafts import FieldState, Version
from consultations.models import Annex
from consultations.presence import Presence
from meetings.forms.circulations import ItemForm, make_token, prefix_of
from meetings.item_drafts import FIELDS, TEXTS, ItemDraft, Problem, present_wording, spoken
from meetings.models import CirculationItem


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
class ItemView:
    """One item of the page; `present` are colleagues who are in it now, `writer` is one who wrote there just before.

    `file_errors` say what could not be added.
    """

    item: CirculationItem
    fields: Mapping[str, FieldView]
    is_saved: bool
    problems: Sequence[Problem]
    last_edit: Version | None
    is_own_edit: bool
    writer: Version | None
    present: Sequence[Presence]
    files: Sequence[Annex]
    file_errors: Sequence[str]

    @property
    def state(self) -> str:
        """The state of the letter: a colleague is there or writes, something is saved, nothing is."""
        return "busy" if self.present or self.writer else "done" if self.is_saved else "empty"

    @property
    def names(self) -> str:
        """The colleagues who are in the item, in one line."""
        return listed(each.name for each in self.present)

    @property
    def position(self) -> FieldView:
        """The position."""
        return self.fields["position"]

    @property
    def willingness(self) -> FieldView:
        """What the office would do."""
        return self.fields["willingness"]

    @property
    def comment(self) -> FieldView:
        """Comment or reason."""
        return self.fields["comment"]

    @property
    def wording(self) -> FieldView:
        """The proposed wording."""
        return self.fields["wording"]

    @property
    def conflicts(self) -> list[FieldView]:
        """The fields in which versions stand side by side."""
        return [field for field in self.fields.values() if field.others]


@dataclass(frozen=True, kw_only=True)
class Looking:
    """Who looks at the page at `now` (aware UTC), and which colleagues have it open too."""

    user: User
    now: datetime
    present: Sequence[Presence] = ()


def item_views(
    drafts: Sequence[ItemDraft],
    looking: Looking,
    posted: Mapping[str, ItemForm] | None = None,
    file_errors: Mapping[str, Sequence[str]] | None = None,
) -> list[ItemView]:
    """The items as somebody sees them; a field that was posted with an error keeps what was typed.

    `file_errors` say, by the key of the item, which files could not be added and why.
    """
    errors = file_errors or {}
    return [
        _item_view(draft, looking, (posted or {}).get(draft.item.key), errors.get(draft.item.key, ()))
        for draft in drafts
    ]


def _item_view(draft: ItemDraft, looking: Looking, form: ItemForm | None, file_errors: Sequence[str]) -> ItemView:
    last = draft.last_edit
    return ItemView(
        item=draft.item,
        fields={name: _field_view(draft, name, looking.user, form) for name in FIELDS},
        is_saved=draft.is_saved,
        problems=draft.problems if draft.position else [],
        last_edit=last,
        is_own_edit=last is not None and last.editor_id == looking.user.pk,
        writer=_writer(draft, looking),
        present=[each for each in looking.present if each.part == draft.item.key],
        files=draft.files,
        file_errors=file_errors,
    )


def _writer(draft: ItemDraft, looking: Looking) -> Version | None:
    """Who wrote in the item just before; where they are now is better known of those who have the page open."""
    writer = draft.draft.writer(draft.item.key, looking.now, besides=looking.user)
    is_known = writer is not None and writer.editor_id in {each.user_id for each in looking.present}
    return None if is_known else writer


def _field_view(draft: ItemDraft, name: str, user: User, form: ItemForm | None) -> FieldView:
    state = draft.state(name)
    shown = state.version_of(user) if state else None
    value, errors = str(shown.value) if shown else "", []
    token = make_token(value, state, user)
    if form is not None and name in form.errors:
        value, token, errors = form.as_typed(name), form.token(name), [str(error) for error in form.errors[name]]
    return FieldView(
        name=f"{prefix_of(draft.item)}-{name}",
        key=f"{draft.item.key}.{name}",
        is_text=name in TEXTS,
        value=value,
        token=token,
        errors=errors,
        others=_others(state, shown, name in TEXTS),
        newest=state.newest.number if state else 0,
        start=present_wording(draft.item) if name == "wording" else "",
    )


def _others(state: FieldState | None, shown: Version | None, is_text: bool) -> list[OtherVersion]:
    if state is None or not state.in_conflict:
        return []
    return [
        OtherVersion(
            number=version.number,
            editor=version.editor,
            edited_at=version.edited_at,
            value=version.value,
            text=version.value if is_text else spoken(version.value),
        )
        for version in state.versions
        if version is not shown
    ]
