"""Heartbeat, breaker, deployment, profile, and who wakes the mailer."""

import os
import signal
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.db import IntegrityError
from django.utils import timezone

from notifications import delivery as machine
from notifications import engine, tasks
from notifications.clock import Now
from notifications.models import Delivery, EngineState
from notifications.profile import PROFILES, Profile, profile
from tests.notifications.sink import Sink
from wild_portal.management.commands import mailer

Owe = Callable[..., Delivery]


# --- heartbeat and deployment -----------------------------------------------------------------------------------------
def test_a_round_leaves_a_heartbeat(db: None) -> None:
    machine.work()

    state = EngineState.objects.get()
    assert timezone.now() - state.heartbeat_at < timedelta(seconds=5)
    assert state.heartbeat_host.endswith(f":{os.getpid()}")
    assert str(state) == str(state.heartbeat_at)


def test_there_is_one_engine(db: None) -> None:
    with pytest.raises(IntegrityError, match="engine_state_single"):
        EngineState.objects.create(pk=2)


def test_the_first_mailer_writes_down_whom_it_serves(owe: Owe, sink: Sink, settings: Any) -> None:
    settings.DEPLOYMENT_ID = "production"
    owe()

    machine.work()

    assert (EngineState.objects.get().deployment_id, len(sink.accepted)) == ("production", 1)


@pytest.mark.parametrize("elsewhere", ["staging", ""])
def test_a_copy_of_the_database_elsewhere_sends_nothing(owe: Owe, sink: Sink, settings: Any, elsewhere: str) -> None:
    EngineState.objects.create(deployment_id="production")
    settings.DEPLOYMENT_ID = elsewhere
    row = owe()

    assert machine.work() is False

    row.refresh_from_db()
    assert (row.state, sink.connections, EngineState.objects.get().heartbeat_at) == ("queued", 0, None)


def test_the_clock_of_this_host_is_compared_with_the_databases(db: None) -> None:
    ahead = engine.clock_skew(datetime.now(UTC) + timedelta(hours=1))

    assert timedelta(minutes=59) < ahead < timedelta(minutes=61)


# --- the breaker ------------------------------------------------------------------------------------------------------
def test_the_breaker_opens_after_five_failures_and_its_pause_doubles(db: None, settings: Any) -> None:
    settings.MAIL_PROFILE = "production"
    EngineState.objects.create()
    pauses = []
    for _ in range(12):
        is_open = engine.channel_failed("No route")
        until = EngineState.objects.get().breaker_until
        pauses.append(round((until - timezone.now()).total_seconds()) if is_open else 0)

    assert pauses == [0, 0, 0, 0, 60, 120, 240, 450, 450, 450, 450, 450]


def test_one_prober_goes_when_the_pause_is_over(db: None) -> None:
    EngineState.objects.create()
    assert engine.may_send()
    engine.channel_failed("No route", at_once=True)
    assert not engine.may_send()

    EngineState.objects.update(breaker_until=Now())

    assert [engine.may_send() for _ in range(3)] == [True, False, False]
    engine.channel_works()
    assert engine.may_send()


def test_six_hours_without_a_relay_cost_few_calls() -> None:
    """At most sixty, not one a second; and the last pause leaves two and a half minutes of ten for sending."""
    production, calls, spent = PROFILES["production"], 4, timedelta()
    while spent < timedelta(hours=6):
        calls += 1
        spent += production.breaker_pause(calls)

    assert calls == 55
    assert production.breaker_pause(calls) == timedelta(minutes=7.5)


def test_a_channel_that_works_has_nothing_to_forget(db: None, django_assert_num_queries: Any) -> None:
    EngineState.objects.create()
    with django_assert_num_queries(1):
        engine.channel_works()

    assert EngineState.objects.get().failures == 0


# --- the profile ------------------------------------------------------------------------------------------------------
def test_production_is_as_patient_as_the_design_says() -> None:
    assert PROFILES["production"] == Profile(
        lease=900, connect=10, command=30, answer=120, loop=5, plan=60, round=20, attempts=12, crashes=3,
        pauses=(60, 300, 900, 3600, 7200, 14400, 28800), breaker_after=5, breaker_first=60, breaker_longest=450,
    )  # fmt: skip


@pytest.mark.parametrize("name", list(PROFILES))
def test_a_lease_outlasts_everything_that_can_still_happen(name: str) -> None:
    patience = PROFILES[name]

    assert patience.lease > patience.connect + 5 * patience.command + patience.rest_of_talk.total_seconds() - 10
    assert patience.rest_of_talk < timedelta(seconds=patience.lease)


@pytest.mark.parametrize(("attempt", "seconds"), [(1, 60), (2, 300), (3, 900), (6, 14400), (7, 28800), (11, 28800)])
def test_pauses_grow_to_eight_hours_give_or_take_a_fifth(attempt: int, seconds: int) -> None:
    pauses = [PROFILES["production"].pause(attempt).total_seconds() for _ in range(200)]

    assert min(pauses) >= max(0.8 * seconds, 60)  # a grey list bans who comes back within a minute
    assert max(pauses) <= 1.2 * seconds
    assert max(pauses) - min(pauses) > 0.1 * seconds


def test_an_unknown_profile_stops_the_mailer(settings: Any) -> None:
    settings.MAIL_PROFILE = "hasty"

    with pytest.raises(ImproperlyConfigured, match="it must be production or test"):
        profile()


# --- who wakes it -----------------------------------------------------------------------------------------------------
def test_the_task_does_one_round(owe: Owe, sink: Sink) -> None:
    row = owe()

    tasks.drain()

    row.refresh_from_db()
    assert row.state == "sent"


@pytest.mark.django_db(transaction=True)
def test_a_round_that_ran_out_of_time_asks_for_another(
    owe: Owe, sink: Sink, settings: Any, monkeypatch: pytest.MonkeyPatch, rings: list[str]
) -> None:
    monkeypatch.setitem(PROFILES, "no time", Profile(round=-1.0))
    settings.MAIL_PROFILE = "no time"
    owe()
    rings.clear()

    tasks.drain()

    assert rings == ["notifications.tasks.drain"]


@pytest.mark.django_db(transaction=True)
def test_the_mailer_sends_without_a_broker(owe: Owe, sink: Sink) -> None:
    row = owe()

    call_command("mailer", "--once")

    row.refresh_from_db()
    assert row.state == "sent"


@pytest.mark.django_db(transaction=True)
def test_the_mailer_stops_when_it_is_asked_to(owe: Owe, sink: Sink) -> None:
    before = [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)]
    row = owe()

    def ask() -> None:
        while signal.getsignal(signal.SIGTERM) == before[0] or not sink.accepted:
            time.sleep(0.01)
        os.kill(os.getpid(), signal.SIGTERM)

    asking = threading.Thread(target=ask, daemon=True)
    asking.start()
    try:
        call_command("mailer")
    finally:
        asking.join()
        for number, handler in zip((signal.SIGTERM, signal.SIGINT), before, strict=True):
            signal.signal(number, handler)

    row.refresh_from_db()
    assert row.state == "sent"


def test_a_part_of_a_round_that_fails_is_logged_and_tried_again(db: None, caplog: pytest.LogCaptureFixture) -> None:
    def fail() -> int:
        raise ZeroDivisionError

    assert mailer.attempt("plan", fail) == 0
    assert "ZeroDivisionError" in caplog.text
    assert mailer.attempt("plan", lambda: 3) == 3


def test_the_mailer_plans_nothing_where_the_clocks_differ(db: None, time_machine: Any) -> None:
    time_machine.move_to(timezone.now() + timedelta(hours=2))

    assert mailer.plan() == 0


def test_the_mailer_plans(db: None) -> None:
    assert mailer.plan() == 0
    assert Delivery.objects.count() == 0


@pytest.mark.django_db
@pytest.mark.parametrize(("minutes", "agree"), [(0, True), (2, False), (-2, False)])
def test_clocks_agree_within_a_minute(minutes: int, agree: bool) -> None:
    assert engine.clocks_agree(datetime.now(UTC) + timedelta(minutes=minutes)) is agree
