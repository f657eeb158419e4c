"""Every predicate for every actor."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import AnonymousUser

from accounts import permissions
from accounts.backends import SecretariatBackend
from accounts.models import Member, Office, User
from tests.factories import MemberFactory, UserFactory

ACTORS = ("an", "ana", "alternate", "bruno", "chloe", "gustav", "staff", "root")


@pytest.fixture
def users(ana: Member, bruno: Member, chloe: Member, gustav: Member, staff: Member) -> dict[str, User | AnonymousUser]:
    alternate = MemberFactory(office=ana.office, role="alternate")
    members = {"ana": ana, "alternate": alternate, "bruno": bruno, "chloe": chloe, "gustav": gustav, "staff": staff}
    root = UserFactory(email="root@wild.example", is_staff=True, is_superuser=True)
    return {name: member.user for name, member in members.items()} | {"an": AnonymousUser(), "root": root}


@pytest.mark.parametrize(
    ("may", "who"),
    [
        (lambda u, _: permissions.can_see_directory(u), "ana alternate bruno chloe staff root"),
        (lambda u, m: permissions.can_manage_office(u, m.office), "ana staff root"),
        (lambda u, _: permissions.can_manage_office(u, None), "staff root"),
        (permissions.can_update_profile, "bruno"),
        (permissions.can_hand_over, "ana bruno staff root"),
        (lambda u, _: permissions.can_leave_office_silent(u), "staff root"),
        (lambda u, m: permissions.can_close_login(u, m.user), "staff root"),
        (lambda u, m: permissions.can_end_sessions(u, m.user), "bruno staff root"),
        (lambda u, _: permissions.can_grant_staff(u), "root"),
    ],
)
def test_who_may(
    may: Callable[[User | AnonymousUser, Member], bool], who: str, users: dict[str, User], bruno: Member
) -> None:
    assert {name for name in ACTORS if may(users[name], bruno)} == set(who.split())


def test_a_former_focal_point_manages_nothing(ana: Member) -> None:
    Member.objects.filter(pk=ana.pk).update(until_on="2026-01-01")
    assert not permissions.can_manage_office(ana.user, ana.office)


@pytest.mark.parametrize(
    ("queryset", "who"),
    [
        (Office.objects.visible_to, "ana alternate bruno chloe staff root"),
        (lambda u: Office.objects.managed_by(u).filter(pk="QM"), "ana staff root"),
        (lambda u: Member.objects.visible_to(u).filter(given_name="Bruno"), "ana alternate bruno chloe staff root"),
    ],
)
def test_who_sees(queryset: Callable[[User | AnonymousUser], object], who: str, users: dict[str, User]) -> None:
    assert {name for name in ACTORS if queryset(users[name]).exists()} == set(who.split())


def test_the_secretariat_has_the_apps_of_the_portal_and_not_the_audit_log(staff: Member, ana: Member) -> None:
    user = User.objects.get(pk=staff.user_id)
    assert user.has_perm("accounts.change_office")
    assert user.has_module_perms("meetings")
    assert not any(
        user.has_perm(name) for name in ("pghistory.view_events", "auth.change_group", "mfa.view_authenticator")
    )
    assert not ana.user.has_perm("accounts.view_office")
    backend = SecretariatBackend()
    staff.user.is_active = False
    assert not backend.has_perm(staff.user, "accounts.change_office")
    assert not backend.has_perm(AnonymousUser(), "accounts.change_office")


def test_invented_offices_are_open_to_join_only_on_a_demonstration_site(
    meridia: Office, secretariat: Office, settings: object
) -> None:
    real = Office.objects.create(code="CH", kind="state", names={"en": "Switzerland"})
    assert set(Office.objects.open_to_join()) == {meridia, real}
    settings.DEMO = False
    assert set(Office.objects.open_to_join()) == {real}
