"""Asking the network: who may, who is asked, what the Secretariat releases or sends back, and what cannot change."""

from dataclasses import replace
from datetime import timedelta

import pytest

from accounts.models import Member
from consultations.models import OfficeResponse, Release, Round
from consultations.operations import (
    DeadlineOver,
    NotOfTheSecretariat,
    ReleaseOver,
    SamePerson,
    SecondPersonNeeded,
    ask_release,
    open_round,
    queue_due_reminders,
    release,
    withdraw_release,
)
from consultations.operations.releases import rehearse_release
from groups.models import Membership
from network.models import Question
from network.operations import (
    AskerHasLeftNetwork,
    NobodyAnswers,
    NotOfTheNetwork,
    NotTheAsker,
    ReasonNeeded,
    SentAlready,
    ask_network,
    send_back,
)
from notifications.models import Delivery
from tests.consultations.asking import ledger
from tests.factories import NOW, MembershipFactory, UserFactory
from tests.network.wondering import ASKING, CLOSES, asked, seated, sent, waiting_of

HOUR = timedelta(hours=1)


def offices_of(round: Round) -> list[str]:
    return sorted(round.addressees.values_list("code", flat=True))


def test_a_question_is_for_every_other_office_with_somebody_who_speaks_for_it(
    ana: Member, bruno: Member, chloe: Member, olga: Member, staff: Member
) -> None:
    question = asked(bruno)

    assert (question.round.kind, question.round.title, question.text) == ("question", ASKING.title, ASKING.text)
    assert (question.round.opened_at, question.round.opens_at, question.round.closes_at) == (None, NOW, CLOSES)
    assert (question.round.sections, question.round.section_headings) == (["a"], {"a": ASKING.text})
    assert offices_of(question.round) == ["QN", "XB"]  # neither the own office nor the Secretariat
    assert question.round.slug == f"which-search-engine-q{question.round.pk}"
    assert question.round.answer_path == f"/questions/{question.round.slug}/answer/"
    assert question.asked_by == bruno


def test_a_title_without_latin_letters_has_an_address_too(ana: Member, chloe: Member) -> None:
    assert asked(ana, replace(ASKING, title="哪个？")).round.slug.startswith("question-q")


def test_the_secretariat_is_told_and_nothing_else_is_sent(ana: Member, chloe: Member, staff: Member) -> None:
    question = asked(ana)

    mail = Delivery.objects.get()
    page = f"/questions/{question.round.slug}/releases/{waiting_of(question).pk}/"
    assert (mail.to_address, mail.purpose) == (staff.email, "release")
    assert mail.subject == "Waits for your release: Which search engine?"
    assert "Ana Ejemplo asks you to release: send a question to all offices." in mail.text
    assert page in mail.text
    assert OfficeResponse.objects.count() == 0


@pytest.mark.parametrize("role", Membership.SITTING_ROLES)
def test_everybody_who_sits_in_the_network_asks(role: str, ana: Member, chloe: Member) -> None:
    question = ask_network(asking=ASKING, by=seated(ana, role=role).user, now=NOW)

    assert question.asked_by == ana


def test_who_does_not_sit_there_any_more_or_elsewhere_does_not_ask(ana: Member, chloe: Member, gustav: Member) -> None:
    seated(ana, until_on=NOW.date(), ending=Membership.Ending.RESIGNED)
    MembershipFactory(member=chloe)  # of a focus group

    for member in (ana, chloe, gustav):
        with pytest.raises(NotOfTheNetwork, match="Members of the CIO Network and the Secretariat"):
            ask_network(asking=ASKING, by=member.user, now=NOW)
    assert Question.objects.count() == 0


def test_the_secretariat_asks_in_its_own_name_and_needs_a_second_person(
    ana: Member, staff: Member, staff2: Member
) -> None:
    question = ask_network(asking=ASKING, by=staff.user, now=NOW)

    with pytest.raises(SamePerson):
        release(release=waiting_of(question), by=staff.user, now=NOW)
    released = release(release=waiting_of(question), by=staff2.user, now=NOW)
    assert (released.round.opened_by, question.asked_by) == (staff2.user, staff)


def test_a_question_without_anybody_to_answer_or_with_a_deadline_that_is_over_is_refused(ana: Member) -> None:
    by = seated(ana).user

    with pytest.raises(NobodyAnswers, match="No other office"):
        ask_network(asking=ASKING, by=by, now=NOW)
    with pytest.raises(DeadlineOver):
        ask_network(asking=replace(ASKING, closes_at=NOW), by=by, now=NOW)
    assert (Question.objects.count(), Round.objects.count()) == (0, 0)


# --- sent by the Secretariat ------------------------------------------------------------------------------------------
def test_what_is_released_goes_to_offices_as_rehearsed(ana: Member, chloe: Member, olga: Member, staff: Member) -> None:
    question = asked(ana)
    waiting = waiting_of(question)
    rehearsed = {(mail.member.email, mail.step) for mail in rehearse_release(release=waiting, now=NOW).at_once}

    released = release(release=waiting, by=staff.user, now=NOW + HOUR)

    assert released.round.opened_by == staff.user
    assert released.round.opened_at == NOW + HOUR
    assert sorted(OfficeResponse.objects.values_list("office_id", flat=True)) == ["QN", "XB"]
    openings = {(mail.to_address, mail.step) for mail in Delivery.objects.filter(step="opening")}
    assert openings == rehearsed == {(chloe.email, "opening"), (olga.email, "opening")}
    mail = Delivery.objects.get(to_address=chloe.email)
    assert mail.subject == "Open until 3 December 2026: Which search engine? (Norland)"
    assert "A member of the CIO Network asks Norland and all other offices: Which search engine?" in mail.text
    assert "Only the person who asks reads the answers." in mail.text
    assert ASKING.text in mail.text
    assert "Secretariat asks for the answer" not in mail.text


def test_offices_are_reminded_by_the_engine_until_they_answer(ana: Member, chloe: Member, staff: Member) -> None:
    sent(ana)

    queue_due_reminders(now=CLOSES - timedelta(days=6))

    assert (chloe.email, "7", "queued") in ledger()


def test_one_person_alone_cannot_send_to_many(settings: object, ana: Member, chloe: Member, staff: Member) -> None:
    settings.SECOND_PERSON_ABOVE = 0
    question = asked(ana)

    with pytest.raises(SecondPersonNeeded):
        open_round(round=question.round, by=staff.user, now=NOW)


def test_a_member_does_not_release_and_a_stranger_does_not_ask_for_it(
    ana: Member, chloe: Member, staff: Member
) -> None:
    question = asked(ana)

    with pytest.raises(NotOfTheSecretariat):
        release(release=waiting_of(question), by=chloe.user, now=NOW)
    with pytest.raises(NotOfTheSecretariat):
        ask_release(round=question.round, act="open", arguments={}, by=chloe.user, now=NOW)
    with pytest.raises(NotOfTheSecretariat):
        withdraw_release(release=waiting_of(question), by=chloe.user, now=NOW)


def test_who_asked_takes_it_back(ana: Member, chloe: Member) -> None:
    question = asked(ana)

    withdrawn = withdraw_release(release=waiting_of(question), by=ana.user, now=NOW)

    assert withdrawn.withdrawn_by == ana.user


def test_a_question_whose_asker_left_the_network_is_not_sent(ana: Member, chloe: Member, staff: Member) -> None:
    question = asked(ana)
    Membership.objects.update(until_on=NOW.date(), ending=Membership.Ending.RESIGNED)

    with pytest.raises(AskerHasLeftNetwork, match="no longer sits in the CIO Network"):
        release(release=waiting_of(question), by=staff.user, now=NOW)
    assert not Round.objects.get().opened_at


# --- sent back, changed -----------------------------------------------------------------------------------------------
def test_a_question_goes_back_with_a_reason_that_its_asker_reads(ana: Member, chloe: Member, staff: Member) -> None:
    question = asked(ana)
    waiting = waiting_of(question)
    with pytest.raises(ReasonNeeded, match="Give the reason"):
        send_back(release=waiting, reason="  ", by=staff.user, now=NOW)

    send_back(release=waiting, reason=" Asked last year. ", by=staff.user, now=NOW)

    assert Release.objects.get().withdrawn_by == staff.user
    mail = Delivery.objects.get(purpose="sent_back")
    assert (mail.to_address, mail.subject) == (ana.email, "Not sent: Which search engine?")
    assert "Asked last year." in mail.text
    assert f"/questions/{question.round.slug}/" in mail.text
    with pytest.raises(ReleaseOver):
        send_back(release=waiting, reason="Again", by=staff.user, now=NOW)


def test_nobody_is_written_to_who_has_left(ana: Member, chloe: Member, staff: Member) -> None:
    question = asked(ana)
    Member.objects.filter(pk=ana.pk).update(until_on=NOW.date())

    send_back(release=waiting_of(question), reason="Left", by=staff.user, now=NOW)

    assert not Delivery.objects.filter(purpose="sent_back").exists()


def test_a_changed_question_replaces_what_waits(ana: Member, chloe: Member, staff: Member) -> None:
    question = asked(ana)
    before = waiting_of(question)
    slug = question.round.slug

    ask_network(asking=replace(ASKING, title="Which one?", text="And why?"), by=ana.user, now=NOW, question=question)

    before.refresh_from_db()
    assert before.withdrawn_by == ana.user
    changed = Question.objects.get()
    assert (changed.text, changed.round.title, changed.round.slug) == ("And why?", "Which one?", slug)
    assert changed.round.section_headings == {"a": "And why?"}
    release(release=waiting_of(changed), by=staff.user, now=NOW)
    assert Round.objects.get().opened_at == NOW


def test_what_was_sent_back_is_asked_again(ana: Member, chloe: Member, staff: Member) -> None:
    question = asked(ana)
    send_back(release=waiting_of(question), reason="Be brief", by=staff.user, now=NOW)

    ask_network(asking=ASKING, by=ana.user, now=NOW + HOUR, question=question)

    assert waiting_of(question).asked_at == NOW + HOUR


def test_only_who_asked_changes_it_and_only_until_it_is_sent(ana: Member, chloe: Member, staff: Member) -> None:
    question = sent(ana)

    with pytest.raises(NotTheAsker, match="Only the person who asked"):
        ask_network(asking=ASKING, by=staff.user, now=NOW, question=question)
    with pytest.raises(SentAlready, match="has been sent"):
        ask_network(asking=ASKING, by=ana.user, now=NOW, question=question)


def test_a_release_and_a_change_at_once_end_with_one_of_them(ana: Member, chloe: Member, staff: Member) -> None:
    question, stale = asked(ana), Question.objects.get()
    release(release=waiting_of(question), by=staff.user, now=NOW)

    with pytest.raises(SentAlready):
        ask_network(asking=replace(ASKING, text="Late"), by=ana.user, now=NOW, question=stale)
    assert Question.objects.get().text == ASKING.text


def test_someone_else_of_the_secretariat_is_not_the_asker(ana: Member, chloe: Member) -> None:
    question = asked(ana)

    with pytest.raises(NotOfTheNetwork):
        ask_network(asking=ASKING, by=UserFactory(is_staff=True), now=NOW, question=question)
