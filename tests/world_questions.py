"""Questions to the network in the small world: waiting, open, closed, and with a published summary; all asked by cx."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from accounts.models import User
from consultations.models import DraftField, OfficeResponse, Release, Round, Submission
from consultations.operations import ask_release, withdraw_release
from network.models import Question, QuestionAnswer
from tests import factories as make

if TYPE_CHECKING:
    from tests.world import World


def questions(world: World) -> None:
    """Norland has answered the open one, Meridia the others."""
    past, staff = {"closes_at": world.now - timedelta(days=3)}, world.user("st")
    public = {"summary": "Most use one.", "summary_published_at": world.now, "summary_published_by": world.user("cx")}
    world.things |= {
        "question": _question(world, "which-search-q1", staff),
        "question_waiting": _question(world, "which-cloud-q2", None),
        "question_past": _question(world, "which-codes-q3", staff, **past),
        "question_public": _question(world, "which-feeds-q4", staff, **past),
    }
    Question.objects.filter(pk=world.things["question_public"].pk).update(**public)
    for name in ("question", "question_past", "question_public"):
        _answers(world, name)
    _releases(world)


def _question(world: World, slug: str, staff: User | None, **fields: Any) -> Question:
    began, things = world.now - timedelta(days=10), world.things
    offices = [things["office"], things["other_office"]]
    opened = {"opened_at": began, "opened_by": staff} if staff else {}
    fields = {"opens_at": began, "closes_at": world.now + timedelta(days=13)} | fields
    round_ = make.RoundFactory(
        kind=Round.Kind.QUESTION, slug=slug, titles={"en": "Which search engine"}, sections=["a"],
        section_headings={"a": "Which one does your office use?"}, answer_path=f"/questions/{slug}/answer/",
        **opened, **fields,
    )  # fmt: skip
    round_.addressees.set(offices)
    for office in offices if staff else []:
        make.OfficeResponseFactory(round=round_, office=office, closes_at=round_.closes_at)
    return Question.objects.create(
        round=round_, asked_by=world.members["cx"], text="Which one does your office use, and why?"
    )


def _answers(world: World, name: str) -> None:
    round_ = world.things[name].round
    response = OfficeResponse.objects.get(round=round_, office="QM")
    editor = {"edited_by": world.user("mo"), "edited_at": world.now, "started_at": world.now}
    DraftField.objects.create(response=response, key="a.text", value="One of our own.", version=1, seen=0, **editor)
    answered = OfficeResponse.objects.get(round=round_, office="QN" if name == "question" else "QM")
    submission = Submission.objects.create(
        response=answered, number=1, submitted_at=world.now - timedelta(days=5), submitted_by=world.user("fx")
    )
    QuestionAnswer.objects.create(submission=submission, text="One of our own, for ten years.")
    world.things[f"{name}_response"] = response


def _releases(world: World) -> None:
    """What cx asked for waits; a second one was taken back."""
    opening = {"act": Release.Act.OPEN, "arguments": {}, "by": world.user("cx"), "now": world.now}
    back = _question(world, "which-fonts-q5", None)
    world.things["question_back"] = back
    world.things["question_withdrawn"] = ask_release(round=back.round, **opening)
    withdraw_release(release=world.things["question_withdrawn"], by=world.user("cx"), now=world.now)
    world.things["question_asked"] = ask_release(round=world.things["question_waiting"].round, **opening)
