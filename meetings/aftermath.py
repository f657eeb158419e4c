"""What a reader sees below the comments of a circulation, and what the reader's offices may do there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import AnonymousUser

from accounts.models import Office, User
from meetings.comments import joined_in
from meetings.models import Circulation, Disposition, ItemAnswer
from meetings.permissions import offices_that_may_join


@dataclass(frozen=True, kw_only=True)
class Aftermath:
    """What a reader sees below a comment: who joined it, what became of it, and what the reader's offices may do.

    `disposition` is empty until the outcome is published.
    """

    joined: Sequence[Office]
    disposition: Disposition | None
    may_join: Sequence[Office]
    may_leave: Sequence[Office]

    @property
    def is_any(self) -> bool:
        """True where there is something to show."""
        return bool(self.joined or self.disposition or self.may_join or self.may_leave)


def aftermath_of(
    circulation: Circulation, user: User | AnonymousUser, now: datetime, *, authors: Mapping[int, str] | None = None
) -> dict[int, Aftermath]:
    """What `user` sees below comments at `now` (aware UTC), by the id of the answer, where there is something.

    `authors` are the codes of the offices that made them, by the id of the answer, where they are at hand. At most four
    queries more, whatever the number of comments.
    """
    authors = _authors(circulation) if authors is None else authors
    acting = [] if circulation.is_concluded else offices_that_may_join(user, circulation.round, now)
    decided = _decided(circulation) if circulation.is_concluded else {}
    joined = joined_in(circulation)
    every = {
        answer: Aftermath(
            joined=joined.get(answer, ()),
            disposition=decided.get(answer),
            may_join=[each for each in acting if each.pk != author and each not in joined.get(answer, ())],
            may_leave=[each for each in acting if each in joined.get(answer, ())],
        )
        for answer, author in authors.items()
    }
    return {answer: after for answer, after in every.items() if after.is_any}


def _authors(circulation: Circulation) -> Mapping[int, str]:
    latest = ItemAnswer.objects.that_count(circulation.round).in_words()
    return dict(latest.values_list("pk", "submission__response__office"))


def _decided(circulation: Circulation) -> dict[int, Disposition]:
    decided = Disposition.objects.filter(answer__item__circulation=circulation)
    return {disposition.answer_id: disposition for disposition in decided}
