"""Talking to the relay: connections that die, answers that are none, TLS that is never skipped."""

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any, cast

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from notifications import delivery as machine
from notifications.models import Attempt, Delivery, EngineState
from notifications.relay import ChannelError, Lines, Relay, Reply, Talk, Verdict
from tests.notifications.conftest import outcomes
from tests.notifications.sink import Sink, running

Owe = Callable[..., Delivery]


@pytest.mark.parametrize(
    ("command", "code", "text", "verdict", "is_silence", "shakes"),
    [
        ("BODY", 250, "OK", Verdict.ACCEPTED, False, False),
        ("DATA", 354, "Go on", Verdict.ACCEPTED, False, False),
        ("DATA", 250, "OK", Verdict.LATER, True, True),
        ("BODY", 354, "Go on", Verdict.LATER, True, True),
        ("RCPT", 251, "Forwarded", Verdict.ACCEPTED, False, False),
        ("RCPT", 432, "4.3.2 Too many", Verdict.LATER, False, False),
        ("RCPT", 421, "4.3.2 Going", Verdict.LATER, False, True),
        ("RCPT", 550, "5.1.1 Unknown", Verdict.NEVER, False, False),
        ("RCPT", 550, "5.7.1 Policy", Verdict.POLICY, False, True),
        ("MAIL", 550, "5.1.8 Sender", Verdict.CHANNEL, False, True),
        ("MAIL", 452, "4.3.1 Full", Verdict.LATER, False, False),
        ("RCPT", 501, "5.1.3 Bad address", Verdict.NEVER, False, False),
        ("RCPT", 503, "Bad sequence", Verdict.POLICY, False, True),
        ("RCPT", 530, "Must issue a STARTTLS command first", Verdict.POLICY, False, True),
        ("RCPT", 0, "", Verdict.LATER, True, True),
        ("RCPT", -1, "hm", Verdict.LATER, True, True),
        ("RCPT", 999, "hm", Verdict.LATER, True, True),
    ],
)
def test_what_an_answer_means(
    command: str, code: int, text: str, verdict: Verdict, is_silence: bool, shakes: bool
) -> None:
    reply = Reply(command, code, text)

    assert (reply.verdict, reply.is_silence, reply.shakes_channel) == (verdict, is_silence, shakes)


@pytest.mark.parametrize(
    ("text", "queue_id"),
    [
        ("2.0.0 Ok: queued as 4XyZ12abc", "4XyZ12abc"),
        ("OK queued as <A-1.b:2>", "A-1.b:2"),
        ("Accepted", ""),
    ],
)
def test_the_relays_own_number_is_kept(text: str, queue_id: str) -> None:
    assert Reply("BODY", 250, text).queue_id == queue_id


def test_a_connection_that_died_costs_no_attempt(owe: Owe, sink: Sink) -> None:
    with Relay() as relay:
        relay.make_ready()
        sink.hang_up()
        time.sleep(0.1)
        row = owe()
        relay.make_ready()
        machine.send(*machine.claim(25), relay)

    assert (sink.connections, outcomes(row)) == (2, [("sent", 250)])


def test_a_connection_that_was_idle_is_checked_before_it_is_used_again(sink: Sink) -> None:
    with Relay() as relay:
        relay.make_ready()
        relay.make_ready()
        assert sink.noops == 0
        relay._used_at -= 1
        relay.make_ready()
        assert (sink.noops, sink.connections) == (1, 1)
        sink.hang_up()
        time.sleep(0.1)
        relay._used_at -= 1
        relay.make_ready()

    assert (sink.noops, sink.connections) == (1, 2)


def test_a_connection_that_dies_under_way_is_tried_again(owe: Owe, sink: Sink) -> None:
    row = owe()
    sink.tell("DATA", "cut")

    machine.work()

    assert outcomes(row)[:1] == [("later", 0)]  # a slow machine may have tried again within the round
    assert "SMTPServerDisconnected" in Attempt.objects.get(n=1).smtp_text


def test_a_relay_that_refuses_and_forgets_how_to_begin_again_is_left(sink: Sink, settings: Any) -> None:
    with Relay() as relay:
        relay.make_ready()
        sink.tell("RCPT", "450 4.2.0 Later")
        assert relay.offer("ana@qm.example", sender="a@b.example").code == 450
        sink.hang_up()
        time.sleep(0.1)
        relay.clear()
        settings.EMAIL_PORT = 9
        assert relay.offer("ana@qm.example", sender="a@b.example") == Reply("MAIL", 0, "no connection")
        assert relay.deliver(b"x") == Reply("BODY", 0, "no connection")
        relay.clear()


def test_a_body_without_a_last_line_end_gets_one(sink: Sink) -> None:
    with Relay() as relay:
        relay.make_ready()
        relay.offer("ana@qm.example", sender="a@b.example")
        assert relay.deliver(b"Message-ID: <1@x>\r\n\r\nHello").code == 250

    assert sink.bodies == [b"Message-ID: <1@x>\r\n\r\nHello\r\n"]


def test_no_relay_no_attempt_and_after_five_times_a_pause(owe: Owe, settings: Any) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        settings.EMAIL_PORT = free.getsockname()[1]
    row = owe()

    for _ in range(4):
        machine.work()
    assert EngineState.objects.get().breaker_until is None
    machine.work()

    engine = EngineState.objects.get()
    assert engine.failures == 5
    assert engine.breaker_reason.startswith("ConnectionRefusedError")
    assert engine.breaker_until is not None
    machine.work()
    assert EngineState.objects.get().failures == 5  # it was not even tried
    row.refresh_from_db()
    assert (row.state, row.attempts, outcomes(row)) == ("queued", 0, [])


def test_an_unfriendly_greeting_is_no_connection(settings: Any) -> None:
    with socket.create_server(("127.0.0.1", 0)) as rude:
        settings.EMAIL_HOST, settings.EMAIL_PORT = rude.getsockname()
        with Relay() as relay, pytest.raises(ChannelError, match="timed out"):
            relay.make_ready()


# --- answers without an end -------------------------------------------------------------------------------------------
@contextmanager
def saying(settings: Any, speak: Callable[[socket.socket], None]) -> Iterator[None]:
    """A relay that says one thing and reads nothing."""

    def answer() -> None:
        line, _ = server.accept()
        with line, suppress(OSError):
            speak(line)

    with socket.create_server(("127.0.0.1", 0)) as server:
        settings.EMAIL_HOST, settings.EMAIL_PORT = server.getsockname()
        thread = threading.Thread(target=answer)
        thread.start()
        yield
        thread.join(5)


def for_ever(words: bytes, pause: float) -> Callable[[socket.socket], None]:
    def speak(line: socket.socket) -> None:
        while True:
            line.sendall(words)
            time.sleep(pause)

    return speak


@pytest.mark.parametrize(
    ("words", "pause", "trouble"),
    [
        (b"220-more\r\n", 0.0, "its answer has no end"),
        (b"2", 0.15, "timed out|took too long"),
        (b"2" * 5000, 0.0, "Line too long"),
    ],
    ids=["line by line", "letter by letter", "one line"],
)
def test_an_answer_without_an_end_is_none(settings: Any, words: bytes, pause: float, trouble: str) -> None:
    began = time.monotonic()

    with saying(settings, for_ever(words, pause)), Relay() as relay, pytest.raises(ChannelError, match=trouble):
        relay.make_ready()

    assert time.monotonic() - began < 2  # each packet came in time


def test_an_answer_whose_time_is_over_is_not_waited_for() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.settimeout(0)
        theirs.sendall(b"220 there\r\n")
        lines = Lines(ours)
        lines.begin()

        with pytest.raises(TimeoutError, match="took too long"):
            lines.readline(100)


def test_an_answer_that_comes_in_pieces_is_put_together(settings: Any) -> None:
    def speak(line: socket.socket) -> None:
        for words in (b"22", b"0-one\r\n220 tw", b"o\r\n250 sink\r\n"):
            line.sendall(words)
            time.sleep(0.05)
        line.recv(100)

    with saying(settings, speak):
        smtp = Talk(settings.EMAIL_HOST, settings.EMAIL_PORT, "me.example", timeout=1)
        said = smtp.ehlo()
        assert (said, cast("socket.socket", smtp.sock).gettimeout()) == ((250, b"sink"), 1)
        smtp.close()


def test_a_relay_that_hangs_up_in_the_middle_of_a_word_is_none(settings: Any) -> None:
    with saying(settings, lambda line: line.sendall(b"22")), Relay() as relay, pytest.raises(ChannelError):
        relay.make_ready()


# --- signing in -------------------------------------------------------------------------------------------------------
def test_the_relay_gets_the_name_and_password_of_email_url(owe: Owe, sink: Sink, settings: Any) -> None:
    settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = "portal", "right"
    row = owe()

    machine.work()

    row.refresh_from_db()
    assert row.state == "sent"


def test_a_refused_login_touches_no_message(owe: Owe, sink: Sink, settings: Any) -> None:
    settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = "portal", "wrong"
    row = owe()

    machine.work()

    row.refresh_from_db()
    assert (row.state, outcomes(row)) == ("queued", [])
    assert EngineState.objects.get().breaker_reason.startswith("SMTPAuthenticationError: (535")


@pytest.mark.parametrize(
    ("challenge", "password", "trouble"),
    [("334 abcde", "right", "Invalid base64"), ("235 2.7.0 OK", "pässword", "UnicodeEncodeError")],
    ids=["a challenge that is no base64", "a password that cannot be said"],
)
def test_a_login_that_cannot_even_be_tried_is_the_channels_fault(
    settings: Any, challenge: str, password: str, trouble: str
) -> None:
    settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = "portal", password

    def speak(line: socket.socket) -> None:
        line.sendall(b"220 hello\r\n")
        line.recv(100)
        line.sendall(b"250-sink\r\n250 AUTH PLAIN\r\n")
        line.recv(100)
        line.sendall(f"{challenge}\r\n".encode())

    with saying(settings, speak), Relay() as relay, pytest.raises(ChannelError, match=trouble):
        relay.make_ready()


# --- TLS --------------------------------------------------------------------------------------------------------------
@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for 127.0.0.1 with its key, signed by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    today = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(today - timedelta(days=1))
        .not_valid_after(today + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "both.pem"
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.write_bytes(secret + made.public_bytes(Encoding.PEM))
    return path


@pytest.fixture
def context(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


@pytest.fixture
def starttls(context: ssl.SSLContext, settings: Any) -> Iterator[Sink]:
    """A relay that offers STARTTLS, and the setting that asks for it."""
    with running(starttls=context) as sink:
        settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_USE_TLS = "127.0.0.1", sink.port, True
        yield sink


def test_a_trusted_certificate_is_spoken_to(
    owe: Owe, starttls: Sink, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    row = owe()

    machine.work()

    assert outcomes(row) == [("sent", 250)]


def test_tls_from_the_first_byte(
    owe: Owe, context: ssl.SSLContext, settings: Any, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    settings.EMAIL_USE_SSL = True
    row = owe()

    with running(tls=context) as sink:
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", sink.port
        machine.work()

    assert outcomes(row) == [("sent", 250)]


def test_a_certificate_nobody_vouches_for_gets_no_mail(owe: Owe, starttls: Sink) -> None:
    row = owe()

    machine.work()

    row.refresh_from_db()
    assert (row.state, outcomes(row), starttls.offered) == ("queued", [], 0)
    assert "CERTIFICATE_VERIFY_FAILED" in EngineState.objects.get().breaker_reason


def test_a_relay_without_tls_gets_no_mail_where_tls_is_asked_for(owe: Owe, sink: Sink, settings: Any) -> None:
    settings.EMAIL_USE_TLS = True
    row = owe()

    machine.work()

    row.refresh_from_db()
    assert (row.state, outcomes(row), sink.offered) == ("queued", [], 0)
    assert EngineState.objects.get().breaker_reason.startswith("SMTPNotSupportedError")
