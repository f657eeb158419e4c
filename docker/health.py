"""Is this container alive? `health.py web` asks /healthz, `health.py worker` pings the worker of this host,
`health.py beat` looks whether beat has written its schedule within ten minutes. Exit code 0 is yes.
"""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from urllib.parse import urlsplit

SCHEDULE = Path(os.environ.get("BEAT_SCHEDULE", "/tmp/beat-schedule"))  # noqa: S108 a tmpfs of this container
OLDEST = 600  # seconds; beat writes every three minutes


def web() -> bool:
    """/healthz answers 200 to the host name the portal is known by."""
    host = urlsplit(os.environ["SITE_URL"]).netloc
    request = urllib.request.Request("http://127.0.0.1:8000/healthz", headers={"Host": host})
    with urllib.request.urlopen(request, timeout=4) as answer:  # noqa: S310 our own address
        return answer.status == 200


def worker() -> bool:
    """The worker of this host answers a ping through the broker."""
    words = ["celery", "-A", "wild_portal", "inspect", "ping", "--timeout", "5", "-d", f"celery@{socket.gethostname()}"]
    return subprocess.run(words, stdout=subprocess.DEVNULL, timeout=20, check=False).returncode == 0  # noqa: S603


def beat() -> bool:
    """The schedule was written lately."""
    written = [file.stat().st_mtime for file in SCHEDULE.parent.glob(f"{SCHEDULE.name}*")]
    return bool(written) and time.time() - max(written) < OLDEST


if __name__ == "__main__":
    sys.exit(0 if {"web": web, "worker": worker, "beat": beat}[sys.argv[1]]() else 1)
