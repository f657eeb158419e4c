"""Wall clocks and instants; the rhythm of a series."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from meetings.hours import Hours, NoSuchHour, instant_of, morning_before, same_weekday


def test_an_hour_of_a_wall_clock_becomes_an_instant() -> None:
    assert instant_of(date(2026, 12, 3), time(14), "Europe/Zurich") == datetime(2026, 12, 3, 13, tzinfo=UTC)
    assert instant_of(date(2026, 7, 3), time(14), "Europe/Zurich") == datetime(2026, 7, 3, 12, tzinfo=UTC)
    assert instant_of(date(2026, 7, 3), time(9, 30), "Asia/Tokyo") == datetime(2026, 7, 3, 0, 30, tzinfo=UTC)


def test_an_hour_that_a_clock_skips_does_not_exist() -> None:
    with pytest.raises(NoSuchHour):
        instant_of(date(2027, 3, 28), time(2, 30), "Europe/Zurich")


def test_of_an_hour_that_comes_twice_the_first_is_meant() -> None:
    assert instant_of(date(2026, 10, 25), time(2, 30), "Europe/Zurich") == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("day", "months", "found"),
    [
        (date(2026, 12, 3), 3, date(2027, 3, 4)),  # first Thursday
        (date(2026, 12, 10), 3, date(2027, 3, 11)),  # second
        (date(2026, 12, 31), 1, date(2027, 1, 28)),  # fifth Thursday: January has four, so the last
        (date(2026, 12, 31), 3, date(2027, 3, 25)),
        (date(2026, 10, 29), 2, date(2026, 12, 31)),  # fifth Thursday to fifth Thursday
        (date(2026, 12, 3), 12, date(2027, 12, 2)),
    ],
)
def test_a_series_keeps_the_weekday_of_the_month(day: date, months: int, found: date) -> None:
    assert same_weekday(day, months) == found


@pytest.mark.parametrize("months", [1, 2, 3, 6, 12])
def test_the_weekday_of_a_series_never_changes_and_the_month_is_right(months: int) -> None:
    for offset in range(1500):
        day = date(2026, 1, 1) + timedelta(days=offset)
        found = same_weekday(day, months)

        assert found.weekday() == day.weekday()
        assert (found.year * 12 + found.month) - (day.year * 12 + day.month) == months


def test_a_quarterly_series_keeps_the_wall_clock_when_the_clocks_change() -> None:
    first = Hours(
        starts_at=datetime(2026, 12, 3, 13, tzinfo=UTC), ends_at=datetime(2026, 12, 3, 14, 30, tzinfo=UTC),
        zone="Europe/Zurich",
    )  # fmt: skip
    series = list(first.repeated(3, 4))

    assert [hours.starts_at.astimezone(ZoneInfo("Europe/Zurich")).isoformat() for hours in series] == [
        "2026-12-03T14:00:00+01:00",
        "2027-03-04T14:00:00+01:00",
        "2027-06-03T14:00:00+02:00",
        "2027-09-02T14:00:00+02:00",
    ]
    assert {hours.ends_at - hours.starts_at for hours in series} == {timedelta(minutes=90)}


def test_a_series_with_an_hour_that_does_not_exist_is_refused() -> None:
    begins = datetime(2027, 2, 28, 1, 30, tzinfo=UTC)  # 02:30 in Zurich on the last Sunday of February
    hours = Hours(starts_at=begins, ends_at=begins + timedelta(hours=2), zone="Europe/Zurich")

    with pytest.raises(NoSuchHour):
        list(hours.repeated(1, 2))


def test_the_morning_before_is_of_the_members_own_day() -> None:
    starts_at = datetime(2026, 12, 3, 22, tzinfo=UTC)  # 4 December, 07:00 in Tokyo

    assert morning_before(starts_at, 1, "Asia/Tokyo") == datetime(2026, 12, 3, 0, tzinfo=UTC)
    assert morning_before(starts_at, 1, "Europe/Zurich") == datetime(2026, 12, 2, 8, tzinfo=UTC)
    assert morning_before(starts_at, 7, "America/Santiago") == datetime(2026, 11, 26, 12, tzinfo=UTC)
