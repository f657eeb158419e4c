"""Gustav, an industry guest, sees exactly his group: of every word that is not for him he finds none anywhere.

His browser asks for every address of the portal that can be built from what exists, follows every redirect and every
link. Each word has a reader who does find it, so that a word nobody sees proves nothing.
"""

import html
import re
from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from itertools import product
from typing import Any
from urllib.parse import quote, urlsplit

import pytest
from django.conf import settings
from django.http import HttpResponseBase

from accounts.links import calendar_url
from accounts.models import Member, Office
from consultations.models import Release, Round
from groups.models import Group, Membership, Nomination, Post, Thread
from groups.operations.digests import queue_digests
from library.models import StoredFile
from meetings.models import (
    ActionItem,
    AgreedPoint,
    Document,
    GroupReport,
    ItemAnswer,
    Session,
    SilenceProcedure,
)
from meetings.operations.group_meetings import queue_meeting_mail
from meetings.operations.silence import queue_silence_mail
from notifications.models import Delivery
from tests.canaries import BIRD, Aviary, fill
from tests.matrix import arguments
from tests.routes import Route, routes
from tests.world import World, let_go, undone, world

__all__ = ["world"]
pytestmark = [pytest.mark.django_db, pytest.mark.no_cover]

ROUTES = [route for route in routes() if not route.name.startswith("dev_mail")]  # the mailbox of the demonstration
LINK = re.compile(r'(?:href|src|action)="([^"#]+)')
SEARCH = quote(BIRD[1:])  # an address that holds the whole word would find itself
SIGNED = ("hand_over", "invitation_accept", "mail_preferences")  # stand in mails of others: he cannot build them
SEARCHES = ("document_list", "office_list", "question_list", "thread_list", "action_list", "session_participants")


@pytest.fixture
def aviary(world: World) -> Iterator[Aviary]:
    """The small world with its canaries."""
    with undone():
        yield fill(world)


# --- every address ----------------------------------------------------------------------------------------------------
def _all(rows: Any, *names: str) -> list[Any]:
    values = rows.order_by("pk").values_list(*names)
    return [value for row in values for value in row if value not in ("", None)]


def pools(world: World) -> dict[str, dict[str, list[Any]]]:
    """What may stand for the arguments of routes, by the first letters of their names."""
    groups, numbers = _all(Group.objects, "slug"), sorted(set(_all(Session.objects, "number")))
    inside = {
        "thread_*": Thread, "post_*": Post, "seat_*": Membership, "silence_*": SilenceProcedure,
        "report_*": GroupReport, "meeting_*": AgreedPoint, "group_*": Group,
    }  # fmt: skip
    questions, circulations = Round.objects.filter(kind=Round.Kind.QUESTION), Round.objects.exclude(kind="question")
    releases = _all(Release.objects, "pk")
    offices = {"code": _all(Office.objects, "pk"), "pk": _all(Member.objects.exclude(office="QZ"), "pk")}
    return {
        **{
            name: {"slug": groups, "pk": _all(model.objects, "pk"), "number": numbers} for name, model in inside.items()
        },
        "question_*": {"slug": _all(questions, "slug"), "pk": releases, "number": [1, 2]},
        "circulation_*": {
            "slug": _all(circulations, "slug"),
            "pk": [*releases, *_all(ItemAnswer.objects, "pk")],
            "number": [1],
            "office": ["QM", "QN"],
            "format": ["xlsx", "docx", "json"],
        },
        "office_*": offices,
        "member_*": offices | {"code": ["QM", "QN"]},
        "session_*": {"number": numbers},
        "document_detail": {"symbol": _all(Document.objects, "slug", "symbol_key")},
        "action_detail": {"slug": _all(ActionItem.objects, "slug")},
        "join_request_detail": {"pk": _all(Nomination.objects, "pk")},
    }


def addresses(world: World) -> list[str]:
    """Every route with everything that may stand for its arguments; searches; files; the own feed."""
    found, known = [], pools(world)
    for route in ROUTES:
        if route.name in SIGNED:
            found.append(route.url(**route.absent))
            continue
        pool = next((each for name, each in known.items() if fnmatchcase(route.name, name)), None)
        if pool is None or not route.arguments:
            found.append(route.url(**arguments(route, world)))
        else:
            found += _filled(route, pool)
        if route.name in SEARCHES:
            found += [f"{url}?q={SEARCH}" for url in found[-1:]]
    found += [file.get_absolute_url() for file in StoredFile.objects.all()]
    return [*found, urlsplit(calendar_url(world.members["gu"])).path, f"/?q={SEARCH}"]


def _filled(route: Route, pool: dict[str, list[Any]]) -> Iterator[str]:
    names = [name for name, _ in route.arguments]
    for values in product(*(pool[name] for name in names)):
        yield route.url(**dict(zip(names, values, strict=True)))


def content_of(response: HttpResponseBase) -> str:
    """All of an answer, headers included."""
    body = b"".join(response.streaming_content) if response.streaming else response.content
    let_go(response)
    return f"{dict(response.headers)} {body.decode(errors='replace')}".lower()


def links_in(content: str) -> Iterable[str]:
    """Addresses of the portal that a page leads to."""
    for link in LINK.findall(content):
        address = html.unescape(link).removeprefix(settings.SITE_URL)
        if address.startswith("/") and not address.startswith(("//", "/static/")):
            yield address


class Reader:
    """Somebody's browser that asks for each address once."""

    def __init__(self, world: World, actor: str) -> None:
        self.client, self.seen, self.found = world.client(actor), set[str](), dict[str, list[str]]()

    def read(self, url: str) -> list[str]:
        """Asks for an address, notes the words in the answer, and returns where it leads."""
        self.seen.add(url)
        response = self.client.get(url)
        content = content_of(response)
        if birds := sorted(set(re.findall(rf"{BIRD}\w+", content))):
            self.found[url] = birds
        return [response["Location"]] if response.has_header("Location") else list(links_in(content))

    def walk(self, urls: Iterable[str]) -> None:
        """Asks for all these, and for all that their answers lead to."""
        waiting = list(urls)
        while waiting:
            url = waiting.pop()
            if url not in self.seen and not url.startswith(("/accounts/logout", "/dev/mail")):
                waiting += self.read(url)


# --- the tests --------------------------------------------------------------------------------------------------------
def test_gustav_finds_no_word_that_is_not_for_him_at_any_address(aviary: Aviary, world: World) -> None:
    gustav = Reader(world, "gu")
    urls = addresses(world)
    gustav.walk([*urls, *(canary.url for canary in aviary.canaries)])

    assert gustav.found == {}
    assert len(set(urls)) > 1000


def test_each_word_has_a_reader_who_finds_it(aviary: Aviary, world: World) -> None:
    readers = {canary.reader: Reader(world, canary.reader) for canary in aviary.canaries}
    for canary in aviary.canaries:
        if canary.url not in readers[canary.reader].seen:
            readers[canary.reader].read(canary.url)
    missing = [each for each in aviary.canaries if each.word not in readers[each.reader].found.get(each.url, [])]

    assert missing == []
    assert len(aviary.canaries) > 100


def test_gustav_sees_his_group(aviary: Aviary, world: World) -> None:
    del aviary
    client, group = world.client("gu"), world.things["group"]
    for thing, words in (
        (group, group.name), (world.things["thread"], world.things["post"].text),
        (world.things["meeting"], "Working arrangements"), (world.things["silence"], "We meet each quarter."),
    ):  # fmt: skip
        assert words.lower() in html.unescape(content_of(client.get(thing.get_absolute_url())))


def test_no_mail_to_gustav_holds_a_word(aviary: Aviary, world: World) -> None:
    del aviary
    for queue in (queue_digests, queue_meeting_mail, queue_silence_mail):
        queue(now=world.now)
    mails = Delivery.objects.filter(to_address=world.members["gu"].email)

    assert [mail.subject for mail in mails if BIRD in f"{mail.subject} {bytes(mail.rendered)!r}".lower()] == []
