"""The page of a large group: as many queries as for a small one, and at most fifteen, whatever goes on inside."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import Member, Office
from groups.models import Group, Membership, NextStep, Post, Thread
from meetings.models import AgendaItem, SilenceProcedure
from tests.factories import (
    ActionItemFactory,
    ActionUpdateFactory,
    DocumentFactory,
    GroupFactory,
    MemberFactory,
    MembershipFactory,
    OfficeFactory,
    SessionFactory,
)
from tests.pages import text_of
from tests.queries import MOST, assert_same_number_of_queries, queries_and_length

ClientOf = Callable[[Member | None], Client]
MEMBERS, POSTS = 200, 2000


@pytest.fixture
def now() -> datetime:
    """The page asks the clock itself what is to come."""
    return timezone.now()


@pytest.fixture
def busy(ana: Member, staff: Member, staff2: Member, now: datetime) -> Group:
    """Everything the page can show: origin, steps, documents, a meeting to come, two decisions, five discussions."""
    group = GroupFactory(slug="busy")
    ActionUpdateFactory(item=ActionItemFactory(group=group, group_relation="outcome"))
    NextStep.objects.create(group=group, order=1, text="A step", owner=ana)
    paper = DocumentFactory(group=group, visibility="group")
    begins = now + timedelta(days=20)
    meeting = SessionFactory(
        kind="group", group=group, number=1, starts_at=begins, ends_at=begins + timedelta(hours=1), is_published=True
    )
    AgendaItem.objects.create(session=meeting, order=1, title="First").documents.add(paper)
    for subject in ({"subject": "text"}, {"subject": "document", "document": paper}):
        SilenceProcedure.objects.create(
            group=group,
            title="Ways of working",
            text="We meet.",
            prepared_by=staff.user,
            prepared_at=now - timedelta(days=3),
            released_by=staff2.user,
            released_at=now - timedelta(days=2),
            closes_at=now + timedelta(days=12),
            **subject,
        )
    MembershipFactory(group=group, member=ana)
    return group


def seats(group: Group, count: int, office: Office) -> None:
    """So many more members in as few statements as possible."""
    members = Member.objects.bulk_create(MemberFactory.build_batch(count, office=office, user=None))
    Membership.objects.bulk_create([MembershipFactory.build(group=group, member=member) for member in members])


def posts(group: Group, count: int, by: Member, now: datetime) -> None:
    """So many posts, a hundred to a discussion."""
    said = now - timedelta(days=1)
    for first in range(0, count, 100):
        thread = Thread.objects.create(group=group, title=f"Topic {first}", started_at=said, started_by=by)
        Post.objects.bulk_create(
            Post(thread=thread, author=by, posted_at=said + timedelta(seconds=n), text="Said.")
            for n in range(min(100, count - first))
        )


@pytest.mark.parametrize("who", ["ana", "staff"])
def test_a_group_of_200_members_and_2000_posts_needs_at_most_fifteen_queries(
    busy: Group, who: str, chloe: Member, now: datetime, client_of: ClientOf, request: pytest.FixtureRequest
) -> None:
    seats(busy, MEMBERS - 1, OfficeFactory(code="QZ"))
    posts(busy, POSTS, chloe, now)
    client = client_of(request.getfixturevalue(who))
    client.get("/groups/busy/")  # content types and the like are looked up once for each process
    count, _length = queries_and_length(client, "/groups/busy/")
    assert count <= MOST
    page = text_of(client.get("/groups/busy/"))
    assert f"In this portal: {MEMBERS} members" in page
    assert "Topic 1900" in page


def test_a_group_needs_the_same_queries_whatever_is_said_and_decided(
    busy: Group, ana: Member, chloe: Member, now: datetime, client_of: ClientOf
) -> None:
    def add(count: int) -> None:
        seats(busy, count, OfficeFactory(code="QZ"))
        posts(busy, count, chloe, now)

    assert_same_number_of_queries(client_of(ana), "/groups/busy/", add)
