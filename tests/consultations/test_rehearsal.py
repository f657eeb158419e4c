"""What an act would mail is what it mails: the same persons, steps, instants and words."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from accounts.models import Member, Office
from consultations.models import Round
from consultations.operations import close_round, extend_round, nudge_offices, open_round, queue_due_reminders
from consultations.rehearsal import (
    ADDRESSES_REFUSED,
    NOBODY_SPEAKS,
    Rehearsal,
    Unreachable,
    rehearse_closing,
    rehearse_extension,
    rehearse_nudge,
    rehearse_opening,
    rehearse_schedule,
    unreachable_among,
)
from notifications.message import address_hash
from notifications.models import Delivery, Suppression
from tests.consultations.asking import CLOSES, mail_to, opened_round, response_of, round_for
from tests.factories import NOW

LATER = CLOSES + timedelta(days=20)
Answer = Callable[..., object]


def shape(rehearsal: Rehearsal) -> list[tuple[str, str, str, datetime]]:
    return [(mail.member.email, mail.step, mail.template, mail.due_at) for mail in rehearsal.mails]


def stop(member: Member) -> None:
    Suppression.objects.create(address_sha256=address_hash(member.email), reason="Returned", since_at=NOW)


# --- as it will be ----------------------------------------------------------------------------------------------------
def test_an_opening_is_rehearsed_word_for_word(ana: Member, alba: Member, staff: Member) -> None:
    round = round_for(ana.office)
    rehearsal = rehearse_opening(round, NOW)
    assert [mail.step for mail in rehearsal.mails if mail.member == ana] == ["opening", "7", "3", "1", "closing"]
    assert [(mail.member, mail.due_at) for mail in rehearsal.at_once] == [(ana, NOW), (alba, NOW)]
    assert rehearsal.recipients == 2
    assert rehearsal.languages == {"en": 5, "ar": 5}
    rendered = {mail.member: mail.render() for mail in rehearsal.at_once}
    open_round(round=round, by=staff.user, now=NOW)
    for member in (ana, alba):
        sent = mail_to(member, "opening")
        own_link = next(word for word in sent.text.split() if "/hand-over/" in word)
        assert rendered[member].subject == sent.subject
        hidden = "(the recipient's own link)" if member == ana else rendered[member].text.splitlines()[-2]
        assert rendered[member].text == sent.text.replace(own_link, hidden)
        assert rendered[member].html == sent.html.replace(own_link, "#")


def test_every_step_of_an_opening_comes_as_rehearsed(ana: Member, chloe: Member, staff: Member) -> None:
    round = round_for(ana.office, chloe.office)
    rehearsal = rehearse_opening(round, NOW)
    open_round(round=round, by=staff.user, now=NOW)
    for mail in rehearsal.mails:
        queue_due_reminders(now=mail.due_at)
    kept = Delivery.objects.values_list("to_address", "step")
    assert sorted(kept) == sorted((mail.member.email, mail.step) for mail in rehearsal.mails)


def test_the_subject_of_a_reminder_is_that_of_its_own_day(ana: Member) -> None:
    by_step = {mail.step: mail for mail in rehearse_opening(round_for(ana.office), NOW).mails}
    assert by_step["7"].render().subject == "7 days left: Next-step actions (Meridia)"
    assert "0 of 2 items are saved." in by_step["1"].render().text
    assert (by_step["7"].days_before, by_step["opening"].days_before) == (7, None)
    assert (by_step["7"].code, by_step["7"].zone) == (f"7:{ana.pk}", "America/Santiago")


def test_an_extension_is_rehearsed_with_its_reason_and_fresh_steps(
    ana: Member, chloe: Member, staff: Member, answer: Answer
) -> None:
    round = opened_round(ana.office, chloe.office)
    answer(round, ana)
    rehearsal = rehearse_extension(round, LATER, " Holidays. ", NOW)
    steps = [(mail.member, mail.step) for mail in rehearsal.mails]
    assert steps == [
        (ana, "extension"),
        (chloe, "extension"),
        *((chloe, step) for step in ("30", "14", "7", "3", "1")),
        (ana, "closing"),
        (chloe, "closing"),
    ]
    first = rehearsal.mails[0].render()
    assert response_of(round, ana.office).closes_at == CLOSES
    extend_round(round=round, closes_at=LATER, reason="Holidays.", by=staff.user, now=NOW)
    assert (first.subject, mail_to(ana, "extension").subject) == (
        mail_to(ana, "extension").subject,
        "New deadline 23 December 2026: Next-step actions (Meridia)",
    )
    assert "Reason: Holidays." in first.text
    assert "Your office has submitted." in first.text


def test_an_office_that_keeps_its_later_deadline_is_not_rehearsed(ana: Member, chloe: Member) -> None:
    round = opened_round(ana.office, chloe.office)
    round.responses.filter(office="QM").update(closes_at=LATER + timedelta(days=1))
    assert {mail.member for mail in rehearse_extension(round, LATER, "Why.", NOW).mails} == {chloe}


def test_an_early_closing_is_one_notice_to_every_office(
    ana: Member, chloe: Member, staff: Member, answer: Answer
) -> None:
    round = opened_round(ana.office, chloe.office)
    answer(round, ana)
    rehearsal = rehearse_closing(round, "All is said.", NOW)
    assert [(mail.member, mail.step) for mail in rehearsal.mails] == [(ana, "closing"), (chloe, "closing")]
    words = rehearsal.mails[1].render()
    close_round(round=round, reason="All is said.", by=staff.user, now=NOW)
    sent = mail_to(chloe, "closing")
    assert words.subject == sent.subject
    assert "closed it before its time. Reason: All is said." in words.text
    assert words.text.splitlines()[:8] == sent.text.splitlines()[:8]


def test_a_nudge_is_rehearsed_with_its_sentence_for_those_who_owe(
    ana: Member, chloe: Member, staff: Member, answer: Answer
) -> None:
    round = opened_round(ana.office, chloe.office)
    answer(round, ana)
    rehearsal = rehearse_nudge(round, ["QM", "QN"], "Call us.", NOW)
    assert shape(rehearsal) == [(chloe.email, "nudge", "consultations/reminder", NOW)]
    words = rehearsal.mails[0].render()
    nudge_offices(round=round, offices=["QM", "QN"], sentence="Call us.", by=staff.user, now=NOW)
    assert words.subject == mail_to(chloe, "nudge").subject
    assert "The Secretariat writes:\n  Call us." in words.text


def test_the_schedule_is_what_comes_if_nothing_is_done(ana: Member, chloe: Member) -> None:
    running = opened_round(ana.office)
    assert [mail.step for mail in rehearse_schedule(running, NOW).mails] == ["7", "3", "1", "closing"]
    assert rehearse_schedule(round_for(chloe.office), NOW).mails[0].step == "opening"
    nothing = rehearse_schedule(running, CLOSES + timedelta(days=30))
    assert (nothing.mails, nothing.at_once, nothing.recipients, nothing.languages) == ([], [], 0, {})


@pytest.mark.parametrize("zone", ["Asia/Tokyo", "Pacific/Auckland", "America/Santiago"])
def test_a_reminder_leaves_at_nine_in_the_zone_of_the_reader(ana: Member, zone: str) -> None:
    Member.objects.filter(pk=ana.pk).update(time_zone=zone)
    (week,) = [mail for mail in rehearse_opening(round_for(ana.office), NOW).mails if mail.step == "7"]
    assert (week.zone, week.language) == (zone, "en")
    with timezone.override(zone):
        assert timezone.localtime(week.due_at).hour == 9


# --- whom no mail reaches ---------------------------------------------------------------------------------------------
def test_offices_without_a_working_contact_are_named_with_the_reason(
    ana: Member, alba: Member, chloe: Member, belmora: Office
) -> None:
    offices = [ana.office, chloe.office, belmora]
    assert unreachable_among(offices) == [Unreachable(office=belmora, reason=NOBODY_SPEAKS)]
    stop(ana)
    stop(chloe)
    assert rehearse_opening(round_for(*offices), NOW).unreachable == [
        Unreachable(office=chloe.office, reason=ADDRESSES_REFUSED),
        Unreachable(office=belmora, reason=NOBODY_SPEAKS),
    ]
    Suppression.objects.update(ended_at=NOW, ended_by="staff@wild.example")
    assert unreachable_among(offices) == [Unreachable(office=belmora, reason=NOBODY_SPEAKS)]


def test_rehearsing_changes_nothing(ana: Member, staff: Member) -> None:
    round = opened_round(ana.office)
    before = list(Round.objects.values()), list(round.responses.values()), Delivery.objects.count()
    for rehearsal in (
        rehearse_extension(round, LATER, "Why.", NOW),
        rehearse_closing(round, "Why.", NOW),
        rehearse_nudge(round, ["QM"], "", NOW),
        rehearse_schedule(round, NOW),
    ):
        assert [mail.render() for mail in rehearsal.mails]
    assert (list(Round.objects.values()), list(round.responses.values()), Delivery.objects.count()) == before
