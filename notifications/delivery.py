"""The state machine of outgoing mail, whole (reminders.md 3.4 to 3.7).

    queued ─claim─► sending/pre ─fence─► sending/data ─250─► sent
       ▲                │                     │
       ├── 4xx, crash ──┘                     ├── 4xx: queued   5xx: failed
       └── settle ◄── ambiguous ◄── silence, crash

Every arrow is one conditional update that is committed before the next word to the relay. No transaction is open while
the relay is spoken to, and all times are the database's.
"""

import os
import socket
import time
import uuid
from collections.abc import Callable
from datetime import timedelta

import structlog
from django.db import DatabaseError, transaction
from django.db.models import F, Q, QuerySet

from notifications import engine
from notifications.clock import ClockNow, Now
from notifications.message import Kind, address_hash
from notifications.models import ERASE_SECRET, FREE, Attempt, Delivery, Preference, State, Suppression, ending
from notifications.profile import profile
from notifications.relay import ChannelError, Relay, Reply, Verdict

log = structlog.get_logger("mail")
Outcome, Stage = Attempt.Outcome, Delivery.Stage
TOO_LATE = "Its time was over before it could leave."
BREAKS_US = "Sending it has broken the mailer several times."
BATCH = 500  # rows that one reclaim takes


def work(*, stop: Callable[[], bool] = lambda: False) -> bool:
    """One round of the mailer: reclaim, settle, drain. True where more is due than the round had time for."""
    if not engine.check_in(_worker()):
        return False
    reclaim()
    settle()
    return drain(stop=stop)


# --- sending ----------------------------------------------------------------------------------------------------------
def drain(*, stop: Callable[[], bool] = lambda: False) -> bool:
    """Sends what is due until nothing is, `stop()` says so, the time of a round is over or the channel fails.

    True where it ended because of the time. The mail being sent is always finished.
    """
    ends = time.monotonic() + profile().round
    if not Delivery.objects.due().exists() or not engine.may_send():
        return False
    with Relay() as relay:
        while not stop():
            if time.monotonic() > ends:
                return True
            try:
                relay.make_ready()
            except ChannelError as error:
                engine.channel_failed(str(error))
                return False
            delivery = claim()
            if delivery is None or not _try(delivery, relay):
                return False
    return False


def claim() -> Delivery | None:
    """Takes the most urgent due message for this process, committed; None where there is none.

    What may no longer be sent to its address ends here instead.
    """
    while True:
        with transaction.atomic():
            delivery = Delivery.objects.due().select_for_update(skip_locked=True).first()
            if delivery is None:
                return None
            unwanted = _unwanted(delivery)
            if unwanted:
                Delivery.objects.filter(pk=delivery.pk).update(**ending(State.SUPPRESSED, unwanted, Now()))
                continue
            delivery.token = uuid.uuid4()
            Delivery.objects.filter(pk=delivery.pk).update(
                state=State.SENDING,
                stage=Stage.PRE,
                token=delivery.token,
                lease_until=Now() + timedelta(seconds=profile().lease),
                attempts=F("attempts") + 1,
            )
            number = Attempt.objects.filter(delivery=delivery).count() + 1
            Attempt.objects.create(delivery=delivery, n=number, token=delivery.token, worker=_worker())
        delivery.attempts += 1
        return delivery


def _unwanted(delivery: Delivery) -> str:
    """Why nothing is sent to this address; "" where it may be. A secret was asked for just now and always goes."""
    if delivery.kind == Kind.SECRET:
        return ""
    address = address_hash(delivery.to_address)
    if Suppression.objects.live().filter(address_sha256=address).exists():
        return "The address does not work."
    switched_off = Preference.objects.switched_off(address).filter(purpose=delivery.purpose)
    if delivery.kind == Kind.OPTIONAL and switched_off.exists():
        return "The recipient has switched this off."
    return ""


def _try(delivery: Delivery, relay: Relay) -> bool:
    """Sends a claimed message; False where the channel is now closed. One that breaks us keeps its lease and waits."""
    try:
        reply = send(delivery, relay)
    except DatabaseError:
        raise
    except Exception:  # one bad row must not stop the others; after three crashes it is held
        log.exception("message breaks the mailer", delivery=str(delivery.pk))
        relay.drop()
        return True
    if reply.verdict is Verdict.CHANNEL:
        return not engine.channel_failed(reply.text, at_once=True)
    if reply.shakes_channel:
        return not engine.channel_failed(reply.text)
    if reply.verdict is Verdict.ACCEPTED:
        engine.channel_works()
    return True


def send(delivery: Delivery, relay: Relay) -> Reply:
    """Speaks to the relay about a claimed message and writes down what became of it; the reply that decided it."""
    reply = relay.offer(delivery.to_address)
    if reply.verdict is not Verdict.ACCEPTED:
        relay.clear()
        _refused(delivery, reply)
        return reply
    if not pass_fence(delivery):
        relay.drop()
        _leave(delivery, Outcome.FENCED, reply, state=State.QUEUED)
        return reply
    reply = relay.deliver(bytes(delivery.rendered))
    if reply.verdict is Verdict.ACCEPTED:
        _leave(delivery, Outcome.SENT, reply, state=State.SENT, sent_at=Now(), ended_at=Now(), **ERASE_SECRET)
    elif reply.is_silence:
        doubt = {"state": State.AMBIGUOUS, "next_at": F("lease_until"), **ERASE_SECRET}
        _leave(delivery, Outcome.NO_ANSWER, reply, **doubt)
    else:
        _refused(delivery, reply)
    return reply


@transaction.atomic
def pass_fence(delivery: Delivery) -> bool:
    """The point of no return, committed before the body: False where the debt ended or the lease was lost.

    A cancelling transaction that holds the row is waited for, so this is where cancelling and sending meet.
    """
    passing = Delivery.objects.filter(
        pk=delivery.pk,
        token=delivery.token,
        state=State.SENDING,
        cancel_requested="",
        lease_until__gt=ClockNow() + profile().rest_of_talk,
    )
    if not passing.update(stage=Stage.DATA):
        return False
    _attempt(delivery).update(data_at=Now())
    return True


def _refused(delivery: Delivery, reply: Reply) -> None:
    """Writes down that the relay certainly does not have the message."""
    if reply.verdict is Verdict.NEVER:
        _leave(delivery, Outcome.REFUSED, reply, **ending(State.FAILED, f"{reply.code} {reply.text}", Now()))
    elif reply.verdict is Verdict.CHANNEL:
        _leave(delivery, Outcome.CHANNEL, reply, state=State.QUEUED, attempts=F("attempts") - 1)
    elif delivery.attempts >= profile().attempts:
        reason = f"Not accepted in {delivery.attempts} attempts: {reply.code} {reply.text}"
        _leave(delivery, Outcome.LATER, reply, **_holding(reason))
    else:
        pause = profile().pause(delivery.attempts)
        _leave(delivery, Outcome.LATER, reply, state=State.QUEUED, next_at=Now() + pause)


def _holding(reason: str) -> dict[str, object]:
    return {"state": State.HELD, "reason": reason, **ERASE_SECRET}


@transaction.atomic
def _leave(delivery: Delivery, outcome: str, reply: Reply, **changes: object) -> None:
    """Ends an attempt. Where the lease was lost, the message belongs to a later attempt and only this one is closed."""
    Delivery.objects.filter(pk=delivery.pk, token=delivery.token).update(**{**FREE, **changes})
    _attempt(delivery).update(
        ended_at=Now(), outcome=outcome, smtp_code=reply.code, smtp_text=reply.text, remote_queue_id=reply.queue_id
    )
    if changes["state"] in {State.HELD, State.FAILED}:
        log.error("message not sent", delivery=str(delivery.pk), state=changes["state"], reply=reply.text)


def _attempt(delivery: Delivery) -> QuerySet[Attempt]:
    """The open attempt of a claimed message."""
    return Attempt.objects.filter(Q(token=delivery.token), ended_at=None)


def _worker() -> str:
    return f"{socket.gethostname()}:{os.getpid()}"


# --- what dead workers left behind ------------------------------------------------------------------------------------
@transaction.atomic
def reclaim() -> int:
    """Frees messages whose lease is over: back to the queue before the fence, in doubt after it. The number freed.

    A message that has cost three workers their life waits for a person.
    """
    left = Delivery.objects.filter(state=State.SENDING, lease_until__lt=Now()).select_for_update(skip_locked=True)
    rows = list(left.values_list("pk", flat=True)[:BATCH])
    for outcome, stage, state in (
        (Outcome.CRASH_PRE, Stage.PRE, State.QUEUED),
        (Outcome.CRASH_DATA, Stage.DATA, State.AMBIGUOUS),
    ):
        mine = Delivery.objects.filter(pk__in=rows, state=State.SENDING, stage=stage)
        broken_off = Attempt.objects.filter(token__in=mine.values("token"), ended_at=None)
        broken_off.update(ended_at=Now(), outcome=outcome)
        changes = {} if state == State.QUEUED else ERASE_SECRET
        mine.update(state=state, crashes=F("crashes") + 1, next_at=Now(), **FREE, **changes)
    return len(rows)


@transaction.atomic
def settle() -> None:
    """Decides what no relay has to be asked about: debts that ended meanwhile, messages in doubt, messages too late.

    Nobody can ask the relay yet, so a notice in doubt is sent once more, the same bytes and Message-ID, when nothing of
    the earlier attempt can happen any more; a secret is not (reminders.md 3.6).
    """
    waiting = Delivery.objects.filter(state__in=[State.QUEUED, State.AMBIGUOUS])
    waiting.exclude(cancel_requested="").update(**ending(F("cancel_requested"), F("reason"), Now()))
    in_doubt = Delivery.objects.filter(state=State.AMBIGUOUS, next_at__lte=Now())
    held = in_doubt.filter(kind=Kind.SECRET).update(**_holding("In doubt, and a secret is not sent twice."))
    held += in_doubt.filter(attempts__gte=profile().attempts).update(**_holding("In doubt after the last attempt."))
    in_doubt.update(state=State.QUEUED)
    queued = Delivery.objects.filter(state=State.QUEUED)
    held += queued.filter(crashes__gte=profile().crashes).update(**_holding(BREAKS_US))
    expired = queued.filter(expires_at__lte=Now()).update(**ending(State.EXPIRED, TOO_LATE, Now()))
    if held or expired:
        log.error("messages not sent", held=held, expired=expired)
