"""Agreeing inside an office before it submits: colleagues read the draft and sign it off. It never holds anybody up."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.conf import settings
from django.db import transaction

from accounts.models import Member, User
from consultations.drafts import draft_of
from consultations.emails import reading_message
from consultations.models import OfficeResponse, SignOff
from consultations.operations.answers import name_of
from consultations.operations.refusals import DraftChanged, NobodyToAsk, NotAuthorised, RoundClosed
from consultations.permissions import can_edit_response
from notifications import outbox


@transaction.atomic
def sign_off(*, response: OfficeResponse, seen_draft: str, by: User, now: datetime) -> SignOff:
    """Notes that a member of the office has read the draft whose fingerprint is `seen_draft`, and agrees.

    Twice is once. Raises RoundClosed, NotAuthorised, and DraftChanged where somebody has written since.
    """
    locked = _open_for(response, by, now)
    if draft_of(locked).fingerprint != seen_draft:
        raise DraftChanged
    found, _ = SignOff.objects.get_or_create(
        response=locked, fingerprint=seen_draft, signed_by=by, defaults={"signed_at": now}
    )
    return found


@transaction.atomic
def ask_to_read(*, response: OfficeResponse, colleagues: Sequence[Member], path: str, by: User, now: datetime) -> int:
    """Asks colleagues by one mail each to read the draft at `path`; returns how many mails are new.

    For one state of the draft nobody is asked twice, whoever asks. Raises RoundClosed, NotAuthorised, and NobodyToAsk
    where nobody, more than SECOND_PERSON_ABOVE people, or somebody who is not a colleague is named.
    """
    locked = _open_for(response, by, now)
    limit = settings.SECOND_PERSON_ABOVE
    present = Member.objects.current().of_office(locked.office_id).exclude(user=by)
    asked = list(present.filter(pk__in=[member.pk for member in colleagues]).select_related("office").order_by("pk"))
    if not asked or len(asked) > limit or len(asked) != len(set(colleagues)):
        raise NobodyToAsk(limit)
    fingerprint = draft_of(locked).fingerprint
    messages = [reading_message(locked, member, name_of(by, locked), fingerprint, path) for member in asked]
    return outbox.queue_many(messages, now=now)


def _open_for(response: OfficeResponse, by: User, now: datetime) -> OfficeResponse:
    locked = (
        OfficeResponse.objects.select_for_update(of=("self",)).select_related("round", "office").get(pk=response.pk)
    )
    if not locked.is_open_at(now):
        raise RoundClosed(locked.closes_at)
    if not can_edit_response(by, locked):
        raise NotAuthorised
    return locked
