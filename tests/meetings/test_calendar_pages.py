"""Files and feeds for calendars."""

from __future__ import annotations

import pytest
from django.http import HttpResponse
from django.urls import reverse
from icalendar import Calendar

from accounts.links import calendar_url, hand_over_url
from accounts.models import Member
from groups.models import Group, Membership
from meetings.models import Session
from meetings.operations.group_meetings import call_off_meeting
from tests.factories import NOW
from tests.meetings.meeting import (
    events_in,
)
from tests.meetings.visiting import ONE, Clients, Visitor, client_of, get, group, meeting

__all__ = ["client_of", "group", "meeting"]
pytestmark = pytest.mark.django_db


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
