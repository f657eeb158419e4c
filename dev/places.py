"""Where things are: the checkout, the folder of local data (VAR) and the folder where its servers live."""

from __future__ import annotations

import fcntl
import os
import re
import secrets
import tempfile
from pathlib import Path
from typing import IO

from dev.console import Failure

ROOT = Path(__file__).resolve().parent.parent
LONGEST_WORK_PATH = 70  # a Unix socket's path ends at 107 bytes; ours add up to 30


def var_folder() -> Path:
    """The folder of local data: VAR of the command, beside the checkout's files unless it is an absolute path."""
    return (ROOT / (os.environ.get("VAR") or "var")).resolve()


def suits_servers(path: Path, *, as_root: bool) -> bool:
    """True where sockets can stand in `path`: short, no character a server's settings would quote, open to `nobody`.

    PostgreSQL refuses to run as root; started by root it runs as `nobody`, who must be able to walk down to its files.
    """
    plain = re.fullmatch(r"[A-Za-z0-9._/-]+", str(path)) is not None
    return plain and len(os.fsencode(path)) <= LONGEST_WORK_PATH and (not as_root or is_open_to_others(path))


def is_open_to_others(path: Path) -> bool:
    """True where another user may walk down to `path`."""
    return all(folder.stat().st_mode & 0o001 for folder in (path, *path.parents))


def work_folder(var: Path) -> Path:
    """Where the servers of VAR keep data and sockets: VAR itself, or a short folder that the link VAR/work names.

    The link is what makes the folder VAR's: it moves with VAR, and without it a fresh one is made.
    """
    var.mkdir(parents=True, exist_ok=True)
    link = var / "work"
    as_root = os.geteuid() == 0
    if not link.is_symlink():
        if suits_servers(var, as_root=as_root):
            return var
        link.symlink_to(tempfile.mkdtemp(prefix=f"wild-{os.geteuid()}-", dir="/var/tmp"))
    work = Path(os.readlink(link))
    work.mkdir(mode=0o700, exist_ok=True)  # temporary areas are swept
    if work.lstat().st_uid != os.geteuid():
        raise Failure(f"{work} belongs to somebody else.", f"Remove the link {link}, or choose another folder: VAR=…")
    work.chmod(0o711 if as_root else 0o700)
    return work


def take_lock(var: Path) -> IO[str]:
    """The lock of a running portal, held while the returned file stays open; raises Failure where another holds it."""
    var.mkdir(parents=True, exist_ok=True)
    lock = (var / "lock").open("a+")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        with lock:
            lock.seek(0)
            holder = lock.read().strip() or "unknown"
        raise Failure(
            f"A portal is running with the data in {var} (process {holder}).",
            "Stop it with Ctrl-C or `kill`, or use another folder: VAR=…",
        ) from error
    lock.truncate(0)
    lock.write(str(os.getpid()))
    lock.flush()
    return lock


def secret_key_file(var: Path) -> Path:
    """The file of VAR's own secret key, made at the first call and readable by its owner only."""
    path = var / "secret_key"
    if not path.exists():
        fresh = path.with_suffix(".new")
        fresh.unlink(missing_ok=True)
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(50))
            file.flush()
            os.fsync(file.fileno())
        fresh.rename(path)
    return path
