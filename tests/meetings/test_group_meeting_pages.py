"""Pages of meetings of a group: who sees what, the acts, bad input, calendar files."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from icalendar import Calendar

from accounts.links import calendar_url, hand_over_url
from accounts.models import Member
from groups.models import Group, Membership, NextStep
from meetings.models import ActionItem, AgreedPoint, Document, Participant, Session
from meetings.operations.group_meetings import call_off_meeting, tell_members
from tests.factories import NOW, DocumentFactory, MembershipFactory, SessionFactory
from tests.meetings.meeting import (
    AFTER,
    BEGINS,
    DURING,
    HOURS,
    LATER,
    PAGE,
    at,
    crowd,
    events_in,
    invited,
    ledger,
    planned,
    seated,
)
from tests.pages import assert_absent, text_of, title_of
from tests.queries import assert_same_number_of_queries

pytestmark = pytest.mark.django_db
Clients = Callable[[Member | None], "Visitor"]
ONE = f"{PAGE}1/"
NEW_HOURS = {"day": "2026-12-08", "begins": "14:00", "ends": "15:00", "time_zone": "Europe/Zurich"}
NEW = NEW_HOURS | {"name": "Fifth meeting", "mode": "online", "rhythm": "0", "count": "4"}
DESK = ["new/", "1/edit/", "1/move/", "1/call-off/", "1/invite/", "1/attendance/", "1/minutes/"]
PAGES = ["", "1/", "1/meeting.ics", *DESK]


class Visitor:
    """A browser that signs in anew for each request: tests go back and forth in time, and sessions end."""

    def __init__(self, member: Member | None) -> None:
        self.member = member

    @property
    def client(self) -> Client:
        """The browser, signed in at this moment."""
        client = Client()
        if self.member is not None:
            client.force_login(self.member.user)
        return client

    def get(self, url: str) -> HttpResponse:
        """Reads a page."""
        return self.client.get(url)

    def post(self, url: str, data: dict[str, Any] | None = None, **options: Any) -> HttpResponse:
        """Sends a form."""
        return self.client.post(url, data or {}, **options)

    def put(self, url: str) -> HttpResponse:
        """Does what no page knows."""
        return self.client.put(url)


@pytest.fixture
def client_of() -> Callable[[Member | None], Visitor]:
    """A visitor for a member; a stranger for None."""
    return Visitor


def get(client: Visitor, url: str, moment: datetime = NOW) -> HttpResponse:
    with at(moment):
        return client.get(url)


def post(client: Visitor, url: str, moment: datetime = NOW, **data: Any) -> HttpResponse:
    with at(moment):
        return client.post(url, data)


def said_after(client: Visitor, url: str, **data: Any) -> str:
    """What the next page says after a form was sent."""
    with at():
        return client.post(url, data, follow=True).content.decode()


@pytest.fixture
def group(ana: Member, chloe: Member) -> Group:
    """Ana sits in it, Chloe chairs it."""
    return seated(ana, chair=chloe)


@pytest.fixture
def meeting(group: Group, staff: Member) -> Session:
    """A meeting to which nobody is invited yet."""
    return planned(group, staff.user)


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


def seen_on(page: HttpResponse) -> str:
    """The token of a page."""
    return str(page.context["seen"])


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


# --- moving and calling off -------------------------------------------------------------------------------------------
def test_a_move_shows_both_hours_on_both_clocks_and_who_is_mailed_before_anything_happens(
    group: Group, ana: Member, chloe: Member, client_of: Clients
) -> None:
    invited(group, chloe.user)
    answer = post(client_of(chloe), f"{ONE}move/", seen="0", **NEW_HOURS)

    text = text_of(answer)
    assert "Now Begins: Thursday 3 December 2026, 14:00 Geneva time" in text
    assert "New Begins: Tuesday 8 December 2026, 14:00 Geneva time" in text
    assert "2 messages in all. English: 2." in text
    assert "Moved: Fourth meeting (AI Tools Collaboration Group)" in text
    assert "QM Meridia Ana Ejemplo" in text
    assert Session.objects.get().starts_at == HOURS.starts_at
    assert ledger("meeting_update") == []


def test_a_rehearsed_mail_does_not_show_the_recipients_own_link(
    group: Group, ana: Member, chloe: Member, client_of: Clients
) -> None:
    planned(group, chloe.user)
    page = get(client_of(chloe), f"{ONE}invite/?show={ana.pk}")

    assert "Dear Ana Ejemplo," in text_of(page)
    assert "(the recipient's own link)" in text_of(page)
    assert hand_over_url(ana).encode() not in page.content


def test_a_move_is_done_and_the_members_are_told(group: Group, chloe: Member, client_of: Clients) -> None:
    invited(group, chloe.user)

    assert "The members are told." in said_after(client_of(chloe), f"{ONE}move/", seen="0", do="now", **NEW_HOURS)
    assert Session.objects.get().starts_at == LATER.starts_at
    assert len(ledger("meeting_update")) == 2


def test_the_second_of_two_moves_is_told(group: Group, chloe: Member, staff: Member, client_of: Clients) -> None:
    invited(group, chloe.user)
    post(client_of(chloe), f"{ONE}move/", seen="0", do="now", **NEW_HOURS)
    answer = post(client_of(staff), f"{ONE}move/", seen="0", do="now", **NEW_HOURS | {"day": "2026-12-09"})

    assert answer.status_code == 409
    assert "Somebody has changed this meeting since the page was shown." in text_of(answer)
    assert Session.objects.get().starts_at == LATER.starts_at


@pytest.mark.parametrize(
    ("moment", "said"), [(DURING, "The meeting has begun."), (NOW, "The meeting has these hours already.")]
)
def test_a_move_that_cannot_be_is_said(
    meeting: Session, chloe: Member, client_of: Clients, moment: datetime, said: str
) -> None:
    hours = NEW_HOURS if moment == DURING else NEW_HOURS | {"day": "2026-12-03", "ends": "15:30"}
    answer = post(client_of(chloe), f"{ONE}move/", moment, seen="0", do="now", **hours)

    assert answer.status_code == 409
    assert said in text_of(answer)


@pytest.mark.parametrize("seen", ["", "-1", "1e3", "99999999999"])
def test_a_move_without_its_version_does_nothing(
    meeting: Session, chloe: Member, client_of: Clients, seen: str
) -> None:
    post(client_of(chloe), f"{ONE}move/", seen=seen, do="now", **NEW_HOURS)

    assert Session.objects.get().starts_at == HOURS.starts_at


def test_calling_off_shows_who_is_mailed_and_then_does_it(group: Group, chloe: Member, client_of: Clients) -> None:
    invited(group, chloe.user)
    client = client_of(chloe)
    shown = text_of(post(client, f"{ONE}call-off/", reason="Holidays"))
    assert "Called off: Fourth meeting (AI Tools Collaboration Group)" in shown
    assert Session.objects.get().cancelled_at is None

    assert post(client, f"{ONE}call-off/", reason="Holidays", do="now").status_code == 302
    assert Session.objects.get().cancelled_reason == "Holidays"
    assert len(ledger("meeting_called_off")) == 2
    again = post(client, f"{ONE}call-off/", reason="Holidays", do="now")
    assert (again.status_code, "The meeting is called off." in text_of(again)) == (409, True)


@pytest.mark.parametrize("reason", ["", " ", "x" * 501, "a\x00b"])
def test_calling_off_needs_a_reason(meeting: Session, chloe: Member, client_of: Clients, reason: str) -> None:
    assert post(client_of(chloe), f"{ONE}call-off/", reason=reason, do="now").status_code == 200
    assert Session.objects.get().cancelled_at is None


def test_before_the_invitation_nobody_is_mailed_about_a_move(
    meeting: Session, chloe: Member, client_of: Clients
) -> None:
    client = client_of(chloe)
    shown = text_of(post(client, f"{ONE}move/", seen="0", **NEW_HOURS))
    said = said_after(client, f"{ONE}move/", seen="0", do="now", **NEW_HOURS)

    assert "The members were not invited yet: nobody is mailed." in shown
    assert "The members are not told yet." in said
    assert ledger() == []


# --- mailing the members ----------------------------------------------------------------------------------------------
def test_the_chair_of_a_small_group_mails_it(meeting: Session, chloe: Member, client_of: Clients) -> None:
    client = client_of(chloe)
    assert "The members are not invited yet." in text_of(get(client, ONE))
    assert "Send 2 messages" in text_of(get(client, f"{ONE}invite/"))

    assert post(client, f"{ONE}invite/", do="now").status_code == 302
    assert len(ledger("meeting_invitation")) == 2
    assert "There is nothing to mail" in text_of(get(client, f"{ONE}invite/"))
    again = post(client, f"{ONE}invite/", do="now")
    assert (again.status_code, "Nothing was done. There is nothing to mail" in text_of(again)) == (409, True)


def test_a_large_group_is_mailed_by_a_second_person(
    group: Group, meeting: Session, staff: Member, staff2: Member, client_of: Clients
) -> None:
    crowd(group, 9)
    page = get(client_of(staff), f"{ONE}invite/")
    assert "one of the Secretariat sends it who has not prepared it" in text_of(page)
    assert b'value="now"' not in page.content
    assert post(client_of(staff), f"{ONE}invite/", do="now").status_code == 409
    assert ledger() == []

    assert post(client_of(staff2), f"{ONE}invite/", do="now").status_code == 302
    assert len(ledger()) == 11


def test_a_move_of_a_large_meeting_says_that_the_mail_waits(
    group: Group, meeting: Session, staff: Member, staff2: Member, client_of: Clients
) -> None:
    crowd(group, 10)
    tell_members(session=meeting, by=staff2.user, now=NOW)
    client = client_of(staff2)
    shown = text_of(post(client, f"{ONE}move/", seen="0", **NEW_HOURS))
    post(client, f"{ONE}move/", seen="0", do="now", **NEW_HOURS)

    assert "somebody else of the Secretariat releases the mail" in shown
    assert "The members are not told of the last change yet." in text_of(get(client, ONE))


def test_a_group_without_seats_mails_nobody(staff: Member, client_of: Clients) -> None:
    planned(seated(), staff.user)

    assert "Nobody sits in the group: no mail goes out." in text_of(get(client_of(staff), f"{ONE}invite/"))


# --- afterwards -------------------------------------------------------------------------------------------------------
def test_attendance_is_taken_by_office(meeting: Session, ana: Member, chloe: Member, client_of: Clients) -> None:
    client = client_of(chloe)
    assert "once the meeting has begun" in text_of(get(client, f"{ONE}attendance/"))
    assert post(client, f"{ONE}attendance/", present=[ana.pk]).status_code == 409

    assert "Meridia QM Ana Ejemplo" in text_of(get(client, f"{ONE}attendance/", AFTER))
    assert post(client, f"{ONE}attendance/", AFTER, present=[ana.pk]).status_code == 302
    assert Participant.objects.get().status == "attended"
    assert "Took part Ana Ejemplo Meridia" in text_of(get(client, ONE, AFTER))


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


# --- calendar files ---------------------------------------------------------------------------------------------------
def test_a_meeting_is_a_file_for_calendars(meeting: Session, ana: Member, client_of: Clients) -> None:
    answer = get(client_of(ana), f"{ONE}meeting.ics")
    (event,) = events_in(answer.content.decode())

    assert answer["Content-Type"] == "text/calendar; charset=utf-8; method=PUBLISH"
    assert answer["Content-Disposition"] == 'attachment; filename="ai-tools-1.ics"'
    assert str(event["UID"]) == f"{meeting.uid}@localhost"
    assert "https://meet.example/wild" in str(event["DESCRIPTION"])


def feed_of(member: Member) -> HttpResponse:
    """What a calendar program of a member reads, without signing in."""
    return get(Visitor(None), "/" + calendar_url(member).split("/", 3)[3])


def test_a_feed_holds_the_meetings_of_the_own_groups_and_ends_with_the_seat(
    group: Group, meeting: Session, ana: Member, olga: Member
) -> None:
    answer = feed_of(ana)
    assert [str(event["SUMMARY"]) for event in events_in(answer.content.decode())] == [
        "AI Tools Collaboration Group: Fourth meeting"
    ]
    assert answer["Cache-Control"] == "private, no-store"
    assert b"https://meet.example/wild" in answer.content
    assert events_in(feed_of(olga).content.decode()) == []

    Membership.objects.filter(member=ana).update(until_on=NOW.date(), ending="resigned")
    left = feed_of(ana)
    assert (left.status_code, b"meet.example" in left.content, b"VEVENT" in left.content) == (200, False, False)


def test_a_feed_shows_what_was_moved_and_called_off(meeting: Session, ana: Member, staff: Member) -> None:
    call_off_meeting(session=meeting, reason="Holidays", by=staff.user, now=NOW)
    (event,) = events_in(feed_of(ana).content.decode())

    assert (event["STATUS"], event["SEQUENCE"]) == ("CANCELLED", 1)


def test_the_address_of_a_feed_ends_when_the_member_leaves_or_may_not_sign_in(meeting: Session, ana: Member) -> None:
    ana.user.is_active = False
    ana.user.save(update_fields=["is_active"])
    assert feed_of(ana).status_code == 404
    ana.user.is_active = True
    ana.user.save(update_fields=["is_active"])
    Member.objects.filter(pk=ana.pk).update(until_on=NOW.date())
    assert feed_of(ana).status_code == 404


def test_a_feed_needs_its_own_token(meeting: Session, ana: Member) -> None:
    own = calendar_url(ana).split("/calendar/")[1].removesuffix(".ics")
    other = hand_over_url(ana).rstrip("/").rsplit("/", 1)[1]

    for token in (own[:-1] + ("A" if own[-1] != "A" else "B"), other, "1", "1.x", f"{own}x"):
        assert get(Visitor(None), reverse("calendar_feed", args=[token])).status_code == 404


def test_a_feed_is_in_the_language_of_its_reader(meeting: Session, ana: Member) -> None:
    Member.objects.filter(pk=ana.pk).update(language="fr")
    name = str(Calendar.from_ical(feed_of(ana).content.decode())["X-WR-CALNAME"])

    assert name == "Réunions des groupes de WILD"


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
