"""`make check`: everything that can be judged without running the portal, two checks at a time."""

import os
import subprocess
import sys
import time
import tomllib
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from dev import environments, extraction, locks
from dev.console import Failure, say
from dev.places import ROOT

PYTHON = sys.executable
PROGRAMS = Path(sys.executable).parent


@dataclass(frozen=True)
class Check:
    """One check: a command that must succeed or a function that must return no lines, and what it looks at."""

    name: str
    command: list[str] = field(default_factory=list)
    function: Callable[[], list[str]] = list
    needs: str = ""
    env: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Result:
    """How a check ended: what it printed, and how long it took in seconds."""

    is_passed: bool
    output: str
    seconds: float


def _faults_of_catalogues() -> list[str]:
    return extraction.faults() + extraction.out_of_step() + extraction.unfinished()


def checks() -> list[Check]:
    """All checks, the long ones first."""
    local = {**environments.FOR_TESTS, **environments.NOWHERE}
    manage = [PYTHON, "-W", "ignore:Got an error checking a consistent migration history", "manage.py"]
    schema = [PYTHON, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", "docker-compose.yml"]
    contracts = [PYTHON, "-c", "from importlinter.cli import lint_imports_command; lint_imports_command()"]
    return [
        Check("types", [PYTHON, "-m", "mypy"], needs="pyproject.toml [tool.mypy]", env=local),
        Check("lint", [PYTHON, "-m", "ruff", "check", "--no-cache", "--quiet", "."]),
        Check("format", [PYTHON, "-m", "ruff", "format", "--check", "--quiet", "."]),
        Check("import contracts", contracts, needs="pyproject.toml [tool.importlinter]"),
        Check("migrations", [*manage, "makemigrations", "--check", "--dry-run"], env=local),
        Check("deployment", [*manage, "check", "--deploy", "--fail-level", "WARNING"], env=environments.FOR_PRODUCTION),
        Check("templates", [PYTHON, "-m", "dev.templates"], needs="templates", env=local),
        Check("catalogues", function=_faults_of_catalogues, needs="locale/fr"),
        Check("locks", function=locks.problems),
        Check("docker-compose.yml", schema, needs="docker-compose.yml"),
        Check("Dockerfile", [str(PROGRAMS / "hadolint"), "Dockerfile"], needs="Dockerfile"),
    ]


def main() -> int:
    """Runs the checks and prints each as it ends; raises Failure naming those that found something."""
    chosen = [check for check in checks() if _has_input(check)]
    failed = []
    with ThreadPoolExecutor(max_workers=2) as pool:
        for check, result in zip(chosen, pool.map(run, chosen), strict=True):
            say(f"{'passed' if result.is_passed else 'FAILED'}  {check.name} ({result.seconds:.1f} s)")
            if not result.is_passed:
                failed.append(check.name)
                print(result.output, flush=True)
    if failed:
        raise Failure(f"Found something: {', '.join(failed)}.", "`make fix` mends lint, format and catalogues.")
    return 0


def run(check: Check) -> Result:
    """Runs one check with nothing in its environment but what it needs."""
    began = time.monotonic()
    if not check.command:
        lines = check.function()
        return Result(not lines, "\n".join(lines), time.monotonic() - began)
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
    done = subprocess.run(check.command, cwd=ROOT, env={**kept, **check.env}, text=True, capture_output=True)
    return Result(done.returncode == 0, done.stdout + done.stderr, time.monotonic() - began)


def _has_input(check: Check) -> bool:
    """True where there is something to check; says so where there is not yet."""
    file, _, section = check.needs.partition(" ")
    found = (ROOT / file).exists()
    if found and section:
        found = section.strip("[]").rpartition(".")[2] in tomllib.loads((ROOT / file).read_text())["tool"]
    if not found:
        say(f"skipped {check.name}: there is no {check.needs}")
    return found
