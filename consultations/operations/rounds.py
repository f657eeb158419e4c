"""Opening, extending, closing and publishing a round: transitions of the Secretariat."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.db import transaction
from django.db.models import F

from accounts.models import User
from consultations.emails import extension_message
from consultations.models import LAST_MILLISECOND, Extension, OfficeResponse, Release, Round
from consultations.obstacles import obstacles_to_opening
from consultations.operations.refusals import (
    DeadlineNotLater,
    NotClosedYet,
    NotOfTheSecretariat,
    NotReadyToOpen,
    ReasonMissing,
    RoundChanged,
)
from consultations.operations.releases import Deed, Doing, register, require_second_person
from consultations.operations.reminders import plan_round
from consultations.permissions import can_run_rounds
from consultations.rehearsal import Rehearsal, rehearse_closing, rehearse_extension, rehearse_opening
from consultations.schedule import asked_in, recipients
from notifications import outbox

DEADLINE_MOVED = "The deadline was moved."


@transaction.atomic
def open_round(*, round: Round, by: User, now: datetime, release: Release | None = None) -> Round:
    """Opens a round at `now`: one waiting answer for each addressed office, and the opening notices.

    Raises NotOfTheSecretariat, NotReadyToOpen with what is missing, SecondPersonNeeded where many are mailed and
    `release` does not say that somebody else agrees, and RoundChanged where somebody was faster.
    """
    _only_the_secretariat(by)
    count = opening(round, now).recipients
    require_second_person(round=round, act=Release.Act.OPEN, count=count, release=release, now=now)
    if not Round.objects.filter(pk=round.pk, opened_at=None).update(opened_at=now, opened_by=by):
        raise RoundChanged
    round.refresh_from_db()
    OfficeResponse.objects.bulk_create(
        OfficeResponse(round=round, office=office, closes_at=round.closes_at, created_at=now)
        for office in round.addressees.all()
    )
    plan_round(round=round, now=now)
    return round


@transaction.atomic
def extend_round(
    *, round: Round, closes_at: datetime, reason: str, by: User, now: datetime, release: Release | None = None
) -> Extension:
    """Moves the deadline later for all addressed offices: fresh reminders, and a notice with the reason to all.

    An office whose own deadline is later still keeps it. Raises NotOfTheSecretariat, ReasonMissing, DeadlineNotLater,
    SecondPersonNeeded and RoundChanged.
    """
    _only_the_secretariat(by)
    count = _extension(round, closes_at, reason, now).recipients
    require_second_person(round=round, act=Release.Act.EXTEND, count=count, release=release, now=now)
    extension = _move_deadline(round, closes_at, reason, by, now)
    moved = {asked.response.office_id: asked for asked in asked_in(round) if asked.response.closes_at == closes_at}
    messages = [
        extension_message(moved[office], member, colleagues)
        for office, colleagues in recipients(moved).items()
        for member in colleagues
    ]
    outbox.queue_many(messages, now=now)
    return extension


@transaction.atomic
def close_round(*, round: Round, reason: str, by: User, now: datetime, release: Release | None = None) -> Extension:
    """Closes an open round at `now`, before its time: nothing is accepted any more, every office hears the reason.

    Raises NotOfTheSecretariat, ReasonMissing, SecondPersonNeeded, and RoundChanged where it is not open.
    """
    _only_the_secretariat(by)
    count = _closing(round, reason, now).recipients
    require_second_person(round=round, act=Release.Act.CLOSE, count=count, release=release, now=now)
    extension = _move_deadline(round, now - LAST_MILLISECOND, reason, by, now)
    plan_round(round=round, now=now)
    return extension


@transaction.atomic
def publish_round(*, round: Round, by: User, now: datetime) -> Round:
    """Shows the answers to all members from `now` on; raises NotOfTheSecretariat, NotClosedYet and RoundChanged."""
    _only_the_secretariat(by)
    if round.opened_at is None or round.is_open_at(now):
        raise NotClosedYet
    unpublished = Round.objects.filter(pk=round.pk, published_at=None, closes_at=round.closes_at)
    if not unpublished.update(published_at=now, published_by=by):
        raise RoundChanged
    round.refresh_from_db()
    return round


def _only_the_secretariat(by: User) -> None:
    if not can_run_rounds(by):
        raise NotOfTheSecretariat


def opening(round: Round, now: datetime) -> Rehearsal:
    """Whom opening at `now` (aware UTC) mails; raises NotReadyToOpen."""
    if obstacles := obstacles_to_opening(round, now):
        raise NotReadyToOpen(obstacles)
    return rehearse_opening(round, now)


def _extension(round: Round, closes_at: datetime, reason: str, now: datetime) -> Rehearsal:
    _require_reason(reason)
    if closes_at <= max(now, round.closes_at):
        raise DeadlineNotLater
    if round.opened_at is None or round.published_at is not None:
        raise RoundChanged
    return rehearse_extension(round, closes_at, reason, now)


def _closing(round: Round, reason: str, now: datetime) -> Rehearsal:
    _require_reason(reason)
    if not round.is_open_at(now):
        raise RoundChanged
    return rehearse_closing(round, reason, now)


def _require_reason(reason: str) -> None:
    if not reason.strip():
        raise ReasonMissing


def _move_deadline(round: Round, closes_at: datetime, reason: str, by: User, now: datetime) -> Extension:
    """The deadline moves in one statement, on the round and on every answer it concerns; what was queued ends."""
    old = round.closes_at
    same = Round.objects.opened().filter(pk=round.pk, closes_at=old, published_at=None)
    if not same.update(closes_at=closes_at):
        raise RoundChanged
    concerned = OfficeResponse.objects.filter(round=round)
    concerned = concerned.filter(closes_at__lt=closes_at) if closes_at > old else concerned
    for response in concerned.select_for_update():
        outbox.cancel(response.subject_key, DEADLINE_MOVED, now=now, state="superseded")
    concerned.update(closes_at=closes_at, deadline_version=F("deadline_version") + 1)
    round.refresh_from_db()
    return Extension.objects.create(
        round=round, old_closes_at=old, new_closes_at=closes_at, reason=reason.strip(), decided_at=now, decided_by=by
    )


def _of_extension(deed: Deed) -> dict[str, Any]:
    """The arguments with the deadline as an instant again."""
    closes_at = datetime.fromisoformat(deed.arguments["closes_at"]).astimezone(UTC)
    return {"round": deed.round, "closes_at": closes_at, "reason": deed.arguments["reason"], "now": deed.now}


register(
    act=Release.Act.OPEN,
    doing=Doing(
        rehearse=lambda deed: opening(deed.round, deed.now),
        do=lambda deed: open_round(round=deed.round, by=deed.by, now=deed.now, release=deed.release),
    ),
)
register(
    act=Release.Act.EXTEND,
    doing=Doing(
        rehearse=lambda deed: _extension(**_of_extension(deed)),
        do=lambda deed: extend_round(**_of_extension(deed), by=deed.by, release=deed.release),
    ),
)
register(
    act=Release.Act.CLOSE,
    doing=Doing(
        rehearse=lambda deed: _closing(deed.round, deed.arguments["reason"], deed.now),
        do=lambda deed: close_round(
            round=deed.round, reason=deed.arguments["reason"], by=deed.by, now=deed.now, release=deed.release
        ),
    ),
)
