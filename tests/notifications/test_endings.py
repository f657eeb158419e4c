"""Debts that end before their mail has left: who answers, who leaves, who does not want it, what is too late."""

import hashlib
import random
import threading
import time
from collections.abc import Callable

import pytest
from django.db import connection, transaction
from django.utils import timezone

from notifications import delivery as machine
from notifications import operations, outbox
from notifications.clock import Now
from notifications.message import address_hash
from notifications.models import Attempt, Delivery
from notifications.relay import Relay
from tests.notifications.conftest import abandon, fresh, outcomes, work
from tests.notifications.sink import Sink

Owe = Callable[..., Delivery]


def test_a_cancelled_message_is_not_sent(owe: Owe, sink: Sink) -> None:
    row = owe()
    with transaction.atomic():
        assert outbox.cancel("response:1", "The office has answered.", now=timezone.now()) == 1

    work()

    ended = fresh(row)
    assert (ended.state, ended.reason, ended.cancel_requested) == ("cancelled", "The office has answered.", "cancelled")
    assert sink.offered == 0


def test_the_fence_refuses_a_message_cancelled_while_the_relay_was_spoken_to(owe: Owe, sink: Sink) -> None:
    row = owe()
    [claimed] = machine.claim(25)
    with transaction.atomic():
        assert outbox.cancel("response:1", "The office has answered.", now=timezone.now()) == 1
    assert fresh(row).state == "sending"

    with Relay() as relay:
        relay.make_ready()
        machine.send(claimed, relay)
    machine.settle()

    assert (fresh(row).state, fresh(row).reason) == ("cancelled", "The office has answered.")
    assert (outcomes(row), sink.accepted) == ([("fenced", 354)], [])


def test_a_message_cancelled_during_its_body_is_not_tried_again(owe: Owe, sink: Sink) -> None:
    row = owe()
    [claimed] = machine.claim(25)
    assert machine.pass_fence(claimed)
    with transaction.atomic():
        outbox.cancel("response:1", "The office has answered.", now=timezone.now(), state="superseded")
    abandon(row)

    work()

    assert (fresh(row).state, outcomes(row), sink.offered) == ("superseded", [("crash_data", None)], 0)


def test_a_message_sent_while_its_debt_ended_is_counted_as_crossed(owe: Owe, sink: Sink) -> None:
    row = owe()
    [claimed] = machine.claim(25)
    with Relay() as relay:
        relay.make_ready()
        relay.offer(row.to_address, sender="a@b.example")
        assert machine.pass_fence(claimed)
        with transaction.atomic():
            assert outbox.cancel("response:1", "The office has answered.", now=timezone.now()) == 1
        reply = relay.deliver(bytes(row.rendered))
        machine._sent(claimed, reply)

    assert list(Delivery.objects.crossed()) == [row]


@pytest.mark.django_db(transaction=True)
def test_no_message_passes_the_fence_after_its_debt_has_ended(owe: Owe, sink: Sink) -> None:
    """Two mailers send while answers come in; what an answer finds unsent stays unsent (decisions.md 22)."""
    keys, ended, dice = [f"response:{n}" for n in range(120)], {}, random.Random(22)
    for key in keys:
        owe(f"{key.replace(':', '')}@qm.example", subject_key=key)

    def send() -> None:
        machine.work()
        connection.close()

    sink.pause = 0.004
    mailers = [threading.Thread(target=send) for _ in range(2)]
    for mailer in mailers:
        mailer.start()
    for key in dice.sample(keys, 80):
        with transaction.atomic(), connection.cursor() as cursor:
            outbox.cancel(key, "Answered.", now=timezone.now())
            cursor.execute("SELECT clock_timestamp()")
            ended[key] = cursor.fetchone()[0]
        time.sleep(0.005)
    for mailer in mailers:
        mailer.join(60)
    machine.work()

    rows = {row.subject_key: row for row in Delivery.objects.all()}
    passed = dict(Attempt.objects.exclude(data_at=None).values_list("delivery__subject_key", "data_at"))
    assert {row.state for row in rows.values()} == {"sent", "cancelled"}
    assert {key for key in passed if key in ended and passed[key] > ended[key]} == set()
    assert {key for key, row in rows.items() if row.state == "sent"} == set(passed)
    assert 0 < sum(row.state == "cancelled" for row in rows.values()) <= 80
    assert sorted(sink.recipients()) == sorted(rows[key].to_address for key in passed)


def test_a_message_whose_time_is_over_expires_instead(owe: Owe, sink: Sink) -> None:
    row = owe()
    Delivery.objects.update(expires_at=Now())

    work()

    assert (fresh(row).state, fresh(row).reason) == ("expired", "Its time was over before it could leave.")
    assert sink.offered == 0


def test_a_suppressed_address_gets_nothing_but_secrets(owe: Owe, sink: Sink) -> None:
    now = timezone.now()
    address = address_hash("ANA@qm.example ")
    operations.suppress_address(address_sha256=address, reason="Bounced", evidence="", until=None, now=now)
    row, secret = owe(), owe(key="code", kind="secret", purpose="account")

    work()

    assert (fresh(row).state, fresh(row).reason) == ("suppressed", "The address does not work.")
    assert fresh(secret).state == "sent"
    assert sink.offered == 1


def test_optional_mail_respects_the_readers_choice_and_official_mail_does_not_ask(owe: Owe, sink: Sink) -> None:
    operations.switch_off(address_sha256=address_hash("ana@qm.example"), purpose="news", now=timezone.now())
    row = owe(kind="optional", purpose="news", key="news")
    other, official = owe(kind="optional", purpose="posts", key="posts"), owe()

    work()

    assert (fresh(row).state, fresh(row).reason) == ("suppressed", "The recipient has switched this off.")
    assert (fresh(other).state, fresh(official).state) == ("sent", "sent")


def test_a_sent_secret_is_erased(owe: Owe, sink: Sink) -> None:
    row = owe(kind="secret", subject="Code 123456", text="123456", purpose="account")
    assert b"123456" in bytes(row.rendered)

    work()

    sent = fresh(row)
    assert (sent.state, bytes(sent.rendered), sent.subject, sent.text, sent.html) == ("sent", b"", "", "", "")
    assert b"123456" in sink.bodies[0]
    assert sent.rendered_sha256 == hashlib.sha256(sink.bodies[0]).hexdigest()
