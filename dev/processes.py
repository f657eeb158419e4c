"""Child processes that end with their parent, write to a log, and can be asked, then told, to stop."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dev.console import Failure, say

PR_SET_PDEATHSIG = 1
LONGEST_PAUSE = 30.0
LARGEST_LOG = 5_000_000
_libc = ctypes.CDLL(None) if sys.platform == "linux" else None


@dataclass(kw_only=True)
class Child:
    """One process of the portal: how it is started, how it is stopped, and whether it is due to be started again."""

    name: str
    command: Sequence[str | os.PathLike[str]]
    env: Mapping[str, str]
    log: Path
    cwd: Path
    stop_signal: int = signal.SIGTERM
    patience: float = 15.0  # seconds between asking and telling
    pass_fds: tuple[int, ...] = ()
    account: Mapping[str, Any] = field(default_factory=dict)  # user=, group=, extra_groups= of subprocess
    prepare: Callable[[], None] = lambda: None  # before every start

    process: subprocess.Popen[bytes] | None = field(default=None, init=False)
    started_at: float = field(default=0.0, init=False)
    falls: int = field(default=0, init=False)
    due_at: float | None = field(default=None, init=False)

    def start(self) -> None:
        """Starts the process in a session of its own: Ctrl-C reaches the supervisor only. Output goes to the log."""
        self.prepare()
        self.log.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if self.log.exists() and self.log.stat().st_size > LARGEST_LOG:
            self.log.replace(self.log.with_suffix(".log.1"))
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [os.fspath(word) for word in self.command],
                env=dict(self.env),
                cwd=self.cwd,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                pass_fds=self.pass_fds,
                preexec_fn=_ends_with_parent(self.stop_signal),
                **self.account,
            )
        self.started_at, self.due_at = time.monotonic(), None

    def is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def wait_until(self, answers: Callable[[], bool], *, seconds: float, advice: str) -> None:
        """Returns when `answers()` is true; raises Failure with the log when the process ends or time runs out."""
        deadline = time.monotonic() + seconds
        while not answers():
            if not self.is_running():
                raise Failure(f"{self.name} ended before it was ready.", advice, self.log)
            if time.monotonic() > deadline:
                raise Failure(f"{self.name} was not ready after {seconds:.0f} s.", advice, self.log)
            time.sleep(0.01)

    def stop(self) -> None:
        """Asks the process to end and waits; after `patience` seconds ends it with all it has started."""
        if self.process is None:
            return
        self.due_at = None
        if self.is_running():
            self.process.send_signal(self.stop_signal)
            try:
                self.process.wait(self.patience)
            except subprocess.TimeoutExpired:
                say(f"{self.name} does not end by itself; it is ended now.")
        if self.process.poll() is None:
            _kill_group(self.process.pid)
            self.process.wait()

    def mend(self) -> None:
        """Starts a process that has ended again, after a pause that doubles while it keeps falling, and says so."""
        if self.is_running() or self.process is None:
            return
        now = time.monotonic()
        if self.due_at is None:
            self.falls = 1 if now - self.started_at > LONGEST_PAUSE else self.falls + 1
            pause = min(LONGEST_PAUSE, 2.0 ** (self.falls - 1))
            self.due_at = now + pause
            say(f"{self.name} {ending(self.process.returncode)}; it starts again in {pause:.0f} s. Log: {self.log}")
        elif now >= self.due_at:
            self.start()
            say(f"{self.name} started again.")


def ending(code: int) -> str:
    """How a process ended, in words: its exit code, or the signal that ended it."""
    return f"ended with code {code}" if code >= 0 else f"was ended by {signal.Signals(-code).name}"


def process_state(pid: int) -> tuple[str, str]:
    """Name and state letter of a process, ("", "gone") for none. Z is a zombie: dead, though `kill -0` finds it."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return "", "gone"
    name, _, rest = stat.partition("(")[2].rpartition(")")
    return name, rest.split()[0]


def is_living(pid: int, name: str) -> bool:
    """True where `pid` is a process that runs (no zombie) and whose name contains `name`."""
    found, state = process_state(pid)
    return name in found and state not in {"Z", "X", "gone"}


def wait_for_predecessor(pid_file: Path, name: str, *, seconds: float = 20.0) -> None:
    """Waits until the process that `pid_file` names has ended, as it does after its supervisor was killed.

    Raises Failure where it stays.
    """
    deadline = time.monotonic() + seconds
    while (pid := read_pid(pid_file)) and is_living(pid, name):
        if time.monotonic() > deadline:
            raise Failure(
                f"{name} of an earlier run still works on {pid_file.parent} (process {pid}).",
                f"End it with `kill -INT {pid}` and run the command again.",
            )
        time.sleep(0.05)


def read_pid(pid_file: Path) -> int | None:
    """The number in the first line of a pid file; None where there is no such file or no number."""
    try:
        return int(pid_file.read_text(encoding="utf-8").split("\n", 1)[0])
    except (OSError, ValueError):
        return None


def _ends_with_parent(stop_signal: int) -> Callable[[], None] | None:
    """What a child does between fork and exec: asks the kernel for `stop_signal` when the supervisor is gone.

    A supervisor killed with -9 cannot tidy up; this ends its children all the same (Linux only).
    """
    if _libc is None:
        return None
    prctl, parent = _libc.prctl, os.getpid()

    def ask_kernel() -> None:
        prctl(PR_SET_PDEATHSIG, stop_signal, 0, 0, 0)
        if os.getppid() != parent:  # it went before the request was made
            os._exit(1)

    return ask_kernel


def _kill_group(leader: int) -> None:
    with suppress(ProcessLookupError):
        os.killpg(leader, signal.SIGKILL)
