"""A one-off reminder: to offices that owe an answer, once for each, ended by the answer."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from accounts.models import Member, Office
from consultations.models import OfficeResponse
from consultations.operations import (
    NobodyToNudge,
    NotOfTheSecretariat,
    extend_round,
    nudge_offices,
    queue_due_reminders,
    save_draft_field,
)
from consultations.schedule import may_be_nudged
from notifications.models import Delivery
from tests.consultations.asking import CLOSES, ledger, mail_to, opened_round, response_of
from tests.factories import NOW

BOTH = ["QM", "QN"]


def test_those_who_speak_for_the_office_are_reminded_once(
    ana: Member, alba: Member, bruno: Member, chloe: Member, staff: Member, staff2: Member
) -> None:
    round = opened_round(ana.office, chloe.office)
    assert nudge_offices(round=round, offices=["QM"], sentence="", by=staff.user, now=NOW) == 1
    response = response_of(round, ana.office)
    assert (response.nudged_at, response.nudged_by) == (NOW, staff.user)
    assert response_of(round, chloe.office).nudged_at is None
    assert [row for row in ledger() if row[1] == "nudge"] == [
        ("alba@qm.example", "nudge", "queued"),
        ("ana@qm.example", "nudge", "queued"),
    ]
    mail = mail_to(ana, "nudge")
    assert (mail.key, mail.subject_key) == (f"nudge:{response.pk}:{ana.pk}", response.subject_key)
    assert (mail.kind, mail.purpose, mail.expires_at) == ("official", "nudge", CLOSES)
    with pytest.raises(NobodyToNudge, match="None of these offices can be reminded"):
        nudge_offices(round=round, offices=["QM"], sentence="", by=staff2.user, now=NOW + timedelta(days=1))
    assert nudge_offices(round=round, offices=BOTH, sentence="", by=staff2.user, now=NOW) == 1


def test_it_reads_like_a_reminder_with_a_sentence_of_the_secretariat(
    ana: Member, alba: Member, bruno: Member, staff: Member
) -> None:
    round = opened_round(ana.office)
    response = response_of(round, ana.office)
    save_draft_field(response=response, key="a.comment", value="Ours", seen=0, by=bruno.user, now=NOW - timedelta(1))
    sentence = " Call us, we <b>help</b> & listen. "
    nudge_offices(round=round, offices=["QM"], sentence=sentence, by=staff.user, now=NOW)
    mail = mail_to(ana, "nudge")
    assert mail.subject == "13 days left: Next-step actions (Meridia)"
    assert (
        "The Secretariat writes:\n  Call us, we <b>help</b> & listen.\n\n1 of 2 items is saved."
        in mail.text.replace("are saved", "is saved")
    )
    assert "Next reminder: 26 November 2026, only if nothing is submitted." in mail.text
    assert "Call us, we &lt;b&gt;help&lt;/b&gt; &amp; listen." in mail.html
    assert mail_to(alba, "nudge").language == "ar"


def test_without_a_sentence_nothing_is_said_about_one(ana: Member, staff: Member) -> None:
    nudge_offices(round=opened_round(ana.office), offices=["QM"], sentence=" ", by=staff.user, now=NOW)
    assert "The Secretariat writes" not in mail_to(ana, "nudge").text


def test_offices_that_have_answered_are_left_out_and_an_answer_ends_it(
    ana: Member, chloe: Member, staff: Member, answer: Callable[..., object]
) -> None:
    round = opened_round(ana.office, chloe.office)
    answer(round, ana)
    assert may_be_nudged(round, NOW) == [chloe.office]
    assert nudge_offices(round=round, offices=BOTH, sentence="", by=staff.user, now=NOW) == 1
    answer(round, chloe, now=NOW + timedelta(hours=1))
    assert mail_to(chloe, "nudge").state == "cancelled"
    with pytest.raises(NobodyToNudge):
        nudge_offices(round=round, offices=BOTH, sentence="", by=staff.user, now=NOW)


def test_an_office_nobody_speaks_for_is_not_counted_as_reminded(ana: Member, norland: Office, staff: Member) -> None:
    round = opened_round(ana.office, norland)
    assert nudge_offices(round=round, offices=BOTH, sentence="", by=staff.user, now=NOW) == 1
    assert response_of(round, norland).nudged_at is None
    with pytest.raises(NobodyToNudge):
        nudge_offices(round=round, offices=["QN", "no such office"], sentence="", by=staff.user, now=NOW)


def test_after_closing_nobody_is_reminded(ana: Member, staff: Member) -> None:
    round = opened_round(ana.office)
    after = CLOSES + timedelta(minutes=1)
    assert may_be_nudged(round, after) == []
    with pytest.raises(NobodyToNudge):
        nudge_offices(round=round, offices=["QM"], sentence="", by=staff.user, now=after)


def test_members_do_not_remind(ana: Member) -> None:
    with pytest.raises(NotOfTheSecretariat):
        nudge_offices(round=opened_round(ana.office), offices=["QM"], sentence="", by=ana.user, now=NOW)
    assert OfficeResponse.objects.get().nudged_at is None


def test_the_steps_of_the_schedule_stay_and_a_new_deadline_takes_it_back(ana: Member, staff: Member) -> None:
    round = opened_round(ana.office)
    nudge_offices(round=round, offices=["QM"], sentence="", by=staff.user, now=NOW)
    queue_due_reminders(now=NOW)
    assert mail_to(ana, "14").state == "queued"
    extend_round(round=round, closes_at=CLOSES + timedelta(days=9), reason="More.", by=staff.user, now=NOW)
    assert mail_to(ana, "nudge").state == "superseded"
    assert Delivery.objects.filter(step="nudge").count() == 1
