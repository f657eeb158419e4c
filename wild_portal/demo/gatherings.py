"""The meetings of a group in the demonstration: four planned together, two of them held, the next one answered."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from accounts.models import User
from groups.operations.steps import tick_off
from meetings.hours import Hours, instant_of, same_weekday
from meetings.invitations import begins, ends
from meetings.models import AgreedPoint, Document, Participant, Session
from meetings.operations.group_meetings import (
    AgendaLine,
    Details,
    answer_invitation,
    edit_meeting,
    edit_token,
    move_meeting,
    plan_series,
    tell_members,
)
from meetings.operations.group_minutes import (
    MinutesOf,
    make_next_step,
    minutes_token,
    publish_minutes,
    take_attendance,
    write_minutes,
)
from wild_portal.demo.data import Entry
from wild_portal.demo.scene import Scene

ZONE = "Europe/Zurich"
QUARTERLY = (3, 4)  # months, meetings
SOONEST = 15  # days until the next meeting: no reminder of it is due in the first week
SAFE_DAYS = 28  # a day that every month has, so that each meeting of the series keeps its weekday of the month


def meet(scene: Scene, plan: Entry) -> None:
    """Plans the series, holds the first two meetings and invites to the third."""
    wanted: Entry = plan["meetings"]
    hours = _first(scene, wanted)
    by, planned_at = scene.cast.secretariat, hours.starts_at - timedelta(days=wanted["planned_before_first"])
    details = Details(name=wanted["name"], join_url=wanted["join_url"])
    series = plan_series(group=scene.group, details=details, hours=hours, rhythm=QUARTERLY, by=by, now=planned_at)
    meetings = list(series.sessions.order_by("number"))
    for meeting, entry in zip(meetings, wanted["held"], strict=False):
        _hold(scene, _with_agenda(meeting, details, entry, by, planned_at), entry)
    following = meetings[len(wanted["held"])]
    _invite(scene, _with_agenda(following, details, wanted["next"], by, planned_at), wanted["next"])


def _first(scene: Scene, wanted: Entry) -> Hours:
    """The hours of the first meeting, so that the third is the next one."""
    day = scene.day(-SOONEST)
    while day.weekday() != wanted["weekday"] or day.day > SAFE_DAYS:
        day = date.fromordinal(day.toordinal() + 1)
    every, _count = QUARTERLY
    starts_at = instant_of(same_weekday(day, -every * len(wanted["held"])), time(wanted["hour"]), ZONE)
    return Hours(starts_at=starts_at, ends_at=starts_at + timedelta(minutes=wanted["minutes"]), zone=ZONE)


def _with_agenda(meeting: Session, details: Details, entry: Entry, by: User, now: datetime) -> Session:
    lines = [
        AgendaLine(
            title=item["title"],
            explanation=item.get("explanation", ""),
            documents=list(Document.objects.filter(slug__in=item.get("documents", ()))),
        )
        for item in entry["agenda"]
    ]
    seen = edit_token(session=meeting)
    return edit_meeting(session=meeting, details=details, agenda=lines, seen=seen, by=by, now=now)


def _hold(scene: Scene, meeting: Session, entry: Entry) -> None:
    told_at, ended = begins(meeting) - timedelta(days=entry["told_before"]), ends(meeting)
    tell_members(session=meeting, by=scene.cast.second, now=told_at)
    present = [scene.cast.people[email] for email in entry["present"]]
    take_attendance(session=meeting, present=present, now=ended)
    items = list(meeting.agenda.prefetch_related("agreed"))
    minutes = [
        MinutesOf(item=item.pk, text=said["minutes"], agreed=said.get("agreed", ()))
        for item, said in zip(items, entry["agenda"], strict=True)
    ]
    written_at = ended + timedelta(days=2)
    write_minutes(session=meeting, minutes=minutes, seen=minutes_token(items=items), now=written_at)
    if "published_after" in entry:
        published_at = ended + timedelta(days=entry["published_after"])
        publish_minutes(session=meeting, by=scene.cast.secretariat, now=published_at)
    for step in entry.get("next_steps", ()):
        _take_up(scene, meeting, step, ended + timedelta(days=7))


def _take_up(scene: Scene, meeting: Session, entry: Entry, now: datetime) -> None:
    """What was agreed becomes a next step of the group, done by now or not; those of the record stay as reported."""
    point = AgreedPoint.objects.get(item__session=meeting, text=entry["point"])
    owner = scene.cast.people[entry["owner"]]
    step = make_next_step(point=point, due_on=scene.day(-entry["due_in"]), owner=owner, now=now)
    if "done_day" in entry:
        tick_off(step=step, by=scene.cast.login(entry["owner"]), now=scene.ago(entry["done_day"], 16))


def _invite(scene: Scene, meeting: Session, entry: Entry) -> None:
    by, second = scene.cast.secretariat, scene.cast.second
    tell_members(session=meeting, by=second, now=scene.ago(entry["told_day"]))
    if moved := entry.get("moved"):
        hours = Hours(starts_at=begins(meeting), ends_at=ends(meeting), zone=ZONE)
        later = hours.on(meeting.starts_on + timedelta(days=moved["by_days"]))
        meeting = move_meeting(session=meeting, hours=later, seen=meeting.sequence, by=by, now=scene.ago(moved["day"]))
        tell_members(session=meeting, by=second, now=scene.ago(moved["told_day"]))
    for name, status in (("yes", Participant.Status.CONFIRMED), ("no", Participant.Status.DECLINED)):
        for email, day in entry[name]:
            member = scene.cast.people[email]
            answer_invitation(session=meeting, member=member, status=status, now=scene.ago(day, 13))
