"""Who sits in a group of the demonstration, who follows whom, and who wishes to come in.

The sizes are those that the record reports: 26 members from 20 offices in the CIO Network, 23 from 15 in the AI Tools
Collaboration Group. A member is a person with a seat for an office, whether as member, alternate or officer; who sits
twice is counted in each group. Guests come on top: they have no office and are not counted.
"""

from __future__ import annotations

from accounts.models import Member, Office
from accounts.operations import Person
from groups.models import Group, Membership
from groups.operations.guests import invite_guest
from groups.operations.memberships import succeed
from groups.operations.nominations import Wish, ask_back, ask_to_join, nominate
from groups.operations.terms import take_seat
from groups.seating import seat_in
from wild_portal.demo.cast import Cast
from wild_portal.demo.data import Entry, file_of, in_groups
from wild_portal.demo.scene import Scene


def take_seats(scene: Scene, plan: Entry) -> None:
    """Everybody sits down on one day; who has a seat from an earlier seeding keeps it."""
    for entry in plan["seats"]:
        member = scene.cast.people[entry["email"]]
        if seat_in(scene.group, member):
            continue
        ends_in = entry.get("ends_in")
        take_seat(
            group=scene.group,
            member=member,
            role=entry.get("role", Membership.Role.MEMBER),
            now=scene.ago(plan["since_day"]),
            mandate_ends_on=scene.day(-ends_in) if ends_in else None,
        )


def change_seats(scene: Scene, plan: Entry) -> None:
    """Guests come in, and colleagues follow on those who give up their seats."""
    for entry in plan["guests"]:
        guest = scene.cast.people[entry["email"]]
        if not seat_in(scene.group, guest):
            by = scene.cast.secretariat
            invite_guest(group=scene.group, person=_person_of(guest), by=by, now=scene.ago(entry["day"]))
    for entry in plan["successions"]:
        seat = seat_in(scene.group, scene.cast.people[entry["from"]])
        if seat is not None:
            by = scene.cast.login(entry["by"])
            succeed(seat=seat, to=scene.cast.people[entry["to"]], by=by, now=scene.ago(entry["day"], 11))


def nominate_newcomers(scenes: dict[str, Scene], cast: Cast) -> None:
    """One person waits for the focal point, one nomination for the Secretariat, one office was asked something."""
    for entry in in_groups()["nominations"]:
        scene = scenes[entry["group"]]
        office, now, wish = Office.objects.get(code=entry["office"]), scene.ago(entry["day"], 15), _wish(scene, entry)
        if "by" not in entry:
            ask_to_join(office=office, wish=wish, now=now)
            continue
        nomination = nominate(office=office, wish=wish, by=cast.login(entry["by"]), now=now)
        if asked := entry.get("asked_back"):
            asked_at = scene.ago(asked["day"], 16)
            ask_back(nomination=nomination, question=asked["question"], by=cast.secretariat, now=asked_at)


def _wish(scene: Scene, entry: Entry) -> Wish:
    groups: list[Group] = [scene.group]
    return Wish(
        person=Person(**entry["person"]),
        role=Member.Role.CONTRIBUTOR,
        groups=groups,
        seat=entry.get("seat", Membership.Role.MEMBER),
        remark=entry["remark"],
        letter=file_of(entry["letter"]) if "letter" in entry else None,
    )


def _person_of(member: Member) -> Person:
    names = ("family_name", "given_name", "honorific", "job_title", "email", "language")
    return Person(**{name: getattr(member, name) for name in names})
