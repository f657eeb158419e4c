"""What holds for every request: limits of a session, preferences, the second factor, and ghosts."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.test import Client

from accounts.models import Member, Office, User
from accounts.operations import close_login, end_sessions, mark_left
from tests.factories import PASSWORD, MemberFactory, UserFactory

ClientOf = Callable[[Member | None], Client]
START = datetime.fromisoformat("2026-11-20T09:00:00+00:00")


def sign_in(member: Member) -> Client:
    client = Client()
    client.post("/accounts/login/", {"login": member.email, "password": PASSWORD})
    assert client.get("/me/").status_code == 200
    return client


def is_stranger(client: Client) -> bool:
    return client.get("/me/").get("Location") == "/accounts/login/?next=/me/"


# --- limits of a session ----------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("who", "rest", "life"),
    [("ana", timedelta(hours=8), timedelta(days=7)), ("staff", timedelta(minutes=30), timedelta(hours=12))],
)
def test_a_session_ends_after_its_rest_and_after_its_life(
    who: str, rest: timedelta, life: timedelta, request: pytest.FixtureRequest, meridia: Office
) -> None:
    member: Member = request.getfixturevalue(who)
    with time_machine.travel(START, tick=False) as clock:
        client = sign_in(member)
        clock.move_to(START + rest)
        assert client.get("/me/").status_code == 200
        clock.move_to(START + rest + rest + timedelta(seconds=1))
        assert is_stranger(client)
    with time_machine.travel(START, tick=False) as clock:
        client, moment = sign_in(member), START
        while moment + rest < START + life:
            moment += rest
            clock.move_to(moment)
            assert client.get("/me/").status_code == 200
        clock.move_to(START + life + timedelta(seconds=1))
        assert is_stranger(client)


def test_who_comes_back_too_late_is_told_why(ana: Member) -> None:
    with time_machine.travel(START, tick=False) as clock:
        client = sign_in(ana)
        clock.move_to(START + timedelta(hours=9))
        page = client.get("/me/", follow=True).content.decode()
    assert "Your session has ended. Sign in again; what you saved is kept." in page


def test_activity_is_noted_once_a_minute(ana: Member) -> None:
    with time_machine.travel(START, tick=False) as clock:
        client = sign_in(ana)
        first = UserSession.objects.get().last_seen_at
        clock.move_to(START + timedelta(seconds=59))
        client.get("/me/")
        assert UserSession.objects.get().last_seen_at == first
        clock.move_to(START + timedelta(seconds=61))
        client.get("/me/")
        assert UserSession.objects.get().last_seen_at == START + timedelta(seconds=61)


# --- ghosts: the change bites on the next request ---------------------------------------------------------------------
@pytest.mark.parametrize(
    "becomes_a_ghost",
    [
        lambda m: close_login(user=m.user, by=None),
        lambda m: mark_left(member=m, by=None, now=START, is_confirmed=True),
        lambda m: Member.objects.filter(pk=m.pk).update(until_on=START.date()),
        lambda m: end_sessions(user=m.user, by=None),
        lambda m: (m.user.set_password("changed-in-the-meantime"), m.user.save()),
        lambda m: Session.objects.all().delete(),
    ],
    ids=["closed", "left", "left by the database alone", "session ended by staff", "password changed", "session gone"],
)
def test_a_ghost_is_a_stranger_on_the_next_request(becomes_a_ghost: Callable[[Member], object], ana: Member) -> None:
    client = sign_in(ana)
    becomes_a_ghost(ana)
    assert is_stranger(client)
    public = client.get("/privacy/").content.decode()
    assert "Sign out" not in public
    assert ana.name not in public


def test_staff_rights_end_on_the_next_request(staff: Member, client_of: ClientOf) -> None:
    client = client_of(staff)
    assert client.get("/admin/").status_code == 200
    User.objects.filter(pk=staff.user_id).update(is_staff=False)
    assert client.get("/admin/", follow=True).status_code == 403


# --- preferences ------------------------------------------------------------------------------------------------------
def test_pages_speak_the_language_of_the_member_until_another_is_chosen(ana: Member, client_of: ClientOf) -> None:
    Member.objects.filter(pk=ana.pk).update(language="ar", theme="dark")
    client = client_of(ana)
    response = client.get("/me/")
    assert ('lang="ar" dir="rtl" data-bs-theme="dark"' in response.content.decode(), response["Content-Language"]) == (
        True,
        "ar",
    )
    client.post("/language/", {"language": "fr", "next": "/me/"})
    assert client.get("/me/")["Content-Language"] == "fr"


def test_strangers_have_the_language_of_their_browser_and_no_clock_of_somebody_else(
    ana: Member, client_of: ClientOf
) -> None:
    client_of(ana).get("/me/")
    response = Client().get("/join/", headers={"accept-language": "es"})
    assert response["Content-Language"] == "es"
    assert response.context["request"].member is None


def test_the_clock_is_that_of_the_member_or_of_the_office(ana: Member, client_of: ClientOf) -> None:
    assert ana.zone == "America/Santiago"
    page = client_of(ana).get("/me/")
    assert page.context["request"].member == ana
    assert page.context["form"].initial["time_zone"] == ""


def test_a_person_of_two_offices_acts_for_the_first_until_they_switch(
    ana: Member, norland: Office, chloe: Member, client_of: ClientOf
) -> None:
    other = MemberFactory(office=norland, user=ana.user, email=ana.email)
    client = client_of(ana)
    assert client.get("/me/").context["request"].member == ana
    assert client.post("/me/office/", {"member": other.pk})["Location"] == "/"
    assert client.get("/me/").context["request"].member == other
    for wrong in (chloe.pk, "１", "1e3", "", "9" * 40, "\x00"):
        assert client.post("/me/office/", {"member": wrong}).status_code == 404
    assert client.get("/me/").context["request"].member == other
    mark_left(member=other, by=None, now=START)
    assert client.get("/me/").context["request"].member == ana


# --- second factor ----------------------------------------------------------------------------------------------------
FACTOR = "/accounts/2fa/totp/activate/"


@pytest.fixture
def alternate(meridia: Office) -> Member:
    return MemberFactory(office=meridia, role="alternate")


@pytest.mark.parametrize(
    ("who", "is_sent"),
    [("ana", True), ("alternate", True), ("bruno", False), ("gustav", False), ("staff", True)],
)
def test_who_needs_a_second_factor_is_sent_to_set_one_up(
    who: str, is_sent: bool, request: pytest.FixtureRequest, client_of: ClientOf, settings: pytest.FixtureRequest
) -> None:
    member: Member = request.getfixturevalue(who)
    client = client_of(member)
    assert client.get("/me/").status_code == 200
    settings.REQUIRE_SECOND_FACTOR = True
    assert client.get("/me/").get("Location") == (FACTOR if is_sent else None)
    assert client.get("/").get("Location") == (FACTOR if is_sent else None)
    assert client.post("/me/office/", {}).get("Location") == (FACTOR if is_sent else None)
    assert client.get("/privacy/").status_code == 200
    Authenticator.objects.create(user=member.user, type="totp", data={"secret": "x"})
    assert client.get("/me/").status_code == 200


def test_no_page_of_the_admin_opens_without_the_second_factor(
    staff: Member, client_of: ClientOf, settings: pytest.FixtureRequest
) -> None:
    settings.REQUIRE_SECOND_FACTOR = True
    client = client_of(staff)
    for url in ("/admin/", "/admin/accounts/member/", "/admin/accounts/user/autocomplete/", "/admin/jsi18n/"):
        assert client.get(url).get("Location") == FACTOR
    Authenticator.objects.create(user=staff.user, type="webauthn", data={})
    assert client.get("/admin/").status_code == 200


def test_the_way_to_the_factor_and_the_way_out_stay_open(ana: Member, settings: pytest.FixtureRequest) -> None:
    client = sign_in(ana)
    settings.REQUIRE_SECOND_FACTOR = True
    assert client.get(FACTOR)["Location"] == f"/accounts/reauthenticate/?next={FACTOR.replace('/', '%2F')}"
    client.post("/accounts/reauthenticate/", {"password": PASSWORD, "next": FACTOR})
    assert client.get(FACTOR).status_code == 200
    assert client.post("/accounts/logout/").status_code == 302
    assert is_stranger(client)


def test_strangers_are_not_asked_for_a_factor(client: Client, db: None, settings: pytest.FixtureRequest) -> None:
    settings.REQUIRE_SECOND_FACTOR = True
    assert client.get("/join/").status_code == 200


def test_a_superuser_without_membership_stays_signed_in(db: None) -> None:
    root = UserFactory(email="root@wild.example", is_staff=True, is_superuser=True)
    client = Client()
    client.force_login(root)
    response = client.get("/me/")
    assert (response.status_code, response.context["request"].member) == (200, None)
