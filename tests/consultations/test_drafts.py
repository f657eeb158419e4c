"""The shared draft: nobody's words are overwritten, whoever writes when."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier

import pytest
from django.db import connection

from accounts.models import Member
from consultations.drafts import Draft, FieldState, draft_of, drafts_of
from consultations.models import DraftField, OfficeResponse
from consultations.operations import Edit, NotAuthorised, RoundClosed, mark_opened, save_draft, save_draft_field
from tests.consultations.asking import CLOSES, opened_round, response_of
from tests.factories import NOW

MINUTE = timedelta(minutes=1)
Save = Callable[..., FieldState | None]


@pytest.fixture
def response(ana: Member, bruno: Member) -> OfficeResponse:
    return response_of(opened_round(ana.office), ana.office)


@pytest.fixture
def save(response: OfficeResponse) -> Save:
    """Saves in the comment on item a."""

    def write(by: Member, value: str, seen: int, at: datetime = NOW, key: str = "a.comment") -> FieldState | None:
        return save_draft_field(response=response, key=key, value=value, seen=seen, by=by.user, now=at)

    return write


def rows(key: str = "a.comment") -> list[tuple[int, int, str, str]]:
    """(version, seen, value, editor) of every row of a field."""
    found = DraftField.objects.filter(key=key).order_by("version")
    return [(row.version, row.seen, row.value, row.edited_by.email) for row in found]


def standing(state: FieldState | None) -> list[str]:
    assert state is not None
    return [version.value for version in state.versions]


def test_the_first_words_are_version_one(save: Save, ana: Member) -> None:
    state = save(ana, "Yes", 0)
    assert state is not None
    assert (state.newest.number, state.newest.value, state.newest.editor) == (1, "Yes", "Ana Ejemplo")
    assert (state.newest.started_at, state.newest.edited_at, state.in_conflict) == (NOW, NOW, False)


def test_nothing_in_an_empty_field_leaves_no_row(save: Save, ana: Member) -> None:
    assert save(ana, "", 0) is None
    assert rows() == []


def test_an_editor_who_goes_on_writing_keeps_one_row_that_moves_on(save: Save, ana: Member) -> None:
    save(ana, "We", 0)
    state = save(ana, "We agree", 1, NOW + MINUTE)
    assert rows() == [(2, 1, "We agree", "ana@qm.example")]
    assert state is not None
    assert (state.newest.started_at, state.newest.edited_at) == (NOW, NOW + MINUTE)


def test_after_a_rest_the_same_editor_begins_a_new_turn(save: Save, ana: Member) -> None:
    save(ana, "We", 0)
    save(ana, "We agree", 1, NOW + 15 * MINUTE)
    assert rows() == [(1, 0, "We", "ana@qm.example"), (2, 1, "We agree", "ana@qm.example")]


def test_a_colleague_who_has_seen_it_adds_a_turn(save: Save, ana: Member, bruno: Member) -> None:
    save(ana, "We", 0)
    state = save(bruno, "We agree", 1, NOW + MINUTE)
    assert rows() == [(1, 0, "We", "ana@qm.example"), (2, 1, "We agree", "bruno@qm.example")]
    assert standing(state) == ["We agree"]


def test_the_same_value_again_writes_nothing(save: Save, ana: Member, bruno: Member) -> None:
    save(ana, "Yes", 0)
    assert standing(save(ana, "Yes", 0)) == ["Yes"]
    assert standing(save(bruno, "Yes", 1)) == ["Yes"]
    assert rows() == [(1, 0, "Yes", "ana@qm.example")]


def test_two_who_had_not_seen_each_other_stand_side_by_side(save: Save, ana: Member, bruno: Member) -> None:
    save(bruno, "From Bruno", 0)
    state = save(ana, "From Ana", 0, NOW + MINUTE)
    assert standing(state) == ["From Bruno", "From Ana"]
    assert state is not None
    assert (state.in_conflict, state.base, state.newest.number) == (True, 0, 2)
    assert state.version_of(bruno.user).value == "From Bruno"
    assert state.version_of(ana.user).value == "From Ana"


def test_words_added_since_a_colleague_looked_are_not_lost(save: Save, ana: Member, bruno: Member) -> None:
    save(ana, "We", 0)
    save(ana, "We agree with a", 1, NOW + MINUTE)
    assert standing(save(bruno, "We disagree", 1, NOW + MINUTE)) == ["We agree with a", "We disagree"]


def test_going_on_in_a_conflict_does_not_end_it_and_piles_nothing_up(
    response: OfficeResponse, save: Save, ana: Member, bruno: Member
) -> None:
    save(bruno, "From Bruno", 0)
    save(ana, "From Ana", 0)
    for by, value, continues in ((bruno, "From Bruno, more", 1), (ana, "From Ana, more", 2)):
        edit = Edit(key="a.comment", value=value, seen=0, continues=continues)
        save_draft(response=response, edits=[edit], by=by.user, now=NOW + MINUTE)
    state = draft_of(response).fields["a.comment"]
    assert standing(state) == ["From Bruno, more", "From Ana, more"]
    assert (state.continued_by(bruno.user), state.continued_by(ana.user)) == (3, 4)
    assert standing(save(bruno, "From Bruno, more", 0)) == ["From Bruno, more", "From Ana, more"]


def test_a_second_window_of_the_same_person_is_another_hand(save: Save, ana: Member, bruno: Member) -> None:
    save(ana, "First window", 0)
    assert standing(save(ana, "Second window", 0)) == ["First window", "Second window"]
    assert standing(save(ana, "Third window", 0)) == ["First window", "Second window", "Third window"]


def test_a_conflict_continued_after_a_rest_is_a_new_turn(
    response: OfficeResponse, save: Save, ana: Member, bruno: Member
) -> None:
    save(bruno, "From Bruno", 0)
    save(ana, "From Ana", 0)
    edit = Edit(key="a.comment", value="From Ana, later", seen=0, continues=2)
    draft = save_draft(response=response, edits=[edit], by=ana.user, now=NOW + 15 * MINUTE)
    assert standing(draft.fields["a.comment"]) == ["From Bruno", "From Ana", "From Ana, later"]


def test_three_stand_side_by_side(
    save: Save, response: OfficeResponse, ana: Member, bruno: Member, alba: Member
) -> None:
    save(bruno, "From Bruno", 0)
    save(ana, "From Ana", 0)
    assert standing(save(alba, "From Alba", 0)) == ["From Bruno", "From Ana", "From Alba"]
    state = draft_of(response).fields["a.comment"]
    assert [state.version_of(each.user).value for each in (bruno, ana)] == ["From Bruno", "From Ana"]
    assert [state.continued_by(each.user) for each in (bruno, ana)] == [1, 2]


@pytest.mark.parametrize("kept", ["From Ana", "From Bruno", "From both"])
def test_whoever_saw_both_ends_the_conflict_and_both_stay_in_the_history(
    save: Save, ana: Member, bruno: Member, kept: str
) -> None:
    save(bruno, "From Bruno", 0)
    save(ana, "From Ana", 0)
    state = save(ana, kept, 2, NOW + MINUTE)
    assert standing(state) == [kept]
    assert [row[2] for row in rows()] == ["From Bruno", "From Ana", kept]


def test_a_version_from_nowhere_counts_as_the_newest(save: Save, ana: Member, bruno: Member) -> None:
    save(ana, "Yes", 0)
    save(bruno, "No", 99)
    assert rows() == [(1, 0, "Yes", "ana@qm.example"), (2, 1, "No", "bruno@qm.example")]


def test_emptying_a_field_is_an_edit(save: Save, response: OfficeResponse, ana: Member, bruno: Member) -> None:
    save(ana, "Yes", 0)
    save(bruno, "", 1)
    draft = draft_of(response)
    assert draft.value("a.comment") == ""
    assert not draft.is_saved("a")


def test_several_fields_are_saved_at_once(response: OfficeResponse, ana: Member) -> None:
    edits = [Edit(key="a.position", value="supports", seen=0), Edit(key="b.comment", value="Why", seen=0)]
    draft = save_draft(response=response, edits=edits, by=ana.user, now=NOW)
    assert {key: state.newest.value for key, state in draft.fields.items()} == {
        "a.position": "supports",
        "b.comment": "Why",
    }
    assert draft.saved(["a", "b", "c"]) == ["a", "b"]
    assert [state.key for state in draft.part("b")] == ["b.comment"]
    assert draft.value("c.comment") == ""


def test_the_fingerprint_changes_with_every_edit(response: OfficeResponse, save: Save, ana: Member) -> None:
    seen = [draft_of(response).fingerprint]
    for number, value in enumerate(("One", "Two")):
        save(ana, value, number)
        seen.append(draft_of(response).fingerprint)
    assert seen == ["", "a.comment:1", "a.comment:2"]


def test_who_wrote_in_the_last_five_minutes_is_writing(
    response: OfficeResponse, save: Save, ana: Member, bruno: Member
) -> None:
    save(bruno, "From Bruno", 0)
    draft: Draft = draft_of(response)
    writer = draft.writer("a", NOW + 5 * MINUTE - timedelta(seconds=1), besides=ana.user)
    assert writer is not None
    assert writer.editor == "Bruno Mithal"
    assert draft.writer("a", NOW + 5 * MINUTE) is None
    assert draft.writer("a", NOW, besides=bruno.user) is None
    assert draft.writer("b", NOW) is None
    last = draft.last_edit("a")
    assert last is not None
    assert last.editor == "Bruno Mithal"
    assert draft.last_edit("b") is None


def test_a_colleague_who_has_left_keeps_the_name(response: OfficeResponse, save: Save, bruno: Member) -> None:
    save(bruno, "From Bruno", 0)
    Member.objects.filter(pk=bruno.pk).update(until_on=NOW.date())
    assert draft_of(response).fields["a.comment"].newest.editor == "Bruno Mithal"


def test_nothing_is_written_after_closing(save: Save, ana: Member) -> None:
    with pytest.raises(RoundClosed):
        save(ana, "Too late", 0, CLOSES + timedelta(milliseconds=1))
    assert rows() == []
    assert save(ana, "In time", 0, CLOSES) is not None


def test_other_offices_and_the_secretariat_do_not_write(
    save: Save, response: OfficeResponse, chloe: Member, staff: Member
) -> None:
    for stranger in (chloe, staff):
        with pytest.raises(NotAuthorised):
            save(stranger, "Ours", 0)
    assert rows() == []


def test_the_first_look_is_noted_once(response: OfficeResponse) -> None:
    assert mark_opened(response=response, now=NOW).first_opened_at == NOW
    mark_opened(response=response, now=NOW + MINUTE)
    stale = OfficeResponse.objects.get(pk=response.pk)
    stale.first_opened_at = None
    mark_opened(response=stale, now=NOW + 2 * MINUTE)
    response.refresh_from_db()
    assert response.first_opened_at == NOW


def test_drafts_of_many_offices_are_one_query(
    response: OfficeResponse, ana: Member, save: Save, django_assert_num_queries: Callable[..., object]
) -> None:
    save(ana, "Yes", 0)
    with django_assert_num_queries(1):
        assert list(drafts_of([response])) == [response.pk]


@pytest.mark.django_db(transaction=True)
def test_twelve_who_save_at_once_lose_nothing(ana: Member, bruno: Member) -> None:
    response = response_of(opened_round(ana.office), ana.office)
    gate = Barrier(12)

    def write(number: int) -> None:
        gate.wait()
        try:
            by = (ana, bruno)[number % 2].user
            save_draft_field(response=response, key="a.comment", value=f"Text {number}", seen=0, by=by, now=NOW)
        finally:
            connection.close()

    with ThreadPoolExecutor(12) as pool:
        list(pool.map(write, range(12)))
    state = draft_of(response).fields["a.comment"]
    assert {version.value for version in state.versions} == {f"Text {number}" for number in range(12)}
    assert [version.number for version in state.versions] == list(range(1, 13))
