"""Makes what is missing of the demonstration."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction

from accounts.models import Member
from accounts.operations import give_password
from consultations.models import Round
from notifications import outbox
from notifications.models import Delivery
from wild_portal.demo.arrangements import play_arrangements
from wild_portal.demo.cast import make_cast
from wild_portal.demo.data import demo
from wild_portal.demo.decisions import LONG_PAST
from wild_portal.demo.life import is_played, play_groups
from wild_portal.demo.next_steps import play_next_steps

STAGES = ("before", "open", "closed")
MEMBERS_FOR = timedelta(days=400)


@transaction.atomic
def seed(*, stage: str, number: int, now: datetime) -> int:
    """Makes what is missing of the demonstration and returns how many members were added; a second run adds nothing.

    `stage` is that of the circulation about the action items of WILD/1: before (it is prepared), open or closed;
    `number` varies the hours of the answers; `now` is aware UTC. Needs the record.
    """
    members = set(Member.objects.values_list("pk", flat=True))
    owed = set(Delivery.objects.living().values_list("pk", flat=True))
    cast = make_cast(now - MEMBERS_FOR)
    added = [member for member in cast.people.values() if member.pk not in members]
    give_password(users=[member.user for member in added if member.user], password=settings.DEMO_PASSWORD)
    if not _is_there("arrangements"):
        play_arrangements(cast, number, now)
    if not _is_there("next_steps"):
        play_next_steps(cast, stage, number, now)
    if not is_played():
        play_groups(cast, now)
    _end_mail_of_the_past(owed, now)
    return len(added)


def _is_there(name: str) -> bool:
    return Round.objects.filter(slug=demo()[name]["slug"]).exists()


def _end_mail_of_the_past(owed: Collection[Any], now: datetime) -> None:
    """Nothing that the past owed is sent now, nor missed: what is owed from `now` on is planned by the clock."""
    past = Delivery.objects.living().exclude(pk__in=owed)
    for subject_key in set(past.values_list("subject_key", flat=True)):
        outbox.cancel(subject_key, LONG_PAST, now=now)
