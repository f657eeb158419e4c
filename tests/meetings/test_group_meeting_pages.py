"""Pages of meetings of a group: who sees what, planning, editing, bad input."""

from __future__ import annotations

import pytest

from accounts.links import calendar_url
from accounts.models import Member
from groups.models import Group, Membership
from meetings.models import AgreedPoint, Participant, Session
from meetings.operations.group_meetings import call_off_meeting
from tests.factories import NOW, DocumentFactory, MembershipFactory
from tests.meetings.meeting import (
    AFTER,
    BEGINS,
    DURING,
    LATER,
    PAGE,
    at,
    crowd,
    ledger,
    planned,
)
from tests.meetings.visiting import NEW_HOURS, ONE, Clients, client_of, get, group, meeting, post, seen_on
from tests.pages import assert_absent, text_of, title_of
from tests.queries import assert_same_number_of_queries

__all__ = ["client_of", "group", "meeting"]
pytestmark = pytest.mark.django_db
NEW = NEW_HOURS | {"name": "Fifth meeting", "mode": "online", "rhythm": "0", "count": "4"}
DESK = ["new/", "1/edit/", "1/move/", "1/call-off/", "1/invite/", "1/attendance/", "1/minutes/"]
PAGES = ["", "1/", "1/meeting.ics", *DESK]


# --- who may ----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("page", PAGES)
def test_outside_the_group_there_are_no_meetings(
    meeting: Session, olga: Member, gustav: Member, client_of: Clients, page: str
) -> None:
    for member in (olga, gustav):
        assert_absent(client_of(member), PAGE + page, f"/groups/no-such-group/meetings/{page}")


@pytest.mark.parametrize("page", DESK)
def test_a_member_does_not_run_the_meeting(meeting: Session, ana: Member, client_of: Clients, page: str) -> None:
    client = client_of(ana)

    assert [get(client, PAGE + page).status_code, post(client, PAGE + page).status_code] == [403, 403]


def test_a_guest_sees_the_meetings_of_the_own_group_alone(
    group: Group, meeting: Session, gustav: Member, olga: Member, staff: Member, client_of: Clients
) -> None:
    MembershipFactory(group=group, member=gustav, role=Membership.Role.GUEST)
    client = client_of(gustav)

    assert "Fourth meeting" in text_of(get(client, PAGE))
    assert post(client, f"{ONE}reply/", status="confirmed").status_code == 302
    assert Participant.objects.get().member == gustav


def test_wrong_methods_are_refused(meeting: Session, staff: Member, client_of: Clients) -> None:
    client = client_of(staff)
    with at():
        assert [client.post(PAGE).status_code, client.post(ONE).status_code] == [405, 405]
        assert [client.get(f"{ONE}reply/").status_code, client.post(f"{ONE}meeting.ics").status_code] == [405, 405]
        assert [client.put(PAGE + page).status_code for page in DESK] == [405] * len(DESK)


# --- the list and the page --------------------------------------------------------------------------------------------
def test_the_list_tells_what_comes_and_what_was(
    group: Group, meeting: Session, ana: Member, client_of: Clients
) -> None:
    text = text_of(get(client_of(ana), PAGE))
    assert title_of(get(client_of(ana), PAGE)) == "Meetings"
    assert "Fourth meeting Thursday 3 December 2026, 14:00 Geneva time (10:00 in Santiago)" in text
    assert "No meeting has taken place in this portal." in text
    assert "No meeting is planned." in text_of(get(client_of(ana), PAGE, AFTER))


def test_a_member_finds_the_address_of_the_own_calendar_and_staff_without_a_seat_have_none(
    meeting: Session, ana: Member, staff: Member, client_of: Clients
) -> None:
    assert calendar_url(ana).encode() in get(client_of(ana), PAGE).content
    assert b"/calendar/" not in get(client_of(staff), PAGE).content


def test_the_page_shows_hours_agenda_documents_and_the_way_to_join(
    group: Group, meeting: Session, ana: Member, client_of: Clients
) -> None:
    mine = DocumentFactory(visibility="group", group=group, titles={"en": "Second draft"})
    hidden = DocumentFactory(visibility="staff", group=group, titles={"en": "Hidden draft"})
    meeting.agenda.get(order=1).documents.set([mine, hidden])
    page = get(client_of(ana), ONE)

    text = text_of(page)
    assert title_of(page) == "Fourth meeting"
    assert "Thursday 3 December 2026, 14:00 Geneva time (10:00 in Santiago)" in text
    assert "1 Working arrangements Second draft" in text
    assert "Hidden draft" not in text
    assert "0 persons take part. 0 do not. 2 have not answered." in text
    assert b"https://meet.example/wild" in page.content
    assert b"Run this meeting" not in page.content


def test_after_the_meeting_there_is_nothing_to_join(meeting: Session, ana: Member, client_of: Clients) -> None:
    assert b"meet.example" in get(client_of(ana), ONE, DURING).content
    assert b"meet.example" not in get(client_of(ana), ONE, AFTER).content


def test_answers_are_sent_changed_and_shown(meeting: Session, ana: Member, client_of: Clients) -> None:
    client = client_of(ana)
    answer = post(client, f"{ONE}reply/", status="confirmed")

    assert (answer.status_code, answer["Location"]) == (302, ONE)
    text = text_of(get(client, ONE))
    assert "1 person takes part. 0 do not. 1 has not answered." in text
    assert "Takes part Ana Ejemplo Meridia" in text
    post(client, f"{ONE}reply/", status="declined")
    assert Participant.objects.get().status == "declined"


def test_an_answer_after_the_beginning_is_refused_with_the_reason(
    meeting: Session, ana: Member, client_of: Clients
) -> None:
    answer = post(client_of(ana), f"{ONE}reply/", BEGINS, status="confirmed")

    assert answer.status_code == 409
    assert "Nothing was done. The meeting has begun. This was possible until its beginning." in text_of(answer)
    assert not Participant.objects.exists()
    Participant.objects.create(session=meeting, member=ana, status="confirmed")
    assert "The meeting has begun. Your answer: Takes part" in text_of(get(client_of(ana), ONE, DURING))


@pytest.mark.parametrize("status", ["", "attended", "maybe\x00", "x" * 10_000])
def test_an_answer_is_yes_or_no(meeting: Session, ana: Member, client_of: Clients, status: str) -> None:
    answer = post(client_of(ana), f"{ONE}reply/", status=status)

    assert answer.status_code == 200
    assert b'aria-invalid="true"' in answer.content
    assert not Participant.objects.exists()


def test_staff_without_a_seat_do_not_answer(meeting: Session, staff: Member, client_of: Clients) -> None:
    assert post(client_of(staff), f"{ONE}reply/", status="confirmed").status_code == 403


def test_a_meeting_called_off_says_why(meeting: Session, ana: Member, staff: Member, client_of: Clients) -> None:
    call_off_meeting(session=meeting, reason="The Chair is ill", by=staff.user, now=NOW)
    page = get(client_of(ana), ONE)

    assert "This meeting is called off. The Chair is ill" in text_of(page)
    assert b"meet.example" not in page.content
    assert b'name="status"' not in page.content


@pytest.mark.parametrize("number", ["987654321987", "0", "1e3", "１"])
def test_a_number_that_names_no_meeting_is_absent(
    meeting: Session, ana: Member, client_of: Clients, number: str
) -> None:
    assert get(client_of(ana), f"{PAGE}{number}/").status_code == 404


# --- planning ---------------------------------------------------------------------------------------------------------
def test_the_chair_plans_a_meeting(group: Group, chloe: Member, client_of: Clients) -> None:
    answer = post(client_of(chloe), f"{PAGE}new/", **NEW, agenda="Opening\r\n\r\n  Next   steps ")

    meeting = Session.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, ONE)
    assert (meeting.starts_at, meeting.ends_at) == (LATER.starts_at, LATER.ends_at)
    assert [item.title for item in meeting.agenda.all()] == ["Opening", "Next steps"]
    assert meeting.prepared_by == chloe.user
    assert ledger() == []


def test_a_series_is_planned_at_once(group: Group, staff: Member, client_of: Clients) -> None:
    answer = post(client_of(staff), f"{PAGE}new/", **NEW | {"rhythm": "3", "count": "3"})

    assert answer["Location"] == PAGE
    assert [f"{each.starts_at:%Y-%m-%d %H:%M}" for each in Session.objects.order_by("number")] == [
        "2026-12-08 13:00", "2027-03-09 13:00", "2027-06-08 12:00"
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"ends": "13:00"}, "The meeting must end after it begins."),
        ({"ends": "14:00"}, "The meeting must end after it begins."),
        ({"day": "2026-11-01"}, "This hour is over."),
        ({"day": "2031-11-01"}, "This day is more than three years away."),
        ({"day": "9999-12-31"}, "This day is more than three years away."),
        (
            {"day": "0001-01-01", "time_zone": "Asia/Tokyo", "begins": "00:00"},
            "This day is more than three years away.",
        ),
        ({"day": "2027-03-28", "begins": "02:30", "ends": "04:00"}, "this hour does not exist on this day"),
        ({"day": "2026-02-30"}, "Enter a valid date."),
        ({"begins": "25:61"}, "Enter a valid time."),
        ({"time_zone": "Moon/Tranquility"}, "Select a valid choice."),
        ({"join_url": "http://meet.example/"}, "The address to join begins with https://."),
        ({"join_url": "javascript:alert(1)"}, "Enter a valid URL."),
        ({"name": ""}, "This field is required."),
        ({"name": "a\x00b"}, "Null characters are not allowed."),
        ({"name": "x" * 201}, "Ensure this value has at most 200 characters"),
        ({"agenda": "\n".join("x" * 41)}, "At most 40 lines."),
        ({"agenda": "x" * 301}, "A line has at most 300 characters."),
        ({"rhythm": "3", "count": ""}, "Say how many meetings the series has."),
        ({"rhythm": "3", "count": "1e3"}, "Enter a whole number."),
        ({"rhythm": "5"}, "Select a valid choice."),
    ],
)
def test_what_cannot_be_is_said_at_the_field_and_nothing_is_planned(
    group: Group, chloe: Member, client_of: Clients, wrong: dict[str, str], said: str
) -> None:
    answer = post(client_of(chloe), f"{PAGE}new/", **NEW | wrong)

    assert answer.status_code == 200
    assert said in text_of(answer)
    assert not Session.objects.exists()


def test_a_series_that_meets_an_hour_that_does_not_exist_is_said_at_the_field(
    group: Group, chloe: Member, client_of: Clients
) -> None:
    wrong = {"day": "2027-02-28", "begins": "02:30", "ends": "04:00", "rhythm": "1", "count": "2"}
    answer = post(client_of(chloe), f"{PAGE}new/", **NEW | wrong)

    assert "this hour does not exist on this day" in text_of(answer)
    assert not Session.objects.exists()


# --- editing ----------------------------------------------------------------------------------------------------------
def rows(*items: dict[str, str]) -> dict[str, str]:
    """An agenda as its form sends it."""
    data = {"form-TOTAL_FORMS": str(len(items)), "form-INITIAL_FORMS": "0"}
    for number, item in enumerate(items):
        data |= {f"form-{number}-{name}": value for name, value in item.items()}
    return data


def test_name_address_and_agenda_are_edited(group: Group, meeting: Session, chloe: Member, client_of: Clients) -> None:
    document = DocumentFactory(visibility="group", group=group)
    first = meeting.agenda.get(order=1)
    client = client_of(chloe)
    page = get(client, f"{ONE}edit/")
    data = {"name": "Extra meeting", "mode": "hybrid", "venue": "Room A", "join_url": "https://other.example/"}
    agenda = rows(
        {"item": str(first.pk), "place": "2", "title": "Arrangements", "documents": str(document.pk)},
        {"place": "1", "title": "Opening", "explanation": "Welcome"},
        {"title": ""},
    )
    answer = post(client, f"{ONE}edit/", seen=seen_on(page), **data, **agenda)

    meeting.refresh_from_db()
    assert (answer.status_code, meeting.name, meeting.venue) == (302, "Extra meeting", "Room A")
    assert [(item.title, item.pk == first.pk) for item in meeting.agenda.all()] == [
        ("Opening", False), ("Arrangements", True)
    ]  # fmt: skip
    assert list(meeting.agenda.get(order=2).documents.all()) == [document]


def test_a_page_that_is_out_of_date_replaces_nothing(meeting: Session, chloe: Member, client_of: Clients) -> None:
    data = {"name": "Mine", "mode": "online", "seen": "0123456789abcdef"} | rows({"title": "Only mine"})
    answer = post(client_of(chloe), f"{ONE}edit/", **data)

    assert answer.status_code == 409
    assert "Somebody has changed this meeting since the page was shown." in text_of(answer)
    assert b"Only mine" in answer.content
    assert "What stands there now Fourth meeting , Online 1 Working arrangements" in text_of(answer)
    meeting.refresh_from_db()
    assert meeting.name == "Fourth meeting"


def test_documents_that_the_chair_may_not_read_stay_where_they_are(
    group: Group, meeting: Session, chloe: Member, client_of: Clients
) -> None:
    hidden = DocumentFactory(visibility="staff", group=group)
    item = meeting.agenda.get(order=1)
    item.documents.add(hidden)
    client = client_of(chloe)
    page = get(client, f"{ONE}edit/")
    agenda = rows({"item": str(item.pk), "title": "Renamed"})
    post(client, f"{ONE}edit/", seen=seen_on(page), name="Fourth meeting", mode="online", **agenda)

    assert [(each.title, list(each.documents.all())) for each in meeting.agenda.all()] == [("Renamed", [hidden])]


@pytest.mark.parametrize(
    ("agenda", "said"),
    [
        (rows({"explanation": "Of nothing"}), "Give the item a title."),
        (rows({"title": "x" * 301}), "at most 300 characters"),
        (rows({"title": "A", "place": "１e3"}), "Enter a whole number."),
        (rows(*[{"title": "A"}] * 41), "at most 40"),
        (rows({"title": "A\x00"}), "Null characters are not allowed."),
        ({}, "ManagementForm data is missing"),
    ],
)
def test_a_wrong_agenda_is_said_and_not_stored(
    meeting: Session, chloe: Member, client_of: Clients, agenda: dict[str, str], said: str
) -> None:
    answer = post(client_of(chloe), f"{ONE}edit/", name="Mine", mode="online", seen="x", **agenda)

    assert answer.status_code == 200
    assert said in text_of(answer)
    assert meeting.agenda.count() == 2


# --- queries ----------------------------------------------------------------------------------------------------------
def test_pages_need_as_many_queries_for_thirty_rows_as_for_one(
    group: Group, meeting: Session, chloe: Member, staff: Member, client_of: Clients
) -> None:
    def people(count: int) -> None:
        before = Membership.objects.count()
        crowd(group, count)
        for seat in Membership.objects.order_by("pk")[before:]:
            Participant.objects.create(
                session=meeting, member=seat.member, office=seat.member.office, status="confirmed"
            )

    def items(count: int) -> None:
        for _ in range(count):
            item = meeting.agenda.create(order=meeting.agenda.count() + 1, title="An item", minutes="Said")
            item.documents.add(DocumentFactory(visibility="group", group=group))
            AgreedPoint.objects.create(item=item, order=1, text="A point")

    def meetings(count: int) -> None:
        for _ in range(count):
            planned(group, staff.user)

    with at():
        client = client_of(chloe).client
        assert_same_number_of_queries(client, PAGE, meetings)
        assert_same_number_of_queries(client, ONE, people)
        assert_same_number_of_queries(client, f"{ONE}invite/", people)
    with at(AFTER):
        client = client_of(chloe).client
        assert_same_number_of_queries(client, f"{ONE}attendance/", people)
        assert_same_number_of_queries(client, ONE, items)
        assert_same_number_of_queries(client, f"{ONE}minutes/", items)
        assert_same_number_of_queries(client, f"{ONE}edit/", items)
