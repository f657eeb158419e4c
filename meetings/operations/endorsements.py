"""An office joins the comment of another, or leaves it again: who joined is listed, nothing is counted against anyone.

A revision of the comment takes what was joined to history, the publication of the outcome ends joining.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import Office, User
from consultations.models import OfficeResponse, Submission
from consultations.operations import NotAuthorised, Refusal
from consultations.schedule import recipients
from meetings.emails import (
    Joined,
    joined_message,
    last_morning,
    next_morning,
    revised_message,
    waiting_news,
)
from meetings.models import Circulation, Endorsement, ItemAnswer
from meetings.permissions import offices_that_may_join
from notifications import outbox

ONE_MAIL_A_DAY = "The next message says it too."


class JoiningOver(Refusal):
    """The outcome is published."""

    @property
    def message(self) -> str:
        return _("The outcome is published: comments are no longer joined or left. Nothing was changed.")


class OwnComment(Refusal):
    """An office does not join its own comment."""

    @property
    def message(self) -> str:
        return _("This is the comment of your own office.")


class CommentRevised(Refusal):
    """The author has submitted again since the page was shown."""

    @property
    def message(self) -> str:
        return _("This office has changed its answer since the page was shown. Nothing was done; read it again.")


class AlreadyJoined(Refusal):
    """A colleague was faster."""

    @property
    def message(self) -> str:
        return _("Your office has joined this comment already.")


class NotJoined(Refusal):
    """There is nothing to leave, or a colleague was faster."""

    @property
    def message(self) -> str:
        return _("Your office has left this comment already.")


@transaction.atomic
def join_comment(*, answer: ItemAnswer, office: Office, by: User, now: datetime) -> Endorsement:
    """`office` joins what another office says on an item; its author hears of it the next morning.

    Raises NotAuthorised, JoiningOver, OwnComment, CommentRevised and AlreadyJoined.
    """
    author = _lock(answer, office, by, now)
    if author.office_id == office.pk:
        raise OwnComment
    if answer.submission_id != author.submissions.values_list("pk", flat=True).last() or not _has_words(answer):
        raise CommentRevised
    if answer.endorsements.standing().filter(office=office).exists():
        raise AlreadyJoined
    endorsement = Endorsement.objects.create(answer=answer, office=office, endorsed_by=by, endorsed_at=now)
    _tell_author(author, now)
    return endorsement


@transaction.atomic
def leave_comment(*, answer: ItemAnswer, office: Office, by: User, now: datetime) -> Endorsement:
    """`office` no longer stands under a comment it joined. Raises NotAuthorised, JoiningOver and NotJoined."""
    author = _lock(answer, office, by, now)
    endorsement = answer.endorsements.standing().filter(office=office).first()
    if endorsement is None:
        raise NotJoined
    endorsement.withdrawn_by, endorsement.withdrawn_at = by, now
    endorsement.save(update_fields=["withdrawn_by", "withdrawn_at"])
    _tell_author(author, now)
    return endorsement


@transaction.atomic
def tell_joiners(*, submission: Submission, now: datetime) -> int:
    """Tells the offices that had joined the version before `submission` that it is history; the number of mails.

    Whoever submits again for an office calls it in the same transaction.
    """
    if submission.number == 1:
        return 0
    response = submission.response
    before = Endorsement.objects.standing().filter(
        answer__submission__response=response, answer__submission__number=submission.number - 1
    )
    items: dict[str, list[ItemAnswer]] = {}
    for endorsement in before.select_related("answer__item").order_by("answer__item__order"):
        items.setdefault(endorsement.office_id, []).append(endorsement.answer)
    messages = [
        revised_message(submission, [answer.item for answer in items[office]], member, now)
        for office, members in recipients(items).items()
        for member in members
    ]
    return outbox.queue_many(messages, now=now)


def _lock(answer: ItemAnswer, office: Office, by: User, now: datetime) -> OfficeResponse:
    """The author's response, kept as it is until the end of the transaction; the outcome is not published meanwhile."""
    item = answer.item
    circulation = (
        Circulation.objects.select_for_update(of=("self",)).select_related("round").get(pk=item.circulation_id)
    )
    if office not in offices_that_may_join(by, circulation.round, now):
        raise NotAuthorised
    if circulation.is_concluded:
        raise JoiningOver
    author = OfficeResponse.objects.select_for_update(of=("self",)).select_related("office", "round")
    return author.get(submissions=answer.submission_id)


def _has_words(answer: ItemAnswer) -> bool:
    return bool(answer.comment or answer.wording)


def _tell_author(response: OfficeResponse, now: datetime) -> None:
    """One mail a day to each who speaks for the author, at 09:00 of their time, with everything since the last one."""
    for member in recipients([response.office_id]).get(response.office_id, ()):
        waiting = waiting_news(response, member, next_morning(member, now))
        outbox.cancel(waiting, ONE_MAIL_A_DAY, now=now, state="superseded")
        joined = _joined_since(response, last_morning(member, now))
        if joined:
            outbox.queue(joined_message(response, joined, member, now), now=now)


def _joined_since(response: OfficeResponse, since: datetime) -> Sequence[Joined]:
    rows = Endorsement.objects.standing().filter(answer__submission__response=response, endorsed_at__gte=since)
    items: dict[int, Joined] = {}
    for row in rows.select_related("answer__item", "office").order_by("answer__item__order", "pk"):
        items.setdefault(row.answer.item_id, Joined(item=row.answer.item, offices=[])).offices.append(row.office)
    return list(items.values())
