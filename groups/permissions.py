"""Who may do what with nominations, requests to join and seats (permissions.md: nomination, group, membership)."""

from collections.abc import Iterable

from django.contrib.auth.models import AnonymousUser

from accounts.models import Office, User
from accounts.permissions import can_manage_office
from groups.models import Group, Membership, Nomination

Asker = User | AnonymousUser


# --- the way in -------------------------------------------------------------------------------------------------------
def can_nominate(user: Asker, office: Office) -> bool:
    """A focal point nominates for the own office, the Secretariat for every one."""
    return can_manage_office(user, office)


def can_decide(user: Asker, nomination: Nomination) -> bool:
    """The Secretariat decides all; a focal point what persons ask of the own office, not what the office asks."""
    return Nomination.objects.awaiting_decision_of(user).filter(pk=nomination.pk).exists()


def can_withdraw(user: Asker, nomination: Nomination) -> bool:
    """What an office has asked it may take back."""
    return nomination.asked_by_id is not None and can_manage_office(user, nomination.office)


def can_ask_back(user: Asker, nomination: Nomination) -> bool:
    """The Secretariat asks an office about what that office asked."""
    return user.is_authenticated and user.is_staff and nomination.asked_by_id is not None


# --- inside a group ---------------------------------------------------------------------------------------------------
def seat_of(user: Asker, group: Group) -> Membership | None:
    """The seat this login holds in a group now, in whatever role; of two offices' seats the one with more to say."""
    if not user.is_authenticated:
        return None
    return foremost(Membership.objects.current().held_by(user).filter(group=group).select_related("member__office"))


def foremost(seats: Iterable[Membership]) -> Membership | None:
    """Of the seats of one person in one group the one with most to say; None of none."""
    return min(seats, key=lambda seat: (Membership.RANKS.index(seat.role), seat.pk), default=None)


def chairs(user: Asker, group: Group) -> bool:
    """The Chair and the Vice-Chairs of the group."""
    seat = seat_of(user, group)
    return seat is not None and seat.role in Membership.OFFICER_ROLES


def can_run(user: Asker, group: Group) -> bool:
    """Its Chair, its Vice-Chairs and the Secretariat run a group."""
    return user.is_authenticated and (user.is_staff or chairs(user, group))


# --- a seat -----------------------------------------------------------------------------------------------------------
def _holds(user: User, seat: Membership) -> bool:
    return seat.member.user_id == user.pk and seat.member.until_on is None


def can_look_after_seats(user: Asker, group: Group) -> bool:
    """Who runs the group, every focal point, and whoever holds or held a seat: the page of seats is there for them."""
    if not user.is_authenticated:
        return False
    handled = Membership.objects.handled_by(user).filter(group=group)
    return user.is_staff or handled.exists() or Office.objects.managed_by(user).exists()


def can_resign(user: User, seat: Membership) -> bool:
    """Its holder, and who manages the office of the holder."""
    return _holds(user, seat) or can_manage_office(user, seat.member.office)


def can_pass_on(user: User, seat: Membership) -> bool:
    """A focal point of the office, and the Secretariat; the seat of a guest belongs to no office."""
    return seat.member.office is not None and can_manage_office(user, seat.member.office)


def can_prolong(user: User, seat: Membership) -> bool:
    """Who runs the group, but nobody the own seat: the Secretariat does that."""
    return user.is_staff or (chairs(user, seat.group) and not _holds(user, seat))


def can_end(user: User, seat: Membership) -> bool:
    """Who runs the group; the seats of its officers only the Secretariat."""
    return user.is_staff or (chairs(user, seat.group) and not seat.is_officer)


def can_appoint(user: User, seat: Membership) -> bool:
    """The Secretariat makes a member Vice-Chair; a Chair comes by silence procedure (decisions.md 16)."""
    return user.is_staff and seat.role == Membership.Role.MEMBER


def can_step_down(user: User, seat: Membership) -> bool:
    """An officer, and the Secretariat for one."""
    return seat.is_officer and (user.is_staff or _holds(user, seat))


def can_import(user: Asker) -> bool:
    """The Secretariat takes over lists of members."""
    return user.is_authenticated and user.is_staff
