"""Meetings of a group: planning, telling, moving, calling off, answering; who is mailed what, and when."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.utils import IntegrityError
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Member
from groups.models import Membership
from meetings.hours import Hours, NoSuchHour
from meetings.invitations import invited_to, owes_mail, unreachable
from meetings.models import AgendaItem, MeetingSeries, Participant, Session
from meetings.operations.group_meetings import (
    AgendaLine,
    BeginsInThePast,
    ChangedMeanwhile,
    Details,
    EndsBeforeItBegins,
    HasMinutes,
    MeetingBegan,
    MeetingCalledOff,
    MinutesPublished,
    NothingChanges,
    NothingToTell,
    NotSafe,
    SecondPersonNeeded,
    answer_invitation,
    call_off_meeting,
    edit_meeting,
    edit_token,
    move_meeting,
    plan_meeting,
    plan_series,
    queue_mail_of,
    queue_meeting_mail,
    tell_members,
)
from meetings.tasks import remind
from notifications.message import address_hash
from notifications.models import Delivery, Suppression
from tests.factories import NOW, DocumentFactory, MembershipFactory
from tests.meetings.meeting import (
    AFTER,
    AGENDA,
    BEGINS,
    DETAILS,
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
CONFIRMED, DECLINED, ASKED = Participant.Status.CONFIRMED, Participant.Status.DECLINED, Participant.Status.ASKED
WEEK_BEFORE = datetime(2026, 11, 26, 8, tzinfo=UTC)  # 09:00 in Geneva, seven days before
DAY_BEFORE = datetime(2026, 12, 2, 8, tzinfo=UTC)


# --- planning ---------------------------------------------------------------------------------------------------------
def test_a_meeting_is_planned_with_its_agenda_and_nobody_is_mailed(ana: Member, staff: Member) -> None:
    session = planned(seated(ana), staff.user)

    assert (session.kind, session.number, session.code) == ("group", 1, f"G{session.group_id}/1")
    assert (session.starts_at, session.ends_at, session.time_zone) == (HOURS.starts_at, HOURS.ends_at, HOURS.zone)
    assert (session.prepared_by, session.prepared_at, session.told_sequence) == (staff.user, NOW, None)
    assert [(item.order, item.title) for item in session.agenda.all()] == [
        (1, "Working arrangements"), (2, "Meetings in 2027")
    ]  # fmt: skip
    assert ledger() == []


def test_the_days_of_a_meeting_are_those_of_its_zone(ana: Member, staff: Member) -> None:
    begins = datetime(2026, 12, 3, 22, tzinfo=UTC)
    hours = Hours(starts_at=begins, ends_at=begins + timedelta(hours=1), zone="Asia/Tokyo")

    assert planned(seated(ana), staff.user, hours=hours).starts_on.isoformat() == "2026-12-04"


def test_numbers_run_within_the_group(ana: Member, staff: Member) -> None:
    group = seated(ana)

    assert [planned(group, staff.user).number for _ in range(2)] == [1, 2]


def test_a_quarterly_series_is_planned_at_once(ana: Member, staff: Member) -> None:
    group = seated(ana)
    planned(group, staff.user)

    series = plan_series(group=group, details=DETAILS, hours=HOURS, rhythm=(3, 4), by=staff.user, now=NOW)

    meetings = Session.objects.filter(series=series).order_by("number")
    assert (series.name, series.every_months, series.group) == ("Fourth meeting", 3, group)
    assert [(each.number, f"{each.starts_at:%Y-%m-%d %H:%M}") for each in meetings] == [
        (2, "2026-12-03 13:00"), (3, "2027-03-04 13:00"), (4, "2027-06-03 12:00"), (5, "2027-09-02 12:00")
    ]  # fmt: skip
    assert len({each.uid for each in meetings}) == 4


@pytest.mark.parametrize(
    ("hours", "details", "refusal"),
    [
        (replace(HOURS, ends_at=HOURS.starts_at), DETAILS, EndsBeforeItBegins),
        (replace(HOURS, starts_at=NOW), DETAILS, BeginsInThePast),
        (HOURS, Details(name="A", join_url="http://meet.example/"), NotSafe),
    ],
)
def test_a_meeting_that_cannot_be_is_refused(
    ana: Member, staff: Member, hours: Hours, details: Details, refusal: type[Exception]
) -> None:
    with pytest.raises(refusal) as raised:
        plan_meeting(group=seated(ana), details=details, hours=hours, agenda=AGENDA, by=staff.user, now=NOW)

    assert str(raised.value)
    assert not Session.objects.exists()


def test_a_series_with_an_impossible_hour_is_not_planned_at_all(ana: Member, staff: Member) -> None:
    begins = datetime(2027, 2, 28, 1, 30, tzinfo=UTC)
    hours = Hours(starts_at=begins, ends_at=begins + timedelta(hours=1), zone="Europe/Zurich")

    with pytest.raises(NoSuchHour):
        plan_series(group=seated(ana), details=DETAILS, hours=hours, rhythm=(1, 2), by=staff.user, now=NOW)
    assert not MeetingSeries.objects.exists()


def test_the_database_holds_no_address_that_is_not_encrypted(ana: Member, staff: Member) -> None:
    session = planned(seated(ana), staff.user)

    with pytest.raises(IntegrityError), transaction.atomic():
        Session.objects.filter(pk=session.pk).update(join_url="http://meet.example/")


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


# --- editing ----------------------------------------------------------------------------------------------------------
def edited(session: Session, by: Member, details: Details = DETAILS, agenda: Any = None) -> Session:
    lines = agenda if agenda is not None else [
        AgendaLine(pk=item.pk, title=item.title) for item in session.agenda.all()
    ]  # fmt: skip
    token = edit_token(session=session)
    return edit_meeting(session=session, details=details, agenda=lines, seen=token, by=by.user, now=NOW)


def test_an_agenda_is_put_in_another_order_with_documents(ana: Member, staff: Member) -> None:
    session = planned(seated(ana), staff.user)
    first, second = session.agenda.all()
    document = DocumentFactory(visibility="group", group=session.group)
    lines = [
        AgendaLine(title="Opening"),
        AgendaLine(pk=second.pk, title="Meetings in 2027", explanation="Four", documents=[document]),
    ]
    edited(session, staff, agenda=lines)

    found = [(item.order, item.title, item.explanation, list(item.documents.all())) for item in session.agenda.all()]
    assert found == [(1, "Opening", "", []), (2, "Meetings in 2027", "Four", [document])]
    assert not AgendaItem.objects.filter(pk=first.pk).exists()
    assert AgendaItem.objects.get(order=2).pk == second.pk


def test_a_new_name_is_a_new_version_for_calendars_and_an_agenda_is_not(
    ana: Member, staff: Member, staff2: Member
) -> None:
    session = invited(seated(ana), staff.user)

    assert edited(session, staff2, agenda=[]).sequence == 0
    assert edited(session, staff2, replace(DETAILS, join_url="https://other.example/")).sequence == 0
    renamed = edited(Session.objects.get(), staff2, replace(DETAILS, name="Extra meeting"))
    assert (renamed.sequence, renamed.prepared_by, owes_mail(renamed, NOW)) == (1, staff2.user, True)
    tell_members(session=renamed, by=staff2.user, now=NOW)
    mail = Delivery.objects.get(purpose="meeting_update")
    assert mail.subject == "Changed: Extra meeting (AI Tools Collaboration Group)"


def test_an_edit_over_somebody_elses_is_refused(ana: Member, staff: Member) -> None:
    session = planned(seated(ana), staff.user)
    token = edit_token(session=session)
    edited(session, staff, agenda=[AgendaLine(title="Theirs")])

    with pytest.raises(ChangedMeanwhile):
        edit_meeting(session=session, details=DETAILS, agenda=[], seen=token, by=staff.user, now=NOW)
    assert [item.title for item in session.agenda.all()] == ["Theirs"]


def test_an_item_with_minutes_stays_on_the_agenda(ana: Member, staff: Member) -> None:
    session = planned(seated(ana), staff.user)
    session.agenda.filter(order=1).update(minutes="Agreed")

    with pytest.raises(HasMinutes) as raised:
        edited(session, staff, agenda=[])
    assert str(raised.value) == "An item with minutes stays on the agenda."
    assert session.agenda.count() == 2


def test_what_is_over_is_not_edited(ana: Member, staff: Member) -> None:
    session = planned(seated(ana), staff.user)
    Session.objects.update(minutes_published_at=NOW, minutes_published_by=staff.user)
    with pytest.raises(MinutesPublished):
        edited(session, staff)
    Session.objects.update(cancelled_at=NOW, cancelled_by=staff.user)
    with pytest.raises(MeetingCalledOff):
        edited(session, staff)


# --- answering --------------------------------------------------------------------------------------------------------
def test_an_answer_may_change_until_the_meeting_begins(ana: Member, staff: Member) -> None:
    session = invited(seated(ana), staff.user)

    for status in (CONFIRMED, DECLINED, CONFIRMED):
        answer = answer_invitation(session=session, member=ana, status=status, now=NOW)
        assert (answer.status, answer.replied_at, answer.office_id) == (status, NOW, "QM")
    assert Participant.objects.count() == 1
    with pytest.raises(MeetingBegan) as raised:
        answer_invitation(session=session, member=ana, status=DECLINED, now=BEGINS)
    assert str(raised.value) == "The meeting has begun. This was possible until its beginning."
    assert Participant.objects.get().status == CONFIRMED


def test_nobody_answers_to_a_meeting_that_is_called_off(ana: Member, staff: Member) -> None:
    session = planned(seated(ana), staff.user)
    call_off_meeting(session=session, reason="Holidays", by=staff.user, now=NOW)

    with pytest.raises(MeetingCalledOff):
        answer_invitation(session=session, member=ana, status=CONFIRMED, now=NOW)


def test_an_update_carries_the_answer_its_reader_gave(ana: Member, bruno: Member, staff: Member) -> None:
    session = invited(seated(ana, bruno), staff.user)
    answer_invitation(session=session, member=ana, status=CONFIRMED, now=NOW)
    answer_invitation(session=session, member=bruno, status=DECLINED, now=NOW)
    edited(Session.objects.get(), staff, replace(DETAILS, venue="Room A"))
    tell_members(session=session, by=staff.user, now=NOW)

    updates = Delivery.objects.filter(purpose="meeting_update").order_by("to_address")
    found = [events_in(calendar_of(mail))[0]["ATTENDEE"].params["PARTSTAT"] for mail in updates]
    assert found == ["ACCEPTED", "DECLINED"]


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


def test_a_meeting_is_over_for_the_mail_at_its_end(ana: Member, staff: Member) -> None:
    session = invited(seated(ana), staff.user)
    edited(session, staff, replace(DETAILS, name="Other"))

    session.refresh_from_db()
    assert (owes_mail(session, DURING), owes_mail(session, AFTER)) == (True, False)
