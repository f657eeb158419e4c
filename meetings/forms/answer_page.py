"""What the answer page shows of each item: values with their tokens, errors, versions side by side, who is writing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from accounts.models import User
from consultations.drafts import FieldState, Version
from meetings.forms.circulations import ItemForm, make_token, prefix_of
from meetings.item_drafts import FIELDS, TEXTS, ItemDraft, Problem, spoken
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
    """One field: `name` is its HTML name, `others` the versions that stand beside the one it shows."""

    name: str
    key: str
    is_text: bool
    value: str
    token: str
    errors: Sequence[str]
    others: Sequence[OtherVersion]
    newest: int

    @property
    def id(self) -> str:
        """The HTML id."""
        return f"id_{self.name}"


@dataclass(frozen=True, kw_only=True)
class ItemView:
    """One item of the page; `writer` is a colleague who is writing there now."""

    item: CirculationItem
    fields: Mapping[str, FieldView]
    is_saved: bool
    problems: Sequence[Problem]
    last_edit: Version | None
    is_own_edit: bool
    writer: Version | None

    @property
    def state(self) -> str:
        """The state of the letter: a colleague writes, something is saved, nothing is."""
        return "busy" if self.writer else "done" if self.is_saved else "empty"

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


def item_views(
    drafts: Sequence[ItemDraft], user: User, now: datetime, posted: Mapping[str, ItemForm] | None = None
) -> list[ItemView]:
    """The items as `user` sees them at `now`; a field that was posted with an error keeps what was typed."""
    return [_item_view(draft, user, now, (posted or {}).get(draft.item.key)) for draft in drafts]


def _item_view(draft: ItemDraft, user: User, now: datetime, form: ItemForm | None) -> ItemView:
    last = draft.last_edit
    return ItemView(
        item=draft.item,
        fields={name: _field_view(draft, name, user, form) for name in FIELDS},
        is_saved=draft.is_saved,
        problems=draft.problems if draft.position else [],
        last_edit=last,
        is_own_edit=last is not None and last.editor_id == user.pk,
        writer=draft.draft.writer(draft.item.key, now, besides=user),
    )


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
