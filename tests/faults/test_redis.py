"""F04 to F07: Redis is a doorbell; whatever happens to it costs seconds, and neither a mail nor an error page."""

from functools import partial

import pytest

from consultations.models import Submission
from notifications.models import Delivery
from tests.faults.account import Account
from tests.faults.conftest import Dose
from tests.faults.people import owe
from tests.faults.rig import Rig
from tests.faults.site import open_a_circulation, serving


@pytest.mark.faults("F04")
def test_f04_a_flushed_redis_costs_less_than_ten_seconds(rig: Rig, dose: Dose) -> None:
    owed, flushes = owe(dose(300, 10_000)), dose(3, 10)
    rig.start("beat", 2)
    rig.start("celery", 1)
    rig.drive([(point, rig.flush) for point in rig.points(flushes, owed - owed // 10)], seconds=60)
    rig.finish(seconds=dose(60, 400))
    rig.stop()

    account = Account(rig, owed).check()

    assert account.longest_pause() < 10


@pytest.mark.faults("F05")
def test_f05_without_redis_everything_leaves(rig: Rig, dose: Dose) -> None:
    rig.machines.stop_valkey()
    try:
        owed = owe(dose(300, 10_000))
        rig.start("mailer", 4)
        rig.finish(seconds=dose(60, 400))
        rig.stop()
    finally:
        rig.machines.start_valkey()
    rig.note("Redis stopped the whole run")

    account = Account(rig, owed).check()

    assert account.accepted() == owed


@pytest.mark.faults("F06")
def test_f06_a_silent_redis_keeps_nobody_waiting_longer_than_a_second_and_a_half(rig: Rig, dose: Dose) -> None:
    users = open_a_circulation(dose(10, 100))
    opening = Delivery.objects.count()
    with serving(rig, users) as site:
        rig.start("mailer", 1)
        with rig.machines.silent_valkey():
            receipts = [site.answer(office) for office in users]
        rig.note("posts while Redis is silent", len(site.posts))
        rig.finish(seconds=60)
        rig.stop()
    print(f"\n  {len(site.posts)} posts, slowest {site.slowest():.2f} s")  # noqa: T201

    Account(rig, opening + len(users), may_end=frozenset({"cancelled"})).check()

    assert all(receipts)
    assert {visit.status for visit in site.posts} == {302}
    assert site.slowest() <= 1.5
    assert Submission.objects.count() == len(users)


@pytest.mark.faults("F07")
def test_f07_a_redis_restarted_empty_or_with_an_old_dump_harms_nothing(rig: Rig, dose: Dose) -> None:
    owed = owe(dose(300, 5000))
    rig.start("beat", 2)
    rig.start("celery", 1)
    rig.drive([(5, lambda: None)], seconds=30)
    dump = rig.machines.dump_valkey()

    def restart(what: bytes | None) -> None:
        rig.note("Redis restarted with an old dump" if what else "Redis restarted empty")
        rig.machines.restart_valkey(dump=what)

    points = rig.points(dose(4, 10), owed - owed // 10)
    rig.drive([(p, partial(restart, dump if n % 2 else None)) for n, p in enumerate(points)], seconds=60)
    rig.finish(seconds=dose(90, 400))
    rig.stop()
    rig.machines.restart_valkey()

    Account(rig, owed).check()
