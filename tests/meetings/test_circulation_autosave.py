"""The answer saves itself as it is written, in a real browser: nothing is overwritten, nothing is dropped."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from accounts.models import Member
from consultations.drafts import draft_of
from consultations.models import OfficeResponse
from meetings.models import Circulation
from tests.browser.visitor import Visitor, visitor
from tests.consultations.asking import response_of
from tests.library.test_files import PDF
from tests.meetings.circulating import PAGE, opened, write

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
Draft = Callable[[], dict[str, list[str]]]


@pytest.fixture
def circulation(ana: Member, bruno: Member) -> Circulation:
    """Open now, for another day."""
    now = timezone.now()
    return opened(ana.office, now=now - timedelta(days=1), closes_at=now + timedelta(days=1))


@pytest.fixture
def desk(browser: Browser, live_server: Any, ana: Member, circulation: Circulation) -> Iterator[Visitor]:
    """Ana before the answer page."""
    with visitor(browser, live_server.url, ana.user) as visit:
        visit.open(f"{PAGE}answer/")
        yield visit
        assert visit.take_complaints() == []


@pytest.fixture
def draft(circulation: Circulation, ana: Member) -> Draft:
    """Every field with the values that stand."""

    def read() -> dict[str, list[str]]:
        fields = draft_of(response_of(circulation.round, ana.office)).fields
        return {key: [version.value for version in state.versions] for key, state in fields.items()}

    return read


def comment(page: Page, letter: str = "a") -> Any:
    return page.locator(f"#id_item-{letter}-comment")


def status(page: Page, letter: str = "a") -> Any:
    return page.locator(f"#item-{letter} [data-status]")


def test_a_choice_is_saved_at_once_and_a_text_after_a_rest(desk: Visitor, draft: Draft) -> None:
    page = desk.page
    page.locator("#item-a input[value=supports]").check()
    expect(status(page)).to_contain_text("by you")
    assert draft() == {"a.position": ["supports"]}
    expect(page.locator("#item-a .w-choices label.is-on")).to_contain_text("Supports")
    comment(page).press_sequentially("We are ready.")
    assert "a.comment" not in draft()
    page.wait_for_timeout(2500)
    expect(status(page)).to_contain_text("Saved")
    assert draft()["a.comment"] == ["We are ready."]
    expect(page.locator(".w-onlywide [data-step=a] [data-step-text]")).to_have_text("saved")
    expect(page.locator("#item-a legend .w-letter")).to_have_attribute("data-state", "done")


def test_typing_on_while_a_save_is_on_its_way_is_no_conflict_with_oneself(desk: Visitor, draft: Draft) -> None:
    page = desk.page

    def slowly(route: Any) -> None:
        page.wait_for_timeout(300)
        route.continue_()

    page.route("**/draft/", slowly)
    comment(page).press_sequentially("One two three four five six seven eight nine ten", delay=60)
    comment(page).blur()
    comment(page).press_sequentially(" eleven twelve thirteen fourteen", delay=60)
    comment(page).blur()
    page.wait_for_timeout(2500)
    expect(status(page)).to_contain_text("Saved")
    [values] = draft().values()
    assert len(values) == 1
    assert set(values[0].split()) >= {"One", "ten", "eleven", "fourteen"}


def test_a_colleagues_text_is_shown_beside_and_either_can_be_kept(
    desk: Visitor, draft: Draft, circulation: Circulation, bruno: Member
) -> None:
    page = desk.page
    comment(page).focus()  # she is there already: his text does not flow in
    write(circulation, bruno, now=timezone.now(), a_comment="From Bruno")
    comment(page).fill("From Ana")
    comment(page).blur()
    expect(page.locator("#item-a [data-conflicts]")).to_contain_text("From Bruno")
    assert draft() == {"a.comment": ["From Bruno", "From Ana"]}
    expect(comment(page)).to_have_value("From Ana")
    comment(page).press_sequentially(", mended")
    comment(page).blur()
    page.wait_for_timeout(600)
    assert draft() == {"a.comment": ["From Bruno", "From Ana, mended"]}
    assert desk.axe() == []
    page.get_by_role("button", name="Keep both texts").click()
    page.wait_for_url("**/answer/#item-a")
    assert draft() == {"a.comment": ["From Bruno\n\nFrom Ana, mended"]}


def test_what_a_colleague_wrote_elsewhere_arrives_with_the_next_save(
    desk: Visitor, circulation: Circulation, bruno: Member
) -> None:
    page = desk.page
    write(circulation, bruno, now=timezone.now(), b_comment="From Bruno", b_position="no_objection")
    page.locator("#item-a input[value=supports]").check()
    expect(comment(page, "b")).to_have_value("From Bruno")
    expect(page.locator("#item-b input[value=no_objection]")).to_be_checked()
    expect(status(page, "b")).to_contain_text("Bruno Mithal is writing here since")


def test_without_a_connection_the_text_stays_and_is_saved_when_it_is_back(desk: Visitor, draft: Draft) -> None:
    page = desk.page
    page.context.set_offline(True)
    comment(page).fill("Written on a train")
    comment(page).blur()
    expect(status(page)).to_have_text("Not saved: no connection. Your text is kept on this page.")
    assert draft() == {}
    page.context.set_offline(False)
    expect(status(page)).to_contain_text("Saved", timeout=10_000)
    assert draft() == {"a.comment": ["Written on a train"]}
    desk.complaints.clear()  # the browser reports the failed request


def test_what_cannot_be_stored_is_said_at_the_field(desk: Visitor, draft: Draft) -> None:
    page = desk.page
    comment(page).fill("x" * 5001)
    comment(page).blur()
    expect(page.locator("#id_item-a-comment-error")).to_contain_text("at most 5000 characters (it has 5001)")
    expect(comment(page)).to_have_attribute("aria-invalid", "true")
    expect(status(page)).to_have_text("Not saved. Your text is kept on this page.")
    assert draft() == {}
    assert desk.axe() == []
    comment(page).fill("x" * 5000)
    comment(page).blur()
    expect(status(page)).to_contain_text("Saved")
    expect(page.locator("#id_item-a-comment-error")).to_be_empty()
    assert draft() == {"a.comment": ["x" * 5000]}


def test_after_closing_the_status_says_so_and_the_text_stays(desk: Visitor, draft: Draft) -> None:
    page = desk.page
    closed: datetime = timezone.now() - timedelta(minutes=1)
    OfficeResponse.objects.update(closes_at=closed)
    comment(page).fill("Too late")
    comment(page).blur()
    expect(status(page)).to_contain_text("Answers were accepted until")
    expect(comment(page)).to_have_value("Too late")
    page.get_by_role("button", name="Save item a").click()
    expect(page.locator("h1")).to_have_text("Closed")
    expect(page.locator("textarea")).to_have_value("Too late")
    with page.expect_download() as download:
        page.get_by_role("button", name="Download this text").click()
    assert download.value.suggested_filename == "next-steps-QM.txt"
    assert draft() == {}
    desk.complaints.clear()  # the browser reports the 409


def test_leaving_the_page_in_the_middle_of_a_word_keeps_it(desk: Visitor, draft: Draft) -> None:
    page = desk.page
    comment(page).press_sequentially("In the middle of a w")
    page.get_by_role("link", name="Circulations").first.click()
    page.wait_for_load_state()
    page.wait_for_timeout(500)
    assert draft() == {"a.comment": ["In the middle of a w"]}


def test_the_wording_is_asked_for_where_it_is_needed(desk: Visitor) -> None:
    page = desk.page
    wording = page.locator("#id_item-a-wording")
    expect(wording).to_be_hidden()
    page.locator("#item-a input[value=supports_with_changes]").check()
    expect(wording).to_be_visible()
    wording.fill("Better words")
    page.locator("#item-a input[value=supports]").check()
    expect(wording).to_be_visible()


def test_the_wording_starts_from_the_present_text_and_shows_what_changes(desk: Visitor, draft: Draft) -> None:
    page = desk.page
    page.locator("#item-a input[value=supports_with_changes]").check()
    wording, marked = page.locator("#id_item-a-wording"), page.locator("#item-a [data-marked]")
    expect(wording).to_have_value("Frozen wording of a")
    expect(marked).to_contain_text("unchanged, proposes nothing")
    wording.fill("Better wording of a")
    wording.blur()
    expect(marked.locator("ins")).to_contain_text("Better")
    expect(marked.locator("del")).to_contain_text("Frozen")
    assert draft() == {"a.position": ["supports_with_changes"], "a.wording": ["Better wording of a"]}
    assert desk.axe() == []


def test_a_colleague_is_seen_where_they_are_and_what_they_save_flows_in(
    desk: Visitor, browser: Browser, live_server: Any, bruno: Member, draft: Draft
) -> None:
    page = desk.page
    with visitor(browser, live_server.url, bruno.user) as other:
        other.open(f"{PAGE}answer/")
        comment(other.page, "b").focus()
        expect(page.locator("[data-present]")).to_contain_text("Bruno Mithal is editing item b.", timeout=20_000)
        expect(status(page, "b")).to_contain_text("Bruno Mithal is editing this item.")
        assert desk.axe() == []
        comment(page).focus()
        comment(page, "b").focus()
        comment(other.page, "b").fill("From Bruno")
        comment(other.page, "a").fill("On a, from Bruno")
        comment(other.page, "a").blur()
        expect(status(other.page, "a")).to_contain_text("Saved")
        comment(page, "b").press("End")
        expect(comment(page)).to_have_value("On a, from Bruno", timeout=20_000)
        expect(comment(page, "b")).to_have_value("")  # somebody is in it: what they type next stands beside
        comment(page, "b").press_sequentially("From Ana")
        comment(page, "b").blur()
        expect(page.locator("#item-b [data-conflicts]")).to_contain_text("From Bruno")
        assert draft()["b.comment"] == ["From Bruno", "From Ana"]
    expect(page.locator("[data-present]")).to_be_empty(timeout=20_000)


def test_a_text_that_was_refused_stays_when_colleagues_save_and_other_items_are_saved(
    desk: Visitor, circulation: Circulation, bruno: Member
) -> None:
    page = desk.page
    comment(page).fill("x" * 5001)
    comment(page).blur()
    expect(page.locator("#id_item-a-comment-error")).to_contain_text("at most 5000 characters")
    write(circulation, bruno, now=timezone.now(), a_comment="From Bruno")
    page.locator("#item-b input[value=supports]").check()
    expect(status(page, "b")).to_contain_text("Saved")
    expect(comment(page)).to_have_value("x" * 5001)
    expect(page.locator("#id_item-a-comment-error")).to_contain_text("at most 5000 characters")
    expect(status(page)).to_have_text("Not saved. Your text is kept on this page.")


def test_a_file_goes_with_an_item_and_can_be_taken_away(desk: Visitor, draft: Draft) -> None:
    page = desk.page
    comment(page, "b").fill("Typed and not saved yet")
    page.locator("#id_item-a-position-files").set_input_files(
        [{"name": "plan.pdf", "mimeType": "application/pdf", "buffer": PDF}]
    )
    page.get_by_role("button", name="Add to item a").click()
    page.wait_for_url("**/answer/#item-a")
    expect(page.locator("#item-a [data-files]")).to_contain_text("plan.pdf")
    assert draft() == {"b.comment": ["Typed and not saved yet"]}
    assert desk.axe() == []
    page.get_by_role("button", name="Take away plan.pdf").click()
    expect(page.locator("#item-a [data-files]")).to_be_empty()
