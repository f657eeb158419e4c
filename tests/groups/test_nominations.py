"""Asking to join, nominating, and deciding about both."""

import threading
from datetime import date, datetime

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection

from accounts.models import Invitation, Member, Office
from accounts.operations import NotAuthorised, Person
from groups.models import Group, Membership, Nomination
from groups.operations.nominations import (
    Wish,
    accept_nomination,
    answer_question,
    ask_back,
    ask_to_join,
    decline_nomination,
    nominate,
    withdraw_nomination,
)
from groups.operations.refusals import (
    AlreadyDecided,
    AlreadyPending,
    AnotherPerson,
    NothingAsked,
    OfAnotherOffice,
    QuestionMissing,
    ReasonMissing,
    SeatsFull,
    SitsAlready,
)
from library.models import StoredFile
from library.refusals import FileRefused
from notifications.models import Delivery
from tests.accounts.mails import queued
from tests.factories import GroupFactory, MemberFactory, MembershipFactory, UserFactory

SECRETARIAT = ("official", "nomination", "secretariat@wild.example", "en")


def wish(**changes: object) -> Wish:
    person = {"family_name": "Modelo", "given_name": "Carla", "email": "Carla@QM.example", "language": "es"}
    wished = {name: changes.pop(name) for name in ("groups", "remark", "seat", "letter") if name in changes}
    return Wish(person=Person(**(person | changes)), role=Member.Role.CONTRIBUTOR, **wished)


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


def letter(name: str = "cv.txt", content: bytes = b"I work on registers.") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


def test_an_office_adds_a_letter_and_wishes_the_seat_of_an_alternate(
    ana: Member, network: Group, staff: Member, now: datetime
) -> None:
    wished = wish(groups=[network], seat="alternate", letter=letter())
    nomination = nominate(office=ana.office, wish=wished, by=ana.user, now=now)
    assert (nomination.seat, nomination.letter.name, nomination.letter.uploaded_by) == (
        "alternate",
        "cv.txt",
        ana.user,
    )
    accept_nomination(nomination=nomination, role="contributor", by=staff.user, now=now)
    assert Membership.objects.get().role == "alternate"


def test_a_letter_that_may_not_come_in_leaves_nothing_behind(ana: Member, now: datetime) -> None:
    with pytest.raises(FileRefused):
        nominate(office=ana.office, wish=wish(letter=letter("cv.docm")), by=ana.user, now=now)
    assert (Nomination.objects.count(), StoredFile.objects.count()) == (0, 0)


def test_who_sits_in_a_group_is_not_nominated_for_it(ana: Member, bruno: Member, network: Group, now: datetime) -> None:
    MembershipFactory(group=network, member=bruno)
    colleague = {"email": " BRUNO@qm.example", "family_name": "Mithal"}
    with pytest.raises(SitsAlready, match="has a seat in CIO Network already"):
        nominate(office=ana.office, wish=wish(groups=[network], **colleague), by=ana.user, now=now)
    assert nominate(office=ana.office, wish=wish(**colleague), by=ana.user, now=now).email == "bruno@qm.example"


def test_an_office_nominates_nobody_beyond_its_seats(ana: Member, network: Group, now: datetime) -> None:
    MembershipFactory.create_batch(3, group=network, member__office=ana.office)
    with pytest.raises(SeatsFull, match="has 3 seats in CIO Network"):
        nominate(office=ana.office, wish=wish(groups=[network]), by=ana.user, now=now)
    assert nominate(office=ana.office, wish=wish(groups=[network], seat="alternate"), by=ana.user, now=now).pk


def test_the_address_of_a_member_of_another_office_is_refused_but_for_the_secretariat(
    ana: Member, chloe: Member, gustav: Member, staff: Member, now: datetime
) -> None:
    for email in ("CHLOE@qn.example", gustav.email):
        with pytest.raises(OfAnotherOffice, match="a member of another office"):
            nominate(office=ana.office, wish=wish(email=email), by=ana.user, now=now)
    assert Nomination.objects.count() == 0
    assert nominate(office=ana.office, wish=wish(email=chloe.email), by=staff.user, now=now).email == chloe.email


def test_the_address_of_a_colleague_with_another_name_is_refused(ana: Member, bruno: Member, now: datetime) -> None:
    with pytest.raises(AnotherPerson, match="the address of Bruno Mithal of your office"):
        nominate(office=ana.office, wish=wish(email=bruno.email), by=ana.user, now=now)


# --- asking back ------------------------------------------------------------------------------------------------------
def test_the_secretariat_asks_back_and_the_office_answers(
    nominated: Nomination, ana: Member, bruno: Member, staff: Member, now: datetime
) -> None:
    second = MemberFactory(office=ana.office, role="alternate", email="zoe@qm.example", language="fr")
    ask_back(nomination=nominated, question=" Which <unit>? ", by=staff.user, now=now)
    assert (nominated.question, nominated.asked_back_by, nominated.awaits_answer) == ("Which <unit>?", staff.user, True)
    assert list(Nomination.objects.awaiting_answer()) == [nominated]
    assert queued() == [
        ("official", "nomination", ana.email, "en"),
        ("official", "nomination", second.email, "fr"),
    ]
    mail = Delivery.objects.get(to_address=ana.email)
    assert mail.subject == "A question about your nomination of Carla Modelo"
    assert ("Which <unit>?" in mail.text, "Which &lt;unit&gt;?" in mail.html) == (True, True)
    answer_question(nomination=nominated, reply=" Registers ", letter=None, by=ana.user, now=now)
    assert (nominated.reply, nominated.replied_by, nominated.awaits_answer) == ("Registers", ana.user, False)
    assert queued() == [SECRETARIAT]
    mail = Delivery.objects.get(to_address="secretariat@wild.example")
    assert mail.subject == "Meridia answers about the nomination of Carla Modelo"
    assert ("Registers" in mail.text, "Seat wished: Member" in mail.text) == (True, True)
    accept_nomination(nomination=nominated, role="contributor", by=staff.user, now=now)
    assert Membership.objects.count() == 1


def test_an_answer_may_bring_another_letter_and_a_second_question_may_follow(
    nominated: Nomination, ana: Member, staff: Member, now: datetime
) -> None:
    ask_back(nomination=nominated, question="A letter?", by=staff.user, now=now)
    answer_question(nomination=nominated, reply="Here", letter=letter(), by=ana.user, now=now)
    nominated.refresh_from_db()
    assert (nominated.letter.name, nominated.letter.sha256 != "") == ("cv.txt", True)
    ask_back(nomination=nominated, question="Signed?", by=staff.user, now=now)
    fresh = Nomination.objects.get()
    assert (fresh.question, fresh.reply, fresh.replied_at, fresh.replied_by) == ("Signed?", "", None, None)


def test_questions_and_answers_have_words_and_come_in_turn(
    nominated: Nomination, ana: Member, staff: Member, now: datetime
) -> None:
    with pytest.raises(NothingAsked, match="has changed in the meantime"):
        answer_question(nomination=nominated, reply="Yes", letter=None, by=ana.user, now=now)
    with pytest.raises(QuestionMissing, match="the other side reads it"):
        ask_back(nomination=nominated, question=" ", by=staff.user, now=now)
    ask_back(nomination=nominated, question="Who?", by=staff.user, now=now)
    with pytest.raises(NothingAsked):
        ask_back(nomination=nominated, question="Who again?", by=staff.user, now=now)
    with pytest.raises(QuestionMissing):
        answer_question(nomination=nominated, reply="", letter=None, by=ana.user, now=now)
    decline_nomination(nomination=nominated, reason="No answer", by=staff.user, now=now)
    with pytest.raises(NothingAsked):
        answer_question(nomination=nominated, reply="Late", letter=None, by=ana.user, now=now)


def test_only_the_secretariat_asks_and_only_the_office_answers(
    nominated: Nomination, ana: Member, bruno: Member, chloe: Member, staff: Member, now: datetime
) -> None:
    asked = ask_to_join(office=ana.office, wish=wish(email="other@qm.example"), now=now)
    for by, about in ((ana, nominated), (chloe, nominated), (staff, asked)):
        with pytest.raises(NotAuthorised):
            ask_back(nomination=about, question="Who?", by=by.user, now=now)
    ask_back(nomination=nominated, question="Who?", by=staff.user, now=now)
    for by in (bruno, chloe):
        with pytest.raises(NotAuthorised):
            answer_question(nomination=nominated, reply="Me", letter=None, by=by.user, now=now)


def test_a_chair_sees_what_offices_ask_for_the_own_group(
    nominated: Nomination, network: Group, chloe: Member, olga: Member, now: datetime
) -> None:
    MembershipFactory(group=network, member=chloe, role="vice_chair")
    MembershipFactory(group=network, member=olga)
    assert list(Nomination.objects.visible_to(chloe.user)) == [nominated]
    assert list(Nomination.objects.visible_to(olga.user)) == []


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
    assert seat.mandate_ends_on == date(2028, 11, 20)
    assert Invitation.objects.get().member == member
    assert queued() == [("official", "nomination", ana.email, "en"), ("secret", "invitation", member.email, "es")]
    assert "Your nomination of Carla Modelo for Meridia is accepted." in Delivery.objects.get(purpose="nomination").text


def test_a_colleague_who_is_nominated_keeps_the_role_and_is_told_of_the_seat(
    ana: Member, bruno: Member, staff: Member, network: Group, now: datetime
) -> None:
    colleague = {"email": bruno.email, "family_name": "MITHAL"}
    nomination = nominate(office=ana.office, wish=wish(groups=[network], **colleague), by=ana.user, now=now)
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
    colleague = {"email": bruno.email, "family_name": "MITHAL"}
    nomination = nominate(office=ana.office, wish=wish(groups=[network], **colleague), by=ana.user, now=now)
    Membership.objects.create(group=network, member=bruno, since_on=date(2026, 1, 1))
    accept_nomination(nomination=nomination, role="contributor", by=staff.user, now=now)
    assert Membership.objects.get().since_on == date(2026, 1, 1)
    plain = ask_to_join(office=ana.office, wish=wish(), now=now)
    accept_nomination(nomination=plain, role="contributor", by=ana.user, now=now)
    assert Nomination.objects.pending().count() == 0


def test_the_secretariat_nominates_and_accepts_without_writing_to_itself(
    staff: Member, meridia: Office, bruno: Member, now: datetime
) -> None:
    colleague = {"email": bruno.email, "family_name": "Mithal"}
    nomination = nominate(office=meridia, wish=wish(**colleague), by=staff.user, now=now)
    Delivery.objects.all().delete()
    accept_nomination(nomination=nomination, role="contributor", by=staff.user, now=now)
    assert queued() == []


def test_a_seat_beyond_those_of_the_office_is_not_given_and_nothing_is_half_done(
    nominated: Nomination, staff: Member, network: Group, now: datetime
) -> None:
    MembershipFactory.create_batch(3, group=network, member__office=nominated.office)
    with pytest.raises(SeatsFull):
        accept_nomination(nomination=nominated, role="contributor", by=staff.user, now=now)
    assert (Nomination.objects.get().decision, Member.objects.filter(email="carla@qm.example").count()) == ("", 0)
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
