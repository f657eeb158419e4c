"""A program that loads the portal once and forks its workers from there, so that fifty `kill -9` cost seconds.

`python -m tests.faults.nursery FOLDER` obeys lines of JSON on its standard input and says on its
standard output what began and ended, one line of JSON each:

    {"do": "start", "slot": name, "program": name, "again": bool, …}   start it, and again whenever it falls
    {"do": "stop", "slot": name}                                       SIGTERM, and not again
    {"do": "end"}                                                      SIGTERM to all, wait, leave

What a worker works on comes with the order: `database`, `settings` (of Django), `environment`, `seed`. A worker is a
process of its own in its own group: mailer, beat, a Celery worker with its pool, a planner, somebody who answers.
`bent` is what `tests.faults.bends` does to the code it runs before it begins.
"""

import ctypes
import faulthandler
import gc
import json
import os
import select
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import django
from django.conf import settings
from django.db import connection

PR_SET_PDEATHSIG = 1
PATIENCE = 30.0  # seconds between asking and telling


class Nursery:
    """The workers that live, and those that are to live again."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.orders: dict[str, dict[str, Any]] = {}
        self.living: dict[int, str] = {}
        self.births: dict[str, int] = {}

    def run(self) -> None:
        """Obeys until told to end, or until whoever gives the orders has gone."""
        buffer = b""
        while True:
            if select.select([0], [], [], 0.005)[0]:
                chunk = os.read(0, 65536)
                if not chunk:
                    return self.end()
                *lines, buffer = (buffer + chunk).split(b"\n")
                for line in lines:
                    order = json.loads(line)
                    if order["do"] == "end":
                        return self.end()
                    self.obey(order)
            self.bury()

    def obey(self, order: dict[str, Any]) -> None:
        """Starts or stops one worker."""
        slot = order["slot"]
        if order["do"] == "start":
            self.orders[slot] = order
            self.bear(slot)
            return
        self.orders.pop(slot, None)
        for pid in [pid for pid, name in self.living.items() if name == slot]:
            os.kill(pid, signal.SIGTERM)

    def bear(self, slot: str) -> None:
        """Forks one worker."""
        order, self.births[slot] = self.orders[slot], self.births.get(slot, 0) + 1
        pid = os.fork()
        if pid == 0:
            self.live(order, self.births[slot])
        self.living[pid] = slot
        say(event="begun", slot=slot, pid=pid)

    def live(self, order: dict[str, Any], birth: int) -> None:
        """The whole life of a worker; does not return."""
        code = 1
        try:
            os.setsid()
            ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
            log = os.open(self.folder / "workers.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            for number, file in ((0, os.open(os.devnull, os.O_RDONLY)), (1, log), (2, log)):
                os.dup2(file, number)
            faulthandler.register(signal.SIGUSR2)
            for name, value in order["settings"].items():
                setattr(settings, name, value)
            connection.settings_dict["NAME"] = order["database"]
            os.environ.update(order.get("environment", {}))
            bend(order.get("bent") or {}, f"{order['seed']}:{order['slot']}:{birth}")
            code = PROGRAMS[order["program"]](order)
        except SystemExit as end:
            code = int(end.code or 0)
        except BaseException:
            sys.excepthook(*sys.exc_info())
        finally:
            with suppress(Exception):
                sys.stderr.flush()
            os._exit(code)

    def bury(self) -> None:
        """Notes who has ended; brings back who is to live again."""
        with suppress(ChildProcessError):
            while (found := os.waitpid(-1, os.WNOHANG))[0]:
                slot = self.living.pop(found[0], "")
                code = os.waitstatus_to_exitcode(found[1])
                say(event="ended", slot=slot, pid=found[0], code=code)
                if code and self.orders.get(slot, {}).get("again"):
                    self.bear(slot)

    def end(self) -> None:
        """Asks all to end, then tells them."""
        self.orders.clear()
        for pid in self.living:
            os.kill(pid, signal.SIGTERM)
        patience = time.monotonic() + PATIENCE
        while self.living and time.monotonic() < patience:
            self.bury()
            time.sleep(0.01)
        for pid, slot in list(self.living.items()):
            say(event="stayed", slot=slot, pid=pid)
            with suppress(ProcessLookupError):
                os.killpg(pid, signal.SIGKILL)


def say(**what: object) -> None:
    """Tells the rig."""
    os.write(1, json.dumps(what).encode() + b"\n")


if __name__ == "__main__":
    django.setup()
    from tests.faults.bends import bend
    from tests.faults.programs import PROGRAMS

    gc.freeze()
    Nursery(Path(sys.argv[1])).run()
