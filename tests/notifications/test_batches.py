"""Messages are claimed together and fenced one by one: what becomes of a batch that its process does not finish."""

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from notifications import delivery as machine
from notifications import outbox
from notifications.clock import Now
from notifications.models import Attempt, Delivery, EngineState
from notifications.profile import PROFILES, Profile
from notifications.relay import Relay
from tests.notifications.conftest import abandon, fresh, outcomes, work
from tests.notifications.sink import Sink

Owe = Callable[..., Delivery]


def test_of_a_batch_only_the_message_being_sent_is_counted_as_crashed(owe: Owe, sink: Sink) -> None:
    rows = [owe(f"person{n}@qm.example") for n in range(4)]
    batch = machine.claim(25)
    assert batch == rows
    with Relay() as relay:
        relay.make_ready()
        machine.send(batch[0], relay)

    for row in rows[1:]:
        abandon(row)
    assert machine.reclaim() == 3

    assert [(fresh(row).state, fresh(row).attempts, fresh(row).crashes) for row in rows] == [
        ("sent", 1, 0),
        ("queued", 1, 1),
        ("queued", 0, 0),
        ("queued", 0, 0),
    ]
    assert [outcomes(row)[-1][0] for row in rows] == ["sent", "crash_pre", "returned", "returned"]
    work()
    assert len(sink.accepted) == 4
    assert [fresh(row).attempts for row in rows] == [1, 2, 1, 1]


def test_of_a_batch_whose_worker_died_in_a_body_the_rest_is_innocent_and_free_first(owe: Owe, sink: Sink) -> None:
    dying, rest = owe(), owe("chloe@qn.example")
    first, _second = machine.claim(25)
    assert machine.pass_fence(first)
    abandon(rest)

    assert machine.reclaim() == 1

    assert (fresh(dying).state, fresh(rest).state, fresh(rest).crashes) == ("sending", "queued", 0)
    abandon(dying)
    machine.reclaim()
    assert (fresh(dying).state, fresh(dying).crashes, outcomes(dying)) == ("ambiguous", 1, [("crash_data", None)])


def test_messages_of_two_dead_workers_are_judged_apart(owe: Owe) -> None:
    rows = [owe(f"person{n}@qm.example") for n in range(4)]
    assert [machine.claim(2), machine.claim(2)] == [rows[:2], rows[2:]]
    Delivery.objects.update(lease_until=Now() - timedelta(seconds=1))

    assert machine.reclaim() == 4

    assert [fresh(row).crashes for row in rows] == [1, 0, 1, 0]


def test_a_lease_is_short_before_the_body_and_long_from_the_fence_on(owe: Owe, settings: Any) -> None:
    settings.MAIL_PROFILE = "production"
    row = owe()
    [claimed] = machine.claim(25)
    before = fresh(row).lease_until

    machine.pass_fence(claimed)

    assert timedelta(minutes=4) < before - timezone.now() <= timedelta(minutes=5)
    assert timedelta(minutes=14) < fresh(row).lease_until - timezone.now() <= timedelta(minutes=15)


# --- sent in part -----------------------------------------------------------------------------------------------------
def test_what_is_not_begun_in_time_goes_back_without_an_attempt(
    owe: Owe, sink: Sink, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(PROFILES, "one", Profile(hold=-1.0, round=-0.0))
    settings.MAIL_PROFILE = "one"
    rows = [owe(f"person{n}@qm.example") for n in range(3)]

    with Relay() as relay:
        relay.make_ready()
        assert machine._send_batch(machine.claim(25), relay, lambda: False) == 1

    assert [(fresh(row).state, fresh(row).attempts) for row in rows] == [("sent", 1), ("queued", 0), ("queued", 0)]
    assert [outcomes(row) for row in rows[1:]] == [[("returned", None)], [("returned", None)]]


def test_a_slow_relay_is_given_no_more_than_it_takes_in_time(
    owe: Owe, sink: Sink, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(PROFILES, "slow", Profile(hold=-1.0))
    settings.MAIL_PROFILE = "slow"
    rows = [owe(f"person{n}@qm.example") for n in range(6)]

    work()

    assert [fresh(row).state for row in rows] == ["sent"] * 6
    assert Attempt.objects.filter(outcome="returned").count() == 2  # a batch of two is tried after each batch of one


def test_batches_grow_to_their_size(owe: Owe, sink: Sink, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(PROFILES, "three", Profile(batch=3))
    settings.MAIL_PROFILE = "three"
    for n in range(9):
        owe(f"person{n}@qm.example")

    work()

    batches = Counter(Attempt.objects.values_list("token", flat=True))
    assert sorted(batches.values()) == [1, 2, 3, 3]


def test_a_worker_that_is_told_to_stop_finishes_one_message_and_gives_the_rest_back(owe: Owe, sink: Sink) -> None:
    rows = [owe(f"person{n}@qm.example") for n in range(3)]

    machine.work(stop=lambda: len(sink.accepted) > 1)

    assert [fresh(row).state for row in rows] == ["sent", "sent", "queued"]


def test_a_relay_that_is_gone_in_the_middle_gets_the_rest_back_into_the_queue(
    owe: Owe, sink: Sink, settings: Any
) -> None:
    rows = [owe(f"person{n}@qm.example") for n in range(3)]
    EngineState.objects.create()
    sink.tell("BODY", "cut")
    batch = machine.claim(25)
    with Relay() as relay:
        relay.make_ready()
        settings.EMAIL_PORT = 9

        assert machine._send_batch(batch, relay, lambda: False) is None

    assert [fresh(row).state for row in rows] == ["ambiguous", "queued", "queued"]
    assert EngineState.objects.get().failures == 2


def test_a_message_cancelled_while_its_batch_waits_does_not_go_out(owe: Owe, sink: Sink) -> None:
    first, second = owe(), owe("chloe@qn.example", subject_key="response:2")
    batch = machine.claim(25)
    with transaction.atomic():
        outbox.cancel("response:2", "The office has answered.", now=timezone.now())
    with Relay() as relay:
        relay.make_ready()
        machine._send_batch(batch, relay, lambda: False)
    machine.settle()

    assert (fresh(first).state, fresh(second).state, sink.recipients()) == ("sent", "cancelled", [first.to_address])


def test_a_channel_that_works_again_is_noticed_within_a_batch(owe: Owe, sink: Sink) -> None:
    owe(), owe("chloe@qn.example")
    sink.tell("RCPT", "421 4.3.2 Closing", to="ana@qm.example")

    work()

    assert EngineState.objects.get().failures == 0
