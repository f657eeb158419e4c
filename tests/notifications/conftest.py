"""A relay to speak to, and messages to send."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from celery.signals import after_task_publish
from django.db import transaction
from django.utils import timezone

from notifications import delivery as machine
from notifications import outbox
from notifications.clock import Now
from notifications.message import Message
from notifications.models import Attempt, Delivery
from tests.notifications.sink import Sink, running


@pytest.fixture(autouse=True)
def hurried(settings: Any) -> None:
    """The test profile: short leases, short pauses."""
    settings.MAIL_PROFILE = "test"


@pytest.fixture
def sink(settings: Any) -> Iterator[Sink]:
    """A relay that accepts everything unless it is told otherwise."""
    with running() as sink:
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", sink.port
        yield sink


def message(to: str = "ana@qm.example", **fields: Any) -> Message:
    """A reminder to Ana that is true for a day."""
    values = {
        "key": f"response:1:v1:14:{to}",
        "subject_key": "response:1",
        "kind": "official",
        "to": to,
        "to_name": "Ana Ejemplo",
        "language": "en",
        "subject": "14 days left: position of Meridia",
        "text": "Your office has saved two of five answers.",
        "html": "<p>Your office has saved two of five answers.</p>",
        "purpose": "reminder",
        "step": "14",
        "expires_at": timezone.now() + timedelta(days=1),
    }
    return Message(**{**values, **fields})


@pytest.fixture
def owe(db: None) -> Callable[..., Delivery]:
    """Queues a message and gives its row."""

    def owe(to: str = "ana@qm.example", *, now: datetime | None = None, **fields: Any) -> Delivery:
        mail = message(to, **fields)
        with transaction.atomic():
            assert outbox.queue(mail, now=now or timezone.now())
        return Delivery.objects.get(key=mail.key)

    return owe


@pytest.fixture
def rings() -> Iterator[list[str]]:
    """The names of the tasks that were really given to the broker."""
    names: list[str] = []

    def note(sender: str, **_: object) -> None:
        names.append(sender)

    after_task_publish.connect(note)
    yield names
    after_task_publish.disconnect(note)


def work() -> bool:
    """One round."""
    return machine.work()


def fresh(delivery: Delivery) -> Delivery:
    return Delivery.objects.get(pk=delivery.pk)


def later(delivery: Delivery) -> None:
    """Lets the pause of a message pass."""
    Delivery.objects.filter(pk=delivery.pk).update(next_at=Now())


def abandon(delivery: Delivery) -> None:
    """What a worker leaves behind that was killed and whose lease is over."""
    Delivery.objects.filter(pk=delivery.pk).update(lease_until=Now() - timedelta(seconds=1))


def outcomes(delivery: Delivery) -> list[tuple[str, int | None]]:
    """Outcome and code of each attempt of a message, oldest first."""
    return list(Attempt.objects.filter(delivery=delivery).order_by("n").values_list("outcome", "smtp_code"))
