"""What the outbox owes, in words a test can compare."""

from datetime import datetime, timedelta

from notifications.message import Message
from notifications.models import Delivery


def queued() -> list[tuple[str, str, str, str]]:
    """(kind, purpose, address, language) of every mail that waits, in the order of the addresses."""
    rows = Delivery.objects.filter(state="queued", cancel_requested="").order_by("to_address", "created_at")
    return list(rows.values_list("kind", "purpose", "to_address", "language"))


def notice(key: str, to: str, now: datetime) -> Message:
    """An official mail about something."""
    return Message(
        key=key,
        subject_key="response:1",
        kind="official",
        to=to,
        language="en",
        subject="A reminder",
        text="Text",
        purpose="reminder",
        expires_at=now + timedelta(days=7),
    )
