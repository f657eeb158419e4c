"""The demonstration as `make run` leaves it, played once for a module whose tests only read."""

from collections.abc import Iterator

import pytest
from django.db import transaction
from django.test import override_settings
from pytest_django import DjangoDbBlocker

from accounts.models import Member
from consultations.models import OfficeResponse
from meetings.models import Circulation
from tests.factories import NOW
from wild_portal import record
from wild_portal.demo import demo, seed

SILENT = ["QM", "QR", "QX", "QY", "XD", "XG", "XI", "XM", "XT"]  # in the open circulation


@pytest.fixture(scope="module")
def played(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[None]:
    """Record and demonstration in the database at NOW; they go with the module."""
    with (
        django_db_blocker.unblock(),
        override_settings(MEDIA_ROOT=tmp_path_factory.mktemp("files")),
        transaction.atomic(),
    ):
        record.load()
        seed(stage="open", number=1, now=NOW)
        yield
        transaction.set_rollback(True)


def circulation_of(name: str) -> Circulation:
    """A circulation by its name in demo.json."""
    return Circulation.objects.select_related("round").get(round__slug=demo()[name]["slug"])


def response_of(name: str, office: str) -> OfficeResponse:
    """What an office (its code) owes or gave in one."""
    return OfficeResponse.objects.get(round__slug=demo()[name]["slug"], office=office)


def contacts_of(offices: list[str]) -> list[str]:
    """The addresses of those who speak for offices (their codes), in order."""
    speaking = Member.objects.speaking_for_office().filter(office__in=offices)
    return sorted(speaking.values_list("email", flat=True))
