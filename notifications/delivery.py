"""The state machine of outgoing mail, whole (reminders.md 3.4 to 3.7).

    queued ─claim─► sending/pre ─fence─► sending/data ─250─► sent
       ▲                │                     │
       ├── 4xx, crash ──┘                     ├── 4xx: queued   5xx: failed
       └── settle ◄── ambiguous ◄── silence, crash       settle asks the relay: found ─► sent

Every arrow is one conditional update that is committed before the next word to the relay. No transaction is open while
the relay is spoken to, and all times are the database's.
"""

import os
import socket
import time
import uuid
from collections.abc import Callable
from datetime import datetime, timedelta

import structlog
from django.db import DatabaseError, connection, transaction
from django.db.models import Count, F, Max, Q, QuerySet
from django.db.models.functions import Coalesce

from notifications import engine, oracle
from notifications.bounces import envelope_sender
from notifications.clock import Now
from notifications.message import Kind, address_hash
from notifications.models import (
    ERASE_SECRET,
    FREE,
    Attempt,
    Delivery,
    EngineState,
    Preference,
    State,
    Suppression,
    ending,
)
from notifications.oracle import Answer, Question
from notifications.profile import profile
from notifications.relay import ChannelError, Relay, Reply, Verdict

log = structlog.get_logger("mail")
Outcome, Stage = Attempt.Outcome, Delivery.Stage
TOO_LATE = "Its time was over before it could leave."
BREAKS_US = "Sending it has broken the mailer several times."
NO_ANSWER = "In doubt, and the relay gives no answer."
NO_ANSWER_FOR, ASK_AGAIN = timedelta(hours=4), timedelta(minutes=1)
BATCH = 500  # rows that one reclaim or one question takes


def work(*, stop: Callable[[], bool] = lambda: False) -> bool:
    """One round of the mailer: reclaim, settle, drain. True where more is due than the round had time for.

    After a restore the relay is asked about what is in doubt, and nothing else is done until a person lifts the lock.
    """
    if not engine.check_in(_worker()):
        return False
    reclaim()
    settle()
    return False if engine.locked() else drain(stop=stop)


# --- sending ----------------------------------------------------------------------------------------------------------
def drain(*, stop: Callable[[], bool] = lambda: False) -> bool:
    """Sends what is due until nothing is, `stop()` says so, the time of a round is over or the channel fails.

    True where it ended because of the time. The mail being sent is always finished.
    """
    ends = time.monotonic() + profile().round
    if not Delivery.objects.due().exists() or not engine.may_send():
        return False
    size = 1  # grows while whole batches fit the time: a slow relay is not given what would only come back
    with Relay() as relay:
        while not stop():
            if time.monotonic() > ends:
                return True
            if not _ready(relay):
                return False
            batch = claim(size)
            begun = _send_batch(batch, relay, stop) if batch else None
            if begun is None:
                return False
            size = min(2 * size, profile().batch) if begun == len(batch) else begun
    return False


def _ready(relay: Relay) -> bool:
    """Connects before anything is claimed; False where the channel has failed."""
    try:
        relay.make_ready()
    except ChannelError as error:
        engine.channel_failed(str(error))
        return False
    return True


def _send_batch(batch: list[Delivery], relay: Relay, stop: Callable[[], bool]) -> int | None:
    """Sends what was claimed, in its order; what is not begun in time goes back.

    How many were begun; None where the channel fails.
    """
    ends, shaky = time.monotonic() + profile().hold, engine.is_shaky()
    for place, delivery in enumerate(batch):
        if place and (stop() or time.monotonic() > ends):
            _give_back(batch, place)
            return place
        if not _ready(relay):
            _give_back(batch, place)
            return None
        reply = _try(delivery, relay)
        if reply is not None and reply.shakes_channel:
            shaky = True
            if engine.channel_failed(reply.text, at_once=reply.verdict is Verdict.CHANNEL):
                _give_back(batch, place + 1)
                return None
        elif shaky and reply is not None and reply.verdict is Verdict.ACCEPTED:
            engine.channel_works()
            shaky = False
    return len(batch)


@transaction.atomic
def claim(size: int) -> list[Delivery]:
    """Takes the most urgent due messages, at most `size`, in the order they are to be sent, committed; [] for none.

    One token names the batch. What may no longer be sent to its address ends here instead.
    """
    batch: list[Delivery] = []
    while not batch:
        due = list(Delivery.objects.due().select_for_update(skip_locked=True)[:size])
        if not due:
            return []
        unwanted = _unwanted(due)
        for reason in set(unwanted.values()):
            ended = [key for key, because in unwanted.items() if because == reason]
            Delivery.objects.filter(pk__in=ended).update(**ending(State.SUPPRESSED, reason, Now()))
        batch = [delivery for delivery in due if delivery.pk not in unwanted]
    token, earlier = uuid.uuid4(), _attempts_of(batch)
    Delivery.objects.filter(pk__in=[delivery.pk for delivery in batch]).update(
        state=State.SENDING,
        stage=Stage.PRE,
        token=token,
        lease_until=Now() + timedelta(seconds=profile().claim),
        attempts=F("attempts") + 1,
    )
    for delivery in batch:
        delivery.token, delivery.attempts = token, delivery.attempts + 1
    Attempt.objects.bulk_create(
        Attempt(delivery=delivery, n=earlier.get(delivery.pk, 0) + 1, token=token, worker=_worker())
        for delivery in batch
    )
    return batch


def _attempts_of(batch: list[Delivery]) -> dict[uuid.UUID, int]:
    """How many attempts each message has had."""
    counted = Attempt.objects.filter(delivery__in=batch).values_list("delivery").annotate(Count("pk")).order_by()
    return dict(counted)


def _unwanted(due: list[Delivery]) -> dict[uuid.UUID, str]:
    """Which messages are not sent to their address, and why. A secret was asked for just now and always goes."""
    asked = {delivery.pk: address_hash(delivery.to_address) for delivery in due if delivery.kind != Kind.SECRET}
    hashes = set(asked.values())
    broken = set(Suppression.objects.live().filter(address_sha256__in=hashes).values_list("address_sha256", flat=True))
    optional = {delivery.pk: delivery.purpose for delivery in due if delivery.kind == Kind.OPTIONAL}
    unwanted = (
        set(Preference.objects.switched_off(hashes).values_list("address_sha256", "purpose")) if optional else set()
    )
    return {
        **{key: "The recipient has switched this off." for key in optional if (asked[key], optional[key]) in unwanted},
        **{key: "The address does not work." for key, address in asked.items() if address in broken},
    }


@transaction.atomic
def _give_back(batch: list[Delivery], begun: int) -> None:
    """Puts back what was claimed and not begun: no attempt was made."""
    _return(Q(token=batch[0].token, pk__in=[delivery.pk for delivery in batch[begun:]]))


def _return(which: Q) -> None:
    """Frees messages that were claimed and not begun, and closes their attempts as none."""
    mine = Delivery.objects.filter(which, state=State.SENDING, stage=Stage.PRE)
    _open_attempts(mine).update(ended_at=Now(), outcome=Outcome.RETURNED)
    mine.update(state=State.QUEUED, attempts=F("attempts") - 1, **FREE)


def _try(delivery: Delivery, relay: Relay) -> Reply | None:
    """Sends a claimed message; the deciding reply, None for one that breaks us: it keeps its lease and waits."""
    try:
        return send(delivery, relay)
    except DatabaseError:
        raise
    except Exception:  # one bad row must not stop the others; after three crashes it is held
        log.exception("message breaks the mailer", delivery=str(delivery.pk))
        relay.drop()
        return None


def send(delivery: Delivery, relay: Relay) -> Reply:
    """Speaks to the relay about a claimed message and writes down what became of it; the reply that decided it."""
    reply = relay.offer(delivery.to_address, sender=envelope_sender(delivery.message_id))
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
        _sent(delivery, reply)
    elif reply.is_silence:
        doubt = {"state": State.AMBIGUOUS, "next_at": F("lease_until"), **ERASE_SECRET}
        _leave(delivery, Outcome.NO_ANSWER, reply, **doubt)
    else:
        _refused(delivery, reply)
    return reply


# The two statements of every mail, each its own transaction. In the fence the clock is read after waiting for the row.
FENCE = """
WITH passed AS (
    UPDATE notifications_delivery SET stage = 'data', lease_until = clock_timestamp() + make_interval(secs => %(lease)s)
     WHERE id = %(id)s AND token = %(token)s AND state = 'sending' AND stage = 'pre' AND cancel_requested = ''
       AND lease_until > clock_timestamp() + make_interval(secs => %(rest)s)
    RETURNING id
)
UPDATE notifications_attempt SET data_at = clock_timestamp()
 WHERE delivery_id = (SELECT id FROM passed) AND token = %(token)s AND ended_at IS NULL
"""
SENT = """
WITH mine AS (
    UPDATE notifications_delivery
       SET state = 'sent', stage = '', token = NULL, lease_until = NULL, sent_at = statement_timestamp(),
           ended_at = statement_timestamp(),
           rendered = CASE kind WHEN 'secret' THEN '' ELSE rendered END,
           subject = CASE kind WHEN 'secret' THEN '' ELSE subject END
     WHERE id = %(id)s AND token = %(token)s
)
UPDATE notifications_attempt
   SET ended_at = statement_timestamp(), outcome = 'sent', smtp_code = %(code)s, smtp_text = %(text)s,
       remote_queue_id = %(queue_id)s
 WHERE delivery_id = %(id)s AND token = %(token)s AND ended_at IS NULL
RETURNING set_config('synchronous_commit', 'off', true)
"""


def pass_fence(delivery: Delivery) -> bool:
    """The point of no return, on disk before the body: False where the debt ended or the lease was lost.

    A cancelling transaction that holds the row is waited for, so this is where cancelling and sending meet. The lease
    before it is short, so that what a dead worker had not begun is soon free; from here on it is the long one.
    """
    patience = profile()
    lease, rest = patience.lease, patience.rest_of_talk.total_seconds()
    with connection.cursor() as cursor:
        cursor.execute(FENCE, {"id": delivery.pk, "token": delivery.token, "lease": lease, "rest": rest})
        return bool(cursor.rowcount == 1)


def _sent(delivery: Delivery, reply: Reply) -> None:
    """Writes down that the relay has the message.

    Not waited for on disk: the next fence takes it there. Where PostgreSQL crashes before, the ledger says "in doubt".
    """
    mine = {"id": delivery.pk, "token": delivery.token}
    with connection.cursor() as cursor:
        cursor.execute(SENT, {**mine, "code": reply.code, "text": reply.text, "queue_id": reply.queue_id})


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
    """What holds a message; the time it is due becomes the time it is held since."""
    return {"state": State.HELD, "reason": reason, "next_at": Now(), **ERASE_SECRET}


@transaction.atomic
def _leave(delivery: Delivery, outcome: str, reply: Reply, **changes: object) -> None:
    """Ends an attempt. Where the lease was lost, the message belongs to a later attempt and only this one is closed."""
    Delivery.objects.filter(pk=delivery.pk, token=delivery.token).update(**{**FREE, **changes})
    attempt = Attempt.objects.filter(Q(token=delivery.token), delivery=delivery, ended_at=None)
    attempt.update(
        ended_at=Now(), outcome=outcome, smtp_code=reply.code, smtp_text=reply.text, remote_queue_id=reply.queue_id
    )
    if changes["state"] in {State.HELD, State.FAILED}:
        log.error("message not sent", delivery=str(delivery.pk), state=changes["state"], reply=reply.text)


def _open_attempts(claimed: QuerySet[Delivery]) -> QuerySet[Attempt]:
    """The attempts of messages that are being sent."""
    return Attempt.objects.filter(delivery__in=claimed, token=F("delivery__token"), ended_at=None)


def _worker() -> str:
    return f"{socket.gethostname()}:{os.getpid()}"


# --- what dead workers left behind ------------------------------------------------------------------------------------
@transaction.atomic
def reclaim() -> int:
    """Frees messages whose lease is over: back to the queue before the fence, in doubt after it. The number freed.

    Of a batch the worker was busy with the first that had not ended; the others go back as if never claimed. A message
    that has cost three workers their life waits for a person.
    """
    left = Delivery.objects.filter(state=State.SENDING, lease_until__lt=Now()).select_for_update(skip_locked=True)
    rows = list(left.values_list("pk", flat=True)[:BATCH])
    begun = _begun() if rows else set()
    for outcome, stage, state in (
        (Outcome.CRASH_PRE, Stage.PRE, State.QUEUED),
        (Outcome.CRASH_DATA, Stage.DATA, State.AMBIGUOUS),
    ):
        mine = Delivery.objects.filter(pk__in=begun.intersection(rows), state=State.SENDING, stage=stage)
        _open_attempts(mine).update(ended_at=Now(), outcome=outcome)
        changes = {} if state == State.QUEUED else ERASE_SECRET
        mine.update(state=state, crashes=F("crashes") + 1, next_at=Now(), **FREE, **changes)
    if len(rows) > len(begun.intersection(rows)):
        _return(Q(pk__in=rows))
    return len(rows)


def _begun() -> set[uuid.UUID]:
    """The messages that workers are busy with, living or dead: those past the fence, else the first of each batch."""
    busy: set[uuid.UUID] = set()
    first: dict[uuid.UUID, uuid.UUID] = {}
    sending = Attempt.objects.filter(delivery__state=State.SENDING, token=F("delivery__token"), ended_at=None)
    for key, token, stage in sending.order_by("delivery__stage", "pk").values_list(
        "delivery", "token", "delivery__stage"
    ):
        if first.setdefault(token, key) == key or stage == Stage.DATA:
            busy.add(key)
    return busy


# --- what nobody is sending -------------------------------------------------------------------------------------------
def settle() -> None:
    """Decides about messages in doubt, and about those whose debt or time is over or that break the mailer."""
    lock = engine.locked()
    if oracle.can_ask():
        _ask_the_relay(lock)
    elif not lock:
        _send_again(_in_doubt())
    if not lock:
        _end_what_is_over()


def _in_doubt() -> QuerySet[Delivery]:
    """Messages the relay may have, when nothing of their last attempt can happen any more."""
    return Delivery.objects.filter(state=State.AMBIGUOUS, next_at__lte=Now())


def _ask_the_relay(lock: EngineState | None) -> None:
    """Settles doubts by what the relay knows (reminders.md 3.6). No transaction is open while it is asked."""
    rows = _in_doubt().annotate(data_at=Coalesce(Max("attempt_set__data_at"), "created_at")).order_by("next_at", "id")
    asked = {number: (key, at) for key, number, at in rows.values_list("pk", "message_id", "data_at")[:BATCH]}
    if not asked:
        return
    _greet_the_relay()
    answers = oracle.ask(_question(number, at, lock) for number, (_key, at) in asked.items())
    said = {answer: [asked[number][0] for number in answers if answers[number] is answer] for answer in Answer}
    _in_doubt().filter(pk__in=said[Answer.FOUND]).update(
        state=State.SENT, reason=Delivery.FOUND, sent_at=Now(), ended_at=Now(), **ERASE_SECRET
    )
    _send_again(_in_doubt().filter(pk__in=said[Answer.ABSENT]))
    silent = _in_doubt().filter(pk__in=said[Answer.UNKNOWN])
    old = rows.filter(pk__in=silent, data_at__lt=Now() - NO_ANSWER_FOR).values_list("pk", flat=True)
    held = 0 if lock else silent.filter(pk__in=list(old)).update(**_holding(NO_ANSWER))
    silent.update(next_at=Now() + ASK_AGAIN)
    log.warning("doubts settled", held=held, **{answer.value: len(keys) for answer, keys in said.items()})


def _greet_the_relay() -> None:
    """A word to the relay leaves a line in its log: "absent" is certain only where a line is later than the attempt.

    One that is down is not called oftener for that than the breaker allows.
    """
    if not engine.rests():
        with Relay() as relay:
            _ready(relay)


def _question(message_id: str, data_at: datetime, lock: EngineState | None) -> Question:
    """When the message may have been handed over; after a restore at any time since the backup."""
    if lock and lock.restored_at:
        return Question(message_id, min(data_at, lock.backup_taken_at or data_at), max(data_at, lock.restored_at))
    return Question(message_id, data_at, data_at)


@transaction.atomic
def _send_again(doubtful: QuerySet[Delivery]) -> None:
    """Queues messages once more, the same bytes and Message-ID, but no secret and none that had all its attempts.

    Also where nobody can ask the relay: losing an official notice is worse than a copy.
    """
    held = doubtful.filter(kind=Kind.SECRET).update(**_holding("In doubt, and a secret is not sent twice."))
    held += doubtful.filter(attempts__gte=profile().attempts).update(**_holding("In doubt after the last attempt."))
    doubtful.update(state=State.QUEUED)
    if held:
        log.error("messages not sent", held=held)


@transaction.atomic
def _end_what_is_over() -> None:
    """Ends debts that ended meanwhile, holds what breaks the mailer, and lets expire what is too late."""
    waiting = Delivery.objects.filter(state__in=[State.QUEUED, State.AMBIGUOUS])
    waiting.exclude(cancel_requested="").update(**ending(F("cancel_requested"), F("reason"), Now()))
    queued = Delivery.objects.filter(state=State.QUEUED)
    held = queued.filter(crashes__gte=profile().crashes).update(**_holding(BREAKS_US))
    expired = queued.filter(expires_at__lte=Now()).update(**ending(State.EXPIRED, TOO_LATE, Now()))
    if held or expired:
        log.error("messages not sent", held=held, expired=expired)
