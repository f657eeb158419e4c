"""What Celery rings for. The tasks carry nothing, so losing or repeating one is harmless (reminders.md 3.2)."""

from celery import shared_task
from django.utils import timezone

from notifications import alerts, delivery, engine, operations, outbox


@shared_task
def drain() -> None:
    """One round of the mailer, and another if there is more to send."""
    if delivery.work():
        outbox.ring()


@shared_task
def keep_house() -> None:
    """Once a minute: alerts to the Secretariat; once a day: old bodies are emptied."""
    keep()


def keep() -> int:
    """The same for the mailer without a broker; how many alerts are new. By the database's clock: ours may be wrong."""
    now = timezone.now()
    now -= engine.clock_skew(now)
    operations.purge_bodies(now=now)
    return alerts.raise_alerts(now=now)
