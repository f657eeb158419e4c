"""Taking groups over from the record."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db import transaction

from groups.models import Group, NextStep

# The deck names one group a network; "focus group" is the type of the other (D05).
KINDS = {"cio-network": Group.Kind.CIO_NETWORK}


@transaction.atomic
def load_groups(*, record: Mapping[str, Any]) -> Counter[str]:
    """Adds the groups of record.json with their next steps; a group that exists is left with all that hangs on it.

    Counts, dates and wording are kept as reported, never computed (decisions.md 12). Returns how many rows were added.
    """
    added: Counter[str] = Counter()
    for entry in record["groups"]:
        group, is_new = Group.objects.get_or_create(slug=entry["key"], defaults=_group_fields(entry))
        if is_new:
            steps = [
                NextStep(group=group, order=order, text=text, is_record=True)
                for order, text in enumerate(entry["next_steps"], 1)
            ]
            added += Counter({"groups": 1, "next steps": len(NextStep.objects.bulk_create(steps))})
    return added


def _group_fields(entry: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "name": entry["official_name"],
        "kind": KINDS.get(entry["key"], Group.Kind.FOCUS_GROUP),
        "focus_areas": entry["focus_areas"],
        "takeaways": entry["takeaways"],
        "reported_members": entry["members"],
        "reported_offices": entry["offices"],
        "reported_wording": entry["count_wording"],
        "reported_as_of": as_reported(entry["as_of"]),
        "first_meeting_on": date.fromisoformat(entry["first_meeting"]),
        "first_meeting_wording": entry["first_meeting_wording"],
        "chair_reported": entry["chair"] or "",
        "is_record": True,
    }


def as_reported(stamp: str) -> str:
    """The stamp of a status as pages write it: "WILD/2, April 2026" becomes "WILD/2 (April 2026)" (D19)."""
    return re.sub(r"^(.+?), (.+)$", r"\1 (\2)", stamp)
