"""The ledger as the Secretariat sees it."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from accounts.models import Member
from notifications import delivery as machine
from notifications import operations
from notifications.message import address_hash
from notifications.models import Attempt, Delivery, EngineState, Preference, Suppression
from tests.factories import NOW
from tests.notifications.sink import Sink

Owe = Callable[..., Delivery]
LISTS = ["delivery", "attempt", "suppression", "preference", "enginestate"]


@pytest.fixture
def office(staff: Member, client_of: Callable[[Member], Client]) -> Client:
    """The Secretariat's browser."""
    return client_of(staff)


def path(model: str, *rest: object) -> str:
    return "/".join(["/admin/notifications", model, *map(str, rest)]) + "/"


def test_the_ledger_lists_every_message_with_its_state(owe: Owe, office: Client) -> None:
    owe(subject="Position of Meridia")
    owe("chloe@qn.example", kind="secret", subject="Code 123456", text="123456", purpose="account")

    page = office.get(path("delivery"))

    shown = [
        re.sub(r"<[^>]*>", " ", cell)
        for cell in re.findall(r'field-(?:to_address|shown_subject)">(.*?)</t', page.content.decode())
    ]
    assert [" ".join(cell.split()) for cell in shown] == [
        "chloe@qn.example",
        "-",
        "ana@qm.example",
        "Position of Meridia",
    ]
    assert "123456" not in page.content.decode()


def test_a_message_is_shown_with_its_text_and_attempts(owe: Owe, office: Client, sink: Sink) -> None:
    row = owe(text="Your office has saved two of five answers.")
    sink.tell("RCPT", "451 4.3.0 Try later")
    machine.work()

    page = office.get(path("delivery", row.pk, "change")).content.decode()

    assert "Your office has saved two of five answers." in page
    assert "4.3.0 Try later" in page
    assert row.message_id.strip("<>") in page
    assert "<input" not in page.split('id="content-main"')[1].split("</form>")[0].replace('<input type="hidden"', "")


def test_a_secret_is_shown_without_its_content(owe: Owe, office: Client) -> None:
    row = owe(kind="secret", subject="Code 123456", text="123456", html="<b>123456</b>", purpose="account")

    page = office.get(path("delivery", row.pk, "change")).content.decode()

    assert "ana@qm.example" in page
    assert "123456" not in page


@pytest.mark.parametrize(("words", "found"), [("ana@", 1), ("v1:14:chloe", 1), ("meridia", 0), ("x" * 5000, 0)])
def test_messages_are_found_by_address_and_key(owe: Owe, office: Client, words: str, found: int) -> None:
    owe()
    owe("chloe@qn.example")

    page = office.get(path("delivery"), {"q": words})

    assert page.context["cl"].result_count == found


@pytest.mark.parametrize("choice", ["state__exact=queued", "purpose=reminder", "kind__exact=official"])
def test_messages_are_filtered(owe: Owe, office: Client, choice: str) -> None:
    owe()
    owe("chloe@qn.example", kind="secret", purpose="account", not_before=NOW)
    Delivery.objects.filter(kind="secret").update(state="cancelled", reason="x", ended_at=NOW, rendered=b"", subject="")

    page = office.get(f"{path('delivery')}?{choice}")

    assert [row.to_address for row in page.context["cl"].result_list] == ["ana@qm.example"]


def test_held_messages_are_sent_again_or_given_up(owe: Owe, office: Client) -> None:
    again, over, waiting = owe(), owe("b@qm.example"), owe("c@qm.example")
    secret = owe("d@qm.example", kind="secret", purpose="account")
    Delivery.objects.exclude(pk=waiting.pk).update(state="held", reason="Crashes", rendered=b"", subject="")

    chosen = {"action": "send_again", "_selected_action": [again.pk, waiting.pk, secret.pk]}
    page = office.post(path("delivery"), chosen, follow=True).content.decode()
    assert "1 entry is changed." in page
    assert page.count("Nothing was changed.") == 1
    assert "A secret is never sent twice." in page
    office.post(path("delivery"), {"action": "give_up", "_selected_action": [over.pk]})

    states = dict(Delivery.objects.values_list("to_address", "state"))
    assert states == {
        "ana@qm.example": "queued",
        "b@qm.example": "cancelled",
        "c@qm.example": "queued",
        "d@qm.example": "held",
    }
    assert Delivery.objects.get(pk=over.pk).reason == "Given up by staff@wild.example."


def test_a_suppression_is_found_by_its_address_and_ended_once(office: Client, db: None) -> None:
    address = address_hash("ana@qm.example")
    operations.suppress_address(address_sha256=address, reason="Bounced", evidence="", until=None, now=NOW)

    assert office.get(path("suppression"), {"q": "Ana@qm.example"}).context["cl"].result_count == 1
    assert office.get(path("suppression"), {"q": "bruno@qm.example"}).context["cl"].result_count == 0
    assert office.get(path("suppression")).context["cl"].result_count == 1
    row = Suppression.objects.get()
    for words in ("1 entry is changed.", "Mail to this address is sent again already."):
        answer = office.post(path("suppression"), {"action": "end", "_selected_action": [row.pk]}, follow=True)
        assert words in answer.content.decode()

    row.refresh_from_db()
    assert row.ended_by == "staff@wild.example"


def test_choices_are_found_by_their_address(office: Client, db: None) -> None:
    operations.switch_off(address_sha256=address_hash("ana@qm.example"), purpose="news", now=NOW)

    assert office.get(path("preference"), {"q": "ana@qm.example"}).context["cl"].result_count == 1
    assert Preference.objects.count() == 1


@pytest.mark.parametrize("model", LISTS)
def test_nothing_is_added_changed_or_deleted_by_hand(office: Client, owe: Owe, model: str) -> None:
    rows = {
        "delivery": owe,
        "attempt": lambda: (
            owe(),
            Attempt.objects.create(delivery=machine.claim(25)[0], n=9, token=owe("x@y.example").pk),
        )[1],
        "suppression": lambda: Suppression.objects.create(address_sha256="a", reason="b", since_at=NOW),
        "preference": lambda: Preference.objects.create(
            address_sha256="a", purpose="news", is_wanted=True, changed_at=NOW
        ),
        "enginestate": EngineState.objects.create,
    }
    row: Any = rows[model]()

    assert office.get(path(model)).status_code == 200
    assert office.get(path(model, row.pk, "change")).status_code == 200
    assert office.get(path(model, "add")).status_code == 403
    assert office.post(path(model, row.pk, "change"), {"state": "sent"}).status_code == 403
    assert office.post(path(model, row.pk, "delete"), {"post": "yes"}).status_code == 403
    assert "delete_selected" not in office.get(path(model)).content.decode()
    assert type(row).objects.filter(pk=row.pk).exists()
    assert str(row)


def test_members_have_no_ledger(ana: Member, client_of: Callable[[Member], Client], owe: Owe) -> None:
    row = owe()

    for address in (path("delivery"), path("delivery", row.pk, "change")):
        assert client_of(ana).get(address).status_code in {302, 403, 404}


@pytest.mark.parametrize("rows", [1, 3, 30])
def test_the_list_asks_the_database_the_same_for_any_number_of_rows(
    office: Client, owe: Owe, rows: int, django_assert_max_num_queries: Any
) -> None:
    for n in range(rows):
        owe(f"person{n}@qm.example")
    office.get(path("delivery"))

    with django_assert_max_num_queries(15) as asked:
        office.get(path("delivery"))

    assert len(asked) == 10
