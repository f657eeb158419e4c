"""Asking the network, answering, and publishing what was learnt; the engine is that of circulations."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

from django.db import transaction
from django.urls import reverse
from django.utils.text import slugify
from django.utils.translation import gettext as _

from accounts.models import Member, Office, User
from consultations.drafts import PART_SEPARATOR, Draft, draft_of
from consultations.models import OfficeResponse, Release, Round, Submission
from consultations.operations import (
    DeadlineOver,
    DraftChanged,
    NotAuthorised,
    Refusal,
    ask_release,
    lock_for_submission,
    open_round,
    submit_answers,
    withdraw_release,
)
from consultations.operations.releases import Deed, Doing, register, register_page, state_of
from consultations.operations.rounds import opening
from network.emails import sent_back_message
from network.models import Question, QuestionAnswer
from network.permissions import asks_as, can_ask, is_asker
from notifications import outbox

PART = "a"  # a question has one part
FIELD = f"{PART}{PART_SEPARATOR}text"
LONGEST_BASE = 60  # characters of the title in an address


class NotOfTheNetwork(NotAuthorised):
    """Asking needs a seat in the CIO Network."""

    @property
    def message(self) -> str:
        return _("Members of the CIO Network and the Secretariat ask questions to the network.")


class NotTheAsker(NotAuthorised):
    """Only who asked changes the question and publishes a summary."""

    @property
    def message(self) -> str:
        return _("Only the person who asked can do this.")


class AskerHasLeftNetwork(Refusal):
    """Who asked does not sit in the network any more."""

    @property
    def message(self) -> str:
        return _("The person who asked no longer sits in the CIO Network. Send the question back.")


class SentAlready(Refusal):
    """What offices were asked does not change."""

    @property
    def message(self) -> str:
        return _("The question has been sent to offices and cannot be changed.")


class NobodyAnswers(Refusal):
    """No office has somebody who could answer."""

    @property
    def message(self) -> str:
        return _("No other office has a focal point or an alternate who could answer.")


class ReasonNeeded(Refusal):
    """A question goes back with a reason."""

    @property
    def message(self) -> str:
        return _("Give the reason: the person who asked reads it.")


class AnswerMissing(Refusal):
    """An empty answer is none."""

    @property
    def message(self) -> str:
        return _("Nothing was submitted: write the answer of your office first.")


class TwoVersions(Refusal):
    """The office has not chosen between two versions."""

    @property
    def message(self) -> str:
        return _("Nothing was submitted: two versions stand side by side. Choose one.")


class StillOpen(Refusal):
    """A summary speaks of all answers."""

    @property
    def message(self) -> str:
        return _("A summary can be published when the question has closed.")


class SummaryMissing(Refusal):
    """An empty summary is none."""

    @property
    def message(self) -> str:
        return _("Write the summary first.")


class PublishedAlready(Refusal):
    """What was published stays."""

    @property
    def message(self) -> str:
        return _("A summary has been published already. Nothing was done.")


@dataclass(frozen=True, kw_only=True)
class Asking:
    """What is asked: one line, the text, and the last instant for answers (aware UTC)."""

    title: str
    text: str
    closes_at: datetime


@transaction.atomic
def ask_network(*, asking: Asking, by: User, now: datetime, question: Question | None = None) -> Question:
    """Writes a question, or changes one that was not sent, and asks the Secretariat to release it to all other offices.

    What waited before is withdrawn: what is released is what was asked last. Raises NotOfTheNetwork, NotTheAsker,
    SentAlready, ReleaseOver, DeadlineOver and NobodyAnswers.
    """
    member = asks_as(by)
    if member is None:
        raise NotOfTheNetwork
    if asking.closes_at <= now:
        raise DeadlineOver
    question = _changed(question, by, now) if question else Question(asked_by=member)
    _store(question, asking, now)
    ask_release(round=question.round, act=Release.Act.OPEN, arguments={}, by=by, now=now)
    return question


def _changed(question: Question, by: User, now: datetime) -> Question:
    """A question that can be changed, locked; what waited for the Secretariat waits no more."""
    if not is_asker(by, question):
        raise NotTheAsker
    for waiting in question.round.releases.waiting():  # locked before the round, in the order of a release
        withdraw_release(release=waiting, by=by, now=now)
    round = Round.objects.select_for_update(no_key=True).filter(pk=question.round_id, opened_at=None).first()
    if round is None:
        raise SentAlready
    question.round = round
    return question


def _store(question: Question, asking: Asking, now: datetime) -> None:
    addressees = list(_offices_besides(question.asked_by.office_id))
    if not addressees:
        raise NobodyAnswers
    round = question.round if question.pk else Round(kind=Round.Kind.QUESTION, slug=uuid4().hex)
    round.titles, round.opens_at, round.closes_at = {"en": asking.title}, now, asking.closes_at
    round.sections, round.section_headings = [PART], {PART: asking.text}
    round.save()
    if not question.pk:  # the number keeps two questions with one title apart
        round.slug = f"{slugify(asking.title)[:LONGEST_BASE].strip('-') or 'question'}-q{round.pk}"
        round.answer_path = reverse("question_answer", args=[round.slug])
        round.save(update_fields=["slug", "answer_path"])
    round.addressees.set(addressees)
    question.round, question.text = round, asking.text
    question.save()


def _offices_besides(own: str | None) -> Any:
    """Every office in which somebody speaks for it, other than the asker's and the Secretariat."""
    speaking = Member.objects.speaking_for_office().exclude(office=own).values("office")
    return Office.objects.filter(pk__in=speaking).exclude(kind=Office.Kind.SECRETARIAT)


@transaction.atomic
def send_back(*, release: Release, reason: str, by: User, now: datetime) -> Question:
    """Ends a question that waits without sending it, and tells who asked why; they can change it and ask again.

    Raises ReasonNeeded, NotOfTheSecretariat and ReleaseOver.
    """
    if not reason.strip():
        raise ReasonNeeded
    withdrawn = withdraw_release(release=release, by=by, now=now)
    question = _of(withdrawn.round)
    if question.asked_by.until_on is None:
        outbox.queue(sent_back_message(question, withdrawn, reason.strip(), now), now=now)
    return question


@transaction.atomic
def submit_question_answer(
    *, response: OfficeResponse, seen_number: int, seen_draft: str, by: User, now: datetime
) -> Submission:
    """Submits the draft of an office as it stands, which must be the one that was shown (`seen_draft`).

    The receipt does not repeat the answer: the Secretariat reads the ledger of mail, the asker alone the answer.
    Raises AnswerMissing, TwoVersions, DraftChanged, and what `consultations.operations.submit_answers` raises.
    """
    locked = lock_for_submission(response=response, seen_number=seen_number, by=by, now=now)
    draft = draft_of(locked)
    if draft.fingerprint != seen_draft:
        raise DraftChanged
    if refusal := obstacle_to_submitting(draft):
        raise refusal
    submission = submit_answers(response=locked, seen_number=seen_number, summary=[], by=by, now=now)
    QuestionAnswer.objects.create(submission=submission, text=draft.value(FIELD))
    return submission


def obstacle_to_submitting(draft: Draft) -> Refusal | None:
    """Why a draft cannot be submitted as it stands; None where it can."""
    state = draft.fields.get(FIELD)
    if state is not None and state.in_conflict:
        return TwoVersions()
    return None if str(draft.value(FIELD)).strip() else AnswerMissing()


@transaction.atomic
def publish_summary(*, question: Question, text: str, by: User, now: datetime) -> Question:
    """Shows question and summary to all members from `now` on; the single answers stay with who asked.

    Raises NotTheAsker, SummaryMissing, StillOpen and PublishedAlready.
    """
    if not is_asker(by, question):
        raise NotTheAsker
    if not text.strip():
        raise SummaryMissing
    round = Round.objects.select_for_update(no_key=True).get(pk=question.round_id)
    if round.opened_at is None or round.is_open_at(now):
        raise StillOpen
    unpublished = Question.objects.filter(pk=question.pk, summary_published_at=None)
    if not unpublished.update(summary=text.strip(), summary_published_at=now, summary_published_by=by):
        raise PublishedAlready
    question.refresh_from_db()
    return question


def _of(round: Round) -> Question:
    return Question.objects.select_related("round", "asked_by__office").get(round=round)


def _open(deed: Deed) -> Round:
    """Opened in the name of the Secretariat's second person; the first is who asked."""
    second = deed.release.released_by if deed.release else None
    return open_round(round=deed.round, by=second or deed.by, now=deed.now, release=deed.release)


def _state_of(round: Round) -> dict[str, Any]:
    """What sending is decided on: besides the round, the text."""
    return {**state_of(round), "text": _of(round).text}


register(
    act=Release.Act.OPEN,
    kind=Round.Kind.QUESTION,
    doing=Doing(
        rehearse=lambda deed: opening(deed.round, deed.now),
        do=_open,
        state=_state_of,
        may_ask=can_ask,
        asker_has_left=AskerHasLeftNetwork,
    ),
)
register_page(
    kind=Round.Kind.QUESTION,
    path=lambda release: reverse("question_release", args=[release.round.slug, release.pk]),
)
