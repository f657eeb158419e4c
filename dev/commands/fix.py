"""`make fix`: mends what can be mended without thinking: lint, format, catalogues."""

import subprocess
import sys

from dev import extraction
from dev.console import say
from dev.places import ROOT


def main() -> int:
    """Runs ruff's fixes and formatter and brings the catalogues in step; returns ruff's code for what is left."""
    ruff = [sys.executable, "-m", "ruff"]
    code = subprocess.run([*ruff, "check", "--fix", "."], cwd=ROOT).returncode
    subprocess.run([*ruff, "format", "."], cwd=ROOT, check=True)
    for path in extraction.main():
        say(f"updated {path.relative_to(ROOT)}")
    return code
