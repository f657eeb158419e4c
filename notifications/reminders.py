"""When reminders are due: pure rules on Geneva days and the recipient's clock (reminders.md 3.9 and 3.10)."""

import calendar
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings

GENEVA = ZoneInfo(settings.PORTAL_TIME_ZONE)
LAST_MILLISECOND = timedelta(milliseconds=1)
SEND_AT = time(9)  # exists once on every day of every zone: clocks change at night
OPENING, CLOSING = "opening", "closing"


def closing_instant(day: date) -> datetime:
    """The last accepted millisecond of a Geneva day, 23:59:59.999, as aware UTC. Midnight itself is refused."""
    return datetime.combine(day + timedelta(days=1), time(), GENEVA).astimezone(UTC) - LAST_MILLISECOND


def closing_day(closes_at: datetime) -> date:
    """The Geneva day on which a deadline falls."""
    return closes_at.astimezone(GENEVA).date()


def add_months(day: date, months: int) -> date:
    """The same day number `months` later, cut to that month's end: 31 December and two months is 28 or 29 February."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def send_instant(closes_at: datetime, days_before: int, zone: str) -> datetime:
    """09:00 in `zone` (IANA name) on the Geneva day of closing minus `days_before`, as aware UTC."""
    day = closing_day(closes_at) - timedelta(days=days_before)
    return datetime.combine(day, SEND_AT, ZoneInfo(zone)).astimezone(UTC)


def steps_reached(
    closes_at: datetime, days: Iterable[int], zone: str, opened_at: datetime, now: datetime
) -> list[tuple[str, datetime]]:
    """The steps whose moment has come at `now`, each with it (aware UTC), oldest first; the last is the one to send.

    "opening" is due when it opens, "30", "14" … as `send_instant` says, "closing" as soon as answers are refused.
    Reminders due before `opened_at` or after closing are not owed. Where a deadline moves, `opened_at` is the moment of
    the move.
    """
    refused_at = closes_at + LAST_MILLISECOND
    reminders = ((str(n), send_instant(closes_at, n, zone)) for n in days)
    owed = [(step, due) for step, due in reminders if opened_at <= due < refused_at]
    steps = [(OPENING, opened_at), *sorted(owed, key=lambda pair: pair[1]), (CLOSING, refused_at)]
    return [(step, due) for step, due in steps if due <= now]
