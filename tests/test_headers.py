"""The strict policy and the other headers of security.md on every answer there is."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from dev.environments import FOR_PRODUCTION
from tests.guards.tree import ROOT
from tests.matrix import arguments
from tests.routes import Route, routes
from tests.world import World, let_go, undone, world

__all__ = ["world"]
pytestmark = [pytest.mark.django_db, pytest.mark.no_cover]  # the world itself is made once, around all of them

POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data:",
    "font-src": "'self'",
    "connect-src": "'self'",
    "form-action": "'self'",
    "manifest-src": "'self'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
    "object-src": "'none'",
}
OF_A_FILE = dict.fromkeys(("default-src", "frame-ancestors", "base-uri", "form-action"), "'none'") | {"sandbox": ""}
ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "X-Frame-Options": "DENY",
}
REFUSED = ("camera", "geolocation", "microphone", "payment", "usb")
ROUTES = routes()
ACTORS = ("an", "mo", "gu", "su")
FROM_PRODUCTION = (
    "CSRF_COOKIE_HTTPONLY", "CSRF_COOKIE_NAME", "CSRF_COOKIE_SAMESITE", "CSRF_COOKIE_SECURE",
    "LANGUAGE_COOKIE_HTTPONLY", "LANGUAGE_COOKIE_SAMESITE", "LANGUAGE_COOKIE_SECURE", "MESSAGE_STORAGE",
    "SECURE_HSTS_INCLUDE_SUBDOMAINS", "SECURE_HSTS_PRELOAD", "SECURE_HSTS_SECONDS", "SECURE_SSL_REDIRECT",
    "SESSION_COOKIE_HTTPONLY", "SESSION_COOKIE_NAME", "SESSION_COOKIE_SAMESITE", "SESSION_COOKIE_SECURE",
)  # fmt: skip


def policy(response: HttpResponse) -> dict[str, str]:
    """The Content-Security-Policy as directives."""
    directives = (part.strip().partition(" ") for part in response.get("Content-Security-Policy", "").split(";"))
    return {name: values for name, _, values in directives if name}


def faults(response: HttpResponse) -> list[str]:
    """What is wrong with the headers of an answer."""
    found = [f"{name}: {response.get(name)!r}" for name, value in ALWAYS.items() if response.get(name) != value]
    expected = OF_A_FILE if response.get("Content-Disposition", "").startswith("attachment") else POLICY
    if policy(response) != expected:
        found.append(f"policy: {policy(response)}")
    features = response.get("Permissions-Policy", "")
    found += [f"{feature} is allowed" for feature in REFUSED if f"{feature}=()" not in features]
    found += [f"{name} is sent" for name in ("Server", "X-Powered-By") if name in response]
    for name, cookie in response.cookies.items():
        if cookie["max-age"] == 0:  # taken back
            continue
        if not (cookie["httponly"] and cookie["samesite"] == "Lax" and cookie["path"] == "/" and not cookie["domain"]):
            found.append(f"cookie {name}: {cookie.OutputString()}")
    return found


def answers(route: Route, world: World, actor: str) -> Iterator[HttpResponse]:
    """What an actor gets for something that exists, for something that does not, and for a POST of nothing."""
    for method, values in (("get", arguments(route, world)), ("get", route.absent), ("post", arguments(route, world))):
        with undone():
            response = getattr(world.client(actor), method)(route.url(**values))
            let_go(response)
            yield response


@pytest.mark.parametrize("route", ROUTES, ids=str)
def test_every_answer_of_a_route_has_the_headers_and_private_ones_are_not_stored(route: Route, world: World) -> None:
    for actor in ACTORS:
        for response in answers(route, world, actor):
            assert faults(response) == [], (actor, response.status_code)
            if actor != "an":
                assert "no-store" in response.get("Cache-Control", ""), (actor, response.status_code)


def test_pages_for_errors_have_the_headers(world: World, settings: Any) -> None:
    settings.ROOT_URLCONF = "tests.broken_urls"
    client = world.client("an")
    strict = Client(enforce_csrf_checks=True, raise_request_exception=False)
    found = {
        400: client.get("/", headers={"host": "evil.example"}),
        403: strict.post(reverse("account_login")),
        404: client.get("/no/such/page/"),
        405: client.delete(reverse("session_list")),
        500: client.get("/broken/"),
        503: client.get("/away/"),
    }

    assert {status: response.status_code for status, response in found.items()} == {code: code for code in found}
    assert {status: faults(response) for status, response in found.items()} == {code: [] for code in found}


def test_the_page_for_our_own_faults_tells_nothing(world: World, settings: Any) -> None:
    settings.ROOT_URLCONF = "tests.broken_urls"

    for actor in ACTORS:
        for path in ("/broken/", "/away/"):
            page = world.client(actor).get(path).content.decode()
            assert "the-secret-of-the-traceback" not in page
            assert "Traceback" not in page
            assert "<h1" in page


def test_while_the_database_is_away_the_reader_is_asked_to_come_again(world: World, settings: Any) -> None:
    settings.ROOT_URLCONF = "tests.broken_urls"
    answer = world.client("an").get("/away/")
    assert (answer.status_code, answer["Retry-After"]) == (503, "30")
    assert "Its database does not answer just now." in answer.content.decode()


@pytest.mark.parametrize(
    "path", ["css/theme.css", "img/icons.svg", "js-lib-bootstrap5/css/bootstrap.min.css", "no-such-file.css"]
)
def test_static_files_have_the_headers(path: str, world: World) -> None:
    response = world.client("an").get(f"/static/{path}")
    let_go(response)

    assert (response.status_code, faults(response)) == (404 if "no-such" in path else 200, [])


def test_files_come_as_attachments_in_a_sandbox(world: World) -> None:
    file = world.things["public_document"].files.get().file
    response = world.client("an").get(file.get_absolute_url())
    let_go(response)

    assert (response.status_code, faults(response), policy(response)) == (200, [], OF_A_FILE)
    assert response["Content-Type"] == "application/pdf"
    assert response["Content-Disposition"].startswith("attachment")


@pytest.fixture(scope="module")
def production() -> dict[str, Any]:
    """The settings of a real site, as a process with its environment computes them."""
    values = f"[getattr(settings, name) for name in {FROM_PRODUCTION}]"
    code = f"import json; from django.conf import settings; print(json.dumps({values}))"
    words = [sys.executable, "manage.py", "shell", "--no-imports", "-c", code]
    env = {"PATH": os.environ["PATH"], **FOR_PRODUCTION}
    run = subprocess.run(words, cwd=ROOT, env=env, capture_output=True, text=True, check=True)
    return dict(zip(FROM_PRODUCTION, json.loads(run.stdout), strict=True))


@pytest.fixture
def https(production: dict[str, Any], settings: Any) -> None:
    """The cookies and redirects of a real site."""
    for name, value in production.items():
        setattr(settings, name, value)


def test_a_real_site_answers_on_https_only_and_says_so_for_a_year(https: None, world: World) -> None:
    client = Client()
    plain = client.get("/privacy/")
    safe = client.get("/privacy/", secure=True)
    health = client.get("/healthz")

    assert (plain.status_code, plain["Location"]) == (301, "https://testserver/privacy/")
    assert (safe.status_code, health.status_code) == (200, 200)
    assert safe["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains; preload"


def test_cookies_of_a_real_site_are_bound_to_the_host_and_to_https(https: None, world: World) -> None:
    client, user = Client(), world.user("fo")
    page = client.get(reverse("account_login"), secure=True)
    with undone():
        client.force_login(user)
        client.get(reverse("home"), secure=True)
        client.post(reverse("set_language"), {"language": "fr"}, secure=True)
        made = {name: morsel for name, morsel in client.cookies.items() if morsel.value}

    assert page.status_code == 200
    assert set(made) == {"__Host-session", "__Host-csrf", "django_language"}
    for name, morsel in made.items():
        assert (morsel["secure"], morsel["samesite"], morsel["path"], morsel["domain"]) == (True, "Lax", "/", ""), name
        assert morsel["httponly"], name
