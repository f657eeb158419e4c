"""Mail that comes back: whose it is, what it says, and when an address is given up."""

import io
import sys
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.db import transaction
from django.utils import timezone

from notifications import bounces, operations
from notifications.message import address_hash
from notifications.models import Bounce, Delivery, Suppression
from tests.notifications.conftest import fresh, work
from tests.notifications.sink import Sink

Owe = Callable[..., Delivery]
NOW = timezone.now()


@pytest.fixture(autouse=True)
def address(settings: Any) -> None:
    settings.BOUNCE_ADDRESS, settings.MAIL_DOMAIN = "bounce@wild.example", "wild.example"


def report(
    action: str = "failed",
    status: str = "5.1.1",
    words: str = "smtp; 550 5.1.1 No such user",
    *,
    to: str = "",
    n: int = 1,
) -> bytes:
    """A report as Postfix writes it."""
    return f"""Return-Path: <>
Delivered-To: {to}
Message-ID: <{n}@mx.example>
From: MAILER-DAEMON@mx.example
To: somebody@wild.example
Auto-Submitted: auto-replied
Subject: Undelivered Mail Returned to Sender
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

I am sorry.

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example

Final-Recipient: rfc822; ana@qm.example
Action: {action}
Status: {status}
Diagnostic-Code: {words}

--b
Content-Type: message/rfc822

Subject: 14 days left

--b--
""".encode()


@pytest.fixture
def sent(owe: Owe) -> Callable[..., Delivery]:
    """A message that has left."""

    def sent(to: str = "ana@qm.example", **fields: Any) -> Delivery:
        row = owe(to, **fields)
        Delivery.objects.filter(pk=row.pk).update(state="sent", sent_at=NOW, ended_at=NOW)
        return fresh(row)

    return sent


def back(row: Delivery, message: bytes, *, now: datetime = NOW) -> str:
    """What is said about a message that comes back."""
    return operations.take_bounce(report=message, address=bounces.envelope_sender(row.message_id), now=now)


# --- the address ------------------------------------------------------------------------------------------------------
def test_each_message_leaves_with_a_sender_of_its_own(owe: Owe, sink: Sink) -> None:
    row, senders = owe(), []
    sink.handle_MAIL_usual = sink.handle_MAIL

    async def note(s: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        senders.append(address)
        return await sink.handle_MAIL_usual(s, session, envelope, address, options)

    sink.handle_MAIL = note

    work()

    assert senders == [bounces.envelope_sender(row.message_id)]
    assert bounces.message_id_of(senders[0]) == row.message_id
    assert senders[0].startswith("bounce+")
    assert len(senders[0].partition("@")[0]) <= 64


def test_without_a_configured_address_mail_comes_back_to_the_sender(settings: Any) -> None:
    settings.BOUNCE_ADDRESS = ""

    assert bounces.envelope_sender("<any@wild.example>") == "no-reply@wild.example"


def test_a_changed_case_is_the_same_address_and_a_changed_character_is_none(owe: Owe) -> None:
    row = owe()
    ours = bounces.envelope_sender(row.message_id)
    local, domain = ours.split("@")

    assert bounces.message_id_of(f"Bounce <{ours.upper()}>") == row.message_id
    for other in (
        f"{local[:-1]}{'0' if local[-1] != '0' else '1'}@{domain}",
        f"bounce@{domain}",
        "",
        f"{local}x@{domain}",
    ):
        assert bounces.message_id_of(other) is None


# --- the report -------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("action", "status", "words", "kind", "code", "text"),
    [
        ("failed", "5.1.1", "smtp; 550 5.1.1 No such user", "hard", "5.1.1", "550 5.1.1 No such user"),
        ("Failed ", "5.2.2 (mailbox full)", "x-unix; full", "hard", "5.2.2", "full"),
        ("failed", "4.4.7", "smtp; 451 4.4.7 expired", "soft", "4.4.7", "451 4.4.7 expired"),
        ("failed", "", "smtp; 550 5.1.10 Recipient not found", "hard", "5.1.10", "550 5.1.10 Recipient not found"),
        ("failed", "", "no words", "soft", "", ""),
        ("delayed", "4.4.1", "smtp; timed out", "delayed", "4.4.1", "timed out"),
        ("failed", "5.1.1", "smtp; " + "x" * 400, "hard", "5.1.1", "x" * 200),
    ],
)
def test_what_a_report_says(action: str, status: str, words: str, kind: str, code: str, text: str) -> None:
    said = bounces.read(report(action, status, words))

    assert said is not None
    assert (said.kind, said.code, said.text) == (kind, code, text)


@pytest.mark.parametrize("action", ["delivered", "relayed", "expanded", "What?"])
def test_good_news_is_no_bounce(action: str) -> None:
    assert bounces.read(report(action)) is None


def test_of_several_recipients_the_worst_news_counts() -> None:
    both = report("delayed", "4.4.1").replace(
        b"--b\nContent-Type: message/rfc822", b"Final-Recipient: rfc822; b\nAction: failed\nStatus: 5.1.1\n\n--b\nX: y"
    )

    said = bounces.read(both)

    assert said is not None
    assert (said.kind, said.code, said.text) == ("hard", "5.1.1", "")


@pytest.mark.parametrize(
    "mail",
    [
        b"",
        b"\x00\xff\xfe",
        b"Subject: Out of office\nAuto-Submitted: auto-replied\n\nI am away. 5.1.1",
        b"Content-Type: message/delivery-status\n\nnonsense",
        b"Content-Type: multipart/report; boundary=b\n\n--b\nContent-Type: message/delivery-status\n\nAction failed\n",
        b'Content-Type: multipart/report; boundary="' + b"b" * 100_000,
        report().replace(b"message/delivery-status", b"text/plain"),
    ],
)
def test_what_is_no_report_changes_nothing(sent: Callable[..., Delivery], mail: bytes) -> None:
    row = sent()

    assert back(row, mail) == "no report of non-delivery"

    assert (fresh(row).state, Bounce.objects.count()) == ("sent", 0)


# --- what follows -----------------------------------------------------------------------------------------------------
def test_a_returned_message_ends_as_returned_with_the_other_sides_words(sent: Callable[..., Delivery]) -> None:
    row = sent()

    assert back(row, report()) == "hard"

    returned, bounce = fresh(row), Bounce.objects.get()
    assert (returned.state, returned.reason, returned.sent_at) == ("bounced", "5.1.1 550 5.1.1 No such user", NOW)
    assert (bounce.delivery, bounce.kind, bounce.code, bounce.received_at) == (row, "hard", "5.1.1", NOW)
    assert str(bounce) == "Returned for good: 5.1.1"


def test_a_report_without_words_still_gives_a_reason(sent: Callable[..., Delivery]) -> None:
    row = sent()

    back(row, report("failed", "", "nothing"))

    assert fresh(row).reason == "Returned."


def test_a_delay_is_noted_and_ends_nothing(sent: Callable[..., Delivery]) -> None:
    row = sent()

    assert back(row, report("delayed", "4.4.1")) == "delayed"

    assert (fresh(row).state, Bounce.objects.get().kind) == ("sent", "delayed")


def test_a_returned_message_was_taken_by_the_relay_whatever_we_thought(owe: Owe) -> None:
    row = owe()
    Delivery.objects.update(state="ambiguous")

    back(row, report())

    assert (fresh(row).state, fresh(row).sent_at) == ("bounced", NOW)


def test_a_report_that_comes_five_times_is_one(sent: Callable[..., Delivery]) -> None:
    row = sent()

    assert [back(row, report()) for _ in range(5)] == ["hard"] + 4 * ["known already"]

    assert (Bounce.objects.count(), Suppression.objects.count()) == (1, 0)


def test_reports_without_a_number_are_told_apart_by_their_content(sent: Callable[..., Delivery]) -> None:
    row, bare = sent(), report().replace(b"Message-ID: <1@mx.example>\n", b"")

    assert [back(row, bare), back(row, bare)] == ["hard", "known already"]


def test_several_reports_about_one_message_do_not_stop_an_address(sent: Callable[..., Delivery]) -> None:
    row = sent()

    for n in range(5):
        back(row, report(n=n))

    assert (Bounce.objects.count(), Suppression.objects.count()) == (5, 0)


@pytest.mark.parametrize(("status", "number"), [("5.1.1", 2), ("4.4.7", 4)])
def test_an_address_that_returns_too_much_is_given_up(
    sent: Callable[..., Delivery], owe: Owe, sink: Sink, status: str, number: int
) -> None:
    for n in range(number):
        assert not Suppression.objects.live().exists()
        to = "ana@qm.example" if n % 2 else "Ana@QM.example"
        back(sent(to, key=f"k{n}"), report("failed", status, n=n), now=NOW + timedelta(days=n))

    row = Suppression.objects.live().get()
    assert row.address_sha256 == address_hash("ana@qm.example")
    assert row.reason == f"{number} messages came back within 14 days."
    assert row.evidence.startswith(status)
    stopped = owe()
    work()
    assert (fresh(stopped).state, sink.accepted) == ("suppressed", [])


def test_returns_that_lie_far_apart_stop_nothing(sent: Callable[..., Delivery]) -> None:
    for n in range(4):
        back(sent(key=f"k{n}"), report(n=n), now=NOW + timedelta(days=15 * n))

    assert Suppression.objects.count() == 0


def test_an_address_that_is_tried_again_starts_clean(sent: Callable[..., Delivery], staff: Any) -> None:
    for n in range(2):
        back(sent(key=f"k{n}"), report(n=n))
    operations.end_suppression(suppression=Suppression.objects.get(), by=staff.user, now=NOW + timedelta(hours=1))

    back(sent(key="k2"), report(n=2), now=NOW + timedelta(hours=2))
    assert not Suppression.objects.live().exists()
    back(sent(key="k3"), report(n=3), now=NOW + timedelta(hours=3))

    assert Suppression.objects.live().exists()


# --- the command ------------------------------------------------------------------------------------------------------
class Pipe:
    """Standard input."""

    def __init__(self, content: bytes) -> None:
        self.buffer = io.BytesIO(content)


def run(monkeypatch: pytest.MonkeyPatch, message: bytes, *words: str) -> str:
    monkeypatch.setattr(sys, "stdin", Pipe(message))
    out = io.StringIO()
    call_command("bounce", *words, stdout=out)
    return out.getvalue().strip()


def test_the_command_takes_the_address_postfix_gives(
    sent: Callable[..., Delivery], monkeypatch: pytest.MonkeyPatch
) -> None:
    row = sent()

    assert run(monkeypatch, report() + b"x" * 2_000_000, bounces.envelope_sender(row.message_id)) == "hard"

    assert fresh(row).state == "bounced"


def test_the_command_finds_the_address_in_the_headers(
    sent: Callable[..., Delivery], monkeypatch: pytest.MonkeyPatch
) -> None:
    row = sent()

    assert run(monkeypatch, report()) == "forged or unknown"
    assert run(monkeypatch, report(to=bounces.envelope_sender(row.message_id))) == "hard"


def test_forged_and_unknown_reports_change_nothing(
    sent: Callable[..., Delivery], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    row = sent()
    local, domain = bounces.envelope_sender(row.message_id).split("@")
    never = bounces.envelope_sender("<00000000-0000-4000-8000-000000000000@wild.example>")

    for address in (f"{local[:-20]}{'0' * 20}@{domain}", "bounce@wild.example", never):
        assert run(monkeypatch, report(), address) == "forged or unknown"

    assert (fresh(row).state, Bounce.objects.count()) == ("sent", 0)
    assert caplog.text.count("forged or unknown") == 3


def test_a_database_that_does_not_answer_lets_postfix_come_again(
    sent: Callable[..., Delivery], monkeypatch: pytest.MonkeyPatch
) -> None:
    address = bounces.envelope_sender(sent().message_id)

    with transaction.atomic():
        transaction.set_rollback(True)  # from here on the database refuses
        with pytest.raises(SystemExit) as end:
            run(monkeypatch, report(), address)

    assert end.value.code == 75
