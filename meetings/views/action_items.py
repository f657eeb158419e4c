"""Action items and the thread of life of each. Open to all."""

from collections import Counter

from django.contrib.auth.decorators import login_not_required
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from meetings.models import ActionItem, ActionUpdate, Circulation, CirculationItem


@login_not_required
@require_safe
def action_list(request: HttpRequest) -> HttpResponse:
    """Every action item in its official wording, with its status as it was last reported."""
    items = list(ActionItem.objects.visible_to(request.user).for_list().order_by("-session__number", "key"))
    counts = Counter(item.newest_update.status for item in items if item.newest_update)
    figures = [(counts[key], label) for key, label in ActionUpdate.Status.choices if key in counts]
    stamps = {item.newest_update.as_reported_to for item in items if item.newest_update}
    context = {"items": items, "figures": figures, "stamp": stamps.pop() if len(stamps) == 1 else ""}
    return render(request, "meetings/action_list.html", context)


@login_not_required
@require_safe
def action_detail(request: HttpRequest, slug: str) -> HttpResponse:
    """One item with its thread: paragraph, circulations, group, and what was reported about it, newest first."""
    visible = ActionItem.objects.visible_to(request.user)
    item = visible.for_list().filter(slug__iexact=slug).first()
    if item is None:
        raise Http404
    if slug != item.slug:
        return redirect(item, permanent=True)
    open_to_reader = Circulation.objects.visible_to(request.user)
    circulated = CirculationItem.objects.filter(
        Q(circulation__in=open_to_reader) | Q(circulation__round__is_record=True), action_item=item
    )
    context = {
        "item": item,
        "circulated": circulated.select_related("circulation__round", "circulation__mandate__document"),
        "readable": set(open_to_reader.values_list("pk", flat=True)),
        "siblings": visible.filter(session=item.session).for_list(),
    }
    return render(request, "meetings/action_detail.html", context)
