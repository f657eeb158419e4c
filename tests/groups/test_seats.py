"""Seats in a group: taken, resigned, passed on, prolonged and ended; Chair and Vice-Chair; guests."""

import threading
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection

from accounts.models import Invitation, Member, Office
from accounts.operations import HasLeft, NotAuthorised, Person
from groups.models import Group, Membership
from groups.operations.guests import invite_guest
from groups.operations.memberships import end_seat, prolong, resign, succeed
from groups.operations.officers import appoint_chair, appoint_vice_chair, step_down
from groups.operations.refusals import (
    AddressOfAMember,
    EndingReasonMissing,
    MandateNotLonger,
    NoGuestsHere,
    NotASuccessor,
    NotOfTheGroup,
    SeatIsForAnOffice,
    SeatIsOver,
    SeatsFull,
    SeatTaken,
)
from groups.operations.terms import take_seat
from groups.permissions import can_import, can_look_after_seats, can_run, chairs, seat_of
from groups.seating import terms_before
from notifications.models import Delivery
from tests.accounts.mails import queued
from tests.factories import GroupFactory, MemberFactory, MembershipFactory

pytestmark = pytest.mark.django_db
LATE = datetime(2026, 11, 20, 23, 30, tzinfo=UTC)  # the 21st in Geneva
TODAY = date(2026, 11, 20)
NEXT_YEAR = date(2027, 11, 20)


@pytest.fixture
def group(db: None) -> Group:
    return GroupFactory(slug="ai-tools", name="AI Tools Collaboration Group")


@pytest.fixture
def network(db: None) -> Group:
    return GroupFactory(slug="cio-network", name="CIO Network", kind="cio_network")


@pytest.fixture
def seat(group: Group, bruno: Member) -> Membership:
    """Bruno sits for Meridia."""
    return MembershipFactory(group=group, member=bruno, mandate_ends_on=NEXT_YEAR)


@pytest.fixture
def chair(group: Group, olga: Member) -> Member:
    """Olga of Belmora presides."""
    MembershipFactory(group=group, member=olga, role="chair", mandate_ends_on=NEXT_YEAR)
    return olga


def ended(seat: Membership) -> tuple[str, date | None, object, str]:
    """How a term ended, when, by whom, and why."""
    seat = Membership.objects.get(pk=seat.pk)
    return seat.ending, seat.until_on, seat.ended_by, seat.ended_reason


def someone(office: Office, **fields: object) -> Member:
    """A colleague."""
    return MemberFactory(office=office, **fields)


# --- taking a seat ----------------------------------------------------------------------------------------------------
def test_a_seat_is_held_from_the_geneva_day_on_for_the_mandate_of_the_kind(group: Group, ana: Member) -> None:
    seat = take_seat(group=group, member=ana, role="alternate", now=LATE)
    assert (seat.member, seat.role, seat.since_on, seat.mandate_ends_on, seat.until_on) == (
        ana,
        "alternate",
        date(2026, 11, 21),
        date(2028, 11, 21),
        None,
    )
    assert str(seat) == "Ana Ejemplo, AI Tools Collaboration Group"


def test_a_mandate_may_end_on_another_day(group: Group, ana: Member) -> None:
    seat = take_seat(group=group, member=ana, role="member", now=LATE, mandate_ends_on=NEXT_YEAR)
    assert seat.mandate_ends_on == NEXT_YEAR


def test_a_second_seat_in_the_same_group_is_refused(group: Group, ana: Member) -> None:
    take_seat(group=group, member=ana, role="member", now=LATE)
    with pytest.raises(SeatTaken, match="has a seat in the group already"):
        take_seat(group=group, member=ana, role="alternate", now=LATE)
    assert Membership.objects.count() == 1


def test_an_office_takes_three_seats_and_two_alternates(group: Group, meridia: Office, now: datetime) -> None:
    MembershipFactory(group=group, member=someone(meridia), role="chair")
    for role in ("member", "member", "alternate", "alternate"):
        take_seat(group=group, member=someone(meridia), role=role, now=now)
    with pytest.raises(SeatsFull, match="The office has 3 seats in AI Tools Collaboration Group, and no more"):
        take_seat(group=group, member=someone(meridia), role="member", now=now)
    with pytest.raises(SeatsFull, match="The office has 2 alternates in AI Tools Collaboration Group, and no more"):
        take_seat(group=group, member=someone(meridia), role="alternate", now=now)
    assert Membership.objects.current().count() == 5


def test_who_has_left_takes_no_seat(group: Group, meridia: Office, now: datetime) -> None:
    with pytest.raises(HasLeft):
        take_seat(group=group, member=someone(meridia, until_on=TODAY), role="member", now=now)


def test_guests_sit_as_guests_and_in_focus_groups_only(
    group: Group, network: Group, gustav: Member, ana: Member, now: datetime
) -> None:
    with pytest.raises(NoGuestsHere, match="focus groups only"):
        take_seat(group=network, member=gustav, role="guest", now=now)
    for member, role in ((gustav, "member"), (ana, "guest")):
        with pytest.raises(SeatIsForAnOffice, match="Only members of an office hold this seat"):
            take_seat(group=group, member=member, role=role, now=now)
    assert take_seat(group=group, member=gustav, role="guest", now=now).role == "guest"


@pytest.mark.django_db(transaction=True)
def test_of_two_who_take_the_last_seat_of_an_office_one_gets_it(group: Group, meridia: Office, now: datetime) -> None:
    for _ in range(2):
        MembershipFactory(group=group, member=someone(meridia))
    start, results = threading.Barrier(2), []

    def take(member: Member) -> None:
        start.wait()
        try:
            take_seat(group=group, member=member, role="member", now=now)
            results.append("seat")
        except SeatsFull:
            results.append("full")
        finally:
            connection.close()

    threads = [threading.Thread(target=take, args=(someone(meridia),)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (sorted(results), Membership.objects.current().count()) == (["full", "seat"], 3)


# --- who may ----------------------------------------------------------------------------------------------------------
def test_the_seat_of_a_login_says_what_it_may_do_in_the_group(
    group: Group, seat: Membership, chair: Member, gustav: Member, ana: Member, staff: Member
) -> None:
    MembershipFactory(group=group, member=gustav, role="guest")
    who = {"bruno": seat.member, "chair": chair, "guest": gustav, "focal point": ana, "staff": staff}
    found = {name: (chairs(m.user, group), can_run(m.user, group), can_import(m.user)) for name, m in who.items()}
    assert found == {
        "bruno": (False, False, False),
        "chair": (True, True, False),
        "guest": (False, False, False),
        "focal point": (False, False, False),
        "staff": (False, True, True),
    }
    assert seat_of(seat.member.user, group) == seat


def test_a_stranger_has_no_seat_and_runs_nothing(group: Group) -> None:
    stranger = type("Anonymous", (), {"is_authenticated": False, "is_staff": False})()
    assert (seat_of(stranger, group), can_run(stranger, group), can_import(stranger)) == (None, False, False)
    assert can_look_after_seats(stranger, group) is False
    assert Membership.objects.handled_by(stranger).count() == Group.objects.chaired_by(stranger).count() == 0


def test_of_two_offices_the_seat_with_more_to_say_counts(group: Group, seat: Membership, norland: Office) -> None:
    twice = MemberFactory(office=norland, user=seat.member.user, email=seat.member.email)
    chair = MembershipFactory(group=group, member=twice, role="chair")
    assert seat_of(seat.member.user, group) == chair


def test_who_has_left_the_office_sits_no_more_even_before_the_clock_ends_the_seat(
    group: Group, seat: Membership, norland: Office
) -> None:
    MemberFactory(office=norland, user=seat.member.user, email=seat.member.email)
    Member.objects.filter(pk=seat.member.pk).update(until_on=TODAY)
    assert seat_of(seat.member.user, group) is None
    assert list(Group.objects.open_inside_to(seat.member.user)) == []


# --- resigning --------------------------------------------------------------------------------------------------------
def test_a_member_gives_the_own_seat_up_and_the_focal_points_are_told(
    seat: Membership, ana: Member, now: datetime
) -> None:
    assert resign(seat=seat, by=seat.member.user, now=now) == seat
    assert ended(seat) == ("resigned", TODAY, seat.member.user, "")
    assert queued() == [("official", "seat", ana.email, "en")]
    mail = Delivery.objects.get()
    assert mail.subject == "The seat of Bruno Mithal in AI Tools Collaboration Group has ended"
    assert "The seat of Bruno Mithal for Meridia in AI Tools Collaboration Group has ended." in mail.text
    assert "You receive this as a focal point of Meridia." in mail.text


def test_a_focal_point_gives_a_seat_of_the_office_up_and_the_holder_is_told(
    seat: Membership, ana: Member, now: datetime
) -> None:
    resign(seat=seat, by=ana.user, now=now)
    assert queued() == [("official", "seat", seat.member.email, "en")]
    assert "Your seat in AI Tools Collaboration Group has ended." in Delivery.objects.get().text


def test_nobody_else_gives_a_seat_up(seat: Membership, chair: Member, chloe: Member, now: datetime) -> None:
    for by in (chair.user, chloe.user):
        with pytest.raises(NotAuthorised):
            resign(seat=seat, by=by, now=now)
    assert ended(seat) == ("", None, None, "")


def test_a_seat_ends_once(seat: Membership, now: datetime) -> None:
    resign(seat=seat, by=seat.member.user, now=now)
    again = Membership.objects.get(pk=seat.pk)
    with pytest.raises(SeatIsOver, match="has ended already"):
        resign(seat=again, by=seat.member.user, now=now + timedelta(days=1))
    assert ended(seat)[1] == TODAY


def test_a_seat_that_begins_today_may_end_today(group: Group, bruno: Member) -> None:
    seat = take_seat(group=group, member=bruno, role="member", now=LATE)
    resign(seat=seat, by=bruno.user, now=LATE - timedelta(days=2))  # a clock that was put back
    assert ended(seat)[1] == date(2026, 11, 21)


# --- passing on -------------------------------------------------------------------------------------------------------
def test_seat_history_and_mandate_stay_with_the_office(seat: Membership, ana: Member, now: datetime) -> None:
    newcomer = someone(ana.office, user=None, email="new@qm.example")
    fresh = succeed(seat=seat, to=newcomer, by=ana.user, now=now)
    assert ended(seat) == ("succeeded", TODAY, ana.user, "")
    assert (fresh.member, fresh.role, fresh.since_on, fresh.mandate_ends_on, fresh.follows) == (
        newcomer,
        "member",
        TODAY,
        NEXT_YEAR,
        seat,
    )
    assert terms_before(fresh) == [seat]
    assert Invitation.objects.get().member == newcomer
    assert sorted(row[:3] for row in queued()) == [
        ("official", "seat", "new@qm.example"),
        ("secret", "invitation", "new@qm.example"),
    ]
    text = Delivery.objects.get(purpose="seat").text
    assert "It passed to you from a colleague, with its history." in text
    assert "The mandate ends on 20 November 2027." in text


def test_a_seat_without_an_end_passes_on_without_one(group: Group, bruno: Member, ana: Member, now: datetime) -> None:
    seat = MembershipFactory(group=group, member=bruno)
    fresh = succeed(seat=seat, to=ana, by=ana.user, now=now)
    assert (fresh.mandate_ends_on, "The mandate ends" in Delivery.objects.get().text) == (None, False)


def test_an_alternate_moves_up_and_keeps_nothing_else(
    seat: Membership, group: Group, ana: Member, now: datetime
) -> None:
    second = someone(ana.office)
    alternate = MembershipFactory(group=group, member=second, role="alternate")
    fresh = succeed(seat=seat, to=second, by=ana.user, now=now)
    assert (fresh.role, ended(alternate)[0], Membership.objects.current().count()) == ("member", "office", 1)


def test_two_who_sit_do_not_follow_each_other(seat: Membership, group: Group, ana: Member, now: datetime) -> None:
    second, third = someone(ana.office), someone(ana.office)
    MembershipFactory(group=group, member=second)
    alternates = [MembershipFactory(group=group, member=m, role="alternate") for m in (third, someone(ana.office))]
    for passed, to in ((seat, second), (alternates[1], third), (alternates[1], second)):
        with pytest.raises(SeatTaken):
            succeed(seat=passed, to=to, by=ana.user, now=now)
    assert Membership.objects.current().count() == 4


def test_the_successor_of_a_chair_is_a_member(group: Group, chair: Member, now: datetime) -> None:
    seat = Membership.objects.get()
    assert succeed(seat=seat, to=someone(chair.office), by=chair.user, now=now).role == "member"


def test_a_seat_passes_to_a_colleague_only(
    seat: Membership, ana: Member, chloe: Member, gustav: Member, now: datetime
) -> None:
    gone = someone(ana.office, until_on=TODAY)
    for to in (chloe, gustav, seat.member, gone):
        with pytest.raises(NotASuccessor, match="another member of the same office"):
            succeed(seat=seat, to=to, by=ana.user, now=now)
    with pytest.raises(NotAuthorised):
        succeed(seat=seat, to=ana, by=seat.member.user, now=now)


def test_the_seat_of_a_guest_passes_to_nobody(group: Group, gustav: Member, staff: Member, now: datetime) -> None:
    seat = MembershipFactory(group=group, member=gustav, role="guest")
    with pytest.raises(NotAuthorised):
        succeed(seat=seat, to=staff, by=staff.user, now=now)


# --- prolonging and ending --------------------------------------------------------------------------------------------
def test_a_chair_prolongs_by_one_term_at_most(seat: Membership, chair: Member, now: datetime) -> None:
    for until in (NEXT_YEAR, date(2029, 11, 21)):
        with pytest.raises(MandateNotLonger, match="from 21 November 2027 to 20 November 2029"):
            prolong(seat=seat, until=until, by=chair.user, now=now)
    assert prolong(seat=seat, until=date(2029, 11, 20), by=chair.user, now=now) == seat
    assert Membership.objects.get(pk=seat.pk).mandate_ends_on == date(2029, 11, 20)


def test_nobody_prolongs_the_own_seat_but_the_secretariat_does(
    seat: Membership, chair: Member, staff: Member, ana: Member, now: datetime
) -> None:
    own = Membership.objects.get(member=chair)
    for held, by in ((own, chair), (seat, seat.member), (seat, ana)):
        with pytest.raises(NotOfTheGroup, match="Only the Chair of the group or the Secretariat"):
            prolong(seat=held, until=date(2028, 1, 1), by=by.user, now=now)
    assert prolong(seat=own, until=date(2028, 1, 1), by=staff.user, now=now).mandate_ends_on == date(2028, 1, 1)


def test_a_seat_that_ended_or_changed_in_the_meantime_is_not_prolonged(
    seat: Membership, staff: Member, now: datetime
) -> None:
    stale = Membership.objects.get(pk=seat.pk)
    prolong(seat=seat, until=date(2028, 1, 1), by=staff.user, now=now)
    with pytest.raises(SeatIsOver):
        prolong(seat=stale, until=date(2028, 2, 1), by=staff.user, now=now)


def test_a_chair_ends_a_seat_with_a_reason_that_person_and_office_read(
    seat: Membership, chair: Member, ana: Member, now: datetime
) -> None:
    with pytest.raises(EndingReasonMissing, match="the person and the office read it"):
        end_seat(seat=seat, reason="  ", by=chair.user, now=now)
    end_seat(seat=seat, reason=" Never <came> ", by=chair.user, now=now)
    assert ended(seat) == ("removed", TODAY, chair.user, "Never <came>")
    assert [row[2] for row in queued()] == [ana.email, seat.member.email]
    mail = Delivery.objects.get(to_address=ana.email)
    assert ("Never <came>" in mail.text, "Never &lt;came&gt;" in mail.html) == (True, True)


def test_who_ends_what(seat: Membership, chair: Member, ana: Member, staff: Member, now: datetime) -> None:
    office = Membership.objects.get(member=chair)
    for held, by in ((seat, ana), (seat, seat.member), (office, chair)):
        with pytest.raises(NotOfTheGroup):
            end_seat(seat=held, reason="No", by=by.user, now=now)
    end_seat(seat=office, reason="Asked for", by=staff.user, now=now)
    assert ended(office)[0] == "removed"


# --- officers ---------------------------------------------------------------------------------------------------------
def test_a_chair_follows_on_the_own_seat_and_the_former_one_is_a_member_again(
    seat: Membership, chair: Member, group: Group, now: datetime
) -> None:
    former = Membership.objects.get(member=chair)
    term = date(2029, 3, 1)
    fresh = appoint_chair(group=group, member=seat.member, by=None, now=now, term=term)
    assert (fresh.role, fresh.follows, fresh.mandate_ends_on, fresh.since_on) == ("chair", seat, term, TODAY)
    assert (ended(seat), ended(former)) == (("office", TODAY, None, ""), ("office", TODAY, None, ""))
    again = Membership.objects.current().get(member=chair)
    assert (again.role, again.follows, again.mandate_ends_on) == ("member", former, NEXT_YEAR)


def test_a_chair_may_come_from_outside_and_be_confirmed_again(group: Group, ana: Member, now: datetime) -> None:
    first = appoint_chair(group=group, member=ana, by=None, now=now)
    assert (first.role, first.follows, first.mandate_ends_on) == ("chair", None, date(2028, 11, 20))
    second = appoint_chair(group=group, member=ana, by=None, now=now + timedelta(days=100))
    assert (second.follows, Membership.objects.current().get()) == (first, second)


def test_a_guest_and_somebody_who_left_do_not_preside(
    group: Group, gustav: Member, meridia: Office, now: datetime
) -> None:
    with pytest.raises(SeatIsForAnOffice):
        appoint_chair(group=group, member=gustav, by=None, now=now)
    with pytest.raises(HasLeft):
        appoint_chair(group=group, member=someone(meridia, until_on=TODAY), by=None, now=now)


def test_the_secretariat_makes_a_vice_chair_who_may_step_down(
    seat: Membership, chair: Member, staff: Member, now: datetime
) -> None:
    with pytest.raises(NotOfTheGroup):
        appoint_vice_chair(seat=seat, by=chair.user, now=now)
    vice = appoint_vice_chair(seat=seat, by=staff.user, now=now)
    assert (vice.role, vice.mandate_ends_on) == ("vice_chair", NEXT_YEAR)
    for held, by in ((vice, chair), (seat, seat.member)):
        with pytest.raises(NotOfTheGroup):
            step_down(seat=held, by=by.user, now=now)
    assert step_down(seat=vice, by=seat.member.user, now=now).role == "member"
    presides = Membership.objects.current().get(role="chair")
    assert step_down(seat=presides, by=staff.user, now=now).role == "member"


def test_an_overdue_mandate_is_not_carried_into_the_past(seat: Membership, staff: Member) -> None:
    late = datetime(2027, 12, 1, 9, tzinfo=UTC)
    assert appoint_vice_chair(seat=seat, by=staff.user, now=late).mandate_ends_on == date(2027, 12, 1)


# --- guests -----------------------------------------------------------------------------------------------------------
NOVA = Person(family_name="Nova", given_name="Gerda", email="Gerda@Industry.example", language="fr")


def test_a_chair_invites_a_guest_who_is_told_what_they_see(group: Group, chair: Member, now: datetime) -> None:
    seat = invite_guest(group=group, person=NOVA, by=chair.user, now=now)
    guest = seat.member
    assert (guest.office, guest.role, guest.email, seat.role) == (None, "guest", "gerda@industry.example", "guest")
    assert Invitation.objects.get().member == guest
    assert sorted(row[:2] for row in queued()) == [("official", "seat"), ("secret", "invitation")]
    with pytest.raises(SeatTaken):
        invite_guest(group=group, person=NOVA, by=chair.user, now=now)


def test_a_guest_of_one_group_takes_a_seat_in_another(
    group: Group, gustav: Member, staff: Member, now: datetime
) -> None:
    person = Person(family_name="Beispiel", email=" GUSTAV@industry.example ")
    seat = invite_guest(group=group, person=person, by=staff.user, now=now)
    assert (seat.member, Member.objects.filter(role="guest").count(), Invitation.objects.count()) == (gustav, 1, 0)
    assert "You are invited to AI Tools Collaboration Group as a guest." in Delivery.objects.get().text


def test_guests_are_not_invited_elsewhere_by_others_or_from_an_office(
    group: Group, network: Group, ana: Member, staff: Member, now: datetime
) -> None:
    with pytest.raises(NotOfTheGroup):
        invite_guest(group=group, person=NOVA, by=ana.user, now=now)
    with pytest.raises(NoGuestsHere):
        invite_guest(group=network, person=NOVA, by=staff.user, now=now)
    with pytest.raises(AddressOfAMember, match="The office nominates its members"):
        invite_guest(group=group, person=Person(family_name="X", email="ana@qm.example"), by=staff.user, now=now)
    assert (Member.objects.filter(role="guest").count(), Membership.objects.count()) == (0, 0)
