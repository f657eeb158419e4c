"""The Secretariat runs a circulation from its preparation to its outcome, in a real browser, two where it takes two."""

import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from accounts.models import Member
from consultations.drafts import draft_of
from consultations.models import OfficeResponse, Release, Round
from consultations.operations import Edit, save_draft
from meetings.models import Circulation, Disposition
from meetings.operations.circulations import submit_circulation_answer
from notifications.models import Delivery
from notifications.reminders import closing_day
from tests.browser.visitor import Visitor, visitor

SLUG = "next-steps"
PAGE = f"/circulations/{SLUG}/"

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.no_cover]


@pytest.fixture(autouse=True)
def two_persons_from_the_third_recipient_on(settings: Any, live_server: Any) -> None:
    settings.SITE_URL = live_server.url
    settings.SECOND_PERSON_ABOVE = 2
    cache.clear()  # rate limits outlive a test that commits


def day_in(days: int) -> str:
    return str(closing_day(timezone.now()) + timedelta(days=days))


def press(page: Page, words: str) -> None:
    page.get_by_role("button", name=words, exact=True).click()


def judge(watched: Visitor, name: str) -> None:
    """Nothing refused by the policy, nothing found by axe, no sideways scrolling."""
    assert watched.take_complaints() == []
    watched.shoot(f"desk-{name}")
    assert (name, watched.axe(), watched.overflow()) == (name, [], 0)


def prepare(watched: Visitor) -> None:
    """In the admin: text, offices, one item."""
    watched.open("/admin/meetings/circulation/add/")
    page = watched.page
    page.locator("#id_slug").fill(SLUG)
    page.locator("#id_title_en").fill("Next steps")
    page.locator("#id_closes_on").fill(day_in(60))
    page.locator("#id_address_all").check()
    page.locator("#items-group .add-row a").click()
    page.locator("#id_items-0-order").fill("1")
    page.locator("#id_items-0-key").fill("a")
    page.locator("#id_items-0-heading").fill("Network")
    page.locator("#id_items-0-text").fill("Establishing a network of offices")
    page.locator("input[name=_save]").click()
    expect(page.locator(".messagelist .success")).to_be_visible()
    assert watched.take_complaints() == []


def answer(member: Member, position: str, comment: str, now: datetime) -> None:
    """An office says its position, as its own page would."""
    response = OfficeResponse.objects.get(office=member.office)
    edits = [Edit(key=f"a.{name}", value=text, seen=0) for name, text in (("position", position), ("comment", comment))]
    save_draft(response=response, edits=edits, by=member.user, now=now)
    submit_circulation_answer(
        response=response, seen_number=0, seen_draft=draft_of(response).fingerprint, by=member.user, now=now
    )


def release_as(browser: Browser, url: str, colleague: Member, what: str) -> None:
    """The colleague looks at the same list and releases."""
    waiting = Release.objects.waiting().get()
    with visitor(browser, url, colleague.user) as second:
        second.open(f"{PAGE}releases/{waiting.pk}/")
        judge(second, f"release-{what}")
        press(second.page, "Release and do it")
        expect(second.page.locator("body")).to_contain_text("It is released and done.")


def test_a_circulation_is_prepared_rehearsed_opened_reminded_extended_entered_closed_answered_and_published(
    browser: Browser, live_server: Any, staff: Member, staff2: Member, ana: Member, chloe: Member,
    olga: Member,
) -> None:  # fmt: skip
    url = live_server.url
    with visitor(browser, url, staff.user) as first:
        page = first.page
        prepare(first)
        first.open(f"{PAGE}open/")
        for member in (ana, chloe, olga):
            expect(page.locator("main")).to_contain_text(member.family_name)
        judge(first, "rehearsal")
        press(page, "Ask a colleague to release it")
        assert Round.objects.get().opened_at is None
        assert Delivery.objects.filter(purpose="opening").count() == 0
        first.open(f"{PAGE}releases/{Release.objects.get().pk}/")
        assert page.get_by_role("button", name="Release and do it").count() == 0
        release_as(browser, url, staff2, "open")
        assert Delivery.objects.filter(purpose="opening").count() == 3

        answer(ana, "needs_information", "Who provides the test data?", timezone.now())
        first.open(f"{PAGE}nudge/")
        page.locator("input[name=offices][value=QN]").check()
        page.locator("#id_sentence").fill("The Chair asks for your view.")
        press(page, "Show who gets which mail")
        judge(first, "nudge")
        page.locator("button[name=do][value=now]").click()
        expect(page.locator("body")).to_contain_text("The reminders are on their way.")
        assert list(Delivery.objects.filter(key__startswith="nudge:").values_list("to_address", flat=True)) == [
            chloe.email
        ]

        first.open(f"{PAGE}extend/")
        page.locator("#id_closes_on").fill(day_in(70))
        page.locator("#id_reason").fill("Asked for by two offices")
        press(page, "Show who gets which mail")
        judge(first, "extend")
        press(page, "Ask a colleague to release it")
        release_as(browser, url, staff2, "extend")
        assert str(closing_day(Round.objects.get().closes_at)) == day_in(70)

        first.open(f"{PAGE}desk/")
        judge(first, "offices")
        first.open(f"{PAGE}desk/XB/on-behalf/")
        page.locator("input[type=file]").set_input_files(
            {"name": "letter.txt", "mimeType": "text/plain", "buffer": b"We support item a."}
        )
        page.locator("#id_received_on").fill(day_in(0))
        page.locator("#id_reason").fill("Came by letter")
        page.locator("input[name=item-a-position][value=supports]").check()
        judge(first, "on-behalf")
        press(page, "Enter for the office")
        expect(page.locator("body")).to_contain_text("The answer is entered.")
        assert Delivery.objects.filter(purpose="on_behalf").values_list("to_address", flat=True).get() == olga.email

        first.open(f"{PAGE}close/")
        page.locator("#id_reason").fill("Every office has been heard")
        press(page, "Show who gets which mail")
        judge(first, "close")
        press(page, "Ask a colleague to release it")
        release_as(browser, url, staff2, "close")
        assert not Round.objects.get().is_open_at(timezone.now())
        OfficeResponse.objects.filter(office="XB").update(closes_at=Round.objects.get().closes_at)  # five days later

        first.open(f"{PAGE}disposition/")
        page.locator("select[name$='-decision']").first.select_option("taken_in")
        page.locator("textarea[name$='-reason']").first.fill("A note on test data is added.")
        press(page, "Save all on this page")
        judge(first, "disposition")
        assert Disposition.objects.get().decision == "taken_in"
        first.open(f"{PAGE}disposition/text/")
        page.locator("textarea[name=outcome_en]").fill("Offices support the network.")
        press(page, "Save the outcome")
        judge(first, "outcome-text")
        first.open(f"{PAGE}disposition/publish/")
        judge(first, "publish")
        press(page, "Ask a colleague to release it")
        release_as(browser, url, staff2, "outcome")

    assert Circulation.objects.get().outcome_published_at is not None
    told = Delivery.objects.filter(purpose="outcome").values_list("to_address", flat=True)
    assert sorted(told) == sorted(member.email for member in (ana, chloe, olga))
    with visitor(browser, url, ana.user) as office:
        office.open(f"{PAGE}outcome/")
        main = office.page.locator("main")
        expect(main).to_contain_text("Offices support the network.")
        expect(main).to_contain_text(re.compile("A note on test data is added"))
        judge(office, "what-became")
