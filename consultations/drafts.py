"""The shared draft of an office as its members see it: newest values, versions side by side, who is writing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from operator import attrgetter
from typing import Any

from django.utils.translation import gettext as _

from accounts.models import User
from consultations.models import Annex, DraftField, OfficeResponse

WRITING_FOR = timedelta(minutes=5)  # an edit this fresh means that somebody is writing
PART_SEPARATOR = "."
EMPTY: tuple[Any, ...] = ("", None, [], {})


@dataclass(frozen=True, kw_only=True)
class Version:
    """What one editor left in a field; `started_at` and `edited_at` are aware UTC.

    `is_from_letter`: no colleague wrote it, the Secretariat entered it from a letter of the office.
    """

    number: int
    value: Any
    editor_id: int
    editor: str
    started_at: datetime
    edited_at: datetime
    is_from_letter: bool = False


@dataclass(frozen=True, kw_only=True)
class FieldState:
    """A field of the draft: its newest version, and beside it those that the newest editor had not seen."""

    key: str
    seen: int
    newest: Version
    others: tuple[Version, ...]

    @property
    def in_conflict(self) -> bool:
        """True while versions stand side by side."""
        return bool(self.others)

    @property
    def base(self) -> int:
        """The number a save must name to go on writing: while two versions stand, the one both began from."""
        return self.seen if self.in_conflict else self.newest.number

    @property
    def versions(self) -> tuple[Version, ...]:
        """All that stand, oldest first."""
        return (*self.others, self.newest)

    def version_of(self, user: User) -> Version:
        """What the field shows to `user`: their own version where one stands, else the newest."""
        own = [version for version in self.versions if version.editor_id == user.pk]
        return own[-1] if own else self.newest

    def continued_by(self, user: User) -> int:
        """The number of the version that `user` goes on writing while several stand, else 0."""
        version = self.version_of(user)
        return version.number if self.in_conflict and version.editor_id == user.pk else 0


@dataclass(frozen=True)
class Draft:
    """The draft of one response; keys are `part.field`, such as `a.position`. `annexes` are those that stand."""

    fields: dict[str, FieldState]
    annexes: Sequence[Annex] = ()

    def value(self, key: str) -> Any:
        """The newest value of a field; an empty text where nobody wrote."""
        return self.fields[key].newest.value if key in self.fields else ""

    def part(self, key: str) -> list[FieldState]:
        """The fields of one part, such as all of item a."""
        return [state for name, state in self.fields.items() if name.split(PART_SEPARATOR)[0] == key]

    def files(self, part: str) -> list[Annex]:
        """The annexes of one part, oldest first."""
        return [annex for annex in self.annexes if annex.section == part]

    def is_saved(self, part: str) -> bool:
        """True where something stands in the part."""
        return any(state.newest.value not in EMPTY for state in self.part(part))

    def saved(self, parts: Iterable[str]) -> list[str]:
        """The parts in which something stands, in the order given."""
        return [part for part in parts if self.is_saved(part)]

    def last_edit(self, part: str) -> Version | None:
        """The newest edit of a part."""
        return max((state.newest for state in self.part(part)), key=attrgetter("edited_at"), default=None)

    def writer(self, part: str, now: datetime, besides: User | None = None) -> Version | None:
        """The edit of whoever writes in a part at `now`, other than `besides`; None where nobody does."""
        fresh = [
            version
            for state in self.part(part)
            for version in state.versions
            if now - version.edited_at < WRITING_FOR
            and not version.is_from_letter
            and (besides is None or version.editor_id != besides.pk)
        ]
        return max(fresh, key=attrgetter("edited_at"), default=None)

    @property
    def fingerprint(self) -> str:
        """Which versions and annexes stand: changes with every edit, so that nobody submits what they have not read."""
        versions = [f"{key}:{state.newest.number}" for key, state in sorted(self.fields.items())]
        return " ".join([*versions, *(f"+{annex.pk}" for annex in self.annexes)])


def draft_of(response: OfficeResponse) -> Draft:
    """The draft of one response with its annexes, in two queries."""
    [draft] = drafts_of([response]).values()
    return Draft(draft.fields, tuple(response.annexes.standing().with_adder()))


def drafts_of(responses: Sequence[OfficeResponse]) -> dict[int, Draft]:
    """What is written in several drafts, by the pk of the response, in one query; without annexes."""
    rows = DraftField.objects.filter(response__in=responses).standing().with_editor()
    drafts = {response.pk: Draft({}) for response in responses}
    for (response_id, key), versions in groupby(rows, attrgetter("response_id", "key")):
        drafts[response_id].fields[key] = field_state(list(versions))
    return drafts


def field_state(rows: Sequence[DraftField]) -> FieldState:
    """A field from its standing rows, oldest first."""
    *others, newest = (_version(row) for row in rows)
    return FieldState(key=rows[-1].key, seen=rows[-1].seen, newest=newest, others=tuple(others))


def _version(row: DraftField) -> Version:
    name = f"{row.given_name or ''} {row.family_name or ''}".strip()
    return Version(
        number=row.version,
        value=row.value,
        editor_id=row.edited_by_id,
        editor=name or _("the Secretariat"),
        started_at=row.started_at,
        edited_at=row.edited_at,
        is_from_letter=not name,
    )
