"""How patient the mailer is: the figures of reminders.md 3.9, and the one test profile of decisions.md 31."""

import random
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

_dice = random.SystemRandom()
MINUTE, HOUR = 60.0, 3600.0


@dataclass(frozen=True, kw_only=True)
class Profile:
    """Seconds, unless said otherwise.

    The lease is longer than a relay keeps an idle connection plus the longest answer: when it is over, nothing of that
    attempt can still happen.
    """

    lease: float = 15 * MINUTE
    claim: float = (
        5 * MINUTE
    )  # the lease before the body: until then nothing has happened, and a dead worker's come back
    batch: int = 25  # the most messages claimed at once
    hold: float = 1.0  # what a process has claimed and not begun by then goes back to the others
    connect: float = 10.0
    command: float = 30.0  # answer to one SMTP command, and the time the body may take
    answer: float = 120.0  # answer to the final dot; giving up early makes doubt
    loop: float = 5.0  # pause of `manage.py mailer` between rounds
    plan: float = MINUTE  # pause between two plans of `manage.py mailer`
    round: float = 20.0  # a round claims nothing after this; Celery's warm shutdown waits for it
    pauses: tuple[float, ...] = (MINUTE, 5 * MINUTE, 15 * MINUTE, HOUR, 2 * HOUR, 4 * HOUR, 8 * HOUR)
    attempts: int = 12  # after these a person decides
    crashes: int = 3
    breaker_after: int = 5  # failures of the channel in a row
    breaker_first: float = MINUTE
    breaker_longest: float = 7.5 * MINUTE  # fewer than 60 tries in six hours, and 10,000 mails out 10 minutes after

    @property
    def rest_of_talk(self) -> timedelta:
        """The longest that body, final dot and answer can take once the fence is passed."""
        return timedelta(seconds=self.command + self.answer)

    def pause(self, attempt: int) -> timedelta:
        """How long to wait after attempt number `attempt` (from 1), give or take a fifth; never less than the first.

        A grey list bans who comes back within a minute.
        """
        seconds = self.pauses[min(attempt, len(self.pauses)) - 1]
        return timedelta(seconds=max(seconds * _dice.uniform(0.8, 1.2), self.pauses[0]))

    def breaker_pause(self, failures: int) -> timedelta:
        """How long nothing is sent after this many failures of the channel in a row."""
        doublings = min(max(failures - self.breaker_after, 0), 10)
        return timedelta(seconds=min(self.breaker_first * 2**doublings, self.breaker_longest))


PROFILES = {
    "production": Profile(),
    "test": Profile(
        lease=5.0,
        claim=5.0,
        connect=1.0,
        command=1.0,
        answer=1.0,
        loop=0.2,
        plan=1.0,
        pauses=(0.2, 0.4, 0.8, 1.5),
        breaker_first=0.5,
        breaker_longest=2.0,
    ),
}


def profile() -> Profile:
    """The profile that MAIL_PROFILE names; raises ImproperlyConfigured for an unknown one."""
    try:
        return PROFILES[settings.MAIL_PROFILE]
    except KeyError:
        names = " or ".join(PROFILES)
        raise ImproperlyConfigured(f"MAIL_PROFILE is {settings.MAIL_PROFILE!r}; it must be {names}.") from None
