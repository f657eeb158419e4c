"""What people do with a seat: resign, pass it on, prolong it, end it (decisions.md 7)."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction

from accounts.deadlines import GENEVA
from accounts.models import Member, User
from accounts.operations import NotAuthorised, invite
from groups import permissions
from groups.emails.seats import seat_ended_message, seat_given_message, seat_key
from groups.models import Membership
from groups.operations.refusals import (
    EndingReasonMissing,
    MandateNotLonger,
    NotASuccessor,
    NotOfTheGroup,
    SeatIsOver,
    SeatTaken,
)
from groups.operations.terms import end_term, follow_on, lock_group
from groups.seating import concerned_by, prolongation_of, seat_in
from notifications import outbox

Role, Ending = Membership.Role, Membership.Ending


@transaction.atomic
def resign(*, seat: Membership, by: User, now: datetime) -> Membership:
    """Gives a seat up today (Geneva): the holder, or a focal point for the own office. The others concerned are told.

    Raises NotAuthorised, SeatIsOver.
    """
    if not permissions.can_resign(by, seat):
        raise NotAuthorised
    end_term(seat=seat, ending=Ending.RESIGNED, by=by, now=now)
    _tell(seat, by, now)
    return seat


@transaction.atomic
def succeed(*, seat: Membership, to: Member, by: User, now: datetime) -> Membership:
    """Passes a seat to a colleague, with its history and what is left of its mandate; returns the new one.

    An alternate of the group moves up. Chair and Vice-Chair are offices of a person: the successor is a member.
    Raises NotAuthorised, NotASuccessor, SeatTaken, SeatIsOver.
    """
    if not permissions.can_pass_on(by, seat):
        raise NotAuthorised
    lock_group(group=seat.group)
    colleague = Member.objects.current().exclude(office=None).filter(office=seat.member.office_id, pk=to.pk).first()
    if colleague is None or colleague.pk == seat.member_id:
        raise NotASuccessor
    role = Role.MEMBER if seat.is_officer else seat.role
    held = seat_in(seat.group, colleague)
    if held is not None:
        if held.role != Role.ALTERNATE or role == Role.ALTERNATE:
            raise SeatTaken
        end_term(seat=held, ending=Ending.OFFICE, by=by, now=now)
    end_term(seat=seat, ending=Ending.SUCCEEDED, by=by, now=now)
    fresh = follow_on(seat=seat, member=colleague, role=role, mandate_ends_on=seat.mandate_ends_on, now=now)
    if colleague.user is None:
        invite(member=colleague, by=None, now=now)
    outbox.queue(seat_given_message(fresh, now), now=now)
    return fresh


@transaction.atomic
def prolong(*, seat: Membership, until: date, by: User, now: datetime) -> Membership:
    """Moves the end of a mandate to a later Geneva day, at most one term of the kind; nobody prolongs the own seat.

    The office is warned again before the new end. Raises NotOfTheGroup, MandateNotLonger, SeatIsOver.
    """
    if not permissions.can_prolong(by, seat):
        raise NotOfTheGroup
    first, last = prolongation_of(seat, now.astimezone(GENEVA).date())
    if not first <= until <= last:
        raise MandateNotLonger(first, last)
    unchanged = Membership.objects.current().filter(pk=seat.pk, mandate_ends_on=seat.mandate_ends_on)
    if not unchanged.update(mandate_ends_on=until):
        raise SeatIsOver
    seat.mandate_ends_on = until
    outbox.cancel(seat_key(seat), "prolonged", now=now)
    return seat


@transaction.atomic
def end_seat(*, seat: Membership, reason: str, by: User, now: datetime) -> Membership:
    """Ends somebody's seat today (Geneva) with a reason, which the person and the office read.

    A Chair ends seats of members, the Secretariat also those of officers. Raises EndingReasonMissing, NotOfTheGroup,
    SeatIsOver.
    """
    if not reason.strip():
        raise EndingReasonMissing
    if not permissions.can_end(by, seat):
        raise NotOfTheGroup
    end_term(seat=seat, ending=Ending.REMOVED, by=by, now=now, reason=reason.strip())
    _tell(seat, by, now)
    return seat


def _tell(seat: Membership, by: User, now: datetime) -> None:
    """Those concerned hear that the seat has ended, but whoever ended it."""
    readers = [member for member in concerned_by(seat) if member.user_id != by.pk]
    outbox.queue_many([seat_ended_message(seat, member, now) for member in readers], now=now)
