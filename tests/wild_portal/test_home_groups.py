"""What home says of groups: decisions one may object to, meetings to answer, questions back, and the Secretariat's."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import pytest
import time_machine
from django.test import Client

from accounts.models import Member
from accounts.operations import Person
from consultations.models import Release
from groups.models import Group, Membership, Nomination
from groups.operations.nominations import Wish, answer_question, ask_back, nominate
from meetings.models import GroupReport, Participant
from meetings.operations.group_meetings import answer_invitation, call_off_meeting, tell_members
from meetings.operations.silence import Change, break_silence, change_silence
from tests.factories import (
    NOW,
    CirculationFactory,
    GroupFactory,
    MembershipFactory,
    RoundFactory,
    SessionFactory,
    UserFactory,
)
from tests.meetings.deciding import crowd, group_of, opened, prepared
from tests.meetings.meeting import BEGINS, DURING, planned
from tests.pages import text_of
from tests.queries import assert_same_number_of_queries

ClientOf = Callable[[Member | None], Client]
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def stopped_clock(now: datetime) -> Iterator[time_machine.Traveller]:
    """Pages read the clock; here it stands."""
    with time_machine.travel(now, tick=False) as clock:
        yield clock


@pytest.fixture
def group(ana: Member, chloe: Member) -> Group:
    return group_of(ana, chloe)


def home(client: Client) -> str:
    return text_of(client.get("/"))


# --- decisions and meetings -------------------------------------------------------------------------------------------
def test_a_decision_stands_there_while_the_office_may_still_object(
    group: Group, ana: Member, bruno: Member, chloe: Member, staff: Member, staff2: Member, client_of: ClientOf
) -> None:
    procedure = opened(group, staff, staff2)
    page = home(client_of(ana))
    assert "Silence procedure · AI Tools Collaboration Group Ways of working" in page
    assert "No answer is awaited." in page
    assert f'href="/groups/ai-tools/decisions/{procedure.pk}/"' in client_of(ana).get("/").content.decode()
    assert "Ways of working" not in home(client_of(bruno))  # of the same office, and does not sit in the group
    break_silence(procedure=procedure, office=ana.office, reason="Too early.", by=ana.user, now=NOW)
    assert [("Ways of working" in home(client_of(who))) for who in (ana, chloe)] == [False, True]


def test_a_guest_is_asked_about_meetings_and_not_about_decisions(
    group: Group, gustav: Member, staff: Member, staff2: Member, client_of: ClientOf
) -> None:
    MembershipFactory(group=group, member=gustav, role=Membership.Role.GUEST)
    opened(group, staff, staff2)
    tell_members(session=planned(group, staff.user), by=staff.user, now=NOW)
    page = home(client_of(gustav))
    assert ("Fourth meeting" in page, "Ways of working" in page, "Questions to the network" in page) == (
        *(True, False),
        False,
    )


def test_a_meeting_waits_for_an_answer_from_the_invitation_until_it_begins(
    group: Group, ana: Member, staff: Member, client_of: ClientOf, stopped_clock: time_machine.Traveller
) -> None:
    meeting = planned(group, staff.user)
    rows = "Meeting · AI Tools Collaboration Group Fourth meeting Will you take part?"
    before = home(client_of(ana))
    assert (rows in before, "Fourth meeting AI Tools Collaboration Group" in before) == (False, True)  # a date to keep
    tell_members(session=meeting, by=staff.user, now=NOW)
    asked = home(client_of(ana))
    assert (rows in asked, "1 answer is awaited." in asked) == (True, True)
    stopped_clock.move_to(DURING)
    assert rows not in home(client_of(ana))
    stopped_clock.move_to(NOW)
    answer_invitation(session=meeting, member=ana, status=Participant.Status.DECLINED, now=NOW)
    answered = home(client_of(ana))
    assert (rows in answered, "Nothing is open for your office." in answered) == (False, True)
    call_off_meeting(session=meeting, reason="Nobody comes.", by=staff.user, now=NOW)
    assert "Fourth meeting" not in home(client_of(ana))


def test_rows_stand_by_deadline_and_the_first_that_is_awaited_has_the_solid_button(
    group: Group, ana: Member, staff: Member, staff2: Member, client_of: ClientOf
) -> None:
    opened(group, staff, staff2, closes_at=BEGINS - timedelta(hours=1))
    tell_members(session=planned(group, staff.user), by=staff.user, now=NOW)
    page = client_of(ana).get("/").content.decode()
    assert page.index("Ways of working") < page.index("Fourth meeting")
    assert page.count("btn-primary") == 1
    assert page.index("Read or object") < page.index("btn-primary") < page.index("Reply")


# --- nominations ------------------------------------------------------------------------------------------------------
def asked_back(ana: Member, staff: Member, number: int = 0) -> Nomination:
    person = Person(family_name=f"Modelo {number}", email=f"carla{number}@qm.example")
    nomination = nominate(office=ana.office, wish=Wish(person=person, role="contributor"), by=ana.user, now=NOW)
    return ask_back(nomination=nomination, question="Which unit is it?", by=staff.user, now=NOW)


def test_a_question_back_stands_first_for_focal_points_until_it_is_answered(
    ana: Member, bruno: Member, chloe: Member, staff: Member, client_of: ClientOf
) -> None:
    nomination = asked_back(ana, staff)
    page = home(client_of(ana))
    assert "Question of the Secretariat Modelo 0 Which unit is it?" in page
    assert "1 answer is awaited." in page
    assert [("Which unit is it?" in home(client_of(who))) for who in (bruno, chloe, staff)] == [False] * 3
    assert "Waits for the Secretariat" not in home(client_of(staff))
    answer_question(nomination=nomination, reply="Registers.", letter=None, by=ana.user, now=NOW)
    assert "Which unit is it?" not in home(client_of(ana))
    assert "Requests to join 1 person waits for a decision" in home(client_of(staff))


# --- the Secretariat --------------------------------------------------------------------------------------------------
def test_acts_for_a_second_person_wait_for_all_but_who_asked(
    group: Group, staff: Member, staff2: Member, client_of: ClientOf
) -> None:
    prepared(group, staff)
    crowd(group, 10)
    running = opened(group, staff, staff2, title="Second")
    change_silence(procedure=running, change=Change(reason="A mistake."), by=staff.user, now=NOW)
    round_ = CirculationFactory(round=RoundFactory(titles={"en": "Next steps"})).round
    Release.objects.create(round=round_, act="open", recipients=30, asked_by=staff2.user, asked_at=NOW)
    mine, theirs = home(client_of(staff)), home(client_of(staff2))
    words = ("Ways of working Silence procedure", "Withdraw it", "Second person Next steps Open")
    assert [each in mine for each in words] == [False, False, True]
    assert [each in theirs for each in words] == [True, True, False]


def test_a_report_that_the_chair_has_approved_waits_to_be_presented(
    group: Group, ana: Member, staff: Member, client_of: ClientOf
) -> None:
    session = SessionFactory(number=3, code="WILD/3")
    drafted = {"text": "Text", "drafted_at": NOW, "drafted_by": ana.user}
    report = GroupReport.objects.create(group=group, session=session, **drafted)
    assert "Approved by the Chair" not in home(client_of(staff))
    GroupReport.objects.filter(pk=report.pk).update(approved_at=NOW, approved_by=ana.user)
    assert "Approved by the Chair AI Tools Collaboration Group WILD/3" in home(client_of(staff))
    assert "Approved by the Chair" not in home(client_of(ana))


# --- links ------------------------------------------------------------------------------------------------------------
def test_questions_to_the_network_are_found_from_home_and_from_the_network(
    ana: Member, bruno: Member, gustav: Member, staff: Member, client_of: ClientOf
) -> None:
    network = GroupFactory(slug="cio-network", name="CIO Network", kind="cio_network")
    group_of(ana, gustav)
    MembershipFactory(group=network, member=ana)
    link = 'href="/questions/"'

    def shown(who: Member | None, url: str) -> bool:
        return link in client_of(who).get(url).content.decode()

    assert [shown(who, "/") for who in (ana, bruno, staff, gustav, None)] == [True, True, True, False, False]
    assert [shown(who, "/groups/cio-network/") for who in (ana, bruno, staff, gustav, None)] == [
        *(True, True, True),
        *(False, False),
    ]
    assert not shown(ana, "/groups/ai-tools/")


# --- queries ----------------------------------------------------------------------------------------------------------
def test_home_needs_the_same_queries_for_any_number_of_groups(
    ana: Member, staff: Member, staff2: Member, client_of: ClientOf
) -> None:
    def add(count: int) -> None:
        for _ in range(count):
            group = MembershipFactory(member=ana).group
            opened(group, staff, staff2)
            tell_members(session=planned(group, staff.user), by=staff.user, now=NOW)
            asked_back(ana, staff, Nomination.objects.count())

    assert_same_number_of_queries(client_of(ana), "/", add)


def test_home_of_the_secretariat_needs_the_same_queries_for_whatever_waits(
    group: Group, ana: Member, staff: Member, staff2: Member, client_of: ClientOf
) -> None:
    def add(count: int) -> None:
        for _ in range(count):
            prepared(group, staff2)
            round_ = CirculationFactory(round=RoundFactory(opened_at=NOW, opened_by=UserFactory(is_staff=True))).round
            Release.objects.create(round=round_, act="nudge", recipients=30, asked_by=staff2.user, asked_at=NOW)
            approved = {"approved_at": NOW, "approved_by": ana.user, "drafted_at": NOW, "drafted_by": ana.user}
            GroupReport.objects.create(group=group, session=SessionFactory(), text="Text", **approved)

    assert_same_number_of_queries(client_of(staff), "/", add)
