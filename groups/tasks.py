"""What beat rings every minute; the task carries nothing, so losing or repeating it is harmless (reminders.md 3.2)."""

from celery import shared_task
from django.utils import timezone

from groups.operations.digests import queue_digests
from groups.operations.mandates import end_seats_of_leavers, lapse_seats, warn_of_lapsing_seats
from notifications import engine, outbox


@shared_task
def plan() -> None:
    """Queues what is owed now and wakes the mailer; nothing while this machine's clock is wrong."""
    now = timezone.now()
    if engine.clocks_agree(now) and queue_digests(now=now):
        outbox.ring()


@shared_task
def keep_seats() -> None:
    """Ends seats that are over and warns of those that end soon; nothing while this machine's clock is wrong."""
    now = timezone.now()
    if engine.clocks_agree(now):
        end_seats_of_leavers(now=now)
        lapse_seats(now=now)
        warn_of_lapsing_seats(now=now)
