"""Workers killed while they send: nothing is lost, and a copy exists only where the ledger recorded a doubt.

Real processes: PostgreSQL, Valkey, Celery workers; the relay writes every accepted message down before it says so.
This much runs with every test; `make faults` has the rest.
"""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from notifications import outbox
from notifications.message import Message
from notifications.models import Attempt, Delivery
from notifications.profile import PROFILES
from tests.notifications.sink import Sink, running

pytestmark = pytest.mark.django_db(transaction=True)
CELERY = [
    "-m",
    "celery",
    "-A",
    "wild_portal",
    "worker",
    "-c",
    "2",
    "--without-gossip",
    "--without-mingle",
    "-l",
    "warning",
]


@dataclass
class Worker:
    """A process group that can be asked to end, or killed with everything in it."""

    words: list[str]
    sink: Sink
    log: Path
    process: subprocess.Popen[bytes] | None = None
    starts: int = 0

    def start(self) -> None:
        """Starts it on the database of this test."""
        database = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{connection.settings_dict['NAME']}")
        environment = {
            **os.environ,
            "DATABASE_URL": database.geturl(),
            "EMAIL_URL": f"smtp://127.0.0.1:{self.sink.port}",
            "MAIL_PROFILE": "test",
            "PYTHONWARNINGS": "default",
        }
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, *self.words],
                env=environment,
                cwd=settings.BASE_DIR,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.starts += 1

    def kill(self) -> None:
        """Ends the whole group without a warning."""
        if self.process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def ask(self) -> int:
        """Asks it to end as a deployment does; its exit code."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(90)  # what is being sent is finished first; a busy machine takes its time


@contextmanager
def worker(words: list[str], sink: Sink, tmp_path: Path) -> Iterator[Worker]:
    """A worker that has begun, and is gone afterwards whatever happens."""
    made = Worker(words, sink, tmp_path / "worker.log")
    made.start()
    try:
        yield made
    finally:
        made.kill()


def owe(count: int) -> None:
    """Queues so many reminders in one transaction."""
    now = timezone.now()
    with transaction.atomic():
        written = outbox.queue_many((reminder(n, now + timedelta(hours=2)) for n in range(count)), now=now)
    assert written == count


def reminder(number: int, expires_at: object) -> Message:
    """The reminder to one of many people."""
    return Message(
        key=f"response:{number}:v1:14:{number}",
        subject_key=f"response:{number}",
        kind="official",
        to=f"person{number}@qm.example",
        to_name=f"Person {number}",
        language="en",
        subject=f"14 days left: position of office {number}",
        text="Nothing has been submitted yet.\n.\nA line with a dot above.",
        html="<p>Nothing has been submitted yet.</p>",
        purpose="reminder",
        step="14",
        expires_at=expires_at,
        leave_url="https://wild.example/hand-over/",
    )


def wait_for(what: str, is_reached: Callable[[], bool], *, seconds: float, log: Path) -> None:
    """Rings the doorbell, as beat does, until it is so."""
    ends, rang = time.monotonic() + seconds, 0.0
    while not is_reached():
        if time.monotonic() > ends:
            pytest.fail(f"{what}: not within {seconds:.0f} s. {log.read_text()[-3000:]}")
        if time.monotonic() - rang > 0.5:
            outbox.ring()
            rang = time.monotonic()
        time.sleep(0.002)


@dataclass
class Account:
    """What the relay has and what the ledger says, side by side."""

    owed: int
    log: Path
    rows: dict[str, Delivery] = field(init=False)
    copies: Counter[str] = field(init=False)
    bodies: dict[str, set[str]] = field(init=False)
    doubts: Counter[str] = field(init=False)

    def __post_init__(self) -> None:
        accepted = [json.loads(line) for line in self.log.read_text().splitlines()]
        self.rows = {row.message_id: row for row in Delivery.objects.defer("rendered")}
        self.copies = Counter(mail["message_id"] for mail in accepted)
        self.bodies = {number: {m["sha256"] for m in accepted if m["message_id"] == number} for number in self.copies}
        self.doubts = Counter(Attempt.objects.doubtful().values_list("delivery__message_id", flat=True))

    def check(self) -> None:
        """Lost 0, doubles only in doubt, one Message-ID and one body each, every end explained, the sum right."""
        assert len(self.rows) == self.owed
        assert self.lost() == []
        assert self.unexplained_copies() == {}
        assert self.altered() == []
        assert self.ends() == {"sent": self.owed}
        assert Attempt.objects.filter(outcome="").count() == 0
        assert open_transactions() == 0

    def ends(self) -> Counter[str]:
        """How many messages are in which state."""
        return Counter(row.state for row in self.rows.values())

    def lost(self) -> list[str]:
        """Messages the relay never got."""
        return [row.key for number, row in self.rows.items() if not self.copies[number]]

    def unexplained_copies(self) -> dict[str, int]:
        """Messages with more copies than attempts that the ledger recorded as doubtful."""
        return {number: copies for number, copies in self.copies.items() if copies - 1 > self.doubts[number]}

    def altered(self) -> list[str]:
        """Message-IDs that are not ours, or whose copies are not the bytes that were queued."""
        ours = {number: {row.rendered_sha256} for number, row in self.rows.items()}
        return [number for number, bodies in self.bodies.items() if bodies != ours.get(number)]

    def say(self, seed: int, kills: int, seconds: float) -> None:
        """Prints the equation with what is needed to run it again."""
        outcomes = Counter(Attempt.objects.values_list("outcome", flat=True))
        doubled = sum(1 for copies in self.copies.values() if copies > 1)
        ends = " + ".join(f"{count} {state}" for state, count in sorted(self.ends().items()))
        print(  # noqa: T201 the account is what `make faults` is for
            f"\nseed {seed}, {kills} kills -9 of the worker group, profile test: {PROFILES['test']}\n"
            f"owed {self.owed} = {ends}; lost {len(self.lost())}; the relay accepted {self.copies.total()}"
            f" = {len(self.copies)} messages + {self.copies.total() - len(self.copies)} copies ({doubled} messages);"
            f" doubtful attempts {self.doubts.total()}; copies without a doubt {len(self.unexplained_copies())};"
            f" other Message-IDs or bodies {len(self.altered())}\n"
            f"attempts {dict(sorted(outcomes.items()))}; {seconds:.1f} s"
        )


def open_transactions() -> int:
    """Transactions that other processes have left open on this database."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
            " AND pid <> pg_backend_pid() AND state LIKE 'idle in transaction%'"
        )
        return int(cursor.fetchone()[0])


def run(owed: int, kills: int, seed: int, tmp_path: Path) -> Account:
    """Owes mail, kills the workers at random points of the way, lets the rest be sent, checks and prints."""
    dice, began, log = random.Random(seed), time.monotonic(), tmp_path / "accepted.jsonl"
    points = sorted(dice.sample(range(1, owed - owed // 20), kills))
    owe(owed)
    with running(log=log, pause=0.005) as sink, worker(CELERY, sink, tmp_path) as victim:
        for point in points:
            wait_for(f"{point} accepted", lambda n=point: len(sink.accepted) >= n, seconds=60, log=victim.log)
            time.sleep(dice.uniform(0, 0.02))
            victim.kill()
            victim.start()
        wait_for("the end", lambda: not Delivery.objects.living().exists(), seconds=120 + owed / 20, log=victim.log)
        assert victim.ask() == 0
    account = Account(owed, log)
    account.say(seed, victim.starts - 1, time.monotonic() - began)
    account.check()
    return account


def test_two_kills_lose_nothing_and_double_nothing_without_a_doubt(tmp_path: Path) -> None:
    seed = int(os.environ.get("SEED") or 20261121)

    account = run(60, 2, seed, tmp_path)

    assert account.copies.total() - 60 <= account.doubts.total()


def test_a_mailer_that_is_asked_to_end_finishes_its_mail(tmp_path: Path) -> None:
    owe(30)
    log = tmp_path / "accepted.jsonl"
    with running(log=log, pause=0.1) as sink, worker(["manage.py", "mailer"], sink, tmp_path) as mailer:
        wait_for("two mails", lambda: len(sink.accepted) >= 2, seconds=30, log=mailer.log)
        began = time.monotonic()

        assert mailer.ask() == 0

        took = time.monotonic() - began
    states = Counter(Delivery.objects.values_list("state", flat=True))
    assert states == {"sent": len(sink.accepted), "queued": 30 - len(sink.accepted)}
    outcomes = Counter(Attempt.objects.values_list("outcome", flat=True))
    assert outcomes["sent"] == len(sink.accepted)
    assert set(outcomes) <= {"sent", "returned"}  # what was claimed and not begun goes back
    assert took < 10
