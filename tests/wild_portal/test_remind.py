"""`manage.py remind`."""

from datetime import timedelta
from io import StringIO

import pytest
import time_machine
from django.core.management import CommandError, call_command

from accounts.models import Member
from accounts.operations import Person, update_member
from consultations.operations import queue_due_reminders, submit_answers
from notifications import outbox
from notifications.models import Delivery
from tests.consultations.asking import CLOSES, ledger, opened_round, response_of
from tests.factories import NOW


def remind(*arguments: str) -> list[list[str]]:
    """The lines the command prints at NOW, each as its fields."""
    out = StringIO()
    with time_machine.travel(NOW, tick=False):
        call_command("remind", *arguments, stdout=out)
    return [line.split("\t") for line in out.getvalue().splitlines()]


def test_a_dry_run_lists_who_is_owed_what_and_queues_nothing(ana: Member, bruno: Member, chloe: Member) -> None:
    opened_round(ana.office, chloe.office)
    Delivery.objects.all().delete()
    expected = [
        ["QM", "Ana Ejemplo", "ana@qm.example", "14", "2026-11-19 09:00 America/Santiago", "to queue"],
        ["QN", "Chloe Voorbeeld", "chloe@qn.example", "14", "2026-11-19 09:00 Europe/Oslo", "to queue"],
    ]
    assert remind("--dry-run") == expected
    assert Delivery.objects.count() == 0


def test_the_list_is_what_is_queued(ana: Member, chloe: Member) -> None:
    opened_round(ana.office, chloe.office)
    listed = [row[2:4] for row in remind("--dry-run")]
    assert remind()[-1] == ["2 queued"]
    assert [list(row[:2]) for row in ledger("queued")] == listed
    assert {row[-1] for row in remind("--dry-run")} == {"queued"}
    assert remind()[-1] == ["0 queued"]


def test_nobody_is_listed_who_has_answered(ana: Member, chloe: Member) -> None:
    round = opened_round(ana.office, chloe.office)
    response = response_of(round, ana.office)
    submit_answers(response=response, seen_number=0, summary=[], by=ana.user, now=NOW - timedelta(days=1))
    assert [row[0] for row in remind("--dry-run")] == ["QN"]


def test_a_day_ahead_is_listed_and_not_queued(ana: Member) -> None:
    opened_round(ana.office)
    assert [row[3] for row in remind("--on", "2026-11-26", "--dry-run")] == ["7"]
    assert [row[3] for row in remind("--on", "2026-12-04", "--dry-run")] == ["closing"]
    with pytest.raises(CommandError, match="lies ahead"):
        remind("--on", "2026-11-26")


def test_today_is_queued_until_its_end_in_geneva_and_not_sent_before_its_time(ana: Member) -> None:
    with time_machine.travel(NOW, tick=False):
        opened_round(ana.office, closes_at=CLOSES - timedelta(days=6))
    queue_due_reminders(now=NOW)
    assert remind("--on", "2026-11-20")[-1] == ["1 queued"]
    mail = Delivery.objects.get(state="queued")
    assert (mail.step, f"{mail.next_at:%Y-%m-%dT%H:%M}") == ("7", "2026-11-20T12:00")


def test_a_day_that_is_over_queues_what_is_owed_now(ana: Member) -> None:
    opened_round(ana.office)
    lines = remind("--on", "2026-11-10")
    assert lines == [
        ["QM", "Ana Ejemplo", "ana@qm.example", "30", "2026-11-03 09:00 America/Santiago", "to queue"],
        ["1 queued"],
    ]
    assert ledger("queued") == [("ana@qm.example", "14", "queued")]


@pytest.mark.parametrize("day", ["2026-02-30", "1999-01-01", "９９９９-01-01", "yesterday", ""])
def test_a_senseless_day_is_refused(db: None, day: str) -> None:
    with pytest.raises(CommandError, match="--on"):
        remind("--on", day)


def test_nothing_owed_prints_nothing(db: None) -> None:
    assert remind("--dry-run") == []


def test_what_was_cancelled_is_owed_no_more(ana: Member, bruno: Member) -> None:
    round = opened_round(ana.office)
    queue_due_reminders(now=NOW)
    outbox.cancel(response_of(round, ana.office).subject_key, "It lies in the past.", now=NOW)
    assert remind("--dry-run") == []


def test_what_was_cancelled_at_a_former_address_is_owed_at_the_present_one(ana: Member) -> None:
    opened_round(ana.office)
    queue_due_reminders(now=NOW)
    person = Person(family_name="Ejemplo", given_name="Ana", email="ana.e@qm.example")
    update_member(member=ana, person=person, by=None, now=NOW)
    assert [(row[2], row[-1]) for row in remind("--dry-run")] == [("ana.e@qm.example", "to queue")]
    assert remind()[-1] == ["1 queued"]
    assert [(row[2], row[-1]) for row in remind("--dry-run")] == [("ana.e@qm.example", "queued")]
