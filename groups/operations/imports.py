"""Taking over a list of members for a group: all rows or none."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from accounts.deadlines import GENEVA
from accounts.models import Member, Office, User
from accounts.operations import Person, add_member
from groups import permissions
from groups.importing import Row, parsed_day, problems_in
from groups.models import Group
from groups.operations.refusals import ImportRefused, NotOfTheGroup
from groups.operations.terms import lock_group, take_seat


@transaction.atomic
def import_seats(*, group: Group, rows: Sequence[Row], by: User, now: datetime) -> int:
    """Gives every person of the list a seat, and makes those members who are none; returns how many sit down.

    Nobody is mailed: newcomers are invited from the page of their office (an act that mails many needs two persons).
    Raises NotOfTheGroup, and ImportRefused with what stands against the rows by now.
    """
    if not permissions.can_import(by):
        raise NotOfTheGroup
    lock_group(group=group)
    problems = problems_in(group, rows, now.astimezone(GENEVA).date())
    if problems:
        raise ImportRefused(problems)
    offices = Office.objects.in_bulk([row.office for row in rows])
    for row in rows:
        member = _member(offices[row.office], row, by, now)
        take_seat(group=group, member=member, role=row.role, now=now, mandate_ends_on=parsed_day(row.mandate_ends_on))
    return len(rows)


def _member(office: Office, row: Row, by: User, now: datetime) -> Member:
    known = Member.objects.current().of_office(office).filter(email__iexact=row.email).select_related("office").first()
    if known is not None:
        return known
    names = {name: getattr(row, name) for name in ("family_name", "given_name", "honorific", "job_title", "email")}
    person = Person(**names, language=row.language or "en")
    return add_member(office=office, person=person, role=Member.Role.CONTRIBUTOR, is_invited=False, by=by, now=now)
