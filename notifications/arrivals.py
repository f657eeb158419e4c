"""What the ledger knows to have arrived; whoever must not take silence for an answer asks here."""

from collections.abc import Iterable

from django.db.models import Q

from notifications.models import Delivery, State

TAKEN = Q(state=State.SENT)
PLAYED = Q(state=State.CANCELLED, reason=Delivery.PLAYED)  # invented like its reader; the ledger says so


def arrived(subject_keys: Iterable[str]) -> set[str]:
    """The keys of the mails about these subjects that a relay took and nobody has returned; one query.

    What waits, is in doubt, is held for a person, was refused, returned, suppressed or ended has not arrived. What the
    past of a demonstration played as arrived has, for that demonstration.
    """
    owed = Delivery.objects.filter(subject_key__in=subject_keys)
    return set(owed.filter(TAKEN | PLAYED).values_list("key", flat=True))
