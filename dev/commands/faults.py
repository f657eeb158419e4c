"""`make faults`: the fault plan against real processes; RUN=small or full, SEED=a number."""

import os
import subprocess
import sys

from dev.console import Failure
from dev.places import ROOT


def main() -> int:
    """Runs the tests marked `faults`, their output shown: it holds the accounting."""
    run, seed = os.environ.get("RUN") or "small", os.environ.get("SEED") or "1"
    if run not in {"small", "full"} or not seed.isdecimal():
        raise Failure(f"RUN={run} SEED={seed} is no plan.", "RUN is small or full, SEED a number.")
    words = [sys.executable, "-m", "pytest", "-n", "0", "-s", "-m", "faults", "tests/faults"]
    return subprocess.run(words, cwd=ROOT, env={**os.environ, "RUN": run, "SEED": seed}).returncode
