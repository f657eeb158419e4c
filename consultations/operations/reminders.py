"""Queueing what is owed: the latest step reached, once for each deadline and person (reminders.md 3.5)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from django.db import transaction

from accounts.models import Member
from consultations.drafts import drafts_of
from consultations.emails import due_message, overtaken_messages
from consultations.models import OfficeResponse, Round
from consultations.schedule import CLOSING, Due, dues, recipients, rounds_with_mail
from notifications import outbox
from notifications.message import mailbox
from notifications.models import Delivery

OVERTAKEN = "A later reminder was due."


def queue_due_reminders(*, now: datetime, until: datetime | None = None) -> int:
    """Queues every opening notice, reminder and closing notice owed at `now`; returns how many are new.

    With `until`, also what falls due until then, to be sent not before. Anyone may call it at any time, several at
    once: the outbox's keys allow each mail once. The number of queries for a round does not depend on its offices.
    """
    return sum(plan_round(round=round, now=now, until=until) for round in rounds_with_mail(now))


def plan_round(*, round: Round, now: datetime, until: datetime | None = None) -> int:
    """The same for one round. Mails are rendered before anything is locked; what was answered meanwhile is left out."""
    owed = dues(round, until or now)
    fresh = unqueued(owed=owed)
    if not fresh:
        return 0
    drafts = drafts_of([due.response for due in fresh])
    speaking = recipients({due.response.office_id for due in fresh})
    messages = {
        due.key: due_message(due, drafts[due.response.pk], speaking[due.response.office_id], now) for due in fresh
    }
    with transaction.atomic():
        still = still_owed(fresh)
        _supersede([key for due in still for key in due.overtaken_keys], now)
        outbox.record_superseded([message for due in still for message in overtaken_messages(due)], now=now)
        return outbox.queue_many([messages[due.key] for due in still], now=now)


def unqueued(*, owed: Sequence[Due]) -> list[Due]:
    """Those the outbox does not have yet; a mail cancelled at a former address is owed again at the present one."""
    again = [replace(due, is_readdressed=True) for due in owed]
    keys = [due.key for due in (*owed, *again)]
    rows = {row.key: row for row in Delivery.objects.filter(key__in=keys).only("key", "state", "to_address")}
    fresh = []
    for due, readdressed in zip(owed, again, strict=True):
        row = rows.get(due.key)
        if row is None:
            fresh.append(due)
        elif _went_elsewhere(row, due.member) and readdressed.key not in rows:
            fresh.append(readdressed)
    return fresh


def _went_elsewhere(row: Delivery, member: Member) -> bool:
    return (
        row.state == Delivery.State.CANCELLED
        and row.to_address.lower() != (mailbox(member.email) or member.email).lower()
    )


def still_owed(fresh: Sequence[Due]) -> list[Due]:
    """Those nobody has settled since they were read; answer, deadline and person are locked until commit."""
    ids = {due.response.pk for due in fresh}
    locked = OfficeResponse.objects.filter(pk__in=ids).order_by("pk").select_for_update(no_key=True)
    versions = {response.pk: response.deadline_version for response in locked}
    awaited = set(OfficeResponse.objects.filter(pk__in=ids).awaited().values_list("pk", flat=True))
    members = Member.objects.speaking_for_office().filter(pk__in={due.member.pk for due in fresh})
    present = {member.pk for member in members.order_by("pk").select_for_update(no_key=True)}
    return [
        due
        for due in fresh
        if versions[due.response.pk] == due.response.deadline_version
        and due.member.pk in present
        and (due.step == CLOSING or due.response.pk in awaited)
    ]


def _supersede(keys: Sequence[str], now: datetime) -> None:
    """Earlier steps that are still waiting will not be sent any more."""
    for late in Delivery.objects.living().filter(key__in=keys):
        outbox.cancel(late.subject_key, OVERTAKEN, now=now, to=late.to_address, state="superseded")
