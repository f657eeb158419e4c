"""What the ledger knows to have arrived; whoever must not take silence for an answer asks here."""

from collections.abc import Iterable

from notifications.models import Delivery, State


def arrived(subject_keys: Iterable[str]) -> set[str]:
    """The keys of the mails about these subjects that a relay took and nobody has returned; one query.

    What waits, is in doubt, is held for a person, was refused, returned, suppressed or ended has not arrived.
    """
    return set(Delivery.objects.filter(subject_key__in=subject_keys, state=State.SENT).values_list("key", flat=True))
