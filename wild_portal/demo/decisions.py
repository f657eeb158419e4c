"""Silence procedures of the demonstration: adopted, broken, running, and one that waits for a second person.

No mail of the past is sent, so no notice arrives. Those to people whose address works end as played, which the ledger
says of each and which counts as arrived; an office whose addresses have returned mail is not reached, as always.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from meetings.emails_silence import notice_subject
from meetings.invitations import unreachable
from meetings.models import Document, SilenceProcedure
from meetings.operations.documents import Issue, issue_document
from meetings.operations.silence import Proposal, break_silence, conclude_silence, prepare_silence, release_silence
from meetings.silence import sitting
from notifications import outbox
from notifications.models import Delivery
from wild_portal.demo.data import Entry, file_of
from wild_portal.demo.scene import Scene

LONG_PAST = "It lies in the past of the demonstration."


def issue_documents(scene: Scene, plan: Entry) -> None:
    """The documents that are put to the members; each stands on the page of the group."""
    for entry in plan["documents"]:
        issue = Issue(
            slug=entry["slug"],
            titles=entry["titles"],
            kind=entry["kind"],
            visibility=Document.Visibility.GROUP,
            language="en",
        )
        by, now = scene.cast.secretariat, scene.ago(entry["day"], 9)
        issue_document(group=scene.group, issue=issue, upload=file_of(entry), by=by, now=now)


def decide(scene: Scene, plans: Iterable[Entry]) -> None:
    """Each procedure as far as it has come by the day of seeding."""
    for entry in plans:
        by, now = scene.cast.secretariat, scene.ago(entry["prepared_day"])
        procedure = prepare_silence(group=scene.group, proposal=_proposal(scene, entry), by=by, now=now)
        if "released_day" in entry:
            _run(scene, procedure, entry)


def _proposal(scene: Scene, entry: Entry) -> Proposal:
    candidate, document = entry.get("candidate"), entry.get("document")
    return Proposal(
        title=entry["title"],
        text=entry["text"],
        closes_at=scene.end_of(entry["closes_day"]),
        candidate=scene.cast.people[candidate] if candidate else None,
        document=Document.objects.get(slug=document) if document else None,
    )


def _run(scene: Scene, procedure: SilenceProcedure, entry: Entry) -> None:
    opened_at = scene.ago(entry["released_day"])
    procedure = release_silence(procedure=procedure, by=scene.cast.second, now=opened_at)
    _play_notices(scene, procedure, opened_at)
    for objection in entry.get("objections", ()):
        member = scene.cast.people[objection["by"]]
        if member.office is not None:
            break_silence(
                procedure=procedure,
                office=member.office,
                reason=objection["reason"],
                by=scene.cast.login(objection["by"]),
                now=scene.ago(objection["day"], 14),
            )
    conclude_silence(procedure=procedure, now=min(procedure.closes_at, scene.now))


def _play_notices(scene: Scene, procedure: SilenceProcedure, now: datetime) -> None:
    subject = notice_subject(procedure)
    for member in unreachable([seat.member for seat in sitting(scene.group)]):
        outbox.cancel(subject, LONG_PAST, now=now, to=member.email)
    outbox.cancel(subject, Delivery.PLAYED, now=now)
