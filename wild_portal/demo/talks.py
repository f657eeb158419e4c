"""The discussions of a group in the demonstration, and the report of the group to the plenary."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.utils import translation

from accounts.models import Member
from groups.discussions import sitting_in
from groups.models import Post, Thread
from groups.operations.discussions import (
    Contribution,
    close_thread,
    edit_post,
    hide_post,
    mark_read,
    reply,
    start_thread,
)
from meetings.models import GroupReport, Session
from meetings.operations.reports import approve_report, draft_report, edit_report
from wild_portal.demo.data import Entry, discussions, file_of
from wild_portal.demo.scene import Scene

FIRST_HOUR, HOURS = 8, 10  # of a working day in Geneva
READS_LATE = "ana@qm.example"  # everybody else has read what was said


def talk(scene: Scene) -> None:
    """Every discussion of the group, post by post."""
    readers = list(sitting_in(scene.group))
    for entry in discussions()[scene.group.slug]:
        posts = _posts(scene, entry)
        _read(scene, posts, readers, entry.get("unread", 0))
        if closed := entry.get("closed"):
            by = scene.cast.login(closed["by"])
            close_thread(thread=posts[0].thread, by=by, now=scene.ago(closed["day"], 17))


def _posts(scene: Scene, entry: Entry) -> list[Post]:
    thread: Thread | None = None
    posts = []
    for said, now in zip(entry["posts"], _instants(scene, entry), strict=True):
        files = [file_of(file) for file in said.get("files", ())]
        contribution, by = Contribution(text=said.get("was", said["text"]), files=files), scene.cast.login(said["by"])
        if thread is None:
            thread = start_thread(group=scene.group, title=entry["title"], contribution=contribution, by=by, now=now)
            post = thread.posts.select_related("thread__group").get()
        else:
            post = reply(thread=thread, contribution=contribution, by=by, now=now)
        if "was" in said:
            post = edit_post(post=post, text=said["text"], by=by, now=now + timedelta(minutes=12))
        if hidden := said.get("hidden"):
            reason, chair = hidden["reason"], scene.cast.login(hidden["by"])
            post = hide_post(post=post, reason=reason, by=chair, now=now + timedelta(minutes=50))
        posts.append(post)
    return posts


def _instants(scene: Scene, entry: Entry) -> list[datetime]:
    """When each post was written: spread over the working hours of the days the discussion took, none twice."""
    count, days = len(entry["posts"]), entry["from_day"] - entry["to_day"]
    found = []
    for place in range(count):
        day, part = divmod(place * days, max(count - 1, 1))
        minute = HOURS * 60 * part // max(count - 1, 1)
        found.append(scene.ago(entry["from_day"] - day, FIRST_HOUR + minute // 60, minute % 60))
    return found


def _read(scene: Scene, posts: Sequence[Post], readers: Sequence[Member], unread: int) -> None:
    thread = posts[0].thread
    for member in readers:
        seen = posts[: len(posts) - unread] if member.email == READS_LATE else posts
        mark_read(thread=thread, member=member, until=seen[-1].posted_at)


def report(scene: Scene, plan: Entry) -> None:
    """Drafted from the record of the group, and approved where it has a Chair. Nothing is presented to a session."""
    wanted: Entry = plan["report"]
    by, session = scene.cast.login(wanted["by"]), Session.objects.get(code=wanted["session"])
    with translation.override("en"):
        drafted = draft_report(group=scene.group, session=session, by=by, now=scene.ago(wanted["drafted_day"], 11))
    if "opening" in wanted:
        drafted = edit_report(report=drafted, text=wanted["opening"] + drafted.text, seen=drafted.version, by=by)
    if "approved_day" in wanted:
        _approve(scene, drafted, wanted)


def _approve(scene: Scene, drafted: GroupReport, wanted: Entry) -> None:
    now = scene.ago(wanted["approved_day"], 15)
    approve_report(report=drafted, seen=drafted.version, by=scene.cast.login(wanted["by"]), now=now)
