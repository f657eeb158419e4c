"""What the developer sees: one line per step with the seconds it took, and on failure what to do about it."""

from __future__ import annotations

import os
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import Iterator

# Survives the change of interpreter, so that the seconds count from the command and not from the second start.
_began = float(os.environ.setdefault("DEV_BEGAN", repr(time.time())))


class Failure(Exception):
    """A step that did not work: what happened, what to do, and where a log says more."""

    def __init__(self, what: str, advice: str, log: Path | None = None) -> None:
        super().__init__(what)
        self.advice = advice
        self.log = log


def elapsed() -> float:
    """Seconds since the command was given."""
    return time.time() - _began


def say(text: str = "") -> None:
    """Prints one line at once, after the seconds since the command was given."""
    print(f"[{elapsed():6.1f} s] {text}", flush=True)


@contextmanager
def step(text: str) -> Iterator[None]:
    """Prints `text` when the step begins and its seconds when it ends, on one line."""
    began = time.monotonic()
    print(f"[{elapsed():6.1f} s] {text} …", end=" ", flush=True)
    try:
        yield
    except BaseException as error:
        print("failed." if isinstance(error, Exception) else "stopped.", flush=True)
        raise
    print(f"{time.monotonic() - began:.1f} s", flush=True)


def explain(failure: Failure) -> None:
    """Prints a failure on the error stream: what happened, the end of its log, what to do."""
    lines = ["", f"Failed: {failure}"]
    if failure.log and failure.log.exists():
        lines += ["", *(f"    {line}" for line in tail(failure.log)), "", f"The whole log: {failure.log}"]
    lines += ["", f"What to do: {failure.advice}"]
    print("\n".join(lines), file=sys.stderr, flush=True)


def tail(log: Path, lines: int = 15) -> list[str]:
    """The last lines of a file, without reading a long one to memory whole."""
    with log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - 200 * lines))
        return file.read().decode("utf-8", "replace").splitlines()[-lines:]
