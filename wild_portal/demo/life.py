"""What goes on in the two groups of the demonstration, each act at an instant of the past."""

from __future__ import annotations

from datetime import datetime

from groups.models import Group
from groups.operations.digests import queue_digests
from groups.operations.mandates import warn_of_lapsing_seats
from meetings.models import SilenceProcedure
from wild_portal.demo.cast import Cast
from wild_portal.demo.data import in_groups
from wild_portal.demo.decisions import decide, issue_documents
from wild_portal.demo.gatherings import meet
from wild_portal.demo.questions import ask_questions
from wild_portal.demo.scene import Scene
from wild_portal.demo.seats import change_seats, nominate_newcomers, take_seats
from wild_portal.demo.talks import report, talk


def is_played() -> bool:
    """Whether an earlier seeding has played it: the first procedure of a group is there."""
    first = [plan["decisions"][0]["title"] for plan in in_groups()["groups"].values()]
    return SilenceProcedure.objects.filter(title__in=first).exists()


def play_groups(cast: Cast, now: datetime) -> None:
    """Lets both groups live from their first seats to the day of `now`.

    What the clock would mail of that at once is planned here, so that it ends with the past: digests, and warnings of
    mandates. The days are such that nothing of the groups falls due on the first three days.
    """
    plans = in_groups()["groups"]
    scenes = {slug: Scene(Group.objects.get(slug=slug), cast, now) for slug in plans}
    for slug, plan in plans.items():
        scene = scenes[slug]
        take_seats(scene, plan)
        issue_documents(scene, plan)
        decide(scene, [entry for entry in plan["decisions"] if entry["closes_day"] > 0])
        change_seats(scene, plan)
        decide(scene, [entry for entry in plan["decisions"] if entry["closes_day"] <= 0])
        meet(scene, plan)
        talk(scene)
        report(scene, plan)
    ask_questions(scenes["cio-network"])
    nominate_newcomers(scenes, cast)
    warn_of_lapsing_seats(now=now)
    queue_digests(now=now)
