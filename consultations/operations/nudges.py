"""A one-off reminder a person decides on, beside the steps of the schedule."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from accounts.models import User
from consultations.drafts import drafts_of
from consultations.emails import nudge_message
from consultations.models import OfficeResponse, Release, Round
from consultations.operations.refusals import NobodyToNudge, NotOfTheSecretariat
from consultations.operations.releases import Deed, Doing, register, require_second_person
from consultations.operations.reminders import still_owed
from consultations.permissions import can_run_rounds
from consultations.rehearsal import Rehearsal, rehearse_nudge
from consultations.schedule import nudges, recipients
from notifications import outbox


@transaction.atomic
def nudge_offices(
    *, round: Round, offices: Sequence[str], sentence: str, by: User, now: datetime, release: Release | None = None
) -> int:
    """Reminds offices (codes) that still owe an answer, each once for ever; the number of offices reminded.

    `sentence` is plain text of the Secretariat, or "". Those that have answered, cannot answer any more, were reminded
    so before or have nobody to write to are left out. Raises NotOfTheSecretariat, NobodyToNudge, SecondPersonNeeded.
    """
    if not can_run_rounds(by):
        raise NotOfTheSecretariat
    owed = nudges(round, offices, now)
    drafts = drafts_of([due.response for due in owed])
    speaking = recipients({due.response.office_id for due in owed})
    messages = {
        due.member.pk: nudge_message(
            due, drafts[due.response.pk], speaking[due.response.office_id], sentence.strip(), now
        )
        for due in owed
    }
    still = still_owed(owed)
    fresh = OfficeResponse.objects.filter(pk__in={due.response.pk for due in still}, nudged_at=None)
    unnudged = set(fresh.values_list("pk", flat=True))
    still = [due for due in still if due.response.pk in unnudged]
    if not still:
        raise NobodyToNudge
    count = len({due.member.pk for due in still})
    require_second_person(round=round, act=Release.Act.NUDGE, count=count, release=release, now=now)
    OfficeResponse.objects.filter(pk__in={due.response.pk for due in still}).update(nudged_at=now, nudged_by=by)
    outbox.queue_many([messages[due.member.pk] for due in still], now=now)
    return len({due.response.pk for due in still})


def _rehearsal(deed: Deed) -> Rehearsal:
    rehearsal = rehearse_nudge(deed.round, now=deed.now, **deed.arguments)
    if not rehearsal.mails:
        raise NobodyToNudge
    return rehearsal


register(
    act=Release.Act.NUDGE,
    doing=Doing(
        rehearse=_rehearsal,
        do=lambda deed: nudge_offices(
            round=deed.round, by=deed.by, now=deed.now, release=deed.release, **deed.arguments
        ),
    ),
)
