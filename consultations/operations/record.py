"""Rounds that took place before the portal: reported dates, no addressees (decisions.md 12)."""

from datetime import datetime

from django.db import transaction

from consultations.models import Round


@transaction.atomic
def record_round(
    *, slug: str, kind: Round.Kind, title: str, opens_at: datetime, closes_at: datetime
) -> tuple[Round, bool]:
    """The reported round of an address, and whether it was missing and is added now; one that exists is left as it is.

    Instants are aware UTC; the title is English. Nobody is addressed, nobody reminded.
    """
    return Round.objects.get_or_create(
        slug=slug,
        defaults={
            "kind": kind,
            "titles": {"en": title},
            "opens_at": opens_at,
            "closes_at": closes_at,
            "reminder_days": [],
            "is_record": True,
        },
    )
