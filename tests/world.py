"""A small world in which every route has something to show, and the twelve actors of the permission matrix.

`qm` owns things, `qn` is another office; the group's member and chair come from further offices. Everything is
invented.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import md5
from http.cookies import SimpleCookie
from typing import Any

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.core.files.base import ContentFile
from django.db import connection, models, transaction
from django.test import Client
from django.utils import translation

from accounts.models import Invitation, Member, Office, User
from consultations.models import Annex, DraftField, OfficeResponse, Submission
from consultations.operations import ask_release, withdraw_release
from groups.models import Group, Membership, NextStep, Nomination, Subscription
from library.models import StoredFile
from meetings.models import (
    ActionItem,
    Circulation,
    CirculationItem,
    Disposition,
    Document,
    DocumentFile,
    Endorsement,
    ItemAnswer,
    Officer,
    Passage,
    Presentation,
    Suggestion,
)
from tests import factories as make
from tests.factories import NOW
from tests.world_decisions import decisions, reports
from tests.world_meetings import meetings
from tests.world_questions import questions

ACTORS = ("an", "mo", "mx", "fo", "al", "fx", "gu", "gm", "ch", "cx", "st", "su")
UNWATCHED = {"django_session", "portal_cache", "usersessions_usersession", "django_migrations", "pghistory_context"}


@dataclass
class World:
    """What exists: actors by their code (None for the stranger), and objects by a word of their own."""

    now: datetime
    members: dict[str, Member | None] = field(default_factory=dict)
    things: dict[str, Any] = field(default_factory=dict)
    cookies: dict[str, SimpleCookie] = field(default_factory=dict)
    clients: dict[str, Client] = field(default_factory=dict)
    counted: dict[str, int] = field(default_factory=dict)
    rows: dict[str, str] = field(default_factory=dict)  # the fingerprint of every table when all was made

    def user(self, actor: str) -> User:
        """The login of an actor."""
        return self.members[actor].user

    def client(self, actor: str) -> Client:
        """The browser of an actor, signed in as it was when the world was made."""
        client = self.clients.setdefault(actor, Client(raise_request_exception=False))
        client.cookies = SimpleCookie({name: morsel.value for name, morsel in self.cookies[actor].items()})
        return client

    def is_changed(self) -> bool:
        """True where a row of any watched table is not as it was when the world was made.

        Asked after each request: the tables are only compared where the server has counted a write since the last time.
        """
        counted, self.counted = self.counted, writes_so_far()
        return counted != self.counted and snapshot() != self.rows

    def first(self, model: type[models.Model]) -> models.Model | None:
        """Some row of a model."""
        return model._default_manager.order_by("pk").first()


def build(now: datetime = NOW) -> World:
    """Makes the world in the database, with deadlines around `now`."""
    world = World(now=now, members=dict.fromkeys(ACTORS))
    _people(world)
    _groups(world)
    _discussions(world)
    _record(world)
    decisions(world)
    reports(world)
    meetings(world)
    _circulations(world)
    _outcomes(world)
    _releases(world)
    questions(world)
    _requests(world)
    for actor in ACTORS:
        client = Client()
        if world.members[actor]:
            client.force_login(world.user(actor))
        world.cookies[actor] = client.cookies
    world.rows = snapshot()
    return world


def _office(code: str, name: str, kind: str = Office.Kind.STATE) -> Office:
    languages = ("en", "fr", "es", "ru", "ar", "zh-hans")
    ranks = dict.fromkeys(languages, 100 + ord(code[1]))
    return make.OfficeFactory(
        code=code, names=dict.fromkeys(languages, name), ranks=ranks, search_text=name, kind=kind, is_demo=True
    )


def _people(world: World) -> None:
    qm, qn = _office("QM", "Meridia"), _office("QN", "Norland")
    world.things |= {"office": qm, "other_office": qn, "secretariat": _office("IB", "WIPO", Office.Kind.SECRETARIAT)}
    roles = Member.Role
    rows = {
        "mo": (qm, roles.CONTRIBUTOR),
        "mx": (qn, roles.CONTRIBUTOR),
        "fo": (qm, roles.FOCAL_POINT),
        "al": (qm, roles.ALTERNATE),
        "fx": (qn, roles.FOCAL_POINT),
        "gu": (None, roles.GUEST),
        "gm": (_office("QO", "Oravia"), roles.CONTRIBUTOR),
        "ch": (_office("QP", "Pellucia"), roles.CONTRIBUTOR),
        "cx": (_office("QQ", "Quintara"), roles.CONTRIBUTOR),
        "st": (world.things["secretariat"], roles.FOCAL_POINT),
        "su": (world.things["secretariat"], roles.FOCAL_POINT),
    }
    for actor, (office, role) in rows.items():
        user = make.UserFactory(
            email=f"{actor}@matrix.example", is_staff=actor in {"st", "su"}, is_superuser=actor == "su"
        )
        Authenticator.objects.create(user=user, type=Authenticator.Type.TOTP, data={"secret": "JBSWY3DPEHPK3PXP"})
        world.members[actor] = make.MemberFactory(
            office=office, role=role, user=user, email=user.email, given_name=actor.title(), family_name="Example"
        )
    world.things["silent_member"] = make.MemberFactory(office=qm, user=None, email="silent@qm.example")


def _crowd() -> Office:
    """An office that so many speak for that one person alone may not mail them."""
    office = _office("QZ", "Multitudia")
    for number in range(settings.SECOND_PERSON_ABOVE + 1):
        make.MemberFactory(office=office, role=Member.Role.FOCAL_POINT, user=None, email=f"many{number}@qz.example")
    return office


def _groups(world: World) -> None:
    group = make.GroupFactory(slug="ai-tools", name="AI Tools Collaboration Group")
    other = make.GroupFactory(slug="cio-network", name="CIO Network", kind=Group.Kind.CIO_NETWORK)
    seats = Membership.Role
    for actor, where, role in (
        ("gm", group, seats.MEMBER),
        ("ch", group, seats.CHAIR),
        ("gu", group, seats.GUEST),
        ("cx", other, seats.CHAIR),
    ):
        make.MembershipFactory(group=where, member=world.members[actor], role=role)
    done = {"done_at": NOW, "done_by": world.user("ch")}
    world.things |= {
        "step": NextStep.objects.create(group=group, order=1, text="Agree on working arrangements"),
        "done_step": NextStep.objects.create(group=group, order=2, text="Confirm the Chair", **done),
    }
    mandate = {"mandate_ends_on": NOW.date() + timedelta(days=400)}
    world.things["seat"] = make.MembershipFactory(group=group, member=world.things["silent_member"], **mandate)
    for actor in ("gm", "ch"):
        world.things[f"seat_of_{actor}"] = Membership.objects.get(group=group, member=world.members[actor])
    world.things |= {"group": group, "other_group": other}


def _discussions(world: World) -> None:
    """A discussion with a post and a hidden one by the member of the group, each with a file; and a closed one."""
    thread = make.ThreadFactory(group=world.things["group"], started_by=world.members["gm"])
    hidden = {"hidden_at": world.now, "hidden_by": world.user("ch"), "hidden_reason": "Names a person"}
    posts = {"post": make.PostFactory(thread=thread), "hidden_post": make.PostFactory(thread=thread, **hidden)}
    for name, post in posts.items():
        post.files.add(_file(f"{name}.pdf"))
    closed = {"closed_at": world.now, "closed_by": world.user("ch")}
    closed_thread = make.ThreadFactory(group=world.things["group"], started_by=world.members["gm"], **closed)
    world.things |= posts | {"thread": thread, "closed_thread": closed_thread}
    Subscription.objects.create(member=world.members["ch"], group=world.things["group"], mailed_until=world.now)


def _file(name: str, content: bytes = b"%PDF-1.7 a file") -> StoredFile:
    row = StoredFile(
        name=name, content_type="application/pdf", size=len(content), sha256=md5(content).hexdigest(), uploaded_at=NOW
    )
    row.content.save(name, ContentFile(content), save=False)
    row.save()
    return row


def _document(slug: str, visibility: str, **fields: object) -> Document:
    document = make.DocumentFactory(slug=slug, visibility=visibility, **fields)
    DocumentFile.objects.create(document=document, language="en", file=_file(f"{slug}.pdf"))
    return document


def _record(world: World) -> None:
    session = make.SessionFactory(number=1, code="WILD/1", name="First session", is_published=True)
    hidden = make.SessionFactory(number=9, code="WILD/9", name="In preparation", is_published=False)
    day = make.DayFactory(session=session, number=1)
    theme = make.ThemeFactory(session=session, number=1, day=day)
    Presentation.objects.create(theme=theme, order=1, title="A presentation", office=world.things["office"])
    Officer.objects.create(session=session, role=Officer.Role.CHAIR, family_name="Invented")
    Suggestion.objects.create(session=session, order=1, text="A suggested item")
    make.DelegationFactory(session=session, office=world.things["office"], order=1)
    sees = Document.Visibility
    documents = {
        "public": _document("summary", sees.PUBLIC, symbol="WILD/1/2", symbol_key="WILD/1/2", session=session),
        "members": _document("for-members", sees.MEMBERS, session=session),
        "group": _document("for-the-group", sees.GROUP, group=world.things["group"]),
        "staff": _document("draft", sees.STAFF, session=session),
    }
    paragraph = make.PassageFactory(document=documents["public"], order=29, label="29", anchor="para-29")
    point = make.PassageFactory(
        document=documents["public"], kind=Passage.Kind.POINT, parent=paragraph, order=30, label="an", anchor="point-an"
    )
    item = make.ActionItemFactory(
        session=session, key="a", slug="WILD-1-a", passage=point, group=world.things["group"],
        group_relation=ActionItem.GroupRelation.LEAD,
    )  # fmt: skip
    make.ActionUpdateFactory(item=item)
    make.TermFactory(slug="search")
    world.things |= {"session": session, "hidden_session": hidden, "item": item}
    world.things |= {f"{name}_document": document for name, document in documents.items()}


def _circulation(world: World, slug: str, offices: list[Office], staff: User | None, **fields: object) -> Circulation:
    began = world.now - timedelta(days=48)
    opened = {"opened_at": began, "opened_by": staff} if staff else {}
    fields = {"opens_at": began, "closes_at": world.now + timedelta(days=13)} | fields
    round_ = make.RoundFactory(slug=slug, sections=["a", "b"], **opened, **fields)
    round_.addressees.set(offices)
    circulation = make.CirculationFactory(round=round_)
    for order, key in enumerate("ab", 1):
        make.CirculationItemFactory(circulation=circulation, order=order, key=key)
    for office in offices if staff else []:
        make.OfficeResponseFactory(round=round_, office=office, closes_at=round_.closes_at)
    return circulation


def _circulations(world: World) -> None:
    qm, qn, staff = world.things["office"], world.things["other_office"], world.user("st")
    everybody = [qm, qn, *(world.members[actor].office for actor in ("gm", "ch", "cx"))]
    past = {"closes_at": world.now - timedelta(days=3)}
    published = {"published_at": world.now, "published_by": staff}
    world.things |= {
        "open": _circulation(world, "open", everybody, staff),
        "draft": _circulation(world, "in-preparation", everybody, None),
        "closed": _circulation(world, "closed", everybody, staff, **past),
        "published": _circulation(world, "published", everybody, staff, **past, **published),
        "ready": _circulation(world, "ready", everybody, staff, **past, **published),
        "concluded": _circulation(world, "concluded", everybody, staff, **past, **published),
        "for_one": _circulation(world, "for-one", [qm], staff),
        "for_many": _circulation(world, "for-many", [*everybody, _crowd()], staff),
    }
    for name in ("open", "closed", "published", "ready", "concluded"):
        circulation = world.things[name]
        response = OfficeResponse.objects.get(round=circulation.round, office=qm)
        world.things[f"{name}_response"] = response
        if name == "open":
            DraftField.objects.bulk_create(_written(world, response, key) for key in ("a.position", "b.position"))
        answered = OfficeResponse.objects.get(round=circulation.round, office=qn if name == "open" else qm)
        submission = Submission.objects.create(
            response=answered, number=1, submitted_at=world.now - timedelta(days=5), submitted_by=world.user("fx")
        )
        for item in CirculationItem.objects.filter(circulation=circulation):
            supports, words = ItemAnswer.Position.SUPPORTS, f"What the office says on {item.key}"
            ItemAnswer.objects.create(submission=submission, item=item, position=supports, comment=words)
        world.things[f"{name}_submission"] = submission
        annex = Annex.objects.create(
            response=response, section="a", file=_file(f"{name}.pdf"), added_by=world.user("mo"), added_at=world.now
        )
        world.things[f"{name}_annex"] = annex
        if name != "open":
            submission.annexes.add(annex)
    _letter(world)


def _letter(world: World) -> None:
    """What Meridia said by letter in the circulation for it alone, entered by the Secretariat."""
    letter = {"on_behalf_of_reason": "No network", "received_on": world.now.date(), "file": _file("letter.pdf")}
    world.things["letter"] = Submission.objects.create(
        response=OfficeResponse.objects.get(round=world.things["for_one"].round),
        number=1,
        submitted_at=world.now - timedelta(days=1),
        submitted_by=world.user("st"),
        **letter,
    )


def _outcomes(world: World) -> None:
    """A comment of Meridia on each item, joined by Norland on b; one outcome that can be published, one that is."""
    decided = {"decided_by": world.user("st"), "decided_at": world.now}
    first, second = ItemAnswer.objects.filter(submission=world.things["published_submission"]).order_by("item__order")
    joined = {"endorsed_by": world.user("fx"), "endorsed_at": world.now, "office": world.things["other_office"]}
    Endorsement.objects.create(answer=second, **joined)
    world.things |= {"comment": first, "joined_comment": second}
    for name in ("ready", "concluded"):
        for answer in ItemAnswer.objects.filter(submission=world.things[f"{name}_submission"]):
            Disposition.objects.create(answer=answer, decision=Disposition.Decision.TAKEN_IN, **decided)
        is_out = name == "concluded"
        out = {"outcome_published_at": world.now, "outcome_published_by": world.user("st")} if is_out else {}
        Circulation.objects.filter(pk=world.things[name].pk).update(outcomes={"en": "Both go ahead."}, **out)


def _releases(world: World) -> None:
    """Acts that wait for a second person, and one that nobody wants any more."""
    round_, later = world.things["open"].round, (world.now + timedelta(days=33)).isoformat()
    acts = {
        "asked_by_staff": ("extend", {"closes_at": later, "reason": "Holidays"}, world.user("st")),
        "asked_by_superuser": ("close", {"reason": "All have answered"}, world.user("su")),
        "withdrawn": ("nudge", {"offices": ["QM"], "sentence": ""}, world.user("su")),
    }
    for name, (act, arguments, by) in acts.items():
        world.things[name] = ask_release(round=round_, act=act, arguments=arguments, by=by, now=world.now)
    withdraw_release(release=world.things["withdrawn"], by=world.user("su"), now=world.now)


def _written(world: World, response: OfficeResponse, key: str) -> DraftField:
    editor = {"edited_by": world.user("mo"), "edited_at": world.now, "started_at": world.now}
    return DraftField(response=response, key=key, value="supports", version=1, seen=0, **editor)


def _requests(world: World) -> None:
    asked = {"office": world.things["office"], "family_name": "Newcomer", "asked_at": world.now}
    world.things["nomination"] = Nomination.objects.create(email="asks@qm.example", **asked)
    world.things["own_nomination"] = Nomination.objects.create(
        email="asked@qm.example", asked_by=world.user("fo"), **asked
    )
    for name, facts in {
        "group_nomination": {"letter": _file("cv.pdf")},
        "asked_nomination": {"question": "Which unit?", "asked_back_at": world.now, "asked_back_by": world.user("st")},
    }.items():
        by = {"email": f"{name}@qm.example", "asked_by": world.user("fo")}
        world.things[name] = Nomination.objects.create(**asked, **by, **facts)
    world.things["group_nomination"].groups.add(world.things["group"])
    world.things["invitation"] = Invitation.objects.create(
        member=world.things["silent_member"], invited_at=world.now, expires_at=world.now + timedelta(days=7)
    )


# --- watching the tables ----------------------------------------------------------------------------------------------
def tables() -> list[str]:
    """Every table a request might change, but sessions and counters."""
    return sorted(set(connection.introspection.table_names()) - UNWATCHED)


def snapshot() -> dict[str, str]:
    """A fingerprint of the rows of every table: equal before and after means that nothing changed."""
    parts = [
        f"SELECT '{name}', coalesce(md5(string_agg(t::text, '|' ORDER BY t::text)), '') FROM \"{name}\" t"
        for name in tables()
    ]
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts))
        return dict(cursor.fetchall())


def writes_so_far() -> dict[str, int]:
    """How many rows of each watched table this transaction has written, what was undone included."""
    counts = "SELECT relname, n_tup_ins + n_tup_upd + n_tup_del FROM pg_stat_xact_user_tables"
    with connection.cursor() as cursor:
        cursor.execute(counts)
        return {name: count for name, count in cursor.fetchall() if count and name not in UNWATCHED}


def let_go(response: Any) -> None:
    """Closes the file an answer holds, without the signal that also closes the connection of the test."""
    for close in response._resource_closers:
        close()
    response._resource_closers.clear()


@contextmanager
def undone() -> Iterator[None]:
    """What happens inside is rolled back."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)
    translation.deactivate()


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: Any) -> Iterator[World]:
    """The world, once for all tests of a file, at NOW; every test undoes what it does."""
    with django_db_blocker.unblock(), time_machine.travel(NOW, tick=True), undone():
        yield build()
