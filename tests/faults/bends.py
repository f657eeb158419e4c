"""What is done to the code of one worker before it begins: killed or frozen at a named point, a sick message, a mutant.

The product holds no hook: the points are found in what it says to the database and to the relay.

    {"at": point, "share": 0.1, "signal": "KILL" | "STOP"}   the worker ends, or freezes, itself there
    {"sick": true}                                           messages to sick-…@ harm whoever sends them
    {"mutant": name}                                         one of `tests.faults.mutants`
    {"ahead": seconds}                                       the clock of this process is wrong
"""

import os
import random
import re
import resource
import signal
import smtplib
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import time_machine
from django.db.backends.postgresql.base import DatabaseWrapper
from django.utils import timezone

from notifications.relay import Relay, Verdict
from tests.faults.mutants import MUTANTS

POINTS = (
    "claim written",
    "claim committed",
    "before fence",
    "fence committed",
    "dot sent",
    "answer read",
    "end committed",
)
WRITES = re.compile(
    r'\s*(?:WITH\b.*)?\b(INSERT INTO|UPDATE)\s+"?notifications_attempt"?(.*)', re.IGNORECASE | re.DOTALL
)


def bend(bent: dict[str, Any], seed: str) -> None:
    """Does what was asked to this process."""
    if "at" in bent:
        dice = random.Random(seed)
        number = signal.Signals[f"SIG{bent.get('signal', 'KILL')}"]

        def strike(point: str) -> None:
            if point == bent["at"] and dice.random() < bent["share"]:
                os.kill(os.getpid(), number)

        watch_database(strike)
        watch_relay(strike)
    if bent.get("sick"):
        make_sick()
    if bent.get("ahead"):
        time_machine.travel(timezone.now() + timedelta(seconds=bent["ahead"]), tick=True).start()
    if bent.get("mutant"):
        MUTANTS[bent["mutant"]].apply()


# --- points -----------------------------------------------------------------------------------------------------------
def kind_of(sql: str, params: Any) -> str:
    """Which step of the machine a statement belongs to: claim, fence, end; "" for everything else."""
    found = WRITES.match(sql)
    if not found or any(str(value).startswith(("crash", "returned")) for value in _flat(params)):
        return ""
    if found[1].upper() == "INSERT INTO":
        return "claim"
    return "end" if '"outcome"' in found[2].split(" WHERE ")[0] or "outcome =" in found[2] else "fence"


def _flat(params: Any) -> list[Any]:
    values = params.values() if isinstance(params, dict) else params or ()
    return [each for value in values for each in (value if isinstance(value, (list, tuple)) else [value])]


def watch_database(strike: Callable[[str], None]) -> None:
    """Sees what is written about attempts, and when it is committed."""
    pending: set[str] = set()

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        result = execute(sql, params, many, context)
        if kind := kind_of(sql, params):
            if kind == "claim":
                strike("claim written")
            pending.add(kind)
            if not context["connection"].in_atomic_block:
                committed()
        return result

    def committed() -> None:
        kinds = sorted(pending)
        pending.clear()
        for kind in kinds:
            strike(f"{kind} committed")

    def connect(self: DatabaseWrapper, *args: Any, **kwargs: Any) -> None:
        usual_connect(self, *args, **kwargs)
        if note not in self.execute_wrappers:
            self.execute_wrappers.append(note)

    def commit(self: DatabaseWrapper, *args: Any, **kwargs: Any) -> None:
        usual_commit(self, *args, **kwargs)
        committed()

    def rollback(self: DatabaseWrapper, *args: Any, **kwargs: Any) -> None:
        pending.clear()
        usual_rollback(self, *args, **kwargs)

    usual_connect, usual_commit, usual_rollback = (
        DatabaseWrapper.connect,
        DatabaseWrapper.commit,
        DatabaseWrapper.rollback,
    )
    DatabaseWrapper.connect, DatabaseWrapper.commit, DatabaseWrapper.rollback = connect, commit, rollback


def watch_relay(strike: Callable[[str], None]) -> None:
    """Sees what is said to the relay."""
    usual_offer, usual_deliver, usual_send = Relay.offer, Relay.deliver, smtplib.SMTP.send

    def offer(self: Relay, *args: Any, **kwargs: Any) -> Any:
        reply = usual_offer(self, *args, **kwargs)
        if reply.verdict is Verdict.ACCEPTED:
            strike("before fence")
        return reply

    def deliver(self: Relay, *args: Any, **kwargs: Any) -> Any:
        reply = usual_deliver(self, *args, **kwargs)
        if reply.verdict is Verdict.ACCEPTED:
            strike("answer read")
        return reply

    def send(self: smtplib.SMTP, text: Any) -> None:
        usual_send(self, text)
        if text[-5:] in (b"\r\n.\r\n", "\r\n.\r\n"):
            strike("dot sent")

    Relay.offer, Relay.deliver, smtplib.SMTP.send = offer, deliver, send  # type: ignore[method-assign]


# --- messages that harm -----------------------------------------------------------------------------------------------
def make_sick() -> None:
    """A message to sick-<how>@… harms whoever offers it to the relay."""
    usual = Relay.offer

    def offer(self: Relay, address: str, *args: Any, **kwargs: Any) -> Any:
        how = address.partition("@")[0].partition("sick-")[2]
        if how:
            HARM[how]()
        return usual(self, address, *args, **kwargs)

    Relay.offer = offer  # type: ignore[method-assign]


def _raise() -> None:
    raise RuntimeError("a sick message")


def _exit() -> None:
    os._exit(3)


def _segfault() -> None:
    os.kill(os.getpid(), signal.SIGSEGV)


def _loop() -> None:
    while True:
        time.sleep(0.01)


def _memory() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (1_500_000_000, resource.RLIM_INFINITY))
    bytearray(2_000_000_000)  # MemoryError, as in a container with a limit


HARM = {"raise": _raise, "exit": _exit, "segfault": _segfault, "loop": _loop, "memory": _memory}
