"""Groups: the public summary, and for those who may see it the roster. The page gathers from several apps."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from groups.models import Group, Membership
from meetings.models import ActionItem, Document


@login_not_required
@require_safe
def group_list(request: HttpRequest) -> HttpResponse:
    """Every group with what was reported about it."""
    groups = Group.objects.visible_to(request.user)
    return render(request, "wild_portal/group_list.html", {"groups": groups})


@login_not_required
@require_safe
def group_detail(request: HttpRequest, slug: str) -> HttpResponse:
    """One group: reported facts with source and date, the items it comes from; roster and documents as allowed."""
    group = get_object_or_404(Group.objects.visible_to(request.user).prefetch_related("next_steps"), slug=slug)
    items = list(ActionItem.objects.visible_to(request.user).filter(group=group).for_list())
    seats = list(Membership.objects.current().visible_to(request.user).filter(group=group).for_roster())
    context = {
        "group": group,
        "origins": [item for item in items if item.group_relation == ActionItem.GroupRelation.OUTCOME],
        "other_items": [item for item in items if item.group_relation != ActionItem.GroupRelation.OUTCOME],
        "seats": seats,
        "office_count": len({seat.member.office_id for seat in seats if seat.member.office_id}),
        "documents": Document.objects.visible_to(request.user).filter(group=group).for_list(request.user),
    }
    return render(request, "wild_portal/group_detail.html", context)
