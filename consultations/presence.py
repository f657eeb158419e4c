"""Who has the draft of an office open, and in which part: a note of seconds in Redis that may vanish (decisions.md 23).

One key for each person, so that two who beat at once cost each other nothing. Names and offices stay in PostgreSQL;
the value is the number of the part. A lost or silent Redis shows nobody, and costs a quarter of a second.
"""

from __future__ import annotations

from dataclasses import dataclass

import structlog
from django.core.cache import caches
from redis.exceptions import RedisError

from accounts.models import Member, User
from consultations.models import OfficeResponse

STAYS = 40  # seconds without a note until somebody has left; autosave.js sends one every 15
log = structlog.get_logger("presence")


@dataclass(frozen=True, kw_only=True)
class Presence:
    """A colleague who has the draft open; `part` is the key of the part they are in, or empty."""

    user_id: int
    name: str
    part: str


def note(response: OfficeResponse, user: User, part: str) -> bool:
    """Notes that somebody is there, for STAYS seconds; False where it could not be kept. An unknown part is none."""
    parts = response.round.sections
    try:
        caches["pages"].set(_key(response, user.pk), parts.index(part) + 1 if part in parts else 0, STAYS)
    except RedisError as error:
        return _silent(error)
    return True


def leave(response: OfficeResponse, user: User) -> bool:
    """Forgets somebody at once; False where Redis did not answer, and the note ends by itself."""
    try:
        caches["pages"].delete(_key(response, user.pk))
    except RedisError as error:
        return _silent(error)
    return True


def present(response: OfficeResponse, besides: User) -> list[Presence]:
    """The colleagues who are there now, by name; nobody where Redis does not answer. One query."""
    members = Member.objects.current().of_office(response.office_id).exclude(user=None).exclude(user=besides)
    colleagues = [(member.user_id or 0, member.name) for member in members.in_order()]
    try:
        found = caches["pages"].get_many([_key(response, user_id) for user_id, _ in colleagues])
    except RedisError as error:
        _silent(error)
        return []
    parts = ["", *response.round.sections]
    numbers = {user_id: found.get(_key(response, user_id), len(parts)) for user_id, _ in colleagues}
    return [
        Presence(user_id=user_id, name=name, part=parts[numbers[user_id]])
        for user_id, name in colleagues
        if numbers[user_id] < len(parts)
    ]


def _key(response: OfficeResponse, user_id: int) -> str:
    return f"present:{response.pk}:{user_id}"


def _silent(error: RedisError) -> bool:
    log.warning("presence", error=f"{type(error).__name__}: {error}"[:200])
    return False
