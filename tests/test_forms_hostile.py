"""Hostile input in every form, filter and address found by walking: never an error of ours, nothing half stored."""

import re
from collections.abc import Iterator
from urllib.parse import urljoin, urlsplit

import pytest
from django.http import HttpResponse

from tests.hostile import LONG, PATHS, TEXTS, Form, forms_of
from tests.matrix import arguments
from tests.routes import Route, routes
from tests.world import World, let_go, undone, world

__all__ = ["world"]
pytestmark = [pytest.mark.django_db, pytest.mark.no_cover]  # the world itself is made once, around all of them

ROUTES = routes()
ACTORS = ("an", "fo", "su")  # between them they see every form
QUERY = (
    "page",
    "q",
    "o",
    "p",
    "e",
    "next",
    "language",
    "region",
    "kind",
    "session",
    "office",
    "all",
    "_popup",
    "user__id",
)
FIELD_BY_FIELD = {"circulation_answer"}  # a draft keeps every sound field and offers the others again
# The stock admin's "view on site", for the Secretariat only: one content type of the history has no table of its own.
KNOWN = {"admin:view_on_site"}
SEEN: set[tuple[str, str, tuple[str, ...]]] = set()  # forms that stand on many pages are tried once


def page_of(route: Route, world: World, actor: str) -> HttpResponse:
    """What an actor sees at a route, undone."""
    with undone():
        response = world.client(actor).get(route.url(**arguments(route, world)))
        let_go(response)
        return response


def forms(route: Route, world: World) -> Iterator[tuple[str, str, Form]]:
    """Every form of the page of a route, with the actor that sees it first and the address it is sent to."""
    for actor in ACTORS:
        response = page_of(route, world, actor)
        if response.status_code != 200 or "text/html" not in response.get("Content-Type", ""):
            let_go(response)
            continue
        here = route.url(**arguments(route, world))
        for form in forms_of(response.content.decode()):
            target = urlsplit(urljoin(here, form.action)).path
            key = (form.method, target, tuple(sorted(form.kinds)))
            if key not in SEEN:
                SEEN.add(key)
                yield actor, target, form


def trials(route: Route, form: Form) -> Iterator[tuple[str, dict[str, list[str]]]]:
    """What is sent: every text in every field in turn, a different one in each; and a field that is far too long.

    The forms of the stock admin, which share their code, meet every third turn.
    """
    texts = list(TEXTS.values())
    for turn in range(0, len(texts), 3 if route.is_admin else 1):
        mixed = {name: [texts[(turn + place) % len(texts)]] for place, name in enumerate(form.writable)}
        yield f"turn {turn}", form.fields | mixed
    for name in [name for name, kind in form.kinds.items() if kind in {"text", "textarea", "email", "search"}][:2]:
        yield f"a million characters in {name}", form.fields | {name: [LONG]}


def is_refusal(response: HttpResponse) -> bool:
    """True for an error and for a page that says what is wrong at a field."""
    marks = (b'aria-invalid="true"', b"errorlist", b"errornote")
    return response.status_code >= 400 or any(mark in response.content for mark in marks)


def send(world: World, actor: str, target: str, form: Form, values: dict[str, list[str]]) -> tuple[HttpResponse, bool]:
    """The answer to a form with these values, and whether a table was changed; undone."""
    with undone():
        client = world.client(actor)
        response = client.post(target, values) if form.method == "post" else client.get(target, values)
        let_go(response)
        return response, world.is_changed()


@pytest.mark.parametrize("route", ROUTES, ids=str)
def test_no_form_of_the_page_breaks(route: Route, world: World) -> None:
    faults = []
    for actor, target, form in forms(route, world):
        for what, values in trials(route, form):
            response, is_changed = send(world, actor, target, form, values)
            if response.status_code >= 500:
                faults.append(f"{actor} {form.method} {target}: {what}: {response.status_code}")
            is_whole = route.name not in FIELD_BY_FIELD
            if is_changed and (form.method == "get" or (is_whole and is_refusal(response))):
                faults.append(f"{actor} {form.method} {target}: {what}: stored and refused at once")
    assert faults == []


@pytest.mark.parametrize("route", [route for route in ROUTES if route.arguments and route.name not in KNOWN], ids=str)
def test_no_address_breaks(route: Route, world: World) -> None:
    faults = []
    for hostile in PATHS[:6] if route.is_admin else PATHS:
        path = "/" + re.sub(r"<(\w+:)?\w+>|\(\?P<\w+>[^)]*\)", lambda _: hostile, route.pattern).rstrip("$")  # noqa: B023
        for method in ("get", "post"):
            with undone():
                response = getattr(world.client(who_asks(route)), method)(path)
                let_go(response)
            if response.status_code >= 500:
                faults.append(f"{method} {path[:80]}: {response.status_code}")
    assert faults == []


def who_asks(route: Route) -> str:
    """The stranger where a route is open, else the one who gets furthest."""
    return "an" if route.is_open else "su"


@pytest.mark.parametrize("route", [route for route in ROUTES if not route.is_sign_in], ids=str)
def test_no_query_breaks_and_none_changes_anything(route: Route, world: World) -> None:
    faults = []
    texts = [text[:2000] for text in TEXTS.values()]
    for start in range(0, len(texts), len(QUERY) // 2):  # so that each parameter meets several of the texts
        query = {name: texts[(start + number) % len(texts)] for number, name in enumerate(QUERY)}
        with undone():
            response = world.client(who_asks(route)).get(route.url(**arguments(route, world)), query)
            let_go(response)
            if response.status_code >= 500 and route.name != "readyz":
                faults.append(f"{route}: {query}: {response.status_code}")
            if world.is_changed():
                faults.append(f"{route}: {query}: a GET changed rows")
    assert faults == []


@pytest.mark.parametrize(
    "target", ["//evil.example/", "/\\evil.example", "https:evil.example", "http://evil.example", "\t//evil.example"]
)
def test_no_redirect_leaves_the_portal(target: str, world: World) -> None:
    for route in ROUTES:
        if route.is_admin and "jsi18n" not in route.name and not route.name.endswith(("login", "logout", "index")):
            continue
        for actor in ("an", "su"):
            for method in ("get", "post"):
                with undone():
                    data = {
                        "next": target,
                        "url": target,
                        "redirect": target,
                        "login": "fo@matrix.example",
                        "language": "fr",
                    }
                    response = getattr(world.client(actor), method)(route.url(**arguments(route, world)), data)
                    let_go(response)
                location = response.get("Location", "/")
                assert urlsplit(location).netloc in {"", "testserver"}, (route.name, location)
                assert not location.startswith(("//", "/\\", "\t")), (route.name, location)
