"""Whether an answer is late: given after the deadline, unless the office was asked later or corrects a letter."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from consultations.models import LAST_MILLISECOND, OfficeResponse
from notifications.reminders import closing_day, closing_instant

CORRECTION_DAYS = timedelta(days=5)  # to correct what the Secretariat entered from a letter (decisions.md 4)


def time_limit(response: OfficeResponse) -> datetime:
    """The last instant (aware UTC) at which an answer of this office is in time: the round's deadline.

    An office that was asked after the opening has its own first deadline where that is later. One query at most.
    """
    round = response.round
    if not response.was_asked_later:
        return round.closes_at
    reopened = response.extensions.order_by("decided_at").first()
    return max(round.closes_at, reopened.old_closes_at if reopened else response.closes_at)


def is_late(response: OfficeResponse, now: datetime) -> bool:
    """True for an answer the office submits at `now` (aware UTC). Two queries at most.

    Who corrects what came in time by letter is not late for the days they have to correct it.
    """
    if now < time_limit(response) + LAST_MILLISECOND:
        return False
    in_time = response.submissions.on_behalf().filter(is_late=False).last()
    return in_time is None or now >= correction_ends(in_time.submitted_at) + LAST_MILLISECOND


def is_letter_late(response: OfficeResponse, received_on: date) -> bool:
    """True for an answer received by e-mail or letter on this Geneva day. One query at most."""
    return received_on > closing_day(time_limit(response))


def correction_ends(entered_at: datetime) -> datetime:
    """Until when (aware UTC) an office can correct what was entered for it: the end of the fifth Geneva day."""
    return closing_instant(closing_day(entered_at) + CORRECTION_DAYS)
