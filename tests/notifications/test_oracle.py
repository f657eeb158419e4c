"""Whether the relay has a message: what its log and its queue say, and what follows for a message in doubt."""

import gzip
import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.utils import timezone

from notifications import delivery as machine
from notifications import oracle
from notifications.clock import Now
from notifications.models import Attempt, Delivery, EngineState
from notifications.oracle import Answer, Question
from tests.notifications.conftest import fresh, later, outcomes, work
from tests.notifications.sink import Sink

Owe = Callable[..., Delivery]
TAKEN, CUT, LATE, NEVER = (f"<{n}{n}{n}@wild.example>" for n in "1234")
LOG = f"""\
Nov 21 15:36:36 relay postfix/master[20627]: daemon started -- version 3.7.11, configuration /etc/postfix
Nov 21 15:36:38 relay postfix/smtpd[20731]: connect from localhost[127.0.0.1]
Nov 21 15:36:39 relay postfix/smtpd[20731]: 0364F2709A6: client=localhost[127.0.0.1]
Nov 21 15:36:39 relay postfix/cleanup[20734]: 0364F2709A6: message-id={TAKEN}
Nov 21 15:36:39 relay postfix/qmgr[20628]: 0364F2709A6: from=<a@b.example>, size=317, nrcpt=1 (queue active)
Nov 21 15:36:39 relay postfix/smtpd[20731]: disconnect from localhost[127.0.0.1] ehlo=1 mail=1 rcpt=1 data=1 quit=1
Nov 21 15:36:39 relay postfix/smtp[20735]: 0364F2709A6: to=<x@y.example>, relay=mx, delay=0.03, dsn=2.0.0, status=sent
Nov 21 15:36:39 relay postfix/qmgr[20628]: 0364F2709A6: removed
Nov 21 15:36:39 relay postfix/smtpd[20731]: 07C612709D5: client=localhost[127.0.0.1]
Nov 21 15:36:39 relay postfix/smtpd[20731]: lost connection after DATA (87 bytes) from localhost[127.0.0.1]
Nov 21 15:36:39 relay postfix/cleanup[20734]: 07C612709D5: message-id={CUT}
Nov 21 15:36:39 relay postfix/smtpd[20736]: 0C427270B38: client=localhost[127.0.0.1]
Nov 21 15:36:39 relay postfix/cleanup[20734]: 0C427270B38: message-id={LATE}
Nov 21 15:36:40 relay postfix/qmgr[20628]: 0C427270B38: from=<a@b.example>, size=317, nrcpt=1 (queue active)
Nov 21 15:36:40 relay postfix/smtpd[20736]: disconnect from localhost[127.0.0.1] ehlo=1 mail=1 rcpt=1 data=1 commands=4
"""
THEN = datetime(2026, 11, 21, 15, 36, 39, 500_000, tzinfo=UTC)


@pytest.fixture
def log(tmp_path: Path, settings: Any) -> Path:
    """A log, written a minute after its last line."""
    settings.MAIL_ORACLE = f"postfix:{tmp_path / 'mail.log'}"
    return write(tmp_path / "mail.log", LOG)


@pytest.fixture(autouse=True)
def queue(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A `postqueue` that lists what stands in the file `queue`."""
    listed, program = tmp_path / "queue", tmp_path / "bin" / "postqueue"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\n[ "$1" = -j ] && cat {listed}\n')
    program.chmod(0o755)
    listed.write_text("")
    monkeypatch.setenv("PATH", str(program.parent), prepend=os.pathsep)
    return listed


def write(path: Path, text: str, at: datetime = THEN + timedelta(minutes=1)) -> Path:
    path.write_text(text)
    os.utime(path, (at.timestamp(), at.timestamp()))
    return path


def ask(message_id: str, since: datetime = THEN, until: datetime | None = None) -> Answer:
    return oracle.ask([Question(message_id, since, until or since)])[message_id]


# --- the log ----------------------------------------------------------------------------------------------------------
def test_what_postfix_took_over_is_found_and_what_was_cut_off_is_absent(log: Path) -> None:
    answers = oracle.ask(Question(number, THEN, THEN) for number in (TAKEN, CUT, LATE, NEVER))

    assert answers == {TAKEN: Answer.FOUND, CUT: Answer.ABSENT, LATE: Answer.FOUND, NEVER: Answer.ABSENT}


@pytest.mark.parametrize(
    ("since", "until", "answer"),
    [
        (timedelta(0), timedelta(0), Answer.ABSENT),
        (timedelta(seconds=-3.4), timedelta(seconds=1.4), Answer.ABSENT),
        (timedelta(seconds=-3.6), timedelta(0), Answer.UNKNOWN),
        (timedelta(0), timedelta(seconds=1.6), Answer.UNKNOWN),
    ],
)
def test_absence_is_certain_only_where_the_log_covers_the_moment(
    log: Path, since: timedelta, until: timedelta, answer: Answer
) -> None:
    assert ask(NEVER, THEN + since, THEN + until) is answer


def test_what_waits_in_the_queue_is_found(log: Path, queue: Path) -> None:
    queue.write_text('{"queue_name": "incoming", "queue_id": "07C612709D5"}\n{"queue_id": "X"}\n')

    assert ask(CUT) is Answer.FOUND


@pytest.mark.parametrize("listed", ["nonsense", '{"name": 1}'])
def test_where_the_queue_cannot_be_read_a_message_that_was_begun_is_unknown(
    log: Path, queue: Path, listed: str
) -> None:
    queue.write_text(listed)

    assert [ask(CUT), ask(NEVER), ask(TAKEN)] == [Answer.UNKNOWN, Answer.ABSENT, Answer.FOUND]


def test_without_the_program_a_message_that_was_begun_is_unknown(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")

    assert ask(CUT) is Answer.UNKNOWN


def test_a_queue_id_that_is_used_again_proves_nothing(log: Path) -> None:
    again = LOG + (
        "Nov 21 15:40:00 relay postfix/cleanup[1]: 07C612709D5: message-id=<other@x>\n"
        "Nov 21 15:40:00 relay postfix/qmgr[2]: 07C612709D5: from=<a@b.example>, size=1, nrcpt=1 (queue active)\n"
        "Nov 21 15:41:00 relay postfix/cleanup[1]: 0364F2709A6: message-id=<another@x>\n"
    )
    write(log, again, THEN + timedelta(minutes=10))

    assert [ask(CUT), ask(TAKEN)] == [Answer.ABSENT, Answer.FOUND]


def test_rotated_logs_are_read_too(log: Path) -> None:
    before = THEN - timedelta(days=1)
    lines = LOG.replace("Nov 21", "Nov 20").splitlines(keepends=True)
    old = log.with_name("mail.log.2.gz")
    with gzip.open(old, "wt") as rotated:
        rotated.writelines(lines[:4])
    os.utime(old, (before.timestamp(), before.timestamp()))
    write(log.with_name("mail.log.1"), "".join(lines[4:8]), before + timedelta(seconds=1))
    write(log, LOG.replace(TAKEN, "<new@x>").replace("0364F2709A6", "1"))

    assert [ask(TAKEN), ask(NEVER, before)] == [Answer.FOUND, Answer.ABSENT]


def test_times_with_a_zone_are_read(log: Path) -> None:
    write(
        log,
        "2026-11-21T16:36:36.000001+01:00 relay postfix/smtpd[1]: connect from localhost[127.0.0.1]\n"
        "no time at all\n"
        "2026-11-21T16:36:41Z relay postfix/smtpd[1]: disconnect\n",
    )

    assert [ask(NEVER), ask(NEVER, THEN - timedelta(seconds=4))] == [Answer.ABSENT, Answer.UNKNOWN]


def test_the_year_of_an_old_line_is_the_last_before_its_file(log: Path) -> None:
    new_year = datetime(2027, 1, 1, 0, 5, tzinfo=UTC)
    write(
        log,
        "Dec 31 23:59:50 relay postfix/smtpd[1]: hm\nFeb 30 00:00:00 x\nJan  1 00:00:10 relay postfix/smtpd[1]: bye\n",
        new_year,
    )

    assert ask(NEVER, datetime(2026, 12, 31, 23, 59, 55, tzinfo=UTC)) is Answer.ABSENT


@pytest.mark.parametrize("content", ["", "no time here\n"])
def test_an_empty_log_knows_nothing(log: Path, content: str) -> None:
    write(log, content)

    assert ask(NEVER) is Answer.UNKNOWN


def test_a_log_that_cannot_be_read_knows_nothing(log: Path, caplog: pytest.LogCaptureFixture) -> None:
    log.unlink()

    assert ask(TAKEN) is Answer.UNKNOWN
    assert "the relay's log cannot be read" in caplog.text


@pytest.mark.parametrize("value", ["exim:/var/log/exim", "postfix:", "postfix"])
def test_another_kind_of_relay_is_refused(settings: Any, value: str) -> None:
    settings.MAIL_ORACLE = value

    with pytest.raises(ImproperlyConfigured, match="it must be postfix:"):
        ask(TAKEN)


# --- what follows -----------------------------------------------------------------------------------------------------
def iso(at: datetime, rest: str) -> str:
    return f"{at.isoformat()} relay postfix/{rest}\n"


def doubt(owe: Owe, sink: Sink, act: str = "keep and cut", **fields: Any) -> Delivery:
    """A message in doubt whose lease is over."""
    row = owe(**fields)
    sink.tell("BODY", act)
    work()
    later(row)
    return fresh(row)


def covering(log: Path, *lines: str) -> None:
    """A log that covers now."""
    now = timezone.now()
    around = [
        iso(now - timedelta(days=1), "smtpd[1]: connect"),
        *lines,
        iso(now + timedelta(seconds=9), "smtpd[1]: bye"),
    ]
    write(log, "".join(around), now)


def taken(row: Delivery) -> list[str]:
    return [
        iso(timezone.now(), f"cleanup[1]: 4XyZ: message-id={row.message_id}"),
        iso(timezone.now(), "qmgr[1]: 4XyZ: from=<a@b>, size=1, nrcpt=1 (queue active)"),
    ]


def test_a_message_the_relay_has_is_not_sent_again(owe: Owe, sink: Sink, log: Path) -> None:
    row = doubt(owe, sink)
    covering(log, *taken(row))

    work()

    settled = fresh(row)
    assert (settled.state, settled.reason, len(sink.accepted)) == ("sent", "Found at the relay.", 1)
    assert settled.sent_at == settled.ended_at
    assert outcomes(row) == [("no_answer", 0)]


def test_the_relay_is_greeted_before_it_is_asked_so_that_its_log_goes_on(owe: Owe, sink: Sink, log: Path) -> None:
    row = doubt(owe, sink)
    covering(log, *taken(row))
    before = sink.connections

    work()

    assert (sink.connections - before, len(sink.accepted)) == (1, 1)


def test_a_relay_that_is_down_is_greeted_no_oftener_than_the_breaker_allows(
    owe: Owe, sink: Sink, log: Path, settings: Any
) -> None:
    row = doubt(owe, sink)
    settings.EMAIL_PORT = 9
    EngineState.objects.update(failures=4)

    work()

    shut = EngineState.objects.get()
    assert (shut.failures, fresh(row).state) == (5, "ambiguous")
    assert shut.breaker_until is not None
    EngineState.objects.update(breaker_until=Now() + timedelta(minutes=1))
    later(row)
    work()
    assert EngineState.objects.get().failures == 5
    EngineState.objects.update(breaker_until=Now())
    later(row)
    work()
    assert EngineState.objects.get().failures == 6


def test_a_message_the_relay_does_not_have_is_sent(owe: Owe, sink: Sink, log: Path) -> None:
    row = doubt(owe, sink, "cut")
    covering(log)

    work()

    assert (fresh(row).state, len(sink.accepted)) == ("sent", 1)
    assert outcomes(row) == [("no_answer", 0), ("sent", 250)]


def test_a_secret_is_settled_and_never_sent_again(owe: Owe, sink: Sink, log: Path) -> None:
    row = doubt(owe, sink, kind="secret", purpose="account", key="code:1")
    other = doubt(owe, sink, "cut", kind="secret", purpose="account", key="code:2")
    later(row)
    covering(log, *taken(row))

    work()

    assert (fresh(row).state, fresh(other).state) == ("sent", "held")
    assert fresh(other).reason == "In doubt, and a secret is not sent twice."


def test_without_an_answer_the_relay_is_asked_again_and_after_four_hours_a_person(
    owe: Owe, sink: Sink, log: Path
) -> None:
    row = doubt(owe, sink)

    work()

    waiting = fresh(row)
    assert waiting.state == "ambiguous"
    assert timedelta(seconds=50) < waiting.next_at - timezone.now() < timedelta(seconds=70)
    Attempt.objects.update(data_at=Now() - timedelta(hours=4, minutes=1))
    later(row)
    work()
    held = fresh(row)
    assert (held.state, held.reason) == ("held", "In doubt, and the relay gives no answer.")
    assert len(sink.accepted) == 1


def test_nobody_is_asked_while_nothing_is_in_doubt(owe: Owe, sink: Sink, settings: Any) -> None:
    settings.MAIL_ORACLE = "nobody"
    row = owe()

    work()

    assert fresh(row).state == "sent"


def test_a_debt_that_ended_in_doubt_is_not_asked_about(owe: Owe, sink: Sink, log: Path) -> None:
    row = doubt(owe, sink)
    Delivery.objects.filter(pk=row.pk).update(next_at=Now() + timedelta(minutes=1), cancel_requested="cancelled")
    Delivery.objects.filter(pk=row.pk).update(reason="Answered.")

    work()

    assert (fresh(row).state, fresh(row).reason) == ("cancelled", "Answered.")


def test_a_worker_that_died_in_the_body_is_asked_about(owe: Owe, sink: Sink, log: Path) -> None:
    row = owe()
    EngineState.objects.create()
    [claimed] = machine.claim(25)
    machine.pass_fence(claimed)
    Delivery.objects.update(lease_until=Now() - timedelta(seconds=1))
    covering(log, *taken(row))

    work()

    assert (fresh(row).state, sink.accepted, outcomes(row)) == ("sent", [], [("crash_data", None)])
