"""Every address walked as a stranger: what is open stands in one list, everything else leads to the sign-in page."""

import re
from collections.abc import Iterable
from urllib.parse import quote

import pytest
from django.conf import settings
from django.http import HttpResponse
from django.urls import reverse

from tests.matrix import arguments
from tests.routes import Route, is_sign_in, routes
from tests.world import World, let_go, undone, world

__all__ = ["world"]
pytestmark = [pytest.mark.django_db, pytest.mark.no_cover]  # the world itself is made once, around all of them

# product.md, "What is where": open to all, to the holder of a link, or to monitoring. Nothing else is.
PUBLIC = {
    "home",
    "join",
    "join_sent",
    "session_list",
    "session_detail",
    "session_programme",
    "session_documents",
    "session_participants",
    "document_list",
    "document_detail",
    "action_list",
    "action_detail",
    "group_list",
    "group_detail",
    "stored_file",
    "about_record",
    "privacy",
    "accessibility",
    "contact",
    "set_language",
    "calendar_feed",
    "mail_preferences",
    "invitation_accept",
    "hand_over",
    "healthz",
    "readyz",
}
DEMONSTRATION = {"dev_mail", "dev_mail_json", "dev_mail_message", "components"}  # only where DEMO is on
SIGN_IN = {  # allauth: what somebody needs who is not signed in
    "account_login",
    "account_logout",
    "account_inactive",
    "account_signup",
    "account_email_verification_sent",
    "account_reset_password",
    "account_confirm_login_code",
    "account_confirm_password_reset_code",
    "account_complete_password_reset",
    "account_password_reset_completed",
    "account_request_login_code",
    "mfa_authenticate",
    "mfa_login_webauthn",
}
DOOR_OF_THE_ADMIN = {"admin:login"}  # sends on to the sign-in page
OPEN = PUBLIC | DEMONSTRATION | SIGN_IN | DOOR_OF_THE_ADMIN
ROUTES = routes()
METHODS = ("get", "post")


def normal(response: HttpResponse) -> tuple[int, str, bytes]:
    """What a visitor can tell of an answer: status, target, bytes; without the token that differs in every answer."""
    body = re.sub(rb'(name="csrfmiddlewaretoken" value|data-csrf|content)="\w{64}"', b"", response.content)
    return response.status_code, response.get("Location", ""), body


def ask(world: World, actor: str, method: str, url: str) -> HttpResponse:
    """One request, undone."""
    with undone():
        response = getattr(world.client(actor), method)(url)
        if response.streaming:
            whole = HttpResponse(b"".join(response.streaming_content), status=response.status_code)
            let_go(response)
            return whole
        return response


def test_every_route_has_a_name_of_its_own() -> None:
    named = [route.name for route in ROUTES if route.name]

    assert sorted({name for name in named if named.count(name) > 1}) == []
    assert [route.pattern for route in ROUTES if not route.name and not route.is_admin] == []


def test_the_open_routes_are_the_ones_whose_views_say_so() -> None:
    assert {route.name for route in ROUTES if route.is_open} == OPEN & {route.name for route in ROUTES}


def test_the_list_of_open_routes_names_no_route_that_is_gone() -> None:
    assert sorted(OPEN - {route.name for route in ROUTES}) == []


@pytest.mark.parametrize("route", [r for r in ROUTES if r.name not in OPEN], ids=str)
def test_a_closed_route_leads_a_stranger_to_the_sign_in_page(route: Route, world: World) -> None:
    for method in METHODS:
        for url in addresses(route, world):
            response = ask(world, "an", method, url)
            assert is_sign_in(response), (method, url, response.status_code)
            assert response["Location"].endswith(f"?next={quote(url)}"), response["Location"]


def addresses(route: Route, world: World) -> Iterable[str]:
    """An address that exists, and one like it that never did."""
    return {route.url(**arguments(route, world)), route.url(**route.absent)}


@pytest.mark.parametrize("route", [r for r in ROUTES if r.name in OPEN], ids=str)
def test_an_open_route_answers_a_stranger(route: Route, world: World) -> None:
    for method in METHODS:
        response = ask(world, "an", method, route.url(**arguments(route, world)))

        assert response.status_code < 500 or route.name == "readyz"
        assert not is_sign_in(response) or route.name in SIGN_IN | DOOR_OF_THE_ADMIN


@pytest.mark.parametrize("route", [r for r in ROUTES if r.name in PUBLIC and r.arguments], ids=str)
def test_on_an_open_route_what_never_existed_is_not_found(route: Route, world: World) -> None:
    assert ask(world, "an", "get", route.url(**route.absent)).status_code == 404


@pytest.mark.parametrize(
    ("name", "hidden"),
    [
        ("document_detail", lambda world: {"symbol": world.things["staff_document"].slug}),
        ("document_detail", lambda world: {"symbol": world.things["members_document"].slug}),
        ("document_detail", lambda world: {"symbol": world.things["group_document"].slug}),
        ("session_detail", lambda world: {"number": world.things["hidden_session"].number}),
        ("session_programme", lambda world: {"number": world.things["hidden_session"].number}),
        ("session_documents", lambda world: {"number": world.things["hidden_session"].number}),
        ("session_participants", lambda world: {"number": world.things["hidden_session"].number}),
    ],
)
def test_on_an_open_route_what_is_hidden_is_as_if_it_never_existed(name: str, hidden: object, world: World) -> None:
    kwargs = hidden(world)
    absent = {key: 987654321 if isinstance(value, int) else "no-such-thing" for key, value in kwargs.items()}
    there, gone = reverse(name, kwargs=kwargs), reverse(name, kwargs=absent)

    answer, expected = normal(ask(world, "an", "get", there)), normal(ask(world, "an", "get", gone))
    assert answer[0] == expected[0] == 404
    assert answer[2].replace(there.encode(), b"") == expected[2].replace(gone.encode(), b"")


@pytest.mark.parametrize("route", [r for r in ROUTES if not r.is_admin and not r.is_sign_in], ids=str)
def test_a_wrong_method_is_refused(route: Route, world: World) -> None:
    actor = "an" if route.name in OPEN else "su"

    for method in ("put", "patch", "delete", "trace"):
        response = ask(world, actor, method, route.url(**arguments(route, world)))
        assert response.status_code in {404, 405}, (method, response.status_code)


def test_the_addresses_of_the_product_are_where_the_product_says() -> None:
    expected = {
        "home": "/",
        "join": "/join/",
        "me": "/me/",
        "office_list": "/offices/",
        "session_list": "/sessions/",
        "document_list": "/documents/",
        "action_list": "/actions/",
        "circulation_list": "/circulations/",
        "group_list": "/groups/",
        "admin:index": "/admin/",
        "healthz": "/healthz",
        "readyz": "/readyz",
        "privacy": "/privacy/",
        "accessibility": "/accessibility/",
        "contact": "/contact/",
        "account_login": "/accounts/login/",
        "components": "/components/",
        "dev_mail": "/dev/mail/",
        "dev_mail_json": "/dev/mail.json",
    }

    assert {name: reverse(name) for name in expected} == expected
    assert reverse("document_detail", args=["WILD/1/2"]) == "/documents/WILD/1/2/"
    assert reverse("session_participants", args=[1]) == "/sessions/1/participants/"
    assert reverse("action_detail", args=["WILD-1-d"]) == "/actions/WILD-1-d/"
    assert reverse("office_detail", args=["CH"]) == "/offices/CH/"
    assert reverse("group_detail", args=["cio-network"]) == "/groups/cio-network/"
    assert reverse("circulation_answer", args=["x"]) == "/circulations/x/answer/"
    assert reverse("mail_preferences", args=["x"]) == "/mail/x/"
    assert settings.LOGIN_URL == "account_login"
