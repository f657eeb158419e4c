"""An SMTP server that does what a test tells it, and writes every accepted message down before it says so."""

import asyncio
import hashlib
import json
import os
import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session


@dataclass(frozen=True)
class Accepted:
    """A message the sink has taken responsibility for, whether or not the sender heard of it."""

    to: str
    message_id: str
    sha256: str
    size: int


class Talk(SMTP):
    """One conversation; MAIL, DATA and NOOP may be answered by the script."""

    def __init__(self, sink: "Sink", **options: Any) -> None:
        super().__init__(sink, hostname="sink.example", **options)
        self.sink = sink

    async def smtp_DATA(self, arg: str) -> None:  # noqa: N802 aiosmtpd's name
        reply = self.sink.take("DATA", *self.envelope.rcpt_tos)
        if reply == "cut":
            self.transport.abort()
        elif reply:
            await self.push(reply)
        else:
            await super().smtp_DATA(arg)

    async def smtp_NOOP(self, arg: str) -> None:  # noqa: N802 aiosmtpd's name
        self.sink.noops += 1
        await super().smtp_NOOP(arg)


class Sink:
    """What was accepted, and the script: what to answer to the next commands about an address ("*": about any)."""

    def __init__(self, *, log: Path | None = None, pause: float = 0.0, tls: Any = None, starttls: Any = None) -> None:
        self.accepted: list[Accepted] = []
        self.bodies: list[bytes] = []
        self.script: dict[tuple[str, str], list[str]] = defaultdict(list)
        self.noops = self.connections = self.offered = 0
        self.pause, self.port, self.log = pause, 0, log.open("ab") if log else None
        self.talks: list[Talk] = []
        self._tls, self._starttls = tls, starttls
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def tell(self, command: str, *replies: str, to: str = "*") -> None:
        """The next answers to MAIL, RCPT, DATA or BODY: a reply, "cut", "keep and cut" or "late"; then all is well."""
        self.script[command, to] += replies

    def take(self, command: str, *addresses: str) -> str:
        """The next scripted answer, "" for the ordinary one."""
        for address in (*addresses, "*"):
            if self.script[command, address]:
                return self.script[command, address].pop(0)
        return ""

    def mails(self) -> list[EmailMessage]:
        """The accepted messages, read."""
        return [message_from_bytes(body, policy=policy.default) for body in self.bodies]

    def recipients(self) -> list[str]:
        """Who got something, in the order of arrival."""
        return [accepted.to for accepted in self.accepted]

    # --- aiosmtpd's hooks ---------------------------------------------------------------------------------------------
    async def handle_MAIL(  # noqa: N802
        self, _s: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        reply = self.take("MAIL")
        if not reply:
            envelope.mail_from, envelope.mail_options = address, options
        return reply or "250 OK"

    async def handle_RCPT(  # noqa: N802
        self, server: Talk, _session: Session, envelope: Envelope, address: str, _o: list[str]
    ) -> str:
        self.offered += 1
        reply = self.take("RCPT", address)
        if reply == "cut":
            server.transport.abort()
        if not reply:
            envelope.rcpt_tos.append(address)
        return reply or "250 OK"

    async def handle_DATA(self, server: Talk, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        await asyncio.sleep(self.pause)
        reply = self.take("BODY", *envelope.rcpt_tos)
        if not reply or reply in {"keep and cut", "late"}:
            self._keep(envelope.rcpt_tos[0], bytes(envelope.content or b""))
        if reply in {"cut", "keep and cut"}:
            server.transport.abort()
        elif reply == "late":
            await asyncio.sleep(2)
        await asyncio.sleep(self.pause)
        return (
            f"250 2.0.0 OK: queued as Q{len(self.accepted)}" if reply in {"", "late", "cut", "keep and cut"} else reply
        )

    def _keep(self, to: str, body: bytes) -> None:
        message_id = message_from_bytes(body, policy=policy.default)["Message-ID"]
        accepted = Accepted(to, message_id, hashlib.sha256(body).hexdigest(), len(body))
        if self.log:
            self.log.write(json.dumps(asdict(accepted)).encode() + b"\n")
            self.log.flush()
            os.fsync(self.log.fileno())
        self.accepted.append(accepted)
        self.bodies.append(body)

    # --- life ---------------------------------------------------------------------------------------------------------
    def _talk(self) -> Talk:
        self.connections += 1
        options = {"tls_context": self._starttls} if self._starttls else {"auth_require_tls": False}
        self.talks.append(Talk(self, loop=self._loop, authenticator=_let_in, **options))
        return self.talks[-1]

    def hang_up(self) -> None:
        """Cuts every open conversation, as a relay does with idle ones."""
        talks, self.talks = self.talks, []
        for talk in talks:
            if talk.transport is not None:
                self._loop.call_soon_threadsafe(talk.transport.abort)

    def start(self) -> "Sink":
        """Listens on a free port of the loopback."""
        self._thread.start()
        listening = self._loop.create_server(self._talk, "127.0.0.1", 0, ssl=self._tls)
        self._server = asyncio.run_coroutine_threadsafe(listening, self._loop).result(5)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    def stop(self) -> None:
        """Ends every conversation and the thread."""
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result(5)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        self._loop.close()
        if self.log:
            self.log.close()

    async def _end(self) -> None:
        self._server.close()
        tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _let_in(_server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, data: Any) -> AuthResult:
    return AuthResult(success=data.password == b"right", handled=False)


@contextmanager
def running(**options: Any) -> Iterator[Sink]:
    """A sink that listens while the block runs."""
    sink = Sink(**options).start()
    try:
        yield sink
    finally:
        sink.stop()
