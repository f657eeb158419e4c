"""Who acts for an office: coming, changing, handing over, leaving.

History stays, and an office never ends without a contact by accident.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime

from allauth.account.models import EmailAddress
from django.db import IntegrityError, transaction

from accounts import permissions
from accounts.deadlines import GENEVA
from accounts.emails import handed_over_message, wrong_contact_message
from accounts.models import Member, Office, User
from accounts.operations.logins import close_login, invite, withdraw_invitations
from accounts.operations.refusals import (
    AddressNotConfirmed,
    AlreadyMember,
    HasLeft,
    LastContact,
    NotAColleague,
    NotAuthorised,
)
from notifications import outbox


@dataclass(frozen=True, kw_only=True)
class Person:
    """What an office or the Secretariat says about a member."""

    family_name: str
    email: str
    given_name: str = ""
    honorific: str = ""
    job_title: str = ""
    language: str = "en"


@dataclass(frozen=True, kw_only=True)
class Profile:
    """What members say about themselves; the time zone is empty for that of the office."""

    family_name: str
    given_name: str
    honorific: str
    job_title: str
    email: str
    language: str
    time_zone: str
    theme: str


@transaction.atomic
def add_member(
    *, office: Office | None, person: Person, role: str, is_invited: bool, by: User | None, now: datetime
) -> Member:
    """A new member from today (Geneva); with `is_invited` they get an invitation to sign in. Guests have no office.

    Raises NotAuthorised, and AlreadyMember where a current member of the office has the address.
    """
    if by is not None and not permissions.can_manage_office(by, office):
        raise NotAuthorised
    member = _create(office, person, role, now)
    if is_invited:
        invite(member=member, by=by, now=now)
    return member


@transaction.atomic
def update_member(*, member: Member, person: Person, by: User | None, now: datetime) -> Member:
    """Corrects what is said about a member; a new address ends what is queued to the old one, invitations included.

    Raises NotAuthorised, HasLeft, AlreadyMember.
    """
    locked = _lock(member)
    if by is not None and not permissions.can_manage_office(by, locked.office):
        raise NotAuthorised
    return _change(locked, asdict(person) | {"email": person.email.strip().lower()}, now)


@transaction.atomic
def update_profile(*, member: Member, profile: Profile, by: User, now: datetime) -> Member:
    """What members change about themselves; language, time zone and colours hold for all their offices.

    Raises NotAuthorised, HasLeft, AlreadyMember, and AddressNotConfirmed for an address that is not the login's own.
    """
    locked = _lock(member)
    if not permissions.can_update_profile(by, locked):
        raise NotAuthorised
    address = profile.email.strip().lower()
    is_own = EmailAddress.objects.filter(user=by, email=address, verified=True).exists()
    if address != locked.email.lower() and not is_own:
        raise AddressNotConfirmed
    Member.objects.current().filter(user=by).update(
        language=profile.language, time_zone=profile.time_zone, theme=profile.theme
    )
    return _change(locked, asdict(profile) | {"email": address}, now)


@transaction.atomic
def change_role(*, member: Member, role: str, by: User | None, now: datetime, is_confirmed: bool = False) -> Member:
    """Makes a member focal point, alternate or contributor.

    Raises NotAuthorised, HasLeft, and LastContact where nobody would speak for the office and the Secretariat has not
    confirmed that.
    """
    locked = _lock(member)
    if by is not None and not permissions.can_manage_office(by, locked.office):
        raise NotAuthorised
    if role not in Member.SPEAKING_ROLES:
        _keep_a_contact(locked, by, is_confirmed)
    return _change(locked, {"role": role}, now)


@transaction.atomic
def mark_left(*, member: Member, by: User | None, now: datetime, is_confirmed: bool = False) -> Member:
    """Ends a membership today (Geneva). Without another one the login is closed and its sessions end at once.

    Raises NotAuthorised, HasLeft, and LastContact where nobody would speak for the office and the Secretariat has not
    confirmed that.
    """
    locked = _lock(member)
    if by is not None and not permissions.can_manage_office(by, locked.office):
        raise NotAuthorised
    _keep_a_contact(locked, by, is_confirmed)
    return _leave(locked, now)


@transaction.atomic
def hand_over(*, member: Member, to: Member, leaves: bool, by: User | None, now: datetime) -> Member:
    """Gives the duty of a focal point or an alternate to a colleague, who is returned.

    The former holder stays as a contributor or `leaves`; to whom the duty went is kept. The new holder and the others
    who speak for the office are told; somebody without a login is invited.
    Raises NotAuthorised, HasLeft, NotAColleague.
    """
    before = _lock(member)
    after = Member.objects.current().filter(office=before.office_id).select_related("office").filter(pk=to.pk).first()
    if by is not None and not permissions.can_hand_over(by, before):
        raise NotAuthorised
    if before.office is None or not before.speaks_for_office or after is None or after == before:
        raise NotAColleague
    is_focal_point = Member.Role.FOCAL_POINT in (before.role, after.role)
    after = _change(after, {"role": Member.Role.FOCAL_POINT if is_focal_point else Member.Role.ALTERNATE}, now)
    before = _change(before, {"role": before.role if leaves else Member.Role.CONTRIBUTOR, "successor": after}, now)
    _stop_mail(before, "handed over", now)
    if leaves:
        _leave(before, now)
    if after.user is None:
        invite(member=after, by=None, now=now)
    contacts = Member.objects.speaking_for_office().of_office(before.office).select_related("office")
    messages = [handed_over_message(before, after, contact, now) for contact in contacts.exclude(pk=before.pk)]
    outbox.queue_many(messages, now=now)
    return after


@transaction.atomic
def hand_over_to_newcomer(*, member: Member, person: Person, leaves: bool, by: User | None, now: datetime) -> Member:
    """The same to somebody who is not a member yet: names, invites and hands over; returns the new member.

    Raises NotAuthorised, HasLeft, NotAColleague, AlreadyMember.
    """
    if by is not None and not permissions.can_hand_over(by, member):
        raise NotAuthorised
    newcomer = _create(member.office, person, Member.Role.CONTRIBUTOR, now)
    return hand_over(member=member, to=newcomer, leaves=leaves, by=by, now=now)


@transaction.atomic
def report_wrong_contact(*, member: Member, remark: str, now: datetime) -> int:
    """Tells the Secretariat and the other contacts of an office that its mail reaches the wrong person.

    Returns the number of mails queued. Whoever holds the link of an official mail may do this without signing in:
    nothing else changes.
    """
    contacts = list(
        Member.objects.speaking_for_office()
        .of_office(member.office)
        .exclude(pk=member.pk)
        .exclude(office=None)
        .select_related("office")
    )
    messages = [wrong_contact_message(member, remark, recipient, now) for recipient in [None, *contacts]]
    return outbox.queue_many(messages, now=now)


def _create(office: Office | None, person: Person, role: str, now: datetime) -> Member:
    fields = asdict(person) | {"email": person.email.strip().lower()}
    try:
        with transaction.atomic():
            return Member.objects.create(office=office, role=role, since_on=now.astimezone(GENEVA).date(), **fields)
    except IntegrityError as error:
        raise AlreadyMember from error


def _lock(member: Member) -> Member:
    """The member as it is now, the office locked: of two contacts leaving at once the second sees the first gone."""
    if member.office_id is not None:
        Office.objects.select_for_update(no_key=True).get(pk=member.office_id)
    locked = Member.objects.select_for_update(of=("self",)).select_related("office", "user").get(pk=member.pk)
    if locked.until_on is not None:
        raise HasLeft
    return locked


def _change(member: Member, fields: dict[str, object], now: datetime) -> Member:
    old_address = member.email
    if fields.get("email", old_address) != old_address:
        withdraw_invitations(member=member, now=now)
        _stop_mail(member, "new address", now)
    for name, value in fields.items():
        setattr(member, name, value)
    try:
        with transaction.atomic():
            member.save(update_fields=list(fields))
    except IntegrityError as error:
        raise AlreadyMember from error
    return member


def _keep_a_contact(member: Member, by: User | None, is_confirmed: bool) -> None:
    if not member.speaks_for_office or (is_confirmed and (by is None or permissions.can_leave_office_silent(by))):
        return
    if not Member.objects.speaking_for_office().of_office(member.office_id).exclude(pk=member.pk).exists():
        raise LastContact


def _leave(member: Member, now: datetime) -> Member:
    today = now.astimezone(GENEVA).date()
    member = _change(member, {"until_on": max(today, member.since_on)}, now)
    withdraw_invitations(member=member, now=now)
    _stop_mail(member, "left", now)
    if member.user is not None:
        _close_where_nobody_is_left(member, member.user)
    return member


def _close_where_nobody_is_left(member: Member, user: User) -> None:
    others = Member.objects.current().filter(user=user)
    if not others.exists():
        close_login(user=user, by=None)
    elif member.office and member.office.kind == Office.Kind.SECRETARIAT:
        User.objects.filter(pk=user.pk).update(is_staff=False, is_superuser=False)


def _stop_mail(member: Member, reason: str, now: datetime) -> int:
    """Ends the official mail queued to a member's address, unless it is also that of a member of another office."""
    elsewhere = Member.objects.current().filter(email__iexact=member.email).exclude(pk=member.pk)
    return 0 if elsewhere.exists() else outbox.cancel_to(member.email, reason, now=now)
