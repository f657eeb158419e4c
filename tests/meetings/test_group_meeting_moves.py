"""Meetings of a group that are moved or called off: calendars follow, answers begin anew."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from accounts.models import Member
from meetings.hours import Hours
from meetings.invitations import owes_mail
from meetings.models import Participant, Session
from meetings.operations.group_meetings import (
    BeginsInThePast,
    ChangedMeanwhile,
    EndsBeforeItBegins,
    MeetingBegan,
    MeetingCalledOff,
    NothingChanges,
    SecondPersonNeeded,
    answer_invitation,
    call_off_meeting,
    move_meeting,
    tell_members,
)
from notifications.models import Delivery
from tests.factories import NOW
from tests.meetings.meeting import (
    ASKED,
    BEGINS,
    CONFIRMED,
    DURING,
    HOURS,
    LATER,
    calendar_of,
    crowd,
    events_in,
    invited,
    ledger,
    method_of,
    planned,
    seated,
)

pytestmark = pytest.mark.django_db


# --- moving and calling off -------------------------------------------------------------------------------------------
def test_a_moved_meeting_keeps_its_identity_raises_its_version_and_asks_again(ana: Member, staff: Member) -> None:
    session = invited(seated(ana), staff.user)
    answer_invitation(session=session, member=ana, status=CONFIRMED, now=NOW)

    moved = move_meeting(session=session, hours=LATER, seen=0, by=staff.user, now=NOW)

    first, second = Delivery.objects.order_by("created_at", "purpose")
    assert (second.purpose, first.purpose) == ("meeting_update", "meeting_invitation")
    assert second.subject == "Moved: Fourth meeting (AI Tools Collaboration Group)"
    (before,), (after,) = events_in(calendar_of(first)), events_in(calendar_of(second))
    assert (before["UID"], before["SEQUENCE"]) == (after["UID"], 0)
    assert (after["SEQUENCE"], method_of(calendar_of(second))) == (1, "REQUEST")
    assert after["DTSTART"].dt == LATER.starts_at
    assert (moved.starts_at, moved.sequence, moved.told_sequence) == (LATER.starts_at, 1, 1)
    assert moved.told_starts_at == LATER.starts_at
    answer = Participant.objects.get()
    assert (answer.status, answer.replied_at) == (ASKED, None)


def test_an_update_says_when_it_was_planned(ana: Member, staff: Member) -> None:
    session = invited(seated(ana), staff.user)
    move_meeting(session=session, hours=LATER, seen=0, by=staff.user, now=NOW)
    text = bytes(Delivery.objects.get(purpose="meeting_update").rendered).decode().replace("=\r\n", "")

    assert "It was planned for Thursday 3 December 2026, 14:00 Geneva time" in text


def test_an_invitation_that_has_not_left_gives_way_to_the_update(ana: Member, staff: Member) -> None:
    session = invited(seated(ana), staff.user)
    move_meeting(session=session, hours=LATER, seen=0, by=staff.user, now=NOW)

    assert [state for _to, _purpose, state in ledger()] == ["superseded", "queued"]


def test_of_two_moves_at_once_one_is_told(ana: Member, staff: Member, staff2: Member) -> None:
    session = invited(seated(ana), staff.user)
    other = Hours(starts_at=BEGINS + timedelta(days=9), ends_at=BEGINS + timedelta(days=9, hours=1), zone=HOURS.zone)
    move_meeting(session=session, hours=LATER, seen=0, by=staff.user, now=NOW)

    with pytest.raises(ChangedMeanwhile) as raised:
        move_meeting(session=session, hours=other, seen=0, by=staff2.user, now=NOW)
    session.refresh_from_db()
    assert "Somebody has changed this meeting" in str(raised.value)
    assert (session.starts_at, session.sequence) == (LATER.starts_at, 1)


@pytest.mark.parametrize(
    ("hours", "now", "refusal"),
    [
        (replace(LATER, ends_at=LATER.starts_at), NOW, EndsBeforeItBegins),
        (LATER, LATER.starts_at, BeginsInThePast),
        (HOURS, NOW, NothingChanges),
        (LATER, DURING, MeetingBegan),
    ],
)
def test_a_move_that_cannot_be_is_refused(
    ana: Member, staff: Member, hours: Hours, now: datetime, refusal: type[Exception]
) -> None:
    session = invited(seated(ana), staff.user)

    with pytest.raises(refusal) as raised:
        move_meeting(session=session, hours=hours, seen=0, by=staff.user, now=now)
    session.refresh_from_db()
    assert str(raised.value)
    assert (session.starts_at, session.sequence) == (HOURS.starts_at, 0)


def test_a_move_before_the_invitation_mails_nobody(ana: Member, staff: Member) -> None:
    session = planned(seated(ana), staff.user)
    moved = move_meeting(session=session, hours=LATER, seen=0, by=staff.user, now=NOW)

    assert (moved.sequence, moved.told_sequence, ledger()) == (1, None, [])


def test_a_move_of_a_large_meeting_waits_for_a_second_person(ana: Member, staff: Member, staff2: Member) -> None:
    group = seated(ana)
    crowd(group, 10)
    session = planned(group, staff.user)
    tell_members(session=session, by=staff2.user, now=NOW)
    moved = move_meeting(session=session, hours=LATER, seen=0, by=staff2.user, now=NOW)

    assert (moved.starts_at, moved.told_sequence, owes_mail(moved, NOW)) == (LATER.starts_at, 0, True)
    assert ledger("meeting_update") == []
    with pytest.raises(SecondPersonNeeded):
        tell_members(session=moved, by=staff2.user, now=NOW)
    assert tell_members(session=moved, by=staff.user, now=NOW) == 11
    assert len(ledger("meeting_update")) == 11


def test_a_meeting_called_off_is_taken_out_of_calendars(ana: Member, staff: Member) -> None:
    session = invited(seated(ana), staff.user)
    off = call_off_meeting(session=session, reason=" The Chair is ill ", by=staff.user, now=NOW)

    mail = Delivery.objects.get(purpose="meeting_called_off")
    (event,) = events_in(calendar_of(mail))
    assert (off.cancelled_at, off.cancelled_by, off.cancelled_reason) == (NOW, staff.user, "The Chair is ill")
    assert method_of(calendar_of(mail)) == "CANCEL"
    assert (event["STATUS"], event["SEQUENCE"], event["UID"]) == ("CANCELLED", 1, f"{session.uid}@localhost")
    assert b"The Chair is ill" in bytes(mail.rendered)


def test_what_is_called_off_is_neither_moved_nor_called_off_again(ana: Member, staff: Member) -> None:
    session = planned(seated(ana), staff.user)
    call_off_meeting(session=session, reason="Holidays", by=staff.user, now=NOW)

    with pytest.raises(MeetingCalledOff):
        call_off_meeting(session=session, reason="Again", by=staff.user, now=NOW)
    with pytest.raises(MeetingCalledOff) as raised:
        move_meeting(session=session, hours=LATER, seen=1, by=staff.user, now=NOW)
    assert str(raised.value) == "The meeting is called off."
    assert (ledger(), owes_mail(Session.objects.get(), NOW)) == ([], False)


def test_a_meeting_that_has_begun_is_not_called_off(ana: Member, staff: Member) -> None:
    session = planned(seated(ana), staff.user)

    with pytest.raises(MeetingBegan):
        call_off_meeting(session=session, reason="Late", by=staff.user, now=BEGINS)
