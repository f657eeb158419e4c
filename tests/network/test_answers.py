"""Answers to a question: submitted by who speaks for the office, read by who asked alone, published as a summary."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import AnonymousUser

from accounts.models import Member, User
from consultations.drafts import draft_of
from consultations.models import Round
from consultations.operations import (
    AlreadySubmitted,
    DraftChanged,
    NotAuthorised,
    RoundClosed,
    queue_due_reminders,
    save_draft_field,
)
from network.models import Question, QuestionAnswer
from network.operations import (
    FIELD,
    AnswerMissing,
    NotTheAsker,
    PublishedAlready,
    StillOpen,
    SummaryMissing,
    TwoVersions,
    publish_summary,
    submit_question_answer,
)
from network.permissions import asks_as, can_ask, can_count_answers, is_asker
from notifications.models import Delivery
from tests.consultations.asking import ledger, response_of
from tests.factories import NOW, MemberFactory, UserFactory
from tests.network.wondering import AFTER, CLOSES, answered, asked, seated, sent, submit, write


def test_an_answer_is_recorded_and_ends_the_debt(ana: Member, chloe: Member) -> None:
    question = sent(ana)
    submission = answered(question, chloe, "One of our own.")

    assert QuestionAnswer.objects.get().text == "One of our own."
    assert str(QuestionAnswer.objects.get()) == str(submission)
    queue_due_reminders(now=CLOSES - timedelta(days=6))
    assert not Delivery.objects.filter(step="7").exists()
    assert (chloe.email, "1", "queued") in ledger()


def test_no_mail_repeats_the_answer_that_the_asker_alone_reads(ana: Member, chloe: Member, staff: Member) -> None:
    answered(sent(ana), chloe, "canary-answer-4711")
    queue_due_reminders(now=AFTER)

    receipt, closing = (Delivery.objects.get(purpose=purpose) for purpose in ("receipt", "closing"))
    assert "submitted version 1 of the answer" in receipt.text
    assert "The answer of Norland is with the member who asked." in closing.text
    assert [mail.pk for mail in Delivery.objects.all() if b"canary-answer" in bytes(mail.rendered or b"")] == []
    assert [mail.pk for mail in Delivery.objects.all() if "canary-answer" in mail.text] == []


def test_a_revision_is_another_submission(ana: Member, chloe: Member) -> None:
    question = sent(ana)
    answered(question, chloe, "One.")
    second = answered(question, chloe, "Another one.")

    assert second.number == 2
    assert list(QuestionAnswer.objects.order_by("pk").values_list("text", flat=True)) == ["One.", "Another one."]


def test_only_who_speaks_for_the_office_submits_and_only_in_time(ana: Member, chloe: Member) -> None:
    response = write(sent(ana), chloe, "One.")
    colleague = MemberFactory(office=chloe.office, role=Member.Role.CONTRIBUTOR, user=UserFactory())

    for other in (colleague, ana):
        with pytest.raises(NotAuthorised):
            submit(response, other)
    with pytest.raises(RoundClosed):
        submit(response, chloe, now=AFTER)
    assert QuestionAnswer.objects.count() == 0


def test_what_is_submitted_is_what_was_read(ana: Member, chloe: Member) -> None:
    response = write(sent(ana), chloe, "One.")
    seen = draft_of(response).fingerprint
    given = {"response": response, "seen_number": 0, "by": chloe.user, "now": NOW}
    write(Question.objects.get(), chloe, "Another one.", now=NOW + timedelta(hours=1))

    with pytest.raises(DraftChanged):
        submit_question_answer(seen_draft=seen, **given)
    submit(response, chloe)
    with pytest.raises(AlreadySubmitted):
        submit_question_answer(seen_draft=draft_of(response).fingerprint, **given)


def test_an_empty_answer_and_two_versions_are_refused(ana: Member, chloe: Member) -> None:
    question = sent(ana)
    response = response_of(question.round, chloe.office)
    with pytest.raises(AnswerMissing, match="write the answer"):
        submit(response, chloe)
    write(question, chloe, "  ")
    with pytest.raises(AnswerMissing):
        submit(response, chloe)
    colleague = MemberFactory(office=chloe.office, user=UserFactory())
    save_draft_field(response=response, key=FIELD, value="Mine", seen=0, by=colleague.user, now=NOW)
    with pytest.raises(TwoVersions, match="two versions"):
        submit(response, chloe)


# --- the summary ------------------------------------------------------------------------------------------------------
def test_a_summary_is_published_once_after_closing_by_who_asked(ana: Member, chloe: Member, staff: Member) -> None:
    question = sent(ana)
    with pytest.raises(StillOpen, match="has closed"):
        publish_summary(question=question, text="All", by=ana.user, now=CLOSES)
    with pytest.raises(SummaryMissing, match="Write the summary"):
        publish_summary(question=question, text=" ", by=ana.user, now=AFTER)
    for other in (chloe, staff):
        with pytest.raises(NotTheAsker):
            publish_summary(question=question, text="All", by=other.user, now=AFTER)

    publish_summary(question=question, text=" Most use one. ", by=ana.user, now=AFTER)

    found = Question.objects.get()
    assert (found.summary, found.summary_published_at, found.summary_published_by) == (
        "Most use one.", AFTER, ana.user,
    )  # fmt: skip
    with pytest.raises(PublishedAlready, match="already"):
        publish_summary(question=question, text="Another", by=ana.user, now=AFTER)
    assert Question.objects.get().summary == "Most use one."


def test_a_question_that_was_not_sent_has_no_summary(ana: Member, chloe: Member) -> None:
    with pytest.raises(StillOpen):
        publish_summary(question=asked(ana), text="All", by=ana.user, now=AFTER)


# --- who sees what ----------------------------------------------------------------------------------------------------
def seen_by(user: User) -> int:
    return Question.objects.visible_to(user).count()


def test_a_question_is_seen_by_offices_asked_and_the_own_until_its_summary_is_published(
    ana: Member, bruno: Member, chloe: Member, staff: Member, gustav: Member
) -> None:
    question = asked(ana)
    later = MemberFactory(user=UserFactory())  # of an office nobody spoke for
    everybody = [ana, bruno, chloe, later, gustav, staff]

    assert [seen_by(member.user) for member in everybody] == [1, 1, 0, 0, 0, 1]
    Round.objects.filter(pk=question.pk).update(opened_at=NOW, opened_by=staff.user)
    assert [seen_by(member.user) for member in everybody] == [1, 1, 1, 0, 0, 1]
    publish_summary(question=question, text="All", by=ana.user, now=AFTER)
    assert [seen_by(member.user) for member in everybody] == [1, 1, 1, 1, 0, 1]


def test_answers_are_read_by_who_asked_alone_while_they_are_in_their_office(
    ana: Member, bruno: Member, chloe: Member, staff: Member
) -> None:
    question = asked(ana)

    readers = [ana, bruno, chloe, staff]
    assert [is_asker(member.user, question) for member in readers] == [True, False, False, False]
    assert [can_count_answers(member.user, question) for member in readers] == [True, False, False, True]
    question.asked_by.until_on = NOW.date()
    question.asked_by.save()
    assert not is_asker(ana.user, question)


def test_strangers_neither_ask_nor_read(ana: Member, chloe: Member) -> None:
    question, stranger = asked(ana), AnonymousUser()

    assert (can_ask(stranger), asks_as(stranger), is_asker(stranger, question)) == (False, None, False)
    assert not can_count_answers(stranger, question)
    assert not Question.objects.visible_to(stranger).exists()
    assert asks_as(seated(chloe).user) == chloe
