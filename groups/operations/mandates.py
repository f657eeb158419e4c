"""What the clock does with seats: it warns of mandates that end, and ends them on their day."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction
from django.db.models import F

from accounts.deadlines import GENEVA
from groups.emails.seats import seat_ended_message, seat_lapses_message
from groups.kinds import RULES
from groups.models import Membership
from groups.models.memberships import MembershipQuerySet
from groups.operations.terms import end_term
from groups.seating import concerned_by
from notifications import outbox


@transaction.atomic
def warn_of_lapsing_seats(*, now: datetime) -> int:
    """Tells holders and focal points that a mandate ends soon, once for each end; returns the number of mails.

    How long before is a rule of the kind of group.
    """
    today, count = now.astimezone(GENEVA).date(), 0
    for kind, rules in RULES.items():
        ending = Membership.objects.ending_by(today + rules.warned_before).filter(group__kind=kind)
        for seat in _in_full(ending.filter(mandate_ends_on__gte=today).exclude(warned_of_on=F("mandate_ends_on"))):
            count += _warn(seat, now)
    return count


@transaction.atomic
def lapse_seats(*, now: datetime) -> int:
    """Ends the seats whose mandate was over before today (Geneva), on its last day; returns how many.

    A clock that was away ends them late, on the same day. Holders and focal points are told.
    """
    yesterday = date.fromordinal(now.astimezone(GENEVA).date().toordinal() - 1)
    seats = _in_full(Membership.objects.ending_by(yesterday))
    for seat in seats:
        end_term(seat=seat, ending=Membership.Ending.LAPSED, by=None, now=now, on=seat.mandate_ends_on)
        outbox.queue_many([seat_ended_message(seat, member, now) for member in concerned_by(seat)], now=now)
    return len(seats)


@transaction.atomic
def end_seats_of_leavers(*, now: datetime) -> int:
    """Ends the seats of members who have left their office, on the day they left; returns how many."""
    seats = _in_full(Membership.objects.current().exclude(member__until_on=None))
    for seat in seats:
        end_term(seat=seat, ending=Membership.Ending.LEFT, by=None, now=now, on=seat.member.until_on)
    return len(seats)


def _in_full(seats: MembershipQuerySet) -> list[Membership]:
    """With group, member and office; another clock that looks at the same moment leaves these alone."""
    locked = seats.select_for_update(of=("self",), skip_locked=True)
    return list(locked.select_related("group", "member__office").order_by("pk"))


def _warn(seat: Membership, now: datetime) -> int:
    Membership.objects.filter(pk=seat.pk).update(warned_of_on=seat.mandate_ends_on)
    return outbox.queue_many([seat_lapses_message(seat, member, now) for member in concerned_by(seat)], now=now)
