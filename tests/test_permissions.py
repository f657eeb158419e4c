"""Every cell of permissions.csv with a real request; a refusal changes no row and owes no mail."""

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest
from django.contrib.sessions.models import Session as DjangoSession
from django.test import Client

from accounts.models import Member, User
from tests.factories import NOW
from tests.matrix import Row, arguments, rows
from tests.routes import Route, is_sign_in, routes
from tests.situations import CASES as OTHER_CASES
from tests.situations import Case
from tests.situations_decisions import CASES as DECISIONS
from tests.situations_meetings import CASES as MEETINGS
from tests.situations_network import CASES as NETWORK
from tests.test_urls import normal
from tests.world import ACTORS, World, let_go, undone, world

__all__ = ["world"]
pytestmark = [pytest.mark.django_db, pytest.mark.no_cover]  # the world itself is made once, around all of them

CASES = OTHER_CASES | DECISIONS | MEETINGS | NETWORK
ROWS = rows()
ROUTES = [route for route in routes() if route.name]
BY_NAME = {route.name: route for route in ROUTES}
METHODS = ("GET", "POST")


@pytest.fixture(autouse=True)
def the_second_factor_is_required(settings: Any) -> None:
    """As on a real site; every actor has one."""
    settings.REQUIRE_SECOND_FACTOR = True


def _speaking_of(name: str, method: str) -> list[Row]:
    """The rows of a route and method; where some name it more exactly, only those."""
    found = [row for row in ROWS if row.method == method and row.covers(name)]
    exactness = max((len(row.route.replace("*", "")) for row in found), default=0)
    return [row for row in found if len(row.route.replace("*", "")) == exactness]


CELLS = [(row, name) for name in BY_NAME for method in METHODS for row in _speaking_of(name, method)]


@pytest.mark.parametrize("method", METHODS)
def test_every_route_has_a_row_for_each_method(method: str) -> None:
    covered = {name for row, name in CELLS if row.method == method}

    assert sorted(set(BY_NAME) - covered) == []


def test_every_row_speaks_of_a_route_and_of_every_actor_once() -> None:
    keys = [str(row) for row in ROWS]

    assert [str(row) for row in ROWS if not any(row.covers(name) for name in BY_NAME)] == []
    assert sorted({key for key in keys if keys.count(key) > 1}) == []
    assert {answer for row in ROWS for _, answer in row.answers} <= set("ALDNX")
    assert {row.method for row in ROWS} == set(METHODS)


def test_every_case_belongs_to_a_row() -> None:
    assert set(CASES) - {(row.route, row.method, row.when) for row in ROWS} == set()


@pytest.mark.parametrize(("row", "name"), CELLS, ids=str)
def test_each_actor_gets_the_answer_of_the_matrix(row: Row, name: str, world: World) -> None:
    case = CASES.get((row.route, row.method, row.when), Case(changes=row.when != "nothing filled in"))
    found = {actor: outcome(world, actor, row, BY_NAME[name], case, wanted) for actor, wanted in row.answers}

    assert found == dict(row.answers)


def outcome(world: World, actor: str, row: Row, route: Route, case: Case, wanted: str) -> str:
    """The letter that describes what an actor gets, with a word added where the letter alone would hide a fault."""
    with undone():
        values = case.arguments(world, actor) if case.arguments else arguments(route, world)
        url, data = route.url(**values) + case.query, case.data(world, actor)
        client = world.client(actor)
        response = client.get(url, data) if row.method == "GET" else client.post(url, data)
        let_go(response)
        is_changed = world.is_changed()
        letter = "A" if route.name == "readyz" and response.status_code == 503 else letter_of(client, response)
        if wanted in "LN" and letter == wanted and values:
            twin = route.url(**route.absent) + case.query
            other = client.get(twin, data) if row.method == "GET" else client.post(twin, data)
            if not alike(response, other, url, twin):
                letter += " but not as for an absent one"
        if letter == "A" and row.method == "POST" and not is_changed and case.changes:
            letter += f" without effect ({response.status_code})"
        if is_changed and (letter != "A" or (row.method == "GET" and not case.changes_on_get)):
            letter += " with rows changed"
        return "X" if wanted == "X" and letter in {"N", "X"} else letter


def letter_of(client: object, response: object) -> str:
    """A, L, D, N or X; a page of the admin that sends on to its own sign-in page is judged by that one."""
    if response.status_code == 302 and response["Location"].startswith("/admin/login/"):
        response = client.get(response["Location"])
    if is_sign_in(response):
        return "L"
    letters = {403: "D", 404: "N", 405: "X", 409: "D"}  # 409: too late, refused with what was typed
    if response.status_code in letters:
        return letters[response.status_code]
    return "A" if response.status_code < 400 else f"{response.status_code}"


def alike(response: object, other: object, url: str, twin: str) -> bool:
    """True where two answers differ in nothing but the address that was asked for."""
    one, two = normal(response), normal(other)
    return (one[0], one[1].replace(quote(url), ""), one[2].replace(url.encode(), b"")) == (
        two[0],
        two[1].replace(quote(twin), ""),
        two[2].replace(twin.encode(), b""),
    )


def test_the_matrix_has_the_actors_of_the_design() -> None:
    assert ACTORS == ("an", "mo", "mx", "fo", "al", "fx", "gu", "gm", "ch", "cx", "st", "su")


def end_sessions(user: User) -> None:
    """Every session of a login is gone."""
    for session in DjangoSession.objects.all():
        if session.get_decoded().get("_auth_user_id") == str(user.pk):
            session.delete()


GHOSTS: dict[str, Callable[[User], object]] = {
    "closed login": lambda user: User.objects.filter(pk=user.pk).update(is_active=False),
    "left the office": lambda user: Member.objects.filter(user=user).update(until_on=NOW.date()),
    "changed the password elsewhere": lambda user: User.objects.filter(pk=user.pk).update(password="changed"),
    "session ended by the Secretariat": end_sessions,
}


@pytest.mark.parametrize("ghost", GHOSTS)
def test_a_ghost_gets_what_a_stranger_gets_from_the_next_request_on(ghost: str, world: World) -> None:
    found, expected = {}, {}
    for route in [route for route in ROUTES if not route.is_sign_in and not route.name.endswith("logout")]:
        url = route.url(**arguments(route, world))
        with undone():
            GHOSTS[ghost](world.user("fo"))
            found[route.name] = _letter(world.client("fo"), url)
        with undone():
            expected[route.name] = _letter(world.client("an"), url)

    assert found == expected


def _letter(client: Client, url: str) -> str:
    response = client.get(url)
    let_go(response)
    return letter_of(client, response)
