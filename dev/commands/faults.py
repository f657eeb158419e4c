"""`make faults`: the fault plan against real processes; RUN=small, every or full, SEED=a number, ARGS=-k f20."""

import os
import random
import shlex
import subprocess
import sys

from dev.console import Failure, say
from dev.places import ROOT

RUNS = {
    "small": "F01, F02, F11, F20, F26 and F33 at small doses",
    "every": "F01 to F26, F33 and the mutants at small doses",
    "full": "F01 to F26, F33 and the mutants at the doses of the plan, the violent run with five seeds",
}


def main() -> int:
    """Runs the tests marked `faults`, their output shown: it holds the accounting, which test-results/ keeps as well.

    A printed seed runs again. SEEDS=a number is for how many seeds the violent run is done.
    """
    run = os.environ.get("RUN") or "small"
    seed = os.environ.get("SEED") or str(random.SystemRandom().randrange(10**6))
    if run not in RUNS or not seed.isdecimal():
        raise Failure(f"RUN={run} SEED={seed} is no plan.", f"RUN is {', '.join(RUNS)}; SEED a number.")
    say(f"RUN={run}: {RUNS[run]}. SEED={seed}")
    chosen = shlex.split(os.environ.get("ARGS") or "")
    words = [sys.executable, "-m", "pytest", "-n", "0", "-s", "-m", "faults", "--show-capture=no", *chosen]
    places = ["tests/faults", "tests/notifications/test_postfix.py"]
    return subprocess.run([*words, *places], cwd=ROOT, env={**os.environ, "RUN": run, "SEED": seed}).returncode
