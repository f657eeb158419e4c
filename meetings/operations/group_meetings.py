"""Meetings of a group: planned, told to the members, answered, moved, called off.

What stands on the page and what was mailed are two things. Planning, moving and calling off change the page and say who
prepared that. Mail follows in one act, `tell_members`: where it reaches more than `SECOND_PERSON_ABOVE` persons it is
refused to whoever prepared it and to everybody but the Secretariat (decisions.md 17); until somebody else does it the
page says that the members are not told. To few persons mail leaves with the change itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import F, Max
from django.utils.translation import gettext as _

from accounts.models import Member, User
from accounts.operations.refusals import Refusal
from groups.models import Group
from meetings.comments import fingerprint
from meetings.emails_meetings import notice_message, reminder_message
from meetings.hours import Hours
from meetings.invitations import (
    answers_to,
    begins,
    group_of,
    invited_to,
    is_for_two,
    may_release,
    not_queued,
    notice_key,
    notices_of,
    owes_mail,
    reminder_due,
    reminder_key,
    reminders_of,
    told_meetings,
)
from meetings.models import AgendaItem, Document, MeetingSeries, Participant, Session
from notifications import outbox
from notifications.models import State

Status = Participant.Status
CHANGED, CALLED_OFF, DECLINED = "The meeting has changed.", "The meeting is called off.", "The member has declined."
SHOWN_IN_CALENDARS = ("name", "mode", "venue")


class EndsBeforeItBegins(Refusal):
    """The end is not after the beginning."""

    @property
    def message(self) -> str:
        return _("The meeting must end after it begins.")


class BeginsInThePast(Refusal):
    """The hour is over."""

    @property
    def message(self) -> str:
        return _("This hour is over. Choose one that is still to come.")


class NotSafe(Refusal):
    """The address to join is not encrypted."""

    @property
    def message(self) -> str:
        return _("The address to join begins with https://.")


class MeetingBegan(Refusal):
    """It is too late: the meeting has begun."""

    @property
    def message(self) -> str:
        return _("The meeting has begun. This was possible until its beginning.")


class MeetingCalledOff(Refusal):
    """Somebody has called the meeting off."""

    @property
    def message(self) -> str:
        return _("The meeting is called off.")


class ChangedMeanwhile(Refusal):
    """Somebody else has changed it since the page was shown."""

    @property
    def message(self) -> str:
        return _("Somebody has changed this meeting since the page was shown. Read it again.")


class NothingChanges(Refusal):
    """The new hours are the old ones."""

    @property
    def message(self) -> str:
        return _("The meeting has these hours already.")


class NothingToTell(Refusal):
    """The members know it already, or it is over."""

    @property
    def message(self) -> str:
        return _("There is nothing to mail: the members know what stands on this page, or the meeting is over.")


class SecondPersonNeeded(Refusal):
    """So many persons are mailed that somebody else of the Secretariat does it."""

    @property
    def message(self) -> str:
        return _("So many persons are mailed that one of the Secretariat sends it who has not prepared it.")


class HasMinutes(Refusal):
    """An item about which minutes are written stays on the agenda."""

    @property
    def message(self) -> str:
        return _("An item with minutes stays on the agenda.")


class MinutesPublished(Refusal):
    """What is published stays as it is."""

    @property
    def message(self) -> str:
        return _("The minutes of this meeting are published and stay as they are.")


@dataclass(frozen=True, kw_only=True)
class Details:
    """What a meeting is, beside its hours. `mode` is one of Session.Mode; the address to join is https or ""."""

    name: str
    mode: str = Session.Mode.ONLINE
    venue: str = ""
    join_url: str = ""


@dataclass(frozen=True, kw_only=True)
class AgendaLine:
    """One item of an agenda in its place; `pk` is 0 for a new one."""

    pk: int = 0
    title: str
    explanation: str = ""
    documents: Sequence[Document] = field(default=())


@transaction.atomic
def plan_meeting(
    *, group: Group, details: Details, hours: Hours, agenda: Sequence[AgendaLine], by: User, now: datetime
) -> Session:
    """Plans one meeting; nobody is mailed. Raises EndsBeforeItBegins, BeginsInThePast, NotSafe."""
    (session,) = _plan(group, details, [hours], None, by, now)
    _write_agenda(session, agenda)
    return session


@transaction.atomic
def plan_series(
    *, group: Group, details: Details, hours: Hours, rhythm: tuple[int, int], by: User, now: datetime
) -> MeetingSeries:
    """Plans meetings together; `rhythm` is (every so many months, how many). Each is moved on its own afterwards.

    All keep the weekday of the month and the wall clock of the first. Raises what `plan_meeting` does, and
    meetings.hours.NoSuchHour where a clock that is put forward skips the hour.
    """
    every_months, count = rhythm
    series = MeetingSeries.objects.create(group=group, name=details.name, every_months=every_months)
    _plan(group, details, list(islice(hours.repeated(every_months, count), count)), series, by, now)
    return series


@transaction.atomic
def edit_meeting(
    *, session: Session, details: Details, agenda: Sequence[AgendaLine], seen: str, by: User, now: datetime
) -> Session:
    """Changes name, place, address to join and agenda; `seen` is the `edit_token` of the page. Nobody is mailed.

    A new name or place raises the version that calendars know. Raises NotSafe, ChangedMeanwhile, MeetingCalledOff,
    MinutesPublished, HasMinutes.
    """
    _check_details(details)
    session = _locked(session)
    if session.cancelled_at is not None:
        raise MeetingCalledOff
    if session.minutes_published_at is not None:
        raise MinutesPublished
    if seen != edit_token(session=session):
        raise ChangedMeanwhile
    fields = _fields(details)
    if any(getattr(session, name) != fields[name] for name in SHOWN_IN_CALENDARS):
        fields |= {"sequence": F("sequence") + 1, "prepared_by": by, "prepared_at": now}
    Session.objects.filter(pk=session.pk).update(**fields)
    _write_agenda(session, agenda)
    session.refresh_from_db()
    return session


def edit_token(*, session: Session) -> str:
    """What a page that edits a meeting was made from: its details and its agenda, without the minutes."""
    rows = session.agenda.order_by("order").prefetch_related("documents")
    items = [
        f"{row.pk}:{row.order}:{row.title}:{row.explanation}:{sorted(each.pk for each in row.documents.all())}"
        for row in rows
    ]
    return fingerprint(str(session.sequence), session.name, session.mode, session.venue, session.join_url, *items)


@transaction.atomic
def move_meeting(*, session: Session, hours: Hours, seen: int, by: User, now: datetime) -> Session:
    """Gives one meeting other hours; `seen` is the `sequence` of the page, so that of two moves at once one is refused.

    Answers begin anew and reminders of the old hours end. Members who were told before are mailed at once where they
    are few. Raises EndsBeforeItBegins, BeginsInThePast, NothingChanges, MeetingBegan, MeetingCalledOff,
    ChangedMeanwhile.
    """
    _check_hours(hours, now)
    if (hours.starts_at, hours.ends_at, hours.zone) == (session.starts_at, session.ends_at, session.time_zone):
        raise NothingChanges
    still = Session.objects.filter(pk=session.pk, sequence=seen, cancelled_at=None, starts_at__gt=now)
    moved = still.update(**_when(hours), sequence=F("sequence") + 1, prepared_by=by, prepared_at=now)
    if not moved:
        raise _why_not(_locked(session), now)
    answered = Participant.objects.filter(session=session, status__in=[Status.CONFIRMED, Status.DECLINED])
    answered.update(status=Status.ASKED, replied_at=None)
    return _tell_if_few(session, CHANGED, by, now)


@transaction.atomic
def call_off_meeting(*, session: Session, reason: str, by: User, now: datetime) -> Session:
    """Calls a meeting off, with the reason its members read; reminders end. Raises MeetingBegan, MeetingCalledOff."""
    still = Session.objects.filter(pk=session.pk, cancelled_at=None, starts_at__gt=now)
    done = still.update(
        cancelled_at=now,
        cancelled_by=by,
        cancelled_reason=reason.strip(),
        sequence=F("sequence") + 1,
        prepared_by=by,
        prepared_at=now,
    )
    if not done:
        raise _why_not(_locked(session), now)
    return _tell_if_few(session, CALLED_OFF, by, now)


@transaction.atomic
def tell_members(*, session: Session, by: User, now: datetime) -> int:
    """Mails everybody who sits in the group what stands on the page: invitation, change, or that it is called off.

    The number of mails. Raises NothingToTell, also to the second of two who do it at once, and SecondPersonNeeded.
    """
    session = _locked(session)
    if not owes_mail(session, now):
        raise NothingToTell
    people = invited_to(group_of(session))
    if not may_release(session, by, len(people)):
        raise SecondPersonNeeded
    return _tell(session, people, by, now)


@transaction.atomic
def answer_invitation(*, session: Session, member: Member, status: str, now: datetime) -> Participant:
    """Says whether a member takes part, CONFIRMED or DECLINED; may change until the meeting begins.

    Whoever declines is not reminded. Raises MeetingBegan, MeetingCalledOff.
    """
    session = _locked(session)
    if session.cancelled_at is not None or _begun(session, now):
        raise _why_not(session, now)
    answer, _created = Participant.objects.update_or_create(
        session=session, member=member, defaults={"status": status, "replied_at": now, "office": member.office}
    )
    if status == Status.DECLINED:
        outbox.cancel(reminders_of(session), DECLINED, now=now, to=member.email)
    return answer


def queue_meeting_mail(*, now: datetime) -> int:
    """Queues the reminders whose moment has come, and the invitation for whoever took a seat since it was mailed.

    Anyone may call it at any time, several at once: the outbox's keys allow each mail once. Late, it queues the latest
    reminder alone. The number of new mails.
    """
    return sum(queue_mail_of(session=session, now=now) for session in told_meetings(now))


@transaction.atomic
def queue_mail_of(*, session: Session, now: datetime) -> int:
    """The same for one meeting whose members were told; nothing where it was changed since it was read."""
    answers, people = answers_to(session), invited_to(group_of(session))
    declined = {pk for pk, answer in answers.items() if answer.status == Status.DECLINED}
    dues = {each.pk: reminder_due(session, each, now) for each in people if each.pk not in declined}
    notices = {notice_key(session, each): each for each in people}
    reminders = {reminder_key(session, due, each): (each, due) for each in people if (due := dues.get(each.pk))}
    missing = not_queued([*notices, *reminders])
    mails = [notice_message(session, notices[key], None, None, now) for key in notices if key in missing]
    mails += [reminder_message(session, *reminders[key], now) for key in reminders if key in missing]
    if not mails or _locked(session).sequence != session.sequence:  # moved or called off since it was read
        return 0
    return outbox.queue_many(mails, now=now)


# --- what these share -------------------------------------------------------------------------------------------------
def _plan(
    group: Group, details: Details, all_hours: Sequence[Hours], series: MeetingSeries | None, by: User, now: datetime
) -> list[Session]:
    _check_details(details)
    for hours in all_hours:
        _check_hours(hours, now)
    Group.objects.select_for_update(no_key=True).get(pk=group.pk)  # numbers are given one after the other
    taken = Session.objects.filter(kind=Session.Kind.GROUP, group=group).aggregate(most=Max("number"))["most"] or 0
    return Session.objects.bulk_create(
        Session(
            kind=Session.Kind.GROUP,
            group=group,
            series=series,
            number=number,
            code=f"G{group.pk}/{number}",
            is_published=True,
            prepared_by=by,
            prepared_at=now,
            **_fields(details),
            **_when(hours),
        )
        for number, hours in enumerate(all_hours, taken + 1)
    )


def _fields(details: Details) -> dict[str, Any]:
    return {
        "name": details.name,
        "mode": details.mode,
        "venue": details.venue,
        "join_url": details.join_url,
    }


def _when(hours: Hours) -> dict[str, Any]:
    """The columns of the hours; the days are those of the meeting's own zone."""
    zone = ZoneInfo(hours.zone)
    return {
        "starts_at": hours.starts_at,
        "ends_at": hours.ends_at,
        "time_zone": hours.zone,
        "starts_on": hours.starts_at.astimezone(zone).date(),
        "ends_on": hours.ends_at.astimezone(zone).date(),
    }


def _check_hours(hours: Hours, now: datetime) -> None:
    if hours.ends_at <= hours.starts_at:
        raise EndsBeforeItBegins
    if hours.starts_at <= now:
        raise BeginsInThePast


def _check_details(details: Details) -> None:
    if details.join_url and not details.join_url.startswith("https://"):
        raise NotSafe


def _write_agenda(session: Session, lines: Sequence[AgendaLine]) -> None:
    """Stores the items in this order; those left out go, unless minutes are written about them."""
    old = {item.pk: item for item in session.agenda.prefetch_related("agreed")}
    kept = {line.pk for line in lines}
    gone = [item for pk, item in old.items() if pk not in kept]
    if any(item.minutes or item.agreed.all() for item in gone):
        raise HasMinutes
    AgendaItem.objects.filter(pk__in=[item.pk for item in gone]).delete()
    session.agenda.update(order=F("order") + 1000)  # out of the way: each place is taken once
    for order, line in enumerate(lines, 1):
        item = old.get(line.pk) or AgendaItem(session=session)
        item.order, item.title, item.explanation = order, line.title, line.explanation
        item.save()
        item.documents.set(line.documents)


def _tell_if_few(session: Session, why: str, by: User, now: datetime) -> Session:
    """Ends the mail about the former version; tells the members where they were told before and are few."""
    outbox.cancel(reminders_of(session), why, now=now)
    outbox.cancel(notices_of(session), why, now=now, state=State.SUPERSEDED)
    session = _locked(session)
    people = invited_to(group_of(session)) if session.told_sequence is not None else []
    if session.told_sequence is not None and not is_for_two(len(people)):
        _tell(session, people, by, now)
    return session


def _tell(session: Session, people: Sequence[Member], by: User, now: datetime) -> int:
    """`session` is locked. The mails say what changed since they were told the last time."""
    known_at = session.told_starts_at
    session.told_sequence, session.told_starts_at = session.sequence, session.starts_at
    session.invited_at, session.invited_by = now, by
    session.save(update_fields=["told_sequence", "told_starts_at", "invited_at", "invited_by"])
    answers = answers_to(session)
    mails = [notice_message(session, member, answers.get(member.pk), known_at, now) for member in people]
    return outbox.queue_many(mails, now=now)


def _locked(session: Session) -> Session:
    """The meeting as it is now, held until commit."""
    return Session.objects.select_for_update(no_key=True, of=("self",)).select_related("group").get(pk=session.pk)


def _begun(session: Session, now: datetime) -> bool:
    return begins(session) <= now


def _why_not(session: Session, now: datetime) -> Refusal:
    """Why a meeting that may no longer be changed may not be."""
    if session.cancelled_at is not None:
        return MeetingCalledOff()
    return MeetingBegan() if _begun(session, now) else ChangedMeanwhile()
