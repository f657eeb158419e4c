"""Who has the draft open: a note of seconds that may vanish and never breaks anything."""

import socket
import time
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import caches

from accounts.models import Member
from consultations.models import OfficeResponse
from consultations.presence import STAYS, Presence, leave, note, present
from tests.consultations.asking import opened_round, response_of
from tests.factories import MemberFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def response(ana: Member, bruno: Member) -> Iterator[OfficeResponse]:
    caches["pages"].clear()
    yield response_of(opened_round(ana.office), ana.office)
    caches["pages"].clear()


def test_a_colleague_is_there_in_the_part_they_are_in(response: OfficeResponse, ana: Member, bruno: Member) -> None:
    assert note(response, bruno.user, "b") is True
    assert present(response, ana.user) == [Presence(user_id=bruno.user_id, name="Bruno Mithal", part="b")]
    assert present(response, bruno.user) == []


def test_an_unknown_part_is_no_part(response: OfficeResponse, ana: Member, bruno: Member) -> None:
    for part in ("", "z", "b\x00"):
        note(response, bruno.user, part)
        assert [each.part for each in present(response, ana.user)] == [""]


def test_a_note_ends_by_itself_and_when_its_author_leaves(response: OfficeResponse, ana: Member, bruno: Member) -> None:
    note(response, bruno.user, "a")
    seconds = (
        caches["pages"]._cache.get_client().ttl(caches["pages"].make_key(f"present:{response.pk}:{bruno.user_id}"))
    )
    assert STAYS - 5 < seconds <= STAYS
    assert leave(response, bruno.user) is True
    assert present(response, ana.user) == []


def test_other_offices_other_answers_and_past_members_are_not_shown(
    response: OfficeResponse, ana: Member, bruno: Member, chloe: Member
) -> None:
    gone = MemberFactory(office=ana.office, until_on="2026-01-01")
    for user in (chloe.user, gone.user):
        note(response, user, "a")
    other = response_of(opened_round(ana.office), ana.office)
    note(other, bruno.user, "a")
    assert present(response, ana.user) == []


def test_a_part_that_is_no_more_is_left_out(response: OfficeResponse, ana: Member, bruno: Member) -> None:
    note(response, bruno.user, "b")
    response.round.sections = ["a"]
    assert present(response, ana.user) == []


@pytest.fixture
def silent(response: OfficeResponse, settings: Any) -> Iterator[OfficeResponse]:
    """A Redis that takes connections and never answers."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(8)
    pages = settings.CACHES["pages"] | {"LOCATION": f"redis://127.0.0.1:{listener.getsockname()[1]}"}
    settings.CACHES = settings.CACHES | {"pages": pages}
    yield response
    listener.close()


def test_a_silent_redis_shows_nobody_and_costs_a_quarter_of_a_second(
    silent: OfficeResponse, ana: Member, bruno: Member
) -> None:
    began = time.monotonic()
    assert note(silent, bruno.user, "a") is False
    assert time.monotonic() - began < 0.6
    assert leave(silent, bruno.user) is False
    assert present(silent, ana.user) == []
