"""A PostgreSQL cluster whose template1 holds every migration, so that databases for tests are born migrated.

Migrating takes seconds, and every run and every worker of a parallel run would pay them. The cluster is kept in var/
under the checksum of what it was made from, and copied for each run.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

from dev import environments, postgres
from dev.places import ROOT

KEPT = ROOT / "var" / "test-clusters"
MOST = 4


def provide(work: Path, *, log: Path, kept: Path = KEPT) -> None:
    """Puts a migrated cluster to `work`/pg: a copy of the kept one, or a new one that is then kept.

    Where a migration fails nothing is kept, and the run that follows shows the error.
    """
    source = kept / checksum()
    if source.is_dir():
        copy(source, work / "pg")
        os.utime(source)
    elif _migrate(work, log):
        fresh = kept / f"{source.name}.{os.getpid()}.new"
        copy(work / "pg", fresh)
        if source.is_dir():  # another run was faster
            shutil.rmtree(fresh)
        else:
            fresh.rename(source)
        forget_all_but(MOST, kept)


def checksum() -> str:
    """What the migrated cluster depends on: migrations, installed applications, locked packages, and how it is made."""
    sum_of_all = hashlib.sha256(os.environ.get("PG_BIN", "").encode())
    settings, lock, program = (
        ROOT / "wild_portal" / "settings.py",
        ROOT / "requirements" / "dev.txt",
        Path(postgres.__file__),
    )
    for path in (settings, lock, program, *sorted(ROOT.glob("*/migrations/*.py"))):
        sum_of_all.update(str(path.relative_to(ROOT)).encode() + path.read_bytes())
    return sum_of_all.hexdigest()[:20]


def copy(source: Path, target: Path) -> None:
    """Copies a cluster that is not running, with its owners."""
    shutil.copytree(source, target, symlinks=True)
    if os.geteuid() == 0:
        owner = source.stat()
        for folder, _, names in os.walk(target):
            for name in (".", *names):
                os.chown(os.path.join(folder, name), owner.st_uid, owner.st_gid)


def forget_all_but(number: int, kept: Path) -> None:
    """Removes all but the clusters used last."""
    clusters = sorted((path for path in kept.iterdir() if not path.suffix), key=lambda path: path.stat().st_mtime)
    for path in clusters[:-number]:
        shutil.rmtree(path, ignore_errors=True)


def _migrate(work: Path, log: Path) -> bool:
    """Starts a new cluster, migrates its template and stops it; True where the migrations succeeded."""
    child = postgres.start(work, log=log, careless=True)
    try:
        addresses = {**environments.NOWHERE, "DATABASE_URL": postgres.url(work, database="template1")}
        words = [sys.executable, "manage.py", "migrate", "--verbosity", "0"]
        env = {**os.environ, **environments.FOR_TESTS, **addresses}
        return subprocess.run(words, cwd=ROOT, env=env, capture_output=True).returncode == 0
    finally:
        child.stop()
