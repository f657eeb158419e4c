"""Pages after a meeting of a group: attendance, minutes, what became of what was agreed."""

from __future__ import annotations

import pytest

from accounts.models import Member
from groups.models import Group, Membership, NextStep
from meetings.models import ActionItem, AgreedPoint, Document, Participant, Session
from tests.factories import NOW, SessionFactory
from tests.meetings.meeting import (
    AFTER,
    PAGE,
    planned,
)
from tests.meetings.visiting import ONE, Clients, client_of, get, group, meeting, post, seen_on
from tests.pages import text_of

__all__ = ["client_of", "group", "meeting"]
pytestmark = pytest.mark.django_db


# --- afterwards -------------------------------------------------------------------------------------------------------
def test_attendance_is_taken_by_office(meeting: Session, ana: Member, chloe: Member, client_of: Clients) -> None:
    client = client_of(chloe)
    assert "once the meeting has begun" in text_of(get(client, f"{ONE}attendance/"))
    assert post(client, f"{ONE}attendance/", present=[ana.pk]).status_code == 409

    assert "Meridia QM Ana Ejemplo" in text_of(get(client, f"{ONE}attendance/", AFTER))
    assert post(client, f"{ONE}attendance/", AFTER, present=[ana.pk]).status_code == 302
    assert Participant.objects.get().status == "attended"
    page = text_of(get(client, ONE, AFTER))
    assert "1 person took part. Agenda" in page
    assert "Attendance Took part Ana Ejemplo Meridia" in page
    assert "Your answer You took part. 1 person took part." in text_of(get(client_of(ana), ONE, AFTER))


def test_attendance_of_a_stranger_is_refused(meeting: Session, chloe: Member, olga: Member, client_of: Clients) -> None:
    for present in ([olga.pk], ["x"], ["１\x00"]):
        answer = post(client_of(chloe), f"{ONE}attendance/", AFTER, present=present)
        assert (answer.status_code, b'aria-invalid="true"' in answer.content) == (200, True)
    assert not Participant.objects.exists()


def test_who_left_the_group_after_answering_can_have_taken_part(
    meeting: Session, ana: Member, chloe: Member, client_of: Clients
) -> None:
    post(client_of(ana), f"{ONE}reply/", status="confirmed")
    Membership.objects.filter(member=ana).update(until_on=NOW.date(), ending="resigned")

    assert "Ana Ejemplo" in text_of(get(client_of(chloe), f"{ONE}attendance/", AFTER))


def test_minutes_are_saved_published_and_shown(
    group: Group, meeting: Session, ana: Member, chloe: Member, client_of: Clients
) -> None:
    client = client_of(chloe)
    first = meeting.agenda.get(order=1)
    assert "once the meeting has begun" in text_of(get(client, f"{ONE}minutes/"))
    page = get(client, f"{ONE}minutes/", AFTER)
    said = {f"item{first.pk}-minutes": "We spoke.", f"item{first.pk}-agreed": "Send a draft\r\nMeet in March"}
    saved = post(client, f"{ONE}minutes/", AFTER, seen=seen_on(page), do="save", **said)
    assert (saved.status_code, Document.objects.count()) == (302, 0)
    assert "We spoke." not in text_of(get(client_of(ana), ONE, AFTER))

    page = get(client, f"{ONE}minutes/", AFTER)
    assert post(client, f"{ONE}minutes/", AFTER, seen=seen_on(page), do="publish", **said)["Location"] == ONE
    text = text_of(get(client_of(ana), ONE, AFTER))
    assert "We spoke. Agreed Send a draft Meet in March" in text
    assert "The minutes as a document" in text
    document = text_of(get(client_of(ana), "/documents/minutes-ai-tools-1/", AFTER))
    assert "We spoke." in document
    assert "Send a draft" in document
    assert "are published and stay as they are" in text_of(get(client, f"{ONE}minutes/", AFTER))


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("minutes", "x" * 20_001, "at most 20000 characters"),
        ("minutes", "a\x00b", "Null characters are not allowed."),
        ("agreed", "x" * 301, "A line has at most 300 characters."),
        ("agreed", "\n".join("x" * 31), "At most 30 lines."),
    ],
)
def test_wrong_minutes_are_said_and_not_stored(
    meeting: Session, chloe: Member, client_of: Clients, field: str, value: str, said: str
) -> None:
    client, first = client_of(chloe), meeting.agenda.get(order=1)
    page = get(client, f"{ONE}minutes/", AFTER)
    answer = post(client, f"{ONE}minutes/", AFTER, seen=seen_on(page), **{f"item{first.pk}-{field}": value})

    assert answer.status_code == 200
    assert said in text_of(answer)
    assert not AgreedPoint.objects.exists()


def test_minutes_from_a_page_that_is_out_of_date_are_kept_on_the_page(
    meeting: Session, chloe: Member, client_of: Clients
) -> None:
    first = meeting.agenda.get(order=1)
    said = {f"item{first.pk}-minutes": "Mine, and long"}
    answer = post(client_of(chloe), f"{ONE}minutes/", AFTER, seen="0", **said)

    assert (answer.status_code, b"Mine, and long" in answer.content) == (409, True)


def test_minutes_need_an_agenda(group: Group, chloe: Member, client_of: Clients) -> None:
    planned(group, chloe.user, agenda=[])

    assert "There is no agenda yet." in text_of(get(client_of(chloe), f"{ONE}minutes/", AFTER))


@pytest.fixture
def point(meeting: Session) -> AgreedPoint:
    """Something the meeting agreed."""
    return AgreedPoint.objects.create(item=meeting.agenda.get(order=1), order=1, text="Send a draft")


def test_the_chair_makes_a_point_a_next_step(
    group: Group, point: AgreedPoint, ana: Member, chloe: Member, client_of: Clients
) -> None:
    client, url = client_of(chloe), f"{ONE}points/{point.pk}/"
    assert "An action item of WILD" not in text_of(get(client, url, AFTER))
    assert post(client, url, AFTER, do="action", heading="A", session="1").status_code == 403

    assert post(client, url, AFTER, do="step", due_on="2027-01-15", owner=ana.pk).status_code == 302
    step = NextStep.objects.get()
    assert (step.text, step.owner, str(step.due_on)) == ("Send a draft", ana, "2027-01-15")
    assert "This point is a next step of the group." in text_of(get(client, url, AFTER))
    again = post(client, url, AFTER, do="step")
    assert (again.status_code, NextStep.objects.count()) == (409, 1)


def test_the_secretariat_makes_a_point_an_action_item(point: AgreedPoint, staff: Member, client_of: Clients) -> None:
    plenary = SessionFactory(number=3, code="WILD/3")
    url = f"{ONE}points/{point.pk}/"
    wrong = post(client_of(staff), url, AFTER, do="action", heading="", session="x")
    assert (wrong.status_code, ActionItem.objects.count()) == (200, 0)

    answer = post(client_of(staff), url, AFTER, do="action", heading="Draft", session=plenary.pk)
    assert answer["Location"] == "/actions/WILD-3-a/"
    assert "This point is an action item of WILD." in text_of(get(client_of(staff), url, AFTER))


def test_a_point_of_another_meeting_is_absent(
    group: Group, point: AgreedPoint, chloe: Member, client_of: Clients
) -> None:
    planned(group, chloe.user)

    assert get(client_of(chloe), f"{PAGE}2/points/{point.pk}/", AFTER).status_code == 404
