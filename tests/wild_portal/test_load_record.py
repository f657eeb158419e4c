"""`manage.py load_record` and the data it reads."""

import json
from io import StringIO

import pytest
from django.core.management import call_command
from pghistory.models import Context

from meetings.models import Document, Session
from wild_portal.record import DATA, record, vocabulary


def run() -> str:
    """What the command prints."""
    out = StringIO()
    call_command("load_record", stdout=out)
    return out.getvalue()


def test_the_command_prints_what_it_added(db: None) -> None:
    printed = run()
    assert "sessions: 2 added\n" in printed
    assert "points: 44 added\n" in printed
    assert "nothing was added" not in printed
    assert Session.objects.count() == 2


def test_a_second_run_says_that_nothing_was_added_and_keeps_edits(db: None) -> None:
    run()
    Document.objects.filter(symbol="WILD/1/2").update(titles={"en": "Edited"})
    assert run() == "offices: 0 added\nterms: 0 added\nThe record is complete; nothing was added.\n"
    assert Document.objects.get(symbol="WILD/1/2").title == "Edited"


def test_the_history_says_that_the_command_did_it(db: None) -> None:
    run()
    assert Context.objects.values_list("metadata", flat=True).get() == {"command": "load_record"}


def test_the_data_is_the_record_and_its_counts_agree() -> None:
    facts = record()
    assert facts["schema"]["name"] == "wild-record"
    assert (len(facts["participants"]), len(facts["points"]), len(facts["paragraphs"])) == (51, 44, 33)
    assert len(facts["discrepancies"]) == 24
    assert {topic for point in facts["points"] for topic in point["topics"]} <= {row["slug"] for row in vocabulary()}
    assert json.loads((DATA / "record.json").read_text(encoding="utf-8")) == facts


@pytest.mark.parametrize("word", ["obligation", "compliance"])
def test_no_wording_of_the_record_says(word: str) -> None:
    texts = [entry["short"] for entry in (*record()["paragraphs"], *record()["points"])]
    texts += [entry["official_text"] for entry in record()["actions"]]
    assert [text for text in texts if word in text.lower()] == []
