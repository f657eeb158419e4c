"""The dose and the dice of a run, and the rig for each test of the fault plan.

RUN=small runs what is marked `faults(small=True)`, at small doses; RUN=every runs every fault at small doses; RUN=full
at those of reminders.md. SEED=a number makes the same faults again; without one a new number is drawn and printed.
"""

import os
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import pytest
from django.conf import settings
from django.db import connection
from pytest_django import DjangoDbBlocker

from tests.faults import machines
from tests.faults.book import Book
from tests.faults.machines import Machines
from tests.faults.rig import PROFILE, Nursery, Rig

T = TypeVar("T")
SEED = int(os.environ.get("SEED") or random.SystemRandom().randrange(10**6))
RUN = os.environ.get("RUN") or "small"
SEEDS = [SEED + n for n in range(int(os.environ.get("SEEDS") or (5 if RUN == "full" else 1)))]


def pytest_configure(config: pytest.Config) -> None:
    """Opens the book of a run of the plan."""
    if config.option.markexpr == "faults":
        config.pluginmanager.register(Book(RUN, SEED, config.option.keyword), "faults-book")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leaves out what the small plan does not hold."""
    if RUN != "small":
        return
    left_out = [item for item in items if item.get_closest_marker("faults") and not _is_small(item)]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]


def _is_small(item: pytest.Item) -> bool:
    return any(mark.kwargs.get("small") for mark in item.iter_markers("faults"))


@dataclass(frozen=True)
class Dose:
    """How much of a fault."""

    run: str
    seed: int

    def __call__(self, small: T, full: T, every: T | None = None) -> T:
        """The one that this run takes; RUN=every that of the small one where it has none of its own."""
        if self.run == "full":
            return full
        return small if every is None or self.run == "small" else every


@pytest.fixture(scope="session")
def machinery(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Machines, Nursery]]:
    """The servers and the nursery, once for a run."""
    folder = tmp_path_factory.mktemp("faults")
    with machines.started(_open_folder(folder)) as servers:
        nursery = Nursery(folder, servers)
        try:
            yield servers, nursery
        finally:
            nursery.end()


def _open_folder(folder: Path) -> Path:
    work = folder / "servers"
    work.mkdir()
    return work


@pytest.fixture(params=SEEDS[:1], ids=lambda seed: f"seed{seed}")
def seed(request: pytest.FixtureRequest) -> int:
    """The number all faults of this test come from."""
    return int(request.param)


@pytest.fixture
def dose(seed: int) -> Dose:
    """How much: `dose(small, full)`."""
    return Dose(RUN, seed)


def asked(*, small: bool = False) -> pytest.MarkDecorator:
    """Runs a test twice: with a relay that is asked before a doubtful mail leaves again, and without."""
    marks = pytest.mark.faults("", small=True) if small else ()
    both = [pytest.param(True, marks=marks, id="asked"), pytest.param(False, id="not asked")]
    return pytest.mark.parametrize("oracle", both)


@pytest.fixture
def rig(
    machinery: tuple[Machines, Nursery],
    seed: int,
    tmp_path: Path,
    django_db_blocker: DjangoDbBlocker,
    request: pytest.FixtureRequest,
) -> Iterator[Rig]:
    """A fresh database, a relay, no workers yet."""
    mark = request.node.get_closest_marker("faults")
    print(f"\n{' '.join(mark.args)} {request.node.name}: RUN={RUN} SEED={seed} profile {PROFILE}")  # noqa: T201

    before = dict(connection.settings_dict)
    usual = settings.EMAIL_HOST, settings.EMAIL_PORT, settings.SECOND_PERSON_ABOVE
    with django_db_blocker.unblock():
        made = Rig(*machinery, tmp_path, seed)
        made.name, made.book = request.node.name, request.config.pluginmanager.get_plugin("faults-book")
        made.prepare()
        try:
            yield made
        finally:
            made.dismantle()
            connection.settings_dict.clear()
            connection.settings_dict.update(before)
            settings.EMAIL_HOST, settings.EMAIL_PORT, settings.SECOND_PERSON_ABOVE = usual
