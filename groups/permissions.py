"""Who may do what with nominations and requests to join (permissions.md: nomination)."""

from django.contrib.auth.models import AnonymousUser

from accounts.models import Office, User
from accounts.permissions import can_manage_office
from groups.models import Nomination


def can_nominate(user: User | AnonymousUser, office: Office) -> bool:
    """A focal point nominates for the own office, the Secretariat for every one."""
    return can_manage_office(user, office)


def can_decide(user: User | AnonymousUser, nomination: Nomination) -> bool:
    """The Secretariat decides all; a focal point what persons ask of the own office, not what the office asks."""
    return Nomination.objects.awaiting_decision_of(user).filter(pk=nomination.pk).exists()


def can_withdraw(user: User | AnonymousUser, nomination: Nomination) -> bool:
    """What an office has asked it may take back."""
    return nomination.asked_by_id is not None and can_manage_office(user, nomination.office)
