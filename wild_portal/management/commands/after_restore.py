"""`manage.py after_restore`: what an operator does about mail when a backup was restored (reminders.md 3.8)."""

from argparse import ArgumentParser, ArgumentTypeError
from datetime import datetime

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from consultations.operations import queue_due_reminders
from notifications import operations


def instant(text: str) -> datetime:
    """A moment with its zone, such as 2026-11-20T02:00+01:00."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise ArgumentTypeError(f"{text!r} is no moment such as 2026-11-20T02:00+01:00.") from error
    if at.tzinfo is None:
        raise ArgumentTypeError(f"{text!r} has no zone; write it as 2026-11-20T02:00+01:00.")
    return at


class Command(BaseCommand):
    """Locks, asks and lifts; nothing is sent between the first and the last."""

    help = (
        "First with --backup-taken-at: locks the mailer and puts every message in doubt that may have left since. A "
        "running mailer then asks the relay about each. Last with --lift: sending starts again, and what the relay "
        "could not answer waits for the Secretariat."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """One of three steps."""
        step = parser.add_mutually_exclusive_group(required=True)
        step.add_argument("--backup-taken-at", type=instant, metavar="T", help="when the restored backup was taken")
        step.add_argument("--lift", action="store_true", help="send again")
        step.add_argument("--not-a-restore", action="store_true", help="the database was moved whole: send again")

    def handle(self, *, backup_taken_at: datetime | None, not_a_restore: bool, **_options: object) -> None:
        """Does one step and says what became of the messages."""
        now = timezone.now()
        if backup_taken_at is None:
            self._lift(is_restore=not not_a_restore)
            return
        if backup_taken_at > now:
            raise CommandError("This moment lies ahead.")
        doubtful = operations.doubt_everything(
            backup_taken_at=backup_taken_at, plan=lambda: queue_due_reminders(now=now), now=now
        )
        self.stdout.write(f"Locked. {doubtful} messages are in doubt.")

    def _lift(self, *, is_restore: bool) -> None:
        try:
            held = operations.lift_restore(is_restore=is_restore)
        except (operations.NotLocked, operations.NotPrepared) as refusal:
            raise CommandError(str(refusal)) from refusal
        self.stdout.write(f"Mail is sent again. {held} messages are held for a decision.")
