"""A live gunicorn in front of the rig's servers, and offices that fill in its form from outside."""

import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta

import requests
from django.conf import settings
from django.test import Client
from django.utils import timezone

from accounts.models import User
from consultations.models import Round
from dev import valkey
from meetings.models import Circulation, CirculationItem
from meetings.operations.circulations import open_circulation
from tests.faults.people import make_offices, make_secretary, make_users
from tests.faults.rig import PROFILE, ROOT, Rig, wait_until

HIDDEN = re.compile(r'<input[^>]*type="hidden"[^>]*>')
NAME, VALUE = re.compile(r'name="([^"]*)"'), re.compile(r'value="([^"]*)"')


@dataclass
class Visit:
    """One post: what came back, after how many seconds; status 0 where nothing did."""

    status: int
    seconds: float
    location: str = ""


@dataclass
class Site:
    """The address, and somebody of each office who is signed in."""

    url: str
    cookies: dict[str, str]
    slug: str
    posts: list[Visit] = field(default_factory=list)

    def page(self, name: str) -> str:
        """An address of the circulation."""
        return f"{self.url}/circulations/{self.slug}/{name}/"

    def answer(self, office: str) -> bool:
        """Fills in the form and submits it as a browser without script does; True where a receipt was shown."""
        with requests.Session() as browser:
            browser.cookies.set(settings.SESSION_COOKIE_NAME, self.cookies[office])
            form = self.hidden(browser, self.page("answer"))
            if not form:
                return False
            saved = self.post(browser, "answer", {**form, "item-a-position": "supports", "review": "1"})
            if saved.status != 302:
                return False
            review = self.hidden(browser, self.page("review"))
            if not review:
                return False
            review["confirm"] = "on"
            return self.post(browser, "review", review).location.endswith("/receipt/")

    def hidden(self, browser: requests.Session, page: str) -> dict[str, str]:
        """The hidden fields of a page; {} where it does not come, which is noted as a post that failed is."""
        began = time.monotonic()
        try:
            answer = browser.get(page, timeout=60)
        except requests.RequestException:
            answer = None
        if answer is None or answer.status_code != 200:
            self.posts.append(Visit(answer.status_code if answer is not None else 0, time.monotonic() - began))
            return {}
        text = answer.text
        inputs = HIDDEN.findall(text)
        return {NAME.search(tag)[1]: (VALUE.search(tag) or ["", ""])[1] for tag in inputs if NAME.search(tag)}  # type: ignore[index]

    def post(self, browser: requests.Session, name: str, data: dict[str, str]) -> Visit:
        """One post, timed."""
        began = time.monotonic()
        try:
            answer = browser.post(self.page(name), data=data, timeout=60, allow_redirects=False)
            visit = Visit(
                answer.status_code, time.monotonic() - began, answer.headers.get("Location", "").split("?")[0]
            )
        except requests.RequestException:
            visit = Visit(0, time.monotonic() - began)
        self.posts.append(visit)
        return visit

    def slowest(self) -> float:
        """Seconds of the slowest post."""
        return max(visit.seconds for visit in self.posts)


def open_a_circulation(offices: int) -> dict[str, User]:
    """Asks so many offices about one item; a login for each, by code."""
    secretary, asked = make_secretary(), make_offices(offices)
    users = make_users(asked)
    circulation = Circulation(introductions={"en": "What the Secretariat asks."})
    now = timezone.now()
    round = Round.objects.create(
        kind=Round.Kind.CIRCULATION,
        slug="next-steps",
        titles={"en": "Next steps"},
        opens_at=now,
        closes_at=now + timedelta(days=60),
        answer_path="/circulations/next-steps/answer/",
    )
    round.addressees.set(asked)
    circulation.round = round
    circulation.save()
    CirculationItem.objects.create(circulation=circulation, order=1, key="a", heading="Item a", text="The wording.")
    open_circulation(circulation=circulation, by=secretary, now=timezone.now())
    return users


def sign_in(users: dict[str, User]) -> dict[str, str]:
    """A session cookie for each office, without the pages of the sign-in."""
    cookies = {}
    for code, user in users.items():
        client = Client()
        client.force_login(user, backend=settings.AUTHENTICATION_BACKENDS[0])
        cookies[code] = client.cookies[settings.SESSION_COOKIE_NAME].value
    return cookies


@contextmanager
def serving(rig: Rig, users: dict[str, User], *, workers: int = 2, threads: int = 2) -> Iterator[Site]:
    """The portal behind gunicorn, as the image runs it."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {
        **os.environ,
        "DATABASE_URL": rig.machines.url(rig.database),
        "REDIS_URL": valkey.url(rig.machines.work),
        "MAIL_PROFILE": PROFILE,
        "SITE_URL": f"http://localhost:{port}",
        "ALLOWED_HOSTS": "localhost,127.0.0.1",
        "LOG_LEVEL": "WARNING",
    }
    words: Sequence[str] = [sys.executable, "-m", "gunicorn", "wild_portal.wsgi", "--bind", f"127.0.0.1:{port}"]
    words = [*words, "--workers", str(workers), "--threads", str(threads), "--no-control-socket"]
    site = Site(f"http://localhost:{port}", sign_in(users), "next-steps")
    with (rig.folder / "web.log").open("ab") as log:
        process = subprocess.Popen(words, env=environment, cwd=ROOT, stdout=log, stderr=log, start_new_session=True)
    try:
        wait_until(lambda: _answers(site.url), seconds=60, what="gunicorn answers", pause=0.1)
        yield site
    finally:
        process.terminate()
        try:
            process.wait(40)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, 9)
            process.wait()


def _answers(url: str) -> bool:
    try:
        return requests.get(f"{url}/healthz", timeout=2).status_code == 200
    except requests.RequestException:
        return False
