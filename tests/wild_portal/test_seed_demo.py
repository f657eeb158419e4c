"""The demonstration: who exists, how far it is, and that a first start sends exactly the 14-day reminder."""

from collections import Counter
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from accounts.models import Member
from consultations.models import Release, Round
from consultations.operations import queue_due_reminders
from notifications.models import Delivery
from tests.wild_portal.demonstrating import SILENT, circulation_of, contacts_of
from wild_portal import record
from wild_portal.demo import seed
from wild_portal.demo.cast import login_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def files(settings: Any, tmp_path: Path) -> None:
    """Letters and annexes go with the test."""
    settings.MEDIA_ROOT = tmp_path


def seeded(now: datetime, stage: str = "open") -> Round:
    record.load()
    seed(stage=stage, number=1, now=now)
    return circulation_of("next_steps").round


HOURS = [
    datetime(2026, 11, 20, 23, 1, tzinfo=UTC),  # just after midnight in Geneva
    datetime(2026, 11, 21, 22, 58, tzinfo=UTC),  # just before midnight
    datetime(2027, 3, 28, 0, 30, tzinfo=UTC),  # the night summer time begins
]


@pytest.mark.parametrize("now", HOURS)
def test_first_plan_queues_the_14_day_reminder_once_for_each_contact_of_the_nine_silent_offices(
    now: datetime, files: None
) -> None:
    seeded(now)
    assert Delivery.objects.living().count() == 0
    queue_due_reminders(now=now)
    queue_due_reminders(now=now)
    owed = Delivery.objects.living()
    assert sorted(owed.values_list("to_address", flat=True)) == contacts_of(SILENT)
    assert Counter(owed.values_list("purpose", "step")) == {("reminder", "14"): 17}


def test_stage_before_is_in_preparation(now: datetime, files: None) -> None:
    round = seeded(now, "before")
    assert round.opened_at is None
    assert round.addressees.count() == 24


def test_stage_closed_closed_yesterday_and_leaves_nothing_to_release(now: datetime, files: None) -> None:
    round = seeded(now, "closed")
    assert round.closes_at == datetime(2026, 11, 19, 22, 59, 59, 999000, tzinfo=UTC)
    assert not round.is_open_at(now)
    assert Release.objects.waiting().filter(round=round).count() == 0


def test_command_refuses_a_site_that_is_no_demonstration(settings: Any) -> None:
    settings.DEMO = False
    with pytest.raises(CommandError, match="not a demonstration"):
        call_command("seed_demo")


def test_command_prints_how_many_members_were_added(files: None) -> None:
    call_command("load_record", stdout=StringIO())
    out = StringIO()
    call_command("seed_demo", stage="before", stdout=out)
    assert out.getvalue() == "62 members added\n"


def test_a_member_of_the_cast_without_a_login_stops_the_seeding(ana: Member) -> None:
    ana.user = None
    with pytest.raises(ValueError, match=r"ana@qm\.example has no login"):
        login_of(ana)
