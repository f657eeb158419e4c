"""F20 to F22: offices answer, deadlines move and people change while their mail is being sent."""

from collections import Counter
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from accounts.models import Member
from accounts.operations import mark_left
from consultations.models import OfficeResponse, Round, Submission
from consultations.operations import extend_round, queue_due_reminders
from notifications.models import Delivery
from tests.faults.account import Account
from tests.faults.conftest import Dose
from tests.faults.people import make_offices, make_rounds, make_secretary, make_users
from tests.faults.rig import Rig

FENCES_TO_FORMER = """
    SELECT d.to_address, a.data_at, pg_xact_commit_timestamp(m.xmin)
      FROM accounts_member m
      JOIN notifications_delivery d ON d.to_address = m.email
      JOIN notifications_attempt a ON a.delivery_id = d.id
     WHERE m.until_on IS NOT NULL AND a.data_at > pg_xact_commit_timestamp(m.xmin)
"""


def race(rig: Rig, mails: int, answers: int, *, kills: int, seconds: float, bent: object = None) -> int:
    """Mail about so many questions is sent while some of them are answered at random moments; what is owed."""
    offices = make_offices(min(mails, 200))
    users = make_users(offices)
    make_rounds(mails // len(offices), offices, make_secretary())
    responses = list(OfficeResponse.objects.order_by("pk").values_list("pk", "office"))
    assert queue_due_reminders(now=timezone.now()) == len(responses)
    chosen = [(pk, users[office].pk) for pk, office in rig.dice.sample(responses, answers)]
    rig.start("mailer", 4, bent=bent)
    for half in (chosen[::2], chosen[1::2]):
        rig.start("answerer", 1, again=False, answers=half, seconds=seconds)
    rig.drive([(point, lambda: rig.kill("mailer")) for point in rig.points(kills, mails // 2)], seconds=120)
    rig.wait(lambda: not rig.pids("answerer"), seconds=seconds * 10 + 60, what="all have answered", pause=0.1)
    rig.finish_with_a_person(seconds=240)
    rig.stop()
    return mails + answers  # a receipt for each answer


@pytest.mark.faults("F20", small=True)
def test_f20_no_mail_passes_its_fence_after_the_answer_was_committed(rig: Rig, dose: Dose) -> None:
    mails, answers = dose(400, 10_000), dose(200, 4000)
    owed = race(rig, mails, answers, kills=dose(4, 20), seconds=dose(6.0, 100.0))

    account = Account(rig, owed, may_end=frozenset({"cancelled"}), oracle=rig.oracle).check()

    before, after = account.ends()["cancelled"], answers - account.ends()["cancelled"]
    print(  # noqa: T201
        f"  {answers} answers: {before} before the fence, none of them mailed; {after} after it,"
        f" of these {account.crossed()} while the mail was on the wire (crossings); 0 fences after the answer"
    )
    assert Submission.objects.count() == answers
    assert before > 0
    assert after > 0


@pytest.mark.faults("F21")
def test_f21_a_moved_deadline_owes_each_step_once_and_nothing_of_the_old_one(rig: Rig, dose: Dose) -> None:
    offices, moves = make_offices(dose(20, 100)), dose(20, 500)
    secretary = make_secretary()
    rounds = make_rounds(5, offices, secretary)
    queue_due_reminders(now=timezone.now())
    rig.start("mailer", 3)
    for _ in range(moves):
        chosen = Round.objects.get(pk=rig.dice.choice(rounds).pk)
        later = chosen.closes_at + timedelta(days=rig.dice.randint(1, 30))
        extend_round(round=chosen, closes_at=later, reason="More time.", by=secretary, now=timezone.now())
    rig.note("moves of a deadline", moves)
    rig.finish(seconds=dose(90, 600))
    rig.stop()
    owed = Delivery.objects.exclude(purpose="alert").count()

    account = Account(rig, owed, may_end=frozenset({"superseded"}), oracle=rig.oracle).check()

    versions = OfficeResponse.objects.values_list("pk", "deadline_version")
    newest = {f"response:{pk}:v{version}:" for pk, version in versions}
    sent = Counter(row.key.rpartition(":")[0] + ":" for row in account.ours() if row.state == "sent")
    assert max(sent.values()) == 1
    assert all(any(key.startswith(prefix) for key in sent) for prefix in newest), "everybody knows the last deadline"


@pytest.mark.faults("F22")
def test_f22_who_has_left_gets_nothing_more_and_who_came_gets_it_once(rig: Rig, dose: Dose) -> None:
    offices = make_offices(dose(60, 500), members=2)
    secretary = make_secretary()
    make_rounds(1, offices, secretary)
    leaving = list(Member.objects.filter(email__startswith="person1@").order_by("pk"))
    rig.sink.behave(idle=3, pause=0.05)
    queue_due_reminders(now=timezone.now())
    rig.start("mailer", 3)
    for member in rig.dice.sample(leaving, len(leaving)):
        mark_left(member=member, by=secretary, now=timezone.now())
        Member.objects.create(
            office_id=member.office_id,
            role=Member.Role.FOCAL_POINT,
            family_name="Successor",
            email=member.email.replace("person1", "successor"),
            since_on=member.since_on,
        )
    rig.note("members replaced", len(leaving))
    queue_due_reminders(now=timezone.now())
    rig.finish(seconds=dose(90, 600))
    rig.stop()
    owed = Delivery.objects.exclude(purpose="alert").count()

    account = Account(rig, owed, may_end=frozenset({"cancelled"}), oracle=rig.oracle).check()

    with connection.cursor() as cursor:
        cursor.execute(FENCES_TO_FORMER)
        assert cursor.fetchall() == []
    got = Counter(mail["to"].partition("@")[0] for mail in account.log)
    assert got["successor"] == len(leaving)
    assert got["person0"] == len(offices)
    assert got["person1"] + account.ends()["cancelled"] == len(leaving)
