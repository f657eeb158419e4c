"""The demonstration: who exists, what is open, and that a first start sends exactly the 14-day reminder."""

from collections import Counter
from datetime import UTC, datetime
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from accounts.models import Member, Office
from consultations.drafts import draft_of
from consultations.models import OfficeResponse, Round
from consultations.operations import queue_due_reminders
from groups.models import Membership
from notifications.models import Delivery
from wild_portal import record
from wild_portal.demo import _login, demo, seed

pytestmark = pytest.mark.django_db
SILENT = ["QM", "QR", "QX", "QY", "XD", "XG", "XI", "XM", "XT"]


@pytest.fixture(autouse=True)
def quick_logins(settings: Any) -> None:
    """Fifty passwords are hashed; here they guard nothing."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


def seeded(now: datetime, stage: str = "open") -> Round:
    record.load()
    seed(stage=stage, number=1, now=now)
    return Round.objects.get(slug=demo()["circulation"]["slug"])


HOURS = [
    datetime(2026, 11, 20, 23, 1, tzinfo=UTC),  # just after midnight in Geneva
    datetime(2026, 11, 21, 9, 0, tzinfo=UTC),
    datetime(2026, 11, 21, 22, 58, tzinfo=UTC),  # just before midnight
    datetime(2027, 3, 28, 0, 30, tzinfo=UTC),  # the night summer time begins
]


@pytest.mark.parametrize("now", HOURS)
def test_first_plan_queues_the_14_day_reminder_once_for_each_contact_of_the_nine_silent_offices(now: datetime) -> None:
    seeded(now)
    queue_due_reminders(now=now)
    queue_due_reminders(now=now)
    reminders = Delivery.objects.filter(state="queued", purpose="reminder")
    speaking = Member.objects.speaking_for_office().filter(office__in=SILENT)
    assert sorted(reminders.values_list("to_address", flat=True)) == sorted(speaking.values_list("email", flat=True))
    assert Counter(reminders.values_list("step", flat=True)) == {"14": 17}
    assert Delivery.objects.filter(state="queued", purpose="opening").count() == 0


def test_15_of_24_offices_have_answered_and_meridia_has_not(now: datetime) -> None:
    round = seeded(now)
    responses = OfficeResponse.objects.filter(round=round)
    assert responses.count() == 24
    assert responses.answered().count() == 15
    assert sorted(responses.awaited().values_list("office_id", flat=True)) == SILENT
    draft = draft_of(responses.get(office="QM"))
    assert draft.value("a.position") == "supports"
    assert draft.value("c.comment") == "Training in our language would help most. We can host one workshop on"
    writer = draft.writer("c", now, besides=Member.objects.get(email="ana@qm.example").user)
    assert writer is not None
    assert writer.editor == "Bruno Muestra"


def test_circulation_opened_48_days_ago_and_closes_in_13(now: datetime) -> None:
    round = seeded(now)
    assert round.opened_at == datetime(2026, 10, 3, 8, 0, tzinfo=UTC)
    assert round.closes_at == datetime(2026, 12, 3, 22, 59, 59, 999000, tzinfo=UTC)


def test_invented_offices_are_marked_and_real_ones_untouched(now: datetime) -> None:
    seeded(now)
    invented = Office.objects.filter(is_demo=True)
    assert invented.count() == 24
    assert Office.objects.filter(is_demo=False).count() == 208
    assert set(invented.values_list("code", flat=True)) == {entry["code"] for entry in demo()["offices"]}
    elsewhere = Member.objects.exclude(office__in=invented).exclude(office=None)
    assert set(elsewhere.values_list("office_id", flat=True)) == {"IB"}


def test_cast_has_its_roles(now: datetime) -> None:
    seeded(now)
    seats = Membership.objects.values_list("member__email", "group__slug", "role").order_by("member__email")
    assert list(seats) == [("chloe@qn.example", "ai-tools", "chair"), ("gustav@industry.example", "ai-tools", "guest")]
    staff = Member.objects.filter(user__is_staff=True).values_list("email", "user__is_superuser").order_by("email")
    assert list(staff) == [("root@wild.example", True), ("staff2@wild.example", False), ("staff@wild.example", False)]
    ana = Member.objects.get(email="ana@qm.example")
    assert (ana.office_id, ana.role, ana.user.check_password("wild-demo")) == ("QM", "focal_point", True)


def test_second_seeding_changes_nothing(now: datetime) -> None:
    seeded(now)
    before = (Member.objects.count(), Delivery.objects.count(), OfficeResponse.objects.count())
    assert seed(stage="open", number=1, now=now) == 0
    assert (Member.objects.count(), Delivery.objects.count(), OfficeResponse.objects.count()) == before


def test_stage_before_is_in_preparation(now: datetime) -> None:
    round = seeded(now, "before")
    assert round.opened_at is None
    assert round.addressees.count() == 24


def test_stage_closed_closed_yesterday(now: datetime) -> None:
    round = seeded(now, "closed")
    assert round.closes_at == datetime(2026, 11, 19, 22, 59, 59, 999000, tzinfo=UTC)
    assert not round.is_open_at(now)


def test_command_refuses_a_site_that_is_no_demonstration(settings: Any) -> None:
    settings.DEMO = False
    with pytest.raises(CommandError, match="not a demonstration"):
        call_command("seed_demo")


def test_command_prints_how_many_members_were_added() -> None:
    call_command("load_record", stdout=StringIO())
    out = StringIO()
    call_command("seed_demo", stage="before", stdout=out)
    assert out.getvalue() == "52 members added\n"


def test_a_member_of_the_cast_without_a_login_stops_the_seeding(ana: Member) -> None:
    ana.user = None
    with pytest.raises(ValueError, match=r"ana@qm\.example has no login"):
        _login(ana)
