"""Invitations work once, for seven days; a login opens, closes and reopens."""

import threading
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from allauth.account.models import EmailAddress
from allauth.usersessions.models import UserSession
from django.core.signing import Signer
from django.db import connection

from accounts import links
from accounts.models import Invitation, Member, Office, User
from accounts.operations import (
    HasLeft,
    InvitationSpent,
    NotAuthorised,
    Refusal,
    SignsInAlready,
    accept_invitation,
    close_login,
    end_sessions,
    give_login,
    give_password,
    grant_staff,
    invite,
    make_superuser,
    mark_left,
    reopen_login,
    working_login,
)
from notifications.models import Delivery
from tests.accounts.mails import queued
from tests.factories import MemberFactory, UserFactory

PASSWORD = "a-long-enough-password"


@pytest.fixture
def carla(meridia: Office) -> Member:
    """A member of Meridia without a login."""
    return MemberFactory(office=meridia, given_name="Carla", email="carla@qm.example", user=None, language="es")


def token_of(invitation: Invitation) -> str:
    return links.invitation_url(invitation).rstrip("/").rsplit("/", 1)[1]


def test_an_invitation_makes_a_login_with_a_confirmed_address(ana: Member, carla: Member, now: datetime) -> None:
    invitation = invite(member=carla, by=ana.user, now=now)
    user = accept_invitation(token=token_of(invitation), password=PASSWORD, now=now + timedelta(days=6, hours=23))
    carla.refresh_from_db()
    assert (carla.user, user.email, user.is_active, user.check_password(PASSWORD)) == (
        user,
        "carla@qm.example",
        True,
        True,
    )
    addresses = EmailAddress.objects.filter(user=user).values_list("email", "verified", "primary")
    assert list(addresses) == [("carla@qm.example", True, True)]
    assert (user.is_staff, invitation.invited_by) == (False, ana.user)


def test_the_mail_is_a_secret_in_the_language_of_the_person_and_names_the_last_day(
    ana: Member, carla: Member, now: datetime
) -> None:
    invitation = invite(member=carla, by=ana.user, now=now)
    mail = Delivery.objects.get()
    body = bytes(mail.rendered).decode()
    assert (mail.kind, mail.purpose, mail.to_address, mail.language) == ("secret", "invitation", carla.email, "es")
    assert (mail.expires_at, mail.subject_key) == (now + timedelta(days=7), f"invitation:{carla.pk}")
    assert "/invitation/" in body.replace("=\n", "")
    assert invitation.expires_at == now + timedelta(days=7)


def test_a_newer_invitation_replaces_the_older_and_its_mail(ana: Member, carla: Member, now: datetime) -> None:
    first = invite(member=carla, by=ana.user, now=now)
    second = invite(member=carla, by=ana.user, now=now + timedelta(hours=1))
    assert list(Delivery.objects.order_by("created_at").values_list("state", flat=True)) == ["cancelled", "queued"]
    with pytest.raises(InvitationSpent, match="used, replaced by a newer one, or too old"):
        accept_invitation(token=token_of(first), password=PASSWORD, now=now + timedelta(hours=2))
    assert (
        accept_invitation(token=token_of(second), password=PASSWORD, now=now + timedelta(hours=2)).email == carla.email
    )


@pytest.mark.parametrize(
    "spoil",
    [
        lambda token, _: token[:-1] + ("A" if token[-1] != "A" else "B"),
        lambda token, _: token.split(".")[0],
        lambda token, _: "999999" + token[token.index(".") :],
        lambda token, _: Signer(salt=links.INVITATION, sep=".").sign("999999"),
        lambda token, _: Signer(salt=links.HAND_OVER, sep=".").sign(token.split(".")[0]),
        lambda _, __: "",
        lambda _, __: "\x00",
    ],
    ids=["altered", "unsigned", "another number", "never existed", "another purpose", "empty", "NUL"],
)
def test_an_altered_link_does_nothing(
    spoil: Callable[[str, None], str], ana: Member, carla: Member, now: datetime
) -> None:
    token = token_of(invite(member=carla, by=ana.user, now=now))
    with pytest.raises(InvitationSpent):
        accept_invitation(token=spoil(token, None), password=PASSWORD, now=now)
    assert (User.objects.filter(email=carla.email).count(), Invitation.objects.get().used_at) == (0, None)


def test_an_old_a_used_and_a_withdrawn_link_do_nothing(ana: Member, carla: Member, now: datetime) -> None:
    token = token_of(invite(member=carla, by=ana.user, now=now))
    with pytest.raises(InvitationSpent):
        accept_invitation(token=token, password=PASSWORD, now=now + timedelta(days=7))
    accept_invitation(token=token, password=PASSWORD, now=now + timedelta(days=6))
    with pytest.raises(InvitationSpent):
        accept_invitation(token=token, password="another-password-of-mine", now=now + timedelta(days=6))
    assert User.objects.get(email=carla.email).check_password(PASSWORD)


def test_the_link_of_somebody_who_left_does_nothing(ana: Member, carla: Member, now: datetime) -> None:
    token = token_of(invite(member=carla, by=ana.user, now=now))
    Member.objects.filter(pk=carla.pk).update(until_on=now.date())
    with pytest.raises(InvitationSpent):
        accept_invitation(token=token, password=PASSWORD, now=now)
    assert Invitation.objects.get().used_at is None
    with pytest.raises(HasLeft):
        invite(member=carla, by=ana.user, now=now)


def test_leaving_withdraws_the_invitation(ana: Member, carla: Member, now: datetime) -> None:
    invite(member=carla, by=ana.user, now=now)
    mark_left(member=carla, by=ana.user, now=now)
    assert (Invitation.objects.get().withdrawn_at, queued()) == (now, [])


@pytest.mark.django_db(transaction=True)
def test_of_eight_who_follow_a_link_at_once_one_succeeds(ana: Member, carla: Member, now: datetime) -> None:
    token = token_of(invite(member=carla, by=ana.user, now=now))
    start, results = threading.Barrier(8), []

    def follow(number: int) -> None:
        start.wait()
        try:
            results.append(accept_invitation(token=token, password=f"{PASSWORD}-{number}", now=now).email)
        except InvitationSpent:
            results.append("spent")
        finally:
            connection.close()

    threads = [threading.Thread(target=follow, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == ["carla@qm.example", *["spent"] * 7]
    assert User.objects.filter(email=carla.email).count() == EmailAddress.objects.filter(email=carla.email).count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_offices_that_invite_one_person_at_once_make_one_login(
    carla: Member, norland: Office, now: datetime
) -> None:
    other = MemberFactory(office=norland, email=carla.email, user=None)
    tokens = [token_of(invite(member=member, by=None, now=now)) for member in (carla, other)]
    start = threading.Barrier(2)

    def follow(token: str) -> None:
        start.wait()
        try:
            accept_invitation(token=token, password=PASSWORD, now=now)
        finally:
            connection.close()

    threads = [threading.Thread(target=follow, args=(token,)) for token in tokens]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert User.objects.filter(email=carla.email).count() == 1
    assert Member.objects.filter(email=carla.email, user__email=carla.email).count() == 2


def test_a_second_office_is_added_to_the_login_and_the_password_stays(
    ana: Member, norland: Office, now: datetime
) -> None:
    other = MemberFactory(office=norland, email=ana.email, user=None)
    before = ana.user.password
    user = accept_invitation(
        token=token_of(invite(member=other, by=None, now=now)), password="not-this-one-at-all", now=now
    )
    assert (user.pk, User.objects.get(pk=user.pk).password) == (ana.user_id, before)
    assert Member.objects.filter(user=ana.user).count() == 2


def test_a_confirmed_second_address_finds_the_login(ana: Member, norland: Office) -> None:
    EmailAddress.objects.create(user=ana.user, email="a.ejemplo@qn.example", verified=True)
    other = MemberFactory(office=norland, email="a.ejemplo@qn.example", user=None)
    assert give_login(member=other, password=PASSWORD) == ana.user
    assert EmailAddress.objects.get(user=ana.user, primary=True).email == ana.email
    assert (working_login(address="A.Ejemplo@qn.example"), working_login(address="nobody@qn.example")) == (
        ana.user,
        None,
    )


def test_one_login_does_not_stand_twice_in_one_office(ana: Member, now: datetime) -> None:
    EmailAddress.objects.create(user=ana.user, email="a.e@qm.example", verified=True)
    twin = MemberFactory(office=ana.office, email="a.e@qm.example", user=None)
    with pytest.raises(SignsInAlready, match="signs in already"):
        accept_invitation(token=token_of(invite(member=twin, by=None, now=now)), password=PASSWORD, now=now)
    assert Invitation.objects.get().used_at is None


def test_only_managers_invite_and_nobody_who_signs_in_already(
    ana: Member, bruno: Member, chloe: Member, carla: Member, now: datetime
) -> None:
    for by in (bruno.user, chloe.user):
        with pytest.raises(NotAuthorised):
            invite(member=carla, by=by, now=now)
    with pytest.raises(SignsInAlready):
        invite(member=bruno, by=ana.user, now=now)
    close_login(user=bruno.user, by=None)
    assert invite(member=bruno, by=ana.user, now=now).member == bruno


# --- closing and reopening --------------------------------------------------------------------------------------------
def test_the_secretariat_closes_and_reopens_a_login(bruno: Member, staff: Member) -> None:
    UserSession.objects.create(user=bruno.user, ip="127.0.0.1", session_key="one")
    assert close_login(user=bruno.user, by=staff.user) == 1
    assert not User.objects.get(pk=bruno.user_id).is_active
    assert reopen_login(user=bruno.user, by=staff.user).is_active
    assert User.objects.get(pk=bruno.user_id).is_active


def test_nobody_closes_the_own_login_and_staff_not_a_superusers(bruno: Member, staff: Member, staff2: Member) -> None:
    root = UserFactory(email="root@wild.example", is_staff=True, is_superuser=True)
    for user, by in ((staff.user, staff.user), (root, staff.user), (bruno.user, bruno.user), (staff.user, bruno.user)):
        for operation in (close_login, reopen_login):
            with pytest.raises(NotAuthorised):
                operation(user=user, by=by)
    assert close_login(user=staff2.user, by=staff.user) == 0
    assert close_login(user=staff.user, by=root) == 0


def test_sessions_are_ended_by_their_owner_and_the_secretariat(ana: Member, bruno: Member, staff: Member) -> None:
    for by in (bruno.user, staff.user):
        UserSession.objects.create(user=bruno.user, ip="127.0.0.1", session_key="one")
        assert end_sessions(user=bruno.user, by=by) == 1
    with pytest.raises(NotAuthorised):
        end_sessions(user=bruno.user, by=ana.user)


def test_only_a_superuser_says_who_belongs_to_the_secretariat(ana: Member, staff: Member) -> None:
    for by in (ana.user, staff.user):
        with pytest.raises(NotAuthorised):
            grant_staff(user=ana.user, is_staff=True, by=by)
    root = make_superuser(user=UserFactory(email="root@wild.example"))
    UserSession.objects.create(user=ana.user, ip="127.0.0.1", session_key="one")
    assert grant_staff(user=ana.user, is_staff=True, by=root).is_staff
    assert (User.objects.get(pk=ana.user_id).is_staff, UserSession.objects.count()) == (True, 0)
    assert grant_staff(user=ana.user, is_staff=False, by=None).is_staff is False


def test_every_refusal_is_a_sentence() -> None:
    messages = {str(refusal()) for refusal in Refusal.__subclasses__() if refusal.__module__.startswith("accounts")}
    assert len(messages) == 8
    assert all(message.endswith(".") for message in messages)
    with pytest.raises(NotImplementedError):
        str(Refusal())


def test_the_cast_of_a_demonstration_gets_one_password(ana: Member, bruno: Member, chloe: Member) -> None:
    assert give_password(users=[ana.user, bruno.user], password="one-for-all-of-them") == 2
    users = User.objects.in_bulk([ana.user_id, bruno.user_id, chloe.user_id])
    assert [users[member.user_id].check_password("one-for-all-of-them") for member in (ana, bruno, chloe)] == [
        True,
        True,
        False,
    ]


def test_a_login_is_found_whatever_its_case(ana: Member) -> None:
    assert User.objects.get_by_natural_key("ANA@qm.example") == ana.user
