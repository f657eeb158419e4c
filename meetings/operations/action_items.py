"""Action items with their updates: taken over from the record with the circulation of 2025, and what follows later."""

from collections import Counter
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction

from accounts.deadlines import GENEVA
from accounts.models import User
from consultations.models import Round
from consultations.operations.record import record_round
from groups.models import Group
from groups.operations.record import as_reported
from meetings.models import ActionItem, ActionUpdate, Circulation, CirculationItem, Passage
from meetings.operations.record import Entry, passages_of_summary, sessions_of, summary_of


@transaction.atomic
def load_action_items(*, record: Entry) -> Counter[str]:
    """Adds the action items with their dated updates and sources. Returns how many rows were added.

    The passages of the Summary and the groups must exist.
    """
    added: Counter[str] = Counter()
    passages = passages_of_summary(record)
    groups = {group.slug: group for group in Group.objects.all()}
    code = summary_of(record)["session"]
    session = sessions_of(record)[code]
    for entry in record["actions"]:
        point = passages.get(f"point-{entry['letter_in_summary']}")
        item, is_new = ActionItem.objects.get_or_create(
            session=session,
            key=entry["key"],
            defaults={
                "slug": f"{code.replace('/', '-')}-{entry['key']}",
                "heading": entry["heading"],
                "is_heading_official": entry["heading_source"] == "official",
                "official_text": entry["official_text"],
                "passage": point,
                "group": groups.get(entry["group"]),
                "group_relation": entry["group_relation"] or "",
                "is_record": True,
            },
        )
        if is_new:
            updates = _updates(item, entry, record, passages)
            added += Counter({"action items": 1, "updates": len(ActionUpdate.objects.bulk_create(updates))})
    return added


def _updates(item: ActionItem, entry: Entry, record: Entry, passages: dict[str, Passage]) -> list[ActionUpdate]:
    """What became of an item, the oldest first: proposed, circulated, its status as reported to WILD/2 (D18, D19)."""
    symbol, circulation = summary_of(record)["symbol"], record["circulation"]
    deck = next(document for document in record["documents"] if document["key"] == "deck")
    told = next(session for session in record["sessions"] if session["code"] == deck["session"])
    proposed = ActionUpdate(
        item=item,
        status=ActionUpdate.Status.PROPOSED,
        happened_on=item.session.ends_on,
        is_date_exact=False,  # during the session; the day is not stated
        source=f"{symbol}, paragraph {entry['paragraph']} ({entry['letter_in_summary']})",
        source_passage=item.passage,
        is_record=True,
    )
    circulated = ActionUpdate(
        item=item,
        status=ActionUpdate.Status.CIRCULATED,
        happened_on=date.fromisoformat(circulation["start"]),
        is_date_exact=not circulation["start_source"].startswith("derived"),
        source=f"{symbol}, paragraph {circulation['paragraph']}",
        source_passage=passages.get(f"para-{circulation['paragraph']}"),
        is_record=True,
    )
    reported = ActionUpdate(
        item=item,
        status=entry["status"],
        happened_on=date.fromisoformat(told["start"]),
        is_date_exact=False,  # reported to the session; the day is not stated
        note="\n".join(entry["remarks"]),
        is_note_official=bool(entry["remarks"]),
        as_reported_to=as_reported(entry["status_as_of"]),
        source=f"{deck['title']} ({entry['status_source']})",
        is_record=True,
    )
    return [proposed, circulated, reported]


@transaction.atomic
def load_circulation(*, record: Entry) -> Counter[str]:
    """Adds the circulation agreed at WILD/1 with its items. Returns how many rows were added.

    Its first and last day are derived; addressees, answers and outcome are not in the record (D16).
    Action items must exist.
    """
    entry, passages = record["circulation"], passages_of_summary(record)
    code = summary_of(record)["session"]
    session = sessions_of(record)[code]
    reported, is_new = record_round(
        slug=f"{code}-next-steps".lower().replace("/", "-"),
        kind=Round.Kind.CIRCULATION,
        title=f"Circulation of the {entry['of']}",
        opens_at=_in_geneva(entry["start"], time.min),
        closes_at=_in_geneva(entry["end"], time(23, 59, 59, 999000)),
    )
    if not is_new:
        return Counter()
    circulation = Circulation.objects.create(
        round=reported,
        session=session,
        mandate=passages.get(f"para-{entry['paragraph']}"),
        reported_period=entry["period"],
    )
    items = CirculationItem.objects.bulk_create(
        CirculationItem(
            circulation=circulation,
            order=order,
            key=item.key,
            heading=item.heading,
            text=item.official_text,
            action_item=item,
        )
        for order, item in enumerate(session.action_items.filter(is_record=True).order_by("key"), 1)
    )
    return Counter({"circulations": 1, "items circulated": len(items)})


def _in_geneva(day: str, hour: time) -> datetime:
    return datetime.combine(date.fromisoformat(day), hour, ZoneInfo(settings.PORTAL_TIME_ZONE))


@transaction.atomic
def add_update(
    *, item: ActionItem, status: str, note: str, circulation: Circulation, by: User, now: datetime
) -> ActionUpdate:
    """What became of an item in a circulation, dated the Geneva day of `now`: the newest update gives its status."""
    return ActionUpdate.objects.create(
        item=item,
        status=status,
        happened_on=now.astimezone(GENEVA).date(),
        note=note,
        source=circulation.round.titles["en"],
        source_circulation=circulation,
        recorded_by=by,
    )
