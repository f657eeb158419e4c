"""The mail catcher keeps every mail as it came."""

import os
import signal
import smtplib
import subprocess
import sys
from email import message_from_bytes
from email.message import EmailMessage
from pathlib import Path

import pytest

from dev.commands.run import listen
from dev.mailcatcher import store

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture
def catcher(tmp_path):
    """Port and folder of a running catcher."""
    with listen(0) as sock:
        words = [sys.executable, "-m", "dev.mailcatcher", str(sock.fileno()), str(tmp_path / "mail")]
        process = subprocess.Popen(words, pass_fds=[sock.fileno()], cwd=ROOT)
        yield sock.getsockname()[1], tmp_path / "mail"
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0


def test_mails_are_kept_in_order_of_arrival_with_their_envelope(catcher):
    port, folder = catcher
    with smtplib.SMTP("127.0.0.1", port, timeout=10) as smtp:
        for number in (1, 2, 3):
            mail = EmailMessage()
            mail["Subject"], mail["Message-ID"] = f"Núm {number}", f"<{number}@wild.example>"
            mail.set_content("سطر\n.dot\n")
            smtp.send_message(mail, "wild@wild.example", ["ana@qm.example", "bruno@qm.example"])

    kept = [message_from_bytes(path.read_bytes()) for path in sorted(folder.iterdir())]
    assert [mail["Message-ID"] for mail in kept] == ["<1@wild.example>", "<2@wild.example>", "<3@wild.example>"]
    assert kept[0]["Return-Path"] == "<wild@wild.example>"
    assert kept[0].get_all("Delivered-To") == ["ana@qm.example", "bruno@qm.example"]
    assert kept[0].get_payload(decode=True).decode() == "سطر\r\n.dot\r\n"


def test_a_sender_is_told_to_try_later_when_the_disk_refuses(catcher):
    port, folder = catcher
    with smtplib.SMTP("127.0.0.1", port, timeout=10) as smtp:
        smtp.noop()
        os.rmdir(folder)

        with pytest.raises(smtplib.SMTPDataError) as caught:
            smtp.sendmail("a@wild.example", ["b@qm.example"], b"Subject: x\r\n\r\nx")

    assert caught.value.smtp_code == 451


def test_names_sort_by_arrival_and_nothing_half_written_stays(tmp_path):
    paths = [store(tmp_path, b"x") for _ in range(12)]

    assert sorted(tmp_path.iterdir()) == paths
