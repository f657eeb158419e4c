"""The situations of silence procedures and of reports of a group."""

from dataclasses import replace
from typing import Any

from tests.situations import Case, Key, Values
from tests.world import World


def of_group(thing: str, *, changes: bool = True, **data: Any) -> Case:
    """A procedure or a report of the group, and this posted."""

    def arguments(world: World, _actor: str) -> Values:
        return {"slug": world.things["group"].slug, "pk": world.things[thing].pk}

    return Case(arguments, lambda _world, _actor: data, changes=changes)


def objecting(thing: str, do: str) -> Case:
    """An objection of the office of whoever objects."""

    def data(world: World, actor: str) -> Values:
        member = world.members[actor]
        office = member.office_id if member and member.office_id else "QM"
        return {"office": office, "reason": "Too early", "do": do}

    return replace(of_group(thing, changes=do == "confirm"), data=data)


def a_session(world: World, _actor: str) -> Values:
    """The session that the report goes to."""
    return {"session": world.things["session"].pk}


PROPOSAL = {
    "subject": "text",
    "title": "Ways of working",
    "text": "We meet each quarter.",
    "closes_on": "2026-12-24",
    "closes_at": "18:00",
}
LATER = {"closes_on": "2026-12-31", "closes_at": "18:00", "reason": "Holidays"}
SYMBOL = {"symbol": "WILD/10/4", "title": "Report of the group", "language": "en", "visibility": "members"}

CASES: dict[Key, Case] = {
    ("silence_new", "POST", "always"): Case(data=lambda _world, _actor: PROPOSAL),
    ("silence_detail", "GET", "in preparation"): of_group("silence_by_st"),
    ("silence_detail", "GET", "concluded"): of_group("silence_over"),
    ("silence_release", "POST", "prepared by st"): of_group("silence_by_st"),
    ("silence_release", "POST", "prepared by su"): of_group("silence_by_su"),
    ("silence_release", "POST", "open already"): of_group("silence"),
    ("silence_object", "POST", "read once more"): objecting("silence", "review"),
    ("silence_object", "POST", "sitting member's office and open"): objecting("silence", "confirm"),
    ("silence_object", "POST", "concluded"): objecting("silence_over", "confirm"),
    ("silence_extend", "POST", "open"): of_group("silence", **LATER),
    ("silence_extend", "POST", "concluded"): of_group("silence_over", **LATER),
    ("silence_withdraw", "POST", "open"): of_group("silence", reason="A mistake"),
    ("silence_withdraw", "POST", "concluded"): of_group("silence_over", reason="A mistake"),
    ("silence_confirm", "GET", "asked for by st"): of_group("silence_asked_by_st"),
    ("silence_confirm", "POST", "asked for by st"): of_group("silence_asked_by_st", do="confirm"),
    ("silence_confirm", "POST", "asked for by su"): of_group("silence_asked_by_su", do="confirm"),
    ("silence_confirm", "POST", "taken back"): of_group("silence_asked_by_st", do="drop"),
    ("silence_confirm", "POST", "nothing waits"): of_group("silence", do="confirm"),
    ("report_new", "POST", "always"): Case(data=a_session),
    ("report_edit", "POST", "draft"): of_group("report", text="## Other words\n\nWe met.", seen=1),
    ("report_edit", "POST", "changed meanwhile"): of_group("report", text="Other words", seen=2),
    ("report_approve", "POST", "draft"): of_group("report", seen=1),
    ("report_approve", "POST", "approved"): of_group("approved_report", seen=1),
    ("report_present", "GET", "approved"): of_group("approved_report"),
    ("report_present", "POST", "draft"): of_group("report", **SYMBOL),
    ("report_present", "POST", "approved"): of_group("approved_report", **SYMBOL),
}
