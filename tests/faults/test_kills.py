"""F01 to F03: no fault, kills at random, kills at named points."""

import pytest

from tests.faults.account import Account
from tests.faults.bends import POINTS
from tests.faults.conftest import SEEDS, Dose, asked
from tests.faults.people import owe
from tests.faults.rig import Rig


@pytest.mark.faults("F01", small=True)
def test_f01_without_a_fault_every_mail_leaves_once(rig: Rig, dose: Dose) -> None:
    owed = owe(dose(300, 10_000))
    rig.start("mailer", 4)
    rig.finish(seconds=dose(60, 240))
    rig.stop()

    account = Account(rig, owed).check()

    assert account.accepted() == owed
    assert account.doubts.total() == 0
    assert account.seconds < 120


@pytest.mark.faults("F02")
@pytest.mark.parametrize("seed", SEEDS, indirect=True)
@asked(small=True)
def test_f02_kills_lose_nothing_and_double_nothing_without_a_doubt(rig: Rig, dose: Dose, oracle: bool) -> None:
    """Workers are killed, the relay is faulty. But for RUN=small all violence at once: Celery with two beats, a Redis
    that forgets, a PostgreSQL that crashes."""
    rig.oracle = oracle
    owed = owe(dose(500, 10_000))
    rig.sink.behave(idle=3, pause=0.002, faults=True)
    rig.start("mailer", 2)
    rig.start("beat", dose(0, 2, every=2))
    rig.start("celery", dose(0, 1, every=1))
    below = owed - owed // 10
    rig.drive(
        [
            *((point, rig.kill) for point in rig.points(dose(10, 50), below)),
            *((point, rig.flush) for point in rig.points(dose(0, 10, every=2), below)),
            *((point, rig.crash_postgres) for point in rig.points(dose(0, 3, every=1), below)),
        ],
        seconds=60,
    )
    rig.finish_with_a_person(seconds=dose(40, 400, every=90))
    rig.stop()

    Account(rig, owed, oracle=rig.oracle).check()


@pytest.mark.faults("F03")
@pytest.mark.parametrize("point", POINTS)
@asked()
def test_f03_a_kill_at_a_named_point_does_what_the_table_says(rig: Rig, dose: Dose, oracle: bool, point: str) -> None:
    rig.oracle = oracle
    owed = owe(dose(150, 1000))
    share = 0.3 if point.startswith("claim") else 0.1  # claims are taken in batches, so there are fewer
    rig.start("mailer", 4, bent={"at": point, "share": share})
    rig.finish_with_a_person(seconds=dose(90, 400))
    rig.stop()
    killed = rig.fallen(-9)
    rig.note(f"kills: {point}", killed)

    account = Account(rig, owed, oracle=rig.oracle).check()

    copies = account.accepted() - owed
    assert killed >= dose(5, 60)
    if point in {"dot sent", "answer read"}:
        assert account.doubts.total() >= copies
        assert rig.oracle or copies > 0, "the one window that cannot be closed without asking"
    else:
        assert copies == 0
    if point not in {"fence committed", "dot sent", "answer read"}:
        assert account.doubts.total() == 0
