"""Whether mail about a round reaches an office: "not reached" is never silence (product.md, principle 4)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from operator import attrgetter, itemgetter
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Member
from consultations.models import OfficeResponse, Round
from consultations.schedule import recipients
from notifications.message import address_hash
from notifications.models import Delivery, Suppression

LOST = (Delivery.State.BOUNCED, Delivery.State.FAILED, Delivery.State.SUPPRESSED)
UNTRIED = (Delivery.State.CANCELLED, Delivery.State.SUPERSEDED, Delivery.State.EXPIRED)  # say nothing of an address


class Cause(models.TextChoices):
    """Why no mail reaches an office."""

    NOBODY = "nobody", _("nobody speaks for it")
    ADDRESSES = "addresses", _("no address works")
    LOST = "lost", _("every message came back or was refused")


@dataclass(frozen=True, kw_only=True)
class LastMail:
    """The newest step that was queued for an office: when (aware UTC), and numbers of messages by state."""

    step: str
    at: datetime
    states: Mapping[str, int]

    @property
    def days_before(self) -> int | None:
        """Days before closing for a reminder, None for a notice."""
        return int(self.step) if self.step.isdecimal() else None

    @property
    def ends(self) -> list[tuple[str, int]]:
        """The states in words with their numbers, in the order of the ledger."""
        return [(str(label), self.states[key]) for key, label in Delivery.State.choices if key in self.states]


@dataclass(frozen=True, kw_only=True)
class Reach:
    """What is known about the mail of one office; `cause` is empty while mail reaches it, for all that is known.

    `speaking` are those who would receive it, focal points first.
    """

    cause: str
    last: LastMail | None
    speaking: Sequence[Member] = ()


def reach(responses: Iterable[OfficeResponse]) -> dict[str, Reach]:
    """What is known about the mail of offices that were asked in a round, by their codes; three queries."""
    keys = {response.subject_key: response.office_id for response in responses}
    members = recipients(keys.values())
    dead = _dead_addresses(member for speaking in members.values() for member in speaking)
    mails = _mails(keys)
    return {
        code: Reach(
            cause=_cause(members.get(code, ()), dead, mails.get(key, ())),
            speaking=members.get(code, ()),
            last=_last(mails.get(key, ())),
        )
        for key, code in keys.items()
    }


def not_reached(round: Round) -> dict[str, str]:
    """The offices no mail about the round has reached, by code, with the Cause; four queries."""
    return {code: found.cause for code, found in reach(round.responses.all()).items() if found.cause}


def _dead_addresses(members: Iterable[Member]) -> set[str]:
    hashes = [address_hash(member.email) for member in members]
    live = Suppression.objects.live().filter(address_sha256__in=hashes)
    return set(live.values_list("address_sha256", flat=True))


def _mails(keys: Iterable[str]) -> dict[str, Sequence[Mapping[str, Any]]]:
    """Numbers of messages by subject, step and state; what a later step overtook before it left is no mail."""
    rows = (
        Delivery.objects.filter(subject_key__in=keys)
        .exclude(state=Delivery.State.SUPERSEDED)
        .order_by("subject_key", "step", "state")
        .values("subject_key", "step", "state")
        .annotate(number=models.Count("pk"), at=models.Max("created_at"))
    )
    return {key: list(found) for key, found in groupby(rows, itemgetter("subject_key"))}


def _cause(speaking: Sequence[Member], dead: set[str], mails: Sequence[Mapping[str, Any]]) -> str:
    if not speaking:
        return Cause.NOBODY
    if all(address_hash(member.email) in dead for member in speaking):
        return Cause.ADDRESSES
    tried = {mail["state"] for mail in mails} - set(UNTRIED)
    return Cause.LOST if tried and tried <= set(LOST) else ""


def _last(mails: Sequence[Mapping[str, Any]]) -> LastMail | None:
    steps = [
        LastMail(
            step=step,
            at=max(mail["at"] for mail in found),
            states={mail["state"]: mail["number"] for mail in found},
        )
        for step, group in groupby(mails, itemgetter("step"))
        for found in [list(group)]
    ]
    return max(steps, key=attrgetter("at"), default=None)
