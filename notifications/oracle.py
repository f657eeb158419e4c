"""Whether the first relay has a message: asked before a doubtful one is sent again (reminders.md 3.6).

MAIL_ORACLE=postfix:/var/log/mail.log asks a Postfix on this machine: its log, the rotated ones included, and its queue.
Postfix writes the Message-ID of a message beside its queue id when the header arrives (`cleanup`), and the queue id
again when it has taken the message over (`qmgr … queue active`); only the second is an acceptance.

Times in the log are read as written where they carry a zone, else as UTC.
"""

import gzip
import json
import re
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from enum import Enum
from pathlib import Path
from typing import NamedTuple

import structlog
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

log = structlog.get_logger("mail")
MESSAGE_ID = re.compile(r"/cleanup\[\d+\]: (?:warning: )?(\w+): message-id=(<[^>]*>)")
TAKEN = re.compile(r"/qmgr\[\d+\]: (\w+): from=<.*\(queue active\)")
WITH_ZONE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)(?= )")
WITHOUT = re.compile(r"[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d(?= )")
SECOND, DAY = timedelta(seconds=1), timedelta(days=1)
PATIENCE = 20  # seconds for the list of the queue


class Answer(Enum):
    """What the relay says; UNKNOWN where it cannot be asked now or its log does not reach back to the moment."""

    FOUND = "found"
    ABSENT = "absent"
    UNKNOWN = "unknown"


class Question(NamedTuple):
    """A Message-ID with its angle brackets, and the aware instants between which it may have been handed over."""

    message_id: str
    since: datetime
    until: datetime


class Reading(NamedTuple):
    """What the logs say: queue ids by Message-ID, those that were taken over, and the time the lines span."""

    queue_ids: Mapping[str, set[str]]
    taken: set[str]
    first: datetime | None
    last: datetime | None

    def covers(self, question: Question) -> bool:
        """True where nothing about this message can be missing; a log may count in whole seconds."""
        if self.first is None or self.last is None:
            return False
        return self.first <= question.since and question.until < self.last + SECOND


def can_ask() -> bool:
    """True where a relay that answers is configured."""
    return bool(settings.MAIL_ORACLE)


def ask(questions: Iterable[Question]) -> dict[str, Answer]:
    """The answer for each Message-ID; everything is unknown where the log cannot be read.

    Raises ImproperlyConfigured for a MAIL_ORACLE that names no Postfix and no path.
    """
    kind, _, path = settings.MAIL_ORACLE.partition(":")
    if kind != "postfix" or not path:
        raise ImproperlyConfigured(f"MAIL_ORACLE is {settings.MAIL_ORACLE!r}; it must be postfix:/path/of/the/log.")
    asked = {question.message_id: question for question in questions}
    try:
        reading = read_logs(Path(path), asked)
    except (OSError, EOFError) as error:
        log.error("the relay's log cannot be read", error=f"{type(error).__name__}: {error}"[:200])
        return dict.fromkeys(asked, Answer.UNKNOWN)
    return {message_id: _judge(question, reading) for message_id, question in asked.items()}


def _judge(question: Question, reading: Reading) -> Answer:
    numbers = reading.queue_ids.get(question.message_id, set())
    if numbers & reading.taken:
        return Answer.FOUND
    if numbers:
        queue = list_queue()
        if queue is None:
            return Answer.UNKNOWN
        if numbers & queue:
            return Answer.FOUND
    return Answer.ABSENT if reading.covers(question) else Answer.UNKNOWN


def read_logs(path: Path, asked: Iterable[str]) -> Reading:
    """Reads the log and its rotated parts once, the oldest first; raises OSError where the log is not there.

    A queue id is used again by Postfix, so it counts for a Message-ID only until it stands beside another one.
    """
    wanted, owner, found, taken = set(asked), dict[str, str](), dict[str, set[str]](), set[str]()
    first = last = None
    for line, written in _lines(path):
        at = _time_of(line, written)
        first, last = first or at, at or last
        if named := MESSAGE_ID.search(line):
            queue_id, message_id = named.groups()
            if owner.pop(queue_id, None) is not None and queue_id not in taken:
                for numbers in found.values():
                    numbers.discard(queue_id)
            if message_id in wanted:
                owner[queue_id] = message_id
                found.setdefault(message_id, set()).add(queue_id)
        elif (over := TAKEN.search(line)) and over[1] in owner:
            taken.add(over[1])
    return Reading(found, taken, first, last)


def list_queue() -> set[str] | None:
    """The queue ids of everything Postfix holds; None where it does not answer."""
    words = ["postqueue", "-j"]
    with suppress(OSError, subprocess.SubprocessError, ValueError, KeyError):
        done = subprocess.run(words, capture_output=True, text=True, timeout=PATIENCE, check=True)  # noqa: S603
        return {json.loads(line)["queue_id"] for line in done.stdout.splitlines() if line}
    return None


def _lines(path: Path) -> Iterator[tuple[str, datetime]]:
    """Each line with the time its file was last written, from the oldest file on."""
    parts = [path, *path.parent.glob(f"{path.name}[.-]*")]
    for part in sorted(parts, key=lambda part: part.stat().st_mtime):
        written = datetime.fromtimestamp(part.stat().st_mtime, UTC)
        with gzip.open(part, "rt", errors="replace") if part.suffix == ".gz" else part.open(errors="replace") as lines:
            for line in lines:
                yield line, written


def _time_of(line: str, written: datetime) -> datetime | None:
    """When a line was written; the old form has no year: it is the last one that does not lie after its file."""
    if found := WITH_ZONE.match(line):
        return datetime.fromisoformat(found[0])
    if not (found := WITHOUT.match(line)):
        return None
    for year in (written.year + 1, written.year, written.year - 1):
        with suppress(ValueError):
            at = datetime.strptime(f"{year} {found[0]}", "%Y %b %d %H:%M:%S").replace(tzinfo=UTC)
            if at < written + DAY:
                return at
    return None
