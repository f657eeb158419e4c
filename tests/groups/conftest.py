"""A group in which people talk: Ana and Bruno of one office, Chloe in the Chair, Gustav as a guest, Olga outside."""

import pytest

from accounts.models import Member
from groups.models import Group, Membership, Thread
from tests.factories import GroupFactory, MembershipFactory, PostFactory, ThreadFactory


@pytest.fixture
def circle(ana: Member, bruno: Member, chloe: Member, gustav: Member) -> Group:
    group = GroupFactory(slug="ai-tools", name="AI Tools Collaboration Group")
    roles = Membership.Role
    for member, role in ((ana, roles.MEMBER), (bruno, roles.ALTERNATE), (chloe, roles.CHAIR), (gustav, roles.GUEST)):
        MembershipFactory(group=group, member=member, role=role)
    return group


@pytest.fixture
def thread(circle: Group, ana: Member) -> Thread:
    """Started by Ana two days ago, with one post."""
    thread = ThreadFactory(group=circle, title="Cloud exit clauses", started_by=ana)
    PostFactory(thread=thread, text="Who has sample clauses?", posted_at=thread.started_at)
    return thread
