"""Preparing and opening a circulation; the draft becomes one row for each item."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import connection

from accounts.models import Member
from consultations.drafts import draft_of
from consultations.models import Round, Submission
from consultations.operations import AlreadySubmitted, NotAuthorised, NotReadyToOpen, RoundClosed, save_draft_field
from meetings.item_drafts import item_drafts
from meetings.models import ActionItem, Circulation, CirculationItem, ItemAnswer, Session
from meetings.operations.circulations import (
    AlreadyOpened,
    DraftChanged,
    DraftIncomplete,
    ItemText,
    Preparation,
    add_items,
    copy_action_items,
    obstacles_to_circulating,
    open_circulation,
    prepare_circulation,
    submit_circulation_answer,
)
from notifications.models import Delivery
from tests.consultations.asking import CLOSES, OPENED, mail_to, response_of
from tests.factories import NOW, ActionItemFactory, SessionFactory
from tests.meetings.circulating import opened, prepared, submitted, write


def preparation(**fields: object) -> Preparation:
    defaults = {"slug": "next-steps", "titles": {"en": "Next steps"}, "closes_at": CLOSES}
    return Preparation(**defaults | fields)


# --- preparing --------------------------------------------------------------------------------------------------------
def test_the_secretariat_prepares_a_circulation_and_changes_it(staff: Member, ana: Member) -> None:
    circulation = prepare_circulation(
        preparation=preparation(addressees=[ana.office], reminder_days=[3, 14, 3]), by=staff.user
    )
    round = Round.objects.get()
    assert (circulation.round, round.kind, round.slug) == (round, "circulation", "next-steps")
    assert (round.reminder_days, round.answer_path) == ([14, 3], "/circulations/next-steps/answer/")
    assert list(round.addressees.all()) == [ana.office]
    assert round.opened_at is None
    changed = preparation(slug="later", introductions={"en": "Read this."}, answers_visible="closing")
    assert prepare_circulation(preparation=changed, by=staff.user, circulation=circulation) == circulation
    round.refresh_from_db()
    assert (round.slug, round.answer_path, round.answers_visible) == ("later", "/circulations/later/answer/", "closing")
    assert list(round.addressees.all()) == []
    assert Circulation.objects.get().introduction == "Read this."


def test_members_prepare_nothing(ana: Member) -> None:
    with pytest.raises(NotAuthorised):
        prepare_circulation(preparation=preparation(), by=ana.user)
    with pytest.raises(NotAuthorised):
        open_circulation(circulation=prepared(ana.office), by=ana.user, now=NOW)


def test_what_is_open_or_of_the_record_is_frozen(staff: Member, ana: Member) -> None:
    session = SessionFactory()
    for circulation in (opened(ana.office), prepared(slug="record", is_record=True)):
        with pytest.raises(AlreadyOpened, match="frozen"):
            prepare_circulation(preparation=preparation(), by=staff.user, circulation=circulation)
        with pytest.raises(AlreadyOpened):
            copy_action_items(circulation=circulation, session=session, by=staff.user)
        with pytest.raises(AlreadyOpened):
            add_items(circulation=circulation, texts=[], by=staff.user)


@pytest.fixture
def session_with_items() -> Session:
    session = SessionFactory(code="WILD/9", number=9)
    for key in "cab":
        ActionItemFactory(session=session, key=key, official_text=f"Wording of {key}", heading=f"Heading of {key}")
    ActionItemFactory(key="z")
    return session


def test_action_items_are_copied_in_order_and_once(staff: Member, session_with_items: Session) -> None:
    circulation = prepared(letters="b")
    assert copy_action_items(circulation=circulation, session=session_with_items, by=staff.user) == 2
    assert copy_action_items(circulation=circulation, session=session_with_items, by=staff.user) == 0
    rows = circulation.items.order_by("order").values_list("order", "key", "text")
    assert list(rows) == [(1, "b", "Frozen wording of b"), (2, "a", "Wording of a"), (3, "c", "Wording of c")]
    copied = circulation.items.get(key="a")
    assert (copied.heading, copied.action_item) == ("Heading of a", ActionItem.objects.get(key="a"))


def test_items_of_their_own_follow_those_that_are_there(staff: Member) -> None:
    circulation = prepared(letters="b")
    texts = [ItemText(key=key, heading=f"Heading of {key}", text=f"Text of {key}") for key in "ca"]
    assert add_items(circulation=circulation, texts=texts, by=staff.user) == 2
    rows = circulation.items.order_by("order").values_list("order", "key", "text", "action_item")
    assert list(rows)[1:] == [(2, "c", "Text of c", None), (3, "a", "Text of a", None)]


def test_the_copy_does_not_change_with_the_action_item(staff: Member, session_with_items: Session) -> None:
    circulation = prepared(letters="")
    copy_action_items(circulation=circulation, session=session_with_items, by=staff.user)
    ActionItem.objects.filter(key="a").update(official_text="Something else")
    assert CirculationItem.objects.get(key="a").text == "Wording of a"


# --- opening ----------------------------------------------------------------------------------------------------------
def test_opening_makes_the_items_the_parts_of_the_round(staff: Member, ana: Member) -> None:
    circulation = prepared(ana.office)
    Round.objects.update(answer_path="")
    circulation.round.refresh_from_db()
    open_circulation(circulation=circulation, by=staff.user, now=OPENED)
    round = Round.objects.get()
    assert (round.sections, round.section_headings) == (["a", "b"], {"a": "Heading a", "b": "Heading b"})
    assert (round.answer_path, round.opened_at) == ("/circulations/next-steps/answer/", OPENED)
    assert "a  Heading a" in mail_to(ana, "opening").text


def test_a_circulation_without_items_is_not_opened(staff: Member, ana: Member) -> None:
    circulation = prepared(ana.office, letters="")
    assert [obstacle.key for obstacle in obstacles_to_circulating(circulation, NOW)] == ["parts"]
    with pytest.raises(NotReadyToOpen):
        open_circulation(circulation=circulation, by=staff.user, now=NOW)
    assert not Round.objects.get().responses.exists()


# --- submitting -------------------------------------------------------------------------------------------------------
def submit(circulation: Circulation, member: Member, seen_number: int = 0, now: object = NOW) -> Submission:
    response = response_of(circulation.round, member.office)
    fingerprint = draft_of(response).fingerprint
    return submit_circulation_answer(
        response=response, seen_number=seen_number, seen_draft=fingerprint, by=member.user, now=now
    )


def test_the_draft_becomes_one_row_for_each_item(ana: Member) -> None:
    circulation = opened(ana.office)
    write(circulation, ana, a_position="supports_with_changes", a_wording="Better", a_willingness="pilot")
    write(circulation, ana, b_position="needs_information", b_comment="Who pays?")
    submission = submit(circulation, ana)
    rows = ItemAnswer.objects.order_by("item__order").values_list(
        "submission", "item__key", "position", "willingness", "comment", "wording"
    )
    assert list(rows) == [
        (submission.pk, "a", "supports_with_changes", "pilot", "", "Better"),
        (submission.pk, "b", "needs_information", "", "Who pays?", ""),
    ]


def test_the_receipt_holds_the_full_text_in_the_readers_language(ana: Member) -> None:
    circulation = opened(ana.office)
    submitted(circulation, ana, a_position="supports_with_changes", a_wording="Better", a_willingness="pilot")
    text = mail_to(ana, "1").text
    assert (
        "a  Frozen wording of a\n   Position: supports with changes\n   If it goes ahead, your office would: pilot\n"
        "   Proposed wording: Better\n"
    ) in text
    assert "b  Frozen wording of b\n   Position: supports\n" in text


def test_a_reason_stands_in_the_receipt(ana: Member) -> None:
    circulation = opened(ana.office)
    submitted(circulation, ana, a_position="does_not_support", a_comment="Too early.")
    assert "   Comment or reason: Too early.\n" in mail_to(ana, "1").text


@pytest.mark.parametrize(
    ("values", "problems"),
    [
        ({}, [("position", "position")]),
        ({"a_comment": "Only words"}, [("position", "position")]),
        ({"a_position": "needs_information"}, [("comment", "reason")]),
        ({"a_position": "does_not_support"}, [("comment", "reason")]),
        ({"a_position": "supports_with_changes"}, [("wording", "wording")]),
        ({"a_position": "supports", "a_wording": "Left over"}, [("wording", "misplaced")]),
        ({"a_position": "no_position", "a_comment": "We abstain", "a_willingness": "none"}, []),
        ({"a_position": "no_objection"}, []),
        ({"a_position": "does_not_support", "a_comment": "Why"}, []),
        ({"a_position": "supports_with_changes", "a_wording": "Better"}, []),
    ],
)
def test_every_item_needs_a_position_and_what_goes_with_it(
    ana: Member, values: dict[str, str], problems: list[tuple[str, str]]
) -> None:
    circulation = opened(ana.office, letters="a")
    response = write(circulation, ana, **values)
    [draft] = item_drafts(circulation.items.all(), draft_of(response))
    assert [(problem.field, problem.key) for problem in draft.problems] == problems
    if problems:
        with pytest.raises(DraftIncomplete, match="some items are not ready") as refused:
            submit(circulation, ana)
        assert [each.item.key for each in refused.value.items] == ["a"]
        assert not Submission.objects.exists()
    else:
        assert submit(circulation, ana).number == 1


def test_two_versions_side_by_side_cannot_be_submitted(ana: Member, bruno: Member) -> None:
    circulation = opened(ana.office, letters="a")
    response = write(circulation, ana, a_position="supports")
    for by in (bruno, ana):
        save_draft_field(response=response, key="a.comment", value=f"From {by.given_name}", seen=0, by=by.user, now=NOW)
    with pytest.raises(DraftIncomplete) as refused:
        submit(circulation, ana)
    assert [problem.key for problem in refused.value.items[0].problems] == ["versions"]


def test_what_was_not_read_is_not_submitted(ana: Member, bruno: Member) -> None:
    circulation = opened(ana.office, letters="a")
    response = write(circulation, ana, a_position="supports")
    seen = draft_of(response).fingerprint
    write(circulation, bruno, a_comment="One more thing")
    with pytest.raises(DraftChanged, match="a colleague has changed the answer"):
        submit_circulation_answer(response=response, seen_number=0, seen_draft=seen, by=ana.user, now=NOW)
    assert not Submission.objects.exists()


def test_closing_and_rights_are_looked_at_before_the_draft(ana: Member, bruno: Member, chloe: Member) -> None:
    circulation = opened(ana.office)
    with pytest.raises(RoundClosed):
        submit(circulation, ana, now=CLOSES + timedelta(milliseconds=1))
    response = response_of(circulation.round, ana.office)
    for stranger in (bruno, chloe):
        with pytest.raises(NotAuthorised):
            submit_circulation_answer(response=response, seen_number=0, seen_draft="", by=stranger.user, now=NOW)


def test_a_revision_keeps_the_first_version(ana: Member) -> None:
    circulation = opened(ana.office, letters="a")
    first = submitted(circulation, ana, a_comment="First")
    second = submitted(circulation, ana, now=NOW + timedelta(hours=1), a_comment="Second")
    assert (first.number, second.number) == (1, 2)
    comments = ItemAnswer.objects.order_by("submission__number").values_list("comment", flat=True)
    assert list(comments) == ["First", "Second"]


@pytest.mark.django_db(transaction=True)
def test_eight_clicks_at_once_are_one_answer_with_one_row_for_each_item(ana: Member) -> None:
    circulation = opened(ana.office)
    response = write(circulation, ana, a_position="supports", b_position="supports")
    fingerprint = draft_of(response).fingerprint
    gate = Barrier(8)

    def click(_number: int) -> bool:
        gate.wait()
        try:
            submit_circulation_answer(response=response, seen_number=0, seen_draft=fingerprint, by=ana.user, now=NOW)
        except AlreadySubmitted:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(click, range(8))) == [False] * 7 + [True]
    assert (Submission.objects.count(), ItemAnswer.objects.count()) == (1, 2)
    assert Delivery.objects.filter(purpose="receipt").count() == 1


@pytest.mark.django_db(transaction=True)
def test_writing_and_submitting_at_once_never_submits_what_was_not_shown(ana: Member, bruno: Member) -> None:
    circulation = opened(ana.office, letters="a")
    response = write(circulation, ana, a_position="supports")
    seen = draft_of(response).fingerprint
    gate = Barrier(2)

    def run(act: Callable[[], object]) -> object:
        gate.wait()
        try:
            return act()
        except DraftChanged:
            return None
        finally:
            connection.close()

    def submit_it() -> object:
        return submit_circulation_answer(response=response, seen_number=0, seen_draft=seen, by=ana.user, now=NOW)

    def write_it() -> object:
        return write(circulation, bruno, a_comment="One more thing")

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(run, (submit_it, write_it)))
    assert draft_of(response).value("a.comment") == "One more thing"
    assert list(ItemAnswer.objects.values_list("comment", flat=True)) in ([], [""])
