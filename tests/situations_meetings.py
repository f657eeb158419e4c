"""How the situations of permissions.csv are made that speak of meetings of a group."""

from __future__ import annotations

from typing import Any

from meetings.models import AgendaItem
from meetings.operations.group_meetings import edit_token
from meetings.operations.group_minutes import minutes_token
from tests.situations import ALTERED, Case, Key, Values, posting
from tests.world import World

HOURS = {"day": "2026-12-08", "begins": "14:00", "ends": "15:00", "time_zone": "Europe/Zurich"}
NEW = HOURS | {"name": "Fifth meeting", "mode": "online", "rhythm": "0", "count": "4"}
MOVE = HOURS | {"seen": "0"}


def meeting(thing: str, **posted: Any) -> Case:
    """A meeting by its place in the world, and this posted."""

    def arguments(world: World, _actor: str) -> Values:
        found = world.things[thing]
        return {"slug": found.group.slug, "number": found.number}

    return Case(arguments, lambda _world, _actor: posted)


def edited(world: World, _actor: str) -> Values:
    """Another name and agenda."""
    rows = {"form-TOTAL_FORMS": "1", "form-INITIAL_FORMS": "0", "form-0-title": "Opening"}
    return {"name": "Another name", "mode": "online", "seen": edit_token(session=world.things["meeting"])} | rows


def present(world: World, _actor: str) -> Values:
    """The Chair took part."""
    return {"present": [world.members["ch"].pk]}


def minutes(do: str) -> Case:
    """Minutes of the meeting that was held."""

    def data(world: World, _actor: str) -> Values:
        items = list(AgendaItem.objects.filter(session=world.things["held_meeting"]).prefetch_related("agreed"))
        said = {f"item{items[0].pk}-minutes": "We spoke.", f"item{items[0].pk}-agreed": "Send a draft\nMeet again"}
        return said | {"seen": minutes_token(items=items), "do": do}

    return Case(meeting("held_meeting").arguments, data)


def action(world: World, _actor: str) -> Values:
    """An action item of the first session of WILD."""
    return {"do": "action", "heading": "Draft", "session": world.things["session"].pk}


CASES: dict[Key, Case] = {
    ("meeting_new", "POST", "always"): posting(**NEW),
    ("meeting_reply", "POST", "to come"): posting(status="confirmed"),
    ("meeting_reply", "POST", "has begun"): meeting("held_meeting", status="confirmed"),
    ("meeting_edit", "POST", "always"): Case(data=edited),
    ("meeting_move", "POST", "to come"): posting(**MOVE, do="now"),
    ("meeting_move", "POST", "has begun"): meeting("held_meeting", **MOVE, do="now"),
    ("meeting_call_off", "POST", "to come"): posting(reason="Holidays", do="now"),
    ("meeting_call_off", "POST", "has begun"): meeting("held_meeting", reason="Holidays", do="now"),
    ("meeting_invite", "POST", "few are mailed"): posting(do="now"),
    ("meeting_invite", "POST", "many are mailed; prepared by st"): meeting("large_meeting", do="now"),
    ("meeting_attendance", "POST", "to come"): Case(data=present),
    ("meeting_attendance", "POST", "has begun"): Case(meeting("held_meeting").arguments, present),
    ("meeting_minutes", "GET", "has begun"): meeting("held_meeting"),
    ("meeting_minutes", "POST", "save"): minutes("save"),
    ("meeting_minutes", "POST", "publish"): minutes("publish"),
    ("meeting_point", "POST", "a next step"): posting(do="step"),
    ("meeting_point", "POST", "an action item"): Case(data=action),
    ("calendar_feed", "GET", "altered token"): ALTERED,
}
