"""`python3 -m dev COMMAND [NAME=value …]`: the commands of the Makefile, for machines with and without make."""

from __future__ import annotations

import os
import sys
from importlib import import_module

from dev import bootstrap
from dev.console import Failure, explain

COMMANDS = {
    "run": "a working portal in the foreground      PORT=8000 VAR=var RELOAD=1",
    "test": "the tests, with the coverage gate       ARGS='tests/meetings -x' runs a part, without the gate",
    "check": "lint, format, types, contracts, locks, deployment files, templates, catalogues",
    "fix": "mends what can be mended: lint, format, catalogues",
    "faults": "the fault plan against real processes   RUN=small|full SEED=1",
    "bench": "the benchmarks in bench/",
    "reset": "throws the local data away              VAR=var",
    "lock": "compiles requirements/*.in to hashed locks",
}
WITHOUT_ENVIRONMENT = {"reset"}


def main(words: list[str]) -> int:
    """Runs the command, after making the virtual environment; returns the exit code."""
    command = words[0] if words else "help"
    if command not in COMMANDS or any("=" not in word for word in words[1:]):
        print(__doc__, "", *(f"  {name:7} {text}" for name, text in COMMANDS.items()), sep="\n")
        return 0 if command in {"help", "-h", "--help"} else 2
    os.environ.update(dict(word.split("=", 1) for word in words[1:]))
    try:
        os.chdir(bootstrap.ROOT)
        if command not in WITHOUT_ENVIRONMENT:
            bootstrap.ensure()
        return import_module(f"dev.commands.{command}").main()
    except Failure as failure:
        explain(failure)
        return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
