"""The Secretariat answers what offices said in words; members read it when the outcome is published, not before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from consultations.operations import NotAuthorised, Refusal
from meetings.comments import token_of
from meetings.models import Circulation, Disposition, ItemAnswer
from meetings.permissions import can_dispose

REASON_NEEDED = (Disposition.Decision.PARTLY, Disposition.Decision.NOT_TAKEN_IN)


@dataclass(frozen=True, kw_only=True)
class Decision:
    """What is to stand below one comment: the id of the answer, a decision ("" takes it back) and its reason.

    `seen` is the token of what stood there when the form was made.
    """

    answer: int
    decision: str
    reason: str
    seen: str


class Concluded(Refusal):
    """The outcome is published: everything about it stands."""

    @property
    def message(self) -> str:
        return _("The outcome is published. Nothing was changed.")


class ReasonNeeded(Refusal):
    """An answer that does not take a comment in as it stands says why."""

    @property
    def message(self) -> str:
        return _("“Taken in partly” and “not taken in” need a reason. Nothing was saved.")


class CommentsGone(Refusal):
    """An office has submitted again: these comments are history."""

    @property
    def message(self) -> str:
        return _("An office has changed its answer since this page was shown. Nothing was saved; your text is kept.")


class AnsweredMeanwhile(Refusal):
    """A colleague has answered some of these comments; `dispositions` stand there now, by the id of the answer."""

    def __init__(self, dispositions: dict[int, Disposition | None]) -> None:
        super().__init__(*dispositions)
        self.dispositions = dispositions

    @property
    def message(self) -> str:
        return _("A colleague has answered some of this in the meantime. Nothing was saved; your text is kept.")


@transaction.atomic
def answer_comments(*, circulation: Circulation, decisions: Sequence[Decision], by: User, now: datetime) -> int:
    """Writes what becomes of one or of many comments, all or none; the number of comments it concerned.

    Raises NotAuthorised, Concluded, ReasonNeeded, CommentsGone and AnsweredMeanwhile.
    """
    lock_undecided(circulation=circulation, by=by)
    if any(each.decision in REASON_NEEDED and not each.reason.strip() for each in decisions):
        raise ReasonNeeded
    there = _answers(circulation, decisions)
    standing = {pk: getattr(answer, "disposition", None) for pk, answer in there.items()}
    changed = {each.answer: standing[each.answer] for each in decisions if token_of(standing[each.answer]) != each.seen}
    if changed:
        raise AnsweredMeanwhile(changed)
    _write(decisions, by, now)
    return len(decisions)


def lock_undecided(*, circulation: Circulation, by: User) -> Circulation:
    """The circulation, kept as it is until the end of the transaction. Raises NotAuthorised and Concluded."""
    if not can_dispose(by):
        raise NotAuthorised
    rows = Circulation.objects.select_for_update(of=("self",)).select_related("round")
    locked = rows.get(pk=circulation.pk)
    if locked.is_concluded:
        raise Concluded
    return locked


def _answers(circulation: Circulation, decisions: Sequence[Decision]) -> dict[int, ItemAnswer]:
    wanted = {each.answer for each in decisions}
    rows = ItemAnswer.objects.that_count(circulation.round).in_words().filter(item__circulation=circulation)
    found = rows.select_related("disposition__decided_by").in_bulk(wanted)
    if set(found) != wanted:
        raise CommentsGone
    return found


def _write(decisions: Sequence[Decision], by: User, now: datetime) -> None:
    Disposition.objects.filter(answer__in=[each.answer for each in decisions if not each.decision]).delete()
    rows = [
        Disposition(
            answer_id=each.answer,
            decision=each.decision,
            reason=each.reason.strip(),
            decided_by=by,
            decided_at=now,
        )
        for each in decisions
        if each.decision
    ]
    Disposition.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["answer"],
        update_fields=["decision", "reason", "decided_by", "decided_at"],
    )
