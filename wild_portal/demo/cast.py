"""Who takes part in the demonstration: invented offices with their people, guests, the Secretariat."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from accounts.models import Member, Office, User
from accounts.operations import Person, add_member, add_offices, give_login, grant_staff, make_superuser
from wild_portal.demo.data import Entry, demo


@dataclass(frozen=True)
class Cast:
    """Everybody by e-mail address."""

    people: Mapping[str, Member]

    def login(self, email: str) -> User:
        """The login of a person."""
        return login_of(self.people[email])

    def speaker(self, office: str) -> User:
        """The login of the focal point of an office (its code)."""
        role = Member.Role.FOCAL_POINT
        return next(login_of(each) for each in self.people.values() if each.office_id == office and each.role == role)

    @property
    def secretariat(self) -> User:
        """Who runs the circulations."""
        return self.login(demo()["staff"][0]["email"])

    @property
    def second(self) -> User:
        """The second person of the Secretariat, who releases."""
        return self.login(demo()["staff"][1]["email"])


def make_cast(since: datetime) -> Cast:
    """Offices and people, made where missing, members since an instant, each with a login."""
    add_offices(offices=[_office(entry) for entry in demo()["offices"]])
    people = {
        person["email"]: _member(office["code"], person["role"], person, since)
        for office in demo()["offices"]
        for person in office["people"]
    }
    for guest in demo()["guests"]:
        people[guest["email"]] = _member(None, Member.Role.GUEST, guest, since)
    root = demo()["root"]
    for person in (*demo()["staff"], root):
        people[person["email"]] = _member("IB", Member.Role.CONTRIBUTOR, person, since)
    for person in demo()["staff"]:
        grant_staff(user=login_of(people[person["email"]]), is_staff=True, by=None)
    make_superuser(user=login_of(people[root["email"]]))
    return Cast(people)


def login_of(member: Member) -> User:
    """The login a member was given. Raises ValueError without one."""
    if member.user is None:
        raise ValueError(f"{member.email} has no login.")
    return member.user


def _office(entry: Entry) -> Office:
    fields = {name: entry[name] for name in ("code", "kind", "names", "time_zone", "region")}
    return Office(**fields, is_wipo_member=entry["kind"] == Office.Kind.STATE, is_demo=True)


def _member(code: str | None, role: str, entry: Entry, since: datetime) -> Member:
    office = Office.objects.get(code=code) if code else None
    there = Member.objects.filter(office=office, email=entry["email"]).select_related("user").first()
    if there is not None:
        return there
    fields = ("email", "given_name", "family_name", "job_title", "language")
    person = Person(**{name: entry[name] for name in fields})
    member = add_member(office=office, person=person, role=role, is_invited=False, by=None, now=since)
    give_login(member=member, password=None)
    return member
