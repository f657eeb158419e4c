"""Celery rings the doorbell: its tasks carry no payload, so losing or repeating one is harmless (reminders.md 3.2)."""

import os

from celery import Celery
from celery.app.utils import Settings
from celery.signals import celeryd_init, setup_logging, worker_ready

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "wild_portal.settings")

app = Celery("wild_portal")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.conf.beat_schedule = {
    "plan": {"task": "consultations.tasks.plan", "schedule": 60.0, "options": {"expires": 55}},
    "plan_groups": {"task": "groups.tasks.plan", "schedule": 60.0, "options": {"expires": 55}},
    "keep_seats": {"task": "groups.tasks.keep_seats", "schedule": 60.0, "options": {"expires": 55}},
    "decide": {"task": "meetings.tasks.decide", "schedule": 60.0, "options": {"expires": 55}},
    "remind": {"task": "meetings.tasks.remind", "schedule": 60.0, "options": {"expires": 55}},
    "keep_house": {"task": "notifications.tasks.keep_house", "schedule": 60.0, "options": {"expires": 55}},
    "drain": {"task": "notifications.tasks.drain", "schedule": 5.0, "options": {"expires": 5}},
}


@setup_logging.connect
def keep_portal_logging(**_kwargs: object) -> None:
    """Stops Celery from replacing the logging of settings.py."""


@celeryd_init.connect
def wait_longer(conf: Settings, **_kwargs: object) -> None:
    """A silent broker keeps whoever waits for a page waiting for half a second; a worker has more patience."""
    conf.broker_transport_options = {**conf.broker_transport_options, "socket_timeout": 1, "socket_connect_timeout": 1}


@worker_ready.connect
def look_at_once(**_kwargs: object) -> None:
    """A worker that starts plans and drains without waiting for beat."""
    for task in ("consultations.tasks.plan", "groups.tasks.plan", "notifications.tasks.drain"):
        app.send_task(task)
