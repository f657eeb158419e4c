"""Asking to join, nominating, and deciding about both."""

import threading
from datetime import date, datetime

import pytest
from django.db import connection

from accounts.models import Invitation, Member, Office
from accounts.operations import NotAuthorised, Person
from groups.models import Group, Membership, Nomination
from groups.operations.nominations import (
    Wish,
    accept_nomination,
    ask_to_join,
    decline_nomination,
    nominate,
    withdraw_nomination,
)
from groups.operations.refusals import AlreadyDecided, AlreadyPending, ReasonMissing
from notifications.models import Delivery
from tests.accounts.mails import queued
from tests.factories import GroupFactory, MemberFactory, UserFactory

SECRETARIAT = ("official", "nomination", "secretariat@wild.example", "en")


def wish(**changes: object) -> Wish:
    person = {"family_name": "Modelo", "given_name": "Carla", "email": "Carla@QM.example", "language": "es"}
    groups, remark = changes.pop("groups", ()), changes.pop("remark", "")
    return Wish(person=Person(**(person | changes)), role=Member.Role.CONTRIBUTOR, groups=groups, remark=remark)


@pytest.fixture
def network(db: None) -> Group:
    return GroupFactory(slug="cio-network", name="CIO Network", kind="cio_network")


@pytest.fixture
def asked(ana: Member, network: Group, now: datetime) -> Nomination:
    """What a person asked of Meridia, with a group; its mails are left out."""
    nomination = ask_to_join(office=ana.office, wish=wish(groups=[network], remark="I work on registers."), now=now)
    Delivery.objects.all().delete()
    return nomination


@pytest.fixture
def nominated(ana: Member, network: Group, now: datetime) -> Nomination:
    """What Meridia nominated."""
    nomination = nominate(office=ana.office, wish=wish(groups=[network]), by=ana.user, now=now)
    Delivery.objects.all().delete()
    return nomination


# --- asking -----------------------------------------------------------------------------------------------------------
def test_a_request_reaches_the_focal_points_and_the_secretariat(
    ana: Member, bruno: Member, network: Group, now: datetime
) -> None:
    MemberFactory(office=ana.office, role="alternate")
    second = MemberFactory(office=ana.office, role="focal_point", email="second@qm.example", language="fr")
    nomination = ask_to_join(office=ana.office, wish=wish(groups=[network], remark="<b>"), now=now)
    assert (nomination.email, nomination.asked_by, nomination.asked_at, list(nomination.groups.all())) == (
        "carla@qm.example",
        None,
        now,
        [network],
    )
    assert queued() == [
        ("official", "nomination", ana.email, "en"),
        ("official", "nomination", second.email, "fr"),
        SECRETARIAT,
    ]
    mail = Delivery.objects.get(to_address=ana.email)
    assert mail.subject == "Carla Modelo asks to join WILD for Meridia"
    assert f"http://localhost:8000/join/requests/{nomination.pk}/" in mail.text
    assert ("Group wished: CIO Network" in mail.text, "&lt;b&gt;" in mail.html) == (True, True)
    assert "List-Unsubscribe" in mail.headers


def test_without_a_focal_point_the_secretariat_alone_is_asked(norland: Office, now: datetime) -> None:
    ask_to_join(office=norland, wish=wish(), now=now)
    assert queued() == [SECRETARIAT]


def test_a_known_member_is_told_so_by_mail_once_a_day_and_nothing_begins(ana: Member, now: datetime) -> None:
    for _ in range(2):
        assert ask_to_join(office=ana.office, wish=wish(email="ANA@qm.example"), now=now) is None
    assert (Nomination.objects.count(), queued()) == (0, [("official", "account", ana.email, "en")])
    assert "You are a member already" in Delivery.objects.get().text


def test_asking_twice_begins_once(asked: Nomination, ana: Member, norland: Office, now: datetime) -> None:
    assert ask_to_join(office=ana.office, wish=wish(given_name="Other"), now=now) is None
    assert (Nomination.objects.count(), queued()) == (1, [])
    assert ask_to_join(office=norland, wish=wish(), now=now) is not None


def test_who_was_declined_may_ask_again(asked: Nomination, ana: Member, now: datetime) -> None:
    decline_nomination(nomination=asked, reason="Not of this office", by=ana.user, now=now)
    assert ask_to_join(office=ana.office, wish=wish(), now=now).pk != asked.pk


# --- nominating -------------------------------------------------------------------------------------------------------
def test_a_focal_point_nominates_and_the_secretariat_is_asked(ana: Member, network: Group, now: datetime) -> None:
    nomination = nominate(office=ana.office, wish=wish(groups=[network]), by=ana.user, now=now)
    assert (nomination.asked_by, queued()) == (ana.user, [SECRETARIAT])
    assert Delivery.objects.get().subject == "Meridia nominates Carla Modelo"
    with pytest.raises(AlreadyPending, match="waits for a decision already"):
        nominate(office=ana.office, wish=wish(), by=ana.user, now=now)


def test_nobody_else_nominates(bruno: Member, chloe: Member, now: datetime) -> None:
    for by in (bruno.user, chloe.user):
        with pytest.raises(NotAuthorised):
            nominate(office=bruno.office, wish=wish(), by=by, now=now)
    assert Nomination.objects.count() == 0


# --- accepting --------------------------------------------------------------------------------------------------------
def test_a_focal_point_takes_a_person_in_and_the_groups_wait_for_the_secretariat(
    asked: Nomination, ana: Member, network: Group, now: datetime
) -> None:
    member = accept_nomination(nomination=asked, role=Member.Role.ALTERNATE, by=ana.user, now=now)
    assert (member.office, member.role, member.email, member.since_on) == (
        ana.office,
        "alternate",
        "carla@qm.example",
        date(2026, 11, 20),
    )
    asked.refresh_from_db()
    assert (asked.decision, asked.decided_by, asked.decided_at, asked.member) == ("accepted", ana.user, now, member)
    waiting = Nomination.objects.pending().get()
    assert (waiting.asked_by, list(waiting.groups.all()), waiting.remark) == (
        ana.user,
        [network],
        "I work on registers.",
    )
    assert Membership.objects.count() == 0
    assert queued() == [("secret", "invitation", "carla@qm.example", "es"), SECRETARIAT]


def test_the_secretariat_gives_the_seats_and_tells_the_nominator(
    nominated: Nomination, ana: Member, staff: Member, network: Group, now: datetime
) -> None:
    member = accept_nomination(nomination=nominated, role=Member.Role.CONTRIBUTOR, by=staff.user, now=now)
    seat = Membership.objects.get()
    assert (seat.group, seat.member, seat.role, seat.since_on) == (network, member, "member", date(2026, 11, 20))
    assert Invitation.objects.get().member == member
    assert queued() == [("official", "nomination", ana.email, "en"), ("secret", "invitation", member.email, "es")]
    assert "Your nomination of Carla Modelo for Meridia is accepted." in Delivery.objects.get(purpose="nomination").text


def test_a_colleague_who_is_nominated_keeps_the_role_and_is_told_of_the_seat(
    ana: Member, bruno: Member, staff: Member, network: Group, now: datetime
) -> None:
    nomination = nominate(office=ana.office, wish=wish(email=bruno.email, groups=[network]), by=ana.user, now=now)
    Delivery.objects.all().delete()
    member = accept_nomination(nomination=nomination, role=Member.Role.FOCAL_POINT, by=staff.user, now=now)
    assert (member, member.role, Membership.objects.get().member) == (bruno, "contributor", bruno)
    assert [row[2] for row in queued()] == [ana.email, bruno.email]
    assert "Ocupa un puesto en nombre de Meridia en los siguientes grupos:\nCIO Network" in Delivery.objects.get(
        to_address=bruno.email
    ).text.replace("\r", "")


def test_a_seat_somebody_has_stays_and_a_plain_request_needs_no_group(
    ana: Member, bruno: Member, staff: Member, network: Group, now: datetime
) -> None:
    nomination = nominate(office=ana.office, wish=wish(email=bruno.email, groups=[network]), by=ana.user, now=now)
    Membership.objects.create(group=network, member=bruno, since_on=date(2026, 1, 1))
    accept_nomination(nomination=nomination, role="contributor", by=staff.user, now=now)
    assert Membership.objects.get().since_on == date(2026, 1, 1)
    plain = ask_to_join(office=ana.office, wish=wish(), now=now)
    accept_nomination(nomination=plain, role="contributor", by=ana.user, now=now)
    assert Nomination.objects.pending().count() == 0


def test_the_secretariat_nominates_and_accepts_without_writing_to_itself(
    staff: Member, meridia: Office, bruno: Member, now: datetime
) -> None:
    nomination = nominate(office=meridia, wish=wish(email=bruno.email), by=staff.user, now=now)
    Delivery.objects.all().delete()
    accept_nomination(nomination=nomination, role="contributor", by=staff.user, now=now)
    assert queued() == []


def test_commands_decide_like_the_secretariat(nominated: Nomination, network: Group, now: datetime) -> None:
    member = accept_nomination(nomination=nominated, role="contributor", by=None, now=now)
    assert Membership.objects.get().member == member
    assert Nomination.objects.get().decided_by is None


@pytest.mark.parametrize(
    ("who", "may_asked", "may_nominated"),
    [("ana", True, False), ("bruno", False, False), ("chloe", False, False), ("staff", True, True)],
)
def test_who_decides_what(
    who: str,
    may_asked: bool,
    may_nominated: bool,
    asked: Nomination,
    ana: Member,
    bruno: Member,
    chloe: Member,
    staff: Member,
    now: datetime,
    request: pytest.FixtureRequest,
) -> None:
    by = request.getfixturevalue(who).user
    nominated = nominate(office=ana.office, wish=wish(email="d@qm.example"), by=ana.user, now=now)
    mine = set(Nomination.objects.pending().awaiting_decision_of(by))
    assert mine == ({asked} if may_asked else set()) | ({nominated} if may_nominated else set())
    for nomination, may in ((asked, may_asked), (nominated, may_nominated)):
        if not may:
            for decide in (
                lambda n: accept_nomination(nomination=n, role="contributor", by=by, now=now),
                lambda n: decline_nomination(nomination=n, reason="No", by=by, now=now),
            ):
                with pytest.raises(NotAuthorised):
                    decide(nomination)
    assert Nomination.objects.pending().count() == 2


@pytest.mark.django_db(transaction=True)
def test_of_two_who_accept_at_once_one_does(asked: Nomination, ana: Member, staff: Member, now: datetime) -> None:
    start, results = threading.Barrier(2), []

    def accept(by: object) -> None:
        start.wait()
        try:
            fresh = Nomination.objects.get(pk=asked.pk)
            results.append(accept_nomination(nomination=fresh, role="contributor", by=by, now=now).email)
        except AlreadyDecided:
            results.append("decided")
        finally:
            connection.close()

    threads = [threading.Thread(target=accept, args=(by,)) for by in (ana.user, staff.user)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == ["carla@qm.example", "decided"]
    assert Member.objects.filter(email="carla@qm.example").count() == 1


# --- declining, withdrawing -------------------------------------------------------------------------------------------
def test_declining_needs_a_reason_which_the_person_reads(asked: Nomination, ana: Member, now: datetime) -> None:
    with pytest.raises(ReasonMissing, match="the person who asked reads it"):
        decline_nomination(nomination=asked, reason="  ", by=ana.user, now=now)
    decline_nomination(nomination=asked, reason=" Not of <this> office ", by=ana.user, now=now)
    assert (asked.decision, asked.reason, asked.decided_by) == ("declined", "Not of <this> office", ana.user)
    assert queued() == [("official", "nomination", "carla@qm.example", "es")]
    mail = Delivery.objects.get()
    assert ("Not of <this> office" in mail.text, "Not of &lt;this&gt; office" in mail.html) == (True, True)
    assert Member.objects.filter(email="carla@qm.example").count() == 0


def test_a_declined_nomination_is_told_to_the_nominator_alone(
    nominated: Nomination, ana: Member, staff: Member, now: datetime
) -> None:
    decline_nomination(nomination=nominated, reason="All seats are taken", by=staff.user, now=now)
    assert queued() == [("official", "nomination", ana.email, "en")]
    assert "Your nomination of Carla Modelo for Meridia is declined" in Delivery.objects.get().text


def test_a_nominator_without_membership_is_told_at_the_login(meridia: Office, staff: Member, now: datetime) -> None:
    root = UserFactory(email="root@wild.example", is_staff=True, is_superuser=True)
    nomination = nominate(office=meridia, wish=wish(), by=root, now=now)
    decline_nomination(nomination=nomination, reason="No", by=staff.user, now=now)
    assert queued() == [("official", "nomination", "root@wild.example", "en")]


def test_an_office_withdraws_what_it_asked(nominated: Nomination, ana: Member, bruno: Member, now: datetime) -> None:
    with pytest.raises(NotAuthorised):
        withdraw_nomination(nomination=nominated, by=bruno.user, now=now)
    assert withdraw_nomination(nomination=nominated, by=ana.user, now=now).decision == "withdrawn"
    assert queued() == []


def test_a_request_of_a_person_is_not_the_offices_to_withdraw(asked: Nomination, ana: Member, now: datetime) -> None:
    with pytest.raises(NotAuthorised):
        withdraw_nomination(nomination=asked, by=ana.user, now=now)


def test_nothing_is_decided_twice(asked: Nomination, ana: Member, staff: Member, now: datetime) -> None:
    accept_nomination(nomination=asked, role="contributor", by=ana.user, now=now)
    for again in (
        lambda: accept_nomination(nomination=asked, role="contributor", by=staff.user, now=now),
        lambda: decline_nomination(nomination=asked, reason="No", by=staff.user, now=now),
    ):
        with pytest.raises(AlreadyDecided, match="decided in the meantime"):
            again()
    assert Nomination.objects.get(pk=asked.pk).decision == "accepted"


def test_a_decision_ends_the_mails_that_ask_for_it(ana: Member, now: datetime) -> None:
    nomination = ask_to_join(office=ana.office, wish=wish(), now=now)
    decline_nomination(nomination=nomination, reason="No", by=ana.user, now=now)
    states = dict(Delivery.objects.values_list("to_address", "state"))
    assert states == {ana.email: "cancelled", "secretariat@wild.example": "cancelled", "carla@qm.example": "queued"}
