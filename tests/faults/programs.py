"""What a worker of the nursery may be: each function is the whole life of one process and gives its exit code."""

import random
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from accounts.models import User
from consultations.models import OfficeResponse
from consultations.operations import queue_due_reminders, submit_answers
from meetings.operations.silence import conclude_due_procedures
from wild_portal.celery import app

Order = dict[str, Any]
FAST = {
    "plan": {"task": "consultations.tasks.plan", "schedule": 1.0, "options": {"expires": 55}},
    "drain": {"task": "notifications.tasks.drain", "schedule": 0.25, "options": {"expires": 5}},
}


def mailer(_order: Order) -> int:
    """`manage.py mailer`."""
    call_command("mailer")
    return 0


def celery(order: Order) -> int:
    """A Celery worker with a pool of processes."""
    words = ["worker", "-c", str(order.get("pool", 2)), "--without-gossip", "--without-mingle", "-l", "warning"]
    app.worker_main([*words, "-n", f"{order['slot']}@rig"])
    return 0


def beat(order: Order) -> int:
    """Celery's beat, hurried: two of them ring as if there were one."""
    app.conf.beat_schedule = FAST
    app.start(["beat", "-l", "warning", "-s", f"{order['folder']}/{order['slot']}.schedule", "--pidfile="])
    return 0


def planner(order: Order) -> int:
    """Plans again and again, as if every minute had come; ends when nothing new is owed several times in a row."""
    quiet = 0
    while quiet < order.get("quiet", 5):
        quiet = quiet + 1 if not queue_due_reminders(now=timezone.now()) else 0
        time.sleep(0.01)
    return 0


def decider(order: Order) -> int:
    """Concludes what is due again and again, from the same moment on as the others, so many seconds `ahead`."""
    ahead = timedelta(seconds=order["ahead"])
    time.sleep(max(0.0, order["begins"] - time.time()))
    for _ in range(order["times"]):
        conclude_due_procedures(now=timezone.now() + ahead)
    connection.close()
    return 0


def answerer(order: Order) -> int:
    """Offices that answer at random moments within `seconds`; each line of its log is one answer."""
    dice = random.Random(f"{order['seed']}:{order['slot']}")
    users = {user.pk: user for user in User.objects.filter(pk__in={pair[1] for pair in order["answers"]})}
    moments = sorted((dice.uniform(0, order["seconds"]), *pair) for pair in order["answers"])
    began = time.monotonic()
    for moment, response, user in moments:
        time.sleep(max(0.0, moment - (time.monotonic() - began)))
        submit_answers(
            response=OfficeResponse(pk=response), seen_number=0, summary=[], by=users[user], now=timezone.now()
        )
    connection.close()
    return 0


PROGRAMS: dict[str, Callable[[Order], int]] = {
    "mailer": mailer,
    "celery": celery,
    "beat": beat,
    "planner": planner,
    "answerer": answerer,
    "decider": decider,
}
