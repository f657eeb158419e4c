"""`make bench`: the benchmarks in bench/, each a program of its own, on servers that keep what they are given."""

import os
import subprocess
import sys

from dev import environments
from dev.console import Failure, say
from dev.places import ROOT
from dev.servers import Throwaway


def main() -> int:
    """Runs every benchmark; returns 1 if one failed."""
    programs = sorted(path for path in (ROOT / "bench").glob("*.py") if not path.name.startswith("_"))
    if not programs:
        raise Failure("There are no benchmarks in bench/.", "Add bench/<name>.py.")
    failed = []
    run = Throwaway(careless=False)
    with run as servers:
        env = {**os.environ, **environments.FOR_TESTS, **servers.environment}
        env |= {"VAR_DIR": str(run.folder), "PYTHONPATH": str(ROOT)}
        for program in programs:
            say(f"bench/{program.name}")
            if subprocess.run([sys.executable, str(program)], cwd=ROOT, env=env).returncode:
                failed.append(program.name)
    if failed:
        raise Failure(f"Failed: {', '.join(failed)}", "Run one alone with the lines above in view.")
    return 0
