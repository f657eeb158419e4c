"""`make run`: a working portal in the foreground; Ctrl-C or SIGTERM stops every part and loses nothing."""

import hashlib
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path

from dev import running, servers
from dev.console import Failure, say, step
from dev.places import ROOT, secret_key_file, take_lock, var_folder
from dev.processes import Child

CAST = (
    ("ana@qm.example", "focal point, Meridia"),
    ("bruno@qm.example", "contributor, Meridia"),
    ("chloe@qn.example", "focal point, Norland"),
    ("olga@xb.example", "focal point, Belmora (an organization)"),
    ("gustav@industry.example", "industry specialist, guest of a group"),
    ("staff@wild.example", "Secretariat (and staff2@wild.example)"),
    ("root@wild.example", "superuser"),
)


class Stopped(BaseException):
    """Ctrl-C or SIGTERM arrived."""


def main() -> int:
    """Runs the portal until it is told to stop; returns 0 when every child has ended as asked."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _stop)
    var = var_folder()
    children: list[Child] = []
    try:
        with take_lock(var), listen(_port()) as web, listen(0) as mail:
            try:
                _start(var, web, mail, children)
                while True:
                    time.sleep(0.25)
                    for child in children:
                        child.mend()
            finally:
                _stop_all(var, children)
    except Stopped:
        say("Stopped. `make run` goes on from the same data.")
    return 0


def _start(var: Path, web: socket.socket, mail: socket.socket, children: list[Child]) -> None:
    """Starts the parts one after another, each appended to `children` as soon as it must be stopped again."""
    databases = servers.start(var, report=step)
    children += databases.children
    environment = environment_for(var, web.getsockname()[1], mail.getsockname()[1], databases.environment)
    running.publish(var, environment)
    _prepare(var, environment)
    inherited = {**os.environ, **environment}
    inherited.pop("DEBUG", None)
    with step("Starting mail catcher, web, worker and beat"):
        for child in parts(var, inherited, web, mail):
            child.start()
            children.append(child)
        web_child = next(child for child in children if child.name == "Web")
        address = f"http://127.0.0.1:{web.getsockname()[1]}/readyz"
        web_child.wait_until(lambda: _is_ready(address), seconds=120, advice=f"Read the log above and {var / 'log'}.")
    _greet(environment["SITE_URL"])


def environment_for(var: Path, port: int, mail_port: int, databases: Mapping[str, str]) -> dict[str, str]:
    """The variables of a local portal. Mail never leaves the machine, whatever EMAIL_URL says outside."""
    site = os.environ.get("SITE_URL") or f"http://localhost:{port}"
    return {
        **databases,
        "DEMO": "1",
        "VAR_DIR": str(var),
        "SECRET_KEY_FILE": str(secret_key_file(var)),
        "SITE_URL": site,
        "ALLOWED_HOSTS": os.environ.get("ALLOWED_HOSTS") or "localhost,127.0.0.1",
        "EMAIL_URL": f"smtp://127.0.0.1:{mail_port}",
        "DEMO_PASSWORD": os.environ.get("DEMO_PASSWORD") or "wild-demo",
        "REQUIRE_SECOND_FACTOR": os.environ.get("REQUIRE_SECOND_FACTOR") or "0",
    }


def parts(var: Path, env: Mapping[str, str], web: socket.socket, mail: socket.socket) -> list[Child]:
    """The processes beside the two databases, in the order of starting; web and catcher inherit sockets that stay open.

    What the supervisor holds is never lost to another program, and a request waits while its server restarts.
    """
    celery, reload = "-m celery -A wild_portal", "--reload" if os.environ.get("RELOAD") == "1" else ""
    gunicorn = f"-m gunicorn wild_portal.wsgi --bind fd://{web.fileno()} --workers 1 --threads 8 --graceful-timeout 10"
    commands = (
        ("Mail catcher", ["-m", "dev.mailcatcher", str(mail.fileno()), str(var / "mail")], mail, 5.0),
        ("Web", f"{gunicorn} --no-control-socket {reload}".split(), web, 15.0),
        ("Worker", f"{celery} worker -c 2 --without-gossip --without-mingle -l info".split(), None, 30.0),
        ("Beat", [*f"{celery} beat -l info -s".split(), str(var / "beat-schedule")], None, 10.0),
    )
    return [
        Child(
            name=name,
            command=[sys.executable, *words],
            env={**env, "PYTHONUNBUFFERED": "1"},
            log=var / "log" / f"{name.lower().replace(' ', '-')}.log",
            cwd=ROOT,
            pass_fds=(sock.fileno(),) if sock else (),
            patience=patience,
        )
        for name, words, sock, patience in commands
    ]


def listen(port: int) -> socket.socket:
    """A listening socket on 127.0.0.1; raises Failure where another program has the port."""
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        sock.bind(("127.0.0.1", port))
    except OSError as error:
        sock.close()
        raise Failure(
            f"Port {port} cannot be used: {error.strerror}.",
            f"Choose another one: make run PORT={port + 1 if 1023 < port < 65535 else 8001}",
        ) from error
    sock.listen(128)
    return sock


def _port() -> int:
    text = os.environ.get("PORT") or "8000"
    if not (text.isascii() and text.isdecimal() and 0 < int(text) < 65536):
        raise Failure(f"PORT is {text!r}, which is no port.", "Give a number from 1024 to 65535: make run PORT=8000")
    return int(text)


def _prepare(var: Path, environment: Mapping[str, str]) -> None:
    """Migrations, the record and, once for each database, the demonstration."""
    seeded, database = var / "demonstration-seeded", hashlib.sha256(environment["DATABASE_URL"].encode()).hexdigest()
    is_first = not seeded.exists() or seeded.read_text() != database
    log = var / "log" / "prepare.log"
    words = [sys.executable, "-m", "dev.prepare", str(log), *(["seed_demo"] if is_first else [])]
    if subprocess.run(words, env={**os.environ, **environment}, cwd=ROOT).returncode:
        advice = "Read the log above; `make reset` starts from nothing."
        raise Failure("The database could not be prepared.", advice, log)
    seeded.write_text(database)


def _is_ready(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=5) as answer:  # noqa: S310 our own address
            return answer.status == 200
    except (OSError, urllib.error.URLError):
        return False


def _greet(site: str) -> None:
    password = os.environ.get("DEMO_PASSWORD") or "wild-demo"
    say(f"The portal is ready: {site}/")
    print(f"\n  Address    {site}/\n  Mailbox    {site}/dev/mail/\n  Password   {password} for every login:\n")
    print(*(f"    {login:26} {who}" for login, who in CAST), sep="\n")
    print("\n  Ctrl-C stops it and keeps the data.\n", flush=True)


def _stop(_number: int, _frame: object) -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)  # once is enough: stopping takes some seconds
    raise Stopped


def _stop_all(var: Path, children: list[Child]) -> None:
    """Stops web, beat, worker, catcher, Valkey, PostgreSQL: whoever gives work before whoever does it."""
    order = ["Web", "Beat", "Worker", "Mail catcher", "Valkey", "PostgreSQL"]
    for child in sorted(children, key=lambda child: order.index(child.name)):
        with step(f"Stopping {child.name}"):
            child.stop()
    running.withdraw(var)
