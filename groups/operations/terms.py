"""The terms of which a seat is made: one begins, one ends, one follows another (decisions.md 7).

Whoever calls has asked who may, and tells whom it concerns.
"""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction

from accounts.deadlines import GENEVA
from accounts.models import Member, User
from accounts.operations import HasLeft
from groups.emails.seats import seat_key
from groups.models import Group, Membership
from groups.operations.refusals import NoGuestsHere, SeatIsForAnOffice, SeatIsOver, SeatsFull, SeatTaken
from groups.seating import has_place, mandate_from, seat_in
from notifications import outbox


@transaction.atomic
def lock_group(*, group: Group) -> Group:
    """The group, locked: of two who give the last seat of an office at once, the second sees the first."""
    return Group.objects.select_for_update(no_key=True).get(pk=group.pk)


@transaction.atomic
def take_seat(
    *, group: Group, member: Member, role: str, now: datetime, mandate_ends_on: date | None = None
) -> Membership:
    """Gives a member a seat in a group from the Geneva day of `now` on, by default for the mandate of the kind.

    Raises SeatTaken, HasLeft, NoGuestsHere, SeatIsForAnOffice, SeatsFull.
    """
    lock_group(group=group)
    if seat_in(group, member):
        raise SeatTaken
    if member.until_on is not None:
        raise HasLeft
    if role == Membership.Role.GUEST and not group.rules.has_guests:
        raise NoGuestsHere
    if (role == Membership.Role.GUEST) != (member.office is None):
        raise SeatIsForAnOffice
    if member.office is not None and not has_place(group, member.office, role):
        raise SeatsFull(group, role)
    today = now.astimezone(GENEVA).date()
    ends_on = mandate_ends_on or mandate_from(group, today)
    return Membership.objects.create(group=group, member=member, role=role, since_on=today, mandate_ends_on=ends_on)


@transaction.atomic
def end_term(
    *, seat: Membership, ending: str, by: User | None, now: datetime, reason: str = "", on: date | None = None
) -> Membership:
    """Ends a term on a Geneva day, today where none is given; what was to be mailed about it is not. Raises SeatIsOver.

    `by` None is the clock.
    """
    day = max(on or now.astimezone(GENEVA).date(), seat.since_on)
    ended = {"until_on": day, "ending": ending, "ended_by": by, "ended_reason": reason}
    if not Membership.objects.current().filter(pk=seat.pk).update(**ended):
        raise SeatIsOver
    for name, value in ended.items():
        setattr(seat, name, value)
    outbox.cancel(seat_key(seat), ending, now=now)
    return seat


@transaction.atomic
def follow_on(
    *, seat: Membership, member: Member, role: str, mandate_ends_on: date | None, now: datetime
) -> Membership:
    """Begins the term that takes over from one that has ended, from today (Geneva) on."""
    today = now.astimezone(GENEVA).date()
    ends_on = None if mandate_ends_on is None else max(mandate_ends_on, today)
    return Membership.objects.create(
        group=seat.group, member=member, role=role, since_on=today, mandate_ends_on=ends_on, follows=seat
    )
