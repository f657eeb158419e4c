"""Who may do what with the comments and the outcome of a circulation (permissions.md: circulation and feedback)."""

from __future__ import annotations

from datetime import datetime

from django.contrib.auth.models import AnonymousUser

from accounts.models import Member, Office, User
from consultations.models import OfficeResponse, Round
from consultations.permissions import are_answers_open, can_run_rounds
from groups.models import Group, Membership
from groups.permissions import can_run, chairs
from meetings.models import Circulation, GroupReport, SilenceProcedure


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


# --- silence procedures and reports of groups (permissions.md: silence_procedure, group_report) -----------------------
def can_run_silence(user: User | AnonymousUser) -> bool:
    """The Secretariat prepares, opens, extends and withdraws."""
    return user.is_authenticated and user.is_staff


def can_release_silence(user: User | AnonymousUser, procedure: SilenceProcedure) -> bool:
    """Another of the Secretariat than who prepared it, a superuser like everybody else."""
    return can_run_silence(user) and user.pk != procedure.prepared_by_id


def reads_reasons(user: User | AnonymousUser, group: Group) -> bool:
    """Objections and their reasons are for the Secretariat and the Chair of the group (decisions.md 16)."""
    if not user.is_authenticated:
        return False
    chairs = Membership.objects.current().filter(group=group, role=Membership.Role.CHAIR, member__user=user)
    return user.is_staff or chairs.exists()


def can_write_report(user: User | AnonymousUser, report: GroupReport) -> bool:
    """Whoever runs the group drafts and edits, until the report is presented."""
    return report.presented_at is None and can_run(user, report.group)


def can_approve_report(user: User | AnonymousUser, group: Group) -> bool:
    """The Chair or a Vice-Chair approves: the report is the group's, not the Secretariat's."""
    return chairs(user, group)


def can_present_report(user: User | AnonymousUser) -> bool:
    """The Secretariat gives it a symbol and presents it to the session."""
    return user.is_authenticated and user.is_staff
