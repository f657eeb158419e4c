"""The state machine, told as rows: what the relay did, and what the ledger says afterwards."""

import os
import re
import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.utils import timezone

from notifications import delivery as machine
from notifications.clock import Now
from notifications.models import Attempt, Delivery, EngineState
from notifications.profile import PROFILES, Profile
from notifications.relay import Relay
from tests.notifications.conftest import abandon, fresh, later, message, outcomes, work
from tests.notifications.sink import Sink

Owe = Callable[..., Delivery]


# --- accepted ---------------------------------------------------------------------------------------------------------
def test_a_due_message_is_sent_and_the_ledger_says_when(owe: Owe, sink: Sink) -> None:
    row = owe()

    assert work() is False

    sent, attempt = fresh(row), Attempt.objects.get()
    assert (sent.state, sent.stage, sent.token, sent.lease_until, sent.attempts) == ("sent", "", None, None, 1)
    assert sent.sent_at == sent.ended_at
    assert sent.created_at < attempt.started_at <= attempt.data_at <= attempt.ended_at
    assert (attempt.n, attempt.outcome, attempt.smtp_code, attempt.remote_queue_id) == (1, "sent", 250, "Q1")
    assert attempt.worker.endswith(f":{os.getpid()}")
    assert sink.recipients() == ["ana@qm.example"]
    assert sink.bodies == [bytes(row.rendered)]
    assert sink.accepted[0].sha256 == row.rendered_sha256


def test_one_connection_carries_a_round_and_is_checked_before_it_is_used_again(owe: Owe, sink: Sink) -> None:
    for n in range(3):
        owe(f"person{n}@qm.example")

    work()

    assert (sink.connections, sink.noops, len(sink.accepted)) == (1, 0, 3)


def test_secrets_go_first_then_what_was_due_first(owe: Owe, sink: Sink) -> None:
    owe("optional@qm.example", kind="optional", purpose="news")
    owe("second@qm.example", not_before=timezone.now() - timedelta(minutes=1))
    owe("first@qm.example", not_before=timezone.now() - timedelta(minutes=2))
    owe("code@qm.example", kind="secret", purpose="account")

    work()

    assert [to.split("@")[0] for to in sink.recipients()] == ["code", "first", "second", "optional"]


def test_nothing_is_sent_before_its_time(owe: Owe, sink: Sink) -> None:
    row = owe(not_before=timezone.now() + timedelta(hours=1))

    work()

    assert (fresh(row).state, sink.connections) == ("queued", 0)


def test_a_round_ends_when_its_time_is_over_and_says_that_more_is_due(
    owe: Owe, sink: Sink, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = owe()
    monkeypatch.setitem(PROFILES, "no time", Profile(round=-1.0))
    settings.MAIL_PROFILE = "no time"

    assert work() is True

    assert fresh(row).state == "queued"


def test_a_round_stops_when_it_is_told_to(owe: Owe, sink: Sink) -> None:
    row = owe()

    assert machine.work(stop=lambda: True) is False

    assert (fresh(row).state, sink.accepted) == ("queued", [])


# --- refused ----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("command", ["RCPT", "DATA", "BODY"])
@pytest.mark.parametrize("reply", ["450 4.2.0 Greylisted", "451 4.3.0 Try later", "452 4.2.2 Full"])
def test_a_temporary_refusal_is_tried_again_after_a_pause(owe: Owe, sink: Sink, command: str, reply: str) -> None:
    row = owe()
    sink.tell(command, reply, to="ana@qm.example")

    work()

    waiting = fresh(row)
    assert (waiting.state, waiting.attempts, waiting.reason) == ("queued", 1, "")
    assert timedelta(0) < waiting.next_at - Attempt.objects.get().ended_at <= timedelta(seconds=0.24)
    later(row)
    work()
    assert (fresh(row).state, outcomes(row)) == ("sent", [("later", int(reply[:3])), ("sent", 250)])
    assert sink.recipients() == ["ana@qm.example"]


@pytest.mark.parametrize("command", ["RCPT", "DATA", "BODY"])
def test_a_refused_address_ends_the_message_with_the_relays_words(owe: Owe, sink: Sink, command: str) -> None:
    row, other = owe(), owe("chloe@qn.example")
    sink.tell(command, "550 5.1.1 No such user", to="ana@qm.example")

    work()

    failed = fresh(row)
    assert (failed.state, failed.reason) == ("failed", "550 5.1.1 No such user")
    assert failed.ended_at is not None
    assert outcomes(row) == [("refused", 550)]
    assert fresh(other).state == "sent"


def test_a_refused_policy_is_tried_again_and_ends_no_message(owe: Owe, sink: Sink) -> None:
    row = owe()
    sink.tell("RCPT", "550 5.7.1 Policy")

    work()

    assert (fresh(row).state, outcomes(row)) == ("queued", [("later", 550)])
    assert EngineState.objects.get().failures == 1


def test_a_refused_sender_closes_the_channel_and_costs_no_attempt(owe: Owe, sink: Sink) -> None:
    row, other = owe(), owe("chloe@qn.example")
    sink.tell("MAIL", "553 5.1.8 Sender refused")

    work()

    assert [(r.state, r.attempts) for r in (fresh(row), fresh(other))] == [("queued", 0), ("queued", 0)]
    assert outcomes(row) == [("channel", 553)]
    engine = EngineState.objects.get()
    assert (engine.failures, engine.breaker_reason) == (5, "5.1.8 Sender refused")
    work()
    assert sink.accepted == []
    EngineState.objects.update(breaker_until=Now())
    work()
    assert sorted(sink.recipients()) == ["ana@qm.example", "chloe@qn.example"]
    engine = EngineState.objects.get()
    assert (engine.failures, engine.breaker_until, engine.breaker_reason) == (0, None, "")


def test_a_relay_that_goes_away_is_called_again(owe: Owe, sink: Sink) -> None:
    row, other = owe(), owe("chloe@qn.example")
    sink.tell("RCPT", "421 4.3.2 Closing", to="ana@qm.example")

    work()

    assert outcomes(row)[0] == ("later", 421)  # a slow machine may have tried again within the round
    assert fresh(other).state == "sent"
    assert sink.connections == 2


def test_garbage_from_the_relay_is_no_answer(owe: Owe, sink: Sink) -> None:
    row = owe()
    sink.tell("RCPT", "What? \x00 do you want")

    work()

    assert (fresh(row).state, outcomes(row)) == ("queued", [("later", -1)])
    assert Attempt.objects.get().smtp_text == "?  do you want"


def test_after_the_last_attempt_a_person_decides(owe: Owe, sink: Sink) -> None:
    row = owe()
    Delivery.objects.update(attempts=11)
    sink.tell("RCPT", "451 4.3.0 Try later")

    work()

    held = fresh(row)
    assert (held.state, held.reason) == ("held", "Not accepted in 12 attempts: 451 4.3.0 Try later")
    assert held.ended_at is None


# --- doubt ------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("act", "copies"), [("cut", 1), ("keep and cut", 2), ("late", 2)])
def test_silence_after_the_body_is_a_doubt_and_the_copy_is_the_same(
    owe: Owe, sink: Sink, act: str, copies: int
) -> None:
    row = owe()
    sink.tell("BODY", act)

    work()

    doubtful = fresh(row)
    assert (doubtful.state, doubtful.sent_at) == ("ambiguous", None)
    assert outcomes(row) == [("no_answer", 0)]
    lease = doubtful.next_at - Attempt.objects.get().started_at
    assert timedelta(seconds=4.9) < lease < timedelta(seconds=5.1)
    work()
    assert fresh(row).state == "ambiguous"  # nothing happens while the other side may still answer
    later(row)
    work()
    assert (fresh(row).state, outcomes(row)) == ("sent", [("no_answer", 0), ("sent", 250)])
    assert len(sink.accepted) == copies
    assert len(set(sink.accepted)) == 1
    assert copies - 1 <= Attempt.objects.doubtful().count() == 1


def test_garbage_after_the_body_is_a_doubt(owe: Owe, sink: Sink) -> None:
    row = owe()
    sink.tell("BODY", "Thanks")

    work()

    assert (fresh(row).state, outcomes(row)) == ("ambiguous", [("no_answer", -1)])


def test_a_secret_in_doubt_is_held_and_its_content_is_gone(owe: Owe, sink: Sink) -> None:
    row = owe(kind="secret", subject="Code 123456", purpose="account")
    sink.tell("BODY", "keep and cut")

    work()
    later(row)
    work()

    held = fresh(row)
    assert (held.state, held.reason) == ("held", "In doubt, and a secret is not sent twice.")
    assert (bytes(held.rendered), held.subject) == (b"", "")
    assert len(sink.accepted) == 1


def test_doubt_after_the_last_attempt_is_for_a_person(owe: Owe, sink: Sink) -> None:
    row = owe()
    Delivery.objects.update(attempts=11)
    sink.tell("BODY", "cut")

    work()
    later(row)
    work()

    assert (fresh(row).state, fresh(row).reason) == ("held", "In doubt after the last attempt.")


# --- dead workers -----------------------------------------------------------------------------------------------------
def test_a_worker_killed_before_the_fence_leaves_no_doubt(owe: Owe, sink: Sink) -> None:
    row = owe()
    assert machine.claim(25) == [row]
    work()
    assert fresh(row).state == "sending"  # its lease runs

    abandon(row)
    work()

    assert (fresh(row).state, fresh(row).crashes, outcomes(row)) == ("sent", 1, [("crash_pre", None), ("sent", 250)])


def test_a_worker_killed_after_the_fence_leaves_a_doubt_that_is_sent_once_more(owe: Owe, sink: Sink) -> None:
    row = owe()
    [claimed] = machine.claim(25)
    assert machine.pass_fence(claimed)
    abandon(row)

    work()

    assert (fresh(row).state, fresh(row).crashes, outcomes(row)) == ("sent", 1, [("crash_data", None), ("sent", 250)])
    assert Attempt.objects.doubtful().count() == 1


def test_a_message_that_kills_three_workers_waits_for_a_person(owe: Owe, sink: Sink) -> None:
    row = owe()
    for _ in range(3):
        assert machine.claim(25) == [row]
        abandon(row)
        machine.reclaim()
    other = owe("chloe@qn.example")

    work()

    assert (fresh(row).state, fresh(row).reason) == ("held", "Sending it has broken the mailer several times.")
    assert fresh(other).state == "sent"


def test_a_message_that_breaks_the_mailer_does_not_stop_the_others(owe: Owe, sink: Sink) -> None:
    row, other = owe(not_before=timezone.now() - timedelta(minutes=1)), owe("chloe@qn.example")
    Delivery.objects.filter(pk=row.pk).update(to_address="änä@qm.example")  # no relay's command can hold this

    work()

    assert (fresh(row).state, fresh(other).state) == ("sending", "sent")


def test_a_worker_that_lost_its_lease_stops_at_the_fence_and_changes_nothing(owe: Owe, sink: Sink) -> None:
    row = owe()
    [claimed] = machine.claim(25)
    abandon(row)
    machine.reclaim()
    [second] = machine.claim(25)

    with Relay() as relay:
        relay.make_ready()
        machine.send(claimed, relay)

    assert (fresh(row).state, fresh(row).token, sink.accepted) == ("sending", second.token, [])
    assert outcomes(row) == [("crash_pre", None), ("", None)]


def test_a_lease_too_short_for_the_rest_of_the_talk_does_not_pass_the_fence(owe: Owe, sink: Sink) -> None:
    row = owe()
    [claimed] = machine.claim(25)
    Delivery.objects.update(lease_until=Now() + timedelta(seconds=1.9))

    with Relay() as relay:
        relay.make_ready()
        machine.send(claimed, relay)

    assert (fresh(row).state, outcomes(row), sink.accepted) == ("queued", [("fenced", 354)], [])


def test_a_database_that_fails_is_not_mistaken_for_a_bad_message(owe: Owe, sink: Sink) -> None:
    owe()
    [claimed] = machine.claim(25)
    with Relay() as relay, transaction.atomic():
        relay.make_ready()
        transaction.set_rollback(True)  # from here on the database refuses

        with pytest.raises(DatabaseError):
            machine._try(claimed, relay)

    assert fresh(claimed).state == "sending"


# --- the table holds its own rules ------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "values",
    [
        {"state": "unheard of"},
        {"state": "sending"},
        {"token": uuid.uuid4()},
        {"state": "sent", "ended_at": Now()},
        {"sent_at": Now()},
        {"ended_at": Now()},
        {"state": "cancelled", "ended_at": Now()},
        {"state": "held"},
        {"kind": "secret", "state": "held", "reason": "because"},
    ],
)
def test_the_database_refuses_rows_that_explain_nothing(owe: Owe, values: dict[str, object]) -> None:
    owe()

    with pytest.raises(IntegrityError, match="delivery_"):
        Delivery.objects.update(**values)


def test_due_messages_are_found_by_the_partial_index(owe: Owe) -> None:
    owe()
    query, parameters = Delivery.objects.due()[:1].query.sql_with_params()

    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(f"EXPLAIN {query}", parameters)
        plan = "\n".join(row[0] for row in cursor.fetchall())

    assert re.search(r"Index Scan using delivery_due", plan), plan
    assert message().key == "response:1:v1:14:ana@qm.example"
