"""Groups: the public summary, and for those who may see it the roster. The page gathers from several apps."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.deadlines import GENEVA
from accounts.models import Member
from accounts.requests import MemberRequest
from groups.discussions import recent_threads
from groups.models import Group, Membership, NextStep
from groups.permissions import foremost
from meetings.gatherings import next_gathering
from meetings.models import ActionItem, Document
from meetings.silence import open_decisions

OFFICERS = (Membership.Role.CHAIR, Membership.Role.VICE_CHAIR)


@dataclass(frozen=True)
class Roster:
    """Seats in the order of their offices, as far as the reader sees them, and who the reader is.

    `held` also has those given up today; `readers` are the members for whom the reader signs in.
    """

    held: list[Membership]
    readers: list[Member]

    @property
    def seats(self) -> list[Membership]:
        """The current ones."""
        return [seat for seat in self.held if seat.until_on is None]

    @property
    def mine(self) -> list[Membership]:
        """The reader's own."""
        return [seat for seat in self.seats if seat.member in self.readers]

    @property
    def member_count(self) -> int:
        """How many sit for an office."""
        return sum(1 for seat in self.seats if seat.member.office_id)

    @property
    def guest_count(self) -> int:
        """How many sit for none."""
        return len(self.seats) - self.member_count

    @property
    def office_count(self) -> int:
        """How many offices they come from; guests come from none."""
        return len({seat.member.office_id for seat in self.seats if seat.member.office_id})

    @property
    def officers(self) -> list[Membership]:
        """The Chair and the Vice-Chairs."""
        return sorted((seat for seat in self.seats if seat.role in OFFICERS), key=lambda seat: seat.role)

    @property
    def of_my_offices(self) -> list[Membership]:
        """The seats of the reader's offices."""
        offices = {member.office_id for member in self.readers if member.office_id}
        return [seat for seat in self.seats if seat.member.office_id in offices]

    @property
    def may_nominate(self) -> bool:
        """The reader nominates for an office."""
        return any(member.speaks_for_office for member in self.readers)


@login_not_required
@require_safe
def group_list(request: HttpRequest) -> HttpResponse:
    """Every group with what was reported about it."""
    groups = Group.objects.visible_to(request.user)
    return render(request, "wild_portal/group_list.html", {"groups": groups})


@login_not_required
@require_safe
def group_detail(request: MemberRequest, slug: str) -> HttpResponse:
    """One group: what was reported and where it comes from for all; roster, and what goes on inside, as allowed."""
    steps = Prefetch("next_steps", NextStep.objects.select_related("owner"))
    group = get_object_or_404(Group.objects.visible_to(request.user).prefetch_related(steps), slug=slug)
    items = list(ActionItem.objects.visible_to(request.user).filter(group=group).for_list())
    now = timezone.now()
    held = Membership.objects.visible_to(request.user).filter(group=group).held_on(now.astimezone(GENEVA).date())
    roster = Roster(list(held.for_roster()), request.members)
    context = {
        "group": group,
        "origins": [item for item in items if item.group_relation == ActionItem.GroupRelation.OUTCOME],
        "other_items": [item for item in items if item.group_relation != ActionItem.GroupRelation.OUTCOME],
        "roster": roster,
        "documents": Document.objects.visible_to(request.user).filter(group=group).for_list(request.user),
    }
    if roster.mine or request.user.is_staff:
        context |= _inside(request, group, roster, now)
    return render(request, "wild_portal/group_detail.html", context)


def _inside(request: MemberRequest, group: Group, roster: Roster, now: datetime) -> dict[str, Any]:
    """What seats and the Secretariat read: decisions, meetings, discussions."""
    own = foremost(roster.mine)
    return {
        "is_inside": True,
        "decisions": open_decisions(request.user, group, roster.held, now),
        "gathering": next_gathering(group, request.user, roster.held, now),
        "threads": recent_threads(group, request.user, own.member if own else None),
        "may_post": True,
        "may_tick": request.user.is_staff or (own is not None and own.is_officer),
    }
