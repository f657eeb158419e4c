"""From the mail's link to the receipt, in a real browser against real mail, PostgreSQL and Valkey (architecture.md)."""

import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from accounts.models import Member
from consultations.models import OfficeResponse
from consultations.operations import queue_due_reminders, save_draft_field
from meetings.models import Circulation, ItemAnswer
from meetings.operations.circulations import open_circulation
from notifications.models import Delivery
from notifications.reminders import closing_day, closing_instant
from tests.browser.visitor import NARROW, WIDE, visitor
from tests.factories import CirculationFactory, CirculationItemFactory, RoundFactory
from tests.journeys.steps import judge, mail_to, text_of
from tests.library.test_files import PDF
from tests.notifications.sink import Sink

LETTERS = "abcde"
BRUNOS_TEXT = "Training in our language would help most."
ANAS_TEXT = "We can host one workshop online."

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.no_cover]


@pytest.fixture
def today() -> datetime:
    return timezone.now()


@pytest.fixture
def circulation(ana: Member, bruno: Member, chloe: Member, staff: Member, today: datetime) -> Circulation:
    """Five items, opened 48 days ago, closing in 13: the 14-day reminder is due."""
    opened, closes = today - timedelta(days=48), closing_instant(closing_day(today) + timedelta(days=13))
    round = RoundFactory(slug="next-steps", opens_at=opened, closes_at=closes)
    round.addressees.set([ana.office, chloe.office])
    circulation = CirculationFactory(round=round)
    for order, letter in enumerate(LETTERS, 1):
        CirculationItemFactory(circulation=circulation, order=order, key=letter)
    return open_circulation(circulation=circulation, by=staff.user, now=opened)


def sign_in_by_code(page: Page, sink: Sink, address: str) -> None:
    """One field, then the code that came by mail."""
    page.locator("#id_email").fill(address)
    page.locator("main form:has(#id_email) button").click()
    expect(page.locator("input[name=code]")).to_be_visible()
    code = re.search(r"^\s*([A-Z0-9-]{6,12})\s*$", text_of(mail_to(sink, address, "account")), re.MULTILINE)
    assert code, text_of(mail_to(sink, address, "account"))
    page.locator("input[name=code]").fill(code[1])
    page.locator("main form:has(input[name=code]) button").first.click()


def choose(page: Page, letter: str, position: str) -> None:
    page.locator(f"#item-{letter} input[value={position}]").check()


def write(page: Page, letter: str, field: str, text: str) -> None:
    page.locator(f"#item-{letter} textarea[name='item-{letter}-{field}']").fill(text)


def save(page: Page, letter: str, *, scripts: bool) -> None:
    """By itself where scripts run, by its button where they do not."""
    if scripts:
        page.locator(f"#item-{letter} [data-status]").click()
        expect(page.locator(f"#item-{letter} [data-status].is-done, #item-{letter} .w-note.is-time")).to_be_visible()
    else:
        page.locator(f"#item-{letter} button[name=save]").click()


WAYS = [
    pytest.param("en", WIDE, True, id="desk"),
    pytest.param("en", NARROW, True, id="phone"),
    pytest.param("ar", NARROW, True, id="arabic-phone"),
    pytest.param("en", WIDE, False, id="without-javascript"),
]


@pytest.mark.parametrize(("language", "viewport", "scripts"), WAYS)
def test_ana_answers_from_the_mail_and_no_further_reminder_goes_to_meridia(
    browser: Browser, live_server: Any, sink: Sink, circulation: Circulation, ana: Member, bruno: Member,
    chloe: Member, staff: Member, today: datetime, language: str, viewport: dict[str, int], scripts: bool,
) -> None:  # fmt: skip
    Member.objects.filter(pk=ana.pk).update(language=language)
    queue_due_reminders(now=today)
    reminder = mail_to(sink, ana.email, "reminder")
    link = re.search(r"https?://\S+/answer/", text_of(reminder))
    assert link

    with visitor(browser, live_server.url, language=language, viewport=viewport, scripts=scripts) as stranger:
        page = stranger.page
        page.goto(link[0])
        sign_in_by_code(page, sink, ana.email)
        page.wait_for_url(link[0])
        assert stranger.take_complaints() == []
        answer_all_items(page, circulation, ana, bruno, scripts=scripts)
        judge(stranger, "answer")
        page.locator("button[name=review]").click()
        judge(stranger, "review")
        page.locator("#id_confirm").check()
        page.locator("main form:has(#id_confirm) button").click()
        page.wait_for_url("**/receipt/")
        expect(page.locator(".w-marked del")).to_contain_text("Frozen")
        judge(stranger, "receipt")
        with page.expect_download() as download:
            page.get_by_role("link", name="catalogue.pdf").click()
        assert download.value.suggested_filename == "catalogue.pdf"

    receipt = text_of(mail_to(sink, ana.email, "receipt"))
    assert BRUNOS_TEXT in receipt
    assert ANAS_TEXT in receipt
    assert "{+Setting up a forum on the existing catalogue+}" in receipt
    assert "catalogue.pdf" in receipt
    response = OfficeResponse.objects.get(office=ana.office)
    waiting = Delivery.objects.filter(subject_key=response.subject_key, state="queued")
    assert list(waiting) == []
    queue_due_reminders(now=today + timedelta(days=8))
    reminded = Delivery.objects.filter(purpose="reminder", step="7").values_list("to_address", flat=True)
    assert list(reminded) == [chloe.email]
    assert list(ItemAnswer.objects.order_by("item__order").values_list("item__key", "position")) == [
        ("a", "supports"),
        ("b", "supports_with_changes"),
        ("c", "supports"),
        ("d", "needs_information"),
        ("e", "no_position"),
    ]

    with visitor(browser, live_server.url, staff.user, language=language, viewport=viewport) as secretariat:
        secretariat.open(f"/circulations/{circulation.round.slug}/compilation/")
        expect(secretariat.page.locator("main")).to_contain_text(BRUNOS_TEXT)
        judge(secretariat, "compilation")


def answer_all_items(page: Page, circulation: Circulation, ana: Member, bruno: Member, *, scripts: bool) -> None:
    """Five items; while Ana has the page open, Bruno saves a comment on item c, and she writes there too."""
    choose(page, "a", "supports")
    save(page, "a", scripts=scripts)
    choose(page, "b", "supports_with_changes")
    write(page, "b", "wording", "Setting up a forum on the existing catalogue")
    save(page, "b", scripts=scripts)
    attach(page, "b")
    choose(page, "c", "supports")
    save(page, "c", scripts=scripts)
    page.locator("#item-c textarea[name='item-c-comment']").focus()  # she is there: his text does not flow in
    response = OfficeResponse.objects.get(office=ana.office)
    save_draft_field(response=response, key="c.comment", value=BRUNOS_TEXT, seen=0, by=bruno.user, now=timezone.now())
    write(page, "c", "comment", ANAS_TEXT)
    save(page, "c", scripts=scripts)
    both = page.locator("#item-c .w-note.is-time")
    expect(both).to_contain_text(BRUNOS_TEXT)
    both.locator("button[value$=':both']").click()
    expect(page.locator("#item-c textarea[name='item-c-comment']")).to_have_value(re.compile(BRUNOS_TEXT))
    choose(page, "d", "needs_information")
    write(page, "d", "comment", "Who provides the test data?")
    save(page, "d", scripts=scripts)
    choose(page, "e", "no_position")
    save(page, "e", scripts=scripts)


def attach(page: Page, letter: str) -> None:
    """A file goes with an item: chosen, sent with everything that was typed, listed under its name."""
    files = page.locator(f"#item-{letter} input[type=file]")
    files.set_input_files([{"name": "catalogue.pdf", "mimeType": "application/pdf", "buffer": PDF}])
    page.locator(f"#item-{letter} button[name=add]").click()
    expect(page.locator(f"#item-{letter} [data-files]")).to_contain_text("catalogue.pdf")
    expect(page.locator(f"#item-{letter} [data-marked] ins")).to_contain_text("Setting up a forum")
