"""Submitting what an office says."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from accounts.models import Member, User
from consultations.emails import Part, receipt_message
from consultations.lateness import is_late
from consultations.models import OfficeResponse, Submission
from consultations.operations.refusals import AlreadySubmitted, NotAuthorised, RoundClosed
from consultations.permissions import can_submit_response
from consultations.schedule import recipients
from notifications import outbox

ANSWERED = "The office has answered."


def lock_for_submission(*, response: OfficeResponse, seen_number: int, by: User, now: datetime) -> OfficeResponse:
    """The response locked until the end of the transaction, for somebody who may submit at `now`.

    Raises RoundClosed, NotAuthorised, and AlreadySubmitted where a colleague was faster.
    """
    locked = (
        OfficeResponse.objects.select_for_update(of=("self",)).select_related("round", "office").get(pk=response.pk)
    )
    if not locked.is_open_at(now):
        raise RoundClosed(locked.closes_at)
    if not can_submit_response(by, locked):
        raise NotAuthorised
    latest = locked.submissions.select_related("submitted_by").last()
    if latest is not None and latest.number > seen_number:
        raise AlreadySubmitted(latest, name_of(latest.submitted_by, locked))
    return locked


@transaction.atomic
def submit_answers(
    *, response: OfficeResponse, seen_number: int, summary: Sequence[Part], by: User, now: datetime
) -> Submission:
    """Records the answer of an office, ends its debt in the same transaction and queues the receipts.

    `seen_number` is the number of the submission the form was shown with (0 for none), `summary` the full text for
    the receipt. Raises as `lock_for_submission`.
    """
    locked = lock_for_submission(response=response, seen_number=seen_number, by=by, now=now)
    number = locked.submissions.count() + 1
    submission = Submission.objects.create(
        response=locked, number=number, submitted_at=now, submitted_by=by, is_late=is_late(locked, now)
    )
    submission.annexes.set(locked.annexes.standing())
    outbox.cancel(locked.subject_key, ANSWERED, now=now)
    colleagues = recipients([locked.office_id])[locked.office_id]
    name = name_of(by, locked)
    receipts = [receipt_message(submission, member, colleagues, summary, name) for member in colleagues]
    outbox.queue_many(receipts, now=now)
    return submission


def name_of(user: User, response: OfficeResponse) -> str:
    """The name under which a login acts for the office of a response, also after leaving it; else the e-mail."""
    member = Member.objects.of_office(response.office_id).filter(user=user).order_by("-since_on", "-pk").first()
    return member.name if member else user.email
