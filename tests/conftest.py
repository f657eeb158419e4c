"""The cast: fixtures everyone knows after a day (architecture.md). Everybody belongs to an invented office."""

from collections.abc import Callable, Iterator
from datetime import datetime

import pytest
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.db import transaction
from django.test import Client
from django.utils import timezone, translation
from pytest_django import DjangoDbBlocker

from accounts.models import Member, Office
from tests.factories import NOW, MemberFactory, OfficeFactory, UserFactory
from wild_portal.record import load as load_record

LANGUAGES = ("en", "fr", "es", "ru", "ar", "zh-hans")

# Argon2 is slow on purpose; tests try thousands of passwords, so they use it at its lowest cost.
Argon2PasswordHasher.time_cost, Argon2PasswordHasher.memory_cost, Argon2PasswordHasher.parallelism = 1, 8, 1


@pytest.fixture(autouse=True)
def no_reader_stays() -> Iterator[None]:
    """A request leaves its reader's language and clock active in the thread: the next test begins without them."""
    yield
    timezone.deactivate()
    translation.deactivate()


@pytest.fixture
def now() -> datetime:
    """A fixed instant, aware UTC: Friday 20 November 2026, 10:00 in Geneva."""
    return NOW


def _office(code: str, name: str, rank: int, zone: str, kind: str = Office.Kind.STATE) -> Office:
    return OfficeFactory(
        code=code,
        names=dict.fromkeys(LANGUAGES, name),
        search_text=name,
        ranks=dict.fromkeys(LANGUAGES, rank),
        time_zone=zone,
        kind=kind,
    )


@pytest.fixture
def meridia(db: None) -> Office:
    return _office("QM", "Meridia", 120, "America/Santiago")


@pytest.fixture
def norland(db: None) -> Office:
    return _office("QN", "Norland", 140, "Europe/Oslo")


@pytest.fixture
def belmora(db: None) -> Office:
    return _office("XB", "Belmora", 20, "Asia/Tashkent", Office.Kind.ORGANIZATION)


def _member(office: Office | None, role: str, given: str, family: str, email: str, **fields: object) -> Member:
    return MemberFactory(
        office=office,
        role=role,
        given_name=given,
        family_name=family,
        email=email,
        user=UserFactory(email=email),
        **fields,
    )


@pytest.fixture
def ana(meridia: Office) -> Member:
    """Focal point of Meridia."""
    return _member(meridia, Member.Role.FOCAL_POINT, "Ana", "Ejemplo", "ana@qm.example")


@pytest.fixture
def bruno(meridia: Office) -> Member:
    """Contributor of Meridia: drafts, does not submit."""
    return _member(meridia, Member.Role.CONTRIBUTOR, "Bruno", "Mithal", "bruno@qm.example")


@pytest.fixture
def chloe(norland: Office) -> Member:
    """Focal point of Norland, another office."""
    return _member(norland, Member.Role.FOCAL_POINT, "Chloe", "Voorbeeld", "chloe@qn.example")


@pytest.fixture
def olga(belmora: Office) -> Member:
    """Focal point of Belmora, an organization."""
    return _member(belmora, Member.Role.FOCAL_POINT, "Olga", "Primer", "olga@xb.example")


@pytest.fixture
def gustav(db: None) -> Member:
    """Industry specialist without an office."""
    return _member(None, Member.Role.GUEST, "Gustav", "Beispiel", "gustav@industry.example")


@pytest.fixture
def secretariat(db: None) -> Office:
    return _office("IB", "WIPO", 200, "Europe/Zurich", Office.Kind.SECRETARIAT)


def _staff(office: Office, given: str, email: str) -> Member:
    user = UserFactory(email=email, is_staff=True)
    return MemberFactory(
        office=office, role=Member.Role.FOCAL_POINT, given_name=given, family_name="Example", email=email, user=user
    )


@pytest.fixture
def staff(secretariat: Office) -> Member:
    """Secretariat."""
    return _staff(secretariat, "Sam", "staff@wild.example")


@pytest.fixture
def staff2(secretariat: Office) -> Member:
    """Secretariat, for acts that need a second person."""
    return _staff(secretariat, "Selma", "staff2@wild.example")


@pytest.fixture
def recorded(db: None) -> None:
    """The record in the database, as `manage.py load_record` leaves it."""
    load_record()


@pytest.fixture(scope="module")
def recorded_once(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """The record in the database, once for all tests of a module that only read; it goes with the module."""
    with django_db_blocker.unblock(), transaction.atomic():
        load_record()
        yield
        transaction.set_rollback(True)


@pytest.fixture
def client_of() -> Callable[[Member | None], Client]:
    """A signed-in test client of a member; of a stranger for None."""

    def make(member: Member | None) -> Client:
        client = Client()
        if member is not None:
            client.force_login(member.user)
        return client

    return make
