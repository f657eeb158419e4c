"""Every page that answers a GET, in a real browser: axe, the policy, and no sideways scrolling on a phone."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Browser

from tests.browser.visitor import NARROW, visitor
from tests.matrix import arguments
from tests.routes import Route, routes
from tests.world import World, build, let_go

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.no_cover]

FROZEN = Path(__file__).with_name("admin_axe.json")
ROUTES = [route for route in routes() if route.name]
COMPLAINT = re.compile(r"(console|script|\d{3}): ")  # of the browser; what axe says begins with the name of a rule
NOT_PAGES = {"admin:jsi18n", "admin:autocomplete", "admin:view_on_site", "account_logout"}


@pytest.fixture
def pages(transactional_db: None) -> World:
    """The world, committed, with deadlines around the present."""
    return build(timezone.now())


def seen_by(actor: str, world: World, *, in_admin: bool) -> list[tuple[Route, str]]:
    """The routes that show this actor a page of their own, with the address."""
    found = []
    for route in ROUTES:
        if route.is_admin != in_admin or route.name in NOT_PAGES:
            continue
        url = route.url(**arguments(route, world))
        client = Client()
        if world.members[actor]:
            client.force_login(world.user(actor))
        response = client.get(url)
        let_go(response)
        if response.status_code == 200 and response.get("Content-Type", "").startswith("text/html"):
            found.append((route, url))
    return found


def walk(
    browser: Browser, base_url: str, world: World, actor: str, *, in_admin: bool = False, **options: Any
) -> dict[str, list[str]]:
    """What is wrong on each page an actor sees, by the name of the route."""
    found = {}
    user = world.user(actor) if world.members[actor] else None
    with visitor(browser, base_url, user, **options) as visit:
        for route, url in seen_by(actor, world, in_admin=in_admin):
            visit.open(url)
            visit.shoot("-".join([route.name.replace(":", "_"), actor, *map(str, options.values())]))
            lines = visit.take_complaints()
            if visit.overflow() > 0 and not in_admin:
                lines.append(f"scrolls sideways by {visit.overflow()} pixels")
            lines += visit.axe()
            if lines:
                found[route.name] = lines
    return found


@pytest.mark.parametrize("actor", ["an", "fo", "su"])
def test_every_page_is_accessible_within_the_policy_and_fits_a_phone(
    actor: str, pages: World, browser: Browser, live_server: Any
) -> None:
    assert walk(browser, live_server.url, pages, actor, viewport=NARROW) == {}


@pytest.mark.parametrize("actor", ["an", "fo"])
def test_every_page_is_accessible_in_arabic_from_right_to_left(
    actor: str, pages: World, browser: Browser, live_server: Any
) -> None:
    assert walk(browser, live_server.url, pages, actor, viewport=NARROW, language="ar") == {}


def test_every_page_is_accessible_in_the_dark(pages: World, browser: Browser, live_server: Any) -> None:
    assert walk(browser, live_server.url, pages, "fo", color_scheme="dark") == {}


def test_the_admin_keeps_the_policy_and_is_no_worse_than_the_frozen_list(
    pages: World, browser: Browser, live_server: Any
) -> None:
    found = walk(browser, live_server.url, pages, "su", in_admin=True)
    complaints = {name: lines for name, lines in found.items() if any(COMPLAINT.match(line) for line in lines)}
    rules = {name: sorted({line.split(":")[0] for line in lines}) for name, lines in sorted(found.items())}

    assert complaints == {}
    assert rules == json.loads(FROZEN.read_text(encoding="utf-8"))  # it may only shrink
