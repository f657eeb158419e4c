"""What the operations that take over the record (record.json) share.

What exists is left as it is, with all that hangs on it: edits by the Secretariat survive, a second run adds nothing.
Empty means "not in the record"; nothing is filled by guess.
"""

from collections.abc import Mapping
from typing import Any

from meetings.models import Passage, Session

Entry = Mapping[str, Any]


def summary_of(record: Entry) -> Entry:
    """The Summary of Discussions: paragraphs, points, roles for WIPO and suggested items are its."""
    return next(entry for entry in record["documents"] if entry["key"] == "summary")


def sessions_of(record: Entry) -> dict[str, Session]:
    """The sessions of the record by its code for them, found by number: the Secretariat may have edited the code."""
    numbers = {entry["ordinal"]: entry["code"] for entry in record["sessions"]}
    found = Session.objects.filter(kind=Session.Kind.PLENARY, number__in=numbers)
    return {numbers[session.number]: session for session in found}


def slug_of(entry: Entry) -> str:
    """The permanent address of a document, such as wild-1-summary."""
    return f"{entry['session']}-{entry['key']}".lower().replace("/", "-")


def passages_of_summary(record: Entry) -> dict[str, Passage]:
    """The paragraphs and points of the Summary by anchor."""
    found = Passage.objects.filter(document__slug=slug_of(summary_of(record))).select_related("document")
    return {passage.anchor: passage for passage in found}
