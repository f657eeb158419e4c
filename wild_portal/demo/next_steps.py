"""The open circulation of the demonstration, about the action items of WILD/1: 15 of 24 offices have answered."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

from accounts.deadlines import GENEVA
from accounts.models import Office
from consultations.models import Release
from consultations.operations import ask_release, mark_opened, nudge_offices
from meetings.models import Circulation, Session
from meetings.operations.circulations import Preparation, copy_action_items, prepare_circulation
from notifications.reminders import closing_instant
from wild_portal.demo.acts import Play, answer, at, done_by_two, draft
from wild_portal.demo.cast import Cast
from wild_portal.demo.data import Entry, demo

OPEN_DAYS, DAYS_LEFT = 48, 13  # since the opening, and until the closing, on the day of seeding (decisions.md 30)
SHIFT_WHEN_CLOSED = timedelta(days=DAYS_LEFT + 1)


def play_next_steps(cast: Cast, stage: str, number: int, now: datetime) -> None:
    """Prepares it, opens it and lets the offices work, up to a stage; `number` varies the hours of their answers."""
    plan: Entry = demo()["next_steps"]
    if stage == "closed":
        now -= SHIFT_WHEN_CLOSED
    opened_on = now.astimezone(GENEVA).date() - timedelta(days=OPEN_DAYS)
    circulation = _prepared(cast, plan, at(opened_on, 10))
    if stage == "before":
        return
    play = Play(circulation, cast, opened_on, random.Random(number))  # noqa: S311 hours of a demonstration
    done_by_two(play, Release.Act.OPEN, at(opened_on, 10))
    for entry in plan["answers"]:
        answer(play, entry)
    draft(play, plan["drafts"], now)
    for office, days_ago in plan["opened"].items():
        mark_opened(response=play.response(office), now=now - timedelta(days=days_ago))
    _remind_one(play, plan["reminded"], now)
    if stage == "open":
        _leave_for_second_person(play, plan["to_release"], now)


def _prepared(cast: Cast, plan: Entry, opens_at: datetime) -> Circulation:
    closes_on = opens_at.astimezone(GENEVA).date() + timedelta(days=OPEN_DAYS + DAYS_LEFT)
    circulation = prepare_circulation(
        preparation=Preparation(
            slug=plan["slug"],
            titles=plan["titles"],
            introductions=plan["introductions"],
            opens_at=opens_at,
            closes_at=closing_instant(closes_on),
            session=Session.objects.get(code="WILD/1"),
            addressees=list(Office.objects.filter(is_demo=True)),
        ),
        by=cast.secretariat,
    )
    copy_action_items(circulation=circulation, session=circulation.session, by=cast.secretariat)
    return circulation


def _remind_one(play: Play, entry: Entry, now: datetime) -> None:
    """The one-off reminder an office had between two steps of the schedule."""
    nudge_offices(
        round=play.round,
        offices=[entry["office"]],
        sentence=entry["sentence"],
        by=play.cast.secretariat,
        now=_afternoon(now, entry["days_ago"]),
    )


def _leave_for_second_person(play: Play, entry: Entry, now: datetime) -> None:
    """A reminder to more than ten persons, asked for yesterday: the second person finds it on the desk."""
    arguments = {"offices": entry["offices"], "sentence": entry["sentence"]}
    asked_at, by = _afternoon(now, entry["days_ago"]), play.cast.secretariat
    ask_release(round=play.round, act=Release.Act.NUDGE, arguments=arguments, by=by, now=asked_at)


def _afternoon(now: datetime, days_ago: int) -> datetime:
    return at(now.astimezone(GENEVA).date() - timedelta(days=days_ago), 15, 20)
