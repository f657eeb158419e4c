"""`manage.py remind [--on DATE] [--dry-run]`: who is owed which mail about an open round, one line each."""

import argparse
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from consultations.operations import queue_due_reminders
from consultations.operations.reminders import unqueued
from consultations.schedule import Due, dues, rounds_with_mail
from notifications.models import Delivery
from notifications.reminders import closing_day, closing_instant


def day_of(text: str) -> date:
    """A date as it is typed, YYYY-MM-DD, in the years people plan for."""
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is no date such as 2026-11-20.") from error
    if not 2000 <= day.year <= 2999:
        raise argparse.ArgumentTypeError(f"{text!r} is not in the years 2000 to 2999.")
    return day


class Command(BaseCommand):
    help = (
        "Lists the opening notice, reminder or closing notice each focal point and alternate is owed: office, name, "
        "address, step, when it is due on the recipient's clock, and its state in the outbox; what was cancelled is "
        "owed no more. Without --dry-run, what is not in the outbox yet is queued."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """The day, and whether to queue."""
        parser.add_argument("--on", type=day_of, metavar="DATE", help="as at the end of this Geneva day (default: now)")
        parser.add_argument("--dry-run", action="store_true", help="only list")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Lists, then queues."""
        now = timezone.now()
        day, dry = options["on"], options["dry_run"]
        if day and day > closing_day(now) and not dry:
            raise CommandError("This day lies ahead. Add --dry-run to see who would be owed what.")
        until = closing_instant(day) if day else now
        for due, state in with_states([due for round in rounds_with_mail(until) for due in dues(round, until)]):
            self.stdout.write(line(due, state))
        if not dry:
            queued = queue_due_reminders(now=now, until=max(now, until))
            self.stdout.write(f"{queued} queued")


def with_states(owed: Sequence[Due]) -> list[tuple[Due, str]]:
    """Each mail with its state in the outbox; one that was cancelled is owed no more, but at a new address it is."""
    fresh = {replace(due, is_readdressed=False).key for due in unqueued(owed=owed)}
    again = {due.key: replace(due, is_readdressed=True).key for due in owed}
    rows = Delivery.objects.filter(key__in=[*again.keys(), *again.values()])
    states = dict(rows.values_list("key", "state"))
    found = [
        (due, "to queue" if due.key in fresh else states.get(again[due.key], states.get(due.key, ""))) for due in owed
    ]
    return [(due, state) for due, state in found if state != Delivery.State.CANCELLED]


def line(due: Due, state: str) -> str:
    """One mail: its fields parted by tabs."""
    there = due.due_at.astimezone(ZoneInfo(due.member.zone))
    when = f"{there:%Y-%m-%d %H:%M} {due.member.zone}"
    return "\t".join([due.office.code, due.member.name, due.member.email, due.step, when, state])
