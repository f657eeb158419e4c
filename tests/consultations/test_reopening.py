"""One office with a deadline of its own: reopened, or asked after the opening."""

from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest

from accounts.models import Member, Office
from consultations.lateness import time_limit
from consultations.models import Extension, Round, Submission
from consultations.operations import (
    AskedAlready,
    DeadlineNotLater,
    DeadlineOver,
    NotOfTheSecretariat,
    NotRunning,
    OfficeReasonMissing,
    RoundClosed,
    add_addressee,
    close_round,
    extend_round,
    publish_round,
    queue_due_reminders,
    reopen_response,
)
from consultations.schedule import asked_in
from notifications.models import Delivery
from notifications.reminders import closing_instant
from tests.consultations.asking import CLOSES, OPENED, ledger, mail_to, opened_round, response_of, round_for
from tests.factories import NOW

Answer = Callable[..., Submission]
AFTER = CLOSES + timedelta(days=2)
LATER = closing_instant(date(2026, 12, 15))


def reopened(round: Round, office: Office, by: Member, now: datetime = AFTER, until: datetime = LATER) -> Extension:
    return reopen_response(
        response=response_of(round, office), closes_at=until, reason=" Their minister changed. ", by=by.user, now=now
    )


def moved(round: Round) -> dict[str, tuple[datetime, str]]:
    """By office, when its deadline was set and the reason of the extension that did."""
    found = asked_in(Round.objects.get(pk=round.pk))
    return {each.response.office_id: (each.asked_at, each.extension.reason if each.extension else "") for each in found}


# --- reopening --------------------------------------------------------------------------------------------------------
def test_one_office_gets_more_time_after_closing_and_the_others_stay_closed(
    ana: Member, chloe: Member, staff: Member, answer: Answer
) -> None:
    round = opened_round(ana.office, chloe.office)
    extension = reopened(round, ana.office, staff)
    row = Extension.objects.get()
    response = response_of(round, ana.office)
    assert (row, row.round, row.response) == (extension, round, response)
    assert (row.old_closes_at, row.new_closes_at, row.reason) == (CLOSES, LATER, "Their minister changed.")
    assert (row.decided_at, row.decided_by) == (AFTER, staff.user)
    assert (response.closes_at, response.deadline_version, response.has_own_deadline) == (LATER, 2, True)
    other = response_of(round, chloe.office)
    assert (other.closes_at, other.deadline_version, other.has_own_deadline) == (CLOSES, 1, False)
    round.refresh_from_db()
    assert not round.is_open_at(AFTER)
    assert answer(round, ana, now=AFTER).is_late
    with pytest.raises(RoundClosed):
        answer(round, chloe, now=AFTER)


def test_only_the_reopened_office_hears_of_it_with_the_reason(ana: Member, chloe: Member, staff: Member) -> None:
    round = opened_round(ana.office, chloe.office)
    queue_due_reminders(now=CLOSES + timedelta(minutes=1))
    assert ledger("queued") == [("ana@qm.example", "closing", "queued"), ("chloe@qn.example", "closing", "queued")]
    reopened(round, ana.office, staff)
    assert ledger("queued") == [("ana@qm.example", "extension", "queued"), ("chloe@qn.example", "closing", "queued")]
    text = mail_to(ana, "extension").text
    assert "The Secretariat has given your office more time. Other offices keep their deadline." in text
    assert "Reason: Their minister changed." in text
    assert "Closes Tuesday 15 December 2026, 23:59 Geneva time" in text
    assert "Your office has not submitted yet." in text
    assert queue_due_reminders(now=AFTER) == 0


def test_a_reopened_office_gets_fresh_steps_and_its_closing_notice_at_its_own_deadline(
    ana: Member, chloe: Member, staff: Member
) -> None:
    round = opened_round(ana.office, chloe.office)
    reopened(round, ana.office, staff, now=NOW)
    seven_before = datetime.fromisoformat("2026-12-08T12:30Z")
    queue_due_reminders(now=CLOSES + timedelta(minutes=1))
    assert [row for row in ledger() if row[1] == "closing"] == [("chloe@qn.example", "closing", "queued")]
    queue_due_reminders(now=seven_before)
    assert mail_to(ana, "7").key == f"response:{response_of(round, ana.office).pk}:v2:7:{ana.pk}"
    queue_due_reminders(now=LATER + timedelta(minutes=1))
    assert mail_to(ana, "closing").key.split(":")[2] == "v2"
    assert len([row for row in ledger() if row[1] == "closing"]) == 2


def test_an_office_that_has_answered_is_told_that_it_may_change_its_answer(
    ana: Member, staff: Member, answer: Answer
) -> None:
    round = opened_round(ana.office)
    assert not answer(round, ana).is_late
    reopened(round, ana.office, staff)
    assert "It need not do anything, and can change its answer" in mail_to(ana, "extension").text
    queue_due_reminders(now=LATER - timedelta(days=1))
    assert not Delivery.objects.filter(purpose="reminder").exists()
    assert answer(round, ana, now=AFTER).is_late


def test_an_office_nobody_speaks_for_is_reopened_without_mail(bruno: Member, staff: Member) -> None:
    round = opened_round(bruno.office)
    reopened(round, bruno.office, staff)
    assert response_of(round, bruno.office).closes_at == LATER
    assert ledger() == []


def test_a_receipt_says_that_an_answer_is_late(ana: Member, staff: Member, answer: Answer) -> None:
    round = opened_round(ana.office)
    answer(round, ana)
    assert "late" not in mail_to(ana, "1").text
    reopened(round, ana.office, staff)
    answer(round, ana, now=AFTER)
    assert "It came after the deadline and is marked as late." in mail_to(ana, "2").text


def test_an_answer_in_the_last_millisecond_is_in_time(ana: Member, staff: Member, answer: Answer) -> None:
    round = opened_round(ana.office)
    reopened(round, ana.office, staff, now=NOW)
    assert not answer(round, ana, now=CLOSES + timedelta(microseconds=999)).is_late
    assert answer(round, ana, now=CLOSES + timedelta(milliseconds=1)).is_late


def test_an_extension_for_all_that_goes_further_counts_for_the_reopened_office_too(
    ana: Member, chloe: Member, staff: Member, answer: Answer
) -> None:
    round = opened_round(ana.office, chloe.office)
    reopened(round, ana.office, staff, now=NOW)
    decided = NOW + timedelta(hours=1)
    extend_round(round=round, closes_at=LATER + timedelta(days=9), reason="For all.", by=staff.user, now=decided)
    assert moved(round) == {"QM": (decided, "For all."), "QN": (decided, "For all.")}
    assert not answer(round, ana, now=LATER + timedelta(days=5)).is_late


def test_an_office_with_more_time_of_its_own_is_not_touched_by_an_extension_for_all(
    ana: Member, chloe: Member, staff: Member
) -> None:
    round = opened_round(ana.office, chloe.office)
    reopened(round, ana.office, staff, now=NOW)
    decided = NOW + timedelta(hours=1)
    extend_round(round=round, closes_at=LATER - timedelta(days=9), reason="For all.", by=staff.user, now=decided)
    assert moved(round) == {"QM": (NOW, "Their minister changed."), "QN": (decided, "For all.")}
    assert [row[0] for row in ledger() if row[1] == "extension"] == ["ana@qm.example", "chloe@qn.example"]
    assert "has given offices more time" in mail_to(chloe, "extension").text


def test_a_round_closed_early_can_be_reopened_for_one_office(ana: Member, chloe: Member, staff: Member) -> None:
    round = opened_round(ana.office, chloe.office)
    close_round(round=round, reason="All have answered.", by=staff.user, now=NOW)
    reopened(round, ana.office, staff, now=NOW + timedelta(hours=1))
    assert moved(round) == {
        "QM": (NOW + timedelta(hours=1), "Their minister changed."),
        "QN": (NOW, "All have answered."),
    }


@pytest.mark.parametrize("until", [CLOSES, CLOSES - timedelta(days=1), AFTER])
def test_an_office_is_given_more_time_and_never_less(ana: Member, staff: Member, until: datetime) -> None:
    round = opened_round(ana.office)
    with pytest.raises(DeadlineNotLater):
        reopened(round, ana.office, staff, until=until)
    assert not Extension.objects.exists()


def test_an_office_is_reopened_with_a_reason_only(ana: Member, staff: Member) -> None:
    round = opened_round(ana.office)
    response = response_of(round, ana.office)
    with pytest.raises(OfficeReasonMissing, match="the office reads it"):
        reopen_response(response=response, closes_at=LATER, reason=" \n", by=staff.user, now=AFTER)
    assert response_of(round, ana.office).deadline_version == 1


def test_members_reopen_nothing_and_add_nobody(ana: Member, chloe: Member) -> None:
    round = opened_round(ana.office)
    with pytest.raises(NotOfTheSecretariat):
        reopened(round, ana.office, ana)
    with pytest.raises(NotOfTheSecretariat):
        add_addressee(round=round, office=chloe.office, closes_at=LATER, by=ana.user, now=NOW)
    assert round.responses.count() == 1


def test_nothing_changes_for_an_office_once_the_answers_are_published(
    ana: Member, chloe: Member, staff: Member
) -> None:
    round = opened_round(ana.office)
    publish_round(round=round, by=staff.user, now=AFTER)
    with pytest.raises(NotRunning, match="until the answers are published"):
        reopened(round, ana.office, staff)
    with pytest.raises(NotRunning):
        add_addressee(round=round, office=chloe.office, closes_at=LATER, by=staff.user, now=AFTER)


# --- asked after the opening ------------------------------------------------------------------------------------------
def test_an_office_that_is_added_has_a_clock_of_its_own(
    ana: Member, chloe: Member, staff: Member, answer: Answer
) -> None:
    round = opened_round(ana.office)
    response = add_addressee(round=round, office=chloe.office, closes_at=LATER, by=staff.user, now=NOW)
    assert (response.closes_at, response.created_at, response.deadline_version) == (LATER, NOW, 1)
    assert (response.was_asked_later, response_of(round, ana.office).was_asked_later) == (True, False)
    assert set(round.addressees.values_list("code", flat=True)) == {"QM", "QN"}
    assert mail_to(chloe, "opening").state == "queued"
    assert "Closes Tuesday 15 December 2026, 23:59 Geneva time" in mail_to(chloe, "opening").text
    queue_due_reminders(now=CLOSES + timedelta(minutes=1))
    assert [row for row in ledger() if row[1] == "closing"] == [("ana@qm.example", "closing", "queued")]
    queue_due_reminders(now=LATER - timedelta(days=7))
    assert [row for row in ledger() if row[0] == chloe.email] == [
        ("chloe@qn.example", "14", "superseded"),
        ("chloe@qn.example", "7", "queued"),
        ("chloe@qn.example", "opening", "superseded"),
    ]
    assert moved(round)["QN"] == (NOW, "")
    assert not answer(round, chloe, now=AFTER).is_late


def test_an_office_can_be_added_when_the_others_are_closed(chloe: Member, ana: Member, staff: Member) -> None:
    round = opened_round(ana.office)
    response = add_addressee(round=round, office=chloe.office, closes_at=LATER, by=staff.user, now=AFTER)
    assert response.is_open_at(AFTER)
    assert not round.is_open_at(AFTER)


def test_an_added_office_that_is_reopened_is_late_after_its_first_deadline(
    ana: Member, chloe: Member, staff: Member, answer: Answer
) -> None:
    round = opened_round(ana.office)
    add_addressee(round=round, office=chloe.office, closes_at=LATER, by=staff.user, now=NOW)
    reopened(round, chloe.office, staff, now=LATER + timedelta(days=1), until=LATER + timedelta(days=9))
    assert time_limit(response_of(round, chloe.office)) == LATER
    assert answer(round, chloe, now=LATER + timedelta(days=2)).is_late


def test_an_extension_made_before_an_office_was_added_is_not_its_own(ana: Member, chloe: Member, staff: Member) -> None:
    round = opened_round(ana.office)
    extend_round(round=round, closes_at=LATER, reason="For all.", by=staff.user, now=NOW)
    added = NOW + timedelta(days=1)
    add_addressee(round=round, office=chloe.office, closes_at=LATER, by=staff.user, now=added)
    assert moved(round) == {"QM": (NOW, "For all."), "QN": (added, "")}
    assert [row[1] for row in ledger() if row[0] == chloe.email] == ["opening"]


def test_an_office_is_asked_once(ana: Member, staff: Member) -> None:
    round = opened_round(ana.office)
    with pytest.raises(AskedAlready, match="asked already"):
        add_addressee(round=round, office=ana.office, closes_at=LATER, by=staff.user, now=NOW)
    assert round.responses.count() == 1


@pytest.mark.parametrize("until", [NOW, NOW - timedelta(days=1)])
def test_an_added_office_needs_time(ana: Member, chloe: Member, staff: Member, until: datetime) -> None:
    round = opened_round(ana.office)
    with pytest.raises(DeadlineOver, match="must lie ahead"):
        add_addressee(round=round, office=chloe.office, closes_at=until, by=staff.user, now=NOW)
    assert set(round.addressees.values_list("code", flat=True)) == {"QM"}


def test_before_the_opening_offices_are_chosen_in_the_preparation(ana: Member, chloe: Member, staff: Member) -> None:
    with pytest.raises(NotRunning):
        add_addressee(round=round_for(ana.office), office=chloe.office, closes_at=LATER, by=staff.user, now=OPENED)


# --- who reads of it --------------------------------------------------------------------------------------------------
def test_more_time_for_one_office_is_read_by_that_office_and_the_secretariat(
    ana: Member, chloe: Member, staff: Member, gustav: Member
) -> None:
    round = opened_round(ana.office, chloe.office)
    own = reopened(round, ana.office, staff, now=NOW)
    every = extend_round(round=round, closes_at=LATER, reason="For all.", by=staff.user, now=NOW + timedelta(hours=1))
    seen = {member.email: list(Extension.objects.visible_to(member.user)) for member in (ana, chloe, gustav, staff)}
    assert seen == {ana.email: [own, every], chloe.email: [every], gustav.email: [every], staff.email: [own, every]}
