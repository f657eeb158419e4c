"""What Celery rings for. The task carries nothing, so losing or repeating it is harmless (reminders.md 3.2)."""

from celery import shared_task

from notifications import delivery, outbox


@shared_task
def drain() -> None:
    """One round of the mailer, and another if there is more to send."""
    if delivery.work():
        outbox.ring()
