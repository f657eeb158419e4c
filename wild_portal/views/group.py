"""Groups: the public summary, and for those who may see it the roster. The page gathers from several apps."""

from dataclasses import dataclass, field
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.requests import MemberRequest
from groups.discussions import recent_threads
from groups.models import Group, Membership
from groups.permissions import can_look_after_seats
from meetings.gatherings import next_gathering
from meetings.models import ActionItem, Document
from meetings.silence import open_decisions

OFFICERS = (Membership.Role.CHAIR, Membership.Role.VICE_CHAIR)


@dataclass(frozen=True)
class Roster:
    """Current seats in the order of their offices, as far as the reader sees them; `mine` are the reader's own."""

    seats: list[Membership]
    mine: list[Membership] = field(default_factory=list)

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
        """The seats of the offices for which the reader sits."""
        offices = {seat.member.office_id for seat in self.mine if seat.member.office_id}
        return [seat for seat in self.seats if seat.member.office_id in offices]


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
    group = get_object_or_404(Group.objects.visible_to(request.user).prefetch_related("next_steps__owner"), slug=slug)
    items = list(ActionItem.objects.visible_to(request.user).filter(group=group).for_list())
    seats = list(Membership.objects.current().visible_to(request.user).filter(group=group).for_roster())
    roster = Roster(seats, [seat for seat in seats if seat.member.user_id == request.user.pk])
    context = {
        "group": group,
        "origins": [item for item in items if item.group_relation == ActionItem.GroupRelation.OUTCOME],
        "other_items": [item for item in items if item.group_relation != ActionItem.GroupRelation.OUTCOME],
        "roster": roster,
        "documents": Document.objects.visible_to(request.user).filter(group=group).for_list(request.user),
    }
    if roster.mine or request.user.is_staff:
        context |= _inside(request, group)
    return render(request, "wild_portal/group_detail.html", context)


def _inside(request: MemberRequest, group: Group) -> dict[str, Any]:
    """What seats and the Secretariat read: decisions, meetings, discussions."""
    now = timezone.now()
    return {
        "is_inside": True,
        "decisions": open_decisions(request.user, group, now),
        "gathering": next_gathering(group, request.user, now),
        "threads": recent_threads(group, request.user),
        "may_post": True,
        "may_look_after_seats": can_look_after_seats(request.user, group),
    }
