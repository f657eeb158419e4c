"""Who gets which mail about a round, and when: computed, never stored (reminders.md 3.5).

Reminders leave at 09:00 of the recipient's zone, so many days before the Geneva day of closing; a step that fell before
the office was asked, or before its deadline was moved, never existed for it. Instants are aware UTC.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from operator import attrgetter

from django.db import models

from accounts.models import Member, Office
from consultations.models import LAST_MILLISECOND, Extension, OfficeResponse, Round
from notifications.message import address_hash
from notifications.reminders import CLOSING, OPENING, steps_reached

NUDGE = "nudge"  # a reminder a person decides on, once for each office, beside the steps of the schedule
EXTENSION = "extension"  # what "opening" is called for a deadline that was moved
CLOSING_NOTICE_KEEPS = timedelta(days=7)  # later than this nobody is told that it has closed
Step = tuple[str, datetime]


@dataclass(frozen=True, kw_only=True)
class Asked:
    """One office's answer with what its mails depend on.

    `asked_at` is the instant its deadline dates from: when the office was asked, or when the deadline was moved by
    `extension`.
    """

    response: OfficeResponse
    is_answered: bool
    asked_at: datetime
    extension: Extension | None


@dataclass(frozen=True, kw_only=True)
class PlannedMail:
    """One mail that goes to one member unless the office answers before; `due_at` is aware UTC."""

    office: Office
    member: Member
    step: str
    due_at: datetime

    @property
    def days_before(self) -> int | None:
        """Days before closing for a reminder, None for a notice."""
        return int(self.step) if self.step.isdecimal() else None


@dataclass(frozen=True, kw_only=True)
class Due(PlannedMail):
    """A mail whose time has come: the latest step reached, the earlier ones it overtakes, the reminder to come.

    `is_readdressed`: the mail for the same step was cancelled at a former address of the member.
    """

    asked: Asked
    overtaken: tuple[Step, ...]
    next_at: datetime | None
    is_readdressed: bool = False

    @property
    def response(self) -> OfficeResponse:
        """The answer the mail is about."""
        return self.asked.response

    @property
    def key(self) -> str:
        """The outbox's key: one mail for one deadline, one step, one person (decisions.md 4)."""
        key = mail_key(self.response, self.step, self.member)
        return f"{key}:{address_hash(self.member.email)[:16]}" if self.is_readdressed else key

    @property
    def overtaken_keys(self) -> list[str]:
        """The keys of the earlier steps."""
        return [mail_key(self.response, step, self.member) for step, _ in self.overtaken]


def mail_key(response: OfficeResponse, step: str, member: Member) -> str:
    """The key under which the outbox knows one step of one response for one member."""
    return f"{response.subject_key}:v{response.deadline_version}:{step}:{member.pk}"


def rounds_with_mail(now: datetime) -> models.QuerySet[Round]:
    """Rounds about which something may be owed at `now`: open ones, and those closed in the last seven days."""
    recent = OfficeResponse.objects.filter(round=models.OuterRef("pk"), closes_at__gt=now - CLOSING_NOTICE_KEEPS)
    return Round.objects.opened().filter(models.Exists(recent)).order_by("pk")


def asked_in(round: Round) -> list[Asked]:
    """The answers asked for in a round, by office code; two queries.

    What moved the deadlines is read after them: where one moves in between, the answer is seen as it was, and the
    planner drops it. The other way round a moved deadline would look like a first one and owe a second opening notice.
    """
    answered = OfficeResponse.objects.answered().filter(pk=models.OuterRef("pk"))
    asked = round.responses.select_related("office").annotate(is_answered=models.Exists(answered))
    responses = list(asked.order_by("office_id"))
    extensions = list(round.extensions.all())
    found = []
    for response in responses:
        response.round = round
        moved = _moved_by(response, extensions)
        asked_at = moved.decided_at if moved else response.created_at
        found.append(Asked(response=response, is_answered=response.is_answered, asked_at=asked_at, extension=moved))
    return found


def _moved_by(response: OfficeResponse, extensions: Iterable[Extension]) -> Extension | None:
    """What set the present deadline of an answer, for all offices or this one; None while the first one stands.

    An office keeps a later deadline of its own when all are moved, and one that was asked later was not moved before.
    """
    concerning = (
        each
        for each in extensions
        if each.response_id in (None, response.pk)
        and each.new_closes_at == response.closes_at
        and each.decided_at >= response.created_at
    )
    return max(concerning, key=attrgetter("decided_at"), default=None) if response.deadline_version > 1 else None


def recipients(offices: Iterable[Office | str]) -> dict[str, list[Member]]:
    """Those who speak for each office, focal points first, by office code; an office without them is left out."""
    members: dict[str, list[Member]] = {}
    found = Member.objects.speaking_for_office().filter(office__in=offices).select_related("office")
    for member in found.order_by("office", "-role", "pk"):
        members.setdefault(str(member.office_id), []).append(member)
    return members


def dues(round: Round, now: datetime) -> list[Due]:
    """Every mail owed about a round at `now`, whether or not the outbox has it already; three queries.

    Offices that still owe an answer: the latest step reached. After closing: the closing notice, to all.
    """
    found = (_due(asked, member, now) for asked, member in _pairs(asked_in(round)))
    return [due for due in found if due is not None]


def _pairs(every: list[Asked]) -> list[tuple[Asked, Member]]:
    members = recipients([asked.response.office_id for asked in every])
    return [(asked, member) for asked in every for member in members.get(asked.response.office_id, ())]


def _due(asked: Asked, member: Member, now: datetime) -> Due | None:
    response, every = asked.response, _steps(asked, member)
    reached = [step for step in every if step[1] <= now]
    is_over = now >= response.closes_at + CLOSING_NOTICE_KEEPS
    if not reached or is_over or (asked.is_answered and response.is_open_at(now)):
        return None
    step, due_at = reached[-1]
    return Due(
        office=response.office,
        member=member,
        step=step,
        due_at=due_at,
        asked=asked,
        overtaken=() if asked.is_answered else tuple(reached[:-1]),
        next_at=_next_reminder(every, now),
    )


def _steps(asked: Asked, member: Member) -> list[Step]:
    """Every step of an answer for one member, oldest first, from the notice to the closing notice."""
    closes_at, days = asked.response.closes_at, asked.response.round.reminder_days
    over_at = max(closes_at + LAST_MILLISECOND, asked.asked_at)
    (_, asked_at), *rest = steps_reached(closes_at, days, member.zone, asked.asked_at, over_at)
    if asked.extension and asked.extension.is_early_closing:
        return rest
    return [(EXTENSION if asked.extension else OPENING, asked_at), *rest]


def planned_mails(round: Round, now: datetime) -> list[Due]:
    """What goes out from `now` on, in the order of time, as today's members and answers stand; three queries.

    For a round in preparation: what would go out if it were opened at `now`.
    """
    if round.opened_at is None:
        return planned(asked_when_opened(round, now))
    return [due for due in planned(asked_in(round)) if due.due_at > now]


def asked_when_opened(round: Round, now: datetime) -> list[Asked]:
    """The answers that would be asked for if the round were opened at `now`, none of them saved; one query."""
    responses = (
        OfficeResponse(round=round, office=office, closes_at=round.closes_at, created_at=now)
        for office in round.addressees.order_by("code")
    )
    return [Asked(response=response, is_answered=False, asked_at=now, extension=None) for response in responses]


def planned(every: list[Asked]) -> list[Due]:
    """Every mail these answers ask for from the notice on, in the order of time; after an answer only notices."""
    dues = (
        Due(
            office=asked.response.office,
            member=member,
            step=step,
            due_at=at,
            asked=asked,
            overtaken=(),
            next_at=_next_reminder(_steps(asked, member), at),
        )
        for asked, member in _pairs(every)
        for step, at in _steps(asked, member)
        if not (asked.is_answered and step.isdecimal())
    )
    return sorted(dues, key=lambda due: (due.due_at, due.office.code, due.member.pk))


def may_be_nudged(round: Round, now: datetime) -> list[Office]:
    """The offices that may get a one-off reminder at `now`, by code; two queries."""
    return [asked.response.office for asked in asked_in(round) if _may_be_nudged(asked, now)]


def nudges(round: Round, offices: Iterable[str], now: datetime) -> list[Due]:
    """The one-off reminders that may go to these offices (codes) at `now`, by office; three queries.

    Only to those that still owe an answer, may give it, and had none before.
    """
    chosen = set(offices)
    owing = [asked for asked in asked_in(round) if asked.response.office_id in chosen and _may_be_nudged(asked, now)]
    return [
        Due(
            office=asked.response.office,
            member=member,
            step=NUDGE,
            due_at=now,
            asked=asked,
            overtaken=(),
            next_at=_next_reminder(_steps(asked, member), now),
        )
        for asked, member in _pairs(owing)
    ]


def _may_be_nudged(asked: Asked, now: datetime) -> bool:
    return not asked.is_answered and asked.response.is_open_at(now) and asked.response.nudged_at is None


def _next_reminder(steps: list[Step], after: datetime) -> datetime | None:
    return min((at for step, at in steps if at > after and step != CLOSING), default=None)
