"""A backup is restored: nothing leaves twice, nothing is lost, a person decides when mail flows again."""

import io
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from django.utils import timezone

from notifications import delivery as machine
from notifications import engine, operations, outbox
from notifications.clock import Now
from notifications.models import Attempt, Delivery, EngineState
from tests.notifications.conftest import fresh, message, outcomes, work
from tests.notifications.sink import Sink
from tests.notifications.test_oracle import covering, queue, taken  # noqa: F401 a fixture

Owe = Callable[..., Delivery]
BACKUP = timezone.now() - timedelta(hours=5)


@pytest.fixture
def log(tmp_path: Path, settings: Any) -> Path:
    settings.MAIL_ORACLE = f"postfix:{tmp_path / 'mail.log'}"
    return tmp_path / "mail.log"


def doubt_everything(plan: Callable[[], object] = list) -> int:
    return operations.doubt_everything(backup_taken_at=BACKUP, plan=plan, now=timezone.now())


def run(*words: str) -> str:
    out = io.StringIO()
    call_command("after_restore", *words, stdout=out)
    return out.getvalue().strip()


def test_the_same_debt_has_the_same_number_even_where_its_row_was_lost(owe: Owe) -> None:
    row = owe()
    Delivery.objects.all().delete()

    again, other, secrets = owe(), owe("chloe@qn.example"), [owe(key=f"s{n}", kind="secret") for n in range(2)]

    assert again.message_id == row.message_id
    assert again.headers["X-WILD-Delivery"] == row.message_id[1:37]
    assert len({row.message_id, other.message_id, *(secret.message_id for secret in secrets)}) == 4
    Delivery.objects.filter(pk=secrets[0].pk).delete()
    assert owe(key="s0", kind="secret").message_id != secrets[0].message_id


def test_everything_that_may_have_left_is_in_doubt_and_nothing_is_sent(owe: Owe, sink: Sink) -> None:
    queued, held, done = owe(), owe("held@qm.example"), owe("done@qm.example")
    Delivery.objects.filter(pk=held.pk).update(state="held", reason="because")
    Delivery.objects.filter(pk=done.pk).update(state="cancelled", reason="because", ended_at=Now())

    assert doubt_everything(lambda: owe("planned@qm.example")) == 3

    assert [fresh(row).state for row in (queued, held, done)] == ["ambiguous", "ambiguous", "cancelled"]
    assert Delivery.objects.get(to_address="planned@qm.example").state == "ambiguous"
    assert work() is False
    assert sink.offered == 0
    assert fresh(queued).state == "ambiguous"


def test_what_was_being_sent_when_the_backup_was_taken_is_closed(owe: Owe, sink: Sink) -> None:
    pre, data = owe(), owe("chloe@qn.example")
    [_first], [second] = machine.claim(1), machine.claim(1)
    machine.pass_fence(second)

    doubt_everything()

    assert (outcomes(pre), outcomes(data)) == ([("crash_pre", None)], [("crash_data", None)])
    assert [(row.state, row.token) for row in (fresh(pre), fresh(data))] == [("ambiguous", None)] * 2


def test_the_relay_settles_what_was_sent_after_the_backup(owe: Owe, sink: Sink, log: Path) -> None:
    sent, unsent = owe(), owe("chloe@qn.example")
    doubt_everything()
    covering(log, *taken(sent))

    work()

    assert (fresh(sent).state, fresh(sent).reason) == ("sent", "Found at the relay.")
    assert (fresh(unsent).state, sink.offered) == ("queued", 0)  # it waits for the lock to be lifted
    assert operations.lift_restore() == 0
    work()
    assert (fresh(unsent).state, sink.recipients()) == ("sent", ["chloe@qn.example"])


def test_a_log_that_begins_after_the_backup_settles_nothing_and_a_person_decides(
    owe: Owe, sink: Sink, log: Path
) -> None:
    row = owe()
    doubt_everything()
    EngineState.objects.update(backup_taken_at=Now() - timedelta(days=2))
    covering(log)

    work()

    assert fresh(row).state == "ambiguous"
    assert operations.lift_restore() == 1
    held = fresh(row)
    assert (held.state, held.reason) == (
        "held",
        "A backup was restored, and the relay could not say whether this has left.",
    )


def test_a_doubt_that_lasts_long_after_a_restore_is_not_given_to_a_person_before_the_lock_is_lifted(
    owe: Owe, log: Path
) -> None:
    row = owe()
    doubt_everything()
    Delivery.objects.update(created_at=Now() - timedelta(hours=9))

    work()

    assert fresh(row).state == "ambiguous"


def test_what_is_too_late_waits_for_the_relays_answer(owe: Owe, sink: Sink) -> None:
    row = owe()
    doubt_everything()
    Delivery.objects.update(state="queued", expires_at=Now())

    work()

    assert fresh(row).state == "queued"


def test_a_lost_row_is_planned_again_and_found_at_the_relay(owe: Owe, sink: Sink, log: Path) -> None:
    row = owe()
    work()
    EngineState.objects.all().delete()
    Attempt.objects.all().delete()
    Delivery.objects.all().delete()  # the backup is older than the message

    def plan() -> None:
        with transaction.atomic():
            outbox.queue(message(), now=timezone.now())

    doubt_everything(plan)
    covering(log, *taken(row))
    work()
    operations.lift_restore()
    work()

    assert Delivery.objects.get().state == "sent"
    assert len(sink.accepted) == 1


# --- another cluster --------------------------------------------------------------------------------------------------
def test_a_database_that_wakes_up_in_another_cluster_is_locked(
    owe: Owe, sink: Sink, caplog: pytest.LogCaptureFixture
) -> None:
    work()
    assert EngineState.objects.get().database == engine.cluster()
    EngineState.objects.update(database="another")
    row = owe()

    work()
    work()

    assert (fresh(row).state, sink.offered) == ("queued", 0)
    assert caplog.text.count("database was restored or moved") == 1
    with pytest.raises(operations.NotPrepared):
        operations.lift_restore()
    assert operations.lift_restore(is_restore=False) == 0
    work()
    assert fresh(row).state == "sent"


# --- the command ------------------------------------------------------------------------------------------------------
def test_the_command_locks_and_lifts(owe: Owe, sink: Sink) -> None:
    row = owe()

    assert run("--backup-taken-at", BACKUP.isoformat()) == "Locked. 1 messages are in doubt."
    assert (EngineState.objects.get().backup_taken_at, fresh(row).state) == (BACKUP, "ambiguous")
    again = EngineState.objects.get().restored_at
    run("--backup-taken-at", BACKUP.isoformat())
    assert EngineState.objects.get().restored_at == again

    assert run("--lift") == "Mail is sent again. 1 messages are held for a decision."
    assert EngineState.objects.get().restored_at is None


@pytest.mark.parametrize(
    ("words", "refusal"),
    [
        (["--lift"], "Mail is not locked. Nothing was changed."),
        (["--not-a-restore"], "Mail is not locked. Nothing was changed."),
        (["--backup-taken-at", "2999-01-01T00:00+00:00"], "This moment lies ahead."),
        (["--backup-taken-at", "yesterday"], "is no moment such as"),
        (["--backup-taken-at", "2026-11-20T02:00"], "has no zone"),
        ([], "one of the arguments"),
    ],
)
def test_the_command_refuses_what_makes_no_sense(db: None, words: list[str], refusal: str) -> None:
    with pytest.raises(CommandError, match=refusal):
        run(*words)


def test_lifting_before_the_doubts_are_noted_is_refused(db: None) -> None:
    EngineState.objects.create(restored_at=Now())

    with pytest.raises(CommandError, match="First say when the backup was taken"):
        run("--lift")
