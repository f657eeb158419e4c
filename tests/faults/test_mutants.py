"""A fault plan that cannot fail proves nothing: each of the mutants must be caught, and the sender itself must pass."""

from functools import partial

import pytest

from notifications.models import Delivery
from notifications.profile import PROFILES
from tests.faults.account import Account
from tests.faults.conftest import Dose
from tests.faults.mutants import MUTANTS
from tests.faults.people import owe
from tests.faults.rig import PROFILE, Rig
from tests.faults.test_races import race
from tests.faults.test_workers import Thaw

LONGEST = 60.0  # seconds a mutant may take to be caught; one that does not even come to an end is
CANCELLED = frozenset({"cancelled"})
PATIENCE = PROFILES[PROFILE]


def kills(rig: Rig, mutant: str, *, asked: bool = False) -> Account:
    """Workers killed in the middle of their talks, a relay that cuts the line."""
    rig.oracle = asked
    owed = owe(80)
    rig.sink.behave(idle=3, pause=0.02, to={f"person{n}@qm.example": {"BODY": [f]} for n, f in CUTS})
    rig.start("mailer", 3, bent={"mutant": mutant, "at": "dot sent", "share": 0.1})
    rig.drive([(point, partial(rig.kill, "mailer")) for point in rig.points(2, 50)], seconds=LONGEST)
    rig.finish_with_a_person(seconds=LONGEST)
    rig.stop()
    return Account(rig, owed, oracle=rig.oracle)


CUTS = [(n, "cut") for n in range(0, 40, 8)] + [(n, "keep and cut") for n in range(4, 44, 8)]


def frozen(rig: Rig, mutant: str, *, after: float, pause: float) -> Account:
    """Workers that freeze before the fence and wake `after` so many seconds, while others send."""
    owed = owe(30)
    rig.sink.behave(idle=20, pause=pause)
    rig.start("mailer", 4, bent={"mutant": mutant, "at": "before fence", "share": 0.2, "signal": "STOP"})
    thaw = Thaw(rig, after=after)
    ended = partial(_is_over, rig, thaw)
    rig.wait(ended, seconds=LONGEST * 2, what="the end")
    while rig.decide_held():
        rig.wait(ended, seconds=LONGEST, what="the end")
    thaw.until_all_have_ended()
    return Account(rig, owed)


def _is_over(rig: Rig, thaw: Thaw) -> bool:
    return thaw.look() and not thaw.frozen and rig.is_quiet()


def herd(rig: Rig, mutant: str) -> Account:
    """Many workers, one small queue."""
    owed = owe(200)
    rig.start("mailer", 8, bent={"mutant": mutant})
    rig.finish_with_a_person(seconds=LONGEST)
    rig.stop()
    return Account(rig, owed)


def raced(rig: Rig, mutant: str) -> Account:
    """Offices that answer while their mail is being sent."""
    rig.sink.behave(idle=3, pause=0.02)
    owed = race(rig, 100, 80, kills=0, seconds=4.0, bent={"mutant": mutant})
    return Account(rig, owed, may_end=CANCELLED)


RUNS = {
    "kills": kills,
    "asked": partial(kills, asked=True),
    "frozen": partial(frozen, after=PATIENCE.lease + 0.7, pause=0.7),
    "nearly": partial(frozen, after=PATIENCE.claim - 1.2, pause=0.01),
    "race": raced,
    "herd": herd,
}


@pytest.mark.faults("mutants")
@pytest.mark.parametrize("name", MUTANTS)
def test_a_sender_with_one_mistake_is_caught(rig: Rig, dose: Dose, name: str) -> None:
    rig.note(f"mutant: {name}")
    try:
        account = RUNS[MUTANTS[name].run](rig, name)
    except pytest.fail.Exception as stuck:
        print(f"  {str(stuck).splitlines()[0]}")  # noqa: T201
        rig.kill_all()
        account = Account(rig, Delivery.objects.exclude(purpose="alert").count())
    account.say()
    caught = account.failures()

    print(f"  caught by {', '.join(caught) or 'nothing'}")  # noqa: T201
    assert caught


@pytest.mark.faults("mutants")
@pytest.mark.parametrize("run", RUNS)
def test_the_sender_itself_passes_the_same_runs(rig: Rig, dose: Dose, run: str) -> None:
    RUNS[run](rig, "").check()
