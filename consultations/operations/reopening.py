"""A deadline for one office: reopening its answer, asking an office after the opening."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import Office, User
from accounts.operations.refusals import Refusal
from consultations.emails import extension_message
from consultations.models import Extension, OfficeResponse, Round
from consultations.operations.refusals import DeadlineNotLater, NotOfTheSecretariat, ReasonMissing
from consultations.operations.reminders import plan_round
from consultations.permissions import can_run_rounds
from consultations.schedule import Asked, recipients
from notifications import outbox

OFFICE_DEADLINE_MOVED = "The deadline of the office was moved."


class OfficeReasonMissing(ReasonMissing):
    """The deadline of one office changes with a reason only."""

    @property
    def message(self) -> str:
        return _("Give the reason: the office reads it.")


class NotRunning(Refusal):
    """Nothing changes for an office before the opening, nor once the answers are published."""

    @property
    def message(self) -> str:
        return _("This can be done from the opening until the answers are published.")


class DeadlineOver(Refusal):
    """An office that is asked needs time to answer."""

    @property
    def message(self) -> str:
        return _("The deadline must lie ahead.")


class AskedAlready(Refusal):
    """The office is addressed."""

    @property
    def message(self) -> str:
        return _("This office has been asked already.")


@transaction.atomic
def reopen_response(
    *, response: OfficeResponse, closes_at: datetime, reason: str, by: User, now: datetime
) -> Extension:
    """Gives one office until `closes_at` (aware UTC), before or after the round has closed: a notice with the reason
    to those who speak for it, and fresh reminders while it owes its answer. For all others nothing changes.

    Raises NotOfTheSecretariat, OfficeReasonMissing, NotRunning, and DeadlineNotLater where it has that much already.
    """
    locked = lock_running(response=response, by=by)
    if closes_at <= max(now, locked.closes_at):
        raise DeadlineNotLater
    extension = move_own_deadline(response=locked, closes_at=closes_at, reason=reason, by=by, now=now)
    is_answered = locked.submissions.exists()
    asked = Asked(response=locked, is_answered=is_answered, asked_at=now, extension=extension)
    colleagues = recipients([locked.office_id]).get(locked.office_id, [])
    outbox.queue_many([extension_message(asked, member, colleagues) for member in colleagues], now=now)
    return extension


@transaction.atomic
def add_addressee(*, round: Round, office: Office, closes_at: datetime, by: User, now: datetime) -> OfficeResponse:
    """Asks one more office after the opening, until `closes_at` (aware UTC): its opening notice leaves at once, its
    reminders count from now.

    Raises NotOfTheSecretariat, NotRunning, DeadlineOver and AskedAlready.
    """
    running = _lock_round(round.pk, by)
    if closes_at <= now:
        raise DeadlineOver
    if running.responses.filter(office=office).exists():
        raise AskedAlready
    running.addressees.add(office)
    response = OfficeResponse.objects.create(round=running, office=office, closes_at=closes_at, created_at=now)
    plan_round(round=running, now=now)
    return response


def lock_running(*, response: OfficeResponse, by: User) -> OfficeResponse:
    """The response of a running round, locked with it until the end of the transaction, for the Secretariat.

    Raises NotOfTheSecretariat and NotRunning.
    """
    round = _lock_round(response.round_id, by)
    locked = OfficeResponse.objects.select_for_update(of=("self",)).select_related("office").get(pk=response.pk)
    locked.round = round
    return locked


@transaction.atomic
def move_own_deadline(
    *, response: OfficeResponse, closes_at: datetime, reason: str, by: User, now: datetime
) -> Extension:
    """The deadline of a locked response moves and its queued mail ends; raises OfficeReasonMissing."""
    if not reason.strip():
        raise OfficeReasonMissing
    old, response.closes_at = response.closes_at, closes_at
    response.deadline_version += 1
    response.save(update_fields=["closes_at", "deadline_version"])
    outbox.cancel(response.subject_key, OFFICE_DEADLINE_MOVED, now=now, state="superseded")
    return Extension.objects.create(
        round=response.round,
        response=response,
        old_closes_at=old,
        new_closes_at=closes_at,
        reason=reason.strip(),
        decided_at=now,
        decided_by=by,
    )


def _lock_round(pk: int, by: User) -> Round:
    """A round that is opened and not published, locked first: nobody extends or publishes it meanwhile."""
    if not can_run_rounds(by):
        raise NotOfTheSecretariat
    round = Round.objects.opened().filter(pk=pk, published_at=None).select_for_update(no_key=True).first()
    if round is None:
        raise NotRunning
    return round
