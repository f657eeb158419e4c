"""What an act would mail, before it is done: who, when, in which language, from which template, in which words.

Nothing is stored and nothing owed. An office's draft stays its own: reminders are shown as to an office that has not
begun. A link that only its owner may follow is left out of what is shown.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from copy import copy
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from django.utils import translation
from django.utils.translation import gettext as _

from accounts.models import Member, Office
from consultations.drafts import Draft
from consultations.emails import due_message, nudge_message
from consultations.models import LAST_MILLISECOND, Extension, Round
from consultations.schedule import Asked, Due, asked_in, asked_when_opened, nudges, planned, planned_mails, recipients
from notifications.message import Message, Rendered, address_hash, mailbox
from notifications.models import Suppression

NOT_BEGUN = Draft({})
ADDRESSES_REFUSED, NOBODY_SPEAKS = "addresses", "nobody"
Write = Callable[[], Message]


@dataclass(frozen=True, kw_only=True)
class RehearsedMail:
    """One mail that would go to one member at `due_at` (aware UTC); `template` is "<app>/<message>"."""

    office: Office
    member: Member
    step: str
    due_at: datetime
    template: str
    write: Write

    @property
    def code(self) -> str:
        """What a page calls it by."""
        return f"{self.step}:{self.member.pk}"

    @property
    def language(self) -> str:
        """The language it is written in."""
        return self.member.language

    @property
    def zone(self) -> str:
        """IANA name of the recipient's zone."""
        return self.member.zone

    @property
    def days_before(self) -> int | None:
        """Days before closing for a reminder, None for a notice."""
        return int(self.step) if self.step.isdecimal() else None

    def render(self) -> Rendered:
        """Subject, text and HTML as they would be sent, without the recipient's own link for handing over."""
        message = self.write()
        with translation.override(self.language):
            hidden = _("(the recipient's own link)")
        own = message.leave_url or "\0"
        return Rendered(message.subject, message.text.replace(own, hidden), message.html.replace(own, "#"))


@dataclass(frozen=True, kw_only=True)
class Unreachable:
    """An office no mail would reach, and why: ADDRESSES_REFUSED or NOBODY_SPEAKS."""

    office: Office
    reason: str


@dataclass(frozen=True, kw_only=True)
class Rehearsal:
    """Every mail an act leads to, in the order of time, and the offices none of them reaches."""

    mails: Sequence[RehearsedMail]
    unreachable: Sequence[Unreachable] = ()

    @property
    def at_once(self) -> list[RehearsedMail]:
        """Those that leave when the act is done; the others follow by the schedule."""
        first = min((mail.due_at for mail in self.mails), default=None)
        return [mail for mail in self.mails if mail.due_at == first]

    @property
    def recipients(self) -> int:
        """How many persons the act itself mails."""
        return len({mail.member.pk for mail in self.at_once})

    @property
    def languages(self) -> dict[str, int]:
        """Number of mails by language, the most frequent first."""
        return dict(Counter(mail.language for mail in self.mails).most_common())


def rehearse_opening(round: Round, now: datetime) -> Rehearsal:
    """What opening at `now` (aware UTC) leads to, from the notice to the closing notice; three queries."""
    asked = asked_when_opened(round, now)
    return _rehearsal(planned(asked), asked, now)


def rehearse_extension(round: Round, closes_at: datetime, reason: str, now: datetime) -> Rehearsal:
    """What moving the deadline to `closes_at` leads to: the notice to all concerned, fresh reminders; five queries."""
    moved = _moved(round, closes_at, reason, now)
    asked = [_under(moved, each) for each in asked_in(round) if each.response.closes_at < closes_at]
    return _rehearsal(planned(asked), asked, now)


def rehearse_closing(round: Round, reason: str, now: datetime) -> Rehearsal:
    """What closing at `now` leads to: the closing notice with the reason to every office; five queries."""
    moved = _moved(round, now - LAST_MILLISECOND, reason, now)
    asked = [_under(moved, each) for each in asked_in(round)]
    return _rehearsal(planned(asked), asked, now)


def rehearse_nudge(round: Round, offices: Iterable[str], sentence: str, now: datetime) -> Rehearsal:
    """What a one-off reminder to these offices (codes) mails; offices that may not be reminded are left out."""
    chosen, dues = set(offices), nudges(round, offices, now)
    asked = [each for each in asked_in(round) if each.response.office_id in chosen]
    return _rehearsal(dues, asked, now, sentence=sentence)


def rehearse_schedule(round: Round, now: datetime) -> Rehearsal:
    """What goes out from `now` on if nothing is done, or, in preparation, if it were opened at `now`."""
    asked = asked_in(round) if round.opened_at else asked_when_opened(round, now)
    return _rehearsal(planned_mails(round, now), asked, now)


def unreachable_among(offices: Iterable[Office]) -> list[Unreachable]:
    """The offices in which nobody speaks for the office, or nobody has an address that works; two queries."""
    offices = list(offices)
    speaking = recipients(offices)
    hashes = {
        member.pk: address_hash(mailbox(member.email) or member.email)
        for members in speaking.values()
        for member in members
    }
    refused = set(
        Suppression.objects.live()
        .filter(address_sha256__in=set(hashes.values()))
        .values_list("address_sha256", flat=True)
    )
    found = []
    for office in offices:
        members = speaking.get(office.code, [])
        if not any(hashes[member.pk] not in refused for member in members):
            reason = ADDRESSES_REFUSED if members else NOBODY_SPEAKS
            found.append(Unreachable(office=office, reason=reason))
    return found


def _moved(round: Round, closes_at: datetime, reason: str, now: datetime) -> Extension:
    return Extension(
        round=round, old_closes_at=round.closes_at, new_closes_at=closes_at, reason=reason.strip(), decided_at=now
    )


def _under(moved: Extension, asked: Asked) -> Asked:
    """The answer as it would be asked for with the new deadline; nothing is saved."""
    response = copy(asked.response)
    response.closes_at, response.deadline_version = moved.new_closes_at, response.deadline_version + 1
    return Asked(response=response, is_answered=asked.is_answered, asked_at=moved.decided_at, extension=moved)


def _rehearsal(dues: Sequence[Due], asked: Sequence[Asked], now: datetime, sentence: str | None = None) -> Rehearsal:
    """With `sentence` the mails are one-off reminders."""
    colleagues: dict[str, dict[int, Member]] = {}
    for due in dues:
        colleagues.setdefault(due.office.code, {})[due.member.pk] = due.member
    mails = [_mail(due, list(colleagues[due.office.code].values()), now, sentence) for due in dues]
    return Rehearsal(mails=mails, unreachable=unreachable_among(each.response.office for each in asked))


def _mail(due: Due, colleagues: Sequence[Member], now: datetime, sentence: str | None) -> RehearsedMail:
    write: Write = partial(due_message, due, NOT_BEGUN, colleagues, now)
    if sentence is not None:
        write = partial(nudge_message, due, NOT_BEGUN, colleagues, sentence, now)
    is_notice = due.days_before is None and sentence is None
    return RehearsedMail(
        office=due.office,
        member=due.member,
        step=due.step,
        due_at=due.due_at,
        template=f"consultations/{due.step if is_notice else 'reminder'}",
        write=write,
    )
