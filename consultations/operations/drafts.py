"""Writing in the shared draft of an office without overwriting a colleague."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
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
    """A new value of one field; `seen` is the version that stood before the editor, 0 for none."""

    key: str
    value: Any
    seen: int


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

    A value equal to the newest changes nothing. Who had not seen the newest version adds theirs beside it; a conflict
    ends when somebody saves having seen the newest. Raises RoundClosed after closing, NotAuthorised for other offices.
    """
    locked = OfficeResponse.objects.select_for_update().get(pk=response.pk)
    if not locked.is_open_at(now):
        raise RoundClosed(locked.closes_at)
    if not can_edit_response(by, locked):
        raise NotAuthorised
    rows = locked.draft_fields.filter(key__in=[edit.key for edit in edits]).newest()
    newest = {row.key: row for row in rows}
    for edit in edits:
        _write(locked, edit, newest.get(edit.key), by, now)
    return draft_of(locked)


def _write(response: OfficeResponse, edit: Edit, newest: DraftField | None, by: User, now: datetime) -> None:
    if newest is None:
        if edit.value not in EMPTY:
            _new_turn(response, edit, 0, by, now)
        return
    settles = newest.in_conflict and edit.seen >= newest.version
    if edit.value == newest.value and not settles:
        return
    if _continues(newest, edit, by, now):
        newest.seen = newest.seen if newest.in_conflict else newest.version
        newest.version += 1
        newest.value, newest.edited_at = edit.value, now
        newest.save(update_fields=["seen", "version", "value", "edited_at"])
    else:
        _new_turn(response, edit, newest.version, by, now)


def _continues(newest: DraftField, edit: Edit, by: User, now: datetime) -> bool:
    """True while the same editor goes on writing: nobody else can lose anything, the row may move on."""
    is_own = newest.edited_by_id == by.pk and now - newest.edited_at < TURN_ENDS_AFTER
    return is_own and edit.seen == (newest.seen if newest.in_conflict else newest.version)


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
