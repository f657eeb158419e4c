"""Visiting the pages of meetings of a group: a browser, a group, a meeting."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from accounts.models import Member
from groups.models import Group
from meetings.models import Session
from tests.factories import NOW
from tests.meetings.meeting import (
    PAGE,
    at,
    planned,
    seated,
)

Clients = Callable[[Member | None], "Visitor"]
ONE = f"{PAGE}1/"
NEW_HOURS = {"day": "2026-12-08", "begins": "14:00", "ends": "15:00", "time_zone": "Europe/Zurich"}


class Visitor:
    """A browser that signs in anew for each request: tests go back and forth in time, and sessions end."""

    def __init__(self, member: Member | None) -> None:
        self.member = member

    @property
    def client(self) -> Client:
        """The browser, signed in at this moment."""
        client = Client()
        if self.member is not None:
            client.force_login(self.member.user)
        return client

    def get(self, url: str) -> HttpResponse:
        """Reads a page."""
        return self.client.get(url)

    def post(self, url: str, data: dict[str, Any] | None = None, **options: Any) -> HttpResponse:
        """Sends a form."""
        return self.client.post(url, data or {}, **options)

    def put(self, url: str) -> HttpResponse:
        """Does what no page knows."""
        return self.client.put(url)


@pytest.fixture
def client_of() -> Callable[[Member | None], Visitor]:
    """A visitor for a member; a stranger for None."""
    return Visitor


def get(client: Visitor, url: str, moment: datetime = NOW) -> HttpResponse:
    """Reads a page at a moment."""
    with at(moment):
        return client.get(url)


def post(client: Visitor, url: str, moment: datetime = NOW, **data: Any) -> HttpResponse:
    """Sends a form at a moment."""
    with at(moment):
        return client.post(url, data)


def said_after(client: Visitor, url: str, **data: Any) -> str:
    """What the next page says after a form was sent."""
    with at():
        return client.post(url, data, follow=True).content.decode()


@pytest.fixture
def group(ana: Member, chloe: Member) -> Group:
    """Ana sits in it, Chloe chairs it."""
    return seated(ana, chair=chloe)


@pytest.fixture
def meeting(group: Group, staff: Member) -> Session:
    """A meeting to which nobody is invited yet."""
    return planned(group, staff.user)


def seen_on(page: HttpResponse) -> str:
    """The token of a page."""
    return str(page.context["seen"])
