"""What the clock does with seats: warnings, lapses, and seats of those who left."""

from datetime import UTC, date, datetime, timedelta

import pytest

from accounts.models import Member
from accounts.operations import mark_left
from groups import tasks
from groups.models import Group, Membership
from groups.operations.mandates import end_seats_of_leavers, lapse_seats, warn_of_lapsing_seats
from groups.operations.memberships import prolong
from notifications.models import Delivery
from tests.accounts.mails import queued
from tests.factories import GroupFactory, MemberFactory, MembershipFactory

pytestmark = pytest.mark.django_db
END = date(2027, 1, 19)  # sixty days after NOW


@pytest.fixture
def group(db: None) -> Group:
    return GroupFactory(slug="ai-tools", name="AI Tools Collaboration Group")


@pytest.fixture
def seat(group: Group, bruno: Member, ana: Member) -> Membership:
    """Bruno sits for Meridia, of which Ana is the focal point, until sixty days after NOW."""
    return MembershipFactory(group=group, member=bruno, mandate_ends_on=END)


def test_holder_and_focal_points_are_warned_sixty_days_before_the_end(
    seat: Membership, ana: Member, now: datetime
) -> None:
    assert warn_of_lapsing_seats(now=now - timedelta(days=1)) == 0
    assert warn_of_lapsing_seats(now=now) == 2
    assert queued() == [("official", "seat", ana.email, "en"), ("official", "seat", seat.member.email, "en")]
    mail = Delivery.objects.get(to_address=ana.email)
    assert mail.subject == "A mandate in AI Tools Collaboration Group ends on 19 January 2027"
    assert (
        "The mandate of Bruno Mithal for Meridia in AI Tools Collaboration Group ends on 19 January 2027." in mail.text
    )
    assert f"http://localhost:8000/groups/ai-tools/seats/{seat.pk}/" in mail.text


def test_each_end_is_told_once_and_a_later_end_again(seat: Membership, staff: Member, now: datetime) -> None:
    warn_of_lapsing_seats(now=now)
    assert [warn_of_lapsing_seats(now=now + timedelta(minutes=n)) for n in (1, 2)] == [0, 0]
    prolong(seat=seat, until=date(2027, 2, 1), by=staff.user, now=now)
    assert set(Delivery.objects.values_list("state", flat=True)) == {"cancelled"}
    assert warn_of_lapsing_seats(now=now + timedelta(days=20)) == 2


def test_a_focal_point_who_sits_is_told_once_and_a_guest_alone(
    group: Group, ana: Member, gustav: Member, now: datetime
) -> None:
    for member, role in ((ana, "member"), (gustav, "guest")):
        MembershipFactory(group=group, member=member, role=role, mandate_ends_on=END)
    assert warn_of_lapsing_seats(now=now) == 2
    assert [row[2] for row in queued()] == [ana.email, gustav.email]
    texts = {mail.to_address: mail.text for mail in Delivery.objects.all()}
    assert ("A focal point can pass" in texts[ana.email], "A focal point can pass" in texts[gustav.email]) == (
        True,
        False,
    )


def test_a_seat_lapses_after_its_last_day_and_those_concerned_are_told(seat: Membership, ana: Member) -> None:
    last_moment = datetime(2027, 1, 19, 22, 59, 59, tzinfo=UTC)  # 23:59:59 in Geneva
    assert lapse_seats(now=last_moment) == 0
    assert lapse_seats(now=last_moment + timedelta(seconds=1)) == 1
    ended = Membership.objects.get()
    assert (ended.ending, ended.until_on, ended.ended_by) == ("lapsed", END, None)
    assert [row[2] for row in queued()] == [ana.email, seat.member.email]
    assert "The mandate ended on 19 January 2027." in Delivery.objects.get(to_address=ana.email).text
    assert lapse_seats(now=last_moment + timedelta(days=1)) == 0


def test_a_clock_that_was_away_ends_the_seat_on_the_same_day_and_warns_no_more(seat: Membership, now: datetime) -> None:
    late = now + timedelta(days=400)
    assert (lapse_seats(now=late), Membership.objects.get().until_on, warn_of_lapsing_seats(now=late)) == (1, END, 0)


def test_an_end_passes_the_warning_that_still_waits(seat: Membership, now: datetime) -> None:
    warn_of_lapsing_seats(now=now)
    lapse_seats(now=now + timedelta(days=61))
    subjects = set(Delivery.objects.filter(state="queued").values_list("subject", flat=True))
    assert subjects == {
        "Your seat in AI Tools Collaboration Group has ended",
        "The seat of Bruno Mithal in AI Tools Collaboration Group has ended",
    }


def test_who_leaves_the_office_loses_the_seats_on_that_day(seat: Membership, ana: Member, now: datetime) -> None:
    later = now + timedelta(days=3)
    mark_left(member=seat.member, by=ana.user, now=now)
    assert end_seats_of_leavers(now=later) == 1
    ended = Membership.objects.get()
    assert (ended.ending, ended.until_on) == ("left", date(2026, 11, 20))
    assert end_seats_of_leavers(now=later) == 0


def test_a_seat_never_ends_before_it_began(group: Group, now: datetime) -> None:
    gone = MemberFactory(until_on=date(2025, 6, 1))
    MembershipFactory(group=group, member=gone, since_on=date(2026, 1, 1))
    end_seats_of_leavers(now=now)
    assert Membership.objects.get().until_on == date(2026, 1, 1)


def test_the_task_does_all_of_it(seat: Membership, group: Group) -> None:
    MembershipFactory(group=group, member=MemberFactory(until_on=date(2026, 1, 2)))
    MembershipFactory(group=group, mandate_ends_on=date(2026, 2, 1))
    Membership.objects.filter(pk=seat.pk).update(mandate_ends_on=datetime.now(UTC).date() + timedelta(days=30))
    tasks.keep_seats()
    endings = sorted(Membership.objects.values_list("ending", flat=True))
    assert (endings, Delivery.objects.filter(subject__startswith="A mandate").count()) == (["", "lapsed", "left"], 2)
