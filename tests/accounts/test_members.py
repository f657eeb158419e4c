"""Coming, changing roles, leaving: history stays, an office keeps a contact."""

from datetime import date, datetime, timedelta

import pytest
from allauth.usersessions.models import UserSession
from django.test import Client

from accounts.models import Invitation, Member, Office, User
from accounts.operations import (
    AddressNotConfirmed,
    AlreadyMember,
    HasLeft,
    LastContact,
    NotAuthorised,
    Person,
    Profile,
    add_member,
    change_role,
    give_login,
    mark_left,
    update_member,
    update_profile,
)
from notifications.models import Delivery
from notifications.outbox import queue
from tests.accounts.mails import notice, queued
from tests.factories import MemberFactory

CARLA = Person(family_name="Modelo", given_name="Carla", email=" Carla@QM.example ", job_title="Analyst", language="es")


def profile_of(member: Member, **changes: str) -> Profile:
    names = ("family_name", "given_name", "honorific", "job_title", "email", "language", "time_zone", "theme")
    return Profile(**({name: getattr(member, name) for name in names} | changes))


# --- coming -----------------------------------------------------------------------------------------------------------
def test_a_focal_point_adds_a_member_from_today_with_an_invitation(ana: Member, now: datetime) -> None:
    member = add_member(
        office=ana.office, person=CARLA, role=Member.Role.CONTRIBUTOR, is_invited=True, by=ana.user, now=now
    )
    assert (member.email, member.since_on, member.user) == ("carla@qm.example", date(2026, 11, 20), None)
    assert queued() == [("secret", "invitation", "carla@qm.example", "es")]


def test_a_member_can_be_added_without_a_login(ana: Member, now: datetime) -> None:
    add_member(office=ana.office, person=CARLA, role=Member.Role.ALTERNATE, is_invited=False, by=ana.user, now=now)
    assert (Invitation.objects.count(), Delivery.objects.count()) == (0, 0)


def test_the_day_of_joining_is_genevas(ana: Member) -> None:
    midnight_in_geneva = datetime.fromisoformat("2026-11-20T23:30:00+00:00")
    member = add_member(
        office=ana.office, person=CARLA, role="contributor", is_invited=False, by=None, now=midnight_in_geneva
    )
    assert member.since_on == date(2026, 11, 21)


@pytest.mark.parametrize("who", ["bruno", "chloe", "gustav"])
def test_nobody_else_adds_members(who: str, meridia: Office, now: datetime, request: pytest.FixtureRequest) -> None:
    stranger = request.getfixturevalue(who)
    before = Member.objects.count()
    with pytest.raises(NotAuthorised, match="Only a focal point"):
        add_member(office=meridia, person=CARLA, role="contributor", is_invited=True, by=stranger.user, now=now)
    assert (Member.objects.count(), queued()) == (before, [])


def test_an_address_is_once_in_an_office_but_may_be_in_two(
    ana: Member, norland: Office, staff: Member, now: datetime
) -> None:
    again = Person(family_name="Ejemplo", email="ANA@qm.example")
    with pytest.raises(AlreadyMember, match="has this e-mail address already"):
        add_member(office=ana.office, person=again, role="contributor", is_invited=False, by=ana.user, now=now)
    add_member(office=norland, person=again, role="contributor", is_invited=False, by=staff.user, now=now)
    assert Member.objects.filter(email="ana@qm.example").count() == 2


def test_only_the_secretariat_adds_guests(ana: Member, staff: Member, now: datetime) -> None:
    guest = Person(family_name="Beispiel", email="guest@industry.example")
    with pytest.raises(NotAuthorised):
        add_member(office=None, person=guest, role="guest", is_invited=False, by=ana.user, now=now)
    assert add_member(office=None, person=guest, role="guest", is_invited=True, by=staff.user, now=now).office is None


# --- changing ---------------------------------------------------------------------------------------------------------
def test_a_new_address_ends_what_waits_for_the_old_one(ana: Member, bruno: Member, now: datetime) -> None:
    queue(notice("reminder:1", bruno.email, now), now=now)
    queue(notice("reminder:2", ana.email, now), now=now)
    person = Person(family_name="Mithal", given_name="Bruno", email="b.mithal@qm.example")
    update_member(member=bruno, person=person, by=ana.user, now=now)
    assert dict(Delivery.objects.values_list("key", "state")) == {"reminder:1": "cancelled", "reminder:2": "queued"}
    assert Member.objects.get(pk=bruno.pk).email == "b.mithal@qm.example"


def test_a_new_address_makes_the_invitation_to_the_old_one_useless(ana: Member, now: datetime) -> None:
    member = add_member(office=ana.office, person=CARLA, role="contributor", is_invited=True, by=ana.user, now=now)
    update_member(member=member, person=Person(family_name="Modelo", email="c@qm.example"), by=ana.user, now=now)
    assert Invitation.objects.usable_at(now).count() == 0
    assert Delivery.objects.get().state == "cancelled"


def test_mail_stays_where_the_address_also_belongs_to_another_office(
    ana: Member, norland: Office, now: datetime
) -> None:
    MemberFactory(office=norland, email=ana.email, user=ana.user, role="contributor")
    queue(notice("reminder:1", ana.email, now), now=now)
    update_member(member=ana, person=Person(family_name="E", email="a@qm.example"), by=ana.user, now=now)
    assert Delivery.objects.get().state == "queued"


def test_a_correction_refuses_a_colleagues_address_and_other_hands(
    ana: Member, bruno: Member, chloe: Member, now: datetime
) -> None:
    with pytest.raises(AlreadyMember):
        update_member(member=bruno, person=Person(family_name="M", email=ana.email), by=ana.user, now=now)
    for by in (bruno.user, chloe.user):
        with pytest.raises(NotAuthorised):
            update_member(member=ana, person=Person(family_name="X", email="x@qm.example"), by=by, now=now)
    assert set(Member.objects.values_list("family_name", flat=True)) == {"Ejemplo", "Mithal", "Voorbeeld"}


def test_language_clock_and_colours_hold_for_all_offices_of_a_person(
    ana: Member, norland: Office, now: datetime
) -> None:
    other = MemberFactory(office=norland, email="ana@qn.example", user=ana.user)
    profile = profile_of(ana, language="ar", time_zone="Asia/Tokyo", theme="dark", job_title="CIO")
    update_profile(member=ana, profile=profile, by=ana.user, now=now)
    rows = Member.objects.order_by("pk").values_list("language", "time_zone", "theme", "job_title")
    assert list(rows) == [("ar", "Asia/Tokyo", "dark", "CIO"), ("ar", "Asia/Tokyo", "dark", other.job_title)]


def test_mail_goes_only_to_an_address_its_owner_has_confirmed(ana: Member, bruno: Member, now: datetime) -> None:
    with pytest.raises(AddressNotConfirmed, match="Confirm this e-mail address first"):
        update_profile(member=ana, profile=profile_of(ana, email="typo@qm.example"), by=ana.user, now=now)
    with pytest.raises(NotAuthorised):
        update_profile(member=ana, profile=profile_of(ana, family_name="X"), by=bruno.user, now=now)
    ana.user.emailaddress_set.create(email="ana.e@qm.example", verified=True)
    assert (
        update_profile(member=ana, profile=profile_of(ana, email="Ana.E@qm.example"), by=ana.user, now=now).email
        == "ana.e@qm.example"
    )


def test_roles_change_but_the_last_contact_stays(ana: Member, bruno: Member, staff: Member, now: datetime) -> None:
    with pytest.raises(LastContact, match="Nobody else speaks for this office"):
        change_role(member=ana, role=Member.Role.CONTRIBUTOR, by=ana.user, now=now)
    with pytest.raises(LastContact):
        change_role(member=ana, role=Member.Role.CONTRIBUTOR, by=ana.user, now=now, is_confirmed=True)
    with pytest.raises(LastContact):
        change_role(member=ana, role=Member.Role.CONTRIBUTOR, by=staff.user, now=now)
    change_role(member=bruno, role=Member.Role.ALTERNATE, by=ana.user, now=now)
    change_role(member=ana, role=Member.Role.CONTRIBUTOR, by=ana.user, now=now)
    with pytest.raises(NotAuthorised):
        change_role(member=bruno, role=Member.Role.FOCAL_POINT, by=ana.user, now=now)
    change_role(member=bruno, role=Member.Role.CONTRIBUTOR, by=staff.user, now=now, is_confirmed=True)
    assert list(Member.objects.of_office("QM").values_list("role", flat=True)) == ["contributor", "contributor"]


# --- leaving ----------------------------------------------------------------------------------------------------------
def test_leaving_ends_today_closes_the_login_and_stops_the_mail(
    ana: Member, bruno: Member, client_of, now: datetime
) -> None:
    client: Client = client_of(bruno)
    UserSession.objects.create(user=bruno.user, ip="127.0.0.1", session_key=client.session.session_key)
    queue(notice("reminder:1", bruno.email, now), now=now)
    mark_left(member=bruno, by=ana.user, now=now)
    bruno.refresh_from_db()
    assert (bruno.until_on, bruno.role, bruno.user.is_active) == (date(2026, 11, 20), "contributor", False)
    assert (UserSession.objects.count(), Delivery.objects.get().state) == (0, "cancelled")
    assert not client.session.get("_auth_user_id")


def test_leaving_one_of_two_offices_keeps_the_login(ana: Member, bruno: Member, norland: Office, now: datetime) -> None:
    MemberFactory(office=norland, email=bruno.email, user=bruno.user)
    mark_left(member=bruno, by=ana.user, now=now)
    assert User.objects.get(pk=bruno.user_id).is_active


def test_leaving_the_secretariat_for_an_office_ends_the_rights_of_staff(
    staff: Member, staff2: Member, norland: Office, now: datetime
) -> None:
    MemberFactory(office=norland, email=staff.email, user=staff.user)
    mark_left(member=staff, by=staff2.user, now=now)
    user = User.objects.get(pk=staff.user_id)
    assert (user.is_active, user.is_staff, user.is_superuser) == (True, False, False)


def test_the_last_contact_leaves_only_when_the_secretariat_confirms(
    ana: Member, bruno: Member, staff: Member, now: datetime
) -> None:
    for by, is_confirmed in ((ana.user, False), (ana.user, True), (staff.user, False)):
        with pytest.raises(LastContact):
            mark_left(member=ana, by=by, now=now, is_confirmed=is_confirmed)
    mark_left(member=ana, by=staff.user, now=now, is_confirmed=True)
    assert Member.objects.speaking_for_office().of_office("QM").count() == 0


def test_nobody_leaves_twice_and_nobody_sends_others_away(
    ana: Member, bruno: Member, chloe: Member, now: datetime
) -> None:
    for by in (bruno.user, chloe.user):
        with pytest.raises(NotAuthorised):
            mark_left(member=bruno, by=by, now=now)
    mark_left(member=bruno, by=None, now=now)
    with pytest.raises(HasLeft, match="has left the office already"):
        mark_left(member=bruno, by=ana.user, now=now + timedelta(days=1))
    assert Member.objects.get(pk=bruno.pk).until_on == date(2026, 11, 20)


def test_somebody_who_joins_tomorrow_and_leaves_today_was_there_for_a_day(ana: Member, now: datetime) -> None:
    member = MemberFactory(office=ana.office, since_on=date(2026, 12, 1), user=None)
    assert mark_left(member=member, by=ana.user, now=now).until_on == date(2026, 12, 1)


def test_a_guest_leaves_by_the_secretariat(gustav: Member, ana: Member, staff: Member, now: datetime) -> None:
    with pytest.raises(NotAuthorised):
        mark_left(member=gustav, by=ana.user, now=now)
    assert mark_left(member=gustav, by=staff.user, now=now).until_on == date(2026, 11, 20)


def test_every_change_is_in_the_history(ana: Member, bruno: Member, now: datetime) -> None:
    change_role(member=bruno, role=Member.Role.ALTERNATE, by=ana.user, now=now)
    mark_left(member=bruno, by=ana.user, now=now)
    events = bruno.pgh_event_model.objects.filter(pgh_obj=bruno).order_by("pgh_id").values_list("role", "until_on")
    assert list(events) == [("contributor", None), ("alternate", None), ("alternate", date(2026, 11, 20))]


def test_a_returning_member_is_a_new_row_with_the_old_login(ana: Member, bruno: Member, now: datetime) -> None:
    mark_left(member=bruno, by=ana.user, now=now)
    person = Person(family_name="Mithal", email=bruno.email)
    again = add_member(office=ana.office, person=person, role="contributor", is_invited=False, by=ana.user, now=now)
    assert give_login(member=again, password="another-long-password").pk == bruno.user_id
    assert User.objects.get(pk=bruno.user_id).is_active
