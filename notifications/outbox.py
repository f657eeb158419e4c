"""The one way to owe somebody a mail, and the one way to end it (decisions.md 2, reminders.md 3.5).

Call these inside the transaction of the thing that happened: both are committed, or neither.
"""

import hashlib
import uuid
from collections.abc import Iterable
from datetime import datetime
from typing import Any

import structlog
from celery import current_app
from django.conf import settings
from django.db import connection, transaction
from django.template import Context, Engine
from django.utils import translation

from notifications import engine
from notifications.clock import Now
from notifications.message import URGENCY, Kind, Message, Rendered, clean, mailbox, one_line
from notifications.mime import build
from notifications.models import Delivery, DeliveryQuerySet, State, ending

log = structlog.get_logger("mail")
BELL = "notifications.tasks.drain"
BELL_EXPIRES = 60  # seconds; beat rings again anyway
NO_ADDRESS = "This is no address a relay would take."
TOO_LATE = "It was too late for this message when it was made."


def queue(message: Message, *, now: datetime) -> bool:
    """Owes one mail; True when it was written, False when its key was there already, whatever became of that one.

    A mail to something that is no address, or for a moment that is over, is written in its end state: the ledger
    explains it and nothing stops. Raises TransactionManagementError outside a transaction.
    """
    return queue_many([message], now=now) == 1


def queue_many(messages: Iterable[Message], *, now: datetime) -> int:
    """Owes several mails in one INSERT; the number that was written. See `queue`."""
    written = _insert([_row(message, now) for message in messages])
    if written:
        _ring_on_commit()
    return written


def record_superseded(messages: Iterable[Message], *, now: datetime) -> int:
    """Writes mails that a later step has overtaken, for the ledger; none is sent. The number written."""
    return _insert([_overtaken(message, now) for message in messages])


def cancel(subject_key: str, reason: str, *, now: datetime, to: str | None = None, state: str = State.CANCELLED) -> int:
    """Ends the debt of all mail about `subject_key` that has not left, as cancelled or superseded; the number of mails.

    What a worker holds is refused at the fence; only a body that is on the wire now can still arrive. `to` narrows to
    one address. Raises TransactionManagementError outside a transaction.
    """
    owed = Delivery.objects.about(subject_key)
    return _end(owed if to is None else owed.to(to), state, reason, now)


def cancel_to(address: str, reason: str, *, now: datetime) -> int:
    """Ends the debt of every mail but secrets to an address whose owner has left or has another; the number of mails.

    As `cancel`: what a worker holds is refused at the fence. Raises TransactionManagementError outside a transaction.
    """
    return _end(Delivery.objects.to(address).exclude(kind=Kind.SECRET), State.CANCELLED, reason, now)


def render(name: str, context: dict[str, Any], *, language: str) -> Rendered:
    """A mail in `language`; `name` is "<app>/<message>".

    Its templates are <app>/email/<message>_subject.txt, <message>.txt and <message>.html, the last two extending
    notifications/email/base.txt and base.html. In .txt nothing is escaped; both know the `subject`.
    """
    app, message = name.split("/")
    templates = Engine.get_default()
    values = {"site_url": settings.SITE_URL, "secretariat_email": settings.SECRETARIAT_EMAIL, **context}
    with translation.override(language):
        start = f"{app}/email/{message}"
        subject = one_line(templates.get_template(f"{start}_subject.txt").render(Context(values, autoescape=False)))
        values["subject"] = subject
        text = templates.get_template(f"{start}.txt").render(Context(values, autoescape=False))
        html = templates.get_template(f"{start}.html").render(Context(values))
    return Rendered(subject, clean(text), clean(html))


def ring() -> bool:
    """Tells a worker to look for mail; False when the broker could not be told, which is counted and harms nothing."""
    try:
        current_app.send_task(BELL, expires=BELL_EXPIRES, ignore_result=True, retry=False)
    except Exception as error:  # what has been committed must not turn into an error page
        log.warning("doorbell", error=f"{type(error).__name__}: {error}"[:200])
        engine.count_silent_bell()
        return False
    return True


def _ring_on_commit() -> None:
    """Rings once for a transaction, however many mails it owes: a silent broker costs half a second, not many."""
    if _committed not in [entry[1] for entry in connection.run_on_commit]:
        transaction.on_commit(_committed)


def _committed() -> None:
    ring()


def _in_transaction() -> None:
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("Mail is owed in the transaction of the thing that happened.")


def _end(debts: DeliveryQuerySet, state: str, reason: str, now: datetime) -> int:
    _in_transaction()
    owed = debts.living().filter(cancel_requested="")
    # The first statement locks every row in whatever state it is now, so none slips between queued and being sent.
    count = owed.update(cancel_requested=state, reason=one_line(reason))
    idle = debts.living().filter(cancel_requested=state).exclude(state=State.SENDING)
    idle.update(**ending(state, one_line(reason), now))
    return count


def _insert(rows: list[Delivery]) -> int:
    _in_transaction()
    Delivery.objects.bulk_create(rows, ignore_conflicts=True)
    return Delivery.objects.filter(pk__in=[row.pk for row in rows]).count()


def _row(message: Message, now: datetime) -> Delivery:
    row = _bare_row(message, now)
    if mailbox(message.to) is None:
        return _ended(row, State.FAILED, NO_ADDRESS, now)
    if message.expires_at is not None and message.expires_at <= now:
        return _ended(row, State.EXPIRED, TOO_LATE, now)
    number = row.message_id[1:].partition("@")[0]
    row.rendered = build(message, message_id=row.message_id, number=number, now=now)
    row.rendered_sha256 = hashlib.sha256(row.rendered).hexdigest()
    return row


def _overtaken(message: Message, now: datetime) -> Delivery:
    return _ended(_bare_row(message, now), State.SUPERSEDED, "A later message was due already.", now)


def _bare_row(message: Message, now: datetime) -> Delivery:
    return Delivery(
        key=message.key,
        subject_key=message.subject_key,
        kind=message.kind,
        urgency=URGENCY[Kind(message.kind)],
        purpose=message.purpose,
        step=message.step,
        to_address=mailbox(message.to) or one_line(message.to),
        to_name=one_line(message.to_name),
        language=message.language,
        subject=one_line(message.subject),
        message_id=f"<{_number(message)}@{settings.MAIL_DOMAIN}>",
        next_at=message.not_before or Now(),
        expires_at=message.expires_at,
        created_at=now,
    )


def _number(message: Message) -> uuid.UUID:
    """The number of a message: the same for the same debt even where its row was lost (reminders.md 3.8).

    That of a secret tells nothing about its key.
    """
    if message.kind == Kind.SECRET:
        return uuid.uuid4()
    return uuid.uuid5(uuid.NAMESPACE_URL, f"{settings.SITE_URL}/{message.key}")


def _ended(row: Delivery, state: str, reason: str, now: datetime) -> Delivery:
    row.state, row.reason, row.ended_at = state, reason, now
    if row.kind == Kind.SECRET:
        row.subject = ""
    return row
