"""Home: what WILD is; signed in, what my office has to do, by deadline."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.deadlines import GENEVA
from accounts.models import Member
from accounts.requests import MemberRequest
from consultations.duties import what_office_owes
from groups.models import Nomination
from meetings.gatherings import invitations_of
from meetings.models import ActionItem, Circulation, Delegation, Document, Session
from wild_portal.record import record
from wild_portal.waiting import waiting_for_member, waiting_for_secretariat

MEETINGS = 3  # among the dates to keep


@require_safe
@login_not_required
def home(request: MemberRequest) -> HttpResponse:
    """The public page for strangers, the reader's own list for everybody who is signed in."""
    if not request.user.is_authenticated:
        return render(request, "wild_portal/home_public.html", _what_wild_is(request))
    return render(request, "wild_portal/home_member.html", _what_needs_me(request, timezone.now()))


def _what_wild_is(request: HttpRequest) -> dict[str, Any]:
    sessions = Session.objects.visible_to(request.user).plenary()
    delegations = Prefetch("delegations", Delegation.objects.select_related("office").in_order())
    first = sessions.filter(number=1).prefetch_related("days__themes", delegations).first()
    return {
        "body": record()["body"],
        "first_session": first,
        "next_session": _next_session(request),
        "actions": ActionItem.objects.visible_to(request.user).filter(session=first).for_list(),
        "documents": Document.objects.visible_to(request.user).exclude(session=None)[:5],
    }


def _what_needs_me(request: MemberRequest, now: datetime) -> dict[str, Any]:
    member = request.member
    duties = what_office_owes(member, now) if member else []
    open_duties = [duty for duty in duties if duty.submitted_at is None]
    invitations = invitations_of(member, now) if member else []
    rows = waiting_for_member(member, request.user, open_duties, invitations, now) if member else []
    context: dict[str, Any] = {
        "member": member,
        "rows": rows,
        "awaited": sum(row.is_awaited for row in rows),
        "main": next((row for row in rows if row.is_awaited), None),
        "done": [duty for duty in duties if duty.submitted_at],
        "meetings": [invitation.meeting for invitation in invitations][:MEETINGS],
        "colleagues": _colleagues(member),
        "next_session": _next_session(request),
    }
    return context | (_for_secretariat(request, now) if request.user.is_staff else _for_focal_points(request))


def _for_secretariat(request: MemberRequest, now: datetime) -> dict[str, Any]:
    circulations = Circulation.objects.for_list().with_answer_counts().filter(round__closes_at__gt=now)[:10]
    return {"circulations": circulations, "waiting": waiting_for_secretariat(request.user)}


def _for_focal_points(request: MemberRequest) -> dict[str, Any]:
    asked = Nomination.objects.pending().awaiting_decision_of(request.user)
    return {"requests": asked.select_related("office")[:10]}


def _colleagues(member: Member | None) -> Iterable[Member]:
    """The current members of the reader's office; none for guests."""
    return Member.objects.current().of_office(member.office_id).in_order() if member and member.office_id else []


def _next_session(request: HttpRequest) -> Session | None:
    today: date = timezone.now().astimezone(GENEVA).date()
    return Session.objects.visible_to(request.user).plenary().filter(starts_on__gt=today).last()
