"""An answer that came by e-mail or letter, entered by the Secretariat on behalf of the office, which can correct it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.core.files.base import File
from django.db import models, transaction
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.operations.refusals import Refusal
from consultations.drafts import EMPTY
from consultations.emails import Part, on_behalf_message
from consultations.lateness import correction_ends, is_letter_late
from consultations.models import DraftField, OfficeResponse, Submission
from consultations.operations.reopening import OfficeReasonMissing, lock_running, move_own_deadline
from consultations.schedule import recipients
from library.operations import store_file
from notifications import outbox
from notifications.reminders import closing_day

ENTERED = "The answer of the office was entered from a letter."


@dataclass(frozen=True, kw_only=True)
class Letter:
    """Where an answer comes from: the file, the Geneva day it was received on, why it is entered on behalf."""

    upload: File
    received_on: date
    reason: str


@dataclass(frozen=True, kw_only=True)
class Said:
    """What the letter says: `values` by key of the draft, such as a.position, and `summary` for the mail."""

    values: Mapping[str, str]
    summary: Sequence[Part]


class AnsweredMeanwhile(Refusal):
    """The office, or a colleague of the Secretariat, has given an answer since the page was shown."""

    @property
    def message(self) -> str:
        return _("Nothing was entered: there is a newer answer of this office. Read it first.")


class NotReceivedThen(Refusal):
    """A letter answers what was asked, and is there when it is entered."""

    @property
    def message(self) -> str:
        return _("The day of receipt must lie between the opening and today.")


@transaction.atomic
def record_on_behalf(
    *, response: OfficeResponse, seen_number: int, letter: Letter, said: Said, by: User, now: datetime
) -> Submission:
    """Records what an office said by e-mail or letter, with the proof; it ends the debt of the office.

    Those who speak for the office get the full text and five days to correct it by the ordinary form, which begins
    with this text where the office had no draft of its own. `seen_number` is that of the submission the page was shown
    with. Raises NotOfTheSecretariat, NotRunning, OfficeReasonMissing, AnsweredMeanwhile, NotReceivedThen, FileRefused.
    """
    locked = lock_running(response=response, by=by)
    _check(locked, seen_number, letter, now)
    submission = Submission.objects.create(
        response=locked,
        number=seen_number + 1,
        submitted_at=now,
        submitted_by=by,
        is_late=is_letter_late(locked, letter.received_on),
        on_behalf_of_reason=letter.reason.strip(),
        received_on=letter.received_on,
        file=store_file(upload=letter.upload, by=by, now=now),
    )
    outbox.cancel(locked.subject_key, ENTERED, now=now)
    if correction_ends(now) > locked.closes_at:
        move_own_deadline(response=locked, closes_at=correction_ends(now), reason=letter.reason, by=by, now=now)
    _fill_draft(submission, said.values)
    colleagues = recipients([locked.office_id]).get(locked.office_id, [])
    outbox.queue_many(
        [on_behalf_message(submission, member, colleagues, said.summary) for member in colleagues], now=now
    )
    return submission


def _check(response: OfficeResponse, seen_number: int, letter: Letter, now: datetime) -> None:
    if not letter.reason.strip():
        raise OfficeReasonMissing
    if response.submissions.count() != seen_number:
        raise AnsweredMeanwhile
    opened_at = response.round.opened_at or now
    if not closing_day(opened_at) <= letter.received_on <= closing_day(now):
        raise NotReceivedThen


def _fill_draft(submission: Submission, values: Mapping[str, str]) -> None:
    """The form begins with what was entered, unless somebody of the office has written in it; no text is read."""
    fields, secretariat = submission.response.draft_fields, submission.response.submissions.on_behalf()
    if fields.exclude(edited_by__in=secretariat.values("submitted_by")).exists():
        return
    newest = dict(fields.order_by().values_list("key").annotate(models.Max("version")))
    DraftField.objects.bulk_create(
        DraftField(
            response=submission.response,
            key=key,
            value=value,
            version=newest.get(key, 0) + 1,
            seen=newest.get(key, 0),
            edited_by=submission.submitted_by,
            started_at=submission.submitted_at,
            edited_at=submission.submitted_at,
        )
        for key, value in values.items()
        if key in newest or value not in EMPTY
    )
