"""The time rules, with every vector of reminders.md 3.10."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest

from notifications.reminders import SEND_AT, add_months, closing_day, closing_instant, send_instant, steps_reached

MILLISECOND = timedelta(milliseconds=1)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("day", "first_refused"),
    [
        (date(2027, 1, 20), "2027-01-20T23:00:00"),
        (date(2027, 3, 27), "2027-03-27T23:00:00"),
        (date(2027, 3, 28), "2027-03-28T22:00:00"),  # a day of 23 hours
        (date(2027, 10, 30), "2027-10-30T22:00:00"),
        (date(2027, 10, 31), "2027-10-31T23:00:00"),  # a day of 25 hours
        (date(2028, 2, 29), "2028-02-29T23:00:00"),
    ],
)
def test_a_geneva_day_is_over_at_its_own_midnight(day: date, first_refused: str) -> None:
    assert closing_instant(day) == utc(first_refused) - MILLISECOND
    assert closing_day(closing_instant(day)) == day
    assert closing_day(closing_instant(day) + MILLISECOND) == day + timedelta(days=1)


@pytest.mark.parametrize(
    ("opens", "closes", "days"),
    [
        (date(2026, 12, 29), date(2027, 2, 28), 61),
        (date(2026, 12, 30), date(2027, 2, 28), 60),
        (date(2026, 12, 31), date(2027, 2, 28), 59),
        (date(2027, 12, 29), date(2028, 2, 29), 62),
        (date(2027, 12, 31), date(2028, 2, 29), 60),
        (date(2027, 8, 31), date(2027, 10, 31), 61),  # across the end of summer time
    ],
)
def test_two_months_end_on_the_same_day_number_cut_to_the_months_end(opens: date, closes: date, days: int) -> None:
    assert add_months(opens, 2) == closes
    assert (closes - opens).days == days


def test_months_may_be_many_or_go_back() -> None:
    assert add_months(date(2026, 1, 31), 13) == date(2027, 2, 28)
    assert add_months(date(2026, 1, 31), -2) == date(2025, 11, 30)
    assert add_months(date(2026, 12, 15), 0) == date(2026, 12, 15)


def test_no_clock_changes_at_the_hour_of_sending() -> None:
    """02:30 may be missing or come twice; 09:00 comes once, in every zone, through the whole of 2026 to 2028."""
    for name in sorted(available_timezones()):
        zone, day = ZoneInfo(name), date(2026, 1, 1)
        while day.year < 2029:
            moment = datetime.combine(day, SEND_AT, zone)
            assert moment.utcoffset() == moment.replace(fold=1).utcoffset(), (name, day)
            assert moment.astimezone(UTC).astimezone(zone).time() == SEND_AT, (name, day)
            day += timedelta(days=1)


def test_python_reads_the_missing_half_hour_as_summer_time() -> None:
    missing = datetime(2027, 3, 28, 2, 30, tzinfo=ZoneInfo("Europe/Zurich"))

    assert missing.astimezone(UTC).astimezone(ZoneInfo("Europe/Zurich")).time() == time(3, 30)


@pytest.mark.parametrize(
    ("zone", "there"),
    [
        ("Pacific/Honolulu", "2027-01-20T12:59:59.999000"),
        ("Pacific/Kiritimati", "2027-01-21T12:59:59.999000"),
        ("Asia/Kathmandu", "2027-01-21T04:44:59.999000"),
    ],
)
def test_one_closing_is_another_hour_and_perhaps_another_day_elsewhere(zone: str, there: str) -> None:
    closes = closing_instant(date(2027, 1, 20)).astimezone(ZoneInfo(zone))

    assert closes.replace(tzinfo=None).isoformat() == there


@pytest.mark.parametrize(
    ("zone", "sent"),
    [
        ("Europe/Zurich", "2027-01-06T08:00:00"),
        ("Asia/Tokyo", "2027-01-06T00:00:00"),
        ("Asia/Kathmandu", "2027-01-06T03:15:00"),
        ("America/Santiago", "2027-01-06T12:00:00"),
        ("Pacific/Honolulu", "2027-01-06T19:00:00"),
        ("Pacific/Kiritimati", "2027-01-05T19:00:00"),
    ],
)
def test_a_reminder_leaves_at_nine_of_the_recipient_on_geneva_s_day(zone: str, sent: str) -> None:
    assert send_instant(closing_instant(date(2027, 1, 20)), 14, zone) == utc(sent)


@pytest.mark.parametrize(("days", "sent"), [(1, "2027-03-27T08:00:00"), (0, "2027-03-28T07:00:00")])
def test_nine_stays_nine_when_the_clocks_change(days: int, sent: str) -> None:
    assert send_instant(closing_instant(date(2027, 3, 28)), days, "Europe/Zurich") == utc(sent)


def steps(now: str, *, opened: str = "2026-11-20T09:00:00", zone: str = "Europe/Zurich") -> list[tuple[str, datetime]]:
    closes = closing_instant(date(2027, 1, 20))
    return steps_reached(closes, [1, 3, 7, 14, 30], zone, utc(opened), utc(now))


def test_before_opening_nothing_is_reached() -> None:
    assert steps("2026-11-20T08:59:59.999") == []


def test_the_opening_is_the_first_step() -> None:
    assert steps("2026-11-20T09:00:00") == [("opening", utc("2026-11-20T09:00:00"))]


def test_steps_come_oldest_first_whatever_the_order_of_the_days() -> None:
    assert steps("2027-01-19T08:00:00") == [
        ("opening", utc("2026-11-20T09:00:00")),
        ("30", utc("2026-12-21T08:00:00")),
        ("14", utc("2027-01-06T08:00:00")),
        ("7", utc("2027-01-13T08:00:00")),
        ("3", utc("2027-01-17T08:00:00")),
        ("1", utc("2027-01-19T08:00:00")),
    ]


def test_a_step_is_reached_at_its_instant_and_not_before() -> None:
    assert steps("2027-01-06T07:59:59.999")[-1][0] == "30"
    assert steps("2027-01-06T08:00:00")[-1][0] == "14"


def test_closing_is_reached_when_answers_are_refused() -> None:
    assert steps("2027-01-20T22:59:59.999")[-1][0] == "1"
    assert steps("2027-01-20T23:00:00")[-1] == ("closing", utc("2027-01-20T23:00:00"))


def test_steps_before_the_opening_never_existed() -> None:
    assert [step for step, _ in steps("2027-01-15T12:00:00", opened="2027-01-10T09:00:00")] == ["opening", "7"]


def test_a_reminder_that_would_leave_after_closing_is_not_owed() -> None:
    closes = utc("2027-01-20T07:00:00")  # closed early, in the morning of the day itself

    reached = steps_reached(closes, [1, 0], "Europe/Zurich", utc("2026-11-20T09:00:00"), utc("2027-01-21T00:00:00"))

    assert [step for step, _ in reached] == ["opening", "1", "closing"]
