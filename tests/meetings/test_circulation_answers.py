"""The answer of an office in a browser without script, and what autosave sends."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import Member
from consultations.drafts import draft_of
from consultations.models import DraftField, OfficeResponse, Submission
from consultations.operations import save_draft_field
from meetings.forms.circulations import LongText
from meetings.models import Circulation, ItemAnswer
from tests.consultations.asking import CLOSES, response_of
from tests.factories import NOW, MemberFactory
from tests.meetings.circulating import PAGE, at, fields_of, opened, prepared, submitted, text_of, write

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
    assert "Closes Thursday 3 December 2026, 23:59 Geneva time (19:59 in Santiago) . 13 days left" in words
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


# --- after closing ----------------------------------------------------------------------------------------------------
def test_what_was_typed_before_and_sent_after_closing_is_kept_and_offered(
    circulation: Circulation, ana: Member, client_of: Clients
) -> None:
    client = later(client_of, ana, CLOSES - timedelta(minutes=2))
    page = fields_of(get(client, moment=CLOSES - timedelta(minutes=1)))
    typed = page | {"item-a-position": "supports", "item-a-willingness": "pilot", "item-a-comment": "Just\r\nin time"}
    refused = post(client, typed | {"save": "a"}, moment=AFTER)
    assert refused.status_code == 409
    words = text_of(refused)
    assert "Nothing was saved or submitted." in words
    assert "Answers were accepted until Thursday 3 December 2026, 23:59 Geneva time (19:59 in Santiago)." in words
    assert "Position: supports" in words
    kept = fields_of(refused)
    assert kept["item-a-comment"] == "Just\r\nin time"
    assert values(circulation, ana) == {}
    download = post(client, kept | {"download": "1"}, moment=AFTER)
    assert download["Content-Type"] == "text/plain; charset=utf-8"
    assert download["Content-Disposition"] == 'attachment; filename="next-steps-QM.txt"'
    assert download.content.decode() == "a. Frozen wording of a\n\nsupports\n\npilot\n\nJust\nin time\n"


def test_the_last_millisecond_is_saved(circulation: Circulation, ana: Member, client_of: Clients) -> None:
    last = AFTER - timedelta(microseconds=1)
    client = later(client_of, ana, last)
    data = fields_of(get(client, moment=last)) | {"item-a-comment": "In time"}
    assert post(client, data, moment=last).status_code == 302
    assert values(circulation, ana) == {"a.comment": "In time"}


def test_after_closing_the_office_reads_its_draft(
    circulation: Circulation, ana: Member, bruno: Member, client_of: Clients
) -> None:
    write(circulation, bruno, a_comment="From Bruno", b_position="supports")
    for url in (ANSWER, REVIEW):
        page = get(later(client_of, ana), url, AFTER)
        assert page.status_code == 200
        assert fields_of(page)["item-a-comment"] == "From Bruno"
        assert "Meridia has not submitted. This is recorded as no answer, not as agreement." in text_of(page)
    assert OfficeResponse.objects.get().first_opened_at is None


def test_after_closing_an_office_that_has_answered_is_led_to_it(
    circulation: Circulation, ana: Member, client_of: Clients
) -> None:
    submitted(circulation, ana)
    client = later(client_of, ana)
    words = text_of(get(client, moment=AFTER))
    assert "The answer of Meridia is with the Secretariat (version 1)." in words
    answer = get(client, RECEIPT, AFTER)
    assert "Change the answer" not in text_of(answer)


# --- review and submit ------------------------------------------------------------------------------------------------
def test_the_review_names_what_is_missing_and_offers_no_button(
    circulation: Circulation, ana: Member, client_of: Clients
) -> None:
    write(circulation, ana, a_position="needs_information")
    page = get(client_of(ana), REVIEW)
    words = text_of(page)
    assert "2 items are not ready." in words
    assert "Item a : Give the reason of your office. Item b : Choose a position." in words
    assert "You can submit when every item is ready." in words
    assert b'name="confirm"' not in page.content


def test_ana_submits_and_gets_her_receipt(circulation: Circulation, ana: Member, client_of: Clients) -> None:
    write(circulation, ana, a_position="supports", b_position="supports_with_changes", b_wording="Better words")
    client = client_of(ana)
    page = get(client, REVIEW)
    assert "Supports with changes" in text_of(page)
    answer = post(client, fields_of(page) | {"confirm": "1"}, REVIEW)
    assert (answer.status_code, answer["Location"]) == (302, RECEIPT)
    assert ItemAnswer.objects.count() == 2
    words = text_of(get(client, RECEIPT))
    assert (
        "Version 1, submitted by Ana Ejemplo: Friday 20 November 2026, 10:00 Geneva time (06:00 in Santiago)" in words
    )
    assert "Proposed wording Better words" in words
    assert "Change the answer" in words


def test_a_double_click_leads_to_the_one_receipt(circulation: Circulation, ana: Member, client_of: Clients) -> None:
    write(circulation, ana, a_position="supports", b_position="supports")
    client = client_of(ana)
    data = fields_of(get(client, REVIEW)) | {"confirm": "1"}
    assert [post(client, data, REVIEW)["Location"] for _ in range(2)] == [RECEIPT, RECEIPT]
    assert Submission.objects.count() == 1


def test_who_comes_second_reads_who_was_first_and_when(
    circulation: Circulation, ana: Member, client_of: Clients
) -> None:
    alba = MemberFactory(office=ana.office, role=Member.Role.ALTERNATE, given_name="Alba", family_name="Muestra")
    write(circulation, ana, a_position="supports", b_position="supports")
    data = fields_of(get(client_of(alba), REVIEW)) | {"confirm": "1"}
    submitted(circulation, ana)
    answer = post(client_of(alba), data, REVIEW)
    assert answer.status_code == 409
    assert "Ana Ejemplo has submitted the answer of your office: Friday 20 November 2026, 10:00" in text_of(answer)
    assert Submission.objects.count() == 1


def test_what_changed_since_the_review_is_read_again(
    circulation: Circulation, ana: Member, bruno: Member, client_of: Clients
) -> None:
    write(circulation, ana, a_position="supports", b_position="supports")
    client = client_of(ana)
    data = fields_of(get(client, REVIEW)) | {"confirm": "1"}
    write(circulation, bruno, b_comment="One more thing")
    answer = post(client, data, REVIEW)
    assert answer.status_code == 409
    assert "Nothing was submitted: a colleague has changed the answer since this page was shown." in text_of(answer)
    assert "One more thing" in text_of(answer)
    assert post(client, fields_of(answer) | {"confirm": "1"}, REVIEW)["Location"] == RECEIPT


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"confirm": ""}, "Tick the box to submit for your office."),
        ({"seen_number": "1e3"}, "Read the answer again."),
        ({"seen_number": ""}, "Read the answer again."),
        ({"seen_draft": "x" * 20_001}, "Read the answer again."),
        ({"seen_draft": "a\x00"}, "Read the answer again."),
    ],
)
def test_an_incomplete_form_submits_nothing(
    circulation: Circulation, ana: Member, client_of: Clients, changes: dict[str, str], message: str
) -> None:
    write(circulation, ana, a_position="supports", b_position="supports")
    client = client_of(ana)
    answer = post(client, fields_of(get(client, REVIEW)) | {"confirm": "1"} | changes, REVIEW)
    assert answer.status_code == 200
    assert message in text_of(answer)
    assert not Submission.objects.exists()


def test_submitting_after_closing_is_refused_and_the_draft_offered(
    circulation: Circulation, ana: Member, client_of: Clients
) -> None:
    write(circulation, ana, a_position="supports", b_position="supports", b_comment="Our words")
    client = client_of(ana)
    data = fields_of(get(client, REVIEW)) | {"confirm": "1"}
    answer = post(later(client_of, ana), data, REVIEW, AFTER)
    assert answer.status_code == 409
    assert "Answers were accepted until Thursday 3 December 2026, 23:59 Geneva time" in text_of(answer)
    assert fields_of(answer)["item-b-comment"] == "Our words"
    assert not Submission.objects.exists()


def test_a_contributor_reads_who_submits_and_cannot(
    circulation: Circulation, ana: Member, bruno: Member, client_of: Clients
) -> None:
    write(circulation, bruno, a_position="supports", b_position="supports")
    client = client_of(bruno)
    page = get(client, REVIEW)
    assert "a focal point or an alternate submits it. Tell them when it is ready: Ana Ejemplo Focal point" in text_of(
        page
    )
    data = {"confirm": "1", "seen_number": "0", "seen_draft": draft_of(OfficeResponse.objects.get()).fingerprint}
    assert post(client, data, REVIEW).status_code == 403
    assert not Submission.objects.exists()


# --- receipts ---------------------------------------------------------------------------------------------------------
def test_every_version_can_be_read_and_the_last_counts(
    circulation: Circulation, ana: Member, bruno: Member, client_of: Clients
) -> None:
    submitted(circulation, ana, a_comment="First words")
    submitted(circulation, ana, now=NOW + timedelta(hours=1), a_comment="Second words")
    client = client_of(bruno)
    newest, first = get(client, RECEIPT), get(client, f"{RECEIPT}1/")
    assert "Second words" in text_of(newest)
    assert "First words" in text_of(first)
    assert "A later version has replaced this one." in text_of(first)
    form = get(client)
    assert "Version 2 was submitted by Ana Ejemplo." in text_of(form)


@pytest.mark.parametrize("number", ["0", "3", "99999", "9" * 40, "1e3", "１", "-1"])
def test_a_version_that_never_was_is_not_found(
    circulation: Circulation, ana: Member, client_of: Clients, number: str
) -> None:
    submitted(circulation, ana)
    assert get(client_of(ana), f"{RECEIPT}{number}/").status_code == 404


def test_without_a_submission_there_is_no_receipt(circulation: Circulation, ana: Member, client_of: Clients) -> None:
    assert get(client_of(ana), RECEIPT).status_code == 404


# --- whose page it is -------------------------------------------------------------------------------------------------
PAGES = [ANSWER, REVIEW, RECEIPT, f"{RECEIPT}1/"]


def test_others_find_nothing(
    circulation: Circulation, ana: Member, chloe: Member, gustav: Member, staff: Member, client_of: Clients
) -> None:
    submitted(circulation, ana)
    for stranger in (chloe, gustav, staff):
        client = client_of(stranger)
        assert [get(client, url).status_code for url in PAGES] == [404] * 4
        assert [post(client, {}, url).status_code for url in (ANSWER, DRAFT, REVIEW)] == [404] * 3
    client = client_of(ana)
    assert get(client, "/circulations/another/answer/").status_code == 404


def test_a_stranger_is_led_to_the_door(circulation: Circulation, client_of: Clients) -> None:
    client = client_of(None)
    for url in PAGES:
        assert get(client, url)["Location"] == f"/accounts/login/?next={url}"


def test_somebody_who_has_left_is_out_at_once(circulation: Circulation, ana: Member, client_of: Clients) -> None:
    client = client_of(ana)
    assert get(client).status_code == 200
    Member.objects.filter(pk=ana.pk).update(until_on=NOW.date())
    assert get(client).status_code != 200


def test_a_circulation_in_preparation_has_no_answer_page(ana: Member, client_of: Clients) -> None:
    prepared(ana.office)
    assert get(client_of(ana)).status_code == 404


@pytest.mark.parametrize(
    ("url", "methods"),
    [
        (ANSWER, ("put", "delete", "patch")),
        (REVIEW, ("put", "delete", "patch")),
        (DRAFT, ("get", "put", "delete")),
        (RECEIPT, ("post", "put", "delete")),
    ],
)
def test_wrong_methods_are_refused(
    circulation: Circulation, ana: Member, client_of: Clients, url: str, methods: tuple[str, ...]
) -> None:
    client = client_of(ana)
    assert [getattr(client, method)(url).status_code for method in methods] == [405] * len(methods)


def test_a_post_without_token_changes_nothing(circulation: Circulation, ana: Member) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(ana.user)
    for url in (ANSWER, DRAFT, REVIEW):
        assert post(client, {"item-a-comment": "Forged"}, url).status_code == 403
    assert values(circulation, ana) == {}


def test_who_belongs_to_two_asked_offices_answers_for_each(ana: Member, chloe: Member, client_of: Clients) -> None:
    circulation = opened(ana.office, chloe.office)
    MemberFactory(office=chloe.office, role=Member.Role.ALTERNATE, user=ana.user, email=ana.email)
    client = client_of(ana)
    assert "Norland" in text_of(get(client))
    page = get(client, f"{ANSWER}?office=QN")
    assert fields_of(page)
    answer = post(client, fields_of(page) | {"item-a-position": "supports", "review": "1"}, f"{ANSWER}?office=QN")
    assert answer["Location"] == f"{REVIEW}?office=QN"
    assert (values(circulation, ana), values(circulation, chloe)) == ({}, {"a.position": "supports"})
    for office in ("XB", "", "\x00", "QN "):
        assert get(client, reverse("circulation_answer", args=["next-steps"]) + f"?office={office}").status_code == 404
