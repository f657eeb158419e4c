"""`make reset`: throws away the data of a local portal that is not running."""

import os
import shutil
from pathlib import Path

from dev.console import Failure, say
from dev.places import ROOT, take_lock, var_folder

OURS = {"lock", "secret_key"}


def main() -> int:
    """Removes VAR and the folder its link `work` names; raises Failure while a portal runs there."""
    var = var_folder()
    if not var.exists():
        say(f"There is no {var}.")
        return 0
    if not any((var / name).exists() for name in OURS) or ROOT.is_relative_to(var):
        raise Failure(f"{var} is not the data of a portal.", "Name the folder that `make run VAR=…` made.")
    with take_lock(var):
        work = var / "work"
        if work.is_symlink():
            shutil.rmtree(Path(os.readlink(work)), ignore_errors=True)
        shutil.rmtree(var)
    say(f"{var} is gone.")
    return 0
