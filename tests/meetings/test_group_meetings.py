"""Meetings of a group: planned, edited, answered."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from django.db.utils import IntegrityError

from accounts.models import Member
from meetings.hours import Hours, NoSuchHour
from meetings.invitations import owes_mail
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
    NotSafe,
    answer_invitation,
    call_off_meeting,
    edit_meeting,
    edit_token,
    plan_meeting,
    plan_series,
    tell_members,
)
from notifications.models import Delivery
from tests.factories import NOW, DocumentFactory
from tests.meetings.meeting import (
    AFTER,
    AGENDA,
    BEGINS,
    CONFIRMED,
    DECLINED,
    DETAILS,
    DURING,
    HOURS,
    calendar_of,
    events_in,
    invited,
    ledger,
    planned,
    seated,
)

pytestmark = pytest.mark.django_db


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


def test_a_meeting_is_over_for_the_mail_at_its_end(ana: Member, staff: Member) -> None:
    session = invited(seated(ana), staff.user)
    edited(session, staff, replace(DETAILS, name="Other"))

    session.refresh_from_db()
    assert (owes_mail(session, DURING), owes_mail(session, AFTER)) == (True, False)
