"""Reviewing, submitting, receipts; what happens after closing; whose pages these are."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from accounts.models import Member
from consultations.drafts import draft_of
from consultations.models import OfficeResponse, Submission
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
    assert "Item a: Give the reason of your office. Item b: Choose a position." in words
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
    assert "Nothing was done: a colleague has changed the answer since this page was shown." in text_of(answer)
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
