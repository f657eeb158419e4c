"""Calendar objects that Outlook, Google and Apple accept (RFC 5545, 5546, 6047); nothing here reads the database.

Each meeting is an event of its own, also within a series: its UID never changes, its SEQUENCE is raised with each new
time, place or name, and its hours stand on the wall clock of its zone, which the object carries along.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event, vCalAddress, vDuration, vText

PRODUCT = "-//WIPO ICT Leadership Dialogue//WILD portal//EN"
LOOKED_FOR = timedelta(hours=1)  # how often a program that has subscribed asks again
YEAR = timedelta(days=366)
REQUEST, CANCEL, PUBLISH = "REQUEST", "CANCEL", "PUBLISH"


@dataclass(frozen=True, kw_only=True)
class Occasion:
    """One meeting as a calendar shows it. Instants are aware UTC; `zone` is an IANA name."""

    uid: str
    sequence: int
    starts_at: datetime
    ends_at: datetime
    zone: str
    title: str
    place: str = ""
    text: str = ""
    url: str = ""
    changed_at: datetime
    is_called_off: bool = False


@dataclass(frozen=True, kw_only=True)
class Person:
    """Who invites or is invited."""

    name: str
    address: str


@dataclass(frozen=True, kw_only=True)
class Invited(Person):
    """Who is invited, and the answer so far: NEEDS-ACTION, ACCEPTED or DECLINED."""

    answer: str = "NEEDS-ACTION"


def invitation(occasion: Occasion, *, organizer: Person, sender: str, invited: Invited, now: datetime) -> str:
    """The object of a mail to one person: METHOD:REQUEST, or METHOD:CANCEL for a meeting that is called off.

    `sender` is the address the mail comes from. Nobody else who is invited is named, and no answer is asked for by
    mail: answers are given on the page.
    """
    event = _event(occasion, stamp=now)
    event.add("organizer", _organizer(organizer, sender))
    event.add("attendee", _attendee(invited))
    return _calendar([event], CANCEL if occasion.is_called_off else REQUEST)


def feed(occasions: Iterable[Occasion], *, name: str) -> str:
    """A calendar to subscribe to: METHOD:PUBLISH, the same bytes as long as nothing has changed."""
    return _calendar([_event(occasion, stamp=occasion.changed_at) for occasion in occasions], PUBLISH, name=name)


def _calendar(events: list[Event], method: str, name: str = "") -> str:
    calendar = Calendar()
    calendar.add("version", "2.0")
    calendar.add("prodid", PRODUCT)
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", method)
    if name:
        calendar.add("x-wr-calname", name)
        calendar.add("refresh-interval", LOOKED_FOR, parameters={"VALUE": "DURATION"})
        calendar.add("x-published-ttl", vDuration(LOOKED_FOR))
    for event in events:
        calendar.add_component(event)
    if events:
        days = [cast("datetime", event.start).date() for event in events]
        calendar.add_missing_timezones(min(days) - YEAR, max(days) + YEAR)
        # The library puts them first, in the order of a set: another one in each process.
        zones = sorted(calendar.timezones, key=lambda zone: str(zone["TZID"]))
        calendar.subcomponents[: len(zones)] = zones
    return calendar.to_ical().decode()


def _event(occasion: Occasion, *, stamp: datetime) -> Event:
    clock = ZoneInfo(occasion.zone)
    event = Event()
    event.add("uid", occasion.uid)
    event.add("sequence", occasion.sequence)
    event.add("dtstamp", stamp)
    event.add("last-modified", occasion.changed_at)
    event.add("dtstart", occasion.starts_at.astimezone(clock))
    event.add("dtend", occasion.ends_at.astimezone(clock))
    event.add("summary", occasion.title)
    event.add("status", "CANCELLED" if occasion.is_called_off else "CONFIRMED")
    event.add("transp", "TRANSPARENT" if occasion.is_called_off else "OPAQUE")
    for key, value in (("location", occasion.place), ("description", occasion.text), ("url", occasion.url)):
        if value:
            event.add(key, value)
    return event


def _organizer(organizer: Person, sender: str) -> vCalAddress:
    address = _address(organizer)
    if sender.lower() != organizer.address.lower():
        address.params["SENT-BY"] = vText(f"mailto:{sender}")
    return address


def _attendee(invited: Invited) -> vCalAddress:
    address = _address(invited)
    address.params["ROLE"] = vText("REQ-PARTICIPANT")
    address.params["PARTSTAT"] = vText(invited.answer)
    address.params["RSVP"] = vText("FALSE")
    return address


def _address(person: Person) -> vCalAddress:
    address = vCalAddress(f"mailto:{person.address}")
    if person.name:
        address.params["CN"] = vText(person.name.replace('"', "'"))
    return address
