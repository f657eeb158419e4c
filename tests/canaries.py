"""Canary words in everything a guest must not read, and who reads each of them where.

A word looks like `canarypost7text`: the model, the row, the field. Files carry theirs as content.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from hashlib import md5
from typing import Any

from django.core.files.base import ContentFile
from django.db import models
from django.urls import reverse

from accounts.models import Member
from consultations.models import DraftField, OfficeResponse
from groups.models import Membership, Nomination, PostRevision
from library.models import StoredFile
from meetings.hours import Hours
from meetings.models import (
    AgendaItem,
    AgreedPoint,
    Circulation,
    CirculationItem,
    Disposition,
    Document,
    DocumentFile,
    GroupReport,
    ItemAnswer,
    MeetingSeries,
    Objection,
    Session,
    SilenceProcedure,
)
from meetings.operations.group_meetings import AgendaLine, Details, plan_meeting
from network.models import Question, QuestionAnswer
from tests import factories as make
from tests.world import World

BIRD = "canary"


@dataclass(frozen=True)
class Canary:
    """A word, and a reader who finds it at an address."""

    word: str
    reader: str
    url: str


@dataclass
class Aviary:
    """The words that were put into the small world."""

    world: World
    canaries: list[Canary] = field(default_factory=list)

    def put(self, row: models.Model, reader: str, url: str, *names: str) -> None:
        """A word in each of these fields of a row, which `reader` reads at `url`."""
        words = {name: f"{BIRD}{row._meta.model_name}{row.pk}{name.replace('_', '')}".lower() for name in names}
        values = {name: self._as(row, name, word) for name, word in words.items()}
        type(row)._default_manager.filter(pk=row.pk).update(**values)
        self.canaries += [Canary(word, reader, url) for word in words.values()]

    def put_file(self, reader: str) -> StoredFile:
        """A file with a word in it, which `reader` may fetch."""
        number = StoredFile.objects.count()
        content = f"{BIRD}file{number}content".encode()
        digest = md5(content).hexdigest()
        row = StoredFile(
            name=f"f{number}.txt",
            content_type="text/plain",
            size=len(content),
            sha256=digest,
            uploaded_at=self.world.now,
        )
        row.content.save(row.name, ContentFile(content), save=False)
        row.save()
        self.canaries.append(Canary(content.decode(), reader, row.get_absolute_url()))
        return row

    def _as(self, row: models.Model, name: str, word: str) -> object:
        kind = row._meta.get_field(name)
        if isinstance(kind, models.JSONField):
            return {"en": word}
        if isinstance(kind, models.EmailField):
            return f"{word}@nest.example"
        return f"https://nest.example/{word}" if isinstance(kind, models.URLField) else word


def fill(world: World) -> Aviary:
    """Puts words into all that Gustav must not read."""
    aviary = Aviary(world)
    for part in (_discussions, _meetings, _decisions, _own_group, _documents, _people, _circulations, _questions):
        part(aviary)
    return aviary


def _discussions(aviary: Aviary) -> None:
    """Of the group in which he does not sit."""
    world, group = aviary.world, aviary.world.things["other_group"]
    thread = make.ThreadFactory(group=group, started_by=world.members["cx"])
    hidden = {"hidden_at": world.now, "hidden_by": world.user("cx"), "hidden_reason": "x"}
    post, gone = make.PostFactory(thread=thread), make.PostFactory(thread=thread, **hidden)
    post.files.add(aviary.put_file("cx"))
    revision = PostRevision.objects.create(post=post, text="x", replaced_at=world.now)
    aviary.put(thread, "cx", thread.get_absolute_url(), "title")
    aviary.put(post, "cx", thread.get_absolute_url(), "text")
    aviary.put(gone, "cx", thread.get_absolute_url(), "text", "hidden_reason")
    aviary.put(revision, "cx", reverse("post_history", args=[group.slug, post.pk]), "text")


def _meetings(aviary: Aviary) -> None:
    """One to come, one held, one called off."""
    world, group = aviary.world, aviary.world.things["other_group"]
    coming, held, off = [_meeting(world) for _ in range(3)]
    began = world.now - timedelta(days=3)
    Session.objects.filter(pk=held.pk).update(starts_at=began, ends_at=began + timedelta(hours=1))
    cancelled = {"cancelled_at": world.now, "cancelled_by": world.user("cx")}
    Session.objects.filter(pk=off.pk).update(**cancelled)
    series = MeetingSeries.objects.create(group=group, name="x", every_months=3)
    Session.objects.filter(pk=coming.pk).update(series=series)
    item = AgendaItem.objects.get(session=held)
    point = AgreedPoint.objects.create(item=item, order=1, text="x")
    aviary.put(coming, "cx", coming.get_absolute_url(), "name", "venue", "join_url")
    aviary.put(series, "cx", coming.get_absolute_url(), "name")
    aviary.put(AgendaItem.objects.get(session=coming), "cx", coming.get_absolute_url(), "title", "explanation")
    aviary.put(item, "cx", reverse("meeting_minutes", args=[group.slug, held.number]), "minutes")
    aviary.put(point, "cx", reverse("meeting_minutes", args=[group.slug, held.number]), "text")
    aviary.put(off, "cx", off.get_absolute_url(), "cancelled_reason")


def _meeting(world: World) -> Session:
    begins = world.now + timedelta(days=13)
    hours = Hours(starts_at=begins, ends_at=begins + timedelta(hours=1), zone="Europe/Zurich")
    group, by, agenda = world.things["other_group"], world.user("st"), [AgendaLine(title="x")]
    return plan_meeting(group=group, details=Details(name="x"), hours=hours, agenda=agenda, by=by, now=world.now)


def _decisions(aviary: Aviary) -> None:
    """Open with an objection, in preparation, withdrawn; and a report."""
    world, group = aviary.world, aviary.world.things["other_group"]
    st, su, now = world.user("st"), world.user("su"), world.now
    opened = {"released_at": now, "released_by": su, "extended_at": now, "extended_by": st}
    withdrawn = {"withdrawn_at": now, "withdrawn_by": st}
    running, prepared, over = [
        SilenceProcedure.objects.create(
            group=group, subject="text", title="x", text="x", prepared_at=now, prepared_by=st,
            closes_at=now + timedelta(days=20), **fields,
        )
        for fields in (opened, {}, opened | withdrawn)
    ]  # fmt: skip
    office = world.members["cx"].office
    objection = Objection.objects.create(
        procedure=running, office=office, objected_by=world.members["cx"], objected_at=now, reason="x"
    )
    drafted = {"drafted_at": now, "drafted_by": world.user("cx")}
    report = GroupReport.objects.create(group=group, session=world.things["hidden_session"], text="x", **drafted)
    aviary.put(running, "cx", running.get_absolute_url(), "title", "text", "extended_reason")
    aviary.put(objection, "cx", running.get_absolute_url(), "reason")
    aviary.put(prepared, "su", prepared.get_absolute_url(), "title", "text")
    aviary.put(over, "cx", over.get_absolute_url(), "title", "withdrawn_reason")
    aviary.put(report, "cx", reverse("report_detail", args=[group.slug, report.pk]), "text")


def _own_group(aviary: Aviary) -> None:
    """What even his own group does not show a guest."""
    world, group = aviary.world, aviary.world.things["group"]
    silence, gone = world.things["silence"], world.things["hidden_post"]
    said = {"objected_by": world.members["gm"], "objected_at": world.now, "reason": "x"}
    objection = Objection.objects.create(procedure=silence, office=world.members["gm"].office, **said)
    prepared = world.things["silence_by_st"]
    document = _document(aviary, Document.Visibility.STAFF, "su", group=group)
    seat = make.MembershipFactory(group=group, member=world.members["mo"], until_on=world.now.date(), ending="removed")
    aviary.put(objection, "ch", silence.get_absolute_url(), "reason")
    aviary.put(prepared, "su", prepared.get_absolute_url(), "title", "text")
    aviary.put(gone, "ch", gone.thread.get_absolute_url(), "text")
    aviary.put(document, "su", document.get_absolute_url(), "titles")
    aviary.put(seat, "su", seat.get_absolute_url(), "ended_reason")


def _document(aviary: Aviary, visibility: str, reader: str, **fields: Any) -> Document:
    document = make.DocumentFactory(visibility=visibility, **fields)
    DocumentFile.objects.create(document=document, language="en", file=aviary.put_file(reader))
    return document


def _documents(aviary: Aviary) -> None:
    """For members, for the other group, for the Secretariat; and a session that is not published."""
    sees, world = Document.Visibility, aviary.world
    for visibility, reader, fields in (
        (sees.MEMBERS, "mo", {"session": world.things["session"]}),
        (sees.GROUP, "cx", {"group": world.things["other_group"]}),
        (sees.STAFF, "su", {"session": world.things["session"]}),
    ):
        document = _document(aviary, visibility, reader, **fields)
        aviary.put(document, reader, document.get_absolute_url(), "titles")
    aviary.put(world.things["hidden_session"], "su", world.things["hidden_session"].get_absolute_url(), "name")


def _people(aviary: Aviary) -> None:
    """Everybody who does not sit with him, and who asks to come in."""
    world = aviary.world
    sitting = Membership.objects.filter(group=world.things["group"], until_on=None).values("member")
    others = Member.objects.exclude(pk__in=sitting).exclude(office="IB").exclude(office="QZ")
    for member in others.order_by("pk"):
        url = reverse("member_detail", args=[member.office_id, member.pk])
        aviary.put(member, "su", url, "given_name", "family_name", "job_title", "email")
    asked = ("family_name", "given_name", "job_title", "email", "remark")
    for nomination in Nomination.objects.order_by("pk"):
        names = [*asked, "question"] if nomination.asked_back_at else asked
        aviary.put(nomination, "su", reverse("join_request_detail", args=[nomination.pk]), *names)
    letter = aviary.put_file("su")
    Nomination.objects.filter(pk=world.things["group_nomination"].pk).update(letter=letter)


def _circulations(aviary: Aviary) -> None:
    """Texts, drafts, answers, annexes, and what became of comments."""
    world = aviary.world
    for name in ("open", "draft", "closed", "published", "concluded", "for_one"):
        circulation, path = world.things[name], f"/circulations/{world.things[name].round.slug}/"
        aviary.put(circulation.round, "su", path, "titles")
        aviary.put(circulation, "su", path, "introductions")
        for item in CirculationItem.objects.filter(circulation=circulation):
            aviary.put(item, "su", path, "text")
            if name == "published":
                aviary.put(item, "mo", f"{path}compilation/", "heading")
    open_, published = world.things["open"], world.things["published"]
    response = OfficeResponse.objects.get(round=open_.round, office="QM")
    editor = {"edited_by": world.user("mo"), "edited_at": world.now, "started_at": world.now}
    draft = DraftField.objects.create(response=response, key="a.comment", value="x", version=1, seen=0, **editor)
    aviary.put(draft, "fo", f"/circulations/{open_.round.slug}/answer/", "value")
    answer = ItemAnswer.objects.filter(submission=world.things["published_submission"]).first()
    aviary.put(answer, "mo", f"/circulations/{published.round.slug}/compilation/?view=comments", "comment")
    concluded = world.things["concluded"]
    answer = ItemAnswer.objects.filter(submission=world.things["concluded_submission"]).first()
    disposition = Disposition.objects.get(answer=answer)
    aviary.put(disposition, "mo", f"/circulations/{concluded.round.slug}/outcome/", "reason")
    aviary.put(
        Circulation.objects.get(pk=concluded.pk), "mo", f"/circulations/{concluded.round.slug}/outcome/", "outcomes"
    )
    annex = world.things["published_annex"]
    type(annex).objects.filter(pk=annex.pk).update(file=aviary.put_file("mo"))


def _questions(aviary: Aviary) -> None:
    """Waiting, open, closed, with a summary; and an answer that the asker alone reads."""
    for name in ("question_waiting", "question", "question_past", "question_public"):
        question = aviary.world.things[name]
        aviary.put(question.round, "cx", question.get_absolute_url(), "titles")
        aviary.put(question, "cx", question.get_absolute_url(), "text")
    public = Question.objects.get(pk=aviary.world.things["question_public"].pk)
    aviary.put(public, "mo", public.get_absolute_url(), "summary")
    past = aviary.world.things["question_past"]
    answer = QuestionAnswer.objects.get(submission__response__round=past.round)
    aviary.put(answer, "cx", reverse("question_summary", args=[past.round.slug]), "text")
