"""F17: a relay that talks nonsense, and one whose encryption is broken."""

import time
from collections import defaultdict
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings

from notifications import delivery as machine
from notifications.models import Attempt, Delivery, EngineState
from tests.faults.account import Account
from tests.faults.certificates import DAY, Authority
from tests.faults.conftest import Dose
from tests.faults.people import is_alarmed, owe
from tests.faults.rig import Rig

Certificates = dict[str, str]  # paths by what is wrong

# The fourteen replies of B22, which stand at six points of a talk; those with a code say "later".
REPLIES = {
    "no code": "Hello there",
    "nothing": " ",
    "unknown code": "999 What",
    "several lines": "451-First\r\n451 4.7.1 Second",
    "several codes": "250-First\r\n451 Second",
    "eight bits": "451 \xe9\xff\x80",
    "null": "451 \x00 4.0.0",
    "code alone": "451",
    "not of the address": "530 Must issue a STARTTLS command first",
    "endless line": "4" * 200_000,
    "endless lines": "endless",
    "letter by letter": "drip",
    "cut": "cut",
    "silent": "silent",
}
POINTS = ("CONNECT", "EHLO", "MAIL", "RCPT", "DATA", "BODY")
NO_CODE = {"no code": -1, "nothing": -1, "unknown code": 999}


def meaning(point: str, name: str) -> list[tuple[str, int | None]]:
    """How the first attempt of a message has to end: outcome and code; none where nobody could even begin."""
    if point in {"CONNECT", "EHLO"}:
        return []
    text = REPLIES[name]
    if name == "not of the address":
        return [("channel" if point == "MAIL" else "later", 530)]
    if text.startswith(("451", "250")):
        return [("later", 451)]
    return [("no_answer" if point == "BODY" else "later", NO_CODE.get(name, 0))]


@pytest.mark.faults("F17")
@pytest.mark.parametrize("point", POINTS)
def test_f17_whatever_the_relay_says_is_understood_or_waited_out(
    rig: Rig, dose: Dose, point: str, settings: LazySettings
) -> None:
    """Each reply is classified, none ends a message, and when the relay is itself again the mail leaves."""
    settings.MAIL_PROFILE = "test"
    for number, name in enumerate(REPLIES):
        owe(1, first=number)
        rig.sink.behave(idle=3, say={point: REPLIES[name]})
        machine.work()
        row = Delivery.objects.get(key=f"response:{number}:v1:14:{number}")
        first = list(row.attempt_set.filter(n=1).values_list("outcome", "smtp_code"))
        assert first == meaning(point, name), (point, name)
        assert row.state == ("ambiguous" if first and first[0][0] == "no_answer" else "queued"), (point, name)
        assert first or EngineState.objects.get().failures, (point, name)
        rig.sink.behave(idle=3)
        rig.wait(lambda: machine.work() or rig.is_quiet(), seconds=40, what=f"{point}: {name}", pause=0.2)
    rig.note(f"replies to {point}", len(REPLIES))

    account = Account(rig, len(REPLIES)).check()

    assert account.ends() == {"sent": len(REPLIES)}


# What is wrong with the encryption: how the relay behaves, by where it keeps the certificates.
ANY: Certificates = defaultdict(str)
BROKEN: dict[str, Callable[[Certificates], dict[str, Any]]] = {
    "expired": lambda files: {"tls": {"certificate": files["expired"]}},
    "not valid yet": lambda files: {"tls": {"certificate": files["early"]}},
    "of another name": lambda files: {"tls": {"certificate": files["other"]}},
    "of nobody we trust": lambda files: {"tls": {"certificate": files["stranger"]}},
    "not offered": lambda _files: {},
    "refused": lambda files: {"tls": {"certificate": files["good"]}, "say": {"STARTTLS": "454 4.7.0 Not now"}},
    "nonsense in its place": lambda files: {"tls": {"certificate": files["good"]}, "say": {"STARTTLS": "Hello"}},
    "handshake cut": lambda files: {"tls": {"certificate": files["good"], "instead": "cut"}},
    "handshake silent": lambda files: {"tls": {"certificate": files["good"], "instead": "silent"}},
    "handshake of garbage": lambda files: {"tls": {"certificate": files["good"], "instead": "garbage"}},
}

WAYS = {"command": "STARTTLS", "start": "TLS from the first byte"}
# Where TLS begins with the first byte, there is no word that the relay could answer.
CASES = [(trouble, at) for trouble in BROKEN for at in WAYS if at == "command" or "say" not in BROKEN[trouble](ANY)]


@pytest.fixture
def certificates(tmp_path: Path) -> Certificates:
    """Files by what is wrong with the certificate in them; "authority" is whom the portal trusts."""
    ours, strangers = Authority(tmp_path, "ours"), Authority(tmp_path, "strangers")
    made = {
        "good": ours.vouch("good"),
        "expired": ours.vouch("expired", since=-2 * DAY, until=-timedelta(minutes=1)),
        "early": ours.vouch("early", since=timedelta(hours=1), until=DAY),
        "other": ours.vouch("other", address="127.0.0.2"),
        "stranger": strangers.vouch("stranger"),
        "authority": ours.path,
    }
    return {name: str(path) for name, path in made.items()}


@pytest.mark.faults("F17")
@pytest.mark.parametrize(("trouble", "at"), CASES, ids=[f"{trouble}, {WAYS[at]}" for trouble, at in CASES])
def test_f17_encryption_that_was_asked_for_is_never_skipped(
    rig: Rig, dose: Dose, certificates: Certificates, trouble: str, at: str
) -> None:
    """While it is broken no message begins, none ends, no word of one and no password is said; then all leave."""
    broken = BROKEN[trouble](certificates)
    good = {"tls": {"certificate": certificates["good"], "at": at}, "idle": 3, "watch": True}
    rig.sink.behave(
        **{**good, "tls": {}, **broken, **({"tls": {**broken["tls"], "at": at}} if "tls" in broken else {})}
    )
    owed = owe(dose(20, 200))
    login = {"EMAIL_HOST_USER": "portal", "EMAIL_HOST_PASSWORD": "right"}
    wanted = {"EMAIL_USE_TLS": at == "command", "EMAIL_USE_SSL": at == "start"}
    trusts = {"SSL_CERT_FILE": certificates["authority"]}
    rig.start("mailer", 2, settings={**login, **wanted}, environment=trusts)
    rig.wait(is_alarmed, seconds=60, what="the channel is known to be closed")
    rig.wait(Delivery.objects.filter(purpose="alert", step="channel").exists, seconds=60, what="an alert is owed")
    time.sleep(dose(0.5, 5.0))
    states = set(Delivery.objects.exclude(purpose="alert").values_list("state", flat=True))
    begun, said = Attempt.objects.count(), [talk for talk in rig.sink.talks() if talk["event"] == "said"]
    reason = EngineState.objects.get().breaker_reason
    rig.sink.behave(**good)
    rig.finish(seconds=60)
    rig.stop()
    rig.note(f"encryption: {trouble}")
    print(f"\n  {trouble}: {reason}")  # noqa: T201

    account = Account(rig, owed).check()

    assert (states, begun, said) == ({"queued"}, 0, [])
    assert rig.fallen(1) == 0
    assert account.ends() == {"sent": owed}
    assert account.alerts() == {"channel": 1}
    assert {talk["is_secret"] for talk in rig.sink.talks() if talk["event"] == "said"} == {True}
