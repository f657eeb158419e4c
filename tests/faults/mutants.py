"""Ten senders with one mistake each: the accounting must catch every one of them."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Mutant:
    """One mistake."""

    apply: Callable[[], None]


MUTANTS: dict[str, Mutant] = {}
