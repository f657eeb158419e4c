"""What the publication of a circulation's outcome would do: what stands in the way, and who would get which mail."""

from __future__ import annotations

from datetime import datetime
from functools import partial

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import Member
from consultations.models import OfficeResponse
from consultations.obstacles import Obstacle
from consultations.rehearsal import Rehearsal, RehearsedMail, unreachable_among
from consultations.schedule import recipients
from meetings.comments import Comment, comments_of
from meetings.emails import OUTCOME, Outcome, outcome_message
from meetings.models import Circulation, ItemAnswer


def obstacles_to_publishing(circulation: Circulation, now: datetime) -> list[Obstacle]:
    """Everything that prevents the publication of the outcome at `now` (aware UTC); at most two queries."""
    round = circulation.round
    if round.is_record or round.opened_at is None:
        return [Obstacle("unopened", _("No office was asked through this portal."))]
    if circulation.is_concluded:
        return [Obstacle("concluded", _("The outcome is published already."))]
    still_open = round.is_open_at(now) or OfficeResponse.objects.filter(round=round).open_at(now).exists()
    left = ItemAnswer.objects.that_count(round).in_words().filter(disposition=None).count()
    unanswered = ngettext("%(count)s comment has no answer.", "%(count)s comments have no answer.", left)
    checks = (
        (still_open, "open", _("Offices can still submit: it has not closed for all.")),
        (left > 0, "comments", unanswered % {"count": left}),
        (not circulation.outcomes.get("en"), "text", _("The outcome text in English is missing.")),
    )
    return [Obstacle(key, text) for stands, key, text in checks if stands]


def rehearse_outcome(circulation: Circulation, now: datetime) -> Rehearsal:
    """Every mail that leaves when the outcome is published at `now` (aware UTC); seven queries.

    All who speak for an addressed office: one that answered reads what became of each of its comments.
    """
    outcomes = outcomes_for_offices(circulation)
    mails = [_mail(outcomes[code], member, now) for code, members in recipients(outcomes).items() for member in members]
    return Rehearsal(mails=mails, unreachable=unreachable_among(each.office for each in outcomes.values()))


def outcomes_for_offices(circulation: Circulation, *offices: str) -> dict[str, Outcome]:
    """What became of it for each addressed office (all, or those with these codes), by code; four queries."""
    responses = OfficeResponse.objects.filter(round=circulation.round).with_latest().order_by("office_id")
    responses = responses.filter(office__in=offices) if offices else responses
    items, comments = list(circulation.items.order_by("order")), comments_of(circulation)
    return {
        response.office_id: Outcome(
            circulation=circulation,
            response=response,
            items=items,
            comments=[comment for comment in comments if comment.office.pk == response.office_id],
            joined=[comment for comment in comments if _has_joined(comment, response)],
        )
        for response in responses
    }


def _mail(outcome: Outcome, member: Member, now: datetime) -> RehearsedMail:
    return RehearsedMail(
        office=outcome.office,
        member=member,
        step=OUTCOME,
        due_at=now,
        template=f"meetings/{outcome.template}",
        write=partial(outcome_message, outcome, member, now),
    )


def _has_joined(comment: Comment, response: OfficeResponse) -> bool:
    return any(office.pk == response.office_id for office in comment.joined)
