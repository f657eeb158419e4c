"""What journeys do again and again: read a mail, press a button, judge a page, sign in with a password."""

import re
from email.message import EmailMessage

import pytest
from playwright.sync_api import Page

from notifications import delivery
from notifications.models import Delivery
from tests.browser.visitor import NARROW, WIDE, Visitor
from tests.notifications.sink import Sink

# Arabic runs without scripts: all words are pressed by what they do, so that one text serves every language.
WAYS = [pytest.param("en", WIDE, True, id="desk"), pytest.param("ar", NARROW, False, id="arabic-phone-without-scripts")]


def send_all() -> None:
    """Everything that is owed leaves."""
    while delivery.work():
        pass


def mails_to(sink: Sink, address: str, purpose: str) -> list[EmailMessage]:
    """The mails to an address whose ledger row has this purpose, the first first."""
    send_all()
    ids = set(Delivery.objects.filter(to_address=address, purpose=purpose).values_list("message_id", flat=True))
    return [mail for mail in sink.mails() if mail["Message-ID"].strip("<>") in ids or mail["Message-ID"] in ids]


def mail_to(sink: Sink, address: str, purpose: str) -> EmailMessage:
    """The last of them."""
    return mails_to(sink, address, purpose)[-1]


def text_of(mail: EmailMessage, kind: str = "plain") -> str:
    """The plain text of a mail, or its HTML."""
    body = mail.get_body((kind,))
    assert body is not None
    return body.get_content()


def link_in(mail: EmailMessage, path: str) -> str:
    """The first address in the text of a mail that fits a pattern."""
    found = re.search(rf"https?://[^\s/]+{path}", text_of(mail))
    assert found, text_of(mail)
    return found[0]


def judge(watched: Visitor, name: str) -> None:
    """Nothing refused by the policy, nothing found by axe where scripts run, no sideways scrolling."""
    assert watched.take_complaints() == []
    watched.shoot(f"journey-{name}{'' if watched.scripts else '-plain'}")
    assert (name, watched.overflow(), watched.axe() if watched.scripts else []) == (name, 0, [])


def press(page: Page, action: str) -> None:
    """The button of the form whose hidden field says what it does."""
    page.locator(f"main form:has(input[name=action][value={action}]) button").click()


def sign_in(page: Page, address: str, password: str) -> None:
    """With address and password, on the page that offers both ways."""
    page.locator("details:has(#id_password) > summary").click()
    page.locator("#id_login").fill(address)
    page.locator("#id_password").fill(password)
    page.locator("main form:has(#id_password) button").click()
