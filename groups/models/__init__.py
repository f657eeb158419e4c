"""What every standing group shares, and the one way in (decisions.md 6 to 8)."""

from groups.models.discussions import Follow, Post, PostRevision, ReadMark, Subscription, Thread
from groups.models.groups import Group, NextStep
from groups.models.memberships import Membership
from groups.models.nominations import Nomination

__all__ = [
    "Follow",
    "Group",
    "Membership",
    "NextStep",
    "Nomination",
    "Post",
    "PostRevision",
    "ReadMark",
    "Subscription",
    "Thread",
]
