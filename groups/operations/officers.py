"""Who presides over a group: Chair and Vice-Chairs (decisions.md 16)."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction

from accounts.deadlines import GENEVA
from accounts.models import Member, User
from accounts.operations import HasLeft
from groups import permissions
from groups.models import Group, Membership
from groups.operations.refusals import NotOfTheGroup, SeatIsForAnOffice
from groups.operations.terms import end_term, follow_on, lock_group
from groups.seating import mandate_from, seat_in

Role, Ending = Membership.Role, Membership.Ending


@transaction.atomic
def appoint_chair(
    *, group: Group, member: Member, by: User | None, now: datetime, term: date | None = None
) -> Membership:
    """Makes a member Chair until the Geneva day `term` (None: for a mandate of the kind); returns the new seat.

    The member's seat ends as "took up another role" and the Chair's follows it; a former Chair is a member again, until
    the day the mandate ends. For what a group has adopted (decisions.md 16): nobody is asked whether `by` may, and an
    office may hold one seat more for it. Raises HasLeft, and SeatIsForAnOffice for a guest.
    """
    lock_group(group=group)
    if member.until_on is not None:
        raise HasLeft
    if member.office_id is None:
        raise SeatIsForAnOffice
    others = Membership.objects.current().filter(group=group, role=Role.CHAIR).exclude(member=member)
    for former in others.select_related("group", "member"):
        _change_role(former, Role.MEMBER, former.mandate_ends_on, by, now)
    today = now.astimezone(GENEVA).date()
    ends_on = term or mandate_from(group, today)
    seat = seat_in(group, member)
    if seat is not None:
        return _change_role(seat, Role.CHAIR, ends_on, by, now)
    return Membership.objects.create(
        group=group, member=member, role=Role.CHAIR, since_on=today, mandate_ends_on=ends_on
    )


@transaction.atomic
def appoint_vice_chair(*, seat: Membership, by: User, now: datetime) -> Membership:
    """Makes a sitting member Vice-Chair for the rest of the mandate. Raises NotOfTheGroup, SeatIsOver."""
    if not permissions.can_appoint(by, seat):
        raise NotOfTheGroup
    return _change_role(seat, Role.VICE_CHAIR, seat.mandate_ends_on, by, now)


@transaction.atomic
def step_down(*, seat: Membership, by: User, now: datetime) -> Membership:
    """A Chair or a Vice-Chair is a member again, by the Secretariat or on one's own wish; returns the new seat.

    Raises NotOfTheGroup, SeatIsOver.
    """
    if not permissions.can_step_down(by, seat):
        raise NotOfTheGroup
    return _change_role(seat, Role.MEMBER, seat.mandate_ends_on, by, now)


def _change_role(
    seat: Membership, role: str, mandate_ends_on: date | None, by: User | None, now: datetime
) -> Membership:
    end_term(seat=seat, ending=Ending.OFFICE, by=by, now=now)
    return follow_on(seat=seat, member=seat.member, role=role, mandate_ends_on=mandate_ends_on, now=now)
