"""What offices said in words in a circulation, which offices joined it, and what became of it.

Only the latest submission of an office counts: a revision takes what was joined and decided before to history.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.utils.translation import get_language

from accounts.models import Office
from meetings.models import Circulation, CirculationItem, Disposition, Endorsement, ItemAnswer


@dataclass(frozen=True, kw_only=True)
class Comment:
    """What an office says about an item in words, the offices that joined it, and the Secretariat's answer to it."""

    answer: ItemAnswer
    office: Office
    joined: Sequence[Office]
    disposition: Disposition | None

    @property
    def item(self) -> CirculationItem:
        """The item it is about."""
        return self.answer.item

    @property
    def token(self) -> str:
        """What stands beside the fields that show the answer to it."""
        return token_of(self.disposition)


@dataclass(frozen=True, kw_only=True)
class Progress:
    """How many comments are answered: all, or those on one item."""

    item: CirculationItem | None
    answered: int
    total: int

    @property
    def share(self) -> float:
        """The answered share, from 0 to 1."""
        return self.answered / self.total

    @property
    def per_cent(self) -> str:
        """The same as SVG wants it."""
        return f"{100 * self.share:.2f}%"


def comments_of(circulation: Circulation) -> list[Comment]:
    """Every comment or wording that counts, item by item, offices in official order; two queries."""
    answers = (
        ItemAnswer.objects.that_count(circulation.round)
        .in_words()
        .select_related("item", "submission__response__office", "disposition__decided_by")
    )
    joined = joined_in(circulation)
    comments = [
        Comment(
            answer=answer,
            office=answer.submission.response.office,
            joined=joined.get(answer.pk, ()),
            disposition=getattr(answer, "disposition", None),
        )
        for answer in answers
    ]
    return sorted(comments, key=lambda comment: (comment.item.order, _rank(comment.office)))


def progress_of(comments: Sequence[Comment]) -> tuple[Progress, list[Progress]]:
    """How far the answers to comments are: over all, and by item where there is something to answer."""
    by_item: dict[CirculationItem, list[Comment]] = {}
    for comment in comments:
        by_item.setdefault(comment.item, []).append(comment)
    return _progress(None, comments), [_progress(item, own) for item, own in by_item.items()]


def joined_in(circulation: Circulation) -> dict[int, list[Office]]:
    """The offices that joined each answer, in official order."""
    standing = Endorsement.objects.standing().filter(answer__item__circulation=circulation)
    found: dict[int, list[Office]] = {}
    for endorsement in standing.select_related("office"):
        found.setdefault(endorsement.answer_id, []).append(endorsement.office)
    return {answer: in_official_order(offices) for answer, offices in found.items()}


def in_official_order(offices: Iterable[Office]) -> list[Office]:
    """Offices in the alphabetical order of the active language (decisions.md 24)."""
    return sorted(offices, key=_rank)


def token_of(disposition: Disposition | None) -> str:
    """A short fingerprint of an answer to a comment: a form names the one it was made from."""
    return fingerprint(disposition.decision, disposition.reason) if disposition else fingerprint("", "")


def fingerprint(*texts: str) -> str:
    """A short digest of texts."""
    return hashlib.sha256("\x1f".join(texts).encode("utf-8", "replace")).hexdigest()[:16]


def _rank(office: Office) -> tuple[float, str]:
    return office.ranks.get(get_language() or "en", float("inf")), office.code


def _progress(item: CirculationItem | None, comments: Sequence[Comment]) -> Progress:
    answered = sum(comment.disposition is not None for comment in comments)
    return Progress(item=item, answered=answered, total=len(comments))
