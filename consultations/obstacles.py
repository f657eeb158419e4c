"""What stands in the way of opening a round, as a list of small values: the page lists them, the operation refuses."""

from datetime import datetime
from typing import NamedTuple

from django.utils.translation import gettext as _

from consultations.models import Round


class Obstacle(NamedTuple):
    """One thing that is missing: a key for code, a sentence for the page."""

    key: str
    text: str


def obstacles_to_opening(round: Round, now: datetime) -> list[Obstacle]:
    """Everything that prevents opening at `now` (aware UTC); empty when the round may open. One query."""
    checks = (
        (round.is_record, "record", _("It is known from the record only and cannot be opened.")),
        (round.opened_at is not None, "opened", _("It is open already.")),
        (not round.titles.get("en"), "title", _("The English title is missing.")),
        (not round.sections, "parts", _("There is nothing to answer: add an item.")),
        (round.closes_at <= now, "deadline", _("The deadline has passed.")),
        (not round.addressees.exists(), "addressees", _("No office is addressed.")),
    )
    return [Obstacle(key, text) for stands, key, text in checks if stands]
