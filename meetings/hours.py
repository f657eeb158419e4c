"""The hours of meetings: wall clocks become instants, and a series keeps its weekday and its hour."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from notifications.reminders import SEND_AT, add_months

WEEK = timedelta(days=7)
LAST_WEEK = 4  # the fifth such weekday of a month; not every month has one, so it stands for the last


class NoSuchHour(ValueError):
    """A wall clock that is put forward skips this hour on this day."""


@dataclass(frozen=True, kw_only=True)
class Hours:
    """When a meeting begins and ends (aware UTC), and the IANA zone whose clock it keeps."""

    starts_at: datetime
    ends_at: datetime
    zone: str

    def on(self, day: date) -> Hours:
        """The same hours of the wall clock on another day of the zone. Raises NoSuchHour."""
        clock = ZoneInfo(self.zone)
        first, last = self.starts_at.astimezone(clock), self.ends_at.astimezone(clock)
        until = day + (last.date() - first.date())
        starts_at = instant_of(day, first.time(), self.zone)
        return Hours(starts_at=starts_at, ends_at=instant_of(until, last.time(), self.zone), zone=self.zone)

    def repeated(self, every_months: int, count: int) -> Iterator[Hours]:
        """These and the next, `count` in all: the same weekday of the month, the same wall clock. Raises NoSuchHour."""
        first = self.starts_at.astimezone(ZoneInfo(self.zone)).date()
        for number in range(count):
            yield self.on(same_weekday(first, number * every_months)) if number else self


def instant_of(day: date, hour: time, zone: str) -> datetime:
    """What a wall clock of `zone` shows, as aware UTC; of an hour that comes twice the first. Raises NoSuchHour."""
    there = datetime.combine(day, hour.replace(tzinfo=None, fold=0), ZoneInfo(zone))
    instant = there.astimezone(UTC)
    if instant.astimezone(there.tzinfo).replace(tzinfo=None) != there.replace(tzinfo=None):
        raise NoSuchHour(f"{day} {hour} {zone}")
    return instant


def same_weekday(day: date, months: int) -> date:
    """The same weekday of the month, months later: a second Tuesday gives a second Tuesday, a fifth the last."""
    week = (day.day - 1) // 7
    first = add_months(day.replace(day=1), months)
    found = first + timedelta(days=(day.weekday() - first.weekday()) % 7) + week * WEEK
    return found - WEEK if week == LAST_WEEK and found.month != first.month else found


def morning_before(starts_at: datetime, days: int, zone: str) -> datetime:
    """09:00 in `zone` (IANA name), `days` before the day on which a meeting begins there, as aware UTC."""
    clock = ZoneInfo(zone)
    day = starts_at.astimezone(clock).date() - timedelta(days=days)
    return datetime.combine(day, SEND_AT, clock).astimezone(UTC)
