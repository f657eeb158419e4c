"""What the relay has and what the ledger says, side by side: the accounting equation and the seven assertions."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

from django.db import connection

from notifications.models import Attempt, Delivery
from notifications.profile import PROFILES
from tests.faults.book import Entry
from tests.faults.rig import PROFILE, Rig
from tests.faults.sink import fault_of

ALERT = "alert"
SENT = Delivery.State.SENT
UNFINISHED = {Delivery.State.QUEUED, Delivery.State.SENDING, Delivery.State.AMBIGUOUS}
CROSSING = """
    SELECT d.key, a.data_at, pg_xact_commit_timestamp(s.xmin) AS answered_at
      FROM notifications_attempt a
      JOIN notifications_delivery d ON d.id = a.delivery_id
      JOIN consultations_submission s ON d.subject_key = 'response:' || s.response_id
     WHERE a.data_at IS NOT NULL
"""
ON_THE_WIRE = """
    SELECT count(*) FROM notifications_delivery WHERE sent_at IS NOT NULL AND cancel_requested <> ''
"""


@dataclass
class Account:
    """One run, read when it has ended. `owed` is how many mails must stand in the ledger.

    `may_end` are the ends besides "sent" that this run allows, such as cancelled; a refused address is always `failed`.
    """

    rig: Rig
    owed: int
    may_end: frozenset[str] = frozenset()
    oracle: bool = False
    profile: str = PROFILE
    is_restored: bool = False  # attempts since the backup are forgotten; the relay is not
    clock_moved: bool = False  # the database's own: when an attempt began is then no instant of the same clock
    rows: dict[str, Delivery] = field(init=False)
    copies: Counter[str] = field(init=False)
    bodies: dict[str, set[str]] = field(init=False)
    doubts: Counter[str] = field(init=False)
    fences: Counter[str] = field(init=False)
    seconds: float = field(init=False)

    def __post_init__(self) -> None:
        self.seconds = _now_of(self.rig)
        self.log = self.rig.sink.accepted()
        self.rows = {row.message_id: row for row in Delivery.objects.defer("rendered")}
        self.copies = Counter(mail["message_id"] for mail in self.log)
        self.bodies = defaultdict(set)
        for mail in self.log:
            self.bodies[mail["message_id"]].add(mail["sha256"])
        number = "delivery__message_id"
        self.doubts = Counter(Attempt.objects.doubtful().values_list(number, flat=True))
        self.fences = Counter(Attempt.objects.exclude(data_at=None).values_list(number, flat=True))

    def ours(self) -> list[Delivery]:
        """What this run owes: everything but the alerts about it, for which the same checks hold."""
        return [row for row in self.rows.values() if row.purpose != ALERT]

    def accepted(self) -> int:
        """How many times the relay has taken an owed message."""
        alerts = self._alert_ids()
        return sum(copies for number, copies in self.copies.items() if number not in alerts)

    def alerts(self) -> Counter[str]:
        """What the Secretariat was told."""
        return Counter(row.step for row in self.rows.values() if row.purpose == ALERT and row.state == SENT)

    def _alert_ids(self) -> set[str]:
        return {number for number, row in self.rows.items() if row.purpose == ALERT}

    # --- the seven assertions -----------------------------------------------------------------------------------------
    def failures(self) -> dict[str, Any]:
        """Every assertion that does not hold, with what breaks it; empty when all is well."""
        found = {
            "0 not the mails that were owed": [] if len(self.ours()) == self.owed else [len(self.ours()), self.owed],
            "1 lost": self.lost(),
            "2 copies that no doubt explains": self.unexplained_copies(),
            "3 copies although the relay is asked": self.copied() if self.oracle else [],
            "4 another Message-ID, other bytes": self.altered(),
            "4 accepted without a fence": self.without_fence(),
            "4 fence passed with too little lease": self.late_fences(),
            "5 without an end": self.unfinished(),
            "5 ends that were not meant": self.unmeant(),
            "5 said to have stayed, and left": self.denied(),
            "5 attempts without an end": list(
                Attempt.objects.filter(outcome="").values_list("delivery__key", flat=True)
            ),
            "6 left after the answer was committed": [row[0] for row in self.crossing() if row[1] > row[2]],
            "7 left behind": self.left_behind(),
            "7 forbidden by the database": self.rig.forbidden(),
        }
        return {name: what for name, what in found.items() if what}

    def check(self) -> "Account":
        """Prints the account and enters it in the book, then asserts all seven."""
        self.say()
        if self.rig.book:
            self.rig.book.enter(self.entry())
        failures = self.failures()
        assert not failures, {name: (len(what), what[:5]) for name, what in failures.items()}
        return self

    def lost(self) -> list[str]:
        """Owed and deliverable, or said to be sent, and the relay never had it."""
        return [
            row.key
            for number, row in self.rows.items()
            if not self.copies[number] and (row.state == SENT or not self._is_explained(row))
        ]

    def _is_explained(self, row: Delivery) -> bool:
        if row.purpose == ALERT:  # one that could not leave before a newer one, for a day, or before the workers ended
            return row.state in {"superseded", "expired", "queued"}
        return row.state in self.may_end or (row.state == "failed" and self._is_refused(row))

    def _is_refused(self, row: Delivery) -> bool:
        mode = self.rig.sink.folder / "mode.json"
        fault = fault_of(row.to_address, self.rig.sink.seed) if '"faults": true' in mode.read_text() else None
        return fault is not None and fault[1].startswith("550")

    def copied(self) -> list[str]:
        """Messages the relay accepted more than once."""
        return [number for number, copies in self.copies.items() if copies > 1]

    def unexplained_copies(self) -> list[str]:
        """Messages with more copies than attempts that the ledger recorded as doubtful."""
        return [number for number, copies in self.copies.items() if copies - 1 > self.doubts[number]]

    def altered(self) -> list[str]:
        """Message-IDs that are not ours, or copies that are not the bytes that were queued."""
        if (
            self.is_restored
        ):  # what was planned after the backup is planned anew: its Message-ID is the same, its Date not
            return [number for number, bodies in self.bodies.items() if number not in self.rows or len(bodies) > 1]
        ours = {number: row.rendered_sha256 for number, row in self.rows.items()}
        return [number for number, bodies in self.bodies.items() if bodies != {ours.get(number)}]

    def without_fence(self) -> list[str]:
        """Messages accepted more often than an attempt of theirs passed the fence: no mail without a ledger row."""
        if self.is_restored:
            return []
        return [number for number, copies in self.copies.items() if copies > self.fences[number]]

    def late_fences(self) -> list[str]:
        """Attempts that passed the fence although their lease left no time for the rest of the talk."""
        if self.clock_moved:
            return []
        patience = PROFILES[self.profile]
        longest = timedelta(seconds=patience.claim) - patience.rest_of_talk + timedelta(milliseconds=50)
        passed = Attempt.objects.exclude(data_at=None).values_list("delivery__key", "started_at", "data_at")
        return [key for key, started_at, data_at in passed if data_at - started_at > longest]

    def unfinished(self) -> list[str]:
        """Messages still on their way."""
        return [row.key for row in self.ours() if row.state in UNFINISHED]

    def unmeant(self) -> list[str]:
        """Messages whose end this run does not allow; a refused address may only fail."""
        return [
            f"{row.key}: {row.state} {row.reason}"
            for row in self.rows.values()
            if row.state not in UNFINISHED and row.state != SENT and not self._is_explained(row)
        ]

    def denied(self) -> list[str]:
        """Messages in an end state that says they were not sent, which the relay has, and no doubt explains it."""
        return [
            row.key
            for number, row in self.rows.items()
            if row.state not in {SENT, "bounced", *UNFINISHED} and self.copies[number] and not self.doubts[number]
        ]

    def crossing(self) -> list[tuple[str, datetime, datetime]]:
        """For each mail about an answered question: when it passed its fence, and when the answer was committed."""
        with connection.cursor() as cursor:
            cursor.execute(CROSSING)
            return list(cursor.fetchall())

    def crossed(self) -> int:
        """Mails that were on the wire while their debt ended."""
        with connection.cursor() as cursor:
            cursor.execute(ON_THE_WIRE)
            return int(cursor.fetchone()[0])

    def longest_pause(self) -> float:
        """The longest time between two accepted messages, in seconds."""
        return max((b["at"] - a["at"] for a, b in pairwise(self.log)), default=0.0)

    def left_behind(self) -> list[str]:
        """Processes, sessions of the database and transactions that outlive the run."""
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT state || ': ' || left(query, 60) FROM pg_stat_activity WHERE datname = current_database()"
                " AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
            )
            sessions = [str(row[0]) for row in cursor.fetchall()]
        return [*(f"process {pid}" for pid in self.rig.pids()), *sessions]

    def entry(self) -> Entry:
        """The account in numbers."""
        injected = self.rig.injected
        messages = len(self.copies.keys() - self._alert_ids())
        numbers = {
            "owed": self.owed,
            "accepted": messages,
            "lost": len(self.lost()),
            "copies": self.accepted() - messages,
            "doubtful": self.doubts.total(),
            "unexplained": len(self.unexplained_copies()),
            "kills": sum(number for what, number in injected.items() if what.startswith("kill")),
            "flushes": injected["FLUSHALL"],
            "crashes": injected["crash of PostgreSQL"],
            "beats": self.rig.workers["beat"],
        }
        return Entry(self.rig.name, self.rig.seed, self.oracle, numbers, self.seconds)

    # --- print --------------------------------------------------------------------------------------------------------
    def ends(self) -> Counter[str]:
        """How many owed messages are in which state."""
        return Counter(row.state for row in self.ours())

    def say(self) -> None:
        """Prints the equation with what is needed to run it again."""
        ends, copies = self.ends(), self.accepted()
        messages = len(self.copies.keys() - self._alert_ids())
        sum_of_ends = " + ".join(f"{count} {state}" for state, count in sorted(ends.items())) or "0"
        injected = ", ".join(f"{number} {what}" for what, number in sorted(self.rig.injected.items())) or "no faults"
        workers = ", ".join(f"{number} {program}" for program, number in sorted(self.rig.workers.items())) or "none"
        faults = Counter(talk["answer"][:12] for talk in self.rig.sink.talks() if talk["event"] == "fault")
        outcomes = Counter(Attempt.objects.values_list("outcome", flat=True))
        print(  # noqa: T201 the account is what `make faults` is for
            f"\n  seed {self.rig.seed}; workers {workers}; {injected};"
            f" relay: {dict(sorted(faults.items())) or 'healthy'}\n"
            f"  owed {self.owed} = {sum_of_ends}; lost {len(self.lost())}; the relay accepted {copies} ="
            f" {messages} messages + {copies - messages} copies;"
            f" doubtful attempts {self.doubts.total()}; copies without a doubt {len(self.unexplained_copies())};"
            f" relay {'asked' if self.oracle else 'not asked'}\n"
            f"  attempts {dict(sorted(outcomes.items()))}; alerts {dict(self.alerts()) or 'none'}; {self.seconds:.1f} s"
            f" ({copies / max(self.seconds, 0.001):.0f} mails/s); fallen: {dict(self.rig.falls()) or 'none'}"
        )


def _now_of(rig: Rig) -> float:
    """Seconds from the first order to the last accepted message."""
    mails = rig.sink.accepted()
    return mails[-1]["at"] - mails[0]["at"] if mails else 0.0


def instant(mail: dict[str, Any]) -> datetime:
    """When the relay accepted a message."""
    return datetime.fromtimestamp(mail["at"], UTC)
