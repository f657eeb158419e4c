"""A circulation's answer that came by e-mail or letter, entered item by item under the rules of the office's own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from consultations.drafts import Draft, FieldState, Version
from consultations.models import OfficeResponse, Submission
from consultations.operations import Letter, Refusal, Said, record_on_behalf
from meetings.item_drafts import ItemDraft, item_drafts
from meetings.models import CirculationItem, ItemAnswer
from meetings.operations.circulations import answer_of, part_of
from meetings.operations.endorsements import tell_joiners


class LetterIncomplete(Refusal):
    """Items that cannot be entered as they stand; `items` are those, each with its problems."""

    def __init__(self, items: Sequence[ItemDraft]) -> None:
        super().__init__(*(draft.item.key for draft in items))
        self.items = items

    @property
    def message(self) -> str:
        return _("Nothing was entered: some items are not complete.")


@transaction.atomic
def enter_circulation_answer(
    *, response: OfficeResponse, seen_number: int, letter: Letter, values: Mapping[str, str], by: User, now: datetime
) -> Submission:
    """Enters what an office said by e-mail or letter; `values` by key of the draft, such as a.position.

    Raises LetterIncomplete, and what `consultations.operations.record_on_behalf` raises.
    """
    items = CirculationItem.objects.filter(circulation__round=response.round_id).order_by("order")
    drafts = read_letter(items=items, values=values, by=by, now=now)
    if unready := [each for each in drafts if each.problems]:
        raise LetterIncomplete(unready)
    said = Said(values=values, summary=[part_of(each) for each in drafts])
    submission = record_on_behalf(response=response, seen_number=seen_number, letter=letter, said=said, by=by, now=now)
    ItemAnswer.objects.bulk_create(answer_of(submission, each) for each in drafts)
    tell_joiners(submission=submission, now=now)
    return submission


def read_letter(
    *, items: Iterable[CirculationItem], values: Mapping[str, str], by: User, now: datetime
) -> list[ItemDraft]:
    """What a letter says on every item, in the form in which an office's own draft is checked."""
    draft = Draft({key: _as_written(key, value, by, now) for key, value in values.items()})
    return item_drafts(items, draft)


def _as_written(key: str, value: str, by: User, now: datetime) -> FieldState:
    version = Version(
        number=1, value=value, editor_id=by.pk, editor="", started_at=now, edited_at=now, is_from_letter=True
    )
    return FieldState(key=key, seen=0, newest=version, others=())
