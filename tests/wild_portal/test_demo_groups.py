"""What goes on in the two groups of the demonstration, at the size of the record, and that none of it owes a mail."""

from datetime import timedelta

import pytest

from accounts.models import Member, User
from consultations.models import OfficeResponse, Release
from consultations.operations import queue_due_reminders
from groups.discussions import PER_PAGE
from groups.models import Group, Membership, NextStep, Nomination, Post, Thread
from groups.operations.digests import queue_digests
from groups.operations.mandates import end_seats_of_leavers, lapse_seats, warn_of_lapsing_seats
from meetings.models import (
    ActionUpdate,
    AgreedPoint,
    Document,
    GroupReport,
    Participant,
    Session,
    SilenceProcedure,
)
from meetings.operations.group_meetings import queue_meeting_mail
from meetings.operations.silence import conclude_due_procedures, note_late_returns, queue_silence_mail
from meetings.silence import standing_of
from network.models import Question, QuestionAnswer
from notifications.models import Delivery
from tests.factories import NOW
from tests.wild_portal.demonstrating import SILENT, contacts_of, played

__all__ = ["played"]
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("played")]


def user_of(email: str) -> User:
    user = Member.objects.get(email=email).user
    assert user is not None
    return user


def stands(title: str) -> dict[str, int]:
    """How many offices stood how in a procedure."""
    return dict(standing_of(SilenceProcedure.objects.get(title=title)).counts)


# --- what is owed -----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("later", [timedelta(minutes=1), timedelta(days=1), timedelta(days=2)])
def test_the_clock_owes_the_17_reminders_and_nothing_of_the_groups(later: timedelta) -> None:
    now = NOW + later
    assert conclude_due_procedures(now=now) == lapse_seats(now=now) == end_seats_of_leavers(now=now) == 0
    assert warn_of_lapsing_seats(now=now) == queue_digests(now=now) == note_late_returns(now=now) == 0
    assert queue_silence_mail(now=now) == queue_meeting_mail(now=now) == 0
    queue_due_reminders(now=now)
    owed = Delivery.objects.living()
    assert sorted(owed.values_list("to_address", flat=True)) == contacts_of(SILENT)
    assert set(owed.values_list("purpose", "step")) == {("reminder", "14")}


def test_no_mail_is_said_to_have_been_sent() -> None:
    assert Delivery.objects.exclude(sent_at=None).count() == 0
    assert set(Delivery.objects.filter(reason=Delivery.PLAYED).values_list("state", "purpose")) == {
        ("cancelled", "silence")
    }


# --- seats ------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("slug", "guests"), [("cio-network", 0), ("ai-tools", 1)])
def test_each_group_has_the_size_that_was_reported(slug: str, guests: int) -> None:
    group = Group.objects.get(slug=slug)
    seats = Membership.objects.current().filter(group=group)
    sitting = seats.exclude(member__office=None)
    assert sitting.count() == sitting.values("member").distinct().count() == group.reported_members
    assert sitting.values("member__office").distinct().count() == group.reported_offices
    assert sitting.filter(member__office__is_demo=False).count() == 0
    assert seats.filter(member__office=None).count() == guests


def test_one_mandate_ends_soon_and_its_people_were_told() -> None:
    ending = Membership.objects.ending_by((NOW + timedelta(days=60)).date()).get()
    assert (ending.member.email, ending.warned_of_on) == ("alternate@qv.example", ending.mandate_ends_on)


def test_one_seat_passed_to_a_colleague() -> None:
    seat = Membership.objects.current().get(follows__ending="succeeded")
    assert seat.follows is not None
    assert (seat.follows.member.email, seat.member.email) == ("alternate@xh.example", "fola@xh.example")
    assert seat.member.user is not None


def test_nominations_wait_for_a_focal_point_for_the_secretariat_and_for_an_office() -> None:
    pending = Nomination.objects.pending()
    assert [str(each) for each in pending.awaiting_decision_of(user_of("ana@qm.example"))] == ["Diego Ejemplar"]
    assert [str(each) for each in pending.awaiting_answer()] == ["Camila Prueba"]
    assert sorted(pending.exclude(asked_by=None).values_list("office", flat=True)) == ["XG", "XM"]
    assert pending.exclude(letter=None).get().office_id == "XM"


# --- decisions --------------------------------------------------------------------------------------------------------
def test_the_chair_and_the_working_arrangements_were_adopted() -> None:
    adopted = SilenceProcedure.objects.filter(result="adopted").order_by("concluded_at")
    assert list(adopted.values_list("subject", "group__slug")) == [("chair", "ai-tools"), ("document", "ai-tools")]
    chair = Membership.objects.current().get(role="chair")
    assert (chair.member.email, chair.follows is not None) == ("chloe@qn.example", True)
    document = Document.objects.get(slug="working-arrangements-ai-tools")
    assert document.adopted_at == adopted[1].closes_at
    assert stands(adopted[1].title) == {"silent": 15}


def test_one_text_was_not_adopted_and_the_office_without_a_working_address_was_not_silent() -> None:
    assert SilenceProcedure.objects.get(result="broken").group.slug == "cio-network"
    assert stands("A yearly list of shared services") == {"silent": 18, "broke": 1, "not_reached": 1}


def test_a_chair_is_put_to_the_network_and_one_office_is_not_reached() -> None:
    running = SilenceProcedure.objects.running().get()
    standing = standing_of(running)
    assert (running.group.slug, running.subject) == ("cio-network", "chair")
    assert (standing.reached, standing.total, [office.code for office in standing.unreached]) == (19, 20, ["QO"])


def test_one_procedure_waits_for_a_second_person() -> None:
    waiting = SilenceProcedure.objects.get(released_at=None)
    assert (waiting.group.slug, waiting.prepared_by) == ("cio-network", user_of("staff@wild.example"))
    assert waiting.document == Document.objects.get(slug="working-arrangements-cio-network")


# --- meetings ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("slug", "yes", "no"), [("cio-network", 9, 1), ("ai-tools", 10, 2)])
def test_meetings_are_quarterly_two_were_held_and_the_next_is_answered(slug: str, yes: int, no: int) -> None:
    meetings = list(Session.objects.filter(kind=Session.Kind.GROUP, group__slug=slug).order_by("number"))
    past = [meeting for meeting in meetings if meeting.ends_at and meeting.ends_at < NOW]
    assert (len(past), len(meetings), len({meeting.series_id for meeting in meetings})) == (2, 4, 1)
    assert [meeting.told_sequence is None for meeting in meetings] == [False, False, False, True]
    answers = Participant.objects.filter(session=meetings[2])
    assert answers.filter(status="confirmed").count() == yes
    assert answers.filter(status="declined").count() == no
    assert meetings[2].starts_at is not None
    assert meetings[2].starts_at > NOW + timedelta(days=10)


def test_one_meeting_was_moved_and_told_again() -> None:
    moved = Session.objects.filter(kind=Session.Kind.GROUP, sequence__gt=0).get()
    assert (moved.group, moved.told_sequence) == (Group.objects.get(slug="cio-network"), 1)


def test_minutes_are_published_with_agreed_points_and_some_became_next_steps() -> None:
    published = Session.objects.filter(kind=Session.Kind.GROUP).exclude(minutes_published_at=None)
    assert published.count() == 3
    assert Document.objects.filter(kind=Document.Kind.MINUTES, session__in=published).count() == 3
    taken_up = AgreedPoint.objects.exclude(next_step=None).values_list("item__session__group__slug", flat=True)
    assert sorted(taken_up) == ["ai-tools", "ai-tools", "cio-network"]
    done = NextStep.objects.exclude(done_at=None).values_list("is_record", "done_by__email")
    assert list(done) == [(False, "chloe@qn.example")]
    assert Session.objects.get(group__slug="ai-tools", number=1).participants.filter(status="attended").count() == 17


# --- discussions ------------------------------------------------------------------------------------------------------
def test_one_discussion_fills_two_pages_and_ana_has_not_read_its_end() -> None:
    threads = Thread.objects.filter(group__slug="ai-tools")
    ana, chloe = Member.objects.get(email="ana@qm.example"), Member.objects.get(email="chloe@qn.example")
    rows = list(threads.for_list(ana).values_list("post_count", "unread_count"))
    assert rows == [(6, 3), (53, 4), (5, 0)]
    assert rows[1][0] > PER_PAGE
    assert [thread.unread_count for thread in threads.for_list(chloe)] == [0, 0, 0]


def test_posts_show_what_posts_can() -> None:
    inside = Post.objects.filter(thread__group__slug="ai-tools")
    assert [post.author.email for post in inside.exclude(hidden_at=None)] == ["gustav@industry.example"]
    assert [post.author.email for post in inside.exclude(edited_at=None)] == ["fola@xh.example"]
    assert [str(member) for post in inside for member in post.mentions.all()] == ["Ana Ejemplo"]
    assert inside.filter(files__isnull=False).count() == 3
    assert inside.filter(text__contains="|---|").count() == 1
    assert {"ar", "fr", "es"} <= set(inside.values_list("author__language", flat=True))
    assert Thread.objects.exclude(closed_at=None).get().group.slug == "ai-tools"
    assert Thread.objects.filter(group__slug="cio-network").count() == 3


# --- reports and questions --------------------------------------------------------------------------------------------
def test_one_report_is_approved_one_is_drafted_and_none_is_presented() -> None:
    reports = GroupReport.objects.order_by("group__slug")
    assert list(reports.values_list("group__slug", "approved_by__email", "document")) == [
        ("ai-tools", "chloe@qn.example", None),
        ("cio-network", None, None),
    ]
    assert "Members: 23. Offices they come from: 15." in reports[0].text


def test_the_record_of_the_sessions_is_as_it_was() -> None:
    assert Session.objects.filter(kind=Session.Kind.PLENARY, is_record=False).count() == 0
    assert Document.objects.filter(session__kind=Session.Kind.PLENARY, is_record=False).count() == 0
    assert ActionUpdate.objects.filter(is_record=False).count() == 0


def test_questions_are_summed_up_open_and_waiting() -> None:
    ended, is_open, waiting = Question.objects.order_by("round__opens_at")
    assert (ended.asked_by.email, ended.summary_published_at is None) == ("ana@qm.example", False)
    assert OfficeResponse.objects.filter(round=is_open.round).answered().get().office_id == "XA"
    assert is_open.round.is_open_at(NOW)
    assert QuestionAnswer.objects.count() == 6
    assert waiting.round.opened_at is None
    assert Release.objects.waiting().filter(round=waiting.round).count() == 1
