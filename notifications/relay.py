"""One conversation with the first relay, command by command, so that the fence can stand before the body."""

import contextlib
import re
import smtplib
import ssl
import time
from enum import Enum
from socket import socket
from typing import NamedTuple, Self, cast

from django.conf import settings

from notifications.profile import profile

NO_REPLY = 0
GOING_AWAY = 421
POLICY = re.compile(r"\s*5\.7\.")
NOT_OF_THE_ADDRESS = {500, 502, 503, 504, 530, 534, 535, 538}  # a word it does not know or expect; TLS or login first
QUEUED_AS = re.compile(r"queued as\s+<?([\w.:-]+)", re.IGNORECASE)
LONGEST_TEXT = 200
CRLF = b"\r\n"
IDLE = 1.0  # seconds after which a connection is checked before it is used again
MOST_LINES = 100  # of one answer; whoever says more will not come to an end
LINE = 4096  # bytes taken from the line at once


class ChannelError(Exception):
    """We cannot send at all now: no connection, no TLS, no login. It is nobody's address that is at fault."""


class Verdict(Enum):
    """What a reply means for the message."""

    ACCEPTED = "accepted"
    LATER = "later"
    NEVER = "never"
    POLICY = "policy"  # the relay does not like us or the text; another day it may
    CHANNEL = "channel"  # the relay refuses the sender: nothing of ours would pass


class Reply(NamedTuple):
    """A relay's answer; code 0 means that there was none."""

    command: str
    code: int
    text: str

    @property
    def verdict(self) -> Verdict:
        """The meaning of this answer (reminders.md 3.7)."""
        if self.code // 100 == (3 if self.command == "DATA" else 2):
            return Verdict.ACCEPTED
        if self.code // 100 != 5:
            return Verdict.LATER
        if self.command == "MAIL":
            return Verdict.CHANNEL
        is_policy = self.code in NOT_OF_THE_ADDRESS or POLICY.match(self.text)
        return Verdict.POLICY if is_policy else Verdict.NEVER

    @property
    def is_silence(self) -> bool:
        """True where the relay said nothing, or nothing that can be understood."""
        return self.verdict is Verdict.LATER and self.code // 100 != 4

    @property
    def shakes_channel(self) -> bool:
        """True where the trouble may concern every message: silence, a relay going away, a policy."""
        return self.is_silence or self.code == GOING_AWAY or self.verdict in {Verdict.POLICY, Verdict.CHANNEL}

    @property
    def queue_id(self) -> str:
        """The number under which the relay keeps the message, where it says one."""
        found = QUEUED_AS.search(self.text)
        return found.group(1)[:100] if found else ""


class Lines:
    """What a relay says, line by line, as long as its answer may take and not for ever.

    Python's own reader has patience with each packet: a relay that speaks letter by letter, or that never comes to its
    last line, would keep a worker beyond its lease.
    """

    def __init__(self, line: socket) -> None:
        self._line, self._rest = line, b""
        self._ends, self._left = 0.0, 0

    def begin(self) -> None:
        """An answer begins; from now on it has the time and the lines of one."""
        self._ends, self._left = time.monotonic() + (self._line.gettimeout() or 0), MOST_LINES

    def readline(self, most: int) -> bytes:
        """The next line with its end, cut to `most` bytes; b"" where the relay has hung up. Raises TimeoutError."""
        self._left -= 1
        while b"\n" not in self._rest and len(self._rest) < most:
            if not (more := self._listen()):
                break
            self._rest += more
        end = min(self._rest.find(b"\n") + 1 or most, most)
        if self._left < 0:
            raise TimeoutError("its answer has no end")
        said, self._rest = self._rest[:end], self._rest[end:]
        return said

    def _listen(self) -> bytes:
        patience, left = self._line.gettimeout(), self._ends - time.monotonic()
        if left <= 0:
            raise TimeoutError("its answer took too long")
        self._line.settimeout(left)
        try:
            return self._line.recv(LINE)
        finally:
            self._line.settimeout(patience)

    def close(self) -> None:
        """Nothing is held here."""


class Talk(smtplib.SMTP):
    """SMTP in which an answer takes no longer than the time of the line, however it comes."""

    def getreply(self) -> tuple[int, bytes]:
        """As in the library."""
        if self.file is None:
            self.file = Lines(cast("socket", self.sock))
        self.file.begin()
        return super().getreply()


class SecretTalk(Talk, smtplib.SMTP_SSL):
    """The same with TLS from the first byte."""


class Relay:
    """A connection that is made when needed and checked before it is used again. Use as a context manager."""

    def __init__(self) -> None:
        self._smtp: smtplib.SMTP | None = None
        self._used_at = 0.0  # on the monotonic clock

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        if self._smtp is not None:
            with contextlib.suppress(smtplib.SMTPException, OSError):
                self._smtp.quit()
        self.drop()

    def make_ready(self) -> None:
        """Connects, or checks the connection and renews one that has died; raises ChannelError.

        Done before a message is claimed, so a stale connection costs no attempt.
        """
        if self._smtp is not None:
            if time.monotonic() - self._used_at < IDLE or self._command("NOOP").code == 250:
                return
            self.drop()
        try:
            self._smtp, self._used_at = _connect(), time.monotonic()
        except (smtplib.SMTPException, OSError, ValueError) as error:  # ValueError: what cannot be said or decoded
            raise ChannelError(f"{type(error).__name__}: {error}"[:LONGEST_TEXT]) from error

    def offer(self, address: str, *, sender: str) -> Reply:
        """MAIL, RCPT and DATA; the reply that refused, or the 354 that waits for the body. Nothing is accepted yet."""
        reply = self._begin(f"MAIL FROM:<{sender}>")
        for command in (f"RCPT TO:<{address}>", "DATA"):
            if reply.verdict is not Verdict.ACCEPTED:
                return reply
            reply = self._command(command)
        return reply

    def _begin(self, command: str) -> Reply:
        """The first command about a message; a connection that has died meanwhile is renewed once."""
        reply = self._command(command)
        if self._smtp is None:
            with contextlib.suppress(ChannelError):
                self.make_ready()
                return self._command(command)
        return reply

    def deliver(self, body: bytes) -> Reply:
        """Body and final dot; the relay's answer. Only a reply that is silence leaves a doubt."""
        if self._smtp is None:
            return Reply("BODY", NO_REPLY, "no connection")
        quoted = re.sub(rb"(?m)^\.", b"..", body)
        try:
            self._smtp.send(quoted + (b"" if quoted.endswith(CRLF) else CRLF) + b".\r\n")
            _wait(self._smtp, profile().answer)
            return self._reply("BODY", *self._smtp.getreply())
        except (smtplib.SMTPException, OSError) as error:
            return self._silence("BODY", error)

    def clear(self) -> None:
        """Forgets a message that was refused before its body, so that the next one can begin."""
        if self._smtp is not None and self._command("RSET").code != 250:
            self.drop()

    def drop(self) -> None:
        """Cuts the line without a word: the only way to take back a message after the 354."""
        if self._smtp is not None:
            self._smtp.close()
            self._smtp = None

    def _command(self, line: str) -> Reply:
        command = line.split(" ", 1)[0]
        if self._smtp is None:
            return Reply(command, NO_REPLY, "no connection")
        try:
            _wait(self._smtp, profile().command)
            return self._reply(command, *self._smtp.docmd(line))
        except (smtplib.SMTPException, OSError) as error:
            return self._silence(command, error)

    def _reply(self, command: str, code: int, text: bytes) -> Reply:
        self._used_at = time.monotonic()
        words = text.decode("utf-8", "replace").replace("\x00", "")[:LONGEST_TEXT]
        reply = Reply(command, code, words)
        if reply.is_silence or code == GOING_AWAY:
            self.drop()
        return reply

    def _silence(self, command: str, error: Exception) -> Reply:
        self.drop()
        return Reply(command, NO_REPLY, f"{type(error).__name__}: {error}"[:LONGEST_TEXT])


def _wait(smtp: smtplib.SMTP, seconds: float) -> None:
    """How long the next word and its answer may take."""
    cast("socket", smtp.sock).settimeout(seconds)


def _connect() -> smtplib.SMTP:
    """A connection that greets, encrypts and signs in as EMAIL_URL says; TLS is never skipped when it is asked for."""
    patience, where = profile(), (settings.EMAIL_HOST, settings.EMAIL_PORT)
    if settings.EMAIL_USE_SSL:
        context = ssl.create_default_context()
        smtp: Talk = SecretTalk(*where, settings.MAIL_DOMAIN, timeout=patience.connect, context=context)
    else:
        smtp = Talk(*where, settings.MAIL_DOMAIN, timeout=patience.connect)
    try:
        _wait(smtp, patience.command)
        smtp.ehlo_or_helo_if_needed()
        if settings.EMAIL_USE_TLS:
            smtp.starttls(context=ssl.create_default_context())
            smtp.ehlo_or_helo_if_needed()
        if settings.EMAIL_HOST_USER:
            smtp.login(settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD)
    except BaseException:
        smtp.close()
        raise
    return smtp
