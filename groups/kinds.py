"""What differs by kind of group; everything else is the same for all (architecture.md: not twins).

A new focus group is a row of `Group`, not a line here.
"""

from dataclasses import dataclass
from datetime import timedelta

from django.db import models
from django.utils.translation import gettext_lazy as _


class GroupKind(models.TextChoices):
    """The kinds of standing group."""

    CIO_NETWORK = "cio_network", _("Network")
    FOCUS_GROUP = "focus_group", _("Focus group")


@dataclass(frozen=True, kw_only=True)
class GroupRules:
    """What a kind allows. In every kind focal points nominate, all members read the roster, and seats read the rest.

    `seats` and `alternates` are the most an office may hold; `mandate` is how long a seat is given, in months;
    `minimum_silence` the shortest time a silence procedure runs; `warned_before` how long before the end of a mandate
    the office is told.
    """

    seats: int
    alternates: int
    has_guests: bool
    mandate: int
    minimum_silence: timedelta
    warned_before: timedelta = timedelta(days=60)


RULES = {
    GroupKind.CIO_NETWORK: GroupRules(
        seats=3, alternates=2, has_guests=False, mandate=24, minimum_silence=timedelta(days=14)
    ),
    GroupKind.FOCUS_GROUP: GroupRules(
        seats=3, alternates=2, has_guests=True, mandate=24, minimum_silence=timedelta(days=10)
    ),
}
