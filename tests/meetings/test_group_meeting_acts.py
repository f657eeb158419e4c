"""Pages that move a meeting of a group, call it off and mail its members."""

from __future__ import annotations

from datetime import datetime

import pytest

from accounts.links import hand_over_url
from accounts.models import Member
from groups.models import Group
from meetings.models import Session
from meetings.operations.group_meetings import tell_members
from tests.factories import NOW
from tests.meetings.meeting import (
    DURING,
    HOURS,
    LATER,
    crowd,
    invited,
    ledger,
    planned,
    seated,
)
from tests.meetings.visiting import NEW_HOURS, ONE, Clients, client_of, get, group, meeting, post, said_after
from tests.pages import text_of

__all__ = ["client_of", "group", "meeting"]
pytestmark = pytest.mark.django_db


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
