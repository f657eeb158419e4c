"""The one way in: allauth behind our adapter, mail through the outbox, no sign-up."""

import re
from collections.abc import Callable
from email import message_from_bytes, policy

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.core.exceptions import ValidationError
from django.test import Client

from accounts.models import Member, User
from accounts.passwords import StaffPasswordValidator
from notifications.models import Delivery
from tests.accounts.mails import queued
from tests.factories import PASSWORD, UserFactory

ClientOf = Callable[[Member | None], Client]


def text_of(mail: Delivery) -> str:
    """What a secret says: its bytes, which no page ever shows."""
    body = message_from_bytes(bytes(mail.rendered), policy=policy.default).get_body(("plain",))
    return body.get_content().replace("\r\n", "\n") if body else ""


def code_of(mail: Delivery) -> str:
    return re.search(r"^\d{3}-\d{3}-\d{3}$", text_of(mail), re.M).group()


def is_signed_in(client: Client) -> bool:
    return client.get("/me/").status_code == 200


def sign_in(client: Client, email: str, password: str = PASSWORD) -> str:
    response = client.post("/accounts/login/", {"login": email, "password": password})
    return response.get("Location", "")


# --- ways in ----------------------------------------------------------------------------------------------------------
def test_sign_up_is_closed(client: Client, db: None) -> None:
    before = User.objects.count()
    page = client.get("/accounts/signup/").content.decode()
    data = {"email": "new@qm.example", "password1": "a-long-password-1", "password2": "a-long-password-1"}
    response = client.post("/accounts/signup/", data)
    assert 'name="password1"' not in page
    assert (response.status_code, User.objects.count(), queued()) == (200, before, [])


def test_a_member_signs_in_with_the_password_whatever_the_case_of_the_address(ana: Member, client: Client) -> None:
    assert sign_in(client, "Ana@QM.example") == "/"
    assert is_signed_in(client)
    assert client.get("/", follow=True).content.count(b"w-said-now") == 0


def test_signing_in_changes_the_key_of_the_session(ana: Member, client: Client) -> None:
    client.get("/accounts/login/")
    session = client.session
    session["before"] = 1
    session.save()
    client.cookies["session"] = session.session_key
    sign_in(client, ana.email)
    assert client.session.session_key != session.session_key


def test_a_member_signs_in_with_a_code_from_a_secret_mail(ana: Member, client: Client) -> None:
    Member.objects.filter(pk=ana.pk).update(language="fr")
    response = client.post("/accounts/login/code/", {"email": ana.email, "next": "/offices/"})
    assert queued() == [("secret", "account", ana.email, "fr")]
    mail = Delivery.objects.get()
    assert mail.expires_at.timestamp() - mail.created_at.timestamp() == 600
    assert "Ana Ejemplo" in text_of(mail)
    response = client.post(response["Location"], {"code": code_of(mail)})
    assert (response["Location"], is_signed_in(client)) == ("/offices/", True)


def test_a_wrong_code_does_not_let_in(ana: Member, client: Client) -> None:
    response = client.post("/accounts/login/code/", {"email": ana.email})
    code = code_of(Delivery.objects.get())
    wrong = f"{(int(code[0]) + 1) % 10}{code[1:]}"
    response = client.post(response["Location"], {"code": wrong})
    assert (response.status_code, is_signed_in(client)) == (200, False)


def test_an_unknown_address_gets_the_same_answer_and_a_mail_that_leads_to_the_page_to_join(ana: Member) -> None:
    answers = []
    for address in (ana.email, "nobody@qm.example"):
        client = Client()
        first = client.post("/accounts/login/code/", {"email": address})
        page = client.get(first["Location"]).content.decode().replace(address, "ADDRESS")
        answers.append((first.status_code, first["Location"], re.sub(r'value="\w{64}"', "", page)))
    assert answers[0] == answers[1]
    mail = Delivery.objects.get(to_address="nobody@qm.example")
    assert (mail.kind, mail.purpose) == ("secret", "account")
    assert "http://localhost:8000/join/" in text_of(mail)


def test_a_password_is_reset_with_a_code_and_the_owner_is_told(ana: Member, client: Client) -> None:
    response = client.post("/accounts/password/reset/", {"email": ana.email}, follow=True)
    code = code_of(Delivery.objects.get())
    response = client.post(response.request["PATH_INFO"], {"code": code}, follow=True)
    new = {"password1": "quite-another-password", "password2": "quite-another-password"}
    client.post(response.request["PATH_INFO"], new)
    assert not is_signed_in(client)
    assert sign_in(Client(), ana.email, "quite-another-password") == "/"
    notice = Delivery.objects.get(kind="official")
    assert (notice.purpose, notice.to_address) == ("account", ana.email)
    assert "List-Unsubscribe" not in notice.headers
    assert "Your password has been reset" in notice.text
    assert "127.0.0.1" in notice.html


def test_a_sixth_wrong_password_is_not_even_looked_at(ana: Member) -> None:
    for _ in range(5):
        sign_in(Client(), ana.email, "wrong")
    page = Client().post("/accounts/login/", {"login": ana.email, "password": PASSWORD}).content.decode()
    assert "Too many failed login attempts" in page


def test_the_door_of_the_admin_is_the_same_door(client: Client, staff: Member) -> None:
    response = client.get("/admin/", follow=True)
    assert response.redirect_chain[-1][0].endswith("/accounts/login/?next=%2Fadmin%2F")
    assert sign_in(client, staff.email) == "/"
    assert client.get("/admin/").status_code == 200


def test_a_member_has_no_admin(client_of: ClientOf, ana: Member) -> None:
    assert client_of(ana).get("/admin/", follow=True).status_code == 403


def test_a_second_factor_is_asked_for_whatever_the_first(ana: Member) -> None:
    Authenticator.objects.create(user=ana.user, type="totp", data={"secret": "JBSWY3DPEHPK3PXP"})
    client = Client()
    assert sign_in(client, ana.email) == "/accounts/2fa/authenticate/"
    assert not is_signed_in(client)
    client = Client()
    response = client.post("/accounts/login/code/", {"email": ana.email})
    code = code_of(Delivery.objects.get())
    assert client.post(response["Location"], {"code": code})["Location"] == "/accounts/2fa/authenticate/"
    assert not is_signed_in(client)


# --- who comes in -----------------------------------------------------------------------------------------------------
def test_a_login_that_stands_for_nobody_is_refused(db: None, client: Client) -> None:
    user = UserFactory(email="nobody@qm.example")
    assert sign_in(client, user.email) == "/accounts/inactive/"
    assert (is_signed_in(client), User.objects.get(pk=user.pk).is_active) == (False, True)


def test_a_closed_login_is_refused(ana: Member, client: Client) -> None:
    User.objects.filter(pk=ana.user_id).update(is_active=False)
    assert sign_in(client, ana.email) == "/accounts/inactive/"
    assert not is_signed_in(client)


def test_a_superuser_without_membership_comes_in(db: None, client: Client) -> None:
    root = UserFactory(email="root@wild.example", is_staff=True, is_superuser=True)
    assert sign_in(client, root.email) == "/"
    assert is_signed_in(client)


def test_an_address_that_was_never_confirmed_is_confirmed_first(ana: Member, client: Client) -> None:
    EmailAddress.objects.filter(user=ana.user).update(verified=False)
    assert sign_in(client, ana.email) == "/accounts/confirm-email/"
    assert [row[0] for row in queued()] == ["secret"]


def test_the_secretariat_needs_fifteen_characters(staff: Member, ana: Member) -> None:
    validator = StaffPasswordValidator()
    with pytest.raises(ValidationError, match="at least 15 characters"):
        validator.validate("14-characters!", staff.user)
    assert [
        validator.validate("15-characters!!", staff.user),
        validator.validate("14-characters!", ana.user),
        validator.validate("short"),
    ] == [None, None, None]
