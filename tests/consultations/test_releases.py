"""Acts that mail many: asked for by one of the Secretariat, done when another releases them."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from accounts.models import Member, Office, User
from consultations.emails import release_message
from consultations.models import Extension, OfficeResponse, Release, Round
from consultations.names import names_of
from consultations.operations import (
    AskerHasLeft,
    DeadlineNotLater,
    NotOfTheSecretariat,
    NotReadyToOpen,
    ReleaseOver,
    RoundChanged,
    RoundChangedSince,
    SamePerson,
    SecondPersonNeeded,
    WaitsAlready,
    ask_release,
    close_round,
    extend_round,
    nudge_offices,
    open_round,
    publish_round,
    release,
    withdraw_release,
)
from consultations.operations.releases import do, doing_of, needs_second_person, rehearse, rehearse_release
from consultations.permissions import can_release
from notifications.models import Delivery
from tests.consultations.asking import CLOSES, ledger, opened_round, round_for
from tests.factories import NOW, MemberFactory, UserFactory

LATER = CLOSES + timedelta(days=20)
MINUTE = timedelta(minutes=1)
EXTENSION = {"closes_at": LATER.isoformat(), "reason": "Holidays."}
Act = Release.Act


@pytest.fixture(autouse=True)
def one_person_mails_one(settings: Any) -> None:
    """So that two focal points are many."""
    settings.SECOND_PERSON_ABOVE = 1


@pytest.fixture
def waiting(ana: Member, chloe: Member, staff: Member, staff2: Member) -> Release:
    """A round of two offices whose extension Sam has asked for."""
    return ask(opened_round(ana.office, chloe.office, kind=Round.Kind.SURVEY), Act.EXTEND, staff.user, EXTENSION)


def ask(round: Round, act: str, by: User, arguments: dict[str, Any] | None = None, now: datetime = NOW) -> Release:
    return ask_release(round=round, act=act, arguments=arguments or {}, by=by, now=now)


def prepared(*offices: Office) -> Round:
    return round_for(*offices, kind=Round.Kind.SURVEY)


# --- alone ------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("count", "many"), [(0, False), (1, False), (2, True)])
def test_more_than_the_setting_are_many(count: int, many: bool) -> None:
    assert needs_second_person(count) is many


def test_one_person_alone_does_nothing_that_mails_many(ana: Member, chloe: Member, staff: Member) -> None:
    new = prepared(ana.office, chloe.office)
    with pytest.raises(SecondPersonNeeded, match="This sends mail to 2 persons: ask a colleague"):
        open_round(round=new, by=staff.user, now=NOW)
    assert not OfficeResponse.objects.exists()
    round = opened_round(ana.office, chloe.office, kind=Round.Kind.SURVEY)
    with pytest.raises(SecondPersonNeeded):
        extend_round(round=round, closes_at=LATER, reason="Holidays.", by=staff.user, now=NOW)
    with pytest.raises(SecondPersonNeeded):
        close_round(round=round, reason="All have answered.", by=staff.user, now=NOW)
    with pytest.raises(SecondPersonNeeded):
        nudge_offices(round=round, offices=["QM", "QN"], sentence="", by=staff.user, now=NOW)
    assert not Extension.objects.exists()
    assert set(OfficeResponse.objects.values_list("closes_at", "nudged_at")) == {(CLOSES, None)}


def test_one_person_alone_does_what_mails_few(ana: Member, staff: Member) -> None:
    round = prepared(ana.office)
    assert do(round=round, act=Act.OPEN, arguments={}, by=staff.user, now=NOW) == round
    extension = do(round=round, act=Act.EXTEND, arguments=EXTENSION, by=staff.user, now=NOW)
    assert (extension.new_closes_at, extension.reason) == (LATER, "Holidays.")
    nudge = {"offices": ["QM"], "sentence": ""}
    assert do(round=round, act=Act.NUDGE, arguments=nudge, by=staff.user, now=NOW) == 1
    closing = do(round=round, act=Act.CLOSE, arguments={"reason": "Done."}, by=staff.user, now=NOW)
    assert closing.is_early_closing


# --- asking -----------------------------------------------------------------------------------------------------------
def test_asking_stores_the_act_and_tells_the_rest_of_the_secretariat(
    ana: Member, chloe: Member, staff: Member, staff2: Member
) -> None:
    MemberFactory(office=staff.office, user=UserFactory(is_staff=True, is_active=False))
    round = opened_round(ana.office, chloe.office, kind=Round.Kind.SURVEY)
    asked = ask(round, Act.EXTEND, staff.user, EXTENSION)
    assert (asked.act, asked.recipients, asked.asked_by, asked.asked_at) == ("extend", 2, staff.user, NOW)
    assert {name: asked.arguments[name] for name in EXTENSION} == EXTENSION
    assert list(Release.objects.waiting()) == [asked]
    assert str(asked) == "Next-step actions: move the deadline"
    assert not Extension.objects.exists()
    mail = Delivery.objects.get(subject_key=f"release:{asked.pk}")
    assert (mail.to_address, mail.kind, mail.purpose) == ("staff2@wild.example", "official", "release")
    assert mail.subject == "Waits for your release: Next-step actions"
    text = mail.text
    assert "Sam Example asks you to release: move the deadline of the circulation." in text
    assert "It sends mail to 2 persons. Nothing is sent until somebody else" in text


@pytest.mark.parametrize("act", Act.values)
def test_the_mail_names_every_act(ana: Member, chloe: Member, staff: Member, staff2: Member, act: str) -> None:
    words = {
        "open": "open the circulation.",
        "extend": "move the deadline of the circulation.",
        "close": "close the circulation before its time.",
        "nudge": "send a one-off reminder.",
        "outcome": "publish the outcome.",
    }
    round = opened_round(ana.office, chloe.office, kind=Round.Kind.SURVEY)
    asked = ask(round, Act.EXTEND, staff.user, EXTENSION)
    asked.act = act
    message = release_message(asked, staff2, "Sam Example", "/somewhere/", NOW)
    assert f"Sam Example asks you to release: {words[act]}" in message.text
    assert message.text.count("http") == 1
    assert f"Sam Example asks you to release: {words[act]}" in message.html


def test_one_act_waits_once_for_a_round(waiting: Release, staff: Member, staff2: Member) -> None:
    with pytest.raises(WaitsAlready, match="already waits"):
        ask(waiting.round, Act.EXTEND, staff2.user, EXTENSION)
    assert ask(waiting.round, Act.CLOSE, staff2.user, {"reason": "Done."}).act == "close"
    withdraw_release(release=waiting, by=staff.user, now=NOW)
    assert ask(waiting.round, Act.EXTEND, staff2.user, EXTENSION).asked_by == staff2.user


def test_what_could_not_be_done_is_not_asked_for(ana: Member, staff: Member) -> None:
    round = opened_round(ana.office, kind=Round.Kind.SURVEY)
    with pytest.raises(NotReadyToOpen, match="It is open already"):
        ask(round, Act.OPEN, staff.user)
    with pytest.raises(DeadlineNotLater):
        ask(round, Act.EXTEND, staff.user, {"closes_at": NOW.isoformat(), "reason": "Why."})
    with pytest.raises(RoundChanged):
        ask(round, Act.CLOSE, staff.user, {"reason": "Why."}, CLOSES + MINUTE)
    with pytest.raises(RoundChanged):
        ask(prepared(ana.office), Act.EXTEND, staff.user, EXTENSION)
    publish_round(round=round, by=staff.user, now=CLOSES + MINUTE)
    with pytest.raises(RoundChanged):
        ask(round, Act.EXTEND, staff.user, EXTENSION, CLOSES + MINUTE)
    assert not Release.objects.exists()


def test_an_act_nobody_has_registered_is_an_error_of_ours(ana: Member) -> None:
    with pytest.raises(KeyError):
        doing_of(prepared(ana.office), "erase")


# --- releasing --------------------------------------------------------------------------------------------------------
def test_another_releases_and_it_is_done_as_it_was_asked_for(waiting: Release, staff: Member, staff2: Member) -> None:
    moment = NOW + MINUTE
    released = release(release=waiting, by=staff2.user, now=moment)
    assert (released.released_by, released.released_at, released.asked_by) == (staff2.user, moment, staff.user)
    extension = Extension.objects.get()
    assert (extension.new_closes_at, extension.reason) == (LATER, "Holidays.")
    assert (extension.decided_by, extension.decided_at) == (staff.user, moment)
    assert [row for row in ledger("queued") if row[1] == "extension"] == [
        ("ana@qm.example", "extension", "queued"),
        ("chloe@qn.example", "extension", "queued"),
    ]
    assert Delivery.objects.get(subject_key=f"release:{waiting.pk}").state == "cancelled"
    assert waiting.events.filter(released_by=staff2.user).count() == 1


def test_every_act_is_done_by_two(ana: Member, chloe: Member, staff: Member, staff2: Member) -> None:
    round = prepared(ana.office, chloe.office)
    release(release=ask(round, Act.OPEN, staff.user), by=staff2.user, now=NOW)
    round.refresh_from_db()
    assert (round.opened_at, round.opened_by) == (NOW, staff.user)
    nudge = ask(round, Act.NUDGE, staff.user, {"offices": ["QM", "QN"], "sentence": "Soon over."})
    release(release=nudge, by=staff2.user, now=NOW + MINUTE)
    assert set(round.responses.values_list("nudged_at", "nudged_by")) == {(NOW + MINUTE, staff.user.pk)}
    release(release=ask(round, Act.CLOSE, staff2.user, {"reason": "Done."}), by=staff.user, now=NOW + 2 * MINUTE)
    round.refresh_from_db()
    assert not round.is_open_at(NOW + 2 * MINUTE)


def test_who_asked_does_not_release(waiting: Release, staff: Member, ana: Member) -> None:
    with pytest.raises(SamePerson, match="You asked for this yourself"):
        release(release=waiting, by=staff.user, now=NOW)
    with pytest.raises(IntegrityError, match="release_by_another"), transaction.atomic():
        Release.objects.update(released_by=staff.user, released_at=NOW)
    assert list(Release.objects.waiting()) == [waiting]
    assert not Extension.objects.exists()


def test_only_the_secretariat_asks_releases_and_withdraws(waiting: Release, ana: Member) -> None:
    with pytest.raises(NotOfTheSecretariat, match="Only the Secretariat"):
        ask(waiting.round, Act.CLOSE, ana.user, {"reason": "Done."})
    with pytest.raises(NotOfTheSecretariat):
        release(release=waiting, by=ana.user, now=NOW)
    with pytest.raises(NotOfTheSecretariat):
        withdraw_release(release=waiting, by=ana.user, now=NOW)
    assert list(Release.objects.waiting()) == [waiting]


def test_a_superuser_releases_what_staff_asked_for_and_not_what_was_their_own(waiting: Release) -> None:
    root = UserFactory(is_staff=True, is_superuser=True)
    assert can_release(root, waiting)
    waiting.asked_by = root
    assert not can_release(root, waiting)


def test_a_release_is_used_once_and_for_its_own_act(waiting: Release, staff: Member, staff2: Member) -> None:
    released = release(release=waiting, by=staff2.user, now=NOW)
    with pytest.raises(ReleaseOver, match="Nothing was done twice"):
        release(release=waiting, by=staff2.user, now=NOW + MINUTE)
    round = released.round
    with pytest.raises(SecondPersonNeeded):
        close_round(round=round, reason="Done.", by=staff.user, now=NOW, release=released)
    later = LATER + timedelta(days=9)
    with pytest.raises(SecondPersonNeeded):
        extend_round(round=round, closes_at=later, reason="More.", by=staff.user, now=NOW + MINUTE, release=released)
    assert Extension.objects.count() == 1


def test_a_round_that_has_changed_is_left_alone_and_the_act_waits_on(
    waiting: Release, settings: Any, staff2: Member
) -> None:
    settings.SECOND_PERSON_ABOVE = 10
    extend_round(round=waiting.round, closes_at=CLOSES + MINUTE, reason="A little.", by=staff2.user, now=NOW)
    with pytest.raises(RoundChangedSince, match="has changed since this was asked for"):
        release(release=waiting, by=staff2.user, now=NOW + MINUTE)
    waiting.refresh_from_db()
    with pytest.raises(RoundChangedSince):
        rehearse_release(release=waiting, now=NOW + MINUTE)
    assert list(Release.objects.waiting()) == [waiting]
    assert Extension.objects.count() == 1


def test_offices_or_texts_that_changed_before_the_opening_are_a_changed_round(
    ana: Member, chloe: Member, olga: Member, staff: Member, staff2: Member
) -> None:
    round = prepared(ana.office, chloe.office)
    asked = ask(round, Act.OPEN, staff.user)
    round.addressees.add(olga.office)
    with pytest.raises(RoundChangedSince):
        release(release=asked, by=staff2.user, now=NOW)
    round.addressees.remove(olga.office)
    Round.objects.update(titles={"en": "Another title"})
    with pytest.raises(RoundChangedSince):
        release(release=asked, by=staff2.user, now=NOW)
    assert not OfficeResponse.objects.exists()


def test_an_instant_that_has_passed_is_named(waiting: Release, staff2: Member) -> None:
    with pytest.raises(DeadlineNotLater, match="must be later"):
        release(release=waiting, by=staff2.user, now=LATER)
    assert list(Release.objects.waiting()) == [waiting]


def test_an_act_of_somebody_who_left_the_secretariat_is_not_done(waiting: Release, staff2: Member) -> None:
    User.objects.filter(pk=waiting.asked_by_id).update(is_staff=False)
    with pytest.raises(AskerHasLeft, match="no longer of the Secretariat"):
        release(release=waiting, by=staff2.user, now=NOW)
    assert not Extension.objects.exists()


def test_what_is_withdrawn_is_over(waiting: Release, staff2: Member) -> None:
    withdrawn = withdraw_release(release=waiting, by=staff2.user, now=NOW)
    assert (withdrawn.withdrawn_by, withdrawn.withdrawn_at) == (staff2.user, NOW)
    assert Delivery.objects.get(subject_key=f"release:{waiting.pk}").state == "cancelled"
    with pytest.raises(ReleaseOver):
        release(release=waiting, by=staff2.user, now=NOW)
    with pytest.raises(ReleaseOver):
        withdraw_release(release=waiting, by=staff2.user, now=NOW)
    assert not Extension.objects.exists()


def test_what_waits_is_rehearsed_as_it_would_be_done_now(waiting: Release, chloe: Member) -> None:
    assert rehearse_release(release=waiting, now=NOW).recipients == 2
    Member.objects.filter(pk=chloe.pk).update(until_on=NOW.date())
    assert rehearse_release(release=waiting, now=NOW).recipients == 1
    assert (
        rehearse(
            round=waiting.round, act=Act.CLOSE, arguments={"reason": "Done."}, by=waiting.asked_by, now=NOW
        ).recipients
        == 1
    )


# --- names ------------------------------------------------------------------------------------------------------------
def test_people_are_named_as_members_present_or_past_else_by_their_address(staff: Member, ana: Member) -> None:
    Member.objects.filter(pk=ana.pk).update(until_on=NOW.date())
    MemberFactory(user=staff.user, given_name="Samuel", until_on=NOW.date())
    nobody = UserFactory(email="somebody@wild.example")
    assert names_of([staff.user, ana.user, nobody, None]) == {
        staff.user.pk: "Sam Example",
        ana.user.pk: "Ana Ejemplo",
        nobody.pk: "somebody@wild.example",
    }
