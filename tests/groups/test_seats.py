"""Seats in a group."""

from datetime import UTC, date, datetime

import pytest

from accounts.models import Member
from groups.models import Membership
from groups.operations.refusals import SeatTaken
from groups.operations.terms import take_seat
from tests.factories import GroupFactory

pytestmark = pytest.mark.django_db
LATE = datetime(2026, 11, 20, 23, 30, tzinfo=UTC)  # the 21st in Geneva


def test_a_seat_is_held_from_the_geneva_day_on(ana: Member) -> None:
    seat = take_seat(group=GroupFactory(), member=ana, role=Membership.Role.CHAIR, now=LATE)
    assert (seat.member, seat.role, seat.since_on, seat.until_on) == (ana, "chair", date(2026, 11, 21), None)


def test_a_second_seat_in_the_same_group_is_refused(ana: Member) -> None:
    group = GroupFactory()
    take_seat(group=group, member=ana, role=Membership.Role.MEMBER, now=LATE)
    with pytest.raises(SeatTaken, match="has a seat in the group already"):
        take_seat(group=group, member=ana, role=Membership.Role.CHAIR, now=LATE)
    assert Membership.objects.count() == 1
