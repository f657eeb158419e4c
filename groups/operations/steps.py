"""The checklist of a group: who runs it ticks a step off, and takes that back."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from accounts.models import User
from groups.models import NextStep
from groups.operations.refusals import NotOfTheGroup, StepChanged
from groups.permissions import can_run


@transaction.atomic
def tick_off(*, step: NextStep, by: User, now: datetime) -> NextStep:
    """The step is done as of `now` (aware UTC). Raises NotOfTheGroup, and StepChanged where somebody was faster."""
    return _set(step, by, is_done=False, done_at=now, done_by=by)


@transaction.atomic
def take_up_again(*, step: NextStep, by: User) -> NextStep:
    """The step is to be done again. Raises NotOfTheGroup, and StepChanged where somebody was faster."""
    return _set(step, by, is_done=True, done_at=None, done_by=None)


def _set(step: NextStep, by: User, *, is_done: bool, **fields: datetime | User | None) -> NextStep:
    if not can_run(by, step.group):
        raise NotOfTheGroup
    if not NextStep.objects.filter(pk=step.pk, done_at__isnull=not is_done).update(**fields):
        raise StepChanged
    step.refresh_from_db()
    return step
