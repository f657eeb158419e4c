"""What waits for a reader: the rows of home, by deadline. Each kind of row has a template of its own."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from accounts.models import Member, User
from consultations.duties import Duty
from consultations.models import Release
from groups.models import Nomination
from meetings.gatherings import Invitation
from meetings.models import GroupReport, SilenceProcedure
from meetings.silence import objectionable_to

MOST = 10  # of each kind of row
ALWAYS = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class Row:
    """One thing that waits: `by` is its deadline, or since when it waits where it has none (aware UTC).

    `is_awaited` where somebody waits for an answer; of a silence procedure one may well say nothing.
    """

    kind: str
    by: datetime | None
    thing: Any
    is_awaited: bool = True

    @property
    def template(self) -> str:
        """The template that shows the row; it knows the thing as `thing`."""
        return f"wild_portal/_waiting_{self.kind}.html"


def waiting_for_member(
    member: Member, user: User, duties: Iterable[Duty], invitations: Iterable[Invitation], now: datetime
) -> list[Row]:
    """What the office, or the reader in a group, has to do: questions back first, then by deadline; two queries."""
    rows = [Row(kind="duty", by=duty.closes_at, thing=duty) for duty in duties]
    rows += [Row(kind="meeting", by=each.meeting.starts_at, thing=each) for each in invitations if each.is_open]
    procedures = objectionable_to(member, now)[:MOST]
    rows += [Row(kind="silence", by=each.closes_at, thing=each, is_awaited=False) for each in procedures]
    return [*_asked_back(member, user), *_in_time(rows)]


def _asked_back(member: Member, user: User) -> list[Row]:
    """Nominations about which the Secretariat has asked the office; its focal points answer."""
    if member.role != Member.Role.FOCAL_POINT:
        return []
    asked = Nomination.objects.visible_to(user).awaiting_answer().filter(office=member.office_id)
    return [Row(kind="question", by=each.asked_back_at, thing=each) for each in asked.order_by("asked_back_at")[:MOST]]


def waiting_for_secretariat(user: User) -> list[Row]:
    """What waits for the Secretariat, the oldest first: nominations as one row, and acts for a second person.

    Who asked for an act does not see it: somebody else does it. Four queries.
    """
    pending = Nomination.objects.pending().exclude(pk__in=Nomination.objects.awaiting_answer().values("pk"))
    since = list(pending.order_by("asked_at").values_list("asked_at", flat=True))
    rows = [Row(kind="nominations", by=since[0], thing=len(since))] if since else []
    releases = Release.objects.waiting().exclude(asked_by=user).select_related("round").order_by("asked_at")[:MOST]
    rows += [Row(kind="release", by=each.asked_at, thing=each) for each in releases]
    procedures = SilenceProcedure.objects.for_second_person(user).select_related("group")[:MOST]
    rows += [Row(kind="second", by=each.asked_at or each.prepared_at, thing=each) for each in procedures]
    reports = GroupReport.objects.to_present().select_related("group", "session")[:MOST]
    rows += [Row(kind="report", by=each.approved_at, thing=each) for each in reports]
    return _in_time(rows)


def _in_time(rows: Iterable[Row]) -> list[Row]:
    return sorted(rows, key=lambda row: row.by or ALWAYS)
