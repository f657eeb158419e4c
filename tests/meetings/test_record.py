"""Taking the record over: what arrives, and that a second run leaves everything as the Secretariat has made it."""

from datetime import UTC, date, datetime

import pytest
from django.db import IntegrityError, transaction

from accounts.models import Office
from consultations.models import OfficeResponse, Round
from groups.models import Group, NextStep
from groups.operations.record import as_reported
from library.models import StoredFile, Term
from meetings.models import (
    ActionItem,
    ActionUpdate,
    Circulation,
    CirculationItem,
    Day,
    Delegation,
    Document,
    DocumentFile,
    Officer,
    Passage,
    Presentation,
    Session,
    Suggestion,
    Theme,
)
from meetings.operations.action_items import load_circulation
from meetings.operations.sessions import AlreadySo, publish_session, withdraw_session
from tests.factories import ActionItemFactory, DocumentFactory, SessionFactory
from wild_portal.record import load, record

WRITTEN = {
    Session: 2,
    Day: 3,
    Theme: 11,
    Officer: 3,
    Delegation: 51,
    Suggestion: 3,
    Presentation: 0,
    Document: 5,
    DocumentFile: 0,
    StoredFile: 0,
    Passage: 77,
    Group: 2,
    NextStep: 6,
    ActionItem: 5,
    ActionUpdate: 15,
    Round: 1,
    Circulation: 1,
    CirculationItem: 5,
    OfficeResponse: 0,
    Term: 160,
}


def rows() -> dict[type, list[dict[str, object]]]:
    """Every row of every table the record fills."""
    return {model: list(model.objects.order_by("pk").values()) for model in WRITTEN}


def test_the_record_fills_these_tables_and_no_others(recorded: None) -> None:
    assert {model: model.objects.count() for model in WRITTEN} == WRITTEN


def test_the_counts_returned_are_the_rows_written(db: None) -> None:
    assert load() == {
        "offices": 208,
        "terms": 160,
        "sessions": 2,
        "days": 3,
        "themes": 11,
        "officers": 3,
        "delegations": 51,
        "suggested items": 3,
        "documents": 5,
        "paragraphs": 33,
        "points": 44,
        "topics": 86,
        "groups": 2,
        "next steps": 6,
        "action items": 5,
        "updates": 15,
        "circulations": 1,
        "items circulated": 5,
    }


def test_a_second_run_changes_nothing(recorded: None) -> None:
    before = rows()
    assert load().total() == 0
    assert rows() == before


def test_edits_and_deletions_by_the_secretariat_survive(recorded: None) -> None:
    Document.objects.filter(slug="wild-1-summary").update(
        titles={"en": "Summary of the discussions"}, symbol="WILD/1/2 Rev.", symbol_key="WILD/1/2/REV"
    )
    Session.objects.filter(number=1).update(code="WILD/I", name="The first one", is_published=False)
    ActionItem.objects.filter(slug="WILD-1-d").update(heading="Pilots", slug="WILD-1-pilots")
    Group.objects.filter(slug="cio-network").update(reported_members=27)
    ActionUpdate.objects.filter(item__key="a").first().delete()
    Suggestion.objects.first().delete()
    Passage.objects.filter(anchor="point-a").update(text="Edited.")
    Round.objects.update(reported_outcome="Known by now.")
    before = rows()
    assert load().total() == 0
    assert rows() == before


def test_a_document_that_the_secretariat_made_before_is_not_made_twice(db: None) -> None:
    mine = DocumentFactory(slug="my-summary", symbol="WILD/1/2", symbol_key="WILD/1/2")
    load()
    assert list(Document.objects.filter(symbol_key="WILD/1/2")) == [mine]
    assert mine.passages.count() == 0
    assert set(ActionItem.objects.values_list("passage", flat=True)) == {None}


def test_a_step_that_fails_leaves_nothing_behind(db: None) -> None:
    taken = ActionItemFactory(slug="WILD-1-e", key="z")
    with pytest.raises(IntegrityError, match="meetings_actionitem_slug"), transaction.atomic():
        load()
    left = {model: model.objects.count() for model in (*WRITTEN, Office)}
    assert left == {**dict.fromkeys((*WRITTEN, Office), 0), Session: 1, ActionItem: 1}
    assert ActionItem.objects.get() == taken


def test_the_session_has_what_the_summary_counts(recorded: None) -> None:
    session = Session.objects.get(number=1)
    assert (
        session.reported_states,
        session.reported_organizations,
        session.reported_themes,
        session.reported_presentations,
    ) == (46, 5, 11, 35)
    assert sum(day.reported_presentations for day in session.days.all()) == 35
    assert [(day.date, day.is_date_derived, day.theme_span) for day in session.days.all()] == [
        (date(2025, 4, 14), True, (1, 5)),
        (date(2025, 4, 15), True, (6, 8)),
        (date(2025, 4, 16), True, (9, 11)),
    ]
    assert session.chair.family_name == "Davies"
    assert Session.objects.get(number=2).chair is None
    assert SessionFactory().days.create(number=1, date=date(2026, 4, 14)).theme_span is None


def test_every_point_keeps_both_letters_its_paragraph_and_its_topics(recorded: None) -> None:
    points = {point.anchor: point for point in Passage.objects.filter(kind="point").select_related("parent")}
    assert len(points) == 44
    for entry in record()["points"]:
        point = points[f"point-{entry['letter']}"]
        assert (point.label, point.local_label) == (entry["letter"], entry["local_letter"])
        assert point.parent.anchor == f"para-{entry['paragraph']}"
        assert sorted(point.topics.values_list("slug", flat=True)) == sorted(entry["topics"])
    orders = list(Passage.objects.order_by("order").values_list("order", flat=True))
    assert orders == list(range(1, 78))


def test_only_the_points_of_the_action_items_are_official_wording(recorded: None) -> None:
    official = Passage.objects.filter(is_official=True).order_by("order")
    assert [point.label for point in official] == ["an", "ao", "ap", "aq", "ar"]
    expected = [entry["official_text_with_list_punctuation"] for entry in record()["actions"]]
    assert [point.text for point in official] == expected


def test_an_item_was_proposed_circulated_and_reported(recorded: None) -> None:
    updates = list(ActionItem.objects.get(key="d").updates.all())
    assert [(each.status, each.happened_on, each.is_date_exact, each.as_reported_to) for each in updates] == [
        ("outstanding", date(2026, 4, 14), False, "WILD/2 (April 2026)"),
        ("circulated", date(2025, 4, 16), False, ""),
        ("proposed", date(2025, 4, 16), False, ""),
    ]
    assert updates[0].note.splitlines() == record()["actions"][3]["remarks"]
    assert updates[0].is_note_official
    assert [each.source_passage and each.source_passage.anchor for each in updates] == [None, "para-30", "point-aq"]


def test_the_circulation_of_2025_is_reported_and_addressed_to_nobody(recorded: None) -> None:
    circulation = Circulation.objects.get()
    assert circulation.round.is_record
    assert circulation.round.opens_at == datetime(2025, 4, 15, 22, 0, tzinfo=UTC)
    assert circulation.round.closes_at == datetime(2025, 6, 16, 21, 59, 59, 999000, tzinfo=UTC)
    assert circulation.round.reminder_days == []
    assert circulation.round.addressees.count() == 0
    assert circulation.reported_period == "two months following the inaugural session of WILD"
    assert circulation.mandate.anchor == "para-30"
    assert [(item.key, item.text) for item in circulation.items.all()] == [
        (entry["key"], entry["official_text"]) for entry in record()["actions"]
    ]
    assert load_circulation(record=record()).total() == 0


@pytest.mark.parametrize(
    ("stamp", "shown"), [("WILD/2, April 2026", "WILD/2 (April 2026)"), ("WILD/2", "WILD/2"), ("", "")]
)
def test_a_stamp_is_written_with_its_month_in_brackets(stamp: str, shown: str) -> None:
    assert as_reported(stamp) == shown


def test_a_session_is_published_once_and_hidden_once(db: None) -> None:
    session = SessionFactory(is_published=False)
    assert publish_session(session=session).is_published
    with pytest.raises(AlreadySo, match=r"Somebody has done this already\."):
        publish_session(session=session)
    assert not withdraw_session(session=session).is_published
    with pytest.raises(AlreadySo):
        withdraw_session(session=session)
