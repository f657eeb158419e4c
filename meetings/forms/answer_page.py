"""What the answer page shows of each item: values with their tokens, errors, versions side by side, who is writing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from accounts.models import User
from consultations.forms import FieldView, Looking, PartView, field_view, part_facts
from consultations.models import Annex
from meetings.forms.circulations import ItemForm
from meetings.item_drafts import FIELDS, TEXTS, ItemDraft, Problem, field_key, present_wording, spoken
from meetings.models import CirculationItem


@dataclass(frozen=True, kw_only=True)
class ItemView(PartView):
    """One item of the page; `file_errors` say what could not be added."""

    item: CirculationItem
    problems: Sequence[Problem]
    files: Sequence[Annex]
    file_errors: Sequence[str]

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
    return ItemView(
        item=draft.item,
        fields={name: _field_view(draft, name, looking.user, form) for name in FIELDS},
        problems=draft.problems if draft.position else [],
        files=draft.files,
        file_errors=file_errors,
        **part_facts(draft.draft, draft.item.key, looking),
    )


def _field_view(draft: ItemDraft, name: str, user: User, form: ItemForm | None) -> FieldView:
    start = present_wording(draft.item) if name == "wording" else ""
    in_words = None if name in TEXTS else spoken
    return field_view(field_key(draft.item, name), draft.state(name), user, form, start=start, spoken=in_words)
