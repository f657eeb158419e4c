"""An answer that came by e-mail or letter: entered by the Secretariat, corrected by the office."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.models import Member
from consultations.drafts import draft_of
from consultations.emails import Line, Part
from consultations.models import DraftField, Extension, Round, Submission
from consultations.operations import (
    AnsweredMeanwhile,
    Letter,
    NotOfTheSecretariat,
    NotReceivedThen,
    NotRunning,
    OfficeReasonMissing,
    Said,
    publish_round,
    queue_due_reminders,
    record_on_behalf,
    reopen_response,
    save_draft_field,
)
from library.models import StoredFile
from library.refusals import FileRefused
from notifications.models import Delivery
from notifications.reminders import closing_instant
from tests.consultations.asking import CLOSES, OPENED, ledger, mail_to, opened_round, response_of, round_for
from tests.factories import NOW

Answer = Callable[..., Submission]
AFTER = CLOSES + timedelta(days=2)
FIVE_DAYS_AFTER = closing_instant(date(2026, 12, 10))
SAID = Said(
    values={"a.position": "supports", "a.comment": "", "b.position": "no_objection", "b.comment": "We follow."},
    summary=[Part(key="a", heading="Heading a", lines=[Line(label="Position", text="supports")])],
)


def letter(**fields: Any) -> Letter:
    upload = SimpleUploadedFile("letter.txt", b"We support item a.")
    return Letter(
        **{"upload": upload, "received_on": date(2026, 11, 18), "reason": " Their network is down. "} | fields
    )


def entered(
    round: Round, member: Member, by: Member, now: datetime = NOW, said: Said = SAID, seen: int = 0, **fields: Any
) -> Submission:
    response = response_of(round, member.office)
    return record_on_behalf(
        response=response, seen_number=seen, letter=letter(**fields), said=said, by=by.user, now=now
    )


# --- what is stored ---------------------------------------------------------------------------------------------------
def test_the_answer_is_stored_with_day_reason_and_file(ana: Member, staff: Member) -> None:
    round = opened_round(ana.office)
    submission = entered(round, ana, staff)
    row = Submission.objects.get()
    assert (row, row.number, row.submitted_at, row.submitted_by) == (submission, 1, NOW, staff.user)
    assert (row.received_on, row.on_behalf_of_reason) == (date(2026, 11, 18), "Their network is down.")
    assert (row.is_on_behalf, row.is_late) == (True, False)
    assert (row.file.name, row.file.content_type, row.file.uploaded_by) == (
        "letter.txt",
        "text/plain; charset=utf-8",
        staff.user,
    )


def test_it_ends_the_debt_and_the_office_gets_the_full_text_and_how_to_correct_it(
    ana: Member, bruno: Member, chloe: Member, staff: Member
) -> None:
    round = opened_round(ana.office, chloe.office)
    queue_due_reminders(now=NOW - timedelta(hours=1))
    entered(round, ana, staff)
    assert mail_to(ana, "14").state == "cancelled"
    assert queue_due_reminders(now=CLOSES - timedelta(days=1)) == 1
    assert mail_to(chloe, "1").state == "queued"
    mail = Delivery.objects.get(purpose="on_behalf")
    assert (mail.to_address, mail.state, mail.key) == (
        ana.email,
        "queued",
        f"receipt:{response_of(round, ana.office).pk}:1:{ana.pk}",
    )
    assert mail.subject == "Entered for Meridia: answer to Next-step actions"
    for sentence in (
        "The Secretariat received an answer from Meridia by e-mail or letter on 18 November 2026 and has entered it.",
        "Reason: Their network is down.",
        "a  Heading a\n   Position: supports",
        "Your office can correct it until Thursday 3 December 2026, 23:59 Geneva time",
        "The file the Secretariat received stands beside the answer.",
    ):
        assert sentence in mail.text
    assert "by e-mail or letter on 18 November 2026" in mail.html
    assert "Their network is down." in mail.html


# --- five days to correct ---------------------------------------------------------------------------------------------
def test_an_open_office_keeps_its_later_deadline(ana: Member, staff: Member) -> None:
    round = opened_round(ana.office)
    entered(round, ana, staff)
    response = response_of(round, ana.office)
    assert (response.closes_at, response.deadline_version) == (CLOSES, 1)
    assert not Extension.objects.exists()


def test_after_closing_the_office_has_five_days_and_the_others_stay_closed(
    ana: Member, chloe: Member, staff: Member, answer: Answer
) -> None:
    round = opened_round(ana.office, chloe.office)
    assert entered(round, ana, staff, now=AFTER).is_late is False
    response = response_of(round, ana.office)
    assert (response.closes_at, response.deadline_version) == (FIVE_DAYS_AFTER, 2)
    extension = Extension.objects.get()
    assert (extension.response, extension.old_closes_at, extension.reason) == (
        response,
        CLOSES,
        "Their network is down.",
    )
    assert not response_of(round, chloe.office).is_open_at(AFTER)
    assert "until Thursday 10 December 2026, 23:59 Geneva time" in Delivery.objects.get(purpose="on_behalf").text
    assert not answer(round, ana, now=AFTER + timedelta(days=1)).is_late
    queue_due_reminders(now=AFTER + timedelta(days=1))
    assert [row for row in ledger() if row[0] == ana.email and row[1] in {"extension", "closing", "3"}] == []
    queue_due_reminders(now=FIVE_DAYS_AFTER + timedelta(minutes=1))
    assert mail_to(ana, "closing").key.split(":")[2] == "v2"


def test_a_letter_that_came_late_is_late_and_so_is_its_correction(ana: Member, staff: Member, answer: Answer) -> None:
    round = opened_round(ana.office)
    assert entered(round, ana, staff, now=AFTER, received_on=date(2026, 12, 4)).is_late
    assert answer(round, ana, now=AFTER + timedelta(days=1)).is_late


def test_what_is_said_after_the_five_days_is_late(ana: Member, staff: Member, answer: Answer) -> None:
    round = opened_round(ana.office)
    entered(round, ana, staff, now=AFTER)
    later = FIVE_DAYS_AFTER + timedelta(days=1)
    until = later + timedelta(days=5)
    reopen_response(response=response_of(round, ana.office), closes_at=until, reason="Asked.", by=staff.user, now=later)
    assert answer(round, ana, now=later).is_late


def test_an_office_nobody_speaks_for_gets_no_mail_and_its_answer_counts(bruno: Member, staff: Member) -> None:
    round = opened_round(bruno.office)
    entered(round, bruno, staff)
    assert Submission.objects.count() == 1
    assert ledger() == []


# --- the draft of the office ------------------------------------------------------------------------------------------
def test_the_form_of_the_office_begins_with_what_was_entered(ana: Member, staff: Member) -> None:
    round = opened_round(ana.office)
    entered(round, ana, staff)
    draft = draft_of(response_of(round, ana.office))
    assert {key: draft.value(key) for key in draft.fields} == {
        "a.position": "supports",
        "b.position": "no_objection",
        "b.comment": "We follow.",
    }
    newest = draft.fields["a.position"].newest
    assert (newest.editor, newest.is_from_letter) == ("the Secretariat", True)
    assert draft.writer("a", NOW) is None


def test_a_draft_of_the_office_stays_as_it_is(ana: Member, bruno: Member, staff: Member) -> None:
    round = opened_round(ana.office)
    response = response_of(round, ana.office)
    save_draft_field(response=response, key="a.comment", value="Ours", seen=0, by=bruno.user, now=NOW)
    entered(round, ana, staff)
    assert list(DraftField.objects.values_list("key", "value", "version")) == [("a.comment", "Ours", 1)]


def test_a_draft_the_office_has_emptied_is_its_own_too(ana: Member, bruno: Member, staff: Member) -> None:
    round = opened_round(ana.office)
    response = response_of(round, ana.office)
    save_draft_field(response=response, key="a.comment", value="Ours", seen=0, by=bruno.user, now=NOW)
    save_draft_field(response=response, key="a.comment", value="", seen=1, by=bruno.user, now=NOW)
    entered(round, ana, staff)
    assert [row.value for row in DraftField.objects.newest()] == [""]


def test_a_second_letter_takes_the_place_of_the_first_in_the_form(ana: Member, staff: Member, staff2: Member) -> None:
    round = opened_round(ana.office)
    entered(round, ana, staff)
    second = Said(values={"a.position": "no_position", "b.position": "supports", "b.comment": ""}, summary=[])
    entered(round, ana, staff2, said=second, seen=1)
    draft = draft_of(response_of(round, ana.office))
    assert {key: draft.value(key) for key in draft.fields} == {
        "a.position": "no_position",
        "b.position": "supports",
        "b.comment": "",
    }
    assert not any(state.in_conflict for state in draft.fields.values())


def test_a_second_letter_leaves_what_the_office_has_corrected(ana: Member, staff: Member) -> None:
    round = opened_round(ana.office)
    entered(round, ana, staff)
    response = response_of(round, ana.office)
    save_draft_field(response=response, key="a.position", value="no_position", seen=1, by=ana.user, now=NOW)
    entered(round, ana, staff, seen=1)
    assert draft_of(response).value("a.position") == "no_position"


# --- what is refused --------------------------------------------------------------------------------------------------
def test_members_enter_nothing_on_behalf(ana: Member) -> None:
    round = opened_round(ana.office)
    with pytest.raises(NotOfTheSecretariat):
        entered(round, ana, ana)
    assert not Submission.objects.exists()


def test_an_answer_given_meanwhile_is_read_first(ana: Member, staff: Member, answer: Answer) -> None:
    round = opened_round(ana.office)
    answer(round, ana)
    with pytest.raises(AnsweredMeanwhile, match="there is a newer answer"):
        entered(round, ana, staff)
    assert entered(round, ana, staff, seen=1).number == 2


@pytest.mark.parametrize(
    ("day", "is_taken"),
    [
        (OPENED.date() - timedelta(days=1), False),
        (OPENED.date(), True),
        (NOW.date(), True),
        (NOW.date() + timedelta(days=1), False),
    ],
)
def test_a_letter_came_between_the_opening_and_today(ana: Member, staff: Member, day: date, is_taken: bool) -> None:
    round = opened_round(ana.office)
    if is_taken:
        assert entered(round, ana, staff, received_on=day).received_on == day
    else:
        with pytest.raises(NotReceivedThen, match="between the opening and today"):
            entered(round, ana, staff, received_on=day)


def test_a_letter_is_entered_with_a_reason_and_a_sound_file(ana: Member, staff: Member) -> None:
    round = opened_round(ana.office)
    with pytest.raises(OfficeReasonMissing):
        entered(round, ana, staff, reason=" \n")
    with pytest.raises(FileRefused):
        entered(round, ana, staff, upload=SimpleUploadedFile("letter.exe", b"MZ"))
    assert (Submission.objects.count(), StoredFile.objects.count(), DraftField.objects.count()) == (0, 0, 0)
    assert ledger() == [("ana@qm.example", "opening", "queued")]


def test_nothing_is_entered_before_the_opening_nor_after_publication(ana: Member, staff: Member) -> None:
    round = opened_round(ana.office)
    publish_round(round=round, by=staff.user, now=AFTER)
    with pytest.raises(NotRunning):
        entered(round, ana, staff, now=AFTER)
    assert not round_for(ana.office).responses.exists()
