"""An SMTP server that keeps every mail as a file: `python -m dev.mailcatcher SOCKET FOLDER`.

A mail is acknowledged after it is on the disk, so what a sender believes delivered is there after a power cut.
"""

import asyncio
import itertools
import os
import signal
import socket
import sys
import time
from functools import partial
from pathlib import Path

from aiosmtpd.smtp import SMTP, Envelope, Session

_numbers = itertools.count(1)


class Keeper:
    """aiosmtpd's handler: one file for each accepted mail, its name in order of arrival."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.folder = folder

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 aiosmtpd's name
        """Answers 250 when the mail is safe, 451 (try later) when it could not be written."""
        try:
            await asyncio.to_thread(store, self.folder, with_envelope(envelope))
        except OSError as error:
            return f"451 4.3.0 The mail could not be kept: {error.strerror}"
        return "250 2.0.0 Kept"


def with_envelope(envelope: Envelope) -> bytes:
    """The mail as it came, after the two lines a mail server adds on delivery: who sent it and to which address."""
    lines = [f"Return-Path: <{envelope.mail_from or ''}>", *(f"Delivered-To: {to}" for to in envelope.rcpt_tos)]
    mail = envelope.content if isinstance(envelope.content, bytes) else b""  # never text: decode_data is off
    return "".join(f"{line}\r\n" for line in lines).encode("utf-8", "surrogateescape") + mail


def store(folder: Path, mail: bytes) -> Path:
    """Writes a mail under a name that sorts by arrival; it appears whole and stays after a power cut."""
    path = folder / f"{time.time_ns():020d}-{os.getpid()}-{next(_numbers):06d}.eml"
    fresh = path.with_suffix(".new")
    with fresh.open("wb") as file:
        file.write(mail)
        file.flush()
        os.fsync(file.fileno())
    fresh.rename(path)
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    return path


async def serve(listener: socket.socket, folder: Path) -> None:
    """Serves until SIGTERM."""
    loop, stopped, keeper = asyncio.get_running_loop(), asyncio.Event(), Keeper(folder)
    loop.add_signal_handler(signal.SIGTERM, stopped.set)
    server = await loop.create_server(partial(SMTP, keeper, enable_SMTPUTF8=True, hostname="localhost"), sock=listener)
    async with server:
        await stopped.wait()


if __name__ == "__main__":
    asyncio.run(serve(socket.socket(fileno=int(sys.argv[1])), Path(sys.argv[2])))
