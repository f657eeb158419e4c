"""F13 to F16 and F18: a relay that is busy, picky, away, or does not like us."""

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
from tests.faults.people import is_alarmed, owe
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
@pytest.mark.parametrize("doubt", [False, True], ids=["nothing in doubt", "one in doubt"])
def test_f16_a_relay_that_is_down_for_six_hours_is_not_hammered_and_ten_minutes_later_all_is_out(
    rig: Rig, dose: Dose, settings: LazySettings, doubt: bool
) -> None:
    """Simulated: the clock of the database is set ahead with every round of the mailer.

    The relay comes back when it is worst, just after a try. A message in doubt whose relay has to be greeted, so that
    its log says something, costs no try more.
    """
    settings.MAIL_PROFILE = "production"
    settings.MAIL_ORACLE = f"postfix:{rig.folder / 'a log that nobody wrote'}" if doubt else ""
    rig.oracle = doubt
    step = dose(20.0, 10.0)
    owed = owe(1, first=1_000_000) if doubt else 0
    with clocks.database_clock(rig) as clock:
        if doubt:
            rig.sink.behave(say={"BODY": "keep and cut"})
            machine.work()
            clock.ahead(PROFILES["production"].lease)
        before, down_from = calls(rig), clock.seconds
        rig.sink.behave(down=True)
        owed += owe(dose(100, 1000 if doubt else 10_000))
        while clock.seconds < down_from + 6 * 3600:
            machine.work()
            clock.ahead(step)
        tries = calls(rig) - before
        while calls(rig) == before + tries:
            machine.work()
            clock.ahead(step)
        rig.sink.behave()
        back, began = clock.seconds, time.monotonic()
        while not rig.is_quiet() and clock.seconds < back + 3600:
            if not machine.work():  # else the mailer goes on without a pause
                clock.ahead(step)
        normal = clock.seconds - back + time.monotonic() - began
    rig.note("hours without a relay", 6)
    print(f"\n  {tries} connection tries in 6 h; all {owed} out {normal:.0f} s after it came back")  # noqa: T201

    account = Account(
        rig, owed, may_end=frozenset({"held"} if doubt else ()), profile="production", clock_moved=True
    ).check()

    assert tries <= 60
    assert normal <= 600
    assert account.ends() == ({"sent": owed - 1, "held": 1} if doubt else {"sent": owed})


def calls(rig: Rig) -> int:
    """How often the relay was called."""
    return sum(1 for talk in rig.sink.talks() if talk["event"] == "connect")


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
