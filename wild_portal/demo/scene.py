"""One group on the day of seeding: who is in the cast, and which instant lies so many days back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from accounts.deadlines import GENEVA
from groups.models import Group
from notifications.reminders import closing_instant
from wild_portal.demo.acts import at
from wild_portal.demo.cast import Cast


@dataclass(frozen=True)
class Scene:
    """Days are counted backwards from the Geneva day of `now` (aware UTC); a day that lies ahead is negative."""

    group: Group
    cast: Cast
    now: datetime

    def day(self, ago: int) -> date:
        """The Geneva day."""
        return self.now.astimezone(GENEVA).date() - timedelta(days=ago)

    def ago(self, days: int, hour: int = 10, minute: int = 0) -> datetime:
        """An hour of that Geneva day."""
        return at(self.day(days), hour, minute)

    def end_of(self, ago: int) -> datetime:
        """The last instant of that Geneva day."""
        return closing_instant(self.day(ago))
