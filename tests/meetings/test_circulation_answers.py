"""The answer of an office in a browser without script, and what autosave sends."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from accounts.models import Member
from consultations.drafts import draft_of
from consultations.models import DraftField, OfficeResponse
from consultations.operations import save_draft_field
from meetings.forms.circulations import LongText
from meetings.models import Circulation
from tests.consultations.asking import CLOSES, response_of
from tests.factories import NOW
from tests.meetings.circulating import PAGE, at, fields_of, opened, text_of, write

ANSWER, DRAFT, REVIEW, RECEIPT = PAGE + "answer/", PAGE + "draft/", PAGE + "review/", PAGE + "receipt/"
AFTER = CLOSES + timedelta(milliseconds=1)
Clients = Callable[[Member | None], Client]


@pytest.fixture
def circulation(ana: Member, bruno: Member) -> Circulation:
    return opened(ana.office)


def get(client: Client, url: str = ANSWER, moment: Any = NOW) -> HttpResponse:
    with at(moment):
        return client.get(url)


def post(client: Client, data: dict[str, str], url: str = ANSWER, moment: Any = NOW) -> HttpResponse:
    with at(moment):
        return client.post(url, data)


def later(client_of: Clients, member: Member, moment: Any = AFTER) -> Client:
    """A browser that signed in at `moment`: sessions do not last from NOW to the closing."""
    with at(moment):
        return client_of(member)


def values(circulation: Circulation, member: Member) -> dict[str, str]:
    """The draft of an office: key to newest value."""
    draft = draft_of(response_of(circulation.round, member.office))
    return {key: state.newest.value for key, state in draft.fields.items()}


# --- the form ---------------------------------------------------------------------------------------------------------
def test_the_page_says_what_until_when_and_who_submits(
    circulation: Circulation, ana: Member, client_of: Clients
) -> None:
    with timezone.override("America/Santiago"):
        words = text_of(get(client_of(ana)))
    assert "Closes Thursday 3 December 2026, 23:59 Geneva time (19:59 in Santiago). 13 days left." in words
    assert "Frozen wording of a" in words
    assert "Not started" in words
    assert "Ana Ejemplo (you) Focal point: may submit" in words


def test_looking_is_noted_once(circulation: Circulation, bruno: Member, client_of: Clients) -> None:
    get(client_of(bruno))
    get(client_of(bruno), moment=NOW + timedelta(hours=1))
    assert OfficeResponse.objects.get().first_opened_at == NOW


def test_an_item_is_saved_by_its_button_and_the_page_leads_back_to_it(
    circulation: Circulation, ana: Member, client_of: Clients
) -> None:
    client = client_of(ana)
    data = fields_of(get(client)) | {"item-b-position": "no_objection", "item-b-comment": " We are fine. ", "save": "b"}
    answer = post(client, data)
    assert (answer.status_code, answer["Location"]) == (302, f"{ANSWER}#item-b")
    assert values(circulation, ana) == {"b.position": "no_objection", "b.comment": "We are fine."}
    page = get(client, moment=NOW + timedelta(minutes=1))
    assert "Saved 20 Nov, 06:00 by you" in text_of(page)
    assert fields_of(page)["item-b-comment"] == "We are fine."


def test_what_was_typed_elsewhere_is_saved_by_any_button(
    circulation: Circulation, ana: Member, client_of: Clients
) -> None:
    client = client_of(ana)
    data = fields_of(get(client)) | {"item-a-comment": "On a", "item-b-comment": "On b", "save": "b"}
    post(client, data)
    assert values(circulation, ana) == {"a.comment": "On a", "b.comment": "On b"}


def test_the_way_to_the_review_saves(circulation: Circulation, ana: Member, client_of: Clients) -> None:
    client = client_of(ana)
    answer = post(client, fields_of(get(client)) | {"item-a-position": "supports", "review": "1"})
    assert answer["Location"] == REVIEW
    assert values(circulation, ana) == {"a.position": "supports"}


@pytest.mark.parametrize("button", [{"save": "zz"}, {"save": ""}, {"resolve": "nonsense"}, {}])
def test_an_unknown_button_still_saves(
    circulation: Circulation, ana: Member, client_of: Clients, button: dict[str, str]
) -> None:
    client = client_of(ana)
    answer = post(client, fields_of(get(client)) | {"item-a-position": "supports"} | button)
    assert answer["Location"] == ANSWER
    assert values(circulation, ana) == {"a.position": "supports"}


def test_sending_an_untouched_page_changes_nothing(circulation: Circulation, ana: Member, client_of: Clients) -> None:
    write(
        circulation,
        ana,
        a_position="supports_with_changes",
        a_wording="Two\nlines",
        a_willingness="pilot",
        b_comment="é",
    )
    before = list(DraftField.objects.order_by("pk").values_list("pk", "version", "value"))
    post(client_of(ana), fields_of(get(client_of(ana))) | {"save": "a"})
    assert list(DraftField.objects.order_by("pk").values_list("pk", "version", "value")) == before


def test_a_colleagues_edit_in_another_field_is_left_alone(
    circulation: Circulation, ana: Member, bruno: Member, client_of: Clients
) -> None:
    client = client_of(ana)
    page = fields_of(get(client))
    write(circulation, bruno, a_comment="From Bruno", b_comment="From Bruno too")
    post(client, page | {"item-a-position": "supports", "save": "a"})
    assert values(circulation, ana) == {
        "a.comment": "From Bruno",
        "b.comment": "From Bruno too",
        "a.position": "supports",
    }
    assert not any(state.in_conflict for state in draft_of(response_of(circulation.round, ana.office)).fields.values())


def test_a_colleague_who_writes_is_named(
    circulation: Circulation, ana: Member, bruno: Member, client_of: Clients
) -> None:
    write(circulation, bruno, now=NOW - timedelta(minutes=2), a_comment="I am at it")
    words = text_of(get(client_of(ana)))
    assert "Bruno Mithal is writing here since 05:58. You can write too: both versions are kept and shown." in words
    assert "writing on item a" in words
    assert "Saved 20 Nov, 05:58 by you" in text_of(get(client_of(bruno)))
    later = text_of(get(client_of(ana), moment=NOW + timedelta(minutes=4)))
    assert "Saved 20 Nov, 05:58 by Bruno Mithal" in later


# --- two at once ------------------------------------------------------------------------------------------------------
@pytest.fixture
def conflict(circulation: Circulation, ana: Member, bruno: Member, client_of: Clients) -> dict[str, str]:
    """Ana and Bruno have written the comment on item a at once; the fields of the page Ana sees."""
    client = client_of(ana)
    page = fields_of(get(client))
    write(circulation, bruno, a_comment="From Bruno")
    answer = post(client, page | {"item-a-comment": "From Ana", "save": "a"})
    assert answer.status_code == 302
    return fields_of(get(client))


def test_both_versions_are_shown_and_kept(
    conflict: dict[str, str], circulation: Circulation, ana: Member, bruno: Member, client_of: Clients
) -> None:
    assert conflict["item-a-comment"] == "From Ana"
    words = text_of(get(client_of(ana)))
    assert "Two comments stand side by side. Nothing is lost." in words
    assert "Bruno Mithal, 20 Nov, 06:00 From Bruno Keep the version of Bruno Mithal" in words
    assert fields_of(get(client_of(bruno)))["item-a-comment"] == "From Bruno"
    assert "Ana Ejemplo, 20 Nov, 06:00 From Ana Keep the version of Ana Ejemplo" in text_of(get(client_of(bruno)))


def test_saving_another_item_does_not_end_it(
    conflict: dict[str, str], circulation: Circulation, ana: Member, client_of: Clients
) -> None:
    post(client_of(ana), conflict | {"item-b-comment": "On b", "save": "b"})
    assert draft_of(response_of(circulation.round, ana.office)).fields["a.comment"].in_conflict


def test_going_on_in_the_field_does_not_end_it(
    conflict: dict[str, str], circulation: Circulation, ana: Member, client_of: Clients
) -> None:
    post(client_of(ana), conflict | {"item-a-comment": "From Ana, more", "save": "a"})
    state = draft_of(response_of(circulation.round, ana.office)).fields["a.comment"]
    assert [version.value for version in state.versions] == ["From Bruno", "From Ana, more"]


@pytest.mark.parametrize(
    ("choice", "kept"), [("1", "From Bruno"), ("field", "Mine, mended"), ("both", "From Bruno\n\nFrom Ana")]
)
def test_a_button_ends_it(
    conflict: dict[str, str], circulation: Circulation, ana: Member, client_of: Clients, choice: str, kept: str
) -> None:
    resolve = {"item-a-comment": "Mine, mended", "resolve": f"a.comment:2:{choice}"}
    answer = post(client_of(ana), conflict | resolve)
    assert answer["Location"] == f"{ANSWER}#item-a"
    state = draft_of(response_of(circulation.round, ana.office)).fields["a.comment"]
    assert [version.value for version in state.versions] == [kept]
    assert "side by side" not in text_of(get(client_of(ana)))


@pytest.mark.parametrize("choice", ["9", "", "-1", "９", "field:1", "both\x00"])
def test_a_choice_that_does_not_exist_ends_nothing(
    conflict: dict[str, str], circulation: Circulation, ana: Member, client_of: Clients, choice: str
) -> None:
    assert post(client_of(ana), conflict | {"resolve": f"a.comment:2:{choice}"}).status_code == 302
    assert post(client_of(ana), conflict | {"resolve": f"z.comment:2:{choice}"}).status_code == 302
    assert draft_of(response_of(circulation.round, ana.office)).fields["a.comment"].in_conflict


def test_the_field_cannot_be_kept_where_it_was_not_sent(
    conflict: dict[str, str], circulation: Circulation, ana: Member, client_of: Clients
) -> None:
    post(client_of(ana), {"resolve": "a.comment:2:field"})
    assert draft_of(response_of(circulation.round, ana.office)).fields["a.comment"].in_conflict


def test_a_third_edit_meanwhile_stays_beside_the_choice(
    conflict: dict[str, str], circulation: Circulation, ana: Member, bruno: Member, client_of: Clients
) -> None:
    response = response_of(circulation.round, ana.office)
    save_draft_field(response=response, key="a.comment", value="Bruno again", seen=0, by=bruno.user, now=NOW)
    post(client_of(ana), conflict | {"resolve": "a.comment:2:field"})
    state = draft_of(response).fields["a.comment"]
    assert [version.value for version in state.versions] == ["Bruno again", "From Ana"]


def test_both_texts_together_may_be_too_long(
    circulation: Circulation, ana: Member, bruno: Member, client_of: Clients
) -> None:
    client = client_of(ana)
    page = fields_of(get(client))
    write(circulation, bruno, a_comment="b" * 3000)
    post(client, page | {"item-a-comment": "a" * 3000})
    answer = post(client, fields_of(get(client)) | {"resolve": "a.comment:2:both"})
    assert answer.status_code == 200
    assert "Both texts together are too long." in text_of(answer)
    assert draft_of(response_of(circulation.round, ana.office)).fields["a.comment"].in_conflict


def test_two_positions_stand_side_by_side_with_their_words(
    circulation: Circulation, ana: Member, bruno: Member, client_of: Clients
) -> None:
    client = client_of(ana)
    page = fields_of(get(client))
    write(circulation, bruno, a_position="does_not_support", a_willingness="lead", a_wording="Other words")
    post(client, page | {"item-a-position": "supports", "item-a-willingness": "pilot", "item-a-wording": "My words"})
    words = text_of(get(client))
    assert "Two positions stand side by side." in words
    assert "Bruno Mithal, 20 Nov, 06:00 Does not support Keep the version of Bruno Mithal" in words
    assert "Bruno Mithal, 20 Nov, 06:00 would lead Keep the version of Bruno Mithal" in words
    assert "Two wordings stand side by side." in words
    assert words.count("Keep both texts") == 1


def test_an_emptied_text_is_said_to_be_emptied(
    circulation: Circulation, ana: Member, bruno: Member, client_of: Clients
) -> None:
    write(circulation, ana, a_comment="Something")
    client = client_of(ana)
    page = fields_of(get(client))
    write(circulation, bruno, a_comment="")
    post(client, page | {"item-a-comment": "Something else"})
    assert "Bruno Mithal, 20 Nov, 06:00 (emptied)" in text_of(get(client))


# --- bad input --------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ("x" * 5001, "Ensure this value has at most 5000 characters (it has 5001)."),
        ("x" * 1_000_000, "Ensure this value has at most 5000 characters (it has 1000000)."),
        ("a\x00b", "Null characters are not allowed."),
    ],
)
def test_a_text_that_cannot_be_stored_is_named_at_the_field_and_kept(
    circulation: Circulation, ana: Member, client_of: Clients, typed: str, message: str
) -> None:
    client = client_of(ana)
    page = fields_of(get(client))
    answer = post(client, page | {"item-a-comment": typed, "item-b-comment": "Sound", "save": "a"})
    assert answer.status_code == 200
    assert message in text_of(answer)
    assert "Not everything is saved." in text_of(answer)
    if "\x00" not in typed:
        assert fields_of(answer)["item-a-comment"] == typed
    assert values(circulation, ana) == {"b.comment": "Sound"}
    mended = post(client, fields_of(answer) | {"item-a-comment": "Short", "save": "a"})
    assert mended.status_code == 302
    assert values(circulation, ana) == {"b.comment": "Sound", "a.comment": "Short"}


def test_five_thousand_characters_are_accepted_and_come_back_equal(
    circulation: Circulation, ana: Member, client_of: Clients
) -> None:
    text = ("é العربية 中文 <b>&amp;</b>\r\n" * 400)[:5000].strip()
    client = client_of(ana)
    post(client, fields_of(get(client)) | {"item-a-comment": text, "save": "a"})
    assert values(circulation, ana)["a.comment"] == text.replace("\r\n", "\n")
    assert fields_of(get(client))["item-a-comment"] == text


def test_half_a_character_pair_is_refused_and_composed_characters_are_stored() -> None:
    assert LongText().clean("e\u0301\r\nb\rc") == "é\nb\nc"
    with pytest.raises(ValidationError, match="cannot be stored"):
        LongText().clean("a\ud800")


def test_a_choice_that_was_not_offered_is_refused_at_the_field(
    circulation: Circulation, ana: Member, client_of: Clients
) -> None:
    client = client_of(ana)
    answer = post(client, fields_of(get(client)) | {"item-a-position": "obligation", "item-a-willingness": "1e3"})
    assert answer.status_code == 200
    assert "Select a valid choice. obligation is not one of the available choices." in text_of(answer)
    assert "Select a valid choice. 1e3 is not one of the available choices." in text_of(answer)
    assert values(circulation, ana) == {}


@pytest.mark.parametrize(
    "token", ["", "x", "99999999999.0-0123456789abcdef", "１.0-0123456789abcdef", "1.0-\x00", "5.0-"]
)
def test_a_broken_token_loses_nothing(
    circulation: Circulation, ana: Member, bruno: Member, client_of: Clients, token: str
) -> None:
    write(circulation, bruno, a_comment="From Bruno")
    client = client_of(ana)
    post(client, fields_of(get(client)) | {"item-a-comment": "From Ana", "item-a-comment-seen": token})
    state = draft_of(response_of(circulation.round, ana.office)).fields["a.comment"]
    assert [version.value for version in state.versions] == ["From Bruno", "From Ana"]


def test_markup_is_shown_as_it_was_typed(circulation: Circulation, ana: Member, client_of: Clients) -> None:
    evil = "</textarea><script>alert(1)</script>"
    client = client_of(ana)
    post(client, fields_of(get(client)) | {"item-a-comment": evil})
    page = get(client)
    assert b"<script>alert" not in page.content
    assert fields_of(page)["item-a-comment"] == evil


# --- autosave ---------------------------------------------------------------------------------------------------------
def test_autosave_sends_one_field_and_gets_the_state_of_every_item(
    circulation: Circulation, ana: Member, bruno: Member, client_of: Clients
) -> None:
    client = client_of(ana)
    page = fields_of(get(client))
    write(circulation, bruno, b_comment="From Bruno")
    sent = {"item-a-comment": "From Ana", "item-a-comment-seen": page["item-a-comment-seen"]}
    answer = post(client, sent, DRAFT).json()
    assert answer["state"] == "saved"
    assert (answer["items"]["a"]["state"], answer["items"]["b"]["state"]) == ("done", "busy")
    mine, theirs = (answer["items"][key]["fields"][f"item-{key}-comment"] for key in "ab")
    assert (mine["value"], mine["errors"], theirs["value"]) == ("From Ana", [], "From Bruno")
    assert "Saved 20 Nov, 06:00 by you" in answer["items"]["a"]["status"]
    assert "Bruno Mithal is writing" in answer["items"]["b"]["step"]
    again = post(client, {"item-a-comment": "From Ana, more", "item-a-comment-seen": mine["token"]}, DRAFT).json()
    assert again["items"]["a"]["conflicts"].strip() == ""
    assert values(circulation, ana) == {"a.comment": "From Ana, more", "b.comment": "From Bruno"}


def test_autosave_shows_a_conflict_and_goes_on_beside_it(
    circulation: Circulation, ana: Member, bruno: Member, client_of: Clients
) -> None:
    client = client_of(ana)
    token = fields_of(get(client))["item-a-comment-seen"]
    write(circulation, bruno, a_comment="From Bruno")
    for text in ("From", "From Ana"):
        answer = post(client, {"item-a-comment": text, "item-a-comment-seen": token}, DRAFT).json()
        token = answer["items"]["a"]["fields"]["item-a-comment"]["token"]
    assert "Keep the version of Bruno Mithal" in answer["items"]["a"]["conflicts"]
    state = draft_of(response_of(circulation.round, ana.office)).fields["a.comment"]
    assert [version.value for version in state.versions] == ["From Bruno", "From Ana"]


def test_autosave_names_what_cannot_be_stored(circulation: Circulation, ana: Member, client_of: Clients) -> None:
    answer = post(client_of(ana), {"item-a-comment": "x" * 5001, "item-a-comment-seen": "0.0-x"}, DRAFT)
    field = answer.json()["items"]["a"]["fields"]["item-a-comment"]
    assert field["errors"] == ["Ensure this value has at most 5000 characters (it has 5001)."]
    assert field["token"] == "0.0-x"
    assert values(circulation, ana) == {}


def test_autosave_after_closing_is_refused_with_the_deadline(
    circulation: Circulation, ana: Member, client_of: Clients
) -> None:
    answer = post(later(client_of, ana), {"item-a-comment": "Late"}, DRAFT, AFTER)
    assert answer.status_code == 409
    assert answer.json() == {
        "state": "closed",
        "message": "Answers were accepted until Thursday 3 December 2026, 23:59 Geneva time (19:59 in Santiago). "
        "Your text is kept on this page.",
    }
    assert values(circulation, ana) == {}
