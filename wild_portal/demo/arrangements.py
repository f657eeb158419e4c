"""The concluded circulation of the demonstration, between its offices and about items of their own.

No action item stands behind it, so nothing is written into a history of the record. Days are counted from its opening.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import datetime, timedelta

from accounts.deadlines import GENEVA
from accounts.models import Office
from consultations.models import Release, Round
from consultations.operations import mark_opened, reopen_response
from meetings.comments import comments_of, token_of
from meetings.models import ItemAnswer
from meetings.operations.circulations import ItemText, Preparation, add_items, prepare_circulation
from meetings.operations.dispositions import Decision, answer_comments
from meetings.operations.endorsements import join_comment
from meetings.operations.outcomes import ItemOutcome, outcome_token, write_outcome
from notifications.message import address_hash
from notifications.operations import suppress_address
from notifications.reminders import closing_instant
from wild_portal.demo.acts import Play, answer, at, done_by_two
from wild_portal.demo.cast import Cast
from wild_portal.demo.data import Entry, demo


def play_arrangements(cast: Cast, number: int, now: datetime) -> None:
    """Lets it happen from its preparation to the publication of its outcome, the last of it months before `now`."""
    plan: Entry = demo()["arrangements"]
    opened_on = now.astimezone(GENEVA).date() - timedelta(days=plan["opened_days_ago"])
    play = _opened(cast, plan, at(opened_on, 10), random.Random(number))  # noqa: S311 hours of a demonstration
    _lose(play, plan["lost"])
    for entry in plan["answers"]:
        answer(play, entry)
    for office, day in plan["opened"].items():
        mark_opened(response=play.response(office), now=play.working_hour(day))
    _reopen(play, plan["late"])
    _join(play, plan)
    _conclude(play, plan)


def _opened(cast: Cast, plan: Entry, now: datetime, chance: random.Random) -> Play:
    opened_on, by = now.astimezone(GENEVA).date(), cast.secretariat
    circulation = prepare_circulation(
        preparation=Preparation(
            slug=plan["slug"],
            titles=plan["titles"],
            introductions=plan["introductions"],
            opens_at=now,
            closes_at=closing_instant(opened_on + timedelta(days=plan["closed_on_day"])),
            addressees=list(Office.objects.filter(is_demo=True)),
            answers_visible=Round.AnswersVisible.SUBMITTED,
        ),
        by=by,
    )
    texts = [ItemText(key=key, heading=item["heading"], text=item["text"]) for key, item in plan["items"].items()]
    add_items(circulation=circulation, texts=texts, by=by)
    play = Play(circulation, cast, opened_on, chance)
    done_by_two(play, Release.Act.OPEN, now)
    return play


def _lose(play: Play, entry: Entry) -> None:
    """No address of an office works: mail came back, so its silence is none."""
    for member in play.cast.people.values():
        if member.office_id == entry["office"]:
            suppress_address(
                address_sha256=address_hash(member.email),
                reason=entry["reason"],
                evidence=entry["evidence"],
                until=None,
                now=play.working_hour(entry["day"]),
            )


def _reopen(play: Play, entry: Entry) -> None:
    """One office gets more time after the closing, and answers late."""
    reopen_response(
        response=play.response(entry["office"]),
        closes_at=closing_instant(play.opened_on + timedelta(days=entry["until_day"])),
        reason=entry["reason"],
        by=play.cast.secretariat,
        now=play.working_hour(entry["asked_on_day"]),
    )
    answer(play, entry)


def _words(plan: Entry) -> Iterator[tuple[str, str, Entry]]:
    """Whatever an office said in words: its code, the letter of the item, what was said and what became of it."""
    for entry in (*plan["answers"], plan["late"]):
        yield from ((entry["office"], key, item) for key, item in entry["items"].items() if "decision" in item)


def _join(play: Play, plan: Entry) -> None:
    """Offices that had submitted join what others said."""
    said = ItemAnswer.objects.that_count(play.round)
    for office, key, item in _words(plan):
        for joining in item.get("joined", ()):
            join_comment(
                answer=said.get(submission__response__office=office, item__key=key),
                office=Office.objects.get(code=joining),
                by=play.cast.speaker(joining),
                now=play.working_hour(plan["joined_on_day"]),
            )


def _conclude(play: Play, plan: Entry) -> None:
    """Every comment is answered, the outcome written, and both published at one instant by two persons."""
    circulation, by, said = play.circulation, play.cast.secretariat, {(o, k): item for o, k, item in _words(plan)}
    decisions = [
        Decision(
            answer=comment.answer.pk,
            decision=said[comment.office.code, comment.item.key]["decision"],
            reason=said[comment.office.code, comment.item.key]["reason"],
            seen=token_of(None),
        )
        for comment in comments_of(circulation)
    ]
    answer_comments(circulation=circulation, decisions=decisions, by=by, now=play.working_hour(plan["answered_on_day"]))
    items = list(circulation.items.all())
    outcomes = [ItemOutcome(item=it.pk, outcome=plan["items"][it.key]["outcome"], status_after="") for it in items]
    seen = outcome_token(circulation, items)
    write_outcome(circulation=circulation, texts=plan["outcomes"], items=outcomes, seen=seen, by=by)
    done_by_two(play, Release.Act.OUTCOME, play.working_hour(plan["published_on_day"]))
