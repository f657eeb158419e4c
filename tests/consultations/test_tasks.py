"""What beat rings every minute."""

from datetime import datetime, timedelta

import pytest
import time_machine
from django.utils import timezone

from accounts.models import Member
from consultations.tasks import plan
from notifications.models import Delivery
from tests.factories import OfficeResponseFactory, RoundFactory, UserFactory

pytestmark = pytest.mark.django_db


def owed(ana: Member) -> datetime:
    now = timezone.now()
    round = RoundFactory(
        opened_at=now, opened_by=UserFactory(is_staff=True), opens_at=now, closes_at=now + timedelta(days=40)
    )
    OfficeResponseFactory(round=round, office=ana.office, closes_at=round.closes_at, created_at=now)
    return now


def test_plan_queues_what_is_owed_once(ana: Member) -> None:
    owed(ana)
    plan()
    plan()
    assert list(Delivery.objects.values_list("to_address", "step")) == [("ana@qm.example", "opening")]


def test_nothing_is_planned_while_this_machines_clock_is_wrong(ana: Member) -> None:
    now = owed(ana)
    with time_machine.travel(now + timedelta(days=12), tick=True):
        plan()
    assert list(Delivery.objects.all()) == []
