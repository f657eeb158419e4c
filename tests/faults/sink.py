"""A relay in a process of its own: it writes every accepted message down, durably, before it says so.

`python sink.py FOLDER SEED` listens on a free port of the loopback, which it writes to FOLDER/port. Its faults come
from a hash of the recipient and the seed, and from how often that recipient was tried: the same seed, the same run.
FOLDER/mode.json, read again whenever it changes, says how it behaves; every key is optional:

    pause      seconds before each answer to a body
    faults     true: the shares of `SHARES`
    idle       seconds after which a silent conversation is cut
    down       true: every connection is cut at once
    say        {command: text}: what is said in place of every reply; commands also CONNECT, EHLO, BODY
    to         {address: {command: [text, …]}}: the same for one recipient, one text for each try
    tls        {"certificate": file with key and certificate, "at": "start" or "command", "instead": what is done in
               place of the handshake: "cut", "silent", "garbage"}
    watch      true: whether MAIL and AUTH came over TLS is written down

A text may be a reply without its line end, "cut" (hang up), "silent" (say nothing), "endless" (lines for ever), "drip"
(letter by letter), "keep and cut" or "late" (keep the message, then hang up or answer after the client's patience).
FOLDER/accepted.jsonl has one line for each accepted message, FOLDER/talks.jsonl one for each connection and each fault,
FOLDER/mail.log what Postfix would write, so that it can be asked. Nothing of the portal is imported.
"""

import asyncio
import hashlib
import json
import os
import re
import ssl
import sys
import time
from collections import Counter
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO

# Of 10,000 recipients: how many meet which fault, and at how many of their first tries (reminders.md, "Six designs").
SHARES = (
    ("RCPT", "421 4.3.2 Closing down for a moment", 200, 2),
    ("RCPT", "451 4.7.1 Greylisted", 200, 2),
    ("RCPT", "550 5.1.1 No such person", 57, 1000),
    ("BODY", "452 4.3.1 Disk nearly full", 20, 2),
    ("BODY", "keep and cut", 50, 1),
    ("BODY", "cut", 50, 1),
    ("BODY", "late", 50, 1),
)
LATE = 2.5  # seconds; the test profile waits one
DRIP = 0.3  # seconds between two letters, so that each comes in time
ADDRESS = re.compile(r"<([^>]*)>")


def fault_of(address: str, seed: str) -> tuple[str, str, int] | None:
    """The fault this recipient meets: command, answer, number of tries; None for most."""
    place = int.from_bytes(hashlib.sha256(f"{seed}:{address}".encode()).digest()[:8]) % 10_000
    for command, answer, share, tries in SHARES:
        if place < share:
            return command, answer, tries
        place -= share
    return None


class Relay:
    """What all conversations share: the logs, the mode, and how often each recipient was tried."""

    def __init__(self, folder: Path, seed: str) -> None:
        self.folder, self.seed = folder, seed
        self.accepted, self.talks = (folder / "accepted.jsonl").open("ab"), (folder / "talks.jsonl").open("ab")
        self.mail_log = (folder / "mail.log").open("ab")
        self.count, self.tries = 0, Counter[tuple[str, str]]()
        self._mode: dict[str, Any] = {}
        self._read_at = -1

    @property
    def mode(self) -> dict[str, Any]:
        """How to behave now."""
        with suppress(OSError, ValueError):
            changed = (self.folder / "mode.json").stat().st_mtime_ns
            if changed != self._read_at:
                self._mode, self._read_at = json.loads((self.folder / "mode.json").read_text()), changed
        return self._mode

    def answer(self, command: str, address: str = "") -> str:
        """What to say in place of the ordinary reply; "" for that one."""
        mode = self.mode
        if text := mode.get("say", {}).get(command):
            return str(text)
        if not address:
            return ""
        self.tries[command, address] += 1
        number = self.tries[command, address]
        own = mode.get("to", {}).get(address, {}).get(command, [])
        if number <= len(own):
            return str(own[number - 1])
        fault = fault_of(address, self.seed) if mode.get("faults") else None
        return fault[1] if fault and fault[0] == command and number <= fault[2] else ""

    def receive(self, address: str, body: bytes, *, is_kept: bool) -> str:
        """Takes responsibility for a message, or lets it fall; its line is on the disk when this returns. Its id."""
        self.count += 1
        number = f"{os.getpid():X}{self.count:06X}"
        found = re.search(rb"(?im)^Message-ID: *(\S+)", body.split(b"\r\n\r\n", 1)[0])
        message_id = found[1].decode("ascii", "replace") if found else ""
        self.tell(f"postfix/cleanup[7]: {number}: message-id={message_id}")
        if is_kept:
            digest = hashlib.sha256(body).hexdigest()
            line = {"queue_id": number, "to": address, "message_id": message_id, "sha256": digest, "at": time.time()}
            _write(self.accepted, line)
            os.fsync(self.accepted.fileno())
            self.tell(
                f"postfix/qmgr[7]: {number}: from=<no-reply@wild.example>, size={len(body)}, nrcpt=1 (queue active)"
            )
        return number

    def tell(self, words: str) -> None:
        """One line as Postfix writes it."""
        self.mail_log.write(f"{datetime.now(UTC).isoformat()} sink {words}\n".encode())
        self.mail_log.flush()

    def note(self, **what: object) -> None:
        """Writes down what happened in a conversation."""
        _write(self.talks, {"at": time.time(), **what})


class Talk:
    """One conversation."""

    def __init__(self, relay: Relay, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.relay, self.reader, self.writer = relay, reader, writer
        self.to, self.is_secret = "", False

    async def run(self) -> None:
        """Speaks until one of the two hangs up."""
        self.relay.note(event="connect")
        self.relay.tell("postfix/smtpd[7]: connect from localhost[127.0.0.1]")
        try:
            if self.tls.get("at") == "start":
                await self.encrypt()
            if not self.relay.mode.get("down") and await self.say("CONNECT", "220 sink.example ready"):
                while line := await self.line():
                    if not await self.obey(line.decode("latin-1").strip()):
                        break
        except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, TimeoutError):
            pass
        finally:
            self.writer.transport.abort()
            self.relay.tell("postfix/smtpd[7]: disconnect from localhost[127.0.0.1]")

    async def line(self) -> bytes:
        """The next line of the client, b"" when it has gone or stays silent for too long."""
        idle = self.relay.mode.get("idle", 300)
        return await asyncio.wait_for(self.reader.readline(), idle)

    async def say(self, command: str, ordinary: str, address: str = "") -> bool:
        """Answers a command; False where the conversation is over."""
        text = self.relay.answer(command, address)
        if text:
            self.relay.note(event="fault", command=command, to=address, answer=text[:60])
        return await self.speak(text, ordinary)

    async def speak(self, text: str, ordinary: str) -> bool:
        """Says it, however it is to be said; False where the conversation is over."""
        if text in {"cut", "keep and cut"}:
            return False
        while text == "endless":
            await self.write(b"451-more\r\n" * 50)
        while text == "drip":
            await self.write(b"4")
            await asyncio.sleep(DRIP)
        if text == "late":
            await asyncio.sleep(LATE)
            text = ""
        if text != "silent":
            await self.write((text or ordinary).encode("latin-1", "replace") + b"\r\n")
        return not text.startswith("421")

    async def write(self, words: bytes) -> None:
        """Sends bytes; OSError where nobody listens any more."""
        self.writer.write(words)
        await self.writer.drain()

    @property
    def tls(self) -> dict[str, str]:
        """How the line is encrypted; empty where it is not."""
        return dict(self.relay.mode.get("tls", {}))

    async def encrypt(self) -> None:
        """The handshake, or what is done instead; OSError where it fails."""
        instead = self.tls.get("instead", "")
        if instead == "cut":
            raise ConnectionAbortedError
        if instead == "silent":
            await self.reader.read()
        if instead == "garbage":
            await self.write(b"\x16\x03\x01" + bytes(range(200)) * 3)
            await self.reader.read()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.tls["certificate"])
        await self.writer.start_tls(context)
        self.is_secret = True

    async def obey(self, line: str) -> bool:
        """Does what the client asks; False where the conversation is over."""
        word = line.split(" ", 1)[0].upper()
        if self.relay.mode.get("watch") and word in {"MAIL", "AUTH"}:
            self.relay.note(event="said", command=word, is_secret=self.is_secret)
        if word == "STARTTLS" and self.tls:
            if not await self.say("STARTTLS", "220 2.0.0 Go ahead"):
                return False
            if not self.relay.mode.get("say", {}).get("STARTTLS"):
                await self.encrypt()
            return True
        if word == "DATA":
            return await self.say("DATA", "354 Go on", self.to) and await self.body()
        if word in {"MAIL", "RCPT"}:
            found = ADDRESS.search(line)
            address = found[1] if found else ""
            if word == "RCPT":
                self.to = address
            return await self.say(word, "250 2.1.0 OK", address if word == "RCPT" else "")
        if word in {"EHLO", "HELO"}:
            offer = "250-STARTTLS\r\n" if self.tls and not self.is_secret else ""
            return await self.say("EHLO", f"250-sink.example\r\n250-AUTH PLAIN LOGIN\r\n{offer}250 8BITMIME")
        if word == "AUTH":
            return await self.say("AUTH", "235 2.7.0 OK")
        if word == "QUIT":
            return False
        return await self.say(word, "250 2.0.0 OK")

    async def body(self) -> bool:
        """Takes the message, or what its fault makes of it."""
        lines = []
        while (line := await self.line()) != b".\r\n":
            if not line.endswith(b"\n"):
                return False
            lines.append(line[1:] if line.startswith(b".") else line)
        await asyncio.sleep(self.relay.mode.get("pause", 0))
        text = self.relay.answer("BODY", self.to)
        kept = not text or text in {"keep and cut", "late"}
        number = self.relay.receive(self.to, b"".join(lines), is_kept=kept)
        if text:
            self.relay.note(event="fault", command="BODY", to=self.to, answer=text[:60])
        return await self.speak(text, f"250 2.0.0 Ok: queued as {number}")


def _write(log: BinaryIO, line: dict[str, object]) -> None:
    log.write(json.dumps(line).encode() + b"\n")
    log.flush()


async def serve(folder: Path, seed: str) -> None:
    """Listens until the process is ended."""
    relay = Relay(folder, seed)
    relay.tell("postfix/master[1]: daemon started")
    server = await asyncio.start_server(lambda r, w: Talk(relay, r, w).run(), "127.0.0.1", _port_before(folder))
    fresh = folder / "port.new"
    fresh.write_text(str(server.sockets[0].getsockname()[1]))
    fresh.rename(folder / "port")
    await server.serve_forever()


def _port_before(folder: Path) -> int:
    """The port of the run before this one, which its clients know; 0 for a free one."""
    return int((folder / "port").read_text()) if (folder / "port").exists() else 0


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        asyncio.run(serve(Path(sys.argv[1]), sys.argv[2]))
