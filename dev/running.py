"""What a running `make run` tells commands beside it: VAR/servers.json, believed only while its lock is held."""

import fcntl
import json
import os
from collections.abc import Mapping
from pathlib import Path

FILE = "servers.json"


def environment_of_running(var: Path) -> dict[str, str]:
    """The environment of the portal that runs with the data in `var`; empty where none runs."""
    try:
        with (var / "lock").open() as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return dict(json.loads((var / FILE).read_text(encoding="utf-8"))["environment"])
    except (OSError, ValueError, KeyError):
        pass
    return {}


def publish(var: Path, environment: Mapping[str, str]) -> None:
    """Writes what `environment_of_running` reads, whole or not at all; for its owner only: it may hold a password."""
    fresh = var / f"{FILE}.new"
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        json.dump({"pid": os.getpid(), "environment": dict(environment)}, file, indent=1)
    fresh.rename(var / FILE)


def withdraw(var: Path) -> None:
    """Removes what `publish` wrote."""
    (var / FILE).unlink(missing_ok=True)
