"""Circulations and answers in one line, and what a browser without script would post."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from html.parser import HTMLParser
from typing import Any

import time_machine
from django.http import HttpResponse

from accounts.models import Member, Office
from consultations.drafts import draft_of
from consultations.models import OfficeResponse, Submission
from consultations.operations import save_draft_field
from meetings.models import Circulation
from meetings.operations.circulations import open_circulation, submit_circulation_answer
from tests.consultations.asking import CLOSES, OPENED, response_of
from tests.factories import NOW, CirculationFactory, CirculationItemFactory, RoundFactory, UserFactory

PAGE = "/circulations/next-steps/"


def prepared(*offices: Office, letters: str = "ab", **fields: Any) -> Circulation:
    """A circulation in preparation at /circulations/next-steps/ with these items."""
    defaults = {"slug": "next-steps", "closes_at": CLOSES, "opens_at": None}
    round = RoundFactory(**defaults | fields)
    round.addressees.set(offices)
    circulation = CirculationFactory(round=round)
    for order, letter in enumerate(letters, 1):
        CirculationItemFactory(circulation=circulation, order=order, key=letter)
    return circulation


def opened(*offices: Office, now: datetime = OPENED, **fields: Any) -> Circulation:
    """The same, opened."""
    return open_circulation(circulation=prepared(*offices, **fields), by=UserFactory(is_staff=True), now=now)


def write(circulation: Circulation, member: Member, now: datetime = NOW, **values: str) -> OfficeResponse:
    """Saves fields of the draft of a member's office, such as a_position="supports"."""
    response = response_of(circulation.round, member.office)
    for name, value in values.items():
        key = name.replace("_", ".")
        state = draft_of(response).fields.get(key)
        seen = state.newest.number if state else 0
        save_draft_field(response=response, key=key, value=value, seen=seen, by=member.user, now=now)
    return response


def submitted(circulation: Circulation, member: Member, now: datetime = NOW, **values: str) -> Submission:
    """Writes and submits; every item not named is supported."""
    letters = [item.key for item in circulation.items.all()]
    positions = {f"{letter}_position": "supports" for letter in letters}
    response = write(circulation, member, now=now, **positions | values)
    return submit_circulation_answer(
        response=response,
        seen_number=response.submissions.count(),
        seen_draft=draft_of(response).fingerprint,
        by=member.user,
        now=now,
    )


@contextmanager
def at(moment: datetime = NOW) -> Iterator[None]:
    """The clock stands still."""
    with time_machine.travel(moment, tick=False):
        yield


class Fields(HTMLParser):
    """The fields of the first form of a page that has one of `names`, as a browser without script would send them."""

    def __init__(self, response: HttpResponse) -> None:
        super().__init__()
        self.values: dict[str, str] = {}
        self._open: str | None = None
        self._select: str | None = None
        self.feed(response.content.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        field = dict(attrs)
        name = field.get("name") or ""
        if tag == "input" and field.get("type") in {"hidden", "radio", "text"} and name.startswith(("item-", "seen_")):
            if field.get("type") != "radio" or "checked" in field:
                self.values[name] = field.get("value") or ""
        elif tag == "textarea" and name.startswith("item-"):
            self._open, self.values[name] = name, ""
        elif tag == "select" and name.startswith("item-"):
            self._select, self.values[name] = name, ""
        elif tag == "option" and self._select and "selected" in field:
            self.values[self._select] = field.get("value") or ""

    def handle_data(self, data: str) -> None:
        if self._open:
            self.values[self._open] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea" and self._open:
            value = self.values[self._open].removeprefix("\n")  # browsers drop the first line end, and send CRLF
            self.values[self._open], self._open = value.replace("\n", "\r\n"), None
        elif tag == "select":
            self._select = None


def fields_of(response: HttpResponse) -> dict[str, str]:
    """Everything the form of the page would send if nothing were touched."""
    return Fields(response).values


def text_of(response: HttpResponse) -> str:
    """The words of a page, without markup and with single blanks."""

    class Words(HTMLParser):
        def __init__(self) -> None:
            super().__init__()
            self.words: list[str] = []

        def handle_data(self, data: str) -> None:
            self.words.append(data)

    words = Words()
    words.feed(response.content.decode())
    return " ".join(" ".join(words.words).split())
