"""F23, F25, F26: clocks that are wrong, outages that last for days, nights in which the clocks change."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone

from consultations.models import OfficeResponse
from notifications import outbox
from notifications.models import Delivery
from notifications.reminders import closing_instant, send_instant
from tests.faults import clocks
from tests.faults.account import Account
from tests.faults.conftest import Dose
from tests.faults.people import alerted, make_offices, make_rounds, make_secretary, owe, reminder
from tests.faults.rig import Rig

HOUR, DAY = 3600.0, 86_400.0


@pytest.mark.faults("F23")
@pytest.mark.parametrize("ahead", [HOUR, -HOUR, DAY, -DAY, 365 * DAY, -365 * DAY])
def test_f23_a_wrong_clock_of_a_mailer_sends_nothing_early_and_plans_nothing(
    rig: Rig, dose: Dose, ahead: float
) -> None:
    make_rounds(1, make_offices(5), make_secretary())
    owed = owe(20)
    early = timezone.now() + timedelta(minutes=30)
    with transaction.atomic():
        outbox.queue_many(
            (reminder(n, subject_key="early", not_before=early) for n in range(1000, 1020)), now=timezone.now()
        )
    rig.start("mailer", 2, bent={"ahead": ahead})
    rig.wait(lambda: rig.sink.count >= owed, seconds=30, what="what is due has left")
    rig.wait(lambda: "clock differs" in rig.words(), seconds=60, what="the difference is noticed")
    rig.wait(lambda: alerted("clock"), seconds=60, what="the Secretariat is told")
    rig.stop()
    rig.note(f"clock of the mailers {ahead:+.0f} s")
    waiting = Delivery.objects.filter(subject_key="early", state="queued").count()
    with transaction.atomic():
        outbox.cancel("early", "The test is over.", now=timezone.now())

    account = Account(rig, owed + 20, may_end=frozenset({"cancelled"})).check()

    assert waiting == 20
    assert account.alerts() == {"clock": 1}
    assert account.accepted() == owed


@pytest.mark.faults("F23")
def test_f23_a_wrong_clock_of_the_database_plans_nothing(rig: Rig, dose: Dose) -> None:
    make_rounds(1, make_offices(5), make_secretary())
    owed = owe(20)
    with clocks.database_clock(rig) as clock:
        clock.ahead(DAY)
        rig.start("mailer", 2)
        rig.finish(seconds=30)
        rig.wait(lambda: alerted("clock"), seconds=60, what="the Secretariat is told")
        rig.stop()
    rig.note("database a day ahead")

    Account(rig, owed, clock_moved=True).check()


@pytest.mark.faults("F25")
@pytest.mark.parametrize(("days", "step"), [(1.0, "opening"), (8.0, "7"), (14.0, "closing")])
def test_f25_after_an_outage_each_office_gets_one_mail(rig: Rig, dose: Dose, days: float, step: str) -> None:
    """Asked thirteen days before closing; nothing runs for a day, for eight, or until after the closing."""
    offices = make_offices(dose(20, 200))
    make_rounds(1, offices, make_secretary())
    with clocks.database_clock(rig) as clock:
        clock.ahead(days * DAY)
        rig.start("mailer", 3, bent={"ahead": days * DAY})
        rig.wait(lambda: rig.sink.count >= len(offices), seconds=60, what="one mail for each office")
        rig.finish(seconds=60)
        rig.stop()
    rig.note(f"days without a mailer: {days:.0f}")

    account = Account(
        rig,
        Delivery.objects.exclude(purpose="alert").count(),
        may_end=frozenset({"superseded", "expired"}),
        clock_moved=True,
    ).check()

    assert account.accepted() == len(offices)
    assert {row.step for row in account.ours() if row.state == "sent"} == {step}
    assert OfficeResponse.objects.count() == len(offices)
    connection.close()


# Geneva day of closing, first refused instant, and the instants of the reminders 30, 7, 3 and 1 days before: nine
# o'clock in Geneva, as reminders.md 3.10 has them from the tz database.
VECTORS = [
    (
        "2027-01-20",
        "2027-01-20T23:00",
        ["2026-12-21T08:00", "2027-01-13T08:00", "2027-01-17T08:00", "2027-01-19T08:00"],
    ),
    (
        "2027-03-27",
        "2027-03-27T23:00",
        ["2027-02-25T08:00", "2027-03-20T08:00", "2027-03-24T08:00", "2027-03-26T08:00"],
    ),
    (
        "2027-03-28",
        "2027-03-28T22:00",
        ["2027-02-26T08:00", "2027-03-21T08:00", "2027-03-25T08:00", "2027-03-27T08:00"],
    ),
    (
        "2027-03-29",
        "2027-03-29T22:00",
        ["2027-02-27T08:00", "2027-03-22T08:00", "2027-03-26T08:00", "2027-03-28T07:00"],
    ),
    (
        "2027-10-30",
        "2027-10-30T22:00",
        ["2027-09-30T07:00", "2027-10-23T07:00", "2027-10-27T07:00", "2027-10-29T07:00"],
    ),
    (
        "2027-10-31",
        "2027-10-31T23:00",
        ["2027-10-01T07:00", "2027-10-24T07:00", "2027-10-28T07:00", "2027-10-30T07:00"],
    ),
    (
        "2027-11-01",
        "2027-11-01T23:00",
        ["2027-10-02T07:00", "2027-10-25T07:00", "2027-10-29T07:00", "2027-10-31T08:00"],
    ),
    (
        "2028-02-28",
        "2028-02-28T23:00",
        ["2028-01-29T08:00", "2028-02-21T08:00", "2028-02-25T08:00", "2028-02-27T08:00"],
    ),
    (
        "2028-02-29",
        "2028-02-29T23:00",
        ["2028-01-30T08:00", "2028-02-22T08:00", "2028-02-26T08:00", "2028-02-28T08:00"],
    ),
    (
        "2028-03-01",
        "2028-03-01T23:00",
        ["2028-01-31T08:00", "2028-02-23T08:00", "2028-02-27T08:00", "2028-02-29T08:00"],
    ),
    (
        "2026-12-31",
        "2026-12-31T23:00",
        ["2026-12-01T08:00", "2026-12-24T08:00", "2026-12-28T08:00", "2026-12-30T08:00"],
    ),
    (
        "2027-01-01",
        "2027-01-01T23:00",
        ["2026-12-02T08:00", "2026-12-25T08:00", "2026-12-29T08:00", "2026-12-31T08:00"],
    ),
]


@pytest.mark.faults("F26", small=True)
@pytest.mark.parametrize(("day", "refused", "sent"), VECTORS, ids=[vector[0] for vector in VECTORS])
def test_f26_steps_fall_on_exact_instants(day: str, refused: str, sent: list[str]) -> None:
    closes_at = closing_instant(date.fromisoformat(day))

    assert closes_at == _utc(refused) - timedelta(milliseconds=1)
    assert [send_instant(closes_at, days, "Europe/Zurich") for days in (30, 7, 3, 1)] == [_utc(at) for at in sent]


def _utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)
