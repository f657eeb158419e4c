"""What offices and the Secretariat do in a circulation of the demonstration, each act at an instant of the past."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from accounts.deadlines import GENEVA
from accounts.models import User
from consultations.drafts import draft_of
from consultations.models import OfficeResponse, Round
from consultations.operations import Edit, Letter, add_annex, ask_release, mark_opened, release, save_draft, sign_off
from meetings.item_drafts import FIELDS
from meetings.models import Circulation
from meetings.operations.circulations import submit_circulation_answer
from meetings.operations.on_behalf import enter_circulation_answer
from wild_portal.demo.cast import Cast
from wild_portal.demo.data import Entry, file_of

REVIEWED = timedelta(minutes=9)  # from the first word of an answer to its submission


@dataclass(frozen=True)
class Play:
    """One circulation, who takes part, the Geneva day on which it opened, and what chance decides: the hours."""

    circulation: Circulation
    cast: Cast
    opened_on: date
    chance: random.Random

    @property
    def round(self) -> Round:
        """Its deadlines and answers."""
        return self.circulation.round

    def response(self, office: str) -> OfficeResponse:
        """The answer an office (its code) owes or gave."""
        return OfficeResponse.objects.get(round=self.round, office=office)

    def working_hour(self, days: int) -> datetime:
        """Some minute of working time so many days after the opening."""
        return at(self.opened_on + timedelta(days=days), self.chance.randint(8, 17), self.chance.randint(0, 59))


def at(day: date, hour: int, minute: int = 0) -> datetime:
    """An hour of a Geneva day as an aware instant."""
    return datetime.combine(day, time(hour, minute), GENEVA).astimezone(UTC)


def done_by_two(play: Play, act: str, now: datetime) -> None:
    """An act that mails many: one of the Secretariat asks, the other releases."""
    asked = ask_release(round=play.round, act=act, arguments={}, by=play.cast.secretariat, now=now)
    release(release=asked, by=play.cast.second, now=now)
    play.circulation.refresh_from_db()


def answer(play: Play, entry: Entry) -> None:
    """An office drafts and submits on one day, or its letter is entered by the Secretariat."""
    response, now = play.response(entry["office"]), play.working_hour(entry["day"])
    if "letter" in entry:
        _enter_letter(play, response, entry, now)
        return
    by = play.cast.login(entry["by"]) if "by" in entry else play.cast.speaker(entry["office"])
    mark_opened(response=response, now=now)
    write(response, entry["items"], by, now)
    seen_draft = draft_of(response).fingerprint
    submit_circulation_answer(response=response, seen_number=0, seen_draft=seen_draft, by=by, now=now + REVIEWED)


def _enter_letter(play: Play, response: OfficeResponse, entry: Entry, now: datetime) -> None:
    came = entry["letter"]
    letter = Letter(
        upload=file_of(came),
        received_on=play.opened_on + timedelta(days=came["day"]),
        reason=came["reason"],
    )
    values = {edit.key: edit.value for edit in _edits(entry["items"])}
    by = play.cast.secretariat
    enter_circulation_answer(response=response, seen_number=0, letter=letter, values=values, by=by, now=now)


def draft(play: Play, entries: Iterable[Entry], now: datetime) -> None:
    """Offices that have begun, so many minutes before `now`: one writes about an item, or signs off what stands."""
    for entry in entries:
        member, moment = play.cast.people[entry["by"]], now - timedelta(minutes=entry["minutes_ago"])
        response, by = play.response(str(member.office_id)), play.cast.login(entry["by"])
        mark_opened(response=response, now=moment)
        if "key" in entry:
            write(response, {entry["key"]: entry}, by, moment)
        else:
            sign_off(response=response, seen_draft=draft_of(response).fingerprint, by=by, now=moment)


def write(response: OfficeResponse, items: Mapping[str, Entry], by: User, now: datetime) -> None:
    """What somebody writes about items, by their letters, with the files."""
    save_draft(response=response, edits=_edits(items), by=by, now=now)
    for key, item in items.items():
        for file in item.get("annexes", ()):
            add_annex(response=response, section=key, upload=file_of(file), by=by, now=now)


def _edits(items: Mapping[str, Entry]) -> list[Edit]:
    return [
        Edit(key=f"{key}.{name}", value=item[name], seen=0)
        for key, item in items.items()
        for name in FIELDS
        if item.get(name)
    ]
