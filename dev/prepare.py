"""What a portal needs before its first page, in one process: `python -m dev.prepare LOG [seed_demo]`."""

import os
import sys
import traceback
from pathlib import Path

import django
from django.core.management import call_command

from dev.console import step
from wild_portal import catalogues

ALWAYS = (
    ("Migrating the database", "migrate"),
    ("Loading the record", "load_record"),
)
ONCE = {"seed_demo": "Making the demonstration"}


def main(log_path: str, *once: str) -> int:
    """Runs the management commands, their output in the log; returns 1 at the first that fails."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "wild_portal.settings")
    path = Path(log_path)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8") as log:
        try:
            with step("Compiling the catalogues"):
                catalogues.compile_all()
            with step("Starting Django"):
                django.setup()
            for text, command in (*ALWAYS, *((ONCE[name], name) for name in once)):
                with step(text):
                    call_command(command, stdout=log, stderr=log)
        except Exception:
            traceback.print_exc(file=log)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
