"""The situations of questions to the network."""

from dataclasses import replace
from typing import Any

from consultations.drafts import draft_of
from tests.situations import Case, Key, Values
from tests.world import World


def question(name: str, *, changes: bool = True, **posted: Any) -> Case:
    """A question by its place in the world, and this posted."""
    return Case(
        lambda world, _actor: {"slug": world.things[name].round.slug}, lambda _world, _actor: posted, changes=changes
    )


def answer(name: str, **posted: Any) -> Case:
    """The answer of Meridia to a question, whoever asks."""
    return replace(question(name, **posted), query="?office=QM", changes_on_get=True)


def submitting(name: str) -> Case:
    """What was read is what is submitted."""

    def data(world: World, _actor: str) -> Values:
        response = world.things[f"{name}_response"]
        seen = {"seen_number": response.submissions.count(), "seen_draft": draft_of(response).fingerprint}
        return seen | {"confirm": "on"}

    return replace(question(name), data=data, query="?office=QM")


def releasing(thing: str, **posted: Any) -> Case:
    """What cx asked for, and what the Secretariat does with it."""

    def arguments(world: World, _actor: str) -> Values:
        release = world.things[thing]
        return {"slug": release.round.slug, "pk": release.pk}

    return Case(arguments, lambda _world, _actor: posted)


ASKED = {"title": "Which search engine", "text": "Which one, and why?", "closes_on": "2027-03-01"}
TYPED = {"item-a-text": "An answer", "item-a-text-seen": ""}

CASES: dict[Key, Case] = {
    ("question_list", "GET", "searched"): Case(query="?q=search"),
    ("question_ask", "POST", "looked for first"): Case(data=lambda _w, _a: ASKED | {"do": "look"}, changes=False),
    ("question_ask", "POST", "asked"): Case(data=lambda _w, _a: ASKED | {"do": "ask"}),
    ("question_detail", "GET", "not sent"): question("question_waiting"),
    ("question_detail", "GET", "summary published"): question("question_public"),
    ("question_edit", "GET", "not sent"): question("question_waiting"),
    ("question_edit", "POST", "not sent"): question("question_waiting", **ASKED, do="ask"),
    ("question_edit", "POST", "sent"): question("question", **ASKED, do="ask"),
    ("question_release", "POST", "send"): releasing("question_asked", do="release"),
    ("question_release", "POST", "send back"): releasing("question_asked", do="back", reason="Asked last year"),
    ("question_release", "POST", "withdraw"): releasing("question_asked", do="withdraw"),
    ("question_release", "POST", "decided before"): releasing("question_withdrawn", do="release"),
    ("question_answer", "GET", "draft and open"): answer("question"),
    ("question_answer", "GET", "after closing"): answer("question_past"),
    ("question_answer", "POST", "draft and open"): answer("question", **TYPED),
    ("question_answer", "POST", "after closing"): answer("question_past", **TYPED),
    ("question_draft", "POST", "draft and open"): answer("question", **TYPED),
    ("question_draft", "POST", "after closing"): answer("question_past", **TYPED),
    ("question_presence", "POST", "draft and open"): replace(answer("question", part="a"), changes=False),
    ("question_presence", "POST", "after closing"): answer("question_past", part="a"),
    ("question_review", "GET", "draft and open"): answer("question"),
    ("question_review", "GET", "after closing"): answer("question_past"),
    ("question_review", "POST", "submit while open"): submitting("question"),
    ("question_review", "POST", "submit after closing"): submitting("question_past"),
    ("question_receipt", "GET", "submitted"): answer("question_past"),
    ("question_submission", "GET", "submitted"): Case(
        lambda world, _actor: {"slug": world.things["question_past"].round.slug, "number": 1}, query="?office=QM"
    ),
    ("question_summary", "GET", "closed"): question("question_past"),
    ("question_summary", "GET", "not sent"): question("question_waiting"),
    ("question_summary", "GET", "summary published"): question("question_public"),
    ("question_summary", "POST", "closed"): question("question_past", summary="Most use one."),
    ("question_summary", "POST", "still open"): question("question", summary="Most use one."),
    ("question_summary", "POST", "summary published"): question("question_public", summary="Another one."),
}
