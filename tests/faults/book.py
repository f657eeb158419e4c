"""What a run of the fault plan leaves: a line for each account, and at the end a table and a sum; also in a file."""

import re
import time
from collections import Counter, defaultdict
from dataclasses import dataclass

import pytest
from django.conf import settings

FAULT = re.compile(r"test_(f\d\d)_")
SEED = re.compile(r"seed\d+-|-?seed\d+")
COUNTED = ("owed", "accepted", "lost", "copies", "doubtful", "unexplained", "kills", "flushes", "crashes", "beats")


@dataclass(frozen=True)
class Entry:
    """One account, in numbers; `accepted` counts each message once, `unexplained` the copies that no doubt explains."""

    test: str
    seed: int
    is_asked: bool
    numbers: dict[str, int]
    seconds: float

    def __str__(self) -> str:
        numbers = ", ".join(f"{name} {self.numbers[name]}" for name in COUNTED)
        asked = "relay asked" if self.is_asked else "relay not asked"
        name = SEED.sub("", self.test).replace("[]", "").removeprefix("test_").replace("_", " ")
        return f"{name[:1].upper()}{name[1:]}: seed {self.seed}, {asked}: {numbers}; {self.seconds:.0f} s of mail"


class Book:
    """Written as the run goes on, so that one that was broken off leaves what it had."""

    def __init__(self, run: str, seed: int, keyword: str) -> None:
        chosen = "".join(f"-{word}" for word in re.findall(r"\w+", keyword))
        self.path = settings.BASE_DIR / "test-results" / f"faults-{run}-{seed}{chosen}.txt"
        self.run, self.seed, self.began = run, seed, time.monotonic()
        self.entries: dict[str, list[Entry]] = defaultdict(list)
        self.ends: dict[str, Counter[str]] = defaultdict(Counter)
        self.seconds: Counter[str] = Counter()
        self.lines: list[str] = []
        self.write(f"Fault plan, RUN={run} SEED={seed}\n")

    def write(self, words: str) -> None:
        """One line more; the whole file is written, whoever has emptied the folder meanwhile."""
        self.lines.append(words)
        self.path.parent.mkdir(exist_ok=True)
        self.path.write_text("\n".join(self.lines) + "\n")

    def enter(self, entry: Entry) -> None:
        """Notes an account."""
        self.entries[_fault_of(entry.test)].append(entry)
        self.write(str(entry))
        print(f"  {entry}")  # noqa: T201

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Notes how a test ended; one whose end goes wrong has failed."""
        fault = _fault_of(report.nodeid)
        self.seconds[fault] += report.duration
        if report.when == "call" or report.outcome != "passed":
            self.ends[fault][report.outcome] += 1
        if report.failed:
            self.write(f"FAILED {report.nodeid} ({report.when})\n{report.longreprtext[-2000:]}")

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """The table and the sum."""
        terminalreporter.section("fault plan")
        for line in [*self.table(), *self.sum()]:
            terminalreporter.line(line)
            self.write(line)
        terminalreporter.line(f"Written to {self.path.relative_to(settings.BASE_DIR)}")

    def table(self) -> list[str]:
        """A line for each fault."""
        lines = [f"{'fault':9}{'passed':>7}{'failed':>7}{'skipped':>8}" + "".join(f"{n:>12}" for n in COUNTED)]
        for fault, ends in sorted(self.ends.items()):
            numbers = _sum(self.entries[fault])
            counted = "".join(f"{numbers[name]:>12}" for name in COUNTED)
            failed = ends["failed"]
            lines.append(
                f"{fault:9}{ends['passed']:>7}{failed:>7}{ends['skipped']:>8}{counted}{self.seconds[fault]:>7.0f} s"
            )
        return lines

    def sum(self) -> list[str]:
        """The run in two sentences."""
        every = [entry for entries in self.entries.values() for entry in entries]
        asked, others = _sum([e for e in every if e.is_asked]), _sum([e for e in every if not e.is_asked])
        ends, numbers = sum(self.ends.values(), Counter[str]()), asked + others
        return [
            f"RUN={self.run} SEED={self.seed}: {ends['passed']} passed, {ends['failed']} failed, {ends['skipped']}"
            f" skipped; seeds {', '.join(map(str, sorted({e.seed for e in every}))) or 'none'};"
            f" {time.monotonic() - self.began:.0f} s",
            f"owed {numbers['owed']}, lost {numbers['lost']}, copies without a doubt {numbers['unexplained']};"
            f" relay asked: {asked['copies']} copies, {asked['doubtful']} doubtful attempts; not asked:"
            f" {others['copies']} copies, {others['doubtful']} doubtful attempts; {numbers['kills']} kills,"
            f" {numbers['flushes']} flushes, {numbers['crashes']} crashes of PostgreSQL",
        ]


def _sum(entries: list[Entry]) -> Counter[str]:
    numbers: Counter[str] = Counter()
    for entry in entries:
        numbers.update(entry.numbers)
    return numbers


def _fault_of(test: str) -> str:
    found = FAULT.search(test)
    return found[1].upper() if found else "postfix" if "test_postfix" in test else "mutants"
