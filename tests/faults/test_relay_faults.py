"""F13 to F18: a relay that is busy, picky, broken, away, or does not like us."""

import time
from typing import Any

import pytest
from django.conf import LazySettings

from notifications import delivery as machine
from notifications.models import Attempt, Delivery, EngineState
from notifications.profile import PROFILES
from tests.faults import clocks
from tests.faults.account import Account
from tests.faults.conftest import Dose, asked
from tests.faults.people import owe
from tests.faults.rig import Rig


def choose(rig: Rig, owed: int, share: float) -> list[str]:
    """A share of the recipients, at least two."""
    numbers = rig.dice.sample(range(owed), max(2, round(owed * share)))
    return [f"person{number}@qm.example" for number in numbers]


@pytest.mark.faults("F13")
def test_f13_what_is_refused_for_now_is_tried_again_and_leaves_once(rig: Rig, dose: Dose) -> None:
    owed = owe(dose(300, 10_000))
    to: dict[str, Any] = {}
    answers = (
        ("RCPT", "421 4.3.2 Busy", 0.02),
        ("RCPT", "451 4.7.1 Greylisted", 0.02),
        ("BODY", "452 4.3.1 Full", 0.002),
    )
    for command, answer, share in answers:
        to |= {address: {command: [answer, answer]} for address in choose(rig, owed, share)}
    rig.sink.behave(idle=3, pause=0.002, to=to)
    rig.start("mailer", 4)
    rig.finish(seconds=dose(60, 400))
    rig.stop()

    account = Account(rig, owed).check()

    assert account.accepted() == owed
    assert Attempt.objects.filter(outcome="later").count() >= 2 * len(to)
    assert account.doubts.total() == 0


@pytest.mark.faults("F13")
def test_f13_in_production_nothing_is_tried_again_within_a_minute() -> None:
    patience = PROFILES["production"]

    assert min(patience.pause(1).total_seconds() for _ in range(2000)) >= 60


@pytest.mark.faults("F14")
def test_f14_an_address_that_is_refused_fails_at_once_and_is_listed(rig: Rig, dose: Dose) -> None:
    owed = owe(dose(300, 10_000))
    refused = choose(rig, owed, 0.005)
    rig.sink.behave(idle=3, to={address: {"RCPT": ["550 5.1.1 No such person"] * 9} for address in refused})
    rig.start("mailer", 4)
    rig.finish(seconds=dose(60, 400))
    rig.stop()

    Account(rig, owed, may_end=frozenset({"failed"})).check()

    failed = Delivery.objects.filter(state="failed")
    assert sorted(row.to_address for row in failed) == sorted(refused)
    assert {row.reason for row in failed} == {"550 5.1.1 No such person"}
    assert Attempt.objects.filter(delivery__in=failed).count() == len(refused)


@pytest.mark.faults("F15")
@asked()
def test_f15_what_the_relay_does_not_confirm_is_settled_and_never_lost(rig: Rig, dose: Dose, oracle: bool) -> None:
    rig.oracle = oracle
    owed = owe(dose(300, 10_000))
    share = dose(0.02, 0.005)
    to = {}
    for fault in ("keep and cut", "cut", "late"):
        to |= {address: {"BODY": [fault]} for address in choose(rig, owed, share) if address not in to}
    rig.sink.behave(idle=3, pause=0.002, to=to)
    rig.start("mailer", 4)
    rig.finish(seconds=dose(90, 400))
    rig.stop()

    account = Account(rig, owed, oracle=rig.oracle).check()

    assert account.doubts.total() >= len(to)
    kept = sum(1 for faults in to.values() if faults["BODY"][0] != "cut")
    assert account.accepted() - owed == (0 if rig.oracle else kept)


@pytest.mark.faults("F16")
def test_f16_a_relay_that_is_down_for_six_hours_is_not_hammered(rig: Rig, dose: Dose, settings: LazySettings) -> None:
    """Simulated: the clock of the database is set ahead with every round of the mailer."""
    settings.MAIL_PROFILE = "production"
    owed, step = owe(dose(100, 1000)), dose(30.0, 5.0)
    rig.sink.behave(down=True)
    with clocks.database_clock(rig) as clock:
        for _ in range(round(6 * 3600 / step)):
            machine.work()
            clock.ahead(step)
        tries = sum(1 for talk in rig.sink.talks() if talk["event"] == "connect")
        rig.sink.behave()
        down_until, rounds = clock.seconds, 0
        while not rig.is_quiet() and rounds < 1000:
            rounds += 1
            machine.work()
            clock.ahead(step)
        normal = clock.seconds - down_until
    rig.note("hours without a relay", 6)
    print(f"\n  {tries} connection tries in 6 h; all out {normal:.0f} s after it came back")  # noqa: T201

    Account(rig, owed, profile="production", clock_moved=True).check()

    assert tries <= 60
    assert normal <= PROFILES["production"].breaker_longest + 600


REPLIES = {
    "no code": "Hello there",
    "nothing": "",
    "unknown code": "999 What",
    "several lines": "451-First\r\n451 4.7.1 Second",
    "several codes": "250-First\r\n451 Second",
    "eight bits": "451 \xe9\xff\x80",
    "null": "451 \x00 4.0.0",
    "endless": "4" * 200_000,
    "endless lines": "451-more\r\n" * 500 + "451 done",
    "code alone": "451",
    "cut": "cut",
    "silent": "silent",
}
STAGES = ("CONNECT", "EHLO", "MAIL", "RCPT", "DATA", "BODY", "NOOP")


@pytest.mark.faults("F17")
@pytest.mark.parametrize("stage", STAGES)
def test_f17_whatever_the_relay_says_is_understood_or_waited_out(
    rig: Rig, dose: Dose, stage: str, settings: LazySettings
) -> None:
    """Seven commands and twelve replies: no crash, no false end, and when the relay is itself again the mail leaves."""
    settings.MAIL_PROFILE = "test"
    for number, reply in enumerate(REPLIES.values()):
        owe(1, first=number)
        rig.sink.behave(idle=3, say={stage: reply or " "})
        machine.work()
        row = Delivery.objects.get(key=f"response:{number}:v1:14:{number}")
        assert row.state in {"queued", "sending", "ambiguous", "sent"}, (stage, reply[:40], row.state, row.reason)
        rig.sink.behave(idle=3)
        rig.wait(lambda: machine.work() or rig.is_quiet(), seconds=40, what=f"{stage} {reply[:40]!r}", pause=0.2)
    rig.note(f"senseless replies to {stage}", len(REPLIES))

    Account(rig, len(REPLIES)).check()


@pytest.mark.faults("F18")
@pytest.mark.parametrize(
    ("command", "answer"),
    [
        ("AUTH", "535 5.7.8 No"),
        ("MAIL", "550 5.1.0 Sender refused"),
        ("RCPT", "550 5.7.1 Policy"),
        ("BODY", "554 5.7.1 Policy"),
    ],
    ids=["AUTH", "MAIL", "RCPT", "BODY"],
)
def test_f18_a_refusal_of_us_is_no_refusal_of_an_address(rig: Rig, dose: Dose, command: str, answer: str) -> None:
    owed = owe(dose(50, 300))
    rig.sink.behave(idle=3, say={command: answer})
    login = {"EMAIL_HOST_USER": "user", "EMAIL_HOST_PASSWORD": "right"} if command == "AUTH" else {}
    rig.start("mailer", 2, settings=login)
    rig.wait(is_alarmed, seconds=300, what="the channel is known to be closed")
    time.sleep(dose(3.0, 30.0))
    assert not Delivery.objects.filter(state__in=["failed", "held"]).exists()
    rig.sink.behave(idle=3)
    rig.finish(seconds=60)
    rig.stop()
    rig.note(f"{command} answered {answer}")

    account = Account(rig, owed).check()

    assert account.accepted() == owed
    assert account.alerts()["channel"] == 1
    assert EngineState.objects.get().breaker_until is None


def is_alarmed() -> bool:
    """True while the breaker is open and says why."""
    return EngineState.objects.filter(breaker_until__isnull=False).exclude(breaker_reason="").exists()
