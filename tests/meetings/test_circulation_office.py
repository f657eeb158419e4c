"""Working on one answer together: files beside the text, who is there, marked wordings, signing off."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import caches
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client

from accounts.models import Member
from consultations.drafts import draft_of
from consultations.models import Annex, SignOff
from consultations.operations import add_annex
from meetings.models import Circulation, CirculationItem
from notifications.models import Delivery
from tests.consultations.asking import CLOSES, response_of
from tests.factories import NOW
from tests.library.test_files import PDF
from tests.meetings.circulating import PAGE, at, fields_of, opened, submitted, text_of, write

ANSWER, DRAFT, REVIEW, RECEIPT = PAGE + "answer/", PAGE + "draft/", PAGE + "review/", PAGE + "receipt/"
PRESENCE, SIGN_OFF, ASK = PAGE + "presence/", PAGE + "sign-off/", PAGE + "ask/"
AFTER = CLOSES + timedelta(milliseconds=1)
TEXT = "Frozen wording of a"
Clients = Callable[[Member | None], Client]


@pytest.fixture
def circulation(ana: Member, bruno: Member) -> Circulation:
    caches["pages"].clear()
    return opened(ana.office)


def get(client: Client, url: str = ANSWER, moment: Any = NOW) -> HttpResponse:
    with at(moment):
        return client.get(url)


def post(client: Client, data: dict[str, Any], url: str = ANSWER, moment: Any = NOW) -> HttpResponse:
    with at(moment):
        return client.post(url, data)


def later(client_of: Clients, member: Member) -> Client:
    """A browser that signed in after closing."""
    with at(AFTER):
        return client_of(member)


def plan(name: str = "plan.pdf", content: bytes = PDF) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, "application/pdf")


def added(circulation: Circulation, member: Member, name: str = "plan.pdf", section: str = "a") -> Annex:
    response = response_of(circulation.round, member.office)
    return add_annex(response=response, section=section, upload=plan(name), by=member.user, now=NOW)


def values(circulation: Circulation, member: Member) -> dict[str, str]:
    draft = draft_of(response_of(circulation.round, member.office))
    return {key: state.newest.value for key, state in draft.fields.items()}


# --- a wording starts from the present text ---------------------------------------------------------------------------
def test_the_wording_starts_from_the_present_text_and_unchanged_it_is_none(
    circulation: Circulation, ana: Member, client_of: Clients
) -> None:
    client = client_of(ana)
    page = fields_of(get(client))
    assert page["item-a-wording"] == TEXT
    post(client, page | {"item-a-position": "supports_with_changes", "item-a-wording": f" {TEXT}\r\n"})
    assert values(circulation, ana) == {"a.position": "supports_with_changes"}
    unchanged = "Change the wording: the present text, unchanged, proposes nothing."
    assert text_of(get(client)).count(unchanged) == 1
    assert unchanged in text_of(get(client, REVIEW))


def test_a_wording_is_shown_as_a_change_of_the_text_wherever_it_is_read(
    circulation: Circulation, ana: Member, client_of: Clients
) -> None:
    submitted(circulation, ana, a_position="supports_with_changes", a_wording="Better wording of a")
    client = client_of(ana)
    for url in (ANSWER, REVIEW, RECEIPT):
        page = get(client, url)
        assert b"<del>" in page.content
        assert "deleted: Frozen inserted: Better unchanged: wording of a" in text_of(page)
    mail = Delivery.objects.get(purpose="receipt", to_address=ana.email)
    assert "Against the present text, [-taken out-] and {+put in+}: [-Frozen-]{+Better+} wording of a" in mail.text
    assert "[-Frozen-]{+Better+} wording of a" in mail.html


def test_going_back_to_the_present_text_takes_the_wording_back(
    circulation: Circulation, ana: Member, client_of: Clients
) -> None:
    write(circulation, ana, a_wording="Better words")
    client = client_of(ana)
    post(client, fields_of(get(client)) | {"item-a-wording": TEXT})
    assert values(circulation, ana) == {"a.wording": ""}
    assert fields_of(get(client))["item-a-wording"] == TEXT


def test_autosave_returns_the_marked_change(circulation: Circulation, ana: Member, client_of: Clients) -> None:
    client = client_of(ana)
    token = fields_of(get(client))["item-a-wording-seen"]
    sent = {"item-a-wording": f"{TEXT} <b>", "item-a-wording-seen": token}
    item = post(client, sent, DRAFT).json()["items"]["a"]
    assert "<ins><span" in item["marked"]
    assert " &lt;b&gt;</ins>" in item["marked"]
    assert item["fields"]["item-a-wording"]["value"] == f"{TEXT} <b>"


def test_after_closing_the_present_text_is_not_kept_as_typed(
    circulation: Circulation, ana: Member, client_of: Clients
) -> None:
    sent = {"item-a-wording": TEXT, "item-a-comment": "Late"}
    words = text_of(post(later(client_of, ana), sent, moment=AFTER))
    assert "Late" in words
    assert "Proposed wording" not in words


def test_a_text_longer_than_a_wording_may_be_is_not_started_from(
    circulation: Circulation, ana: Member, client_of: Clients
) -> None:
    CirculationItem.objects.filter(key="a").update(text="x" * 5001)
    assert fields_of(get(client_of(ana)))["item-a-wording"] == ""


# --- files ------------------------------------------------------------------------------------------------------------
def test_files_come_with_the_form_and_nothing_typed_is_lost(
    circulation: Circulation, ana: Member, bruno: Member, client_of: Clients
) -> None:
    client = client_of(bruno)
    data = fields_of(get(client)) | {"item-b-comment": "Typed", "add": "a"}
    answer = post(client, data | {"item-a-files": [plan(), plan("more.pdf")]})
    assert (answer.status_code, answer["Location"]) == (302, f"{ANSWER}#item-a")
    assert values(circulation, ana) == {"b.comment": "Typed"}
    words = text_of(get(client_of(ana)))
    assert "plan.pdf PDF, 1 kB Bruno Mithal, 20 Nov, 06:00 Take away plan.pdf" in words
    assert "more.pdf" in words


def test_a_file_that_cannot_come_in_is_named_at_the_field_and_the_text_is_saved(
    circulation: Circulation, ana: Member, client_of: Clients
) -> None:
    client = client_of(ana)
    data = fields_of(get(client)) | {"item-a-comment": "Typed", "save": "a"}
    answer = post(client, data | {"item-a-files": [plan("page.docx"), plan("<b>.exe"), plan()]})
    assert answer.status_code == 200
    words = text_of(answer)
    assert "Not everything is saved." in words
    assert words.count("page.docx: The name says DOCX, the content does not.") == 2
    assert "-b-.exe: Files of this type are not accepted." in words
    assert b'aria-describedby="id_item-a-position-files-error"' in answer.content
    assert fields_of(answer)["item-a-comment"] == "Typed"
    assert values(circulation, ana) == {"a.comment": "Typed"}
    assert list(Annex.objects.values_list("file__name", flat=True)) == ["plan.pdf"]


def test_the_sixth_file_is_refused_at_the_field(circulation: Circulation, ana: Member, client_of: Clients) -> None:
    client = client_of(ana)
    answer = post(client, fields_of(get(client)) | {"item-a-files": [plan(f"{number}.pdf") for number in range(6)]})
    assert "5.pdf: An item takes at most 5 files. Take one away first." in text_of(answer)
    assert Annex.objects.count() == 5


def test_a_colleague_takes_a_file_away_and_what_is_typed_is_saved(
    circulation: Circulation, ana: Member, bruno: Member, client_of: Clients
) -> None:
    annex = added(circulation, bruno)
    client = client_of(ana)
    post(client, fields_of(get(client)) | {"item-a-comment": "Typed", "remove": str(annex.pk)})
    annex.refresh_from_db()
    assert (annex.removed_by, annex.removed_at) == (ana.user, NOW)
    assert values(circulation, ana) == {"a.comment": "Typed"}
    assert "plan.pdf" not in text_of(get(client))


@pytest.mark.parametrize("value", ["", "0", "1e3", "１", "9" * 40, "a\x00"])
def test_what_is_no_file_takes_nothing_away(
    circulation: Circulation, ana: Member, client_of: Clients, value: str
) -> None:
    added(circulation, ana)
    client = client_of(ana)
    assert post(client, fields_of(get(client)) | {"remove": value}).status_code == 302
    assert Annex.objects.standing().count() == 1


def test_a_file_of_another_office_is_not_taken_away(
    ana: Member, bruno: Member, chloe: Member, client_of: Clients
) -> None:
    circulation = opened(ana.office, chloe.office)
    theirs = added(circulation, chloe)
    client = client_of(ana)
    post(client, fields_of(get(client)) | {"remove": str(theirs.pk)})
    assert list(Annex.objects.standing()) == [theirs]


def test_after_closing_no_file_comes_in(circulation: Circulation, ana: Member, client_of: Clients) -> None:
    answer = post(later(client_of, ana), {"item-a-files": plan(), "item-a-comment": "Late"}, moment=AFTER)
    assert answer.status_code == 409
    assert Annex.objects.count() == 0


def test_files_stand_in_the_review_the_receipt_and_its_mail(
    circulation: Circulation, ana: Member, bruno: Member, client_of: Clients
) -> None:
    annex = added(circulation, bruno)
    client = client_of(ana)
    write(circulation, ana, a_position="supports", b_position="supports")
    assert "plan.pdf PDF, 1 kB · Bruno Mithal, 20 Nov, 06:00" in text_of(get(client, REVIEW))
    submitted(circulation, ana)
    link = annex.file.get_absolute_url()
    assert f'href="{link}"'.encode() in get(client, RECEIPT).content
    assert "Files: plan.pdf" in Delivery.objects.get(purpose="receipt", to_address=ana.email).text


def test_a_review_of_other_files_submits_nothing(
    circulation: Circulation, ana: Member, bruno: Member, client_of: Clients
) -> None:
    client = client_of(ana)
    write(circulation, ana, a_position="supports", b_position="supports")
    seen = fields_of(get(client, REVIEW))
    added(circulation, bruno)
    answer = post(client, seen | {"confirm": "1"}, REVIEW)
    assert answer.status_code == 409
    assert "a colleague has changed the answer since this page was shown" in text_of(answer)
    assert response_of(circulation.round, ana.office).submissions.count() == 0


def test_whoever_may_not_read_the_draft_does_not_find_its_files(
    circulation: Circulation, ana: Member, bruno: Member, chloe: Member, staff: Member, client_of: Clients
) -> None:
    link = added(circulation, bruno).file.get_absolute_url()
    found = {member: get(client_of(member), link) for member in (ana, bruno, chloe, staff)}
    assert [found[member].status_code for member in (ana, bruno, chloe, staff)] == [200, 200, 404, 404]
    assert [b"".join(found[member].streaming_content) for member in (ana, bruno)] == [PDF, PDF]
    assert found[ana]["Content-Disposition"] == 'attachment; filename="plan.pdf"'
    submitted(circulation, ana)
    assert b"".join(get(client_of(staff), link).streaming_content) == PDF
    assert get(client_of(chloe), link).status_code == 404


# --- who is there -----------------------------------------------------------------------------------------------------
def beat(client: Client, part: str = "", **more: str) -> Any:
    return post(client, {"part": part, **more}, PRESENCE)


def test_who_edits_which_item_is_shown_there_and_at_the_top(
    circulation: Circulation, ana: Member, bruno: Member, client_of: Clients
) -> None:
    assert beat(client_of(bruno), "b").json()["present"].strip() == ""
    answer = beat(client_of(ana)).json()
    assert "<b>Bruno Mithal</b> is editing item b." in answer["present"]
    assert "editing item b" in answer["people"]
    assert (answer["items"]["a"]["state"], answer["items"]["b"]["state"]) == ("empty", "busy")
    assert "<b>Bruno Mithal is editing this item.</b>" in answer["items"]["b"]["status"]
    assert answer["items"]["b"]["step"].strip().endswith("Bruno Mithal is here")
    words = text_of(get(client_of(ana)))
    assert "Bruno Mithal is editing item b." in words
    assert "Bruno Mithal editing item b" in words


def test_who_is_in_no_item_or_in_an_unknown_one_has_the_page_open(
    circulation: Circulation, ana: Member, bruno: Member, client_of: Clients
) -> None:
    for part in ("", "zz", "a\x00"):
        beat(client_of(bruno), part)
        assert "<b>Bruno Mithal</b> has this page open." in beat(client_of(ana)).json()["present"]


def test_who_has_moved_on_is_not_said_to_write_where_they_wrote_before(
    circulation: Circulation, ana: Member, bruno: Member, client_of: Clients
) -> None:
    write(circulation, bruno, a_comment="From Bruno")
    assert "Bruno Mithal is writing here since" in text_of(get(client_of(ana)))
    beat(client_of(bruno), "b")
    items = beat(client_of(ana)).json()["items"]
    assert "by Bruno Mithal" in items["a"]["status"]
    assert "writing here" not in items["a"]["status"]
    assert items["a"]["fields"]["item-a-comment"]["value"] == "From Bruno"


def test_who_leaves_is_gone(circulation: Circulation, ana: Member, bruno: Member, client_of: Clients) -> None:
    beat(client_of(bruno), "b")
    assert post(client_of(bruno), {"left": "1"}, PRESENCE).status_code == 204
    assert beat(client_of(ana)).json()["present"].strip() == ""


def test_a_lost_redis_breaks_neither_page_nor_saving(
    circulation: Circulation, ana: Member, client_of: Clients, settings: Any
) -> None:
    gone = settings.CACHES["pages"] | {"LOCATION": "redis://127.0.0.1:1/0"}
    settings.CACHES = settings.CACHES | {"pages": gone}
    client = client_of(ana)
    page = fields_of(get(client))
    sent = {"item-a-comment": "Saved", "item-a-comment-seen": page["item-a-comment-seen"]}
    assert post(client, sent, DRAFT).json()["state"] == "saved"
    assert beat(client, "a").json()["present"].strip() == ""
    assert post(client, {"left": "1"}, PRESENCE).status_code == 204
    assert values(circulation, ana) == {"a.comment": "Saved"}


def test_after_closing_a_beat_says_so(circulation: Circulation, ana: Member, client_of: Clients) -> None:
    answer = post(later(client_of, ana), {"part": "a"}, PRESENCE, AFTER)
    assert (answer.status_code, json.loads(answer.content)["state"]) == (409, "closed")


# --- signing off ------------------------------------------------------------------------------------------------------
def test_a_colleague_signs_off_what_the_review_shows(
    circulation: Circulation, ana: Member, bruno: Member, client_of: Clients
) -> None:
    write(circulation, ana, a_comment="From Ana")
    client = client_of(bruno)
    page = get(client, REVIEW)
    assert "Nobody has signed off this draft." in text_of(page)
    answer = post(client, {"seen_draft": fields_of(page)["seen_draft"]}, SIGN_OFF)
    assert (answer.status_code, answer["Location"]) == (302, REVIEW)
    assert "Bruno Mithal signed off this draft, 20 Nov, 06:00" in text_of(get(client_of(ana), REVIEW))
    assert "Sign off this draft" not in text_of(get(client, REVIEW))
    write(circulation, ana, a_comment="From Ana, more")
    words = text_of(get(client, REVIEW))
    assert "Bruno Mithal signed off an earlier draft, 20 Nov, 06:00; it has changed since" in words
    assert "Sign off this draft" in words


@pytest.mark.parametrize("seen", ["", "a.comment:9", "x\x00", "9" * 20_001])
def test_a_draft_that_was_not_read_is_not_signed_off(
    circulation: Circulation, ana: Member, client_of: Clients, seen: str
) -> None:
    write(circulation, ana, a_comment="From Ana")
    answer = post(client_of(ana), {"seen_draft": seen}, SIGN_OFF)
    assert answer.status_code == 409
    assert "Nothing was done: a colleague has changed the answer" in text_of(answer)
    assert SignOff.objects.count() == 0


def test_signing_off_holds_nobody_up(circulation: Circulation, ana: Member) -> None:
    assert submitted(circulation, ana).number == 1


def test_colleagues_are_asked_by_mail_to_read_the_draft(
    circulation: Circulation, ana: Member, bruno: Member, client_of: Clients
) -> None:
    client = client_of(bruno)
    assert "Ana Ejemplo Focal point" in text_of(get(client, REVIEW))
    answer = post(client, {"colleagues": [ana.pk]}, ASK)
    assert (answer.status_code, answer["Location"]) == (302, REVIEW)
    assert "1 colleague is asked by mail." in text_of(get(client, REVIEW))
    assert Delivery.objects.get(purpose="reading").to_address == ana.email
    post(client, {"colleagues": [ana.pk]}, ASK)
    assert "They were asked to read this draft before; nothing was sent." in text_of(get(client, REVIEW))


@pytest.mark.parametrize("named", ["", "0", "x", "1e3", "１", "9" * 40, "\x00"])
def test_nobody_else_is_asked(circulation: Circulation, ana: Member, client_of: Clients, named: str) -> None:
    answer = post(client_of(ana), {"colleagues": [named]}, ASK)
    assert answer.status_code == 409
    assert "Choose one to 10 colleagues of your office." in text_of(answer)


def test_a_member_of_another_office_is_not_asked(
    circulation: Circulation, ana: Member, chloe: Member, client_of: Clients
) -> None:
    assert post(client_of(ana), {"colleagues": [chloe.pk]}, ASK).status_code == 409
    assert Delivery.objects.filter(purpose="reading").count() == 0


def test_after_closing_nothing_is_signed_or_asked(
    circulation: Circulation, ana: Member, bruno: Member, client_of: Clients
) -> None:
    client = later(client_of, ana)
    for url, data in ((SIGN_OFF, {"seen_draft": ""}), (ASK, {"colleagues": [bruno.pk]})):
        answer = post(client, data, url, AFTER)
        assert answer.status_code == 409
        assert "Answers were accepted until" in text_of(answer)


# --- whose pages these are --------------------------------------------------------------------------------------------
@pytest.mark.parametrize("url", [PRESENCE, SIGN_OFF, ASK])
def test_others_find_nothing_and_looking_is_no_way_in(
    circulation: Circulation, ana: Member, chloe: Member, staff: Member, client_of: Clients, url: str
) -> None:
    for member in (chloe, staff):
        assert post(client_of(member), {}, url).status_code == 404
    assert get(client_of(ana), url).status_code == 405
    assert post(client_of(None), {}, url).status_code == 302


def test_the_answer_page_needs_the_same_queries_whatever_stands_beside(
    circulation: Circulation, ana: Member, bruno: Member, client_of: Clients, django_assert_max_num_queries: Any
) -> None:
    for number in range(5):
        added(circulation, bruno, f"{number}.pdf")
    beat(client_of(bruno), "b")
    client = client_of(ana)
    get(client)
    for url in (ANSWER, REVIEW):
        with django_assert_max_num_queries(15):
            page = get(client, url)
        assert text_of(page).count(".pdf") >= 5
