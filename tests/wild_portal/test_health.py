"""Whether the portal lives and is ready, as monitoring asks."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client, override_settings
from django.utils import timezone

from accounts.models import Member
from notifications.models import Delivery, EngineState

PARTS = ("database", "broker", "migrations", "outbox", "clock")
WELL = dict.fromkeys(PARTS, "ok")


@pytest.fixture
def engine(db: None) -> EngineState:
    """A mailer that has just checked in."""
    return EngineState.objects.create(heartbeat_at=timezone.now())


def test_the_process_answers_without_asking_anybody(
    client: Client, django_assert_num_queries: object, db: None
) -> None:
    with django_assert_num_queries(0):
        response = client.get("/healthz")
    assert (response.status_code, response.json()) == (200, {"status": "ok"})
    assert "no-store" in response["Cache-Control"]


def test_everything_well_is_ready(engine: EngineState, client: Client) -> None:
    response = client.get("/readyz")
    assert (response.status_code, response.json()) == (200, {"status": "ok", "parts": WELL})
    assert "no-store" in response["Cache-Control"]


def assert_not_ok(client: Client, part: str) -> None:
    """One part is not ok, all others are, and no detail is told."""
    response = client.get("/readyz")
    assert response.status_code == 503
    assert response.json() == {"status": "not ok", "parts": WELL | {part: "not ok"}}


def test_a_broker_that_is_away_is_not_ready(engine: EngineState, client: Client) -> None:
    with override_settings(REDIS_URL="redis://127.0.0.1:1/0"):
        assert_not_ok(client, "broker")


def test_a_missing_migration_is_not_ready(engine: EngineState, client: Client) -> None:
    MigrationRecorder(connection).record_unapplied("meetings", "0001_initial")
    assert_not_ok(client, "migrations")


def test_a_relay_that_refuses_us_is_not_ready(engine: EngineState, client: Client) -> None:
    EngineState.objects.update(breaker_until=timezone.now() + timedelta(minutes=1), breaker_reason="421")
    assert_not_ok(client, "outbox")


@pytest.mark.parametrize(("minutes", "is_late"), [(9, False), (11, True)])
def test_mail_that_waits_too_long_is_not_ready(
    minutes: int, is_late: bool, engine: EngineState, client: Client
) -> None:
    Delivery.objects.create(
        key="a",
        subject_key="b",
        kind="official",
        urgency=1,
        to_address="ana@qm.example",
        language="en",
        message_id="<a@wild.example>",
        created_at=timezone.now(),
        next_at=timezone.now() - timedelta(minutes=minutes),
    )
    if is_late:
        assert_not_ok(client, "outbox")
    else:
        assert client.get("/readyz").status_code == 200


@pytest.mark.parametrize("heartbeat", [None, timedelta(minutes=4)])
def test_a_mailer_that_is_silent_is_not_ready(heartbeat: timedelta | None, db: None, client: Client) -> None:
    EngineState.objects.create(heartbeat_at=heartbeat and timezone.now() - heartbeat)
    assert_not_ok(client, "clock")


def test_a_portal_whose_mailer_never_ran_is_not_ready(db: None, client: Client) -> None:
    assert_not_ok(client, "clock")


def test_the_reason_is_for_the_secretariat(
    db: None, ana: Member, staff: Member, client_of: Callable[[Member | None], Client]
) -> None:
    assert "detail" not in client_of(ana).get("/readyz").json()
    detail = client_of(staff).get("/readyz").json()["detail"]
    assert detail == dict.fromkeys(PARTS, "") | {"clock": "no worker has checked in yet"}


def test_the_reason_names_what_is_wrong(
    engine: EngineState, staff: Member, client_of: Callable[[Member | None], Client]
) -> None:
    EngineState.objects.update(heartbeat_at=timezone.now() - timedelta(hours=1))
    MigrationRecorder(connection).record_unapplied("library", "0001_initial")
    detail = client_of(staff).get("/readyz").json()["detail"]
    assert detail["migrations"] == "not applied: library.0001_initial"
    assert detail["clock"].startswith("the last worker checked in 1:00:0")
    assert detail["database"] == ""


@pytest.mark.parametrize("url", ["/healthz", "/readyz"])
def test_only_asking_is_allowed(url: str, engine: EngineState, client: Client) -> None:
    assert [client.post(url).status_code, client.delete(url).status_code] == [405, 405]
    head = client.head(url)
    assert (head.status_code, head.content) == (200, b"")
