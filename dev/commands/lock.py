"""`make lock`: compiles requirements/*.in to locks with hashes and without addresses, for Python 3.11 and newer."""

import subprocess
import sys

from dev.console import Failure, step
from dev.locks import FOLDER, NAMES, problems

OPTIONS = [
    "--universal",
    "--python-version",
    "3.11",
    "--generate-hashes",
    "--no-emit-index-url",
    "--no-header",
    "--quiet",
]


def main() -> int:
    """Writes requirements/*.txt; versions that still fit are kept (delete a lock first to raise them all)."""
    for name in NAMES:
        with step(f"Compiling requirements/{name}.in"):
            words = [
                sys.executable,
                "-m",
                "uv",
                "pip",
                "compile",
                f"{name}.in",
                *OPTIONS,
                "--output-file",
                f"{name}.txt",
            ]
            if subprocess.run(words, cwd=FOLDER).returncode:
                raise Failure(f"requirements/{name}.in could not be compiled.", "Read uv's message above.")
    if lines := problems():
        raise Failure("The locks do not fit:\n  " + "\n  ".join(lines), "Compile both locks together.")
    return 0
