"""What people decide about mail: addresses that work again, optional mail, messages held for a person."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Protocol

import structlog
from django.db import transaction
from django.db.models import DateTimeField, Max, Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from notifications import bounces, engine
from notifications.clock import Now
from notifications.message import Kind, OptionalMail, address_hash
from notifications.models import (
    ERASE_SECRET,
    FREE,
    LIVING,
    Attempt,
    Bounce,
    Delivery,
    EngineState,
    Preference,
    State,
    Suppression,
    ending,
)

log = structlog.get_logger("mail")
RESTORED = "A backup was restored, and the relay could not say whether this has left."
BODIES_KEPT = timedelta(days=90)
BOUNCES_WITHIN = timedelta(days=14)
BOUNCES_ALLOWED = {Bounce.Kind.HARD: 2, Bounce.Kind.SOFT: 4}


class Decider(Protocol):
    """A login of the Secretariat; the accounts live above this app."""

    def get_username(self) -> str: ...


class AlreadyEnded(Exception):
    """The suppression had ended before."""

    def __init__(self) -> None:
        super().__init__(_("Mail to this address is sent again already. Nothing was changed."))


class NotHeld(Exception):
    """The message is not one that waits for a person."""

    def __init__(self) -> None:
        super().__init__(_("This message does not wait for a decision. Nothing was changed."))


class SecretGone(Exception):
    """A held secret has no content any more."""

    def __init__(self) -> None:
        super().__init__(_("A secret is never sent twice. Ask for a new one instead."))


@transaction.atomic
def purge_bodies(*, now: datetime) -> int:
    """Empties the bodies of messages that ended 90 days ago, once a UTC day; how many. Their SHA-256 stays."""
    engine_state, today = EngineState.objects.filter(pk=1), now.astimezone(UTC).date()
    if not engine_state.exclude(purged_on__gte=today).update(purged_on=today):
        return 0
    old = Delivery.objects.exclude(state__in=LIVING).filter(ended_at__lt=now - BODIES_KEPT).exclude(rendered=b"")
    return old.update(rendered=b"")


class NotLocked(Exception):
    """No restore has locked the mailer."""

    def __init__(self) -> None:
        super().__init__(_("Mail is not locked. Nothing was changed."))


class NotPrepared(Exception):
    """What may have left since the backup is not in doubt yet."""

    def __init__(self) -> None:
        super().__init__(_("First say when the backup was taken. Nothing was changed."))


@transaction.atomic
def suppress_address(*, address_sha256: str, reason: str, evidence: str, until: datetime | None, now: datetime) -> bool:
    """Stops mail to an address that does not work, until an instant or until a person ends it.

    `address_sha256` is `message.address_hash` of the address. True when it was stopped now, False when it was before.
    """
    _suppression, created = Suppression.objects.get_or_create(
        address_sha256=address_sha256,
        ended_at=None,
        defaults={"reason": reason, "evidence": evidence, "since_at": now, "until_at": until},
    )
    return created


@transaction.atomic
def doubt_everything(*, backup_taken_at: datetime, plan: Callable[[], object], now: datetime) -> int:
    """After a restore: locks the mailer and puts in doubt whatever may have left since the backup; how many messages.

    What stood in the backup as waiting may be gone, and so may what `plan()` owes again now: its rows have the
    Message-IDs they had before, so the relay can be asked about both (reminders.md 3.8).
    """
    EngineState.objects.get_or_create(pk=1)
    state = EngineState.objects.select_for_update().get(pk=1)
    state.restored_at, state.backup_taken_at = state.restored_at or now, backup_taken_at
    state.save(update_fields=["restored_at", "backup_taken_at"])
    plan()
    broken_off = Attempt.objects.filter(ended_at=None)
    broken_off.filter(data_at=None).update(ended_at=now, outcome=Attempt.Outcome.CRASH_PRE)
    broken_off.update(ended_at=now, outcome=Attempt.Outcome.CRASH_DATA)
    return Delivery.objects.living().update(state=State.AMBIGUOUS, next_at=Now(), **FREE, **ERASE_SECRET)


@transaction.atomic
def lift_restore(*, is_restore: bool = True) -> int:
    """Lets the mailer send again; how many messages are held because the relay could not say whether it has them.

    Raises NotLocked, and NotPrepared where nobody has said when the backup was taken; a database that was only moved
    (`is_restore` False) loses nothing and needs no such step.
    """
    state = EngineState.objects.select_for_update().filter(restored_at__isnull=False).first()
    if state is None:
        raise NotLocked
    if is_restore and state.backup_taken_at is None:
        raise NotPrepared
    doubtful = Delivery.objects.filter(state=State.AMBIGUOUS) if is_restore else Delivery.objects.none()
    held = doubtful.update(state=State.HELD, reason=RESTORED, next_at=Now(), **ERASE_SECRET)
    state.restored_at = state.backup_taken_at = None
    state.database = engine.cluster()
    state.save(update_fields=["restored_at", "backup_taken_at", "database"])
    return held


@transaction.atomic
def take_bounce(*, report: bytes, address: str, now: datetime) -> str:
    """Notes a returned mail at its message, which ends as returned; one line that says what was done.

    `address` is where the report was sent, "" where its headers have to say it. Two messages in 14 days that came back
    for good, or four after many tries, stop mail to the address. Whoever forges a report changes nothing.
    """
    places = [address] if address else bounces.addresses(report)
    message_id = next(filter(None, map(bounces.message_id_of, places)), None)
    delivery = Delivery.objects.select_for_update().filter(message_id=message_id).first() if message_id else None
    if delivery is None:
        log.warning("bounce", result="forged or unknown")
        return "forged or unknown"
    said = bounces.read(report)
    if said is None:
        log.info("bounce", result="no report of non-delivery", delivery=str(delivery.pk))
        return "no report of non-delivery"
    return _note_bounce(delivery, said, now)


def _note_bounce(delivery: Delivery, said: bounces.Report, now: datetime) -> str:
    values = {"kind": said.kind, "code": said.code, "text": said.text, "received_at": now}
    bounce, is_new = Bounce.objects.get_or_create(delivery=delivery, report_sha256=said.sha256, defaults=values)
    if not is_new:
        return "known already"
    log.warning("bounce", result=bounce.kind, code=bounce.code, delivery=str(delivery.pk))
    if bounce.kind != Bounce.Kind.DELAYED:
        left = Delivery.objects.filter(pk=delivery.pk, state__in=[State.SENT, State.AMBIGUOUS])
        sent_at = Coalesce("sent_at", Value(now, DateTimeField()))
        left.update(**ending(State.BOUNCED, f"{said.code} {said.text}".strip() or "Returned.", now), sent_at=sent_at)
        _stop_broken_address(delivery.to_address, f"{said.code} {said.text}", now)
    return str(bounce.kind)


def _stop_broken_address(address: str, evidence: str, now: datetime) -> None:
    """Suppresses an address that has returned too much since a person last let it be tried again."""
    address_sha256 = address_hash(address)
    tried_again = Suppression.objects.filter(address_sha256=address_sha256).aggregate(at=Max("ended_at"))["at"]
    since = max(now - BOUNCES_WITHIN, tried_again or now - BOUNCES_WITHIN)
    for kind, number in BOUNCES_ALLOWED.items():
        returned = Bounce.objects.to(address).filter(kind=kind, received_at__gt=since)
        if returned.values("delivery").distinct().count() >= number:
            reason = f"{number} messages came back within {BOUNCES_WITHIN.days} days."
            suppress_address(address_sha256=address_sha256, reason=reason, evidence=evidence, until=None, now=now)


@transaction.atomic
def end_suppression(*, suppression: Suppression, by: Decider, now: datetime) -> Suppression:
    """Lets mail to an address leave again; raises AlreadyEnded."""
    changed = Suppression.objects.filter(pk=suppression.pk, ended_at=None)
    if not changed.update(ended_at=now, ended_by=by.get_username()):
        raise AlreadyEnded
    suppression.refresh_from_db()
    return suppression


@transaction.atomic
def choose_optional_mail(*, address_sha256: str, wanted: Iterable[str], now: datetime) -> int:
    """Keeps which purposes of optional mail an address wants; the number that changed. The holder of a link decides."""
    chosen = set(wanted)
    off = set(Preference.objects.switched_off([address_sha256]).values_list("purpose", flat=True))
    changed = [purpose for purpose in OptionalMail.values if (purpose in chosen) == (purpose in off)]
    for purpose in changed:
        Preference.objects.update_or_create(
            address_sha256=address_sha256,
            purpose=purpose,
            defaults={"is_wanted": purpose in chosen, "changed_at": now},
        )
    return len(changed)


@transaction.atomic
def switch_off(*, address_sha256: str, purpose: str, now: datetime) -> Preference:
    """Ends one purpose of optional mail for an address; doing it twice changes nothing."""
    preference, _created = Preference.objects.get_or_create(
        address_sha256=address_sha256, purpose=purpose, defaults={"is_wanted": False, "changed_at": now}
    )
    if preference.is_wanted:
        preference.is_wanted, preference.changed_at = False, now
        preference.save(update_fields=["is_wanted", "changed_at"])
    return preference


@transaction.atomic
def send_held(*, delivery: Delivery, by: Decider) -> Delivery:
    """Gives a message that waits for a person fresh attempts, with the same bytes; raises NotHeld, SecretGone."""
    if delivery.kind == Kind.SECRET:
        raise SecretGone
    held = Delivery.objects.filter(pk=delivery.pk, state=State.HELD)
    reason = f"Sent again by {by.get_username()}."
    if not held.update(state=State.QUEUED, attempts=0, crashes=0, next_at=Now(), reason=reason):
        raise NotHeld
    delivery.refresh_from_db()
    return delivery


@transaction.atomic
def give_up_held(*, delivery: Delivery, by: Decider, now: datetime) -> Delivery:
    """Ends a message that waits for a person without sending it; raises NotHeld."""
    held = Delivery.objects.filter(pk=delivery.pk, state=State.HELD)
    if not held.update(**ending(State.CANCELLED, f"Given up by {by.get_username()}.", now)):
        raise NotHeld
    delivery.refresh_from_db()
    return delivery
