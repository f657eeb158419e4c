"""What the Secretariat is told about the mail itself, and the daily emptying of old bodies."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone

from notifications import alerts, engine, operations, tasks
from notifications.clock import Now
from notifications.models import Delivery, EngineState
from tests.notifications.conftest import fresh, work
from tests.notifications.sink import Sink

Owe = Callable[..., Delivery]
HOUR = timedelta(hours=1)


@pytest.fixture
def running(db: None) -> None:
    EngineState.objects.create()


def told() -> list[str]:
    """The kinds of alerts in the outbox, oldest first."""
    return list(Delivery.objects.filter(purpose="alert").order_by("created_at").values_list("step", flat=True))


def at(minutes: int = 0) -> datetime:
    """An instant in this hour or a later one."""
    return timezone.now().replace(minute=10, second=0, microsecond=0) + timedelta(minutes=minutes)


def test_nothing_is_said_where_nothing_is_wrong(running: None, owe: Owe, sink: Sink) -> None:
    owe()
    work()

    assert alerts.raise_alerts(now=at()) == 0
    assert told() == []


def test_before_the_first_round_there_is_nobody_to_tell(db: None) -> None:
    assert alerts.raise_alerts(now=at()) == 0


@pytest.mark.parametrize(
    ("values", "kind", "words"),
    [
        ({"breaker_until": Now()}, "channel", "The mail relay refuses the portal"),
        ({"clock_skew": timedelta(seconds=-61)}, "clock", "The clock of the portal is wrong"),
        ({"restored_at": Now()}, "restored", "Mail is locked after a restore"),
        ({"deployment_id": "elsewhere"}, "deployment", "This database belongs to another deployment"),
    ],
)
def test_trouble_of_the_engine_is_told_once_an_hour_while_it_lasts(
    running: None, values: dict[str, Any], kind: str, words: str
) -> None:
    EngineState.objects.update(**values)

    assert [alerts.raise_alerts(now=at(minutes)) for minutes in (0, 20, 49, 50, 51)] == [1, 0, 0, 1, 0]

    assert told() == [kind, kind]
    newest, oldest = Delivery.objects.order_by("-created_at")
    assert newest.subject == f"Mail of the portal: {words}"
    assert newest.to_address == "secretariat@wild.example"
    assert "http://localhost:8000/mail/status/" in newest.text
    assert "http://localhost:8000/mail/status/" in newest.html
    assert (newest.state, oldest.state) == ("queued", "superseded")


def test_a_clock_that_is_right_again_is_no_trouble(running: None) -> None:
    EngineState.objects.update(clock_skew=timedelta(seconds=60))

    assert alerts.raise_alerts(now=at()) == 0


def test_held_messages_are_told_once_and_new_ones_in_a_later_hour(running: None, owe: Owe) -> None:
    first, second = owe(), owe("chloe@qn.example")
    Delivery.objects.filter(pk=first.pk).update(state="held", reason="because", next_at=at())

    assert [alerts.raise_alerts(now=at(minutes)) for minutes in (1, 60, 120)] == [1, 0, 0]
    Delivery.objects.filter(pk=second.pk).update(state="held", reason="because", next_at=at(121))
    assert alerts.raise_alerts(now=at(122)) == 1

    assert told() == ["held", "held"]


def test_what_was_not_sent_in_time_is_told_but_not_what_was_too_late_when_it_was_made(running: None, owe: Owe) -> None:
    late = owe("late@qm.example", expires_at=timezone.now() - HOUR)
    assert fresh(late).state == "expired"
    assert alerts.raise_alerts(now=at()) == 0
    row = owe()
    Delivery.objects.filter(pk=row.pk).update(state="expired", reason="because", ended_at=at())

    assert alerts.raise_alerts(now=at(1)) == 1

    assert told() == ["expired"]


def test_alerts_raise_no_alerts(running: None) -> None:
    EngineState.objects.update(breaker_until=Now())
    alerts.raise_alerts(now=at())
    Delivery.objects.update(state="held", reason="because", next_at=at(5))
    EngineState.objects.update(breaker_until=None)

    assert alerts.raise_alerts(now=at(60)) == 0


def test_an_alert_leaves_when_the_channel_is_back(running: None, sink: Sink) -> None:
    EngineState.objects.update(breaker_until=Now() + timedelta(days=1), failures=5)
    tasks.keep_house()
    work()
    assert sink.accepted == []

    EngineState.objects.update(breaker_until=None)
    work()

    assert sink.recipients() == ["secretariat@wild.example"]


@pytest.mark.parametrize("years", [-1, 1])
def test_a_host_whose_clock_is_wrong_can_still_say_so(running: None, sink: Sink, time_machine: Any, years: int) -> None:
    time_machine.move_to(timezone.now() + timedelta(days=365 * years))

    assert engine.clocks_agree(timezone.now()) is False
    tasks.keep_house()
    work()

    assert [mail["Subject"] for mail in sink.mails()] == ["Mail of the portal: The clock of the portal is wrong"]


def test_a_plan_is_the_heartbeat_of_the_clock(db: None) -> None:
    assert engine.clocks_agree(timezone.now())

    state = EngineState.objects.get()
    assert timezone.now() - state.planned_at < timedelta(seconds=5)
    assert abs(state.clock_skew) < timedelta(seconds=5)


@pytest.mark.django_db(transaction=True)
def test_the_mailer_without_a_broker_keeps_house_too(sink: Sink) -> None:
    EngineState.objects.create(deployment_id="elsewhere")

    call_command("mailer", "--once")

    assert told() == ["deployment"]


# --- old bodies -------------------------------------------------------------------------------------------------------
def test_bodies_are_emptied_after_ninety_days_and_their_hash_stays(running: None, owe: Owe) -> None:
    now = timezone.now()
    old, young, held = owe(), owe("young@qm.example"), owe("held@qm.example")
    for row, days in ((old, 91), (young, 89)):
        then = now - timedelta(days=days)
        Delivery.objects.filter(pk=row.pk).update(state="sent", sent_at=then, ended_at=then)
    Delivery.objects.filter(pk=held.pk).update(state="held", reason="because", created_at=now - timedelta(days=99))

    assert operations.purge_bodies(now=now) == 1

    assert [bytes(fresh(row).rendered) == b"" for row in (old, young, held)] == [True, False, False]
    assert fresh(old).rendered_sha256 == old.rendered_sha256
    assert (fresh(old).text, fresh(old).html) == ("", "")


def test_bodies_are_looked_at_once_a_day(running: None, owe: Owe) -> None:
    now = timezone.now()
    assert operations.purge_bodies(now=now) == 0
    row, then = owe(), now - timedelta(days=91)
    Delivery.objects.filter(pk=row.pk).update(state="sent", sent_at=then, ended_at=then)

    assert operations.purge_bodies(now=now) == 0
    assert operations.purge_bodies(now=now + timedelta(days=1)) == 1
