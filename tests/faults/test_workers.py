"""F11, F12, F19: many planners, frozen workers, messages that kill whoever sends them."""

import os
import signal
import time
from contextlib import suppress

import psutil
import pytest

from consultations.models import OfficeResponse
from notifications.models import Attempt, Delivery
from notifications.profile import PROFILES
from tests.faults.account import Account
from tests.faults.conftest import Dose, asked
from tests.faults.people import alerted, make_offices, make_rounds, make_secretary, owe, owe_to
from tests.faults.rig import PROFILE, Rig

SICK = ("raise", "exit", "segfault", "loop", "memory")


@pytest.mark.faults("F11", small=True)
def test_f11_eight_planners_and_twenty_kills_write_every_key_once(rig: Rig, dose: Dose) -> None:
    offices = make_offices(dose(6, 200))
    make_rounds(dose(20, 50), offices, make_secretary())
    owed = OfficeResponse.objects.count()
    rig.start("planner", 8)
    for point in sorted(rig.dice.sample(range(1, owed - owed // 10), 20)):
        rig.wait(lambda point=point: Delivery.objects.count() >= point, seconds=120, what=f"{point} planned")
        rig.kill("planner")
    rig.wait(lambda: not rig.pids(), seconds=120, what="planners find nothing more to plan")
    rig.start("mailer", 4)
    rig.finish(seconds=dose(60, 400))
    rig.stop()

    Account(rig, owed).check()

    assert rig.fallen(1) == 0, "no planner met an error"
    assert Delivery.objects.values("key").distinct().count() == owed


@pytest.mark.faults("F12")
@pytest.mark.parametrize("where", ["anywhere", "before fence", "fence committed", "dot sent"])
@asked()
def test_f12_a_frozen_worker_that_wakes_after_its_lease_does_no_harm(
    rig: Rig, dose: Dose, oracle: bool, where: str
) -> None:
    rig.oracle = oracle
    owed = owe(dose(120, 1000))
    placed = None if where == "anywhere" else {"at": where, "share": dose(0.04, 0.02), "signal": "STOP"}
    rig.start("mailer", 4, bent=placed)
    thaw = Thaw(rig)
    for point in rig.points(5, owed - owed // 5) if where == "anywhere" else ():
        rig.wait(lambda point=point: thaw.look() and rig.sink.count >= point, seconds=60, what=f"{point} accepted")
        living = [pid for pid in rig.pids() if pid not in thaw.frozen]
        os.kill(rig.dice.choice(living), signal.SIGSTOP) if living else None
    rig.wait(lambda: thaw.look() and not thaw.frozen and rig.is_quiet(), seconds=dose(120, 400), what="the end")
    rig.note(f"frozen past the lease, {where}", thaw.count)
    while rig.decide_held():
        rig.wait(lambda: thaw.look() and not thaw.frozen and rig.is_quiet(), seconds=dose(120, 400), what="the end")
    thaw.until_all_have_ended()

    Account(rig, owed, oracle=rig.oracle).check()

    assert thaw.count >= 1


class Thaw:
    """Lets every frozen worker go on when its lease is over."""

    def __init__(self, rig: Rig, *, after: float = PROFILES[PROFILE].lease + 1) -> None:
        self.rig, self.after, self.count, self.frozen = rig, after, 0, dict[int, float]()

    def look(self) -> bool:
        """Notes who is frozen and wakes who has been for long enough."""
        for pid in self.rig.pids():
            with suppress(psutil.NoSuchProcess, ProcessLookupError):
                if psutil.Process(pid).status() != psutil.STATUS_STOPPED:
                    continue
                since = self.frozen.setdefault(pid, time.monotonic())
                if time.monotonic() - since > self.after:
                    self.count += 1
                    del self.frozen[pid]
                    os.kill(pid, signal.SIGCONT)
        self.frozen = {pid: since for pid, since in self.frozen.items() if psutil.pid_exists(pid)}
        time.sleep(0.01)
        return True

    def until_all_have_ended(self) -> None:
        """As `rig.stop`, for workers that may freeze on their last mail."""
        for slot in self.rig.slots:
            self.rig.nursery.tell(do="stop", slot=slot)
        self.rig.wait(lambda: self.look() and not self.rig.pids(), seconds=60, what="workers end when asked")


@pytest.mark.faults("F19")
def test_f19_messages_that_break_whoever_sends_them_are_held_and_all_others_leave(rig: Rig, dose: Dose) -> None:
    owed = owe(dose(195, 995)) + owe_to([f"sick-{how}@qm.example" for how in SICK])
    rig.start("mailer", 5, bent={"sick": True})
    rig.finish(seconds=300)  # each of fifteen crashes costs a lease
    rig.note("messages that break the mailer", len(SICK))
    rig.wait(lambda: alerted("held"), seconds=60, what="the Secretariat is told")
    rig.kill_all()  # whoever loops does not end when asked

    account = Account(rig, owed, may_end=frozenset({"held"})).check()

    assert account.ends() == {"sent": owed - len(SICK), "held": len(SICK)}
    assert account.alerts() == {"held": 1}
    held = Delivery.objects.filter(state="held")
    assert {row.to_address for row in held} == {f"sick-{how}@qm.example" for how in SICK}
    assert max(row.crashes for row in held) <= 3
    assert Attempt.objects.filter(delivery__in=held, outcome="crash_pre").count() <= 3 * len(SICK)
