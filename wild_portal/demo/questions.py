"""Questions to the network in the demonstration: one summed up, one open, one that waits for the Secretariat."""

from __future__ import annotations

from consultations.drafts import draft_of
from consultations.models import OfficeResponse, Release
from consultations.operations import Edit, mark_opened, release, save_draft
from network.models import Question
from network.operations import FIELD, Asking, ask_network, publish_summary, submit_question_answer
from wild_portal.demo.acts import REVIEWED
from wild_portal.demo.data import Entry, in_groups
from wild_portal.demo.scene import Scene


def ask_questions(scene: Scene) -> None:
    """Each as far as it has come by the day of seeding; who asks sits in the group of the scene."""
    for entry in in_groups()["questions"]:
        by = scene.cast.login(entry["by"])
        asking = Asking(title=entry["title"], text=entry["text"], closes_at=scene.end_of(entry["closes_day"]))
        question = ask_network(asking=asking, by=by, now=scene.ago(entry["asked_day"], 11))
        if "released_day" in entry:
            waiting = Release.objects.waiting().select_related("round", "asked_by").get(round=question.round)
            release(release=waiting, by=scene.cast.secretariat, now=scene.ago(entry["released_day"], 9))
        for said in entry.get("answers", ()):
            _answer(scene, question, said)
        if "summary" in entry:
            now = scene.ago(entry["summary_day"], 12)
            publish_summary(question=question, text=entry["summary"], by=by, now=now)


def _answer(scene: Scene, question: Question, said: Entry) -> None:
    response = OfficeResponse.objects.select_related("round", "office").get(round=question.round, office=said["office"])
    by, now = scene.cast.speaker(said["office"]), scene.ago(said["day"], 14)
    mark_opened(response=response, now=now)
    save_draft(response=response, edits=[Edit(key=FIELD, value=said["text"], seen=0)], by=by, now=now)
    seen = draft_of(response).fingerprint
    submit_question_answer(response=response, seen_number=0, seen_draft=seen, by=by, now=now + REVIEWED)
