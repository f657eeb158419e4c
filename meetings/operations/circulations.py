"""Preparing a circulation, opening it, and turning the draft of an office into its submitted answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.lists import listed
from accounts.models import Office, User
from consultations.drafts import draft_of
from consultations.emails import Line, Part
from consultations.models import OfficeResponse, Release, Round, Submission, default_reminder_days
from consultations.obstacles import Obstacle, obstacles_to_opening
from consultations.operations import (
    NotAuthorised,
    NotOfTheSecretariat,
    Refusal,
    lock_for_submission,
    open_round,
    submit_answers,
)
from consultations.operations.refusals import DraftChanged
from consultations.operations.releases import Deed, Doing, register, register_page, state_of
from consultations.operations.rounds import opening
from consultations.permissions import can_run_rounds
from consultations.rehearsal import Rehearsal
from meetings.item_drafts import ItemDraft, item_drafts
from meetings.models import ActionItem, Circulation, CirculationItem, ItemAnswer, Passage, Session
from meetings.operations.endorsements import tell_joiners
from meetings.wording import as_text


class AlreadyOpened(Refusal):
    """The text is frozen once offices were asked."""

    @property
    def message(self) -> str:
        return _("This circulation is open: its text, offices and items are frozen.")


class DraftIncomplete(Refusal):
    """Items that cannot be submitted as they stand; `items` are those, each with its problems."""

    def __init__(self, items: Sequence[ItemDraft]) -> None:
        super().__init__(*(draft.item.key for draft in items))
        self.items = items

    @property
    def message(self) -> str:
        return _("Nothing was submitted: some items are not ready.")


@dataclass(frozen=True, kw_only=True)
class Preparation:
    """What a circulation is made from; instants are aware UTC, texts by language code with English present."""

    slug: str
    titles: dict[str, str]
    closes_at: datetime
    opens_at: datetime | None = None
    introductions: dict[str, str] = field(default_factory=dict)
    session: Session | None = None
    mandate: Passage | None = None
    reported_period: str = ""
    addressees: Sequence[Office] = ()
    reminder_days: Sequence[int] = field(default_factory=default_reminder_days)
    answers_visible: str = Round.AnswersVisible.PUBLICATION


@dataclass(frozen=True, kw_only=True)
class ItemText:
    """What an item says: its letter, its short heading, its wording."""

    key: str
    heading: str
    text: str


@transaction.atomic
def prepare_circulation(*, preparation: Preparation, by: User, circulation: Circulation | None = None) -> Circulation:
    """Makes a circulation, or changes one that is not open yet. Raises NotAuthorised and AlreadyOpened."""
    circulation = circulation or Circulation()
    _only_in_preparation(circulation, by)
    round = circulation.round if circulation.pk else Round(kind=Round.Kind.CIRCULATION)
    for name in ("slug", "titles", "opens_at", "closes_at", "answers_visible"):
        setattr(round, name, getattr(preparation, name))
    round.reminder_days = sorted(set(preparation.reminder_days), reverse=True)
    round.answer_path = reverse("circulation_answer", args=[preparation.slug])
    round.save()
    round.addressees.set(preparation.addressees)
    circulation.round = round
    for name in ("introductions", "session", "mandate", "reported_period"):
        setattr(circulation, name, getattr(preparation, name))
    circulation.save()
    return circulation


@transaction.atomic
def copy_action_items(*, circulation: Circulation, session: Session | None, by: User) -> int:
    """Adds the action items of a session as items, in their official wording, and returns how many are new.

    The wording is a copy; a letter that is there already is left as it is; without a session there is nothing to copy.
    Raises NotAuthorised and AlreadyOpened.
    """
    _only_in_preparation(circulation, by)
    there = set(circulation.items.values_list("key", flat=True))
    actions = [item for item in ActionItem.objects.filter(session=session).order_by("key") if item.key not in there]
    return _append(
        circulation,
        [
            CirculationItem(key=action.key, heading=action.heading, text=action.official_text, action_item=action)
            for action in actions
        ],
    )


@transaction.atomic
def add_items(*, circulation: Circulation, texts: Sequence[ItemText], by: User) -> int:
    """Adds items with a wording of their own, which no action item stands behind, and returns how many.

    Raises NotAuthorised and AlreadyOpened.
    """
    _only_in_preparation(circulation, by)
    return _append(circulation, [CirculationItem(key=it.key, heading=it.heading, text=it.text) for it in texts])


def _append(circulation: Circulation, items: Sequence[CirculationItem]) -> int:
    """Adds items after those that are there."""
    last = max(circulation.items.values_list("order", flat=True), default=0)
    for order, item in enumerate(items, last + 1):
        item.circulation, item.order = circulation, order
    return len(CirculationItem.objects.bulk_create(items))


def obstacles_to_circulating(circulation: Circulation, now: datetime) -> list[Obstacle]:
    """What stands in the way of opening at `now` (aware UTC), with the items as they are now."""
    _take_parts(circulation)
    return obstacles_to_opening(circulation.round, now)


@transaction.atomic
def open_circulation(
    *, circulation: Circulation, by: User, now: datetime, release: Release | None = None
) -> Circulation:
    """Freezes the items and opens the round; raises as `consultations.operations.open_round`."""
    if not can_run_rounds(by):
        raise NotOfTheSecretariat
    _take_parts(circulation)
    circulation.round.save(update_fields=["sections", "section_headings", "answer_path"])
    open_round(round=circulation.round, by=by, now=now, release=release)
    return circulation


@transaction.atomic
def submit_circulation_answer(
    *, response: OfficeResponse, seen_number: int, seen_draft: str, by: User, now: datetime
) -> Submission:
    """Submits the draft of an office as it stands, which must be the one that was shown (`seen_draft`).

    Raises DraftIncomplete, DraftChanged, and what `consultations.operations.submit_answers` raises.
    """
    locked = lock_for_submission(response=response, seen_number=seen_number, by=by, now=now)
    draft = draft_of(locked)
    items = CirculationItem.objects.filter(circulation__round=locked.round).order_by("order")
    drafts = item_drafts(items, draft)
    if draft.fingerprint != seen_draft:
        raise DraftChanged
    if unready := [each for each in drafts if each.problems]:
        raise DraftIncomplete(unready)
    submission = submit_answers(
        response=locked, seen_number=seen_number, summary=[part_of(each) for each in drafts], by=by, now=now
    )
    ItemAnswer.objects.bulk_create(answer_of(submission, each) for each in drafts)
    tell_joiners(submission=submission, now=now)
    return submission


def _only_in_preparation(circulation: Circulation, by: User) -> None:
    if not can_run_rounds(by):
        raise NotAuthorised
    if circulation.pk and not is_in_preparation(circulation):
        raise AlreadyOpened


def is_in_preparation(circulation: Circulation) -> bool:
    """True while text, offices and items may be changed: neither opened nor of the record."""
    return Round.objects.filter(pk=circulation.round_id, opened_at=None, is_record=False).exists()


def _take_parts(circulation: Circulation) -> None:
    """The items become the parts of the round: their letters, headings and the address of the answer page."""
    items = list(circulation.items.order_by("order"))
    circulation.round.sections = [item.key for item in items]
    circulation.round.section_headings = {item.key: item.heading for item in items}
    circulation.round.answer_path = reverse("circulation_answer", args=[circulation.round.slug])


def answer_of(submission: Submission, draft: ItemDraft) -> ItemAnswer:
    """What a submission says on one item, not saved yet."""
    return ItemAnswer(
        submission=submission,
        item=draft.item,
        position=draft.position,
        willingness=draft.willingness,
        comment=draft.comment,
        wording=draft.wording,
    )


def part_of(draft: ItemDraft) -> Part:
    """An item for the receipt; the words stay lazy, each recipient reads them in their own language."""
    lines = [Line(label=gettext_lazy("Position"), text=ItemAnswer.Position(draft.position).label)]
    if draft.willingness:
        willingness = ItemAnswer.Willingness(draft.willingness).label
        lines.append(Line(label=gettext_lazy("If it goes ahead, your office would"), text=willingness))
    if draft.wording:
        lines.append(Line(label=gettext_lazy("Proposed wording"), text=draft.wording))
        changes = as_text(draft.item.text, draft.wording)
        lines.append(Line(label=gettext_lazy("Against the present text, [-taken out-] and {+put in+}"), text=changes))
    if draft.comment:
        lines.append(Line(label=gettext_lazy("Comment or reason"), text=draft.comment))
    if draft.files:
        names = listed(annex.file.name for annex in draft.files)
        lines.append(Line(label=gettext_lazy("Files"), text=names))
    return Part(key=draft.item.key, heading=draft.item.text, lines=lines)


def _of(round: Round) -> Circulation:
    return Circulation.objects.select_related("round").get(round=round)


def _rehearse_opening(deed: Deed) -> Rehearsal:
    circulation = _of(deed.round)
    _take_parts(circulation)
    return opening(circulation.round, deed.now)


def _state_of(round: Round) -> dict[str, Any]:
    """What opening is decided on: besides the round, the introduction and the text of the items."""
    circulation = _of(round)
    items = circulation.items.order_by("order").values_list("key", "heading", "text")
    return {**state_of(round), "introductions": circulation.introductions, "items": [list(item) for item in items]}


register(
    act=Release.Act.OPEN,
    kind=Round.Kind.CIRCULATION,
    doing=Doing(
        rehearse=_rehearse_opening,
        do=lambda deed: open_circulation(circulation=_of(deed.round), by=deed.by, now=deed.now, release=deed.release),
        state=_state_of,
    ),
)
register_page(
    kind=Round.Kind.CIRCULATION,
    path=lambda release: reverse("circulation_release", args=[release.round.slug, release.pk]),
)
