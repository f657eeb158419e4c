"""The record: facts of the two source documents, shipped as data, and how the database takes them over.

`record.json` and `vocabulary.csv` stand beside this file in data/; nothing is invented beside them.
"""

import csv
import json
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

from django.db import transaction

from accounts.record import load_offices
from groups.operations.record import load_groups
from library.operations import load_terms
from meetings.operations.action_items import load_action_items, load_circulation
from meetings.operations.documents import load_documents
from meetings.operations.sessions import load_sessions

DATA = Path(__file__).parent / "data"


@cache
def record() -> dict[str, Any]:
    """Everything of record.json, read once."""
    return json.loads((DATA / "record.json").read_text(encoding="utf-8"))


def vocabulary() -> list[dict[str, str]]:
    """The rows of vocabulary.csv."""
    with (DATA / "vocabulary.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def load() -> Counter[str]:
    """Takes the record over into the database, all or nothing, and returns how many rows of each kind were added.

    What exists is left as it is, so a second run adds nothing and edits by the Secretariat survive.
    """
    facts = record()
    with transaction.atomic():
        added = Counter({"offices": load_offices(), "terms": load_terms(rows=vocabulary())})
        added.update(load_sessions(record=facts))
        added.update(load_documents(record=facts))
        added.update(load_groups(record=facts))
        added.update(load_action_items(record=facts))
        added.update(load_circulation(record=facts))
    return added
