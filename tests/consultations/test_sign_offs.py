"""Agreeing inside an office: signing off a state of the draft, and asking colleagues to read it."""

from datetime import timedelta
from typing import Any

import pytest

from accounts.models import Member
from consultations.drafts import draft_of
from consultations.models import OfficeResponse, SignOff
from consultations.operations import (
    DraftChanged,
    NobodyToAsk,
    NotAuthorised,
    RoundClosed,
    ask_to_read,
    save_draft_field,
    sign_off,
)
from consultations.sign_offs import sign_offs_of
from notifications.message import address_hash
from notifications.models import Delivery, Preference
from notifications.operations import choose_optional_mail
from tests.consultations.asking import CLOSES, opened_round, response_of
from tests.factories import NOW, MemberFactory

pytestmark = pytest.mark.django_db
AFTER = CLOSES + timedelta(milliseconds=1)
PATH = "/circulations/next-steps/review/"


@pytest.fixture
def response(ana: Member, bruno: Member) -> OfficeResponse:
    return response_of(opened_round(ana.office), ana.office)


def write(response: OfficeResponse, member: Member, value: str) -> None:
    state = draft_of(response).fields.get("a.comment")
    seen = state.newest.number if state else 0
    save_draft_field(response=response, key="a.comment", value=value, seen=seen, by=member.user, now=NOW)


def sign(response: OfficeResponse, member: Member, now: Any = NOW, seen: str | None = None) -> SignOff:
    seen = draft_of(response).fingerprint if seen is None else seen
    return sign_off(response=response, seen_draft=seen, by=member.user, now=now)


def ask(response: OfficeResponse, by: Member, *colleagues: Member, now: Any = NOW) -> int:
    return ask_to_read(response=response, colleagues=colleagues, path=PATH, by=by.user, now=now)


def test_who_signed_off_what_stands_is_told_from_who_signed_off_before(
    response: OfficeResponse, ana: Member, bruno: Member
) -> None:
    write(response, ana, "One")
    sign(response, ana)
    sign(response, bruno, NOW + timedelta(minutes=1))
    write(response, ana, "Two")
    again = sign(response, bruno, NOW + timedelta(minutes=2))
    found = sign_offs_of(response, draft_of(response), ana.user)
    assert [(each.given_name, each.signed_at) for each in found.of_this] == [("Bruno", NOW + timedelta(minutes=2))]
    assert [(each.given_name, each.family_name) for each in found.of_earlier] == [("Ana", "Ejemplo")]
    assert found.is_mine is False
    assert sign_offs_of(response, draft_of(response), bruno.user).is_mine is True
    assert list(found.of_this) == [again]


def test_signing_twice_is_once(response: OfficeResponse, ana: Member) -> None:
    assert sign(response, ana) == sign(response, ana, NOW + timedelta(hours=1))
    assert list(SignOff.objects.values_list("signed_at", flat=True)) == [NOW]


def test_only_what_was_read_by_the_office_while_open(
    response: OfficeResponse, ana: Member, bruno: Member, chloe: Member, staff: Member
) -> None:
    seen = draft_of(response).fingerprint
    write(response, bruno, "Meanwhile")
    with pytest.raises(DraftChanged):
        sign(response, ana, seen=seen)
    for stranger in (chloe, staff):
        with pytest.raises(NotAuthorised):
            sign(response, stranger)
        with pytest.raises(NotAuthorised):
            ask(response, stranger, ana)
    with pytest.raises(RoundClosed):
        sign(response, ana, AFTER)
    with pytest.raises(RoundClosed):
        ask(response, ana, bruno, now=AFTER)
    assert SignOff.objects.count() == 0


def test_colleagues_are_asked_by_one_mail_for_one_state_of_the_draft(
    response: OfficeResponse, ana: Member, bruno: Member
) -> None:
    assert ask(response, bruno, ana) == 1
    assert ask(response, bruno, ana) == 0
    write(response, bruno, "New")
    assert ask(response, bruno, ana) == 1
    mails = Delivery.objects.filter(purpose="reading")
    assert set(mails.values_list("to_address", "kind", "expires_at")) == {(ana.email, "optional", response.closes_at)}
    mail = mails.first()
    assert mail.subject == "Read the draft of Meridia: A round" or mail.subject.startswith("Read the draft of Meridia:")
    assert "Bruno Mithal asks you to read the draft as it stands" in mail.text
    assert f"http://localhost:8000{PATH}" in mail.text
    assert "You receive this because you are a member of Meridia." in mail.text


def test_who_wants_no_such_mail_gets_none(response: OfficeResponse, ana: Member, bruno: Member) -> None:
    wanted = ["news", "posts", "comments"]
    choose_optional_mail(address_sha256=address_hash(ana.email), wanted=wanted, now=NOW)
    assert list(Preference.objects.switched_off([address_hash(ana.email)]).values_list("purpose", flat=True)) == [
        "reading"
    ]


def test_only_colleagues_are_asked_and_not_more_than_ten(
    response: OfficeResponse, ana: Member, bruno: Member, chloe: Member
) -> None:
    for named in ([], [chloe], [bruno, chloe], [ana], MemberFactory.create_batch(11, office=ana.office)):
        with pytest.raises(NobodyToAsk, match="Choose one to 10 colleagues of your office"):
            ask(response, ana, *named)
    assert Delivery.objects.filter(purpose="reading").count() == 0
    assert ask(response, ana, *MemberFactory.create_batch(10, office=ana.office)) == 10
