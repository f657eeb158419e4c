"""The database's clock.

Leases and due times run on it, so a host whose clock jumps sends nothing early (reminders.md 3.7).
"""

from django.db.models.functions import Now

__all__ = ["Now"]
