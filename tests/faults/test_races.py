"""F20 to F22: offices answer, deadlines move and people change while their mail is being sent."""

from collections import Counter
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from accounts.models import Member, User
from accounts.operations import Person, hand_over_to_newcomer, mark_left, update_member
from consultations.models import OfficeResponse, Round, Submission
from consultations.operations import close_round, extend_round, queue_due_reminders
from notifications.models import Delivery
from tests.faults.account import Account
from tests.faults.conftest import Dose
from tests.faults.people import make_offices, make_rounds, make_secretary, make_users
from tests.faults.rig import Rig

FENCES_TO_FORMER = """
    SELECT d.to_address, a.data_at, pg_xact_commit_timestamp(m.xmin)
      FROM unnest(%s::text[], %s::bigint[]) AS former (address, member)
      JOIN accounts_member m ON m.id = former.member
      JOIN notifications_delivery d ON d.to_address = former.address
      JOIN notifications_attempt a ON a.delivery_id = d.id
     WHERE a.data_at > pg_xact_commit_timestamp(m.xmin)
"""
# The nth move of a round ends the nth version of the deadline of each of its answers.
FENCES_AFTER_A_MOVE = """
    WITH moves AS (
        SELECT round_id, pg_xact_commit_timestamp(xmin) AS moved_at,
               row_number() OVER (PARTITION BY round_id ORDER BY id) AS version
          FROM consultations_extension
    )
    SELECT d.key, a.data_at, m.moved_at
      FROM moves m
      JOIN consultations_officeresponse r ON r.round_id = m.round_id
      JOIN notifications_delivery d ON d.subject_key = 'response:' || r.id
           AND starts_with(d.key, 'response:' || r.id || ':v' || m.version || ':')
      JOIN notifications_attempt a ON a.delivery_id = d.id
     WHERE a.data_at > m.moved_at
"""


def fetch(statement: str, *values: object) -> list[tuple[object, ...]]:
    """The rows of a statement."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return list(cursor.fetchall())


def race(rig: Rig, mails: int, answers: int, *, kills: int, seconds: float, bent: object = None) -> int:
    """Mail about so many questions is sent while some of them are answered at random moments; what is owed."""
    offices = make_offices(min(mails, 200))
    users = make_users(offices)
    make_rounds(mails // len(offices), offices, make_secretary())
    responses = list(OfficeResponse.objects.order_by("pk").values_list("pk", "office"))
    assert queue_due_reminders(now=timezone.now()) == len(responses)
    chosen = [(pk, users[office].pk) for pk, office in rig.dice.sample(responses, answers)]
    for half in (chosen[::2], chosen[1::2]):
        rig.start("answerer", 1, again=False, answers=half, seconds=seconds)
    rig.start("mailer", 4, bent=bent)  # last: on a busy machine they would be through before anybody answers
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
    late = [key for key, fenced_at, answered_at in account.crossing() if fenced_at > answered_at]
    print(  # noqa: T201
        f"  {mails} mails, {answers} answers: {before} before the fence, none of them mailed; {after} after it,"
        f" of these {account.crossed()} while the mail was on the wire (crossings);"
        f" {len(late)} fences after the answer"
    )
    assert late == []
    assert Submission.objects.count() == answers
    assert before > 0
    assert after > 0


@pytest.mark.faults("F21")
def test_f21_a_moved_deadline_owes_each_step_once_and_nothing_of_the_old_one(rig: Rig, dose: Dose) -> None:
    """Deadlines move later by 1 to 30 days, and earlier.

    The portal knows one earlier deadline: now. A round that closes in 1 to 30 days, or later where it was extended, is
    closed early, and may be given a later day again. No mail about a deadline leaves after it was moved.
    """
    offices, moves = make_offices(dose(20, 40)), dose(40, 500)
    secretary = make_secretary()
    rounds = [
        make_rounds(1, offices, secretary, closes_in=timedelta(days=rig.dice.randint(1, 30)), name=f"round-{number}")[0]
        for number in range(5)
    ]
    queue_due_reminders(now=timezone.now())
    rig.start("mailer", 3)
    for _ in range(moves):
        chosen, now = Round.objects.get(pk=rig.dice.choice(rounds).pk), timezone.now()
        if chosen.is_open_at(now) and rig.dice.random() < 0.4:
            close_round(round=chosen, reason="All is said.", by=secretary, now=now)
            rig.note("deadlines moved earlier, to now")
        else:
            later = max(chosen.closes_at, now) + timedelta(days=rig.dice.randint(1, 30))
            extend_round(round=chosen, closes_at=later, reason="More time.", by=secretary, now=now)
            rig.note("deadlines moved later")
    rig.finish(seconds=dose(90, 600))
    rig.stop()
    owed = Delivery.objects.exclude(purpose="alert").count()

    account = Account(rig, owed, may_end=frozenset({"superseded"}), oracle=rig.oracle).check()

    late = fetch(FENCES_AFTER_A_MOVE)
    print(f"  {account.ends()['superseded']} overtaken; {len(late)} fences after the deadline had moved")  # noqa: T201
    assert late == []
    assert rig.injected["deadlines moved earlier, to now"] >= moves // 10
    assert {copies for number, copies in account.copies.items()} == {1}
    versions = OfficeResponse.objects.values_list("pk", "deadline_version")
    newest = {f"response:{pk}:v{version}:" for pk, version in versions}
    sent = Counter(row.key.rpartition(":")[0] for row in account.ours() if row.state == "sent")
    assert set(sent.values()) == {1}, "each office, step and deadline once"
    assert all(any(key.startswith(prefix) for key in sent) for prefix in newest), "everybody knows the last deadline"


def replace(member: Member, by: User) -> None:
    """Somebody new takes over, and the former contact leaves."""
    newcomer = Person(family_name="Successor", email=member.email.replace("person1", "successor1"))
    hand_over_to_newcomer(member=member, person=newcomer, leaves=True, by=by, now=timezone.now())


def move(member: Member, by: User) -> None:
    """The same person with another address."""
    person = Person(family_name=member.family_name, email=member.email.replace("person2", "moved2"))
    update_member(member=member, person=person, by=by, now=timezone.now())


def leave(member: Member, by: User) -> None:
    """Nobody comes instead."""
    mark_left(member=member, by=by, now=timezone.now())


@pytest.mark.faults("F22")
def test_f22_no_mail_to_who_has_left_or_moved_and_one_to_who_came(rig: Rig, dose: Dose) -> None:
    """Of four contacts in each office one stays, one is replaced, one gets another address and one leaves."""
    offices = make_offices(dose(40, 500), members=4)
    secretary = make_secretary()
    make_rounds(1, offices, secretary)
    rig.sink.behave(idle=3, pause=0.08)
    queue_due_reminders(now=timezone.now())
    acts = [
        (change, member, member.email)
        for change, name in ((replace, "person1@"), (move, "person2@"), (leave, "person3@"))
        for member in Member.objects.filter(email__startswith=name).order_by("pk")
    ]
    rig.start("mailer", 3)
    for change, member, _address in rig.dice.sample(acts, len(acts)):
        change(member, secretary)
        rig.note(f"contacts: {change.__name__}")
    queue_due_reminders(now=timezone.now())
    rig.finish(seconds=dose(90, 900))
    rig.stop()
    owed = Delivery.objects.exclude(purpose="alert").count()

    account = Account(rig, owed, may_end=frozenset({"cancelled"}), oracle=rig.oracle).check()

    late = fetch(FENCES_TO_FORMER, [address for _, _, address in acts], [member.pk for _, member, _ in acts])
    opening = [row for row in account.ours() if row.step == "opening"]
    got = Counter(row.to_address for row in opening for _copy in range(account.copies[row.message_id]))
    by_place = Counter(address.partition("@")[0] for address in got.elements())
    print(f"  {dict(sorted(by_place.items()))} got the notice; {len(late)} fences to a former address")  # noqa: T201
    assert late == []
    assert set(got.values()) == {1}
    assert by_place["person0"] == by_place["successor1"] == len(offices)
    assert all(got[f"person2@{o.code.lower()}.example"] + got[f"moved2@{o.code.lower()}.example"] == 1 for o in offices)
    for former in ("person1", "person2", "person3"):
        assert 0 < by_place[former] < len(offices), "some had been told before, and some not"
