"""Who may do what with the comments and the outcome of a circulation (permissions.md: circulation and feedback)."""

from __future__ import annotations

from datetime import datetime

from django.contrib.auth.models import AnonymousUser

from accounts.models import Member, Office, User
from consultations.models import OfficeResponse, Round
from consultations.permissions import are_answers_open, can_run_rounds
from meetings.models import Circulation


def offices_that_may_join(user: User | AnonymousUser, round: Round, now: datetime) -> list[Office]:
    """The addressed offices in whose name this login may join comments at `now`: it speaks for them and may read."""
    if not user.is_authenticated:
        return []
    speaks = Member.objects.speaking_for_office().filter(user=user)
    asked = OfficeResponse.objects.filter(round=round).values("office")
    offices = list(Office.objects.filter(pk__in=speaks.values("office")).filter(pk__in=asked).in_order())
    return offices if offices and are_answers_open(user, round, now) else []


def can_see_outcome(user: User | AnonymousUser, circulation: Circulation) -> bool:
    """Whoever sees the circulation reads its outcome, from its publication on and not before."""
    return circulation.is_concluded and Circulation.objects.visible_to(user).filter(pk=circulation.pk).exists()


def can_dispose(user: User | AnonymousUser) -> bool:
    """The Secretariat answers the comments and publishes the outcome."""
    return can_run_rounds(user)
