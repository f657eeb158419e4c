"""What beat rings every minute; the tasks carry nothing, so losing or repeating one is harmless (reminders.md 3.2)."""

from celery import shared_task
from django.utils import timezone

from meetings.operations.group_meetings import queue_meeting_mail
from meetings.operations.silence import conclude_due_procedures, note_late_returns, queue_silence_mail
from notifications import engine, outbox


@shared_task
def decide() -> None:
    """Concludes silence procedures and queues what they owe; nothing while this machine's clock is wrong."""
    now = timezone.now()
    if not engine.clocks_agree(now):
        return
    done = conclude_due_procedures(now=now) + queue_silence_mail(now=now)
    note_late_returns(now=now)
    if done:
        outbox.ring()


@shared_task
def remind() -> None:
    """Queues reminders of meetings, and invitations for new seats; nothing while this machine's clock is wrong."""
    now = timezone.now()
    if engine.clocks_agree(now) and queue_meeting_mail(now=now):
        outbox.ring()
