"""F33: the clock is down over the deadline of a silence procedure and comes back, several clocks at once."""

import time
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.utils import timezone

from accounts.deadlines import GENEVA
from accounts.models import Member, User
from groups.models import Group, Membership
from meetings.models import SilenceEntry, SilenceProcedure
from meetings.operations.silence import queue_silence_mail
from notifications.models import Delivery
from tests.faults.account import Account
from tests.faults.conftest import Dose
from tests.faults.people import make_offices, make_secretary
from tests.faults.rig import Rig


def make_procedure(offices: list[object], by: User, closes_at: datetime) -> SilenceProcedure:
    """A group in which one member of each office sits, and a candidate for its Chair put to them a month ago."""
    group = Group.objects.create(slug="network", name="Network", kind=Group.Kind.FOCUS_GROUP)
    members = list(Member.objects.filter(office__in=offices).order_by("pk"))
    since = (closes_at - timedelta(days=90)).date()
    Membership.objects.bulk_create(Membership(group=group, member=member, since_on=since) for member in members)
    colleague = User.objects.create(email="staff2@wild.example", is_staff=True)
    return SilenceProcedure.objects.create(
        group=group, subject="chair", candidate=members[0], title="Confirm the Chair", text="", closes_at=closes_at,
        prepared_at=closes_at - timedelta(days=31), prepared_by=colleague,
        released_at=closes_at - timedelta(days=30), released_by=by,
    )  # fmt: skip


@pytest.mark.faults("F33", small=True)
def test_f33_a_clock_that_was_down_over_a_deadline_concludes_once_at_the_right_instant(rig: Rig, dose: Dose) -> None:
    offices = make_offices(dose(20, 200))
    closes_at = timezone.now() + timedelta(hours=1)
    procedure = make_procedure(offices, make_secretary(), closes_at)
    owed = queue_silence_mail(now=timezone.now())
    rig.start("mailer", 2)
    rig.wait(lambda: rig.sink.count >= owed, seconds=60, what="every notice and reminder has left")
    rig.stop()
    lost = Delivery.objects.filter(step="opening").order_by("pk").first()
    Delivery.objects.filter(pk=lost.pk).update(state="bounced", reason="Returned.", ended_at=timezone.now())
    rig.note("hours without a clock", 47)
    rig.start("decider", dose(4, 8), again=False, begins=time.time() + 1, ahead=48 * 3600.0, times=20)
    rig.wait(lambda: not rig.pids("decider"), seconds=60, what="all clocks have ended", pause=0.05)
    results = Delivery.objects.filter(step="result").count()
    rig.start("mailer", 2)
    rig.finish(seconds=60)
    rig.stop()

    account = Account(rig, owed + results, may_end=frozenset({"bounced"})).check()

    procedure.refresh_from_db()
    assert (procedure.result, procedure.concluded_at) == ("adopted", closes_at)
    assert results == len(offices)
    stands = list(SilenceEntry.objects.values_list("stand", flat=True))
    assert (len(stands), stands.count("not_reached")) == (len(offices), 1)
    chairs = Membership.objects.filter(role=Membership.Role.CHAIR)
    closed_on = closes_at.astimezone(GENEVA).date()
    assert list(chairs.values_list("member", "since_on")) == [(procedure.candidate_id, closed_on)]
    assert account.accepted() == owed + results
    connection.close()
