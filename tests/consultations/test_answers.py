"""Submitting: one answer for an office, receipts to those who speak for it, no mail afterwards."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import connection
from django.utils import timezone

from accounts.models import Member
from consultations.emails import Line, Part
from consultations.models import OfficeResponse, Submission
from consultations.operations import (
    AlreadySubmitted,
    NotAuthorised,
    RoundClosed,
    queue_due_reminders,
    submit_answers,
)
from notifications.models import Delivery
from tests.consultations.asking import CLOSES, ledger, mail_to, opened_round, response_of
from tests.consultations.conftest import SUMMARY
from tests.factories import NOW

MILLISECOND = timedelta(milliseconds=1)


@pytest.fixture
def response(ana: Member, bruno: Member, alba: Member) -> OfficeResponse:
    return response_of(opened_round(ana.office), ana.office)


def test_an_answer_is_recorded_with_who_and_when(response: OfficeResponse, ana: Member) -> None:
    submission = submit_answers(response=response, seen_number=0, summary=SUMMARY, by=ana.user, now=NOW)
    row = Submission.objects.get()
    assert row == submission
    assert (row.response, row.number, row.submitted_at, row.submitted_by) == (response, 1, NOW, ana.user)
    assert (row.is_late, row.on_behalf_of_reason) == (False, "")
    assert str(row) == "QM: Next-step actions (1)"


def test_the_debt_ends_and_everybody_who_speaks_for_the_office_gets_a_receipt(
    response: OfficeResponse, ana: Member, alba: Member
) -> None:
    queue_due_reminders(now=NOW - timedelta(days=1))
    submit_answers(response=response, seen_number=0, summary=SUMMARY, by=ana.user, now=NOW)
    assert ledger("queued") == [("alba@qm.example", "1", "queued"), ("ana@qm.example", "1", "queued")]
    assert set(Delivery.objects.filter(state="queued").values_list("purpose", flat=True)) == {"receipt"}
    ended = Delivery.objects.filter(subject_key=response.subject_key, state="cancelled")
    assert set(ended.values_list("step", "reason")) == {
        ("14", "The office has answered."),
        ("30", "The office has answered."),
    }
    assert queue_due_reminders(now=NOW) == 0
    assert queue_due_reminders(now=CLOSES - timedelta(hours=1)) == 0
    receipt = mail_to(ana, "1")
    assert receipt.subject == "Received: answer of Meridia to Next-step actions"
    assert "a  Heading a\n   Position: supports" in receipt.text
    assert "Ana Ejemplo submitted version 1 of the answer: Friday 20 November 2026, 10:00 Geneva time" in receipt.text


def test_an_alternate_submits_too(response: OfficeResponse, alba: Member) -> None:
    submission = submit_answers(response=response, seen_number=0, summary=SUMMARY, by=alba.user, now=NOW)
    assert submission.submitted_by == alba.user


def test_contributors_other_offices_and_the_secretariat_do_not_submit(
    response: OfficeResponse, bruno: Member, chloe: Member, staff: Member
) -> None:
    for stranger in (bruno, chloe, staff):
        with pytest.raises(NotAuthorised, match="Only a focal point or an alternate"):
            submit_answers(response=response, seen_number=0, summary=SUMMARY, by=stranger.user, now=NOW)
    assert not Submission.objects.exists()
    assert ledger("cancelled") == []


def test_somebody_who_has_left_does_not_submit(response: OfficeResponse, ana: Member) -> None:
    Member.objects.filter(pk=ana.pk).update(until_on=NOW.date())
    with pytest.raises(NotAuthorised):
        submit_answers(response=response, seen_number=0, summary=SUMMARY, by=ana.user, now=NOW)


def test_the_last_millisecond_counts_and_the_next_does_not(response: OfficeResponse, ana: Member) -> None:
    with pytest.raises(RoundClosed) as refused:
        submit_answers(response=response, seen_number=0, summary=SUMMARY, by=ana.user, now=CLOSES + MILLISECOND)
    assert refused.value.closes_at == CLOSES
    assert not Submission.objects.exists()
    last = CLOSES + MILLISECOND - timedelta(microseconds=1)
    assert submit_answers(response=response, seen_number=0, summary=SUMMARY, by=ana.user, now=last).number == 1


def test_a_revision_is_a_new_version_with_a_new_receipt(response: OfficeResponse, ana: Member) -> None:
    submit_answers(response=response, seen_number=0, summary=SUMMARY, by=ana.user, now=NOW)
    later = NOW + timedelta(hours=1)
    submit_answers(response=response, seen_number=1, summary=SUMMARY, by=ana.user, now=later)
    assert list(Submission.objects.order_by("number").values_list("number", "submitted_at")) == [(1, NOW), (2, later)]
    assert list(Submission.objects.that_count().values_list("number", flat=True)) == [2]
    assert [row for row in ledger("queued") if row[0] == ana.email] == [
        (ana.email, "1", "queued"),
        (ana.email, "2", "queued"),
    ]


def test_who_comes_second_is_told_who_was_first_and_when(response: OfficeResponse, ana: Member, alba: Member) -> None:
    first = submit_answers(response=response, seen_number=0, summary=SUMMARY, by=ana.user, now=NOW)
    with pytest.raises(AlreadySubmitted) as refused, timezone.override("Asia/Tokyo"):
        submit_answers(response=response, seen_number=0, summary=SUMMARY, by=alba.user, now=NOW)
    assert refused.value.submission == first
    with timezone.override("Asia/Tokyo"):
        assert str(refused.value) == (
            "Ana Ejemplo has submitted the answer of your office: "
            "Friday 20 November 2026, 10:00 Geneva time (18:00 in Tokyo). Your draft is kept."
        )
    assert Submission.objects.count() == 1


def test_a_login_without_a_member_row_is_named_by_its_address(
    response: OfficeResponse, ana: Member, alba: Member
) -> None:
    submit_answers(response=response, seen_number=0, summary=SUMMARY, by=ana.user, now=NOW)
    Member.objects.filter(pk=ana.pk).update(user=None)
    with pytest.raises(AlreadySubmitted, match=r"^ana@qm\.example has submitted"):
        submit_answers(response=response, seen_number=0, summary=SUMMARY, by=alba.user, now=NOW)


def test_words_a_sender_could_misuse_stay_words(response: OfficeResponse, ana: Member) -> None:
    line = Line(label="Comment", text="{{ 7 }} <script>&\nsecond line")
    summary = [Part(key="a", heading="<b>x</b>", lines=[line])]
    submit_answers(response=response, seen_number=0, summary=summary, by=ana.user, now=NOW)
    receipt = mail_to(ana, "1")
    assert "{{ 7 }} <script>&\nsecond line" in receipt.text
    assert "{{ 7 }} &lt;script&gt;&amp;<br>second line" in receipt.html
    assert "&lt;b&gt;x&lt;/b&gt;" in receipt.html


@pytest.mark.django_db(transaction=True)
def test_twenty_who_submit_at_once_leave_one_answer(ana: Member, alba: Member) -> None:
    response = response_of(opened_round(ana.office), ana.office)
    gate = Barrier(20)

    def submit(number: int) -> str:
        gate.wait()
        try:
            by = (ana, alba)[number % 2].user
            submit_answers(response=response, seen_number=0, summary=SUMMARY, by=by, now=NOW)
        except AlreadySubmitted as refused:
            return refused.name
        finally:
            connection.close()
        return "submitted"

    with ThreadPoolExecutor(20) as pool:
        results = list(pool.map(submit, range(20)))
    winner = "Ana Ejemplo" if Submission.objects.get().submitted_by == ana.user else "Alba Muestra"
    assert sorted(results) == sorted(["submitted"] + 19 * [winner])
    assert Delivery.objects.filter(purpose="receipt").count() == 2
