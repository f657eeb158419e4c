"""Calendar objects as others read them: the parser `ics`, and icalendar."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from icalendar import Calendar
from ics import Calendar as Reader

from meetings.calendars import Invited, Occasion, Person, feed, invitation
from tests.meetings.meeting import events_in

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
OCCASION = Occasion(
    uid="0b6c@wild.example",
    sequence=0,
    starts_at=datetime(2026, 12, 3, 13, tzinfo=UTC),
    ends_at=datetime(2026, 12, 3, 14, 30, tzinfo=UTC),
    zone="Europe/Zurich",
    title="CIO Network: Fourth meeting",
    place="Room A; floor 2, Geneva",
    text="Agenda: https://wild.example/groups/cio-network/meetings/4/",
    url="https://wild.example/groups/cio-network/meetings/4/",
    changed_at=NOW,
)
SECRETARIAT = Person(name="WILD, Secretariat", address="secretariat@wild.example")
ANA = Invited(name='Ana "A" Ejemplo', address="ana@qm.example")


def object_of(occasion: Occasion, invited: Invited = ANA, sender: str = "no-reply@wild.example") -> str:
    return invitation(occasion, organizer=SECRETARIAT, sender=sender, invited=invited, now=NOW)


def test_another_parser_reads_an_invitation_as_it_is_meant() -> None:
    read = Reader(object_of(OCCASION))
    (event,) = read.events

    assert read.method == "REQUEST"
    assert (event.uid, event.name, event.location) == (
        "0b6c@wild.example", "CIO Network: Fourth meeting", "Room A; floor 2, Geneva"
    )  # fmt: skip
    assert (event.begin.isoformat(), event.end.isoformat()) == (
        "2026-12-03T14:00:00+01:00", "2026-12-03T15:30:00+01:00"
    )  # fmt: skip
    assert [person.email for person in event.attendees] == ["ana@qm.example"]
    assert event.url == "https://wild.example/groups/cio-network/meetings/4/"
    assert event.status == "CONFIRMED"


def test_the_object_says_version_product_zone_and_who_invites() -> None:
    text = object_of(OCCASION)
    calendar = Calendar.from_ical(text)
    (event,) = events_in(text)
    (zone,) = calendar.walk("VTIMEZONE")

    assert [calendar[name] for name in ("VERSION", "CALSCALE", "METHOD")] == ["2.0", "GREGORIAN", "REQUEST"]
    assert (zone["TZID"], event["DTSTART"].params["TZID"]) == ("Europe/Zurich", "Europe/Zurich")
    assert event["ORGANIZER"] == "mailto:secretariat@wild.example"
    assert dict(event["ORGANIZER"].params) == {"CN": "WILD, Secretariat", "SENT-BY": "mailto:no-reply@wild.example"}
    assert dict(event["ATTENDEE"].params) == {
        "CN": "Ana 'A' Ejemplo", "ROLE": "REQ-PARTICIPANT", "PARTSTAT": "NEEDS-ACTION", "RSVP": "FALSE"
    }  # fmt: skip


def test_whoever_sends_for_themselves_is_named_once() -> None:
    (event,) = events_in(object_of(OCCASION, sender="Secretariat@wild.example"))

    assert dict(event["ORGANIZER"].params) == {"CN": "WILD, Secretariat"}


def test_a_move_keeps_the_identity_and_raises_the_sequence() -> None:
    moved = replace(OCCASION, sequence=1, starts_at=datetime(2026, 12, 8, 13, tzinfo=UTC),
                    ends_at=datetime(2026, 12, 8, 14, tzinfo=UTC))  # fmt: skip
    (before,), (after,) = events_in(object_of(OCCASION)), events_in(object_of(moved))

    assert before["UID"] == after["UID"]
    assert (before["SEQUENCE"], after["SEQUENCE"]) == (0, 1)
    assert after["DTSTART"].dt.isoformat() == "2026-12-08T14:00:00+01:00"


def test_a_meeting_called_off_asks_to_be_taken_out() -> None:
    text = object_of(replace(OCCASION, sequence=2, is_called_off=True))
    (event,) = events_in(text)

    assert "\r\nMETHOD:CANCEL\r\n" in text
    assert (event["STATUS"], event["SEQUENCE"], event["TRANSP"]) == ("CANCELLED", 2, "TRANSPARENT")
    assert event["ATTENDEE"] == "mailto:ana@qm.example"


@pytest.mark.parametrize(
    "title",
    [
        "第四次会议：人工智能工具协作组讨论工作安排和二〇二七年的会议以及共同的下一步措施",
        "الاجتماع الرابع لفريق التعاون بشأن أدوات الذكاء الاصطناعي: ترتيبات العمل والاجتماعات المقبلة",
        "Réunion no 4; ordre du jour, suite \\ fin\nBEGIN:VEVENT",
        "👩‍💻 " * 30,
    ],
)
def test_titles_of_any_script_survive_folding(title: str) -> None:
    text = object_of(replace(OCCASION, title=title))
    (event,) = events_in(text)

    assert str(event["SUMMARY"]) == title
    assert text.count("\r\nBEGIN:VEVENT\r\n") == 1
    assert next(iter(Reader(text).events)).name.split() == title.split()


def test_a_meeting_without_place_or_page_says_nothing_of_them() -> None:
    (event,) = events_in(
        object_of(replace(OCCASION, place="", url="", text=""), Invited(name="", address="x@qm.example"))
    )

    assert not {"LOCATION", "URL", "DESCRIPTION"} & event.keys()
    assert "CN" not in event["ATTENDEE"].params


def test_a_feed_publishes_and_names_nobody() -> None:
    other = replace(OCCASION, uid="2@wild.example", zone="Asia/Tokyo", is_called_off=True)
    text = feed([OCCASION, other], name="Meetings of WILD groups")
    calendar = Calendar.from_ical(text)

    assert (calendar["METHOD"], calendar["X-WR-CALNAME"]) == ("PUBLISH", "Meetings of WILD groups")
    assert [zone["TZID"] for zone in calendar.walk("VTIMEZONE")] == ["Asia/Tokyo", "Europe/Zurich"]
    assert [(event["UID"], event["STATUS"]) for event in events_in(text)] == [
        ("0b6c@wild.example", "CONFIRMED"), ("2@wild.example", "CANCELLED")
    ]  # fmt: skip
    assert "ATTENDEE" not in text
    assert "X-PUBLISHED-TTL:PT1H" in text


def test_a_feed_is_the_same_as_long_as_nothing_changes() -> None:
    assert feed([OCCASION], name="") == feed([OCCASION], name="")


def test_a_feed_names_its_zones_in_one_order_in_every_process() -> None:
    names = ("Pacific/Auckland", "Asia/Tokyo", "Europe/Zurich", "America/Lima", "Africa/Cairo", "Europe/Oslo")
    occasions = [replace(OCCASION, uid=f"{name}@wild.example", zone=name) for name in names]
    zones = Calendar.from_ical(feed(occasions, name="")).walk("VTIMEZONE")
    assert [str(zone["TZID"]) for zone in zones] == sorted(names)


def test_an_empty_feed_is_a_calendar_without_meetings() -> None:
    text = feed([], name="Nothing")

    assert events_in(text) == []
    assert str(Calendar.from_ical(text)["X-WR-CALNAME"]) == "Nothing"
