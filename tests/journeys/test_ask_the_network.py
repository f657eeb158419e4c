"""A question to the network: asked, sent by the Secretariat, answered by an office, summed up, and found again."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from accounts.models import Member
from consultations.operations import close_round
from network.models import Question
from notifications.reminders import closing_day
from tests.browser.visitor import Visitor, visitor
from tests.journeys.steps import WAYS, judge, link_in, mail_to, mails_to, send_all, text_of
from tests.network.wondering import seated
from tests.notifications.sink import Sink

TITLE = "Which search engine do you use?"
TEXT = "We replace ours next year and want to learn from the cost of yours."
ANSWER = "One of our own, for ten years."
SUMMARY = "Most offices use an open one and run it themselves."

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.no_cover]


def press(page: Page, do: str) -> None:
    page.locator(f"main button[name=do][value={do}]").click()


@pytest.mark.parametrize(("language", "viewport", "scripts"), WAYS)
def test_a_question_is_asked_released_answered_summed_up_and_found(
    browser: Browser, live_server: Any, sink: Sink, ana: Member, chloe: Member, olga: Member, staff: Member,
    language: str, viewport: dict[str, int], scripts: bool,
) -> None:  # fmt: skip
    seated(ana)
    url, look = live_server.url, {"language": language, "viewport": viewport, "scripts": scripts}
    with visitor(browser, url, ana.user, **look) as asker:
        ask(asker)
    with visitor(browser, url, staff.user, **look) as desk:
        desk.page.goto(link_in(mail_to(sink, staff.email, "release"), r"/questions/\S+/releases/\d+/"))
        expect(desk.page.locator("main")).to_contain_text(TEXT)
        judge(desk, "question-release")
        press(desk.page, "release")
        judge(desk, "question-sent")
    question = Question.objects.select_related("round").get()
    assert question.round.opened_by == staff.user
    assert sorted(question.round.addressees.values_list("pk", flat=True)) == ["QN", "XB"]

    with visitor(browser, url, chloe.user, **look) as office:
        office.page.goto(link_in(mail_to(sink, chloe.email, "opening"), r"/questions/\S+/answer/"))
        answer(office)
    send_all()
    assert [mail["To"] for mail in sink.mails() if ANSWER in text_of(mail)] == []  # the asker's alone
    assert len(mails_to(sink, chloe.email, "receipt")) == 1

    close_round(round=question.round, reason="Every office was heard", by=staff.user, now=timezone.now())
    with visitor(browser, url, ana.user, **look) as asker, visitor(browser, url, staff.user, **look) as desk:
        desk.open(question.get_absolute_url())
        expect(desk.page.locator("main")).not_to_contain_text(ANSWER)
        sum_up(asker, question)
    with visitor(browser, url, olga.user, **look) as other:
        find(other)


def ask(asker: Visitor) -> None:
    """After a look at earlier ones; it waits for the Secretariat."""
    asker.open("/questions/")
    judge(asker, "questions-none")
    page = asker.page
    page.locator("main a[href$='/ask/']").click()
    page.locator("#id_title").fill(TITLE)
    page.locator("#id_text").fill(TEXT)
    page.locator("#id_closes_on").fill(str(closing_day(timezone.now()) + timedelta(days=14)))
    press(page, "look")
    expect(page.locator("#earlier")).to_be_visible()
    judge(asker, "question-ask")
    press(page, "ask")
    page.wait_for_url("**/questions/which-search-engine-do-you-use-q*/")
    judge(asker, "question-waits")
    assert Question.objects.get().round.opened_at is None


def answer(office: Visitor) -> None:
    """Written, read once more, submitted."""
    page = office.page
    page.locator("main textarea").fill(ANSWER)
    judge(office, "question-answer")
    page.locator("button[name=review]").click()
    expect(page.locator("blockquote")).to_contain_text(ANSWER)
    judge(office, "question-review")
    page.locator("#id_confirm").check()
    page.locator("main form:has(#id_confirm) button").click()
    page.wait_for_url("**/receipt/")
    judge(office, "question-receipt")


def sum_up(asker: Visitor, question: Question) -> None:
    """Who asked reads the answers and says what was learnt."""
    page = asker.page
    asker.open(f"{question.get_absolute_url()}summary/")
    expect(page.locator("blockquote")).to_contain_text(ANSWER)
    page.locator("#id_summary").fill(SUMMARY)
    judge(asker, "question-summary")
    page.locator("main form.w-form button").click()
    expect(page.locator("#summary ~ div, [aria-labelledby=summary]").first).to_contain_text(SUMMARY)
    judge(asker, "question-published")


def find(other: Visitor) -> None:
    """Another office finds it by a word of the summary and reads no single answer."""
    other.open("/questions/")
    page = other.page
    page.locator("#id_q").fill("Themselves")
    page.locator("form.w-filters button").click()
    expect(page.locator("ol.w-rows li")).to_have_count(1)
    judge(other, "questions-found")
    page.get_by_role("link", name=TITLE).click()
    expect(page.locator("main")).to_contain_text(SUMMARY)
    expect(page.locator("main")).not_to_contain_text(ANSWER)
    judge(other, "question-read")
