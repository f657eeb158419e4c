"""What the mails say, in whose language and on whose clock."""

from collections.abc import Callable
from datetime import timedelta
from html.parser import HTMLParser

import pytest

from accounts.links import hand_over_url
from accounts.models import Member
from consultations.operations import close_round, extend_round, queue_due_reminders, save_draft_field
from notifications.models import Delivery
from notifications.reminders import closing_instant
from tests.consultations.asking import CLOSES, mail_to, opened_round, response_of
from tests.factories import NOW

MESSAGES = ("opening", "14", "extension", "closing", "1")


class Links(HTMLParser):
    """The addresses of a mail's links."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "a":
            self.found.append(str(dict(attrs)["href"]))


@pytest.fixture
def mails(
    ana: Member, bruno: Member, chloe: Member, staff: Member, answer: Callable[..., object]
) -> dict[str, Delivery]:
    """One mail of each kind to Ana, by step; "1" is the receipt."""
    round = opened_round(ana.office, slug="next-steps")
    found = {"opening": mail_to(ana, "opening")}
    queue_due_reminders(now=NOW)
    found["14"] = mail_to(ana, "14")
    later = closing_instant(NOW.date() + timedelta(days=33))
    extend_round(round=round, closes_at=later, reason="Holidays.", by=staff.user, now=NOW)
    found["extension"] = mail_to(ana, "extension")
    answer(round, ana, now=NOW)
    found["1"] = mail_to(ana, "1")
    close_round(round=round, reason="All have answered.", by=staff.user, now=NOW + timedelta(hours=1))
    found["closing"] = mail_to(ana, "closing")
    return found


@pytest.mark.parametrize(
    ("step", "subject"),
    [
        ("opening", "Open until 3 December 2026: Next-step actions (Meridia)"),
        ("14", "13 days left: Next-step actions (Meridia)"),
        ("extension", "New deadline 23 December 2026: Next-step actions (Meridia)"),
        ("closing", "Closed: Next-step actions (Meridia)"),
        ("1", "Received: answer of Meridia to Next-step actions"),
    ],
)
def test_the_subject_says_how_long_and_what(mails: dict[str, Delivery], step: str, subject: str) -> None:
    assert mails[step].subject == subject


@pytest.mark.parametrize("step", MESSAGES)
def test_one_button_leads_to_the_answer_and_signs_nobody_in(mails: dict[str, Delivery], step: str, ana: Member) -> None:
    answer_page = "http://localhost:8000/circulations/next-steps/answer/"
    assert Links(mails[step].html).found == [answer_page, hand_over_url(ana)]
    assert mails[step].text.count("http://localhost:8000/circulations/") == 1
    assert answer_page in mails[step].text


@pytest.mark.parametrize("step", MESSAGES)
def test_official_mail_says_why_it_comes_and_how_to_hand_the_duty_on(
    mails: dict[str, Delivery], step: str, ana: Member
) -> None:
    mail = mails[step]
    assert (mail.kind, mail.language, mail.to_name) == ("official", "en", "Ana Ejemplo")
    assert mail.text.startswith("Dear Ana Ejemplo,")
    assert "You receive this because you are a focal point of Meridia." in mail.text
    assert mail.headers["List-Unsubscribe"] == f"<{hand_over_url(ana)}>"
    assert "List-Unsubscribe-Post" not in mail.headers
    assert mail.headers["Reply-To"] == "secretariat@wild.example"


def test_a_reminder_tells_the_state_of_the_office_both_clocks_who_submits_and_what_comes(
    ana: Member, bruno: Member, alba: Member
) -> None:
    round = opened_round(ana.office)
    response = response_of(round, ana.office)
    save_draft_field(response=response, key="a.position", value="supports", seen=0, by=ana.user, now=NOW)
    queue_due_reminders(now=NOW)
    text = mail_to(ana, "14").text
    assert "0 of 2 items are saved. Nothing has been submitted yet." in text
    assert "  a  Heading a: you are writing\n  b  Heading b: not started\n" in text
    assert "Closes Thursday 3 December 2026, 23:59 Geneva time (19:59 in Santiago)" in text
    assert "You can submit for Meridia. So can: Alba Muestra." in text
    assert "Next reminder: 26 November 2026, only if nothing is submitted." in text
    assert "If your office answered in the last minutes, ignore this message." in text


def test_an_item_saved_a_while_ago_is_saved(ana: Member) -> None:
    response = response_of(opened_round(ana.office), ana.office)
    hour_ago = NOW - timedelta(hours=1)
    save_draft_field(response=response, key="a.position", value="supports", seen=0, by=ana.user, now=hour_ago)
    queue_due_reminders(now=NOW)
    assert "1 of 2 items are saved. Nothing has been submitted yet." in mail_to(ana, "14").text
    assert "  a  Heading a: saved\n" in mail_to(ana, "14").text
    assert "Continue the answer of Meridia" in mail_to(ana, "14").text


def test_an_alternate_reads_in_her_language_and_on_her_clock(ana: Member, alba: Member) -> None:
    opened_round(ana.office)
    queue_due_reminders(now=NOW)
    mail = mail_to(alba, "14")
    assert mail.language == "ar"
    assert '<html lang="ar" dir="rtl">' in mail.html
    assert "4 ديسمبر" in mail.text
    assert "07:59" in mail.text


def test_the_only_one_who_can_submit_is_told_so(ana: Member, bruno: Member) -> None:
    opened_round(ana.office)
    assert "You are the only one who can submit for Meridia." in mail_to(ana, "opening").text


@pytest.mark.parametrize(
    ("before", "subject", "next_line"),
    [
        (timedelta(days=1, hours=6), "1 day left", "This is the last reminder."),
        (timedelta(days=3, hours=6), "3 days left", "Next reminder: 2 December 2026"),
        (timedelta(hours=2), "Closes today", "This is the last reminder."),
    ],
)
def test_days_left_are_those_when_the_mail_goes_out(
    ana: Member, before: timedelta, subject: str, next_line: str
) -> None:
    opened_round(ana.office)
    queue_due_reminders(now=CLOSES - before)
    mail = Delivery.objects.get(state="queued")
    assert mail.subject == f"{subject}: Next-step actions (Meridia)"
    assert next_line in mail.text


def test_the_notice_of_a_new_deadline_gives_the_reason(mails: dict[str, Delivery]) -> None:
    text = mails["extension"].text
    assert "The Secretariat has given offices more time.\nReason: Holidays." in text
    assert "Closes Wednesday 23 December 2026, 23:59 Geneva time (19:59 in Santiago)" in text


def test_the_closing_notice_of_its_own_time_gives_no_reason(ana: Member) -> None:
    opened_round(ana.office)
    queue_due_reminders(now=CLOSES + timedelta(minutes=1))
    assert "before its time" not in mail_to(ana, "closing").text


@pytest.mark.parametrize("step", MESSAGES)
def test_text_and_html_say_the_same(mails: dict[str, Delivery], step: str) -> None:
    class Words(HTMLParser):
        def __init__(self) -> None:
            super().__init__()
            self.text: list[str] = []

        def handle_data(self, data: str) -> None:
            self.text.append(data)

    words = Words()
    words.feed(mails[step].html)
    html = " ".join(" ".join(words.text).split())
    for sentence in ("Geneva time", "You receive this because you are a focal point of Meridia."):
        assert sentence in html
    assert mails[step].subject in html
