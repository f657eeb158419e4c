"""Who is owed which mail: five steps at 09:00 of the recipient's clock, each once, never after an answer."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Member, Office
from consultations import tasks
from consultations.models import OfficeResponse, Round
from consultations.operations import extend_round, queue_due_reminders, save_draft_field
from consultations.schedule import CLOSING_NOTICE_KEEPS, planned_mails
from notifications import outbox
from notifications.models import Delivery
from notifications.reminders import closing_day, closing_instant
from tests.consultations.asking import CLOSES, OPENED, ledger, mail_to, opened_round, response_of, round_for
from tests.factories import NOW, MemberFactory, OfficeFactory

DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)
# 3 December 2026 minus so many days, 09:00 in Santiago (UTC-3) as UTC
ANAS_STEPS = {
    "30": "2026-11-03T12:00Z",
    "14": "2026-11-19T12:00Z",
    "7": "2026-11-26T12:00Z",
    "3": "2026-11-30T12:00Z",
    "1": "2026-12-02T12:00Z",
}


@pytest.mark.parametrize("step", ANAS_STEPS)
def test_a_reminder_is_queued_at_nine_in_the_zone_of_its_reader(ana: Member, bruno: Member, step: str) -> None:
    opened_round(ana.office)
    due = datetime.fromisoformat(ANAS_STEPS[step])
    queue_due_reminders(now=due - timedelta(microseconds=1))
    assert step not in {row[1] for row in ledger()}
    assert queue_due_reminders(now=due) == 1
    assert ledger("queued") == [(ana.email, step, "queued")]


def test_zones_differ_from_person_to_person(ana: Member, alba: Member) -> None:
    opened_round(ana.office)
    queue_due_reminders(now=datetime.fromisoformat("2026-11-19T00:00Z"))
    assert ledger("queued") == [(alba.email, "14", "queued"), (ana.email, "30", "queued")]


def test_the_whole_calendar_sends_each_step_once(ana: Member) -> None:
    opened_round(ana.office)
    for hour in range(0, 62 * 24, 6):
        queue_due_reminders(now=OPENED + timedelta(hours=hour))
    assert sorted(row[1] for row in ledger()) == sorted(["opening", *ANAS_STEPS, "closing"])


def test_after_a_long_silence_only_the_latest_step_goes_out(ana: Member) -> None:
    round = opened_round(ana.office)
    Delivery.objects.all().delete()
    assert queue_due_reminders(now=NOW) == 1
    assert ledger() == [
        (ana.email, "14", "queued"),
        (ana.email, "30", "superseded"),
        (ana.email, "opening", "superseded"),
    ]
    assert mail_to(ana, "14").key == f"response:{response_of(round, ana.office).pk}:v1:14:{ana.pk}"
    overtaken = mail_to(ana, "30")
    assert (overtaken.text, overtaken.html, overtaken.purpose, overtaken.to_name) == ("", "", "reminder", "Ana Ejemplo")


def test_a_step_that_still_waits_is_overtaken_by_the_next(ana: Member) -> None:
    opened_round(ana.office)
    queue_due_reminders(now=NOW - 7 * DAY)
    queue_due_reminders(now=NOW)
    assert ledger("queued") == [(ana.email, "14", "queued")]
    assert mail_to(ana, "30").reason == "A later reminder was due."


@pytest.mark.parametrize("read", [1, 2, 3], ids=["first", "second", "third"])
def test_a_deadline_that_moves_while_it_is_planned_owes_no_second_opening_notice(
    ana: Member, staff: Member, read: int
) -> None:
    round, reads = opened_round(ana.office), []

    def move_after(execute: Callable[..., object], sql: str, *rest: object) -> object:
        result = execute(sql, *rest)
        if sql.startswith("SELECT") and '"consultations_' in sql:
            reads.append(sql)
            if len(reads) == read:
                extend_round(round=round, closes_at=CLOSES + DAY, reason="Holidays.", by=staff.user, now=NOW)
        return result

    with connection.execute_wrapper(move_after):
        queue_due_reminders(now=NOW)

    assert len(reads) >= read
    assert sorted(row[1] for row in ledger("queued")) == ["extension"]


def test_steps_before_the_opening_never_existed(ana: Member) -> None:
    opened_round(ana.office, now=CLOSES - 10 * DAY)
    queue_due_reminders(now=CLOSES - 6 * DAY)
    assert {row[1] for row in ledger()} == {"opening", "7"}


def test_an_office_that_has_answered_gets_nothing_but_the_closing_notice(
    ana: Member, chloe: Member, answer: Callable[..., object]
) -> None:
    round = opened_round(ana.office, chloe.office)
    answer(round, ana, now=OPENED + DAY)
    queue_due_reminders(now=NOW)
    assert ledger("queued") == [(ana.email, "1", "queued"), (chloe.email, "14", "queued")]
    queue_due_reminders(now=CLOSES + MINUTE)
    notices = Delivery.objects.filter(purpose="closing").order_by("to_address")
    assert [notice.to_address for notice in notices] == [ana.email, chloe.email]
    assert "The answer of Meridia is with the Secretariat." in mail_to(ana, "closing").text
    assert (
        "Norland has not answered. This is recorded as no answer, not as agreement." in mail_to(chloe, "closing").text
    )
    assert [row for row in ledger("superseded") if row[0] == ana.email] == []


def test_a_draft_is_not_an_answer(ana: Member, bruno: Member) -> None:
    round = opened_round(ana.office)
    response = response_of(round, ana.office)
    save_draft_field(response=response, key="a.position", value="supports", seen=0, by=bruno.user, now=NOW)
    assert queue_due_reminders(now=NOW + MINUTE) == 1
    text = mail_to(ana, "14").text
    assert "0 of 2 items are saved. Nothing has been submitted yet." in text
    assert "a  Heading a: Bruno Mithal is writing" in text
    assert "b  Heading b: not started" in text


def test_after_closing_nothing_but_the_notice_goes_out_and_that_for_seven_days(ana: Member) -> None:
    opened_round(ana.office)
    Delivery.objects.all().delete()
    assert queue_due_reminders(now=CLOSES + CLOSING_NOTICE_KEEPS) == 0
    assert queue_due_reminders(now=CLOSES + CLOSING_NOTICE_KEEPS - MINUTE) == 1
    assert ledger("queued") == [(ana.email, "closing", "queued")]
    assert mail_to(ana, "closing").expires_at == CLOSES + CLOSING_NOTICE_KEEPS
    assert {row[1] for row in ledger("superseded")} == {"opening", *ANAS_STEPS}


def test_a_reminder_is_worth_nothing_once_the_next_has_come_or_the_office_can_no_longer_answer(ana: Member) -> None:
    opened_round(ana.office)
    queue_due_reminders(now=NOW)
    assert mail_to(ana, "opening").expires_at == datetime.fromisoformat(ANAS_STEPS["30"]) + 10 * MINUTE
    assert mail_to(ana, "14").expires_at == datetime.fromisoformat(ANAS_STEPS["7"]) + 10 * MINUTE
    queue_due_reminders(now=CLOSES - timedelta(hours=6))
    assert mail_to(ana, "1").expires_at == CLOSES


def test_a_round_in_preparation_or_of_the_record_owes_nothing(ana: Member) -> None:
    round_for(ana.office)
    round_for(ana.office, is_record=True)
    assert queue_due_reminders(now=NOW) == 0


def test_who_joins_later_gets_the_present_step_and_who_has_left_none(ana: Member, norland: Office) -> None:
    opened_round(ana.office)
    queue_due_reminders(now=NOW)
    Member.objects.filter(pk=ana.pk).update(until_on=NOW.date())
    heir = MemberFactory(office=ana.office, role=Member.Role.FOCAL_POINT, email="heir@qm.example")
    assert queue_due_reminders(now=NOW + MINUTE) == 1
    assert mail_to(heir, "14").state == "queued"
    assert queue_due_reminders(now=NOW + 7 * DAY) == 1
    assert {row[0] for row in ledger() if row[1] == "7"} == {"heir@qm.example"}


def test_who_joins_after_an_extension_gets_its_notice(ana: Member, staff: Member) -> None:
    round = opened_round(ana.office)
    later = closing_instant(NOW.date() + timedelta(days=60))
    extend_round(round=round, closes_at=later, reason="Holidays.", by=staff.user, now=NOW)
    heir = MemberFactory(office=ana.office, role=Member.Role.ALTERNATE, email="heir@qm.example")
    assert queue_due_reminders(now=NOW + DAY) == 1
    assert "Reason: Holidays." in mail_to(heir, "extension").text


def test_a_mail_cancelled_at_a_former_address_is_owed_at_the_new_one(ana: Member) -> None:
    round = opened_round(ana.office)
    queue_due_reminders(now=NOW)
    response = response_of(round, ana.office)
    outbox.cancel(response.subject_key, "The address has changed.", now=NOW, to=ana.email)
    assert queue_due_reminders(now=NOW) == 0
    Member.objects.filter(pk=ana.pk).update(email="new@qm.example")
    assert queue_due_reminders(now=NOW) == 1
    assert ledger("queued") == [("new@qm.example", "14", "queued")]
    assert queue_due_reminders(now=NOW) == 0


def test_a_mail_that_went_to_a_former_address_is_not_sent_again(ana: Member) -> None:
    opened_round(ana.office)
    queue_due_reminders(now=NOW)
    Member.objects.filter(pk=ana.pk).update(email="new@qm.example")
    assert queue_due_reminders(now=NOW) == 0


def test_what_falls_due_later_today_can_be_queued_and_waits(ana: Member) -> None:
    opened_round(ana.office)
    morning = datetime.fromisoformat("2026-11-26T08:00Z")
    assert queue_due_reminders(now=morning, until=morning + timedelta(hours=6)) == 1
    mail = mail_to(ana, "7")
    assert mail.next_at == datetime.fromisoformat(ANAS_STEPS["7"])
    assert mail.subject == "7 days left: Next-step actions (Meridia)"


def test_the_task_of_the_minute_queues(ana: Member) -> None:
    now = timezone.now()
    opened_round(ana.office, now=now - 48 * DAY, closes_at=closing_instant(closing_day(now) + 13 * DAY))
    tasks.plan()
    tasks.plan()
    assert ledger("queued") == [(ana.email, "14", "queued")]


def test_the_task_plans_nothing_while_the_clock_of_this_machine_is_wrong(ana: Member) -> None:
    opened_round(ana.office)
    with time_machine.travel(CLOSES + 2 * MINUTE, tick=False):
        tasks.plan()
    assert ledger("queued") == [(ana.email, "opening", "queued")]


def test_the_number_of_queries_does_not_depend_on_the_offices(ana: Member) -> None:
    counts = []
    for size in (1, 3, 30):
        offices = [OfficeFactory(code=f"X{chr(65 + size % 3)}", names={"en": f"Office {size}"})]
        offices += [OfficeFactory(code=f"{'QRSTUVWXYZ'[n % 10]}{n // 10}"[:2]) for n in range(size)]
        for office in offices:
            MemberFactory(office=office, role=Member.Role.FOCAL_POINT, email=f"f@{office.code}-{size}.example")
        opened_round(*offices, kind=Round.Kind.SURVEY)
        Delivery.objects.all().delete()
        with CaptureQueriesContext(connection) as first:
            queue_due_reminders(now=NOW)
        with CaptureQueriesContext(connection) as again:
            queue_due_reminders(now=NOW)
        counts.append((len(first), len(again)))
        OfficeResponse.objects.all().delete()
    assert len(set(counts)) == 1
    assert counts[0][1] <= 5


# --- the schedule -----------------------------------------------------------------------------------------------------
def test_the_rehearsal_shows_every_mail_before_opening(ana: Member, bruno: Member, chloe: Member) -> None:
    round = round_for(ana.office, chloe.office)
    planned = [(mail.member.email, mail.step) for mail in planned_mails(round, NOW)]
    assert planned == [
        (ana.email, "opening"),
        (chloe.email, "opening"),
        (chloe.email, "7"),
        (ana.email, "7"),
        (chloe.email, "3"),
        (ana.email, "3"),
        (chloe.email, "1"),
        (ana.email, "1"),
        (ana.email, "closing"),
        (chloe.email, "closing"),
    ]


def test_what_lies_ahead_is_what_will_be_queued(ana: Member, chloe: Member, answer: Callable[..., object]) -> None:
    round = opened_round(ana.office, chloe.office)
    answer(round, ana)
    planned = [(mail.member.email, mail.step, mail.days_before) for mail in planned_mails(round, NOW)]
    assert planned == [
        (chloe.email, "7", 7),
        (chloe.email, "3", 3),
        (chloe.email, "1", 1),
        (ana.email, "closing", None),
        (chloe.email, "closing", None),
    ]
    for mail in planned_mails(round, NOW):
        queue_due_reminders(now=mail.due_at)
    sent = Delivery.objects.filter(created_at__gt=NOW).exclude(purpose="receipt").exclude(state="superseded")
    assert sorted(sent.values_list("to_address", "step")) == sorted((row[0], row[1]) for row in planned[3:])
    assert {row[1] for row in ledger("superseded") if row[0] == chloe.email} >= {"7", "3", "1"}


# --- many at once -----------------------------------------------------------------------------------------------------
@pytest.mark.django_db(transaction=True)
def test_eight_planners_at_once_owe_each_mail_once(ana: Member, alba: Member, chloe: Member, olga: Member) -> None:
    opened_round(ana.office, chloe.office, olga.office)
    gate = Barrier(8)

    def plan(_number: int) -> int:
        gate.wait()
        try:
            return queue_due_reminders(now=NOW)
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(plan, range(8))) == 4
    assert sorted(row[0] for row in ledger("queued")) == sorted(m.email for m in (alba, ana, chloe, olga))
    assert Delivery.objects.count() == 12


@pytest.mark.django_db(transaction=True)
def test_answers_and_planners_at_once_leave_no_reminder_to_who_has_answered(
    ana: Member, chloe: Member, olga: Member, answer: Callable[..., object]
) -> None:
    round = opened_round(ana.office, chloe.office, olga.office)
    gate = Barrier(6)

    def act(number: int) -> None:
        gate.wait()
        try:
            if number < 3:
                queue_due_reminders(now=NOW)
            else:
                answer(round, (ana, chloe, olga)[number - 3], now=NOW)
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(act, range(6)))
    assert set(Delivery.objects.filter(state="queued").values_list("purpose", flat=True)) == {"receipt"}
