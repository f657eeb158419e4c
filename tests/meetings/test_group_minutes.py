"""After a meeting of a group: attendance, minutes, and what becomes of agreed points."""

from __future__ import annotations

from datetime import date

import pytest

from accounts.models import Member
from groups.models import NextStep
from meetings.models import ActionItem, AgreedPoint, Document, Participant, Session
from meetings.operations.group_meetings import ChangedMeanwhile, MeetingCalledOff, MinutesPublished, call_off_meeting
from meetings.operations.group_minutes import (
    MinutesOf,
    NothingWritten,
    NotYetBegun,
    PointIsTakenUp,
    TakenUpAlready,
    make_action_item,
    make_next_step,
    minutes_token,
    publish_minutes,
    take_attendance,
    write_minutes,
)
from tests.factories import NOW, ActionItemFactory, SessionFactory
from tests.meetings.meeting import AFTER, DURING, planned, seated

pytestmark = pytest.mark.django_db
ATTENDED, ASKED = Participant.Status.ATTENDED, Participant.Status.ASKED


@pytest.fixture
def session(ana: Member, chloe: Member, staff: Member) -> Session:
    """A meeting with two items."""
    return planned(seated(ana, chloe), staff.user)


def token(session: Session) -> str:
    return minutes_token(items=list(session.agenda.prefetch_related("agreed")))


def written(session: Session, *agreed: str, text: str = "We spoke.") -> Session:
    first = session.agenda.get(order=1)
    said = [MinutesOf(item=first.pk, text=text, agreed=agreed)]
    return write_minutes(session=session, minutes=said, seen=token(session), now=AFTER)


def points(session: Session) -> list[tuple[int, str]]:
    rows = AgreedPoint.objects.filter(item__session=session).order_by("order")
    return list(rows.values_list("order", "text"))


# --- attendance -------------------------------------------------------------------------------------------------------
def test_attendance_is_recorded_and_can_be_corrected(session: Session, ana: Member, chloe: Member) -> None:
    assert take_attendance(session=session, present=[ana, chloe], now=DURING) == 2
    assert take_attendance(session=session, present=[ana], now=AFTER) == 1

    found = {row.member: (row.status, row.office_id) for row in Participant.objects.all()}
    assert found == {ana: (ATTENDED, "QM"), chloe: (ASKED, "QN")}


def test_attendance_waits_for_the_meeting(session: Session, ana: Member) -> None:
    with pytest.raises(NotYetBegun) as raised:
        take_attendance(session=session, present=[ana], now=NOW)
    assert str(raised.value) == "This is possible once the meeting has begun."
    assert not Participant.objects.exists()


def test_nobody_attends_what_was_called_off(session: Session, ana: Member, staff: Member) -> None:
    call_off_meeting(session=session, reason="Holidays", by=staff.user, now=NOW)

    with pytest.raises(MeetingCalledOff):
        take_attendance(session=session, present=[ana], now=AFTER)


# --- minutes ----------------------------------------------------------------------------------------------------------
def test_minutes_are_written_by_item_with_agreed_points(session: Session) -> None:
    written(session, "Send a draft", "", "Meet in March")

    assert [item.minutes for item in session.agenda.all()] == ["We spoke.", ""]
    assert points(session) == [(1, "Send a draft"), (2, "Meet in March")]


def test_points_are_kept_reordered_and_taken_out(session: Session) -> None:
    written(session, "A", "B", "C")
    kept = AgreedPoint.objects.get(text="C").pk
    written(session, "C", "D", "A", "C")

    assert points(session) == [(1, "C"), (2, "D"), (3, "A")]
    assert AgreedPoint.objects.get(text="C").pk == kept


def test_a_point_that_was_taken_up_stays(session: Session) -> None:
    written(session, "A", "B")
    make_next_step(point=AgreedPoint.objects.get(text="A"), due_on=None, owner=None, now=AFTER)

    with pytest.raises(PointIsTakenUp) as raised:
        written(session, "B")
    assert "stays in the minutes as it is" in str(raised.value)
    written(session, "B", "A")
    assert points(session) == [(1, "B"), (2, "A")]


def test_minutes_over_somebody_elses_are_refused(session: Session) -> None:
    seen, item = token(session), session.agenda.get(order=1)
    written(session, text="Theirs")

    said = [MinutesOf(item=item.pk, text="Ours", agreed=[])]
    with pytest.raises(ChangedMeanwhile):
        write_minutes(session=session, minutes=said, seen=seen, now=AFTER)
    item.refresh_from_db()
    assert item.minutes == "Theirs"


def test_minutes_become_a_document_of_the_group(session: Session, ana: Member, chloe: Member, bruno: Member) -> None:
    written(session, "Send a draft")
    document = publish_minutes(session=session, by=chloe.user, now=AFTER)

    session.refresh_from_db()
    assert (session.minutes_published_at, session.minutes_published_by) == (AFTER, chloe.user)
    assert (document.kind, document.visibility, document.group, document.session) == (
        Document.Kind.MINUTES, Document.Visibility.GROUP, session.group, session
    )  # fmt: skip
    assert (document.slug, document.titles["en"]) == ("minutes-ai-tools-1", "Minutes: Fourth meeting")
    found = [(each.label, each.section, each.text) for each in document.passages.all()]
    assert found == [
        ("1", "1. Working arrangements", "We spoke."),
        ("1", "1. Working arrangements", "Send a draft"),
        ("2", "2. Meetings in 2027", ""),
    ]
    assert list(Document.objects.visible_to(ana.user)) == [document]
    assert list(Document.objects.visible_to(bruno.user)) == []


def test_published_minutes_stay_as_they_are(session: Session, staff: Member) -> None:
    written(session)
    publish_minutes(session=session, by=staff.user, now=AFTER)

    with pytest.raises(MinutesPublished) as raised:
        publish_minutes(session=session, by=staff.user, now=AFTER)
    with pytest.raises(MinutesPublished):
        written(session, text="Other")
    assert str(raised.value) == "The minutes of this meeting are published and stay as they are."
    assert Document.objects.count() == 1


def test_empty_minutes_are_not_published(session: Session, staff: Member) -> None:
    with pytest.raises(NothingWritten) as raised:
        publish_minutes(session=session, by=staff.user, now=AFTER)
    assert "Nothing is written yet" in str(raised.value)


# --- what becomes of a point ------------------------------------------------------------------------------------------
def test_a_point_becomes_a_next_step_once(session: Session, ana: Member) -> None:
    NextStep.objects.create(group=session.group, order=3, text="Earlier")
    written(session, "Send a draft")
    point = AgreedPoint.objects.get()
    step = make_next_step(point=point, due_on=date(2027, 1, 15), owner=ana, now=AFTER)

    assert (step.group, step.order, step.text) == (session.group, 4, "Send a draft")
    assert (step.due_on, step.owner) == (date(2027, 1, 15), ana)
    with pytest.raises(TakenUpAlready) as raised:
        make_next_step(point=point, due_on=None, owner=None, now=AFTER)
    assert "already" in str(raised.value)
    assert NextStep.objects.count() == 2


def test_a_point_becomes_an_action_item_under_the_next_letter(session: Session, staff: Member) -> None:
    plenary = SessionFactory(number=3, code="WILD/3")
    for letter in "abcdefghijklmnopqrstuvwxyz":
        ActionItemFactory(session=plenary, key=letter)
    written(session, "Share the list")
    point = AgreedPoint.objects.get()
    item = make_action_item(point=point, session=plenary, heading="List", by=staff.user, now=AFTER)

    assert (item.key, item.slug, item.official_text, item.heading) == ("aa", "WILD-3-aa", "Share the list", "List")
    assert (item.group, item.group_relation) == (session.group, ActionItem.GroupRelation.LEAD)
    update = item.updates.get()
    assert (update.status, update.happened_on, update.recorded_by) == ("proposed", date(2026, 12, 3), staff.user)
    assert update.source == "AI Tools Collaboration Group, Fourth meeting"
    with pytest.raises(TakenUpAlready):
        make_action_item(point=point, session=plenary, heading="List", by=staff.user, now=AFTER)
    with pytest.raises(TakenUpAlready):
        make_next_step(point=point, due_on=None, owner=None, now=AFTER)
    assert ActionItem.objects.filter(session=plenary).count() == 27
