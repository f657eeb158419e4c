"""`manage.py mailer`: what beat and worker do for mail, in one loop without a broker (reminders.md 3.2)."""

import signal
import threading
import time
from argparse import ArgumentParser
from collections.abc import Callable

import structlog
from django.core.management.base import BaseCommand
from django.db import close_old_connections
from django.utils import timezone

from consultations.operations import queue_due_reminders
from notifications import delivery, engine, tasks
from notifications.profile import profile

log = structlog.get_logger("mail")


class Command(BaseCommand):
    """Plans every minute and sends every few seconds until SIGTERM or Ctrl-C; the mail being sent is finished."""

    help = "Plans and sends mail in a loop, without Celery. Any number may run."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--once", action="store_true", help="one plan and one round, then end")

    def handle(self, *, once: bool, **_options: object) -> None:
        stopped, planned_at = threading.Event(), float("-inf")
        for number in () if once else (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stopped.set())
        while not stopped.is_set():
            if time.monotonic() - planned_at >= profile().plan:
                planned_at = time.monotonic()
                attempt("plan", plan)
                attempt("keep house", tasks.keep)
            more = attempt("send", lambda: delivery.work(stop=stopped.is_set))
            if once:
                break
            stopped.wait(0 if more else profile().loop)


def plan() -> int:
    """Queues the reminders that are due, unless this machine's clock is wrong; the number of new ones."""
    now = timezone.now()
    return queue_due_reminders(now=now) if engine.clocks_agree(now) else 0


def attempt(name: str, work: Callable[[], int]) -> int:
    """Does one part of a round. Whatever fails is logged and tried again in the next one: a database comes back."""
    close_old_connections()
    try:
        return work()
    except Exception:
        log.exception("mailer", part=name)
        return 0
