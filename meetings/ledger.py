"""What the outbox knows about a circulation: what went and what became of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from operator import attrgetter

from django.db import models

from accounts.models import Member
from consultations.models import OfficeResponse, Round
from consultations.schedule import NUDGE
from meetings.compilation import OfficeRow
from notifications.models import Delivery


@dataclass(frozen=True, kw_only=True)
class Gone:
    """What became of one step so far: numbers of mails by state."""

    step: str
    queued_at: datetime
    states: Sequence[tuple[str, int]]

    @property
    def days_before(self) -> int | None:
        """Days before closing for a reminder, None for a notice."""
        return int(self.step) if self.step.isdecimal() else None

    @property
    def mails(self) -> int:
        """Number of mails."""
        return sum(number for _, number in self.states)


@dataclass(frozen=True, kw_only=True)
class Missing:
    """An office that has not submitted."""

    row: OfficeRow
    reminders: int
    recipients: Sequence[Member]


def gone(round: Round) -> list[Gone]:
    """What has been queued about a round so far, step by step in the order of time; two queries."""
    keys = [f"response:{pk}" for pk in OfficeResponse.objects.filter(round=round).values_list("pk", flat=True)]
    rows = (
        Delivery.objects.filter(subject_key__in=keys)
        .values("step", "state")
        .annotate(number=models.Count("pk"), first=models.Min("created_at"))
        .order_by("step", "state")
    )
    labels = dict(Delivery.State.choices)
    steps = [
        Gone(
            step=step,
            queued_at=min(row["first"] for row in found),
            states=[(str(labels[row["state"]]), row["number"]) for row in found],
        )
        for step, group in groupby(rows, lambda row: row["step"])
        for found in [list(group)]
    ]
    return sorted(steps, key=attrgetter("queued_at"))


def reminders_sent(responses: Iterable[OfficeResponse]) -> dict[str, int]:
    """How many reminders have gone out about each answer, by its subject key; one query."""
    keys = [response.subject_key for response in responses]
    sent = Delivery.objects.filter(subject_key__in=keys, purpose__in=("reminder", NUDGE), sent_at__isnull=False)
    return dict(sent.values_list("subject_key").annotate(models.Count("step", distinct=True)))


def unanswered(rows: Sequence[OfficeRow]) -> list[Missing]:
    """The offices that have not submitted, with the reminders they got and who receives them; one query."""
    sent = reminders_sent(row.response for row in rows)
    return [
        Missing(
            row=row,
            reminders=sent.get(row.response.subject_key, 0),
            recipients=row.reach.speaking if row.reach else [],
        )
        for row in rows
    ]
