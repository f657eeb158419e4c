"""`make test`: the tests on real PostgreSQL and Valkey, and the coverage gate."""

import os
import shlex
import subprocess
import sys

from dev.console import Failure, say
from dev.coverage_gate import shortfalls
from dev.places import ROOT

FOLDER = ROOT / "var" / "coverage"


def main() -> int:
    """Runs all tests with coverage, or those that ARGS names without; returns pytest's code, or 1 below the gate."""
    chosen = shlex.split(os.environ.get("ARGS") or "")
    if chosen:
        return subprocess.run([sys.executable, "-m", "pytest", *chosen], cwd=ROOT).returncode
    FOLDER.mkdir(parents=True, exist_ok=True)
    report = FOLDER / "coverage.json"
    coverage = ["--cov", "--cov-branch", f"--cov-report=json:{report}", "--cov-report="]
    words = [sys.executable, "-m", "pytest", "-n", "auto", "--durations=20", "--durations-min=5", *coverage]
    code = subprocess.run(words, cwd=ROOT).returncode
    if code:
        return code
    below = shortfalls(report)
    if below:
        raise Failure("The coverage gate is not met.\n  " + "\n  ".join(below), "Write the tests that run these lines.")
    say("The coverage gate is met: operations, permissions, emails and notifications 100 %, overall at least 95 %.")
    return 0
