"""The outcome of a circulation: written by the Secretariat, published at one instant with everything that follows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from consultations.models import OfficeResponse, Release, Round
from consultations.operations import Refusal, publish_round
from consultations.operations.refusals import NotReady
from consultations.operations.releases import Deed, Doing, register, require_second_person, state_of
from consultations.rehearsal import Rehearsal
from meetings.comments import comments_of, fingerprint
from meetings.models import ActionItem, ActionUpdate, Circulation, CirculationItem
from meetings.operations.action_items import add_update
from meetings.operations.dispositions import lock_undecided
from meetings.outcome import obstacles_to_publishing, rehearse_outcome
from notifications import outbox


class OutcomeChanged(Refusal):
    """A colleague has saved another text since the form was made."""

    @property
    def message(self) -> str:
        return _("A colleague has changed this text in the meantime. Nothing was saved; your text is kept.")


class NotReadyToPublish(NotReady):
    """Publishing an outcome."""


@dataclass(frozen=True, kw_only=True)
class ItemOutcome:
    """What became of one item, and the status its action item takes; "" leaves the status as it is."""

    item: int
    outcome: str
    status_after: str


@transaction.atomic
def write_outcome(
    *, circulation: Circulation, texts: Mapping[str, str], items: Sequence[ItemOutcome], seen: str, by: User
) -> Circulation:
    """Keeps the outcome text by language and what became of each item; nobody but the Secretariat reads it yet.

    `seen` is the `outcome_token` the form was made from. Raises NotAuthorised, Concluded and OutcomeChanged.
    """
    locked = lock_undecided(circulation=circulation, by=by)
    rows = {item.pk: item for item in locked.items.all()}
    if outcome_token(locked, list(rows.values())) != seen:
        raise OutcomeChanged
    locked.outcomes = {language: text for language, text in texts.items() if text}
    locked.save(update_fields=["outcomes"])
    for each in items:
        rows[each.item].outcome, rows[each.item].status_after = each.outcome, each.status_after
    CirculationItem.objects.bulk_update(rows.values(), ["outcome", "status_after"])
    return locked


@transaction.atomic
def publish_outcome(
    *, circulation: Circulation, by: User, now: datetime, release: Release | None = None
) -> Circulation:
    """Publishes the outcome at `now`: answers and outcome for members, a mail to every addressed office, the updates.

    Raises NotAuthorised, Concluded where somebody was faster, NotReadyToPublish with what is missing, and
    SecondPersonNeeded.
    """
    locked = lock_undecided(circulation=circulation, by=by)
    list(Round.objects.filter(pk=locked.round_id).select_for_update(no_key=True))
    list(OfficeResponse.objects.filter(round=locked.round_id).order_by("pk").select_for_update(no_key=True))
    if obstacles := obstacles_to_publishing(locked, now):
        raise NotReadyToPublish(obstacles)
    rehearsal = rehearse_outcome(locked, now)
    require_second_person(
        round=locked.round, act=Release.Act.OUTCOME, count=rehearsal.recipients, release=release, now=now
    )
    if locked.round.published_at is None:
        publish_round(round=locked.round, by=by, now=now)
    locked.outcome_published_at, locked.outcome_published_by = now, by
    locked.save(update_fields=["outcome_published_at", "outcome_published_by"])
    for item in locked.items.select_related("action_item", "circulation__round").order_by("order"):
        if item.action_item is not None:
            _update_action_item(item.action_item, item, by, now)
    outbox.queue_many([mail.write() for mail in rehearsal.mails], now=now)
    return locked


def outcome_token(circulation: Circulation, items: Sequence[CirculationItem]) -> str:
    """A fingerprint of the outcome as it stands, for the form that shows it."""
    texts = [f"{language}={text}" for language, text in sorted(circulation.outcomes.items())]
    ordered = sorted(items, key=lambda item: item.order)
    return fingerprint(*texts, *(f"{item.pk}={item.outcome}={item.status_after}" for item in ordered))


def _update_action_item(action: ActionItem, item: CirculationItem, by: User, now: datetime) -> None:
    newest = action.newest_update
    status = item.status_after or (newest.status if newest else ActionUpdate.Status.CIRCULATED)
    add_update(item=action, status=status, note=item.outcome, circulation=item.circulation, by=by, now=now)


def _circulation_of(round: Round) -> Circulation:
    return Circulation.objects.select_related("round").get(round=round)


def _rehearse(deed: Deed) -> Rehearsal:
    circulation = _circulation_of(deed.round)
    if obstacles := obstacles_to_publishing(circulation, deed.now):
        raise NotReadyToPublish(obstacles)
    return rehearse_outcome(circulation, deed.now)


def _publish(deed: Deed) -> Circulation:
    return publish_outcome(circulation=_circulation_of(deed.round), by=deed.by, now=deed.now, release=deed.release)


def _state(round: Round) -> dict[str, Any]:
    """What the second person releases: the round, the texts and every answer to a comment as they were asked for."""
    circulation = _circulation_of(round)
    answers = [f"{comment.answer.pk}={comment.token}" for comment in comments_of(circulation)]
    text = outcome_token(circulation, list(circulation.items.all()))
    return state_of(round) | {"outcome": fingerprint(text, *answers)}


register(
    act=Release.Act.OUTCOME,
    kind=Round.Kind.CIRCULATION,
    doing=Doing(rehearse=_rehearse, do=_publish, state=_state),
)
