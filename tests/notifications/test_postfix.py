"""A real Postfix as the first relay: what it says of itself is understood. Its own folder, a high port, mail discarded.

Part of `make faults`; runs as root where the programs of Postfix are installed.
"""

import os
import pwd
import shutil
import smtplib
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from notifications import delivery as machine
from notifications.clock import Now
from notifications.models import Attempt, Delivery
from notifications.relay import Relay, Reply
from tests.notifications.conftest import fresh, later, outcomes

pytestmark = [
    pytest.mark.faults,
    pytest.mark.skipif(not shutil.which("postfix") or os.geteuid() != 0, reason="needs Postfix and root"),
]
Owe = Callable[..., Delivery]
MAIN = """\
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
maillog_file = {folder}/mail.log
maillog_file_prefixes = {folder}
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = relay.example
mydestination =
mynetworks = 127.0.0.0/8
default_transport = discard:
defer_transports = {deferred}
smtpd_recipient_restrictions = permit_mynetworks, reject
alias_maps =
"""
MASTER = """\
127.0.0.1:{port} inet n - n - - smtpd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
anvil unix - - n - 1 anvil
postlog unix-dgram n - n - 1 postlogd
pickup unix n - n 60 1 pickup
"""


@pytest.fixture
def postfix(tmp_path_factory: pytest.TempPathFactory, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A relay that takes everything and throws it away; the folder of its configuration and log."""
    folder = tmp_path_factory.mktemp("postfix")
    for parent in (folder, folder.parent, folder.parent.parent):
        parent.chmod(0o755)
    with socket.create_server(("127.0.0.1", 0)) as free:
        settings.EMAIL_HOST, settings.EMAIL_PORT = free.getsockname()
    for name in ("queue", "data"):
        (folder / name).mkdir()
    os.chown(folder / "data", pwd.getpwnam("postfix").pw_uid, -1)
    configure(folder, settings.EMAIL_PORT, "")
    monkeypatch.setenv("MAIL_CONFIG", str(folder))
    settings.MAIL_ORACLE = f"postfix:{folder / 'mail.log'}"
    subprocess.run(["postfix", "-c", str(folder), "start"], check=True, capture_output=True)
    try:
        wait_until(lambda: socket.create_connection(("127.0.0.1", settings.EMAIL_PORT), 1).close() is None)
        yield folder
    finally:
        subprocess.run(["postfix", "-c", str(folder), "stop"], check=False, capture_output=True)


def configure(folder: Path, port: int, deferred: str) -> None:
    (folder / "main.cf").write_text(MAIN.format(folder=folder, deferred=deferred))
    (folder / "master.cf").write_text(MASTER.format(port=port))


def wait_until(is_so: Callable[[], bool], seconds: float = 15) -> None:
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        try:
            if is_so():
                return
        except OSError:
            pass
        time.sleep(0.05)
    raise AssertionError("not in time")


def cut_after(monkeypatch: pytest.MonkeyPatch, *, dot: bool) -> None:
    """The line breaks in the body, or after the final dot and before the answer."""

    def deliver(self: Relay, body: bytes) -> Reply:
        assert isinstance(self._smtp, smtplib.SMTP)
        self._smtp.send(body + (b".\r\n" if dot else b""))
        if dot:
            time.sleep(0.5)
        self.drop()
        return Reply("BODY", 0, "cut")

    monkeypatch.setattr(Relay, "deliver", deliver)


def logged(folder: Path, words: str, times: int = 1) -> None:
    """Waits until the log says so."""
    wait_until(lambda: (folder / "mail.log").read_text().count(words) >= times)


def test_what_postfix_took_without_our_hearing_it_is_found(
    owe: Owe, postfix: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = owe()
    with monkeypatch.context() as broken:
        cut_after(broken, dot=True)
        machine.work()
    assert fresh(row).state == "ambiguous"
    logged(postfix, "queue active")
    logged(postfix, "disconnect from")
    later(row)

    machine.work()

    assert (fresh(row).state, fresh(row).reason) == ("sent", "Found at the relay.")
    assert (postfix / "mail.log").read_text().count("queue active") == 1


def test_what_postfix_lost_with_the_line_is_sent_once_more(
    owe: Owe, postfix: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = owe()
    with monkeypatch.context() as broken:
        cut_after(broken, dot=False)
        machine.work()
    logged(postfix, "lost connection after DATA")
    logged(postfix, "message-id=")
    later(row)

    machine.work()

    assert (fresh(row).state, outcomes(row)) == ("sent", [("no_answer", 0), ("sent", 250)])
    wait_until(lambda: "queue active" in (postfix / "mail.log").read_text())
    assert (postfix / "mail.log").read_text().count("queue active") == 1
    assert Attempt.objects.get(n=2).remote_queue_id in (postfix / "mail.log").read_text()


def test_what_waits_in_postfixs_queue_is_found_without_its_log_of_the_queue(
    owe: Owe, postfix: Path, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    configure(postfix, settings.EMAIL_PORT, "discard")
    subprocess.run(["postfix", "-c", str(postfix), "reload"], check=True, capture_output=True)
    row = owe()
    with monkeypatch.context() as broken:
        cut_after(broken, dot=True)
        machine.work()
    logged(postfix, "status=deferred")
    path = postfix / "mail.log"
    kept = [line for line in path.read_text().splitlines(keepends=True) if "qmgr" not in line]
    (postfix / "copy.log").write_text("".join(kept))
    settings.MAIL_ORACLE = f"postfix:{postfix / 'copy.log'}"
    later(row)

    machine.work()

    assert (fresh(row).state, fresh(row).reason) == ("sent", "Found at the relay.")


def test_a_log_that_was_lost_settles_nothing(owe: Owe, postfix: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    row = owe()
    with monkeypatch.context() as broken:
        cut_after(broken, dot=False)
        machine.work()
    (postfix / "mail.log").write_text(f"{timezone.now().isoformat()} relay postfix/smtpd[1]: connect\n")
    Attempt.objects.update(data_at=Now() - timedelta(minutes=1))
    later(row)

    machine.work()

    assert fresh(row).state == "ambiguous"
