"""Taking offices over from a file."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction

from accounts.collation import ranks_among
from accounts.models import Office


@transaction.atomic
def add_offices(*, offices: Iterable[Office]) -> int:
    """Adds the offices whose code is new and returns their number; what exists is left as it is.

    An office without ranks, such as an invented one, gets its place between the others in every language.
    """
    offices = list(offices)
    known = list(Office.objects.values_list("code", "names", "ranks"))
    codes = {code for code, _, _ in known}
    fresh = [office for office in offices if office.code not in codes]
    placed = [(names, ranks) for _, names, ranks in known] + [(o.names, o.ranks) for o in fresh if o.ranks]
    for office in fresh:
        office.search_text = office.words_to_find
        if not office.ranks:
            office.ranks = ranks_among(office.names, placed)
            placed.append((office.names, office.ranks))
    return len(Office.objects.bulk_create(fresh))
