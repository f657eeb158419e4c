"""What beat rings every minute; the task carries nothing, so losing or repeating it is harmless (reminders.md 3.2)."""

from celery import shared_task
from django.utils import timezone

from consultations.operations import queue_due_reminders
from notifications import engine, outbox


@shared_task
def plan() -> None:
    """Queues what is owed now and wakes the mailer; nothing while this machine's clock is wrong."""
    now = timezone.now()
    if engine.clocks_agree(now) and queue_due_reminders(now=now):
        outbox.ring()
