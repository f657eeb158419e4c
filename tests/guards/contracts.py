"""The import contracts of pyproject.toml, run on any tree that holds that file."""

import os
import subprocess
import sys
import tomllib
from pathlib import Path

from tests.guards.tree import APPS, ROOT

LINT = "import sys; from importlinter.cli import lint_imports_command; sys.exit(lint_imports_command())"


def broken_contracts(root: Path = ROOT) -> str:
    """What import-linter prints where a contract is broken, with the chain of imports; "" where all are kept."""
    run = subprocess.run(
        [sys.executable, "-c", LINT, "--no-cache"],
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root), "COLUMNS": "200", "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    return run.stdout + run.stderr if run.returncode else ""


def unlisted_apps(root: Path = ROOT) -> list[str]:
    """Apps that exist and that a contract does not know: import-linter is silent about packages it was not told of."""
    config = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]
    lists = [config["root_packages"]]
    lists += [
        c["containers"] if "containers" in c else c["source_modules"] for c in config["contracts"] if c["id"] != "apps"
    ]
    there = [app for app in APPS if (root / app / "__init__.py").exists()]
    return sorted({app for app in there for known in lists if app not in known})
