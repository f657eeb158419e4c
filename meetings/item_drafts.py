"""What an office has written about each item: read from its shared draft, checked as it will be submitted."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from django.utils.translation import gettext as _

from consultations.drafts import PART_SEPARATOR, Draft, FieldState, Version
from consultations.models import Annex
from meetings.models import CirculationItem, ItemAnswer
from meetings.wording import is_same, plain

FIELDS = ("position", "willingness", "comment", "wording")
TEXTS = ("comment", "wording")
Position = ItemAnswer.Position
REASON_NEEDED = (Position.NEEDS_INFORMATION, Position.DOES_NOT_SUPPORT)
LONGEST_TEXT = 5000  # characters


class Problem(NamedTuple):
    """Why an item cannot be submitted as it stands: the field, a key for code, a sentence for the page."""

    field: str
    key: str
    text: str


@dataclass(frozen=True)
class ItemDraft:
    """One item with what stands in the draft about it."""

    item: CirculationItem
    draft: Draft

    def state(self, field: str) -> FieldState | None:
        """What stands in one of FIELDS; None where nobody wrote."""
        return self.draft.fields.get(field_key(self.item, field))

    def value(self, field: str) -> str:
        """The newest value of one of FIELDS."""
        return str(self.draft.value(field_key(self.item, field)))

    @property
    def position(self) -> str:
        """A key of ItemAnswer.Position, or empty."""
        return self.value("position")

    @property
    def willingness(self) -> str:
        """A key of ItemAnswer.Willingness, or empty."""
        return self.value("willingness")

    @property
    def willingness_text(self) -> str:
        """What the office would do, in words."""
        return spoken(self.willingness)

    @property
    def comment(self) -> str:
        """Comment or reason."""
        return self.value("comment")

    @property
    def wording(self) -> str:
        """The wording the office proposes."""
        return self.value("wording")

    @property
    def files(self) -> list[Annex]:
        """The annexes that stand."""
        return self.draft.files(self.item.key)

    @property
    def is_saved(self) -> bool:
        """True where something stands."""
        return self.draft.is_saved(self.item.key)

    @property
    def last_edit(self) -> Version | None:
        """Who wrote last, and when."""
        return self.draft.last_edit(self.item.key)

    @property
    def problems(self) -> list[Problem]:
        """Everything that keeps the item from being submitted (product.md, Circulation 2); empty when it is ready."""
        checks = (
            (not self.position, Problem("position", "position", _("Choose a position."))),
            (
                self.position in REASON_NEEDED and not self.comment,
                Problem("comment", "reason", _("Give the reason of your office.")),
            ),
            (
                self.position == Position.SUPPORTS_WITH_CHANGES and not self.wording,
                Problem("wording", "wording", _("Change the wording: the present text, unchanged, proposes nothing.")),
            ),
            (
                self.position != Position.SUPPORTS_WITH_CHANGES and bool(self.wording),
                Problem("wording", "misplaced", _("A wording goes with “supports with changes” only.")),
            ),
        )
        found = [problem for stands, problem in checks if stands]
        if self.conflicts:
            found.append(Problem(self.conflicts[0], "versions", _("Two versions stand side by side. Choose one.")))
        return found

    @property
    def conflicts(self) -> list[str]:
        """The fields in which versions stand side by side."""
        return [name for name in FIELDS if (state := self.state(name)) is not None and state.in_conflict]


def spoken(value: str) -> str:
    """A position or a willingness in words; any other text as it is."""
    labels = {**dict(Position.choices), **dict(ItemAnswer.Willingness.choices)}
    return str(labels.get(value, value))


@dataclass(frozen=True)
class Kept:
    """A text that could not be sent any more: the field, the value, and the value in words."""

    field: str
    value: str

    @property
    def is_text(self) -> bool:
        """True for comment and wording."""
        return self.field in TEXTS

    @property
    def text(self) -> str:
        """The value in words."""
        return self.value if self.is_text else spoken(self.value)


def kept_text(kept: Iterable[tuple[CirculationItem, Iterable[Kept]]]) -> str:
    """What was written about each item as plain text."""
    parts = ["\n\n".join([f"{item.key}. {item.text}", *(each.text for each in texts)]) for item, texts in kept]
    return "\n\n\n".join(parts) + "\n"


def present_wording(item: CirculationItem) -> str:
    """The text a proposed wording starts from; empty where the item is longer than a wording may be."""
    text = plain(item.text)
    return text if len(text) <= LONGEST_TEXT else ""


def proposed_wording(item: CirculationItem, typed: str) -> str:
    """What was typed as a wording; empty where it is the present text, which proposes nothing."""
    return "" if is_same(item.text, typed) else typed


def field_key(item: CirculationItem, field: str) -> str:
    """The key of an item's field in the draft, such as a.position."""
    return f"{item.key}{PART_SEPARATOR}{field}"


def item_drafts(items: Iterable[CirculationItem], draft: Draft) -> list[ItemDraft]:
    """Every item with its part of the draft, in the order of the items."""
    return [ItemDraft(item, draft) for item in items]
