"""From a bare Python to the virtual environment with the locked dependencies; standard library only.

Read by whatever `python3` is, so nothing here or in the modules it imports may need more than Python 3.8 to be parsed.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

from dev.console import Failure, step
from dev.places import ROOT

VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
LOCK = ROOT / "requirements" / "dev.txt"
STAMP = VENV / "dev-lock.sha256"
LOG = VENV / "install.log"
OLDEST = (3, 11)
CANDIDATES = ("python3.11", "python3.13", "python3.12", "python3", "python")


def ensure() -> None:
    """Returns in the Python of .venv with the locked dependencies installed; starts the command there if need be."""
    with LOCK.open() as queue:  # two commands at once: the second waits for the first to install
        fcntl.flock(queue, fcntl.LOCK_EX)
        if _version_of(PYTHON) < OLDEST:
            _make_environment(_base_python())
        if not _is_current():
            _install()
    if Path(sys.prefix).resolve() != VENV.resolve():
        os.execv(PYTHON, [str(PYTHON), "-m", "dev", *sys.argv[1:]])


def _is_current() -> bool:
    return STAMP.exists() and STAMP.read_text() == _checksum()


def _checksum() -> str:
    return hashlib.sha256(LOCK.read_bytes()).hexdigest()


def _version_of(python: str | Path) -> tuple[int, ...]:
    """Major and minor version of an interpreter; (0,) for one that does not run, such as an empty shim."""
    try:
        ask = [str(python), "-c", "import sys; print(*sys.version_info[:2])"]
        answer = subprocess.run(ask, capture_output=True, text=True, check=True, timeout=30).stdout
        return tuple(int(part) for part in answer.split())
    except (OSError, ValueError, subprocess.SubprocessError):
        return (0,)


def _base_python() -> str:
    """The interpreter of this command if it is new enough, else the first one found that is."""
    if sys.version_info[:2] >= OLDEST and sys.prefix == sys.base_prefix:
        return sys.executable
    for name in CANDIDATES:
        found = shutil.which(name)
        if found and not found.startswith(str(VENV)) and _version_of(found) >= OLDEST:
            return found
    raise Failure(
        "No Python 3.11 or newer was found (this one is {}.{}).".format(*sys.version_info[:2]),
        "Install it (on Debian 12 or newer: apt-get install python3 python3-pip make) and run the command again.",
    )


def _make_environment(python: str) -> None:
    """Makes .venv; where Debian's python3-venv is missing, one without pip that the system's pip then fills."""
    shutil.rmtree(VENV, ignore_errors=True)
    with step("Making the virtual environment with Python {}.{}".format(*_version_of(python))):
        if subprocess.run([python, "-m", "venv", str(VENV)], capture_output=True).returncode == 0:
            return
        shutil.rmtree(VENV, ignore_errors=True)
        if subprocess.run([python, "-m", "pip", "--version"], capture_output=True).returncode:
            raise Failure(
                "{} has neither venv nor pip.".format(python),
                "Install one of them (on Debian, as root: apt-get install --no-install-recommends python3-venv).",
            )
        made = subprocess.run([python, "-m", "venv", "--without-pip", str(VENV)], capture_output=True, text=True)
        if made.returncode:
            raise Failure("No virtual environment could be made: " + made.stderr.strip(), "Is the folder writable?")


def _install() -> None:
    """Installs the hashed lock, wheels only: nothing is compiled and nothing unknown is run."""
    packages = sum(1 for line in LOCK.read_text().splitlines() if "==" in line)
    own = [str(PYTHON), "-m", "pip"]
    has_pip = subprocess.run([*own, "--version"], capture_output=True).returncode == 0
    pip = own if has_pip else [_base_python_of_environment(), "-m", "pip", "--python", str(PYTHON)]
    options = ["--disable-pip-version-check", "--no-input", "--progress-bar", "off", "--require-hashes"]
    options += ["--only-binary", ":all:", "-r", str(LOCK)]
    with step(f"Installing {packages} locked packages (a minute or two the first time)"), LOG.open("w") as log:
        if subprocess.run([*pip, "install", *options], stdout=log, stderr=log, cwd=str(ROOT)).returncode:
            raise Failure(
                "The locked packages could not be installed.",
                "Check the connection to the package index (pip's own settings and PIP_… variables are used) "
                "and run the command again; it continues where it stopped.",
                LOG,
            )
    STAMP.write_text(_checksum())


def _base_python_of_environment() -> str:
    """The interpreter that .venv was made with, whose pip can install into it."""
    ask = [str(PYTHON), "-c", "import sys; print(sys._base_executable)"]
    return subprocess.run(ask, capture_output=True, text=True, check=True).stdout.strip()
