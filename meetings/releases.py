"""Acts that need a second person, as the Secretariat's pages show them: who asked, for what, who decided."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from consultations.models import Release, Round
from consultations.names import names_of


@dataclass(frozen=True, kw_only=True)
class ReleaseRow:
    """One act with the names of those concerned; "" where nobody has decided."""

    release: Release
    asked_by: str
    decided_by: str

    @property
    def is_waiting(self) -> bool:
        """True while nobody has decided."""
        return self.decided_at is None

    @property
    def decided_at(self) -> datetime | None:
        """When it was released or withdrawn."""
        return self.release.released_at or self.release.withdrawn_at

    @property
    def closes_at(self) -> datetime | None:
        """The deadline that is asked for."""
        closes_at = self.release.arguments.get("closes_at")
        return datetime.fromisoformat(closes_at) if closes_at else None


def releases_of(round: Round) -> list[ReleaseRow]:
    """Every act on a round that waits for a second person or was decided, the newest first; two queries."""
    people = ("round", "asked_by", "released_by", "withdrawn_by")
    return in_words(round.releases.select_related(*people).order_by("-asked_at", "-pk"))


def waiting_for(round: Round) -> list[ReleaseRow]:
    """What waits for a second person, the oldest first; two queries."""
    return in_words(round.releases.waiting().select_related("asked_by"))


def in_words(releases: Iterable[Release]) -> list[ReleaseRow]:
    """With names, in the order given; one query beside that of the releases."""
    releases = list(releases)
    names = names_of(user for each in releases for user in (each.asked_by, each.released_by, each.withdrawn_by))
    return [
        ReleaseRow(
            release=each,
            asked_by=names[each.asked_by_id],
            decided_by=names.get(each.released_by_id or each.withdrawn_by_id or 0, ""),
        )
        for each in releases
    ]
