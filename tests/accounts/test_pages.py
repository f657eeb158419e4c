"""Pages that change people: for focal points and the Secretariat, for oneself, and behind the links of mails."""

from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest
import time_machine
from django.test import Client

from accounts.links import hand_over_url, invitation_url
from accounts.models import Invitation, Member, Office, User
from accounts.operations import invite, mark_left
from notifications.models import Delivery
from tests.accounts.mails import queued
from tests.factories import MemberFactory
from tests.queries import assert_same_number_of_queries

ClientOf = Callable[[Member | None], Client]
PERSON = {"family_name": "Modelo", "given_name": "Carla", "email": "carla@qm.example", "language": "es"}


@pytest.fixture(autouse=True)
def stopped_clock(now: datetime) -> None:
    """Pages read the clock; here it stands."""
    with time_machine.travel(now, tick=False):
        yield


def path_of(url: str) -> str:
    return url.removeprefix("http://localhost:8000")


def errors_of(response: object) -> list[str]:
    return sorted(response.context["form"].errors)


def said(response: object) -> list[str]:
    return [str(message) for message in response.context["messages"]]


# --- people of an office ----------------------------------------------------------------------------------------------
def test_a_focal_point_adds_a_person(ana: Member, client_of: ClientOf) -> None:
    client = client_of(ana)
    assert client.get("/offices/QM/people/add/").status_code == 200
    response = client.post("/offices/QM/people/add/", PERSON | {"role": "alternate", "is_invited": "on"}, follow=True)
    assert said(response) == ["Carla Modelo is a member of the office now."]
    assert Member.objects.get(email="carla@qm.example").role == "alternate"
    assert [row[:3] for row in queued()] == [("secret", "invitation", "carla@qm.example")]


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"family_name": ""}, ["family_name"]),
        ({"family_name": "x" * 101}, ["family_name"]),
        ({"family_name": "a\x00b"}, ["family_name"]),
        ({"given_name": "a\r\nBcc: x@y.example"}, ["given_name"]),
        ({"given_name": "gpj\u202eexe"}, ["given_name"]),
        ({"email": "no address"}, ["email"]),
        ({"email": "a@qm.example, b@qm.example"}, ["email"]),
        ({"email": "Ana@qm.example"}, ["email"]),
        ({"role": "guest"}, ["role"]),
        ({"role": "superuser"}, ["role"]),
        ({"language": "de"}, ["language"]),
    ],
)
def test_what_is_wrong_is_said_at_the_field_and_nothing_is_stored(
    changes: dict, fields: list[str], ana: Member, client_of: ClientOf
) -> None:
    response = client_of(ana).post("/offices/QM/people/add/", PERSON | {"role": "contributor"} | changes)
    assert (response.status_code, errors_of(response), Member.objects.count(), queued()) == (200, fields, 1, [])
    assert "Carla" in response.content.decode() or "given_name" in fields


def test_a_form_changes_only_its_own_fields(ana: Member, bruno: Member, client_of: ClientOf) -> None:
    extra = {
        "user": ana.user_id,
        "office": "QN",
        "until_on": "2026-01-01",
        "role": "focal_point",
        "is_staff": "on",
        "id": 1,
    }
    client_of(ana).post(f"/offices/QM/people/{bruno.pk}/", PERSON | {"email": bruno.email} | extra)
    bruno.refresh_from_db()
    assert (bruno.name, bruno.user_id, bruno.office_id, bruno.until_on, bruno.role, bruno.user.is_staff) == (
        "Carla Modelo",
        bruno.user_id,
        "QM",
        None,
        "contributor",
        False,
    )


def test_the_page_of_a_member_shows_all_that_can_happen(ana: Member, bruno: Member, client_of: ClientOf) -> None:
    client = client_of(ana)
    page = client.get(f"/offices/QM/people/{ana.pk}/").content.decode()
    assert ("Hand the duty over" in page, "Signs in as ana@qm.example" in page, "is_confirmed" in page) == (
        True,
        True,
        False,
    )
    silent = MemberFactory(office=ana.office, user=None)
    assert "No login yet." in client.get(f"/offices/QM/people/{silent.pk}/").content.decode()
    client.post(f"/offices/QM/people/{silent.pk}/invite/")
    page = " ".join(client.get(f"/offices/QM/people/{silent.pk}/").content.decode().split())
    assert "Invite again" in page
    assert "20 November 2026, 10:00 Geneva time" in page


def test_a_refused_correction_keeps_what_was_typed(ana: Member, bruno: Member, client_of: ClientOf) -> None:
    response = client_of(ana).post(
        f"/offices/QM/people/{bruno.pk}/", PERSON | {"email": ana.email, "job_title": "Typed"}
    )
    page = response.content.decode()
    assert ("Somebody of this office has this e-mail address already." in page, 'value="Typed"' in page) == (True, True)
    assert Member.objects.get(pk=bruno.pk).given_name == "Bruno"


def test_a_correction_is_saved(ana: Member, bruno: Member, client_of: ClientOf) -> None:
    response = client_of(ana).post(f"/offices/QM/people/{bruno.pk}/", PERSON, follow=True)
    assert said(response) == ["Saved."]
    assert Member.objects.get(pk=bruno.pk).email == "carla@qm.example"


def test_role_leaving_hand_over_and_invitation_have_a_button_each(
    ana: Member, bruno: Member, client_of: ClientOf
) -> None:
    client, silent = client_of(ana), MemberFactory(office=ana.office, user=None)
    base = "/offices/QM/people"
    assert said(client.post(f"{base}/{bruno.pk}/role/", {"role": "alternate"}, follow=True)) == ["The role is changed."]
    assert said(client.post(f"{base}/{silent.pk}/invite/", follow=True)) == ["The invitation is on its way."]
    assert said(client.post(f"{base}/{silent.pk}/left/", follow=True)) == ["The membership has ended."]
    done = client.post(f"{base}/{ana.pk}/hand-over/", {"to": bruno.pk}, follow=True)
    assert said(done) == ["The duty is handed over."]
    assert dict(Member.objects.values_list("pk", "role")) == {
        ana.pk: "contributor",
        bruno.pk: "focal_point",
        silent.pk: "contributor",
    }


def test_what_an_operation_refuses_is_said(ana: Member, bruno: Member, chloe: Member, client_of: ClientOf) -> None:
    client, base = client_of(ana), "/offices/QM/people"
    refused = {
        f"{base}/{ana.pk}/left/": {},
        f"{base}/{ana.pk}/role/": {"role": "contributor", "is_confirmed": "on"},
        f"{base}/{bruno.pk}/invite/": {},
        f"{base}/{bruno.pk}/role/": {"role": "guest"},
        f"{base}/{ana.pk}/hand-over/": {"to": chloe.pk},
    }
    assert [len(said(client.post(url, data, follow=True))) for url, data in refused.items()] == [1] * 5
    assert list(Member.objects.order_by("pk").values_list("role", "until_on")) == [
        ("focal_point", None),
        ("contributor", None),
        ("focal_point", None),
    ]


def test_the_secretariat_may_confirm_that_nobody_speaks_for_an_office(
    ana: Member, staff: Member, client_of: ClientOf
) -> None:
    client = client_of(staff)
    assert "is_confirmed" in client.get(f"/offices/QM/people/{ana.pk}/").content.decode()
    client.post(f"/offices/QM/people/{ana.pk}/left/", {})
    assert Member.objects.get(pk=ana.pk).until_on is None
    client.post(f"/offices/QM/people/{ana.pk}/left/", {"is_confirmed": "on"})
    assert Member.objects.get(pk=ana.pk).until_on == date(2026, 11, 20)


def test_the_page_of_somebody_who_left_offers_nothing(
    ana: Member, bruno: Member, client_of: ClientOf, now: datetime
) -> None:
    mark_left(member=bruno, by=None, now=now)
    page = " ".join(client_of(ana).get(f"/offices/QM/people/{bruno.pk}/").content.decode().split("<main")[1].split())
    assert "Left on" in page
    assert "<form" not in page.split("</main")[0]


@pytest.mark.parametrize("who", ["bruno", "chloe"])
def test_other_members_may_not_change_people(
    who: str, ana: Member, bruno: Member, chloe: Member, client_of: ClientOf, request: pytest.FixtureRequest
) -> None:
    client, base = client_of(request.getfixturevalue(who)), "/offices/QM/people"
    answers = [client.get(f"{base}/add/"), client.post(f"{base}/add/", PERSON), client.get(f"{base}/{ana.pk}/")]
    answers += [client.post(f"{base}/{ana.pk}/{act}", {}) for act in ("", "role/", "hand-over/", "left/", "invite/")]
    assert {answer.status_code for answer in answers} == {403}
    assert Member.objects.count() == 3


def test_a_member_of_another_office_is_not_found_under_this_one(
    ana: Member, chloe: Member, staff: Member, client_of: ClientOf
) -> None:
    for client in (client_of(ana), client_of(staff)):
        assert client.get(f"/offices/QM/people/{chloe.pk}/").status_code == 404
        assert client.post(f"/offices/QM/people/{chloe.pk}/left/").status_code == 404


@pytest.mark.parametrize("number", ["0", "-1", "1e3", "１", "9" * 40, "9" * 5000, "x", "%00"])
def test_a_strange_number_is_no_member(number: str, ana: Member, client_of: ClientOf) -> None:
    assert client_of(ana).get(f"/offices/QM/people/{number}/").status_code == 404


def test_buttons_do_nothing_when_they_are_only_opened(ana: Member, bruno: Member, client_of: ClientOf) -> None:
    acts = ("role", "hand-over", "left", "invite")
    assert {client_of(ana).get(f"/offices/QM/people/{bruno.pk}/{act}/").status_code for act in acts} == {405}


def test_the_page_of_a_member_needs_the_same_queries_for_any_number_of_colleagues(
    ana: Member, client_of: ClientOf
) -> None:
    def add(count: int) -> None:
        for _ in range(count):
            MemberFactory(office=ana.office, user=None)

    assert_same_number_of_queries(client_of(ana), f"/offices/QM/people/{ana.pk}/", add)


# --- oneself ----------------------------------------------------------------------------------------------------------
def test_a_profile_is_saved_and_the_page_speaks_the_new_language(ana: Member, client_of: ClientOf) -> None:
    client = client_of(ana)
    client.post("/language/", {"language": "ru", "next": "/me/"})
    data = {"family_name": "Ejemplo", "given_name": "Ana María", "honorific": "Ms.", "job_title": "CIO"}
    data |= {"email": ana.email, "language": "fr", "time_zone": "Asia/Tokyo", "theme": "dark"}
    response = client.post("/me/", data)
    assert (response.status_code, response["Location"]) == (302, "/me/")
    page = client.get("/me/")
    assert page["Content-Language"] == "fr"
    assert 'data-bs-theme="dark"' in page.content.decode()
    ana.refresh_from_db()
    assert (ana.name, ana.honorific, ana.job_title, ana.zone, ana.language) == (
        "Ana María Ejemplo",
        "Ms.",
        "CIO",
        "Asia/Tokyo",
        "fr",
    )


def test_a_profile_refuses_at_the_field(ana: Member, client_of: ClientOf) -> None:
    data = {
        "family_name": "",
        "email": "other@qm.example",
        "language": "xx",
        "time_zone": "Mars/Phobos",
        "theme": "pink",
    }
    response = client_of(ana).post("/me/", data)
    assert errors_of(response) == ["email", "family_name", "language", "theme", "time_zone"]


def test_a_profile_says_when_the_address_was_taken_in_the_meantime(
    ana: Member, bruno: Member, client_of: ClientOf
) -> None:
    ana.user.emailaddress_set.create(email="bruno.2@qm.example", verified=True)
    Member.objects.filter(pk=bruno.pk).update(email="bruno.2@qm.example")
    data = {"family_name": "E", "email": "bruno.2@qm.example", "language": "en"}
    response = client_of(ana).post("/me/", data)
    assert response.context["form"].non_field_errors() == ["Somebody of this office has this e-mail address already."]


def test_the_profile_leads_to_the_pages_of_the_login(ana: Member, norland: Office, client_of: ClientOf) -> None:
    MemberFactory(office=norland, user=ana.user, email=ana.email)
    client = client_of(ana)
    page = client.get("/me/").content.decode()
    for url in ("/accounts/email/", "/accounts/password/change/", "/accounts/2fa/", "/accounts/sessions/", "/privacy/"):
        assert f'href="{url}"' in page
    assert page.count('action="/me/office/"') == 1
    assert '<optgroup label="Asia">' in page
    assert '<option value="Asia/Tokyo">Tokyo</option>' in page
    mail = page.split('href="http://localhost:8000/mail/')[1].split('"')[0]
    assert client.get(f"/mail/{mail}").status_code == 200


def test_a_guest_has_a_profile_and_a_superuser_without_membership_the_ways_to_the_login(
    gustav: Member, client_of: ClientOf
) -> None:
    page = client_of(gustav).get("/me/").content.decode()
    assert ("Guest" in page, 'name="time_zone"' in page) == (True, True)
    root = User.objects.create_superuser("root@wild.example", "a-very-long-password")
    client = Client()
    client.force_login(root)
    page = client.get("/me/").content.decode()
    assert ("This login stands for no office" in page, "/accounts/password/change/" in page) == (True, True)
    assert client.post("/me/", {"family_name": "X"}).status_code == 200


def test_the_profile_needs_the_same_queries_for_any_number_of_addresses(ana: Member, client_of: ClientOf) -> None:
    def add(count: int) -> None:
        there = ana.user.emailaddress_set.count()
        for number in range(there, there + count):
            ana.user.emailaddress_set.create(email=f"a{number}@qm.example", verified=True)

    assert_same_number_of_queries(client_of(ana), "/me/", add)


# --- the link of an invitation ----------------------------------------------------------------------------------------
@pytest.fixture
def invitation(ana: Member, now: datetime) -> Invitation:
    member = MemberFactory(office=ana.office, given_name="Carla", email="carla@qm.example", user=None)
    return invite(member=member, by=ana.user, now=now)


def test_an_invited_person_sets_a_password_and_signs_in(invitation: Invitation, client: Client) -> None:
    url = path_of(invitation_url(invitation))
    page = client.get(url)
    assert (page.status_code, "carla@qm.example" in page.content.decode()) == (200, True)
    assert Invitation.objects.get().used_at is None
    data = {"password1": "a-password-of-carla", "password2": "a-password-of-carla"}
    response = client.post(url, data, follow=True)
    assert said(response) == ["Your access is set up. Sign in with carla@qm.example."]
    assert response.redirect_chain == [("/accounts/login/", 302)]
    assert client.get("/me/").status_code == 302
    client.post("/accounts/login/", {"login": "carla@qm.example", "password": "a-password-of-carla"})
    assert client.get("/me/").status_code == 200


@pytest.mark.parametrize(
    ("first", "second", "fields"),
    [
        ("short", "short", ["password1"]),
        ("password1234", "password1234", ["password1"]),
        ("carla@qm.example", "carla@qm.example", ["password1"]),
        ("a-password-of-carla", "another-password", ["password2"]),
        ("", "", ["password1", "password2"]),
        ("x" * 129, "x" * 129, ["password1", "password2"]),
    ],
)
def test_a_weak_password_is_refused_and_the_invitation_stays(
    first: str, second: str, fields: list[str], invitation: Invitation, client: Client
) -> None:
    response = client.post(path_of(invitation_url(invitation)), {"password1": first, "password2": second})
    assert (errors_of(response), User.objects.filter(email="carla@qm.example").count()) == (fields, 0)
    assert Invitation.objects.usable_at(invitation.invited_at).count() == 1


def test_dead_links_all_say_the_same(invitation: Invitation, client: Client, now: datetime) -> None:
    url = path_of(invitation_url(invitation))
    pages = [client.get(url[:-2] + "x/"), client.get("/invitation/nonsense/"), client.get("/invitation/%00/")]
    with time_machine.travel(now + timedelta(days=7), tick=False):
        pages += [client.get(url), client.post(url, {})]
    assert {page.status_code for page in pages} == {404}
    assert all("This invitation does not work any more" in page.content.decode() for page in pages)


def test_whoever_has_a_login_only_confirms(ana: Member, norland: Office, client: Client, now: datetime) -> None:
    other = MemberFactory(office=norland, email=ana.email, user=None)
    url = path_of(invitation_url(invite(member=other, by=None, now=now)))
    page = client.get(url).content.decode()
    assert ("You have a working access already" in page, "password1" in page) == (True, False)
    assert client.post(url, {})["Location"] == "/accounts/login/"
    assert Member.objects.get(pk=other.pk).user == ana.user


def test_an_invitation_that_cannot_be_used_says_why(ana: Member, client: Client, now: datetime) -> None:
    ana.user.emailaddress_set.create(email="a.e@qm.example", verified=True)
    twin = MemberFactory(office=ana.office, email="a.e@qm.example", user=None)
    url = path_of(invitation_url(invite(member=twin, by=None, now=now)))
    assert said(client.post(url, {}, follow=True)) == ["This person signs in already and needs no invitation."]


# --- the link of official mail ----------------------------------------------------------------------------------------
def test_opening_the_link_changes_nothing_and_a_stranger_can_say_that_it_is_wrong(
    ana: Member, bruno: Member, client: Client
) -> None:
    url = path_of(hand_over_url(ana))
    page = client.get(url).content.decode()
    assert ("The portal writes to Ana Ejemplo as focal point of Meridia" in page, "Bruno" in page) == (True, False)
    assert (queued(), client.get("/me/").status_code) == ([], 302)
    response = client.post(url, {"remark": "Ask Bruno"})
    assert "The Secretariat is told" in response.content.decode()
    assert [row[2] for row in queued()] == ["secretariat@wild.example"]
    assert Member.objects.get(pk=ana.pk).role == "focal_point"


def test_a_remark_that_is_too_long_is_refused_at_the_field(ana: Member, client: Client) -> None:
    response = client.post(path_of(hand_over_url(ana)), {"remark": "x" * 1001})
    assert (errors_of(response), queued()) == (["remark"], [])


def test_the_fourth_report_of_an_hour_is_refused_with_what_was_typed(ana: Member, client: Client) -> None:
    url = path_of(hand_over_url(ana))
    answers = [client.post(url, {"remark": "kept words"}) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert "kept words" in answers[-1].content.decode()
    assert len(queued()) == 1


def test_the_holder_hands_the_duty_to_a_colleague(ana: Member, bruno: Member, client_of: ClientOf) -> None:
    client, url = client_of(ana), path_of(hand_over_url(ana))
    page = client.get(url).content.decode()
    assert f'<option value="{bruno.pk}">Bruno Mithal</option>' in page
    response = client.post(url, {"action": "colleague", "to": bruno.pk}, follow=True)
    assert said(response) == ["Bruno Mithal speaks for the office now."]
    assert Member.objects.get(pk=bruno.pk).role == "focal_point"
    assert "This duty has ended" in client.get(url).content.decode()


def test_the_holder_names_somebody_new(ana: Member, client_of: ClientOf) -> None:
    client, url = client_of(ana), path_of(hand_over_url(ana))
    assert "Nobody else of your office is in the portal yet." in client.get(url).content.decode()
    wrong = client.post(
        url, {"action": "newcomer", "new-email": ana.email, "new-family_name": "E", "new-language": "en"}
    )
    assert "Somebody of this office has this e-mail address already." in wrong.content.decode()
    assert errors_of(client.post(url, {"action": "newcomer", "new-email": "x"})) == ["email", "family_name", "language"]
    data = {f"new-{name}": value for name, value in PERSON.items()}
    client.post(url, {"action": "newcomer", "new-leaves": "on"} | data)
    assert list(Member.objects.order_by("pk").values_list("role", "until_on")) == [
        ("focal_point", date(2026, 11, 20)),
        ("focal_point", None),
    ]
    assert [row[:2] for row in queued()] == [("secret", "invitation"), ("official", "account")]


def test_a_colleague_must_be_chosen(ana: Member, bruno: Member, client_of: ClientOf) -> None:
    assert errors_of(client_of(ana).post(path_of(hand_over_url(ana)), {"action": "colleague"})) == ["to"]


def test_a_manager_may_use_the_link_and_another_member_only_report(
    ana: Member, bruno: Member, chloe: Member, staff: Member, client_of: ClientOf
) -> None:
    url = path_of(hand_over_url(ana))
    assert "This person has left the office" in client_of(staff).get(url).content.decode()
    for member in (bruno, chloe):
        page = client_of(member).get(url).content.decode()
        assert ("Is this mail for somebody else?" in page, "Sign in and hand over" in page) == (True, False)
    client_of(chloe).post(url, {"action": "colleague", "to": bruno.pk})
    assert Member.objects.get(pk=ana.pk).role == "focal_point"


@pytest.mark.parametrize("token", ["nonsense", "1.x", "%00", "x" * 2000])
def test_an_altered_link_is_not_found(token: str, ana: Member, client: Client) -> None:
    assert client.get(f"/hand-over/{token}/").status_code == 404
    assert client.post(f"/hand-over/{token}/").status_code == 404


def test_the_link_serves_no_other_purpose(ana: Member, invitation: Invitation, client: Client) -> None:
    token = path_of(invitation_url(invitation)).split("/")[2]
    assert client.get(f"/hand-over/{token}/").status_code == 404
    assert Delivery.objects.filter(purpose="account").count() == 0
