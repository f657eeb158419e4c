"""Industry specialists in a focus group (product.md, Groups)."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from accounts.models import Member, User
from accounts.operations import Person, add_member, invite
from groups import permissions
from groups.emails.seats import seat_given_message
from groups.models import Group, Membership
from groups.operations.refusals import AddressOfAMember, NoGuestsHere, NotOfTheGroup
from groups.operations.terms import lock_group, take_seat
from notifications import outbox


@transaction.atomic
def invite_guest(*, group: Group, person: Person, by: User, now: datetime) -> Membership:
    """Invites an industry specialist into a focus group: a guest, who sees that group and the public pages.

    Who is a guest already takes a seat in this group too. Raises NotOfTheGroup, NoGuestsHere, AddressOfAMember,
    SeatTaken.
    """
    if not permissions.can_run(by, group):
        raise NotOfTheGroup
    if not group.rules.has_guests:
        raise NoGuestsHere
    lock_group(group=group)
    there = Member.objects.current().filter(email__iexact=person.email.strip())
    if there.exclude(office=None).exists():
        raise AddressOfAMember
    guest = there.first() or add_member(
        office=None, person=person, role=Member.Role.GUEST, is_invited=False, by=None, now=now
    )
    seat = take_seat(group=group, member=guest, role=Membership.Role.GUEST, now=now)
    if guest.user is None:
        invite(member=guest, by=None, now=now)
    outbox.queue(seat_given_message(seat, now), now=now)
    return seat
