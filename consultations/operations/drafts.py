"""Writing in the shared draft of an office without overwriting a colleague."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from operator import attrgetter
from typing import Any

from django.db import transaction

from accounts.models import User
from consultations.drafts import EMPTY, Draft, FieldState, draft_of
from consultations.models import DraftField, OfficeResponse
from consultations.operations.refusals import NotAuthorised, RoundClosed
from consultations.permissions import can_edit_response

TURN_ENDS_AFTER = timedelta(minutes=15)  # of rest; a later edit by the same person is a new row


@dataclass(frozen=True, kw_only=True)
class Edit:
    """A new value of one field; `seen` is the version that stood before the editor, 0 for none.

    While versions stand side by side, `continues` names the one of them that the editor goes on writing.
    """

    key: str
    value: Any
    seen: int
    continues: int = 0


@transaction.atomic
def mark_opened(*, response: OfficeResponse, now: datetime) -> OfficeResponse:
    """Notes when somebody of the office first saw the form; later calls change nothing."""
    unopened = OfficeResponse.objects.filter(pk=response.pk, first_opened_at=None)
    if response.first_opened_at is None and unopened.update(first_opened_at=now):
        response.first_opened_at = now
    return response


def save_draft_field(
    *, response: OfficeResponse, key: str, value: Any, seen: int, by: User, now: datetime
) -> FieldState | None:
    """Saves one field; the result names the saved version and, where two people wrote at once, what stands beside it.

    None where an empty value was saved in an empty field. Raises as `save_draft`.
    """
    draft = save_draft(response=response, edits=[Edit(key=key, value=value, seen=seen)], by=by, now=now)
    return draft.fields.get(key)


@transaction.atomic
def save_draft(*, response: OfficeResponse, edits: Sequence[Edit], by: User, now: datetime) -> Draft:
    """Saves several fields and returns the whole draft as it then stands.

    A value that stands already changes nothing. Who had not seen the newest version adds theirs beside it; a conflict
    ends when somebody saves having seen the newest. Raises RoundClosed after closing, NotAuthorised for other offices.
    """
    locked = OfficeResponse.objects.select_for_update().get(pk=response.pk)
    if not locked.is_open_at(now):
        raise RoundClosed(locked.closes_at)
    if not can_edit_response(by, locked):
        raise NotAuthorised
    rows = locked.draft_fields.filter(key__in=[edit.key for edit in edits]).standing()
    standing = {key: list(versions) for key, versions in groupby(rows, attrgetter("key"))}
    for edit in edits:
        _write(locked, edit, standing.get(edit.key, []), by, now)
    return draft_of(locked)


def _write(response: OfficeResponse, edit: Edit, standing: Sequence[DraftField], by: User, now: datetime) -> None:
    if not standing:
        if edit.value not in EMPTY:
            _new_turn(response, edit, 0, by, now)
        return
    newest = standing[-1]
    settles = newest.in_conflict and edit.seen > newest.seen
    own = [row for row in standing if row.edited_by_id == by.pk]
    if not settles and edit.value in [row.value for row in (*own, newest)]:
        return
    turn = next((row for row in own if _continues(row, edit, newest, now)), None)
    if turn is None:
        _new_turn(response, edit, newest.version, by, now)
    else:
        turn.seen = edit.seen
        turn.version = newest.version + 1
        turn.value, turn.edited_at = edit.value, now
        turn.save(update_fields=["seen", "version", "value", "edited_at"])


def _continues(own: DraftField, edit: Edit, newest: DraftField, now: datetime) -> bool:
    """True while the same editor goes on writing in the same place: nobody else can lose anything, the row moves on."""
    if now - own.edited_at >= TURN_ENDS_AFTER:
        return False
    if newest.in_conflict:
        return edit.continues == own.version and edit.seen <= newest.seen
    return edit.seen == own.version


def _new_turn(response: OfficeResponse, edit: Edit, before: int, by: User, now: datetime) -> None:
    DraftField.objects.create(
        response=response,
        key=edit.key,
        value=edit.value,
        version=before + 1,
        seen=min(edit.seen, before),
        edited_by=by,
        started_at=now,
        edited_at=now,
    )
