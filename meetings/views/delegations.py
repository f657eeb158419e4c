"""Who was represented at a session. Open to all; names of persons are not in the record."""

from django.contrib.auth.decorators import login_not_required
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from accounts.models import Office
from meetings.forms.filters import DelegationFilter
from meetings.models import Delegation, Session


@login_not_required
@require_safe
def session_participants(request: HttpRequest, number: int) -> HttpResponse:
    """States and organizations apart, in the official wording of the record; searched by any name of the office."""
    sessions = Session.objects.visible_to(request.user).plenary()
    session = get_object_or_404(sessions.prefetch_related("officers"), number=number)
    form = DelegationFilter(request.GET)
    form.is_valid()
    delegations = form.narrow(session.delegations.select_related("office"))
    context = {"session": session, "form": form, "delegations": delegations, "regions": _regions(session)}
    return render(request, "meetings/session_participants.html", context)


def _regions(session: Session) -> list[tuple[str, int]]:
    """Names of the regional groups with the number of States represented."""
    states = session.delegations.filter(kind=Delegation.Kind.STATE)
    counts = dict(states.values_list("office__region").annotate(Count("pk")))
    return [(str(name), counts[key]) for key, name in Office.Region.choices if key in counts]
