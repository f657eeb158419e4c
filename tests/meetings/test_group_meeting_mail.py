"""Who is mailed what about meetings of a group, and when."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Member
from groups.models import Membership
from meetings.hours import Hours
from meetings.invitations import invited_to, unreachable
from meetings.models import Session
from meetings.operations.group_meetings import (
    NothingToTell,
    SecondPersonNeeded,
    answer_invitation,
    call_off_meeting,
    move_meeting,
    queue_mail_of,
    queue_meeting_mail,
    tell_members,
)
from meetings.tasks import remind
from notifications.message import address_hash
from notifications.models import Delivery, Suppression
from tests.factories import NOW, MembershipFactory
from tests.meetings.meeting import (
    BEGINS,
    DAY_BEFORE,
    DECLINED,
    DURING,
    LATER,
    WEEK_BEFORE,
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


# --- telling the members ----------------------------------------------------------------------------------------------
def test_the_invitation_carries_a_calendar_object_for_its_recipient(ana: Member, gustav: Member, staff: Member) -> None:
    session = invited(seated(ana, gustav), staff.user)

    assert (session.invited_by, session.invited_at, session.told_sequence) == (staff.user, NOW, 0)
    assert ledger() == [
        ("ana@qm.example", "meeting_invitation", "queued"),
        ("gustav@industry.example", "meeting_invitation", "queued"),
    ]
    mail = Delivery.objects.get(to_address="ana@qm.example")
    text = calendar_of(mail)
    (event,) = events_in(text)
    assert mail.subject == "Invitation: Fourth meeting (AI Tools Collaboration Group)"
    assert (mail.kind, mail.expires_at) == ("official", session.ends_at)
    assert (method_of(text), event["ATTENDEE"], event["SEQUENCE"]) == ("REQUEST", "mailto:ana@qm.example", 0)
    assert event["UID"] == f"{session.uid}@localhost"
    assert event["SUMMARY"] == "AI Tools Collaboration Group: Fourth meeting"


def test_no_mail_holds_the_address_to_join(ana: Member, staff: Member) -> None:
    session = invited(seated(ana), staff.user)
    move_meeting(session=session, hours=LATER, seen=0, by=staff.user, now=NOW)

    for mail in Delivery.objects.all():
        assert b"meet.example" not in bytes(mail.rendered)
        assert "meet.example" not in calendar_of(mail)


def test_an_invitation_is_written_in_the_language_of_its_reader_with_both_clocks(ana: Member, staff: Member) -> None:
    invited(seated(ana), staff.user)
    text = bytes(Delivery.objects.get().rendered).decode().replace("=\r\n", "")

    assert "Begins: Thursday 3 December 2026, 14:00 Geneva time (10:00 in Santiago)" in text


def test_members_are_told_once(ana: Member, staff: Member, staff2: Member) -> None:
    session = invited(seated(ana), staff.user)

    with pytest.raises(NothingToTell) as raised:
        tell_members(session=session, by=staff2.user, now=NOW)
    assert "There is nothing to mail" in str(raised.value)
    assert len(ledger()) == 1


def test_nobody_is_invited_to_a_meeting_that_has_begun(ana: Member, staff: Member) -> None:
    session = planned(seated(ana), staff.user)

    with pytest.raises(NothingToTell):
        tell_members(session=session, by=staff.user, now=DURING)


def test_a_chair_invites_a_small_group_alone(ana: Member, chloe: Member) -> None:
    group = seated(ana, chair=chloe)

    assert invited(group, chloe.user).invited_by == chloe.user
    assert len(ledger()) == 2


def test_many_are_mailed_only_by_somebody_of_the_secretariat_who_has_not_prepared_it(
    ana: Member, chloe: Member, staff: Member, staff2: Member
) -> None:
    group = seated(ana, chair=chloe)
    crowd(group, 9)
    session = planned(group, staff.user)

    for nobody in (staff.user, chloe.user):
        with pytest.raises(SecondPersonNeeded) as raised:
            tell_members(session=session, by=nobody, now=NOW)
        assert "who has not prepared it" in str(raised.value)
    assert ledger() == []
    assert tell_members(session=session, by=staff2.user, now=NOW) == 11


def test_ten_are_not_many(ana: Member, staff: Member) -> None:
    group = seated(ana)
    crowd(group, 9)

    assert tell_members(session=planned(group, staff.user), by=staff.user, now=NOW) == 10


def test_who_has_left_is_not_invited(ana: Member, bruno: Member, chloe: Member, staff: Member) -> None:
    group = seated(ana, bruno, chloe)
    Member.objects.filter(pk=bruno.pk).update(until_on=NOW.date())
    Membership.objects.filter(member=chloe).update(until_on=NOW.date(), ending="resigned")

    assert invited_to(group) == [ana]


def test_addresses_that_are_refused_are_named(ana: Member, bruno: Member, staff: Member) -> None:
    people = invited_to(seated(ana, bruno))
    Suppression.objects.create(address_sha256=address_hash("bruno@qm.example"), reason="bounced", since_at=NOW)

    assert unreachable(people) == [bruno]


# --- the clock --------------------------------------------------------------------------------------------------------
def test_reminders_leave_at_nine_of_each_members_clock(ana: Member, chloe: Member, staff: Member) -> None:
    invited(seated(ana, chloe), staff.user)  # Santiago is four hours behind Oslo

    assert queue_meeting_mail(now=WEEK_BEFORE - timedelta(seconds=1)) == 0
    assert queue_meeting_mail(now=WEEK_BEFORE) == 1
    assert ledger("meeting_reminder") == [("chloe@qn.example", "meeting_reminder", "queued")]
    assert queue_meeting_mail(now=WEEK_BEFORE + timedelta(hours=4)) == 1
    assert queue_meeting_mail(now=WEEK_BEFORE + timedelta(hours=4)) == 0
    assert queue_meeting_mail(now=DAY_BEFORE + timedelta(hours=4)) == 2
    steps = Delivery.objects.filter(purpose="meeting_reminder").values_list("to_address", "step", "subject")
    assert sorted(steps) == [
        ("ana@qm.example", "1", "Tomorrow: Fourth meeting (AI Tools Collaboration Group)"),
        ("ana@qm.example", "7", "In 7 days: Fourth meeting (AI Tools Collaboration Group)"),
        ("chloe@qn.example", "1", "Tomorrow: Fourth meeting (AI Tools Collaboration Group)"),
        ("chloe@qn.example", "7", "In 7 days: Fourth meeting (AI Tools Collaboration Group)"),
    ]


def test_late_only_the_latest_reminder_is_sent_and_says_how_long_it_is(ana: Member, staff: Member) -> None:
    invited(seated(ana), staff.user)

    assert queue_meeting_mail(now=BEGINS - timedelta(hours=2)) == 1
    reminder = Delivery.objects.get(purpose="meeting_reminder")
    assert (reminder.step, reminder.subject) == ("1", "Today: Fourth meeting (AI Tools Collaboration Group)")
    assert reminder.expires_at == BEGINS


def test_a_reminder_is_worth_nothing_when_the_next_is_due(ana: Member, staff: Member) -> None:
    invited(seated(ana), staff.user)
    queue_meeting_mail(now=WEEK_BEFORE + timedelta(days=1))

    assert Delivery.objects.get(purpose="meeting_reminder").expires_at == DAY_BEFORE + timedelta(hours=4)


def test_whoever_declined_is_not_reminded(ana: Member, chloe: Member, staff: Member) -> None:
    session = invited(seated(ana, chloe), staff.user)
    answer_invitation(session=session, member=ana, status=DECLINED, now=NOW)
    queue_meeting_mail(now=WEEK_BEFORE + timedelta(hours=4))
    answer_invitation(session=session, member=chloe, status=DECLINED, now=WEEK_BEFORE + timedelta(hours=4))

    assert ledger("meeting_reminder") == [("chloe@qn.example", "meeting_reminder", "cancelled")]


def test_no_reminder_for_what_is_called_off_or_moved(ana: Member, staff: Member) -> None:
    group = seated(ana)
    off, moved, waits = invited(group, staff.user), invited(group, staff.user), planned(group, staff.user)
    due = WEEK_BEFORE + timedelta(hours=5)
    queue_meeting_mail(now=due)
    call_off_meeting(session=off, reason="Holidays", by=staff.user, now=due)
    move_meeting(session=moved, hours=LATER, seen=0, by=staff.user, now=due)

    assert [state for *_rest, state in ledger("meeting_reminder")] == ["cancelled", "cancelled"]
    assert queue_meeting_mail(now=DAY_BEFORE + timedelta(hours=5)) == 1  # a week before the new day
    assert queue_meeting_mail(now=LATER.starts_at - timedelta(hours=20)) == 1
    assert waits.told_sequence is None


def test_no_reminder_is_owed_that_was_due_before_the_invitation(ana: Member, staff: Member) -> None:
    invited(seated(ana), staff.user, now=WEEK_BEFORE + timedelta(days=1))

    assert queue_meeting_mail(now=WEEK_BEFORE + timedelta(days=2)) == 0


def test_whoever_takes_a_seat_later_is_invited_too(ana: Member, chloe: Member, staff: Member) -> None:
    group = seated(ana)
    session = invited(group, staff.user)
    MembershipFactory(group=group, member=chloe)

    assert queue_meeting_mail(now=NOW) == 1
    assert queue_meeting_mail(now=NOW) == 0
    assert ledger()[-1] == ("chloe@qn.example", "meeting_invitation", "queued")
    assert session.told_sequence == 0


def test_nothing_is_queued_for_a_meeting_that_has_changed_since_it_was_read(ana: Member, staff: Member) -> None:
    read = invited(seated(ana), staff.user)
    move_meeting(session=Session.objects.get(), hours=LATER, seen=0, by=staff.user, now=NOW)

    assert queue_mail_of(session=read, now=WEEK_BEFORE + timedelta(hours=5)) == 0


def test_beat_reminds_once(ana: Member, staff: Member) -> None:
    now = timezone.now()
    begins = now + timedelta(days=5)
    hours = Hours(starts_at=begins, ends_at=begins + timedelta(hours=1), zone="Europe/Zurich")
    invited(seated(ana), staff.user, now=now - timedelta(days=6), hours=hours)
    remind()
    remind()

    assert ledger("meeting_reminder") == [("ana@qm.example", "meeting_reminder", "queued")]


def test_the_clock_needs_as_many_queries_for_thirty_members_as_for_one(ana: Member, staff: Member) -> None:
    group = seated(ana)
    invited(group, staff.user)
    counts = []
    for more in (0, 29):
        crowd(group, more)
        queue_meeting_mail(now=NOW)
        with CaptureQueriesContext(connection) as captured:
            queue_meeting_mail(now=NOW)
        counts.append(len(captured))

    assert counts[0] == counts[1]
    assert counts[0] <= 8
