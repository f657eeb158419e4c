"""The database's clock.

Leases and due times run on it, so a host whose clock jumps sends nothing early (reminders.md 3.7).
"""

from django.db.models import DateTimeField, Func
from django.db.models.functions import Now

__all__ = ["ClockNow", "Now"]


class ClockNow(Func):
    """The moment the row is looked at, even after waiting for its lock; `Now` is the moment the statement began."""

    template = "CLOCK_TIMESTAMP()"
    arity = 0
    output_field = DateTimeField()
