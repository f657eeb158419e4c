"""PostgreSQL and Valkey for a portal or a test run: those of DATABASE_URL and REDIS_URL, else our own from wheels."""

import os
import shutil
import tempfile
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path

from dev import migrated, postgres, valkey
from dev.places import work_folder
from dev.processes import Child, is_living

Report = Callable[[str], AbstractContextManager[None]]


@dataclass
class Servers:
    """The running servers: `environment` is what their clients need, `children` what was started here."""

    environment: dict[str, str] = field(default_factory=dict)
    children: list[Child] = field(default_factory=list)

    def has_own(self, name: str) -> bool:
        """True where the server was started here, and does not come from the environment."""
        return any(child.name == name for child in self.children)

    def stop(self) -> None:
        """Stops what was started here, the last first."""
        for child in reversed(self.children):
            child.stop()


def start(var: Path, *, careless: bool = False, report: Report = lambda text: nullcontext()) -> Servers:
    """Servers that answer, their data kept in `var`; `report` is told each step."""
    servers = Servers()
    kinds = (("PostgreSQL", "DATABASE_URL", postgres), ("Valkey", "REDIS_URL", valkey))
    try:
        for name, variable, kind in kinds:
            if given := os.environ.get(variable):
                servers.environment[variable] = given
                continue
            with report(f"Starting {name}"):
                work, log = work_folder(var), var / "log" / f"{name.lower()}.log"
                servers.children.append(kind.start(work, log=log, careless=careless))
                servers.environment[variable] = kind.url(work)
    except BaseException:
        servers.stop()
        raise
    return servers


@dataclass
class Throwaway:
    """Servers in a temporary folder that goes with them; `with Throwaway() as servers:` gives their Servers."""

    careless: bool = True
    migrated: bool = False  # new databases hold every migration
    folder: Path = field(init=False)
    servers: Servers = field(init=False)

    def __enter__(self) -> Servers:
        _sweep()
        self.folder = Path(tempfile.mkdtemp(prefix=f"wild-test-{os.getpid()}-"))
        self.folder.chmod(0o711)
        try:
            if self.migrated and not os.environ.get("DATABASE_URL"):
                migrated.provide(work_folder(self.folder), log=self.folder / "log" / "migrate.log")
            self.servers = start(self.folder, careless=self.careless)
        except BaseException:
            shutil.rmtree(self.folder, ignore_errors=True)
            raise
        return self.servers

    def __exit__(self, *_exception: object) -> None:
        self.servers.stop()
        link = self.folder / "work"
        if link.is_symlink():
            shutil.rmtree(os.readlink(link), ignore_errors=True)
        shutil.rmtree(self.folder, ignore_errors=True)


def _sweep() -> None:
    """Removes the temporary folders of runs that were killed."""
    for folder in Path(tempfile.gettempdir()).glob("wild-test-*-*"):
        pid = folder.name.split("-")[2]
        if pid.isdecimal() and not is_living(int(pid), "") and folder.stat().st_uid == os.geteuid():
            shutil.rmtree(folder, ignore_errors=True)
