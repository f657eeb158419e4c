"""F24: a backup is restored while mail is being sent; what has left since does not leave again."""

import smtplib
import time

import pytest
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from consultations.models import OfficeResponse
from consultations.operations import queue_due_reminders
from notifications.models import Delivery
from tests.faults.account import Account
from tests.faults.conftest import Dose
from tests.faults.people import make_offices, make_rounds, make_secretary
from tests.faults.rig import Rig


@pytest.mark.faults("F24")
@pytest.mark.parametrize("sent_before", [0.3, 0.0], ids=["an hour old", "a day old"])
def test_f24_a_restored_backup_doubles_nothing_and_loses_nothing(rig: Rig, dose: Dose, sent_before: float) -> None:
    """Some mails had left before the backup, some have left since, and some were not even planned when it was made."""
    rig.oracle = True
    rig.sink.behave(idle=3, pause=0.01)
    offices = make_offices(dose(50, 200))
    make_rounds(dose(2, 5), offices, secretary := make_secretary())
    queue_due_reminders(now=timezone.now())
    first = Delivery.objects.count()
    _send_until(rig, round(first * sent_before))
    make_rounds(dose(2, 5), offices, secretary, name="second")
    _copy(rig, rig.database, f"{rig.database}_backup")
    taken_at = timezone.now()
    queue_due_reminders(now=timezone.now())
    _send_until(rig, round(first * 1.4))

    _copy(rig, f"{rig.database}_backup", rig.database)
    call_command("after_restore", f"--backup-taken-at={taken_at.isoformat()}")
    rig.start("mailer", 2)
    rig.wait(lambda: _knock(rig) and not _in_doubt(), seconds=150, what="the relay has been asked about everything")
    before = rig.sink.count
    call_command("after_restore", "--lift")
    rig.finish(seconds=120)
    rig.stop()
    rig.note("backup restored")
    print(f"\n  {before} had left when the backup was restored")  # noqa: T201

    account = Account(rig, OfficeResponse.objects.count(), oracle=True, is_restored=True).check()

    assert account.accepted() == OfficeResponse.objects.count()


def _send_until(rig: Rig, count: int) -> None:
    """Mail leaves until the relay has so many; then all workers die."""
    if count:
        rig.start("mailer", 3)
        rig.wait(lambda: rig.sink.count >= count, seconds=60, what=f"{count} accepted")
        rig.kill_all()
    time.sleep(1)


def _copy(rig: Rig, source: str, target: str) -> None:
    """One database becomes another, as a dump that is restored."""
    connection.close()
    rig.machines.sql(f'DROP DATABASE IF EXISTS "{target}" WITH (FORCE)')
    rig.machines.sql(f'CREATE DATABASE "{target}" TEMPLATE "{source}"')


def _knock(rig: Rig) -> bool:
    """What else speaks to the relay, so that its log goes on: here a health check once a second."""
    with smtplib.SMTP("127.0.0.1", rig.sink.port, timeout=5):
        time.sleep(1)
    return True


def _in_doubt() -> bool:
    return Delivery.objects.filter(state="ambiguous").exists()
