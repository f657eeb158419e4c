"""The rig of the fault plan (reminders.md): real servers and workers, a relay that misbehaves, and who drives them."""

import json
import os
import random
import re
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from typing import Any

import psutil
import pytest
from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection

from dev import valkey
from notifications import operations
from notifications.models import Delivery
from tests.faults.book import Book
from tests.faults.machines import Machines

ROOT = Path(settings.BASE_DIR)
PROFILE = "test"


class Sink:
    """The relay: `tests/faults/sink.py` in a process of its own."""

    def __init__(self, folder: Path, seed: str) -> None:
        self.folder, self.seed = folder, seed
        self.folder.mkdir()
        self.process: subprocess.Popen[bytes] | None = None
        self.port, self._seen, self._at = 0, 0, 0

    def start(self) -> None:
        """Begins to listen: on the port it had, if it was stopped."""
        words = [sys.executable, str(Path(__file__).with_name("sink.py")), str(self.folder), self.seed]
        self.process = subprocess.Popen(words, stdin=subprocess.DEVNULL)
        wait_until(self.listens, seconds=20, what="the relay listens")
        self.port = int((self.folder / "port").read_text())

    def listens(self) -> bool:
        """True while the process holds its port."""
        assert self.process is not None
        return any(c.status == psutil.CONN_LISTEN for c in psutil.Process(self.process.pid).net_connections("tcp"))

    def stop(self) -> None:
        """Ends it without a word."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    def behave(self, **mode: Any) -> None:
        """From now on; see sink.py."""
        fresh = self.folder / "mode.new"
        fresh.write_text(json.dumps(mode))
        fresh.rename(self.folder / "mode.json")

    @property
    def count(self) -> int:
        """How many messages it has accepted."""
        path = self.folder / "accepted.jsonl"
        if path.exists() and path.stat().st_size > self._at:
            with path.open("rb") as log:
                log.seek(self._at)
                chunk = log.read()
            self._seen += chunk.count(b"\n")
            self._at += len(chunk)
        return self._seen

    def accepted(self) -> list[dict[str, Any]]:
        """Every message it has taken, in the order of time."""
        return _lines(self.folder / "accepted.jsonl")

    def talks(self) -> list[dict[str, Any]]:
        """Connections and faults, in the order of time."""
        return _lines(self.folder / "talks.jsonl")


def _empty_queue(folder: Path) -> Path:
    """A folder with a `postqueue` that knows of no message: what this relay takes over it has delivered at once."""
    program = folder / "bin" / "postqueue"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    return program.parent


class Nursery:
    """The program that forks the workers: one for a whole run of tests."""

    def __init__(self, folder: Path, machines: Machines) -> None:
        self.folder = folder
        environment = {
            **os.environ,
            "DATABASE_URL": machines.url("wild"),
            "REDIS_URL": valkey.url(machines.work),
            "MAIL_PROFILE": PROFILE,
            "DEPLOYMENT_ID": "",
            "LOG_LEVEL": "WARNING",
            "PYTHONPATH": str(ROOT),
            "PATH": f"{_empty_queue(folder)}:{os.environ['PATH']}",
        }
        words = [sys.executable, "-m", "tests.faults.nursery", str(folder)]
        self.process = subprocess.Popen(
            words, env=environment, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True
        )
        self.living: dict[int, str] = {}
        self.ended: list[dict[str, Any]] = []
        self.births = 0
        self.listener = threading.Thread(target=self._listen, daemon=True)
        self.listener.start()

    def _listen(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            news = json.loads(line)
            if news["event"] == "begun":
                self.births += 1
                self.living[news["pid"]] = news["slot"]
            else:
                self.ended.append(news)
                self.living.pop(news["pid"], None)

    def tell(self, **order: Any) -> None:
        """Gives an order."""
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(order).encode() + b"\n")
        self.process.stdin.flush()

    def end(self) -> None:
        """Ends it with all it has started."""
        with suppress(BrokenPipeError):
            self.tell(do="end")
        try:
            self.process.wait(40)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.listener.join(5)
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                pipe.close()


class Person:
    """Somebody of the Secretariat."""

    def get_username(self) -> str:
        """The name that stands in the reason."""
        return "staff@wild.example"


class Rig:
    """One run: a database of its own, a relay, the workers, and the dice."""

    def __init__(self, machines: Machines, nursery: Nursery, folder: Path, seed: int) -> None:
        self.machines, self.nursery, self.folder, self.seed = machines, nursery, folder, seed
        self.dice = random.Random(seed)
        self.database = f"faults_{os.getpid()}_{time.monotonic_ns()}"
        self.sink = Sink(folder / "sink", str(seed))
        self.name = ""
        self.book: Book | None = None
        self.slots: list[str] = []
        self.injected: Counter[str] = Counter()
        self.workers: Counter[str] = Counter()
        self.oracle = False
        self.log = nursery.folder / "workers.log"
        self.log_from = self.log.stat().st_size if self.log.exists() else 0
        self.began = time.monotonic()

    # --- life ---------------------------------------------------------------------------------------------------------
    def prepare(self) -> None:
        """Makes the database and starts the relay; everything in this process now speaks to that database."""
        self.machines.mend()
        self.machines.sql(f'CREATE DATABASE "{self.database}"')
        connection.close()
        connection.settings_dict.update(NAME=self.database, HOST=self.machines.sockets, OPTIONS={})
        self.machines.flush()
        self.sink.behave(idle=3, pause=0.002)
        self.sink.start()
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", self.sink.port
        settings.SECOND_PERSON_ABOVE = 10**6  # what is tried here is the mail, not who may cause it

    def dismantle(self) -> None:
        """Ends what is left and removes the database."""
        self.kill_all()
        self.sink.stop()
        connection.close()
        for name in (self.database, f"{self.database}_backup"):
            self.machines.sql(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    # --- workers ------------------------------------------------------------------------------------------------------
    def start(self, program: str, count: int = 1, *, again: bool = True, bent: Any = None, **order: Any) -> list[str]:
        """Starts so many workers; they begin again whenever they end, unless told otherwise. Their slots."""
        slots = []
        self.workers[program] += count
        for _ in range(count):
            slot = f"{program}-{self.database[7:]}-{len(self.slots)}"
            self.slots.append(slot)
            slots.append(slot)
            self.nursery.tell(
                do="start",
                slot=slot,
                program=program,
                again=again,
                bent=bent,
                folder=str(self.folder),
                seed=self.seed,
                database=self.database,
                **{**order, "settings": {**self.settings(), **order.get("settings", {})}},
            )
        wait_until(lambda: set(slots) <= self.slots_seen(), seconds=20, what="workers begin")
        return slots

    def settings(self) -> dict[str, object]:
        """Django's settings that are this run's own."""
        asked = f"postfix:{self.sink.folder / 'mail.log'}" if self.oracle else ""
        return {"EMAIL_PORT": self.sink.port, "MAIL_ORACLE": asked}

    def slots_seen(self) -> set[str]:
        """Slots that live or have ended."""
        return {*self.nursery.living.copy().values(), *(news["slot"] for news in self.nursery.ended)}

    def pids(self, *programs: str) -> list[int]:
        """The workers of this run that live now: all, or those of some programs."""
        mine = set(self.slots)
        living = self.nursery.living.copy()
        return sorted(p for p, slot in living.items() if slot in mine and (not programs or slot.startswith(programs)))

    def kill(self, *programs: str) -> None:
        """`kill -9`: half the time all workers with everything they started, else one process of one of them."""
        self.note("kill -9")
        pids = self.pids(*programs)
        if not pids:
            return
        if self.dice.random() < 0.5:
            for pid in pids:
                with suppress(ProcessLookupError):
                    os.killpg(pid, signal.SIGKILL)
            return
        chosen = self.dice.choice(pids)
        with suppress(psutil.NoSuchProcess, ProcessLookupError):
            family = psutil.Process(chosen).children(recursive=True)
            os.kill(self.dice.choice(family).pid if family else chosen, signal.SIGKILL)

    def fallen(self, *codes: int) -> int:
        """How many workers of this run have ended with one of these codes."""
        mine = set(self.slots)
        return sum(1 for news in self.nursery.ended if news["slot"] in mine and news["code"] in codes)

    def falls(self) -> Counter[str]:
        """How often workers of which program have ended on their own with which code, other than by `kill -9`."""
        mine = set(self.slots)
        ended = [
            news for news in self.nursery.ended if news["slot"] in mine and news["code"] not in {0, -signal.SIGKILL}
        ]
        return Counter(f"{news['slot'].partition('-')[0]} {news['code']}" for news in ended)

    def flush(self) -> None:
        """FLUSHALL."""
        self.note("FLUSHALL")
        self.machines.flush()

    def crash_postgres(self) -> None:
        """PostgreSQL ends as in a power cut and starts again."""
        self.note("crash of PostgreSQL")
        connection.close()
        self.machines.crash_postgres(seconds=self.dice.uniform(0, 1))

    def kill_all(self) -> None:
        """Ends every worker of this run for good, without a word."""
        for slot in self.slots:
            self.nursery.tell(do="stop", slot=slot)
        for pid in self.pids():
            with suppress(ProcessLookupError):
                os.killpg(pid, signal.SIGCONT)
        time.sleep(0.2)
        for pid in self.pids():
            with suppress(ProcessLookupError):
                os.killpg(pid, signal.SIGKILL)
        wait_until(lambda: not self.pids(), seconds=10, what="workers are gone")

    def stop(self, *programs: str, seconds: float = 30) -> None:
        """Asks workers to end, as a deployment does, and waits until all have; also those about to begin again."""
        for slot in self.slots:
            if not programs or slot.startswith(programs):
                self.nursery.tell(do="stop", slot=slot)
        try:
            wait_until(lambda: not self.pids(*programs), seconds=seconds, what="workers end when asked")
        except AssertionError:
            stayed = {pid: slot for pid, slot in self.nursery.living.copy().items() if pid in self.pids(*programs)}
            for pid in stayed:
                os.kill(pid, signal.SIGUSR2)  # each writes down where it stands
            time.sleep(1)
            pytest.fail(f"{stayed} do not end when asked.\n{self.words()[-6000:]}", pytrace=False)

    # --- driving ------------------------------------------------------------------------------------------------------
    def note(self, what: str, number: int = 1) -> None:
        """Counts an injected fault, for the account."""
        if number:
            self.injected[what] += number

    def drive(self, events: Iterable[tuple[int, Callable[[], None]]], *, seconds: float) -> None:
        """Does each thing when the relay has accepted so many messages."""
        for point, action in sorted(events, key=lambda event: event[0]):
            self.wait(lambda point=point: self.sink.count >= point, seconds=seconds, what=f"{point} accepted")
            time.sleep(self.dice.uniform(0, 0.02))
            action()

    def points(self, number: int, below: int) -> list[int]:
        """Random moments of the way, as numbers of accepted messages."""
        return sorted(self.dice.sample(range(1, below), number))

    def finish(self, *, seconds: float) -> None:
        """Waits until no message is on its way any more."""
        self.wait(self.is_quiet, seconds=seconds, what="every message has its end", pause=0.05)

    def decide_held(self) -> int:
        """What a person does with messages that have cost three workers their life: send them again. How many."""
        held = list(Delivery.objects.filter(state=Delivery.State.HELD, crashes__gte=3))
        for delivery in held:
            operations.send_held(delivery=delivery, by=Person())
        self.note("held after three crashes, sent again by a person", len(held))
        return len(held)

    def finish_with_a_person(self, *, seconds: float) -> None:
        """As `finish`, with somebody who looks after held messages."""
        self.finish(seconds=seconds)
        while self.decide_held():
            self.finish(seconds=seconds)

    def is_quiet(self) -> bool:
        """True where nothing is queued, being sent or in doubt; False while the database is away."""
        try:
            moving = [Delivery.State.QUEUED, Delivery.State.SENDING, Delivery.State.AMBIGUOUS]
            return not Delivery.objects.filter(state__in=moving).exists()
        except (DatabaseError, InterfaceError):
            connection.close()
            return False

    def wait(self, is_so: Callable[[], bool], *, seconds: float, what: str, pause: float = 0.003) -> None:
        """Waits; says where the run stands when it takes too long."""
        try:
            wait_until(is_so, seconds=seconds, what=what, pause=pause)
        except AssertionError:
            pytest.fail(f"{what}: not within {seconds:.0f} s.\n{self.whereabouts()}", pytrace=False)

    def forbidden(self) -> list[str]:
        """What the constraints of the database had to stop: a worker that tried it is wrong."""
        return re.findall(r"(?:IntegrityError|UniqueViolation|CheckViolation)\b.{0,120}", self.words())

    def words(self) -> str:
        """What the workers of this run have written."""
        with self.log.open("rb") if self.log.exists() else BytesIO() as log:
            log.seek(self.log_from)
            return log.read().decode("utf-8", "replace")

    def whereabouts(self) -> str:
        """Where a run stands that does not end."""
        with suppress(DatabaseError, InterfaceError):
            states: dict[str, int] = {}
            lines = [f"workers {self.pids()}"]
            for state in Delivery.objects.values_list("state", flat=True):
                states[state] = states.get(state, 0) + 1
            moving = Delivery.objects.filter(state__in=["queued", "sending", "ambiguous"])[:10]
            for row in moving:
                attempts = list(row.attempt_set.values_list("n", "worker", "started_at", "data_at", "outcome"))[-3:]
                lines.append(f"{row.key} {row.to_address} {row.state} {row.stage} crashes {row.crashes} {attempts}")
            return (
                "\n".join(lines) + f"\n{states}, accepted {self.sink.count}, seed {self.seed}\n{self.words()[-4000:]}"
            )
        return self.words()[-4000:]


def wait_until(is_so: Callable[[], bool], *, seconds: float, what: str, pause: float = 0.005) -> None:
    """Waits until something is so; AssertionError after so many seconds."""
    ends = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < ends, what
        time.sleep(pause)


def _lines(path: Path) -> list[dict[str, Any]]:
    """The whole lines of a log."""
    text = path.read_text() if path.exists() else ""
    return [json.loads(line) for line in text.splitlines() if line.endswith("}")]
