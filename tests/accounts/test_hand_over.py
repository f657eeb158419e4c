"""A duty changes hands and the history knows it."""

from datetime import date, datetime

import pytest

from accounts.models import Invitation, Member, Office
from accounts.operations import (
    AlreadyMember,
    HasLeft,
    NotAColleague,
    NotAuthorised,
    Person,
    hand_over,
    hand_over_to_newcomer,
    mark_left,
    report_wrong_contact,
)
from notifications.models import Delivery
from notifications.outbox import queue
from tests.accounts.mails import notice, queued
from tests.factories import MemberFactory

IVAN = Person(family_name="Specimen", given_name="Ivan", email="ivan@qm.example", language="fr")


def roles() -> dict[str, str]:
    return dict(Member.objects.current().of_office("QM").values_list("given_name", "role"))


def test_a_focal_point_hands_the_duty_to_a_colleague_and_stays(ana: Member, bruno: Member, now: datetime) -> None:
    queue(notice("reminder:1", ana.email, now), now=now)
    assert hand_over(member=ana, to=bruno, leaves=False, by=ana.user, now=now) == bruno
    ana.refresh_from_db()
    assert roles() == {"Ana": "contributor", "Bruno": "focal_point"}
    assert (ana.successor, ana.until_on, ana.user.is_active) == (bruno, None, True)
    assert queued() == [("official", "account", bruno.email, "en")]
    assert Delivery.objects.get(key="reminder:1").state == "cancelled"


def test_who_leaves_keeps_the_role_in_the_history_and_the_successor(ana: Member, bruno: Member, now: datetime) -> None:
    hand_over(member=ana, to=bruno, leaves=True, by=ana.user, now=now)
    ana.refresh_from_db()
    assert (ana.role, ana.until_on, ana.successor, ana.user.is_active) == (
        "focal_point",
        date(2026, 11, 20),
        bruno,
        False,
    )


def test_the_other_contacts_are_told_and_a_colleague_without_login_is_invited(
    ana: Member, meridia: Office, now: datetime
) -> None:
    dora = MemberFactory(office=meridia, given_name="Dora", email="dora@qm.example", role="alternate", language="ru")
    eva = MemberFactory(office=meridia, given_name="Eva", email="eva@qm.example", user=None)
    hand_over(member=ana, to=eva, leaves=False, by=ana.user, now=now)
    assert queued() == [
        ("official", "account", dora.email, "ru"),
        ("secret", "invitation", eva.email, "en"),
        ("official", "account", eva.email, "en"),
    ]
    mails = {mail.to_address: mail for mail in Delivery.objects.filter(purpose="account")}
    assert mails[eva.email].subject == "You now speak for Meridia in WILD"
    assert f"{ana.name} has handed you the duty for Meridia" in mails[eva.email].text
    assert "List-Unsubscribe" in mails[eva.email].headers
    assert Invitation.objects.get().invited_by is None


def test_an_alternate_makes_an_alternate_and_a_focal_point_stays_one(
    ana: Member, bruno: Member, meridia: Office, now: datetime
) -> None:
    dora = MemberFactory(office=meridia, given_name="Dora", role="alternate")
    hand_over(member=dora, to=bruno, leaves=False, by=dora.user, now=now)
    assert roles() == {"Ana": "focal_point", "Bruno": "alternate", "Dora": "contributor"}
    hand_over(member=bruno, to=ana, leaves=False, by=bruno.user, now=now)
    assert roles() == {"Ana": "focal_point", "Bruno": "contributor", "Dora": "contributor"}


def test_a_duty_goes_to_a_newcomer_who_is_invited(ana: Member, now: datetime) -> None:
    ivan = hand_over_to_newcomer(member=ana, person=IVAN, leaves=True, by=ana.user, now=now)
    assert (ivan.office, ivan.role, ivan.since_on) == (ana.office, "focal_point", date(2026, 11, 20))
    assert [row[:3] for row in queued()] == [
        ("secret", "invitation", "ivan@qm.example"),
        ("official", "account", "ivan@qm.example"),
    ]


def test_a_newcomer_with_a_known_address_is_refused_and_nothing_changes(
    ana: Member, bruno: Member, now: datetime
) -> None:
    with pytest.raises(AlreadyMember):
        hand_over_to_newcomer(
            member=ana, person=Person(family_name="M", email=bruno.email), leaves=True, by=ana.user, now=now
        )
    assert (roles(), queued()) == ({"Ana": "focal_point", "Bruno": "contributor"}, [])


def test_only_the_holder_the_focal_points_and_the_secretariat_hand_over(
    ana: Member, bruno: Member, chloe: Member, staff: Member, now: datetime
) -> None:
    for by in (bruno.user, chloe.user):
        with pytest.raises(NotAuthorised):
            hand_over(member=ana, to=bruno, leaves=False, by=by, now=now)
        with pytest.raises(NotAuthorised):
            hand_over_to_newcomer(member=ana, person=IVAN, leaves=False, by=by, now=now)
    assert hand_over(member=ana, to=bruno, leaves=False, by=staff.user, now=now) == bruno
    assert hand_over(member=bruno, to=ana, leaves=False, by=None, now=now) == ana


def test_a_duty_goes_only_to_a_current_colleague(
    ana: Member, bruno: Member, chloe: Member, gustav: Member, now: datetime
) -> None:
    left = MemberFactory(office=ana.office, until_on=date(2026, 1, 1))
    for to in (chloe, gustav, left, ana):
        with pytest.raises(NotAColleague, match="somebody else of the same office"):
            hand_over(member=ana, to=to, leaves=False, by=ana.user, now=now)
    with pytest.raises(NotAColleague):
        hand_over(member=bruno, to=ana, leaves=False, by=ana.user, now=now)
    with pytest.raises(NotAColleague):
        hand_over(member=gustav, to=gustav, leaves=False, by=None, now=now)
    mark_left(member=bruno, by=None, now=now)
    with pytest.raises(HasLeft):
        hand_over(member=bruno, to=ana, leaves=False, by=None, now=now)


def test_the_wrong_person_tells_the_secretariat_and_the_other_contacts_once_a_day(
    ana: Member, bruno: Member, meridia: Office, now: datetime
) -> None:
    dora = MemberFactory(office=meridia, email="dora@qm.example", role="alternate", language="fr")
    assert report_wrong_contact(member=ana, remark="Ask Dora <b>", now=now) == 2
    assert report_wrong_contact(member=ana, remark="Again", now=now) == 0
    assert queued() == [
        ("official", "account", dora.email, "fr"),
        ("official", "account", "secretariat@wild.example", "en"),
    ]
    mail = Delivery.objects.get(to_address="secretariat@wild.example")
    assert mail.subject == "Ana Ejemplo may no longer speak for Meridia"
    assert "Ask Dora <b>" in mail.text
    assert "Ask Dora &lt;b&gt;" in mail.html
    assert roles()["Ana"] == "focal_point"


def test_a_guest_has_no_office_to_tell(gustav: Member, now: datetime) -> None:
    assert report_wrong_contact(member=gustav, remark="", now=now) == 1
