"""A series is planned and one meeting of it moved; two parsers read what calendar programs are told."""

from datetime import date, datetime, timedelta
from email.message import EmailMessage
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone
from icalendar import Calendar, Event
from ics import Calendar as Reader
from playwright.sync_api import Browser, expect

from accounts.deadlines import GENEVA
from accounts.models import Member
from groups.models import Group
from meetings.models import Participant, Session
from tests.browser.visitor import Visitor, visitor
from tests.journeys.steps import WAYS, judge, link_in, mail_to
from tests.meetings.meeting import PAGE, events_in, method_of, seated
from tests.notifications.sink import Sink

JOIN = "https://meet.example/a-room-for-members"
TOKYO = "Asia/Tokyo"

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.no_cover]


@pytest.fixture
def group(ana: Member, gustav: Member, chloe: Member) -> Group:
    """Chloe presides."""
    return seated(ana, gustav, chair=chloe)


@pytest.fixture
def day() -> date:
    """In a month."""
    return timezone.now().astimezone(GENEVA).date() + timedelta(days=30)


def object_in(mail: EmailMessage) -> str:
    """The calendar object of a mail: the same octets as an alternative to the text and as a file."""
    parts = {part.get_content_type(): part for part in mail.walk()}
    octets = parts["text/calendar"].get_payload(decode=True)
    assert octets == parts["application/ics"].get_payload(decode=True)
    assert parts["text/calendar"].get_param("method") == method_of(octets.decode())
    return octets.decode()


def texts_of(sink: Sink) -> list[str]:
    """Every text, page and calendar object of every mail."""
    parts = [part for mail in sink.mails() for part in mail.walk() if not part.is_multipart()]
    return [part.get_payload(decode=True).decode() for part in parts]


def event_of(text: str) -> Event:
    (event,) = events_in(text)
    return event


@pytest.mark.parametrize(("language", "viewport", "scripts"), WAYS)
def test_a_meeting_of_a_series_is_moved_and_every_calendar_follows(
    browser: Browser, live_server: Any, sink: Sink, group: Group, ana: Member, chloe: Member, gustav: Member,
    olga: Member, day: date, language: str, viewport: dict[str, int], scripts: bool,
) -> None:  # fmt: skip
    url, look = live_server.url, {"language": language, "viewport": viewport, "scripts": scripts}
    with visitor(browser, url, chloe.user, **look) as chair, visitor(browser, url, ana.user, **look) as member:
        plan_a_series(chair, day)
        invite(chair)
        first = mail_to(sink, ana.email, "meeting_invitation")
        say_yes(member, first)
        feed_url = feed_address(member)
        (before, *rest) = events_in(Client().get(feed_url).content.decode())
        move(chair, day + timedelta(days=5))
        second = mail_to(sink, ana.email, "meeting_update")
        member.page.goto(link_in(second, f"{PAGE}1/"))
        judge(member, f"meeting-moved-{language}")

    assert Participant.objects.get(member=ana).status == Participant.Status.ASKED
    compare(object_in(first), object_in(second), ana, day)
    assert {mail_to(sink, each.email, "meeting_update")["To"].addresses[0].addr_spec for each in (chloe, gustav)} == {
        chloe.email, gustav.email
    }  # fmt: skip
    feed = Client().get(feed_url).content.decode()
    assert method_of(feed) == "PUBLISH"
    (after, *unmoved) = events_in(feed)
    assert [event.to_ical() for event in unmoved] == [event.to_ical() for event in rest]
    assert (after["UID"], after["DTSTART"].dt) == (before["UID"], event_of(object_in(second))["DTSTART"].dt)
    assert after["SEQUENCE"] > before["SEQUENCE"]
    assert "ATTENDEE" not in feed
    assert [text for text in texts_of(sink) if "meet.example" in text] == []
    stranger = Client()
    stranger.force_login(olga.user)
    assert stranger.get(f"{PAGE}1/").status_code == 404


def plan_a_series(chair: Visitor, day: date) -> None:
    """Four meetings, one each quarter."""
    chair.open(f"{PAGE}new/")
    page = chair.page
    fields = {"name": "Meeting of the quarter", "day": str(day), "begins": "14:00", "ends": "15:30", "join_url": JOIN}
    for name, value in (fields | {"count": "4"}).items():
        page.locator(f"#id_{name}").fill(value)
    page.locator("#id_time_zone").select_option("Europe/Zurich")
    page.locator("#id_rhythm").select_option("3")
    judge(chair, "meeting-new")
    page.locator("main form button.btn-primary").click()
    page.wait_for_url(f"**{PAGE}")
    expect(page.locator("[aria-labelledby=coming] li, #coming ~ ol > li")).to_have_count(4)
    judge(chair, "meetings")
    first = Session.objects.get(number=1)
    assert first.starts_at == datetime(day.year, day.month, day.day, 14, tzinfo=ZoneInfo("Europe/Zurich"))


def invite(chair: Visitor) -> None:
    """After a look at who gets which mail."""
    chair.open(f"{PAGE}1/")
    judge(chair, "meeting")
    chair.page.locator("main a[href$='/invite/']").first.click()
    judge(chair, "meeting-invite")
    chair.page.locator("button[name=do][value=now]").click()
    chair.page.wait_for_url(f"**{PAGE}1/")


def say_yes(member: Visitor, mail: EmailMessage) -> None:
    """From the mail's link."""
    page = member.page
    page.goto(link_in(mail, f"{PAGE}1/"))
    expect(page.locator(f"a[href='{JOIN}']")).to_be_visible()
    page.locator("input[name=status][value=confirmed]").check()
    page.locator("main form:has(input[name=status]) button").click()
    expect(page.locator("input[name=status][value=confirmed]")).to_be_checked()
    assert Participant.objects.get().status == Participant.Status.CONFIRMED
    judge(member, "meeting-answered")


def feed_address(member: Visitor) -> str:
    member.open(PAGE)
    return member.page.locator("#feed").input_value()


def move(chair: Visitor, day: date) -> None:
    """Other hours on the clock of another place, shown beside the old ones before anything happens."""
    chair.open(f"{PAGE}1/move/")
    page = chair.page
    for name, value in {"day": str(day), "begins": "18:00", "ends": "19:00"}.items():
        page.locator(f"#id_{name}").fill(value)
    page.locator("#id_time_zone").select_option(TOKYO)
    page.locator("main form.w-form button.btn-primary").click()
    expect(page.locator("#new")).to_be_visible()
    judge(chair, "meeting-move")
    assert Session.objects.get(number=1).time_zone == "Europe/Zurich"
    page.locator("button[name=do][value=now]").click()
    page.wait_for_url(f"**{PAGE}1/")
    judge(chair, "meeting-after-move")


def compare(first: str, second: str, ana: Member, day: date) -> None:
    """The same event, newer, at the new hours; read by icalendar and by a parser of other people."""
    old, new = event_of(first), event_of(second)
    moved = datetime(day.year, day.month, day.day, 18, tzinfo=ZoneInfo(TOKYO)) + timedelta(days=5)
    assert [method_of(text) for text in (first, second)] == ["REQUEST", "REQUEST"]
    assert old["UID"] == new["UID"]
    assert new["SEQUENCE"] > old["SEQUENCE"]
    assert old["DTSTART"].params["TZID"] == "Europe/Zurich"
    assert (new["DTSTART"].dt, new["DTSTART"].params["TZID"]) == (moved, TOKYO)
    assert new["DTEND"].dt - new["DTSTART"].dt == timedelta(hours=1)
    assert TOKYO in [str(zone["TZID"]) for zone in Calendar.from_ical(second).walk("VTIMEZONE")]
    for event in (old, new):
        assert event["ORGANIZER"] == f"mailto:{settings.SECRETARIAT_EMAIL}"
        assert event["ATTENDEE"] == f"mailto:{ana.email}"
    assert "meet.example" not in first + second
    (read,) = Reader(second).events
    assert (read.uid, read.begin.datetime, read.status) == (str(old["UID"]), moved, "CONFIRMED")
