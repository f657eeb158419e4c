"""Making open rounds in one line, and reading the outbox in words a test can compare."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from accounts.models import Member, Office
from consultations.models import OfficeResponse, Release, Round
from consultations.operations import SecondPersonNeeded, ask_release, open_round, release
from notifications.models import Delivery
from notifications.reminders import closing_instant
from tests.factories import NOW, RoundFactory, UserFactory

OPENED = NOW - timedelta(days=48)
CLOSES = closing_instant(NOW.date() + timedelta(days=13))


def round_for(
    *offices: Office, closes_at: datetime = CLOSES, sections: Sequence[str] = ("a", "b"), **fields: object
) -> Round:
    """A round in preparation that addresses these offices."""
    headings = {key: f"Heading {key}" for key in sections}
    round = RoundFactory(
        closes_at=closes_at, sections=list(sections), section_headings=headings, opens_at=None, **fields
    )
    round.addressees.set(offices)
    return round


def opened_round(*offices: Office, now: datetime = OPENED, **fields: object) -> Round:
    """The same, opened, by two persons where it mails many; the opening notices are in the outbox."""
    round, by = round_for(*offices, **fields), UserFactory(is_staff=True)
    try:
        return open_round(round=round, by=by, now=now)
    except SecondPersonNeeded:
        asked = ask_release(round=round, act=Release.Act.OPEN, arguments={}, by=by, now=now)
        return release(release=asked, by=UserFactory(is_staff=True), now=now).round


def response_of(round: Round, office: Office) -> OfficeResponse:
    """The answer an office was asked for."""
    return OfficeResponse.objects.select_related("round", "office").get(round=round, office=office)


def ledger(*states: str) -> list[tuple[str, str, str]]:
    """(address, step, state) of every mail, in that order; only in these states, if any are named."""
    rows = Delivery.objects.filter(state__in=states) if states else Delivery.objects.all()
    return sorted(rows.values_list("to_address", "step", "state"))


def mail_to(member: Member, step: str) -> Delivery:
    """The newest mail of one step to one member."""
    return Delivery.objects.filter(to_address=member.email, step=step).latest("created_at")
