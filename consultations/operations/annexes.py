"""Files that go with an answer: added and taken away by anybody in the office while it is open."""

from __future__ import annotations

from datetime import datetime

from django.core.files.base import File
from django.db import transaction

from accounts.models import User
from consultations.models import Annex, OfficeResponse
from consultations.operations.refusals import NotAuthorised, RoundClosed, TooManyAnnexes
from consultations.permissions import can_edit_response
from library.inspection import inspect
from library.operations import store_file

ANNEX_TYPES = ("pdf", "docx", "xlsx", "pptx", "png", "jpg", "txt")
ANNEX_BYTES = 10 * 1024 * 1024
ANNEXES_OF_A_PART = 5


@transaction.atomic
def add_annex(*, response: OfficeResponse, section: str, upload: File, by: User, now: datetime) -> Annex:
    """Stores a file beside one part of the office's draft; `section` is a part of the round.

    Raises RoundClosed, NotAuthorised, TooManyAnnexes, and library.refusals.FileRefused for what is not one of
    ANNEX_TYPES, larger than ANNEX_BYTES, or not what it claims to be. ValueError for a part that does not exist.
    """
    locked = _open_for(response, by, now)
    if section not in locked.round.sections:
        raise ValueError(f"{section!r} is no part of {locked.round}")
    if locked.annexes.standing().filter(section=section).count() >= ANNEXES_OF_A_PART:
        raise TooManyAnnexes(ANNEXES_OF_A_PART)
    inspect(upload, ANNEX_TYPES, ANNEX_BYTES)
    stored = store_file(upload=upload, by=by, now=now)
    return Annex.objects.create(response=locked, section=section, file=stored, added_by=by, added_at=now)


@transaction.atomic
def remove_annex(*, annex: Annex, by: User, now: datetime) -> Annex:
    """Takes a file out of the draft; what was submitted with it keeps it. Twice is once.

    Raises RoundClosed and NotAuthorised.
    """
    _open_for(annex.response, by, now)
    Annex.objects.filter(pk=annex.pk, removed_at=None).update(removed_at=now, removed_by=by)
    annex.refresh_from_db()
    return annex


def _open_for(response: OfficeResponse, by: User, now: datetime) -> OfficeResponse:
    """The response, locked like for a save or a submission, for somebody who may write in its draft."""
    locked = OfficeResponse.objects.select_for_update(of=("self",)).select_related("round").get(pk=response.pk)
    if not locked.is_open_at(now):
        raise RoundClosed(locked.closes_at)
    if not can_edit_response(by, locked):
        raise NotAuthorised
    return locked
