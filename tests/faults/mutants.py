"""Senders with one mistake each: the accounting must catch every one of them, or it proves nothing.

Each is made in the worker that runs it; the product holds none. `run` names the violence under which it shows.
"""

import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction
from django.db.models import F

from notifications import delivery as machine
from notifications import oracle
from notifications.clock import Now
from notifications.models import FREE, Attempt, Delivery, DeliveryQuerySet
from notifications.relay import Relay, Reply


@dataclass(frozen=True)
class Mutant:
    """One mistake, and the run that shows it: one of those in test_mutants.py."""

    run: str
    apply: Callable[[], None]


def drop_the_fence() -> None:
    """Nothing is written down before the body."""
    machine.pass_fence = lambda delivery: True


def send_before_the_claim_is_committed() -> None:
    """Claim, talk and end are one transaction, as when a view sends."""
    usual = machine.drain

    def drain(**options: object) -> bool:
        with transaction.atomic():
            return usual(**options)  # type: ignore[arg-type]

    machine.drain = drain


def make_a_new_message_id() -> None:
    """Every attempt has its own, as Django's `send()` would make."""
    usual = Relay.deliver

    def deliver(self: Relay, body: bytes) -> Reply:
        fresh = f"Message-ID: <{uuid.uuid4()}@localhost>".encode()
        return usual(self, re.sub(rb"(?m)^Message-ID: <[^>]*>", fresh, body))

    Relay.deliver = deliver  # type: ignore[method-assign]


def swallow_the_exception() -> None:
    """Silence after the body counts as sent."""
    usual = Relay.deliver

    def deliver(self: Relay, body: bytes) -> Reply:
        reply = usual(self, body)
        return Reply("BODY", 250, "2.0.0 Ok") if reply.is_silence else reply

    Relay.deliver = deliver  # type: ignore[method-assign]


def resend_blindly() -> None:
    """What the relay says about a doubtful message is not listened to."""
    machine.oracle.ask = lambda questions: {each.message_id: oracle.Answer.ABSENT for each in questions}


def forget_the_token_at_the_end() -> None:
    """Whoever comes late overwrites what a newer attempt has done."""
    machine.SENT = _without(machine.SENT, "AND token = %(token)s\n)", "\n)")

    @transaction.atomic
    def leave(delivery: Delivery, outcome: str, reply: Reply, **changes: object) -> None:
        Delivery.objects.filter(pk=delivery.pk).update(**{**FREE, **changes})
        attempt = Attempt.objects.filter(delivery=delivery, token=delivery.token, ended_at=None)
        attempt.update(ended_at=Now(), outcome=outcome, smtp_code=reply.code, smtp_text=reply.text)

    machine._leave = leave


def forget_the_lease_at_the_fence() -> None:
    """A worker passes the fence though others may soon take its message."""
    machine.FENCE = _without(machine.FENCE, "AND lease_until > clock_timestamp() + %(rest)s")


def forget_the_cancellation_at_the_fence() -> None:
    """An answer that came after the claim stops nothing."""
    machine.FENCE = _without(machine.FENCE, "AND cancel_requested = ''")


def mark_as_sent_before_sending() -> None:
    """At most once: what is on the wire when a worker dies is gone."""
    usual = machine.pass_fence

    def pass_fence(delivery: Delivery) -> bool:
        passed = usual(delivery)
        if passed:
            machine._sent(delivery, Reply("BODY", 250, "2.0.0 Ok"))
        return passed

    machine.pass_fence = pass_fence


def claim_what_others_have() -> None:
    """Two workers may take the same message: rows are read without their locks."""
    DeliveryQuerySet.select_for_update = lambda self, *args, **kwargs: self  # type: ignore[method-assign]


def queue_again_whatever_a_dead_worker_left() -> None:
    """Reclaiming does not look how far the worker had come: the usual reset of stuck rows."""

    @transaction.atomic
    def reclaim() -> int:
        late = Delivery.objects.filter(state="sending", lease_until__lt=Now()).select_for_update(skip_locked=True)
        rows = list(late.values_list("pk", flat=True))
        Attempt.objects.filter(delivery__in=rows, ended_at=None).update(ended_at=Now(), outcome="crash_pre")
        again = Delivery.objects.filter(pk__in=rows)
        return again.update(state="queued", next_at=Now() + timedelta(0), crashes=F("crashes") + 0, **FREE)

    machine.reclaim = reclaim


def _without(statement: str, words: str, instead: str = "") -> str:
    """A statement with a mistake; the engine has changed where the words are not there."""
    assert words in statement, words
    return statement.replace(words, instead)


MUTANTS = {
    mistake.__name__: Mutant(run, mistake)
    for run, mistake in (
        ("kills", drop_the_fence),
        ("kills", send_before_the_claim_is_committed),
        ("kills", make_a_new_message_id),
        ("kills", swallow_the_exception),
        ("asked", resend_blindly),
        ("frozen", forget_the_token_at_the_end),
        ("nearly", forget_the_lease_at_the_fence),
        ("race", forget_the_cancellation_at_the_fence),
        ("kills", mark_as_sent_before_sending),
        ("herd", claim_what_others_have),
        ("kills", queue_again_whatever_a_dead_worker_left),
    )
}
