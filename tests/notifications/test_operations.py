"""What people decide about mail."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import IntegrityError

from accounts.models import Member
from notifications import operations
from notifications.message import OptionalMail, address_hash
from notifications.models import Delivery, Preference, Suppression
from tests.factories import NOW

Owe = Callable[..., Delivery]
ANA = address_hash("ana@qm.example")


def suppress(**fields: object) -> bool:
    values = {"address_sha256": ANA, "reason": "Bounced twice", "evidence": "550", "until": None, "now": NOW}
    return operations.suppress_address(**{**values, **fields})


def test_an_address_is_known_by_its_hash_whatever_its_case() -> None:
    assert address_hash(" Ana@QM.example") == ANA
    assert len(ANA) == 64


def test_an_address_is_suppressed_once(db: None) -> None:
    assert suppress() is True
    assert suppress(reason="Again") is False

    row = Suppression.objects.get()
    assert (row.reason, row.evidence, row.since_at, row.until_at) == ("Bounced twice", "550", NOW, None)
    assert str(row) == f"{ANA[:12]}: Bounced twice"
    with pytest.raises(IntegrityError, match="suppression_one_live"):
        Suppression.objects.create(address_sha256=ANA, reason="Twice", since_at=NOW)


def test_a_suppression_ends_by_itself_or_by_a_person(db: None) -> None:
    suppress(until=NOW - timedelta(days=365))
    suppress(address_sha256=address_hash("b@qm.example"), until=NOW + timedelta(days=3650))

    assert Suppression.objects.live().count() == 1


def test_a_person_ends_a_suppression_once(staff: Member) -> None:
    suppress()
    row = operations.end_suppression(suppression=Suppression.objects.get(), by=staff.user, now=NOW)

    assert (row.ended_at, row.ended_by) == (NOW, "staff@wild.example")
    assert Suppression.objects.live().count() == 0
    with pytest.raises(operations.AlreadyEnded, match="Nothing was changed"):
        operations.end_suppression(suppression=row, by=staff.user, now=NOW)
    assert suppress() is True


def test_without_a_choice_everything_is_wanted(db: None) -> None:
    assert Preference.objects.switched_off([ANA]).count() == 0
    assert operations.choose_optional_mail(address_sha256=ANA, wanted=OptionalMail.values, now=NOW) == 0
    assert Preference.objects.count() == 0


def test_choices_are_kept_and_only_changes_are_written(db: None) -> None:
    but_news = [purpose for purpose in OptionalMail.values if purpose != "news"]
    assert operations.choose_optional_mail(address_sha256=ANA, wanted=but_news, now=NOW) == 1
    assert operations.choose_optional_mail(address_sha256=ANA, wanted=but_news, now=NOW + timedelta(days=1)) == 0
    row = Preference.objects.get()
    assert (row.purpose, row.is_wanted, row.changed_at, str(row)) == ("news", False, NOW, f"{ANA[:12]}: news")

    but_posts = [purpose for purpose in OptionalMail.values if purpose != "posts"]
    assert operations.choose_optional_mail(address_sha256=ANA, wanted=but_posts, now=NOW) == 2

    assert list(Preference.objects.switched_off([ANA]).values_list("purpose", flat=True)) == ["posts"]


def test_one_click_switches_off_for_good(db: None) -> None:
    first = operations.switch_off(address_sha256=ANA, purpose="news", now=NOW)
    again = operations.switch_off(address_sha256=ANA, purpose="news", now=NOW + timedelta(days=1))
    assert (first, first.changed_at, again.changed_at) == (again, NOW, NOW)

    operations.choose_optional_mail(address_sha256=ANA, wanted=OptionalMail.values, now=NOW)
    last = operations.switch_off(address_sha256=ANA, purpose="news", now=NOW + timedelta(days=2))

    assert (last.is_wanted, last.changed_at) == (False, NOW + timedelta(days=2))


def test_a_held_message_is_sent_again_with_fresh_attempts(owe: Owe, staff: Member) -> None:
    row = owe()
    Delivery.objects.update(state="held", reason="Three crashes", attempts=12, crashes=3)

    row = operations.send_held(delivery=row, by=staff.user)

    assert (row.state, row.attempts, row.crashes) == ("queued", 0, 0)
    assert row.reason == "Sent again by staff@wild.example."
    assert list(Delivery.objects.due()) == [row]
    with pytest.raises(operations.NotHeld, match="does not wait"):
        operations.send_held(delivery=row, by=staff.user)


def test_a_held_message_is_given_up(owe: Owe, staff: Member) -> None:
    row = owe()
    with pytest.raises(operations.NotHeld):
        operations.give_up_held(delivery=row, by=staff.user, now=NOW)
    Delivery.objects.update(state="held", reason="Three crashes")

    row = operations.give_up_held(delivery=row, by=staff.user, now=NOW)

    assert (row.state, row.reason, row.ended_at) == ("cancelled", "Given up by staff@wild.example.", NOW)


def test_a_held_secret_is_never_sent_again(owe: Owe, staff: Member) -> None:
    row = owe(kind="secret", purpose="account")
    Delivery.objects.update(state="held", reason="In doubt", rendered=b"", subject="")

    with pytest.raises(operations.SecretGone, match="Ask for a new one"):
        operations.send_held(delivery=row, by=staff.user)

    assert Delivery.objects.get().state == "held"


# --- the ledger -------------------------------------------------------------------------------------------------------
def test_the_ledger_shows_everybody_their_own_mail_and_the_secretariat_all(
    owe: Owe, ana: Member, chloe: Member, staff: Member
) -> None:
    mine, theirs = owe("Ana@qm.example"), owe("chloe@qn.example")
    secret = owe(key="code", kind="secret", purpose="account")

    assert list(Delivery.objects.visible_to(ana.user)) == [mine]
    assert list(Delivery.objects.visible_to(chloe.user)) == [theirs]
    assert set(Delivery.objects.visible_to(staff.user)) == {mine, theirs, secret}


def test_strangers_see_no_mail(owe: Owe, rf: object) -> None:
    from_nobody = type("Nobody", (), {"is_authenticated": False})()
    owe("")

    assert list(Delivery.objects.visible_to(from_nobody)) == []


def test_a_secret_is_never_shown(owe: Owe) -> None:
    row = owe(kind="secret", subject="Code 123456", text="123456", html="<b>123456</b>", purpose="account")

    assert (row.is_secret, row.text, row.html, row.headers) == (True, "", "", {})
    assert "123456" not in str(row)


def test_a_message_without_html_has_none(owe: Owe) -> None:
    assert owe(html="").html == ""
