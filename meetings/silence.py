"""Silence procedures as pages, mails and the clock read them: who sits, who was reached, how each office stands."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from django.contrib.auth.models import AnonymousUser
from django.db.models import Exists, OuterRef

from accounts.models import Member, Office, User
from groups.models import Group, Membership
from meetings.emails_silence import notice_key, notice_subject
from meetings.models import Objection, SilenceEntry, SilenceProcedure
from meetings.models.decisions import SilenceProcedureQuerySet
from meetings.standing import Stand, Standing
from notifications.arrivals import arrived
from notifications.reminders import closing_day


def sitting(group: Group) -> list[Membership]:
    """The seats that speak for an office in the group now, by office; one query."""
    seats = Membership.objects.current().filter(group=group, role__in=Membership.SITTING_ROLES)
    present = seats.filter(member__until_on=None).exclude(member__office=None)
    return list(present.select_related("group", "member__office").order_by("member__office", "pk"))


def chair_of(group: Group) -> Member | None:
    """The Chair now, who reads objections beside the Secretariat."""
    seat = Membership.objects.current().filter(group=group, role=Membership.Role.CHAIR).select_related("member__office")
    return next((each.member for each in seat), None)


def offices_spoken_for(user: User | AnonymousUser, group: Group) -> list[Office]:
    """The offices for which this login sits in the group and so may object; guests sit for none. One query."""
    if not user.is_authenticated:
        return []
    offices = {seat.member.office_id: seat.member.office for seat in sitting(group) if seat.member.user_id == user.pk}
    return [office for office in offices.values() if office is not None]


def standings(procedures: Sequence[SilenceProcedure], seats: Iterable[Membership] | None = None) -> dict[int, Standing]:
    """How offices stand in procedures, by pk, as seats, objections and the mail ledger are now; three queries.

    Who has the seats of their groups at hand, those given up since today included, hands them over and saves one.

    An office is silent only where a notice of the present deadline to one of its sitting members has arrived. An office
    that objected counts as one that broke the silence, whoever sits for it later.
    """
    if seats is None:
        seats = _seats(procedures)
    keys = {key.rpartition(":")[0] for key in arrived(map(notice_subject, procedures))}
    objections = list(Objection.objects.filter(procedure__in=procedures).select_related("office"))
    return {each.pk: _standing(each, seats, keys, objections) for each in procedures}


def recorded(procedures: Sequence[SilenceProcedure]) -> dict[int, Standing]:
    """The same as it was recorded when they were concluded; one query."""
    entries = list(SilenceEntry.objects.filter(procedure__in=procedures).select_related("office"))
    return {
        each.pk: Standing(stands={row.office: row.stand for row in entries if row.procedure_id == each.pk})
        for each in procedures
    }


def standing_of(procedure: SilenceProcedure) -> Standing:
    """How the offices stand: as recorded once it is concluded, before that as of now."""
    found = recorded([procedure]) if procedure.concluded_at else standings([procedure])
    return found[procedure.pk]


def _seats(procedures: Iterable[SilenceProcedure]) -> list[Membership]:
    groups = {each.group_id for each in procedures}
    return list(Membership.objects.filter(group__in=groups).select_related("member__office"))


def _standing(
    procedure: SilenceProcedure, seats: Iterable[Membership], keys: set[str], objections: Iterable[Objection]
) -> Standing:
    day = closing_day(procedure.closes_at)
    found: dict[Office, str] = {}
    for seat in seats:
        office = seat.member.office
        if office is None or seat.group_id != procedure.group_id or not _counts_on(seat, day):
            continue
        if notice_key(procedure, seat.member) in keys:
            found[office] = Stand.SILENT
        else:
            found.setdefault(office, Stand.NOT_REACHED)
    broke = {each.office: Stand.BROKE for each in objections if each.procedure_id == procedure.pk}
    return Standing(stands=found | broke)


def _counts_on(seat: Membership, day: date) -> bool:
    """It speaks for an office, was taken before the Geneva day of closing and is held on it.

    So a seat taken or left on that day counts the same whether the clock runs on time or days later.
    """
    ends = (seat.until_on, seat.member.until_on)
    return seat.speaks and seat.since_on < day and all(end is None or end >= day for end in ends)


@dataclass(frozen=True, kw_only=True)
class OpenDecision:
    """A running procedure for the page of the group; `may_object` where the reader speaks for an office in it."""

    procedure: SilenceProcedure
    standing: Standing
    may_object: bool


def open_decisions(
    user: User | AnonymousUser, group: Group, seats: Sequence[Membership], now: datetime
) -> list[OpenDecision]:
    """What runs in a group for those who read inside it, the next to close first; three queries at most.

    `seats`: those of the group, given up today included, with member and office.
    """
    visible = SilenceProcedure.objects.visible_to(user).running().filter(group=group, closes_at__gt=now)
    running = list(visible.select_related("group", "candidate__office", "document").order_by("closes_at", "pk"))
    if not running:
        return []
    found = standings(running, seats)
    speaks = any(seat.member.user_id == user.pk and seat.speaks and seat.is_current for seat in seats)
    return [OpenDecision(procedure=each, standing=found[each.pk], may_object=speaks) for each in running]


def objectionable_to(member: Member, now: datetime) -> SilenceProcedureQuerySet:
    """What runs in the groups in which the member sits, while the member's office has not objected; by deadline."""
    seats = Membership.objects.current().filter(member=member, role__in=Membership.SITTING_ROLES)
    objected = Objection.objects.filter(procedure=OuterRef("pk"), office=member.office_id)
    running = SilenceProcedure.objects.running().filter(closes_at__gt=now, group__in=seats.values("group"))
    found = running.exclude(Exists(objected)).select_related("group", "candidate__office", "document")
    return found.order_by("closes_at", "pk")


class Phase(StrEnum):
    """Where a procedure stands, as its page says it."""

    PREPARED = "prepared"
    OPEN = "open"
    BROKEN = "broken"  # open, and at least one office has objected
    CLOSING = "closing"  # over, and the clock has not been there yet
    ADOPTED = "adopted"
    NOT_ADOPTED = "not_adopted"
    WITHDRAWN = "withdrawn"


def phase_of(procedure: SilenceProcedure, now: datetime, *, is_broken: bool) -> Phase:
    """Where a procedure stands at `now` (aware UTC)."""
    if procedure.withdrawn_at is not None:
        return Phase.WITHDRAWN
    if procedure.concluded_at is not None:
        return Phase.ADOPTED if procedure.result == SilenceProcedure.Result.ADOPTED else Phase.NOT_ADOPTED
    if procedure.released_at is None:
        return Phase.PREPARED
    if now >= procedure.closes_at:
        return Phase.CLOSING
    return Phase.BROKEN if is_broken else Phase.OPEN
