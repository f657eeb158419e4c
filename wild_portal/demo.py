"""The demonstration: invented offices, people and one circulation, made through the operations (surface.md).

Nothing here belongs to a real State or organization: the codes are those that WIPO Standard ST.3 leaves to users.
"""

import json
import random
from collections.abc import Iterable, Mapping
from datetime import date, datetime, time, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction

from accounts.deadlines import GENEVA
from accounts.models import Member, Office, User
from accounts.operations import Person, add_member, add_offices, give_login, give_password, grant_staff, make_superuser
from consultations.drafts import draft_of
from consultations.models import OfficeResponse, Release, Round
from consultations.operations import Edit, ask_release, mark_opened, release, save_draft
from groups.models import Group, Membership
from groups.operations import take_seat
from meetings.models import Circulation, Session
from meetings.operations.circulations import (
    Preparation,
    copy_action_items,
    prepare_circulation,
    submit_circulation_answer,
)
from notifications.reminders import closing_instant

STAGES = ("before", "open", "closed")
OPEN_DAYS, DAYS_LEFT = (
    48,
    13,
)  # opened so many days before, closes so many days after the day of seeding (decisions.md 30)
MEMBERS_FOR = timedelta(days=400)
SHIFT_WHEN_CLOSED = timedelta(days=DAYS_LEFT + 1)


@cache
def demo() -> dict[str, Any]:
    """Everything of demo.json, read once."""
    return json.loads((Path(__file__).parent / "data" / "demo.json").read_text(encoding="utf-8"))


@transaction.atomic
def seed(*, stage: str, number: int, now: datetime) -> int:
    """Makes what is missing of the demonstration and returns how many members were added; a second run adds nothing.

    `stage` is before (the circulation is prepared), open or closed; `number` varies the hours of the answers; `now` is
    aware UTC. Needs the record: the circulation is about the action items of WILD/1.
    """
    before = set(Member.objects.values_list("pk", flat=True))
    add_offices(offices=[_office(entry) for entry in demo()["offices"]])
    people = _people(now - MEMBERS_FOR)
    added = [member for member in people.values() if member.pk not in before]
    give_password(users=[member.user for member in added if member.user], password=settings.DEMO_PASSWORD)
    _seats(people, now)
    if not Round.objects.filter(slug=demo()["circulation"]["slug"]).exists():
        _circulation(people, stage, random.Random(number), now)  # noqa: S311 the hours of a demonstration are no secret
    return len(added)


def _office(entry: Mapping[str, Any]) -> Office:
    fields = {name: entry[name] for name in ("code", "kind", "names", "time_zone", "region")}
    return Office(**fields, is_wipo_member=entry["kind"] == Office.Kind.STATE, is_demo=True)


# --- people -----------------------------------------------------------------------------------------------------------
def _people(since: datetime) -> dict[str, Member]:
    """Everybody by e-mail address, made where missing, each with a login."""
    people = {
        person["email"]: _member(office["code"], person["role"], person, since)
        for office in demo()["offices"]
        for person in office["people"]
    }
    for guest in demo()["guests"]:
        people[guest["email"]] = _member(None, Member.Role.GUEST, guest, since)
    for person in demo()["staff"]:
        people[person["email"]] = staff = _member("IB", Member.Role.CONTRIBUTOR, person, since)
        grant_staff(user=_login(staff), is_staff=True, by=None)
    root = demo()["root"]
    people[root["email"]] = _member("IB", Member.Role.CONTRIBUTOR, root, since)
    make_superuser(user=_login(people[root["email"]]))
    return people


def _member(code: str | None, role: str, entry: Mapping[str, Any], since: datetime) -> Member:
    office = Office.objects.get(code=code) if code else None
    there = Member.objects.filter(office=office, email=entry["email"]).select_related("user").first()
    if there is not None:
        return there
    fields = ("email", "given_name", "family_name", "job_title", "language")
    person = Person(**{name: entry[name] for name in fields})
    member = add_member(office=office, person=person, role=role, is_invited=False, by=None, now=since)
    give_login(member=member, password=None)
    return member


def _login(member: Member) -> User:
    """The login a member was given. Raises ValueError without one."""
    if member.user is None:
        raise ValueError(f"{member.email} has no login.")
    return member.user


def _seats(people: Mapping[str, Member], now: datetime) -> None:
    for seat in demo()["seats"]:
        group, member = Group.objects.get(slug=seat["group"]), people[seat["email"]]
        if not Membership.objects.current().filter(group=group, member=member).exists():
            take_seat(group=group, member=member, role=seat["role"], now=now)


# --- the circulation --------------------------------------------------------------------------------------------------
def _circulation(people: Mapping[str, Member], stage: str, chance: random.Random, now: datetime) -> None:
    """Prepares, opens and lets the offices answer, each at an instant of the past."""
    if stage == "closed":
        now -= SHIFT_WHEN_CLOSED
    plan, by = demo()["circulation"], _login(people["staff@wild.example"])
    today = now.astimezone(GENEVA).date()
    opens_at = _at(today - timedelta(days=OPEN_DAYS), 10)
    circulation = prepare_circulation(
        preparation=Preparation(
            slug=plan["slug"],
            titles=plan["titles"],
            introductions=plan["introductions"],
            opens_at=opens_at,
            closes_at=closing_instant(today + timedelta(days=DAYS_LEFT)),
            session=Session.objects.get(code="WILD/1"),
            addressees=list(Office.objects.filter(is_demo=True)),
        ),
        by=by,
    )
    copy_action_items(circulation=circulation, session=circulation.session, by=by)
    if stage == "before":
        return
    asked = ask_release(round=circulation.round, act=Release.Act.OPEN, arguments={}, by=by, now=opens_at)
    release(release=asked, by=_login(people["staff2@wild.example"]), now=opens_at)
    _answers(circulation, people, opens_at, chance)
    _drafts(circulation, people, plan["drafts"], now)
    for visit in plan["opened"]:
        response = _response(circulation, visit["office"])
        mark_opened(response=response, now=now - timedelta(days=visit["days_ago"]))


def _at(day: date, hour: int, minute: int = 0) -> datetime:
    """An hour of a Geneva day as an aware instant."""
    return datetime.combine(day, time(hour, minute), GENEVA).astimezone(ZoneInfo("UTC"))


def _response(circulation: Circulation, office: str) -> OfficeResponse:
    return OfficeResponse.objects.get(round=circulation.round, office=office)


def _answers(
    circulation: Circulation, people: Mapping[str, Member], opened_at: datetime, chance: random.Random
) -> None:
    """Each office drafts as its focal point and submits the same day."""
    speakers = {str(member.office_id): member for member in people.values() if member.role == Member.Role.FOCAL_POINT}
    for answer in demo()["circulation"]["answers"]:
        response, by = _response(circulation, answer["office"]), _login(speakers[answer["office"]])
        day = opened_at.astimezone(GENEVA).date() + timedelta(days=answer["day"])
        at = _at(day, chance.randint(8, 17), chance.randint(0, 59))
        mark_opened(response=response, now=at)
        edits = [edit for key, item in answer["items"].items() for edit in _edits(key, item)]
        save_draft(response=response, edits=edits, by=by, now=at)
        submit_circulation_answer(
            response=response,
            seen_number=0,
            seen_draft=draft_of(response).fingerprint,
            by=by,
            now=at + timedelta(minutes=9),
        )


def _drafts(
    circulation: Circulation, people: Mapping[str, Member], drafts: Iterable[Mapping[str, Any]], now: datetime
) -> None:
    """Offices that have begun: in Meridia two items are done and Bruno writes the third."""
    for entry in drafts:
        member, at = people[entry["by"]], now - timedelta(minutes=entry["minutes_ago"])
        response = _response(circulation, str(member.office_id))
        mark_opened(response=response, now=at)
        save_draft(response=response, edits=_edits(entry["key"], entry), by=_login(member), now=at)


def _edits(key: str, item: Mapping[str, str]) -> list[Edit]:
    names = ("position", "willingness", "comment", "wording")
    return [Edit(key=f"{key}.{name}", value=item[name], seen=0) for name in names if item.get(name)]
