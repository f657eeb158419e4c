"""Somebody at a browser: signed in as a member, watched for what the policy refuses, judged by axe."""

import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, ConsoleMessage, Error, Page, Response

from accounts.models import User

WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
WIDE, NARROW = {"width": 1280, "height": 900}, {"width": 390, "height": 844}
SHOTS = Path("test-results") / "shots"


@dataclass
class Visitor:
    """A page of a browser, and everything it complained about since it was last asked."""

    page: Page
    base_url: str
    complaints: list[str] = field(default_factory=list)
    scripts: bool = True  # without them axe cannot run

    def open(self, path: str) -> Response | None:
        """Goes to an address of the portal; returns the answer."""
        return self.page.goto(f"{self.base_url}{path}", wait_until="load")

    def take_complaints(self) -> list[str]:
        """Refusals of the policy, failed scripts and missing files since the last call; ask before axe adds its own."""
        found, self.complaints = self.complaints, []
        return found

    def axe(self) -> list[str]:
        """What axe finds against WCAG 2.2 AA on the page as it stands, one line for each element: "rule: selector"."""
        result = Axe().run(
            self.page,
            options={"runOnly": {"type": "tag", "values": WCAG}, "resultTypes": ["violations"], "preload": False},
        )
        lines = [
            f"{violation['id']}: {' '.join(map(str, node['target']))}"
            for violation in result.response["violations"]
            for node in violation["nodes"]
        ]
        self.complaints.clear()
        return sorted(lines)

    def overflow(self) -> int:
        """By how many pixels the page is wider than the window."""
        return self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")

    def shoot(self, name: str) -> None:
        """Keeps a picture of the whole page in test-results/shots, where SHOTS=1 asks for it."""
        if os.environ.get("SHOTS") == "1":
            SHOTS.mkdir(parents=True, exist_ok=True)
            self.page.screenshot(path=SHOTS / f"{re.sub(r'[^a-z0-9_-]+', '-', name)}.png", full_page=True)


Visit = Callable[..., Any]


@contextmanager
def visitor(
    browser: Browser,
    base_url: str,
    user: User | None = None,
    *,
    language: str = "en",
    viewport: dict[str, int] = WIDE,
    scripts: bool = True,
    **options: Any,
) -> Iterator[Visitor]:
    """A fresh browser at `base_url`, signed in as `user` (None: a stranger), in a language and at a size."""
    context = browser.new_context(viewport=viewport, java_script_enabled=scripts, locale=language, **options)
    cookies = {settings.LANGUAGE_COOKIE_NAME: language}
    if user is not None:
        client = Client()
        client.force_login(user)
        cookies[settings.SESSION_COOKIE_NAME] = client.cookies[settings.SESSION_COOKIE_NAME].value
    context.add_cookies([{"name": name, "value": value, "url": base_url} for name, value in cookies.items()])
    page = context.new_page()
    watched = Visitor(page, base_url, scripts=scripts)
    page.on("console", lambda message: _note_console(watched, message))
    page.on("pageerror", lambda error: watched.complaints.append(f"script: {error}"))
    page.on("response", lambda response: _note_response(watched, response))
    try:
        yield watched
    finally:
        _come_to_rest(page)
        context.close()


def _come_to_rest(page: Page) -> None:
    """A page that tells the portal where its reader is says goodbye before the tables are emptied under its request."""
    with suppress(Error):
        if page.locator("form[data-presence]").count():
            page.goto("about:blank")
            page.wait_for_timeout(500)


def _note_console(watched: Visitor, message: ConsoleMessage) -> None:
    if message.type in {"error", "warning"} and "Failed to load resource" not in message.text:
        watched.complaints.append(f"console: {message.text}")


def _note_response(watched: Visitor, response: Response) -> None:
    if response.status >= 400 and response.request.resource_type != "document":
        watched.complaints.append(f"{response.status}: {response.url.removeprefix(watched.base_url)}")
