"""Circulations on their way to an outcome, in one line."""

from datetime import timedelta

from accounts.models import Member, User
from meetings.comments import comments_of, token_of
from meetings.models import ActionItem, Circulation, CirculationItem, Endorsement, ItemAnswer
from meetings.operations.dispositions import Decision, answer_comments
from meetings.operations.endorsements import join_comment
from meetings.operations.outcomes import ItemOutcome, outcome_token, publish_outcome, write_outcome
from notifications.models import Delivery
from tests.consultations.asking import CLOSES
from tests.factories import NOW, ActionItemFactory
from tests.meetings.circulating import opened, submitted

AFTER = CLOSES + timedelta(days=1)
TEXT = "The five actions go ahead."


def comment_of(circulation: Circulation, member: Member, letter: str = "a") -> ItemAnswer:
    """What the office of a member says now on an item."""
    answers = ItemAnswer.objects.that_count(circulation.round).select_related("item")
    return answers.get(submission__response__office=member.office, item__key=letter)


def join(circulation: Circulation, member: Member, author: Member, letter: str = "a", now: object = NOW) -> Endorsement:
    """The office of `member` joins what that of `author` says."""
    answer = comment_of(circulation, author, letter)
    return join_comment(answer=answer, office=member.office, by=member.user, now=now)


def decide(circulation: Circulation, by: User, decision: str = "noted", reason: str = "", now: object = AFTER) -> int:
    """Gives every comment without an answer the same one."""
    decisions = [
        Decision(answer=each.answer.pk, decision=decision, reason=reason, seen=token_of(None))
        for each in comments_of(circulation)
        if each.disposition is None
    ]
    return answer_comments(circulation=circulation, decisions=decisions, by=by, now=now)


def write(circulation: Circulation, by: User, *, en: str = TEXT, status: str = "in_progress", **texts: str) -> None:
    """The outcome text, and the same for every item."""
    circulation.refresh_from_db()
    items = list(circulation.items.order_by("order"))
    outcomes = [ItemOutcome(item=item.pk, outcome=f"Outcome of {item.key}", status_after=status) for item in items]
    seen = outcome_token(circulation, items)
    write_outcome(circulation=circulation, texts={"en": en} | texts, items=outcomes, seen=seen, by=by)


def concluded(circulation: Circulation, by: User, now: object = AFTER) -> Circulation:
    """Every comment noted, the outcome written and published."""
    decide(circulation, by, now=now)
    write(circulation, by)
    return publish_outcome(circulation=circulation, by=by, now=now)


def commented(ana: Member, chloe: Member, olga: Member) -> Circulation:
    """Meridia comments on a, and Norland joins it; Norland only takes positions; Belmora does not answer."""
    circulation = opened(ana.office, chloe.office, olga.office, answers_visible="submitted")
    submitted(circulation, ana, a_position="supports_with_changes", a_wording="New words", a_comment="Share the costs")
    submitted(circulation, chloe)
    join(circulation, chloe, ana)
    return circulation


def ready(circulation: Circulation, staff: Member, **fields: str) -> Circulation:
    """Every comment answered, the outcome written."""
    decide(circulation, staff.user, "partly", "Costs are for the budget.")
    write(circulation, staff.user, **fields)
    circulation.refresh_from_db()
    return circulation


def linked(circulation: Circulation, letter: str = "a") -> ActionItem:
    """The item of the circulation belongs to an action item."""
    item = ActionItemFactory(key=letter)
    CirculationItem.objects.filter(circulation=circulation, key=letter).update(action_item=item)
    return item


def mails() -> dict[str, Delivery]:
    """The mails about the outcome, by address."""
    return {mail.to_address: mail for mail in Delivery.objects.filter(purpose="outcome")}
