"""Giving, closing and reopening the login of a person."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from allauth.account.models import EmailAddress
from allauth.usersessions.models import UserSession
from django.contrib.auth.hashers import make_password
from django.db import transaction

from accounts import links, permissions
from accounts.emails import invitation_key, invitation_message
from accounts.models import Invitation, Member, User
from accounts.operations.refusals import HasLeft, InvitationSpent, NotAuthorised, SignsInAlready
from notifications import outbox

INVITATION_KEEPS = timedelta(days=7)


@transaction.atomic
def invite(*, member: Member, by: User | None, now: datetime) -> Invitation:
    """Mails a link that sets up a login; it works once, for seven days, and replaces every earlier one.

    Raises NotAuthorised, HasLeft, and SignsInAlready for somebody whose login works.
    """
    if by is not None and not permissions.can_manage_office(by, member.office):
        raise NotAuthorised
    locked = Member.objects.select_for_update(of=("self",)).select_related("office", "user").get(pk=member.pk)
    if locked.until_on is not None:
        raise HasLeft
    if locked.user is not None and locked.user.is_active:
        raise SignsInAlready
    withdraw_invitations(member=locked, now=now)
    invitation = Invitation.objects.create(
        member=locked, invited_at=now, invited_by=by, expires_at=now + INVITATION_KEEPS
    )
    outbox.queue(invitation_message(invitation), now=now)
    return invitation


@transaction.atomic
def withdraw_invitations(*, member: Member, now: datetime) -> int:
    """Makes the open invitation of a member useless, also one still queued; returns how many there were."""
    outbox.cancel(invitation_key(member), "withdrawn", now=now)
    return member.invitations.filter(used_at=None, withdrawn_at=None).update(withdrawn_at=now)


@transaction.atomic
def accept_invitation(*, token: str, password: str, now: datetime) -> User:
    """Turns the link of an invitation into a login and returns it; of several at once exactly one succeeds.

    Whoever has a working login already, as a member of another office, keeps it and the password; the office is added.
    Raises InvitationSpent for a link that was altered, used, replaced or is too old, or whose member has left.
    """
    number = links.read_token(token, links.INVITATION)
    if number is None or not Invitation.objects.usable_at(now).filter(pk=number).update(used_at=now):
        raise InvitationSpent
    member = Member.objects.current().select_for_update(of=("self",)).filter(invitations=number).first()
    if member is None:
        raise InvitationSpent
    return give_login(member=member, password=password)


def working_login(*, address: str) -> User | None:
    """The open login that an address signs in to, by its name or by a confirmed address; None without one."""
    user = _login_of(address.lower())
    return user if user is not None and user.is_active else None


@transaction.atomic
def give_login(*, member: Member, password: str | None) -> User:
    """The login of a member's confirmed address, made where there is none, reopened where it was closed.

    A working login keeps its password; without one people sign in by code. The mailbox is known to be the member's: an
    invitation arrived there.
    Raises SignsInAlready where the login already stands for somebody else of the office.
    """
    address = member.email.lower()
    user = _login_of(address) or User.objects.get_or_create(email=address, defaults={"is_active": False})[0]
    if Member.objects.current().of_office(member.office).filter(user=user).exclude(pk=member.pk).exists():
        raise SignsInAlready
    if not user.is_active:
        user.set_password(password)
        user.is_active = True
        user.save(update_fields=["password", "is_active"])
    has_primary = EmailAddress.objects.filter(user=user, primary=True).exclude(email=address).exists()
    EmailAddress.objects.update_or_create(
        user=user, email=address, defaults={"verified": True, "primary": not has_primary}
    )
    Member.objects.filter(pk=member.pk).update(user=user)
    member.user = user
    return user


@transaction.atomic
def close_login(*, user: User, by: User | None) -> int:
    """Ends a login and its sessions at once and returns how many sessions that were; the member rows stay as they are.

    Raises NotAuthorised, also for the own login: nobody locks themselves out.
    """
    if by is not None and not permissions.can_close_login(by, user):
        raise NotAuthorised
    User.objects.filter(pk=user.pk).update(is_active=False)
    user.is_active = False
    return _end_all(user)


@transaction.atomic
def reopen_login(*, user: User, by: User | None) -> User:
    """Lets a closed login in again, with the password and the second factors it had. Raises NotAuthorised."""
    if by is not None and not permissions.can_close_login(by, user):
        raise NotAuthorised
    User.objects.filter(pk=user.pk).update(is_active=True)
    user.is_active = True
    return user


@transaction.atomic
def end_sessions(*, user: User, by: User | None) -> int:
    """Signs a person out everywhere and returns the number of sessions ended. Raises NotAuthorised."""
    if by is not None and not permissions.can_end_sessions(by, user):
        raise NotAuthorised
    return _end_all(user)


@transaction.atomic
def grant_staff(*, user: User, is_staff: bool, by: User | None) -> User:
    """Makes a login one of the Secretariat, or no longer; ends its sessions, so that the new limits hold.

    Raises NotAuthorised.
    """
    if by is not None and not permissions.can_grant_staff(by):
        raise NotAuthorised
    User.objects.filter(pk=user.pk).update(is_staff=is_staff)
    user.is_staff = is_staff
    _end_all(user)
    return user


@transaction.atomic
def give_password(*, users: Iterable[User], password: str) -> int:
    """Gives several logins one password, hashed once, and returns their number; for the cast of a demonstration."""
    return User.objects.filter(pk__in=[user.pk for user in users]).update(password=make_password(password))


@transaction.atomic
def make_superuser(*, user: User) -> User:
    """Lets a login do everything in the admin; for commands, which an operator runs."""
    User.objects.filter(pk=user.pk).update(is_staff=True, is_superuser=True)
    user.is_staff = user.is_superuser = True
    return user


def _login_of(address: str) -> User | None:
    known = EmailAddress.objects.filter(email=address, verified=True).select_related("user").first()
    return known.user if known else User.objects.filter(email=address).first()


def _end_all(user: User) -> int:
    sessions = list(UserSession.objects.filter(user=user))
    for session in sessions:
        session.end()
    return len(sessions)
