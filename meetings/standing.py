"""How the offices of one silence procedure stand: numbers and names, computed or as recorded."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.translation import get_language

from accounts.models import Office
from meetings.models import SilenceEntry

Stand = SilenceEntry.Stand


@dataclass(frozen=True, kw_only=True)
class Standing:
    """How the offices of one procedure stand."""

    stands: Mapping[Office, str]

    @property
    def counts(self) -> Counter[str]:
        """Numbers of offices by stand."""
        return Counter(self.stands.values())

    @property
    def total(self) -> int:
        """How many offices are asked."""
        return len(self.stands)

    @property
    def reached(self) -> int:
        """How many of them a notice has reached, or have objected."""
        return self.total - self.counts[Stand.NOT_REACHED]

    @property
    def broke(self) -> int:
        """How many broke the silence."""
        return self.counts[Stand.BROKE]

    @property
    def unreached(self) -> list[Office]:
        """The offices no notice has reached, in the reader's order."""
        return self._with(Stand.NOT_REACHED)

    @property
    def silent(self) -> list[Office]:
        """The offices that were reached and did not object, in the reader's order."""
        return self._with(Stand.SILENT)

    def _with(self, stand: str) -> list[Office]:
        language = get_language() or "en"
        offices = [office for office, each in self.stands.items() if each == stand]
        return sorted(offices, key=lambda office: (office.ranks.get(language, 0), office.code))
