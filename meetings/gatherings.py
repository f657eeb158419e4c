"""A meeting of a group as a page shows it: the answers counted, the agenda with what the reader may open."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import AnonymousUser
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Count, OuterRef, Prefetch, Q, Subquery

from accounts.models import Member, User
from groups.models import Group, Membership
from groups.permissions import foremost, seat_of
from meetings.models import AgendaItem, AgreedPoint, Document, Participant, Session

Reader = User | AnonymousUser
MOST_MEETINGS = 10  # on home
UNANSWERED = (None, Participant.Status.ASKED)


@dataclass(frozen=True, kw_only=True)
class Gathering:
    """One meeting for one reader: `seat` and `answer` are the reader's own; `said` counts answers by their status."""

    meeting: Session
    said: Mapping[str, int]
    seats: int
    seat: Membership | None
    answer: Participant | None
    now: datetime

    @property
    def has_begun(self) -> bool:
        """From the beginning on nobody answers any more."""
        return _has_begun(self.meeting, self.now)

    @property
    def is_over(self) -> bool:
        """True after its end."""
        return self.meeting.ends_at is not None and self.meeting.ends_at <= self.now

    @property
    def can_answer(self) -> bool:
        """The reader sits in the group and the meeting is still to come."""
        return self.seat is not None and not self.has_begun and self.meeting.cancelled_at is None

    @property
    def counts(self) -> dict[str, int]:
        """How many said yes and no, how many who sit have said nothing, and how many took part."""
        counted = (Participant.Status.CONFIRMED, Participant.Status.DECLINED, Participant.Status.ATTENDED)
        yes, no, present = (self.said.get(status, 0) for status in counted)
        return {"yes": yes, "no": no, "silent": max(self.seats - yes - no, 0), "present": present}


@dataclass(frozen=True, kw_only=True)
class NextGathering(Gathering):
    """The same with the titles on the agenda."""

    titles: Sequence[str]


@dataclass(frozen=True, kw_only=True)
class FullGathering(Gathering):
    """The same with the whole agenda and every answer."""

    agenda: Sequence[AgendaItem]
    answers: Sequence[Participant]

    @property
    def by_answer(self) -> list[tuple[str, list[Participant]]]:
        """The words of each answer with those who gave it, in the order of their offices."""
        shown = (Participant.Status.ATTENDED, Participant.Status.CONFIRMED, Participant.Status.DECLINED)
        groups = [(str(status.label), [each for each in self.answers if each.status == status]) for status in shown]
        return [(label, people) for label, people in groups if people]


def _has_begun(meeting: Session, now: datetime) -> bool:
    return meeting.starts_at is not None and meeting.starts_at <= now


def agenda_for(meeting: Session, user: Reader) -> list[AgendaItem]:
    """The items in their order, with agreed points and the documents that this login may read."""
    readable = Prefetch("documents", Document.objects.visible_to(user))
    points = AgreedPoint.objects.select_related("next_step", "action_item__session")
    return list(meeting.agenda.prefetch_related(readable, Prefetch("agreed", points)))


def gathering(meeting: Session, group: Group, user: Reader, now: datetime) -> FullGathering:
    """A meeting as this login sees it; `now` is aware UTC."""
    answers = list(Participant.objects.filter(session=meeting).exclude(member=None).in_order())
    seat = seat_of(user, group)
    own = seat.member_id if seat else None
    return FullGathering(
        meeting=meeting,
        agenda=agenda_for(meeting, user),
        answers=answers,
        said=Counter(each.status for each in answers),
        seats=Membership.objects.current().filter(group=group, member__until_on=None).count(),
        seat=seat,
        answer=next((each for each in answers if own is not None and each.member_id == own), None),
        now=now,
    )


def next_gathering(group: Group, user: Reader, seats: Sequence[Membership], now: datetime) -> NextGathering | None:
    """The next meeting of a group, for those inside; None for everybody else and where none is planned. One query.

    `seats`: those of the group, with member.
    """
    sitting = [seat for seat in seats if seat.is_current]
    seat = foremost(each for each in sitting if each.member.user_id == user.pk)
    own = Participant.objects.filter(session=OuterRef("pk"), member=seat.member_id if seat else None)
    meetings = Session.objects.visible_to(user).of_group(group).upcoming(now).select_related("group")
    found = meetings.annotate(
        yes=_counted(Participant.Status.CONFIRMED),
        no=_counted(Participant.Status.DECLINED),
        own=own.values("status"),
        titles=ArraySubquery(AgendaItem.objects.filter(session=OuterRef("pk")).order_by("order").values("title")),
    ).first()
    if found is None:
        return None
    return NextGathering(
        meeting=found,
        titles=found.titles,
        said={Participant.Status.CONFIRMED: found.yes, Participant.Status.DECLINED: found.no},
        seats=len(sitting),
        seat=seat,
        answer=Participant(session=found, status=found.own) if found.own else None,
        now=now,
    )


def _counted(status: str) -> Count:
    """How many members answered so."""
    return Count("participants", filter=Q(participants__status=status, participants__member__isnull=False))


def answers_of(seat: Membership | None, meetings: Iterable[Session]) -> dict[int, Participant]:
    """What the holder of a seat has answered to meetings, by the number of the meeting; nothing without a seat."""
    if seat is None:
        return {}
    rows = Participant.objects.filter(member=seat.member_id, session__in=[meeting.pk for meeting in meetings])
    return {row.session_id: row for row in rows}


@dataclass(frozen=True, kw_only=True)
class Invitation:
    """A meeting still to come of a group in which a member sits; `is_open` while it waits for their answer."""

    meeting: Session
    is_open: bool


def invitations_of(member: Member, now: datetime) -> list[Invitation]:
    """The next meetings of the groups in which a member sits, the next first; one query.

    One waits for an answer once the members are told of it, until it begins.
    """
    own = Participant.objects.filter(session=OuterRef("pk"), member=member).values("status")
    coming = Session.objects.of_member(member).upcoming(now).select_related("group").annotate(own=Subquery(own))
    return [
        Invitation(
            meeting=each,
            is_open=each.invited_at is not None and not _has_begun(each, now) and each.own in UNANSWERED,
        )
        for each in coming[:MOST_MEETINGS]
    ]
