"""Action items and the thread of life of each. Open to all."""

from collections import Counter, defaultdict

from django.contrib.auth.decorators import login_not_required
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.deadlines import GENEVA
from meetings.lanes import Span, lanes_of
from meetings.models import ActionItem, ActionUpdate, Circulation, CirculationItem, Session


@login_not_required
@require_safe
def action_list(request: HttpRequest) -> HttpResponse:
    """Every action item in its official wording, with its status as it was last reported."""
    items = list(ActionItem.objects.visible_to(request.user).for_list().order_by("-session__number", "key"))
    counts = Counter(item.newest_update.status for item in items if item.newest_update)
    figures = [(counts[key], label) for key, label in ActionUpdate.Status.choices if key in counts]
    stamps = {item.newest_update.as_reported_to for item in items if item.newest_update}
    sessions = Session.objects.visible_to(request.user).plenary()
    context = {
        "items": items,
        "figures": figures,
        "stamp": stamps.pop() if len(stamps) == 1 else "",
        "lanes": lanes_of(items, _spans(request), sessions, timezone.now().astimezone(GENEVA).date()),
    }
    return render(request, "meetings/action_list.html", context)


def _circulated(request: HttpRequest) -> QuerySet[CirculationItem]:
    """Items in the circulations the reader may open, and in those that are only reported, which all may know of."""
    open_to_reader = Circulation.objects.visible_to(request.user)
    return CirculationItem.objects.filter(Q(circulation__in=open_to_reader) | Q(circulation__round__is_record=True))


def _spans(request: HttpRequest) -> dict[int, list[Span]]:
    """First and last Geneva day of the circulations of each action item."""
    spans = defaultdict(list)
    rows = _circulated(request).values_list(
        "action_item", "circulation__round__opens_at", "circulation__round__closes_at"
    )
    for item, opens_at, closes_at in rows.exclude(action_item=None).order_by("circulation__round__opens_at"):
        if opens_at:
            spans[item].append((opens_at.astimezone(GENEVA).date(), closes_at.astimezone(GENEVA).date()))
    return spans


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
    circulated = _circulated(request).filter(action_item=item)
    context = {
        "item": item,
        "circulated": circulated.select_related("circulation__round", "circulation__mandate__document"),
        "readable": set(Circulation.objects.visible_to(request.user).values_list("pk", flat=True)),
        "siblings": visible.filter(session=item.session).for_list(),
    }
    return render(request, "meetings/action_detail.html", context)
