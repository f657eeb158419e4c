"""Digests: at 09:00 of the member's clock, only what is new, nothing twice, whatever the mode changes."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.utils import timezone

from accounts.models import Member
from groups import tasks
from groups.discussions import last_digest_at
from groups.emails.discussions import LONGEST_DIGEST
from groups.models import Group, Membership, Post, Subscription, Thread
from groups.operations.digests import queue_digests
from groups.operations.discussions import (
    FOLLOW,
    MUTE,
    Contribution,
    follow_thread,
    hide_post,
    mark_read,
    reply,
    restore_post,
    set_mail_mode,
)
from notifications.models import Delivery
from tests.factories import PostFactory
from tests.groups.test_discussions import parts

pytestmark = pytest.mark.django_db
MODES = Subscription.Mode
POSTED = datetime(2026, 11, 19, 15, 0, tzinfo=UTC)  # a Thursday
FRIDAY = datetime(2026, 11, 20, tzinfo=UTC)
MONDAY = datetime(2026, 11, 23, tzinfo=UTC)


def at(day: datetime, hour: int, minute: int = 0) -> datetime:
    return day + timedelta(hours=hour, minutes=minute)


def digests() -> list[tuple[str, str]]:
    """Address and subject of each digest that is owed or was."""
    rows = Delivery.objects.filter(key__startswith="digest:").order_by("created_at", "to_address")
    return list(rows.values_list("to_address", "subject"))


@pytest.fixture
def post(thread: Thread, ana: Member) -> Post:
    """What Ana said on Thursday at 16:00 in Geneva."""
    return reply(thread=thread, contribution=Contribution(text="We have **some**."), by=ana.user, now=POSTED)


@pytest.fixture
def alone(circle: Group, ana: Member, bruno: Member) -> None:
    """Ana and Bruno are by themselves; Bruno lives in Geneva."""
    Membership.objects.exclude(member__in=[ana, bruno]).update(until_on=POSTED.date(), ending="resigned")
    Member.objects.filter(pk=bruno.pk).update(time_zone="Europe/Zurich")


# --- when -------------------------------------------------------------------------------------------------------------
def test_each_member_hears_at_nine_on_the_own_clock(circle: Group, post: Post, bruno: Member, chloe: Member) -> None:
    Member.objects.filter(pk=bruno.pk).update(time_zone="Asia/Tokyo")  # 00:00 UTC
    Member.objects.filter(pk=chloe.pk).update(time_zone="Pacific/Auckland")  # 20:00 UTC the day before
    said = "AI Tools Collaboration Group: 1 new post"
    assert queue_digests(now=at(FRIDAY, -5, 59)) == 0
    assert (queue_digests(now=at(FRIDAY, -4)), digests()) == (1, [("chloe@qn.example", said)])
    assert (queue_digests(now=at(FRIDAY, 0)), digests()[1:]) == (1, [("bruno@qm.example", said)])
    assert (queue_digests(now=at(FRIDAY, 7, 59)), queue_digests(now=at(FRIDAY, 8))) == (0, 1)  # Gustav, as Geneva
    assert queue_digests(now=at(FRIDAY, 23)) == 0


@pytest.mark.usefixtures("alone")
def test_a_late_clock_tells_the_same_up_to_the_same_morning(
    thread: Thread, post: Post, ana: Member, bruno: Member
) -> None:
    reply(thread=thread, contribution=Contribution(text="After nine"), by=ana.user, now=at(FRIDAY, 8, 30))
    assert queue_digests(now=at(FRIDAY, 20)) == 1
    row, until = Delivery.objects.get(), Subscription.objects.get().mailed_until
    assert row.key == f"digest:{thread.group_id}:{bruno.pk}:2026112008"
    assert row.expires_at == at(FRIDAY, 8) + timedelta(days=7)
    assert until == at(FRIDAY, 7, 59)
    _subject, plain, _html = parts("posts")
    assert ("We have **some**." in plain, "After nine" in plain) == (True, False)


@pytest.mark.usefixtures("alone")
def test_after_days_of_silence_one_mail_tells_all(thread: Thread, post: Post, ana: Member) -> None:
    reply(thread=thread, contribution=Contribution(text="On Friday"), by=ana.user, now=at(FRIDAY, 12))
    assert (queue_digests(now=at(MONDAY, 10)), queue_digests(now=at(MONDAY, 11))) == (1, 0)
    assert [subject for _to, subject in digests()] == ["AI Tools Collaboration Group: 2 new posts"]


@pytest.mark.usefixtures("alone")
def test_weekly_mail_leaves_on_monday(circle: Group, post: Post, bruno: Member) -> None:
    set_mail_mode(group=circle, mode=MODES.WEEKLY, by=bruno.user, now=POSTED)
    for day in range(3):
        assert queue_digests(now=at(FRIDAY, 8) + timedelta(days=day)) == 0
    assert (queue_digests(now=at(MONDAY, 7, 59)), queue_digests(now=at(MONDAY, 8))) == (0, 1)


def test_a_morning_is_the_last_one_that_has_come(circle: Group, bruno: Member) -> None:
    chosen = Subscription(member=bruno, group=circle, mode=MODES.WEEKLY)
    assert last_digest_at(chosen, at(MONDAY, 11)) == at(MONDAY - timedelta(days=7), 12)  # 09:00 in Santiago
    assert last_digest_at(chosen, at(MONDAY, 12)) == at(MONDAY, 12)
    chosen.mode = MODES.DAILY
    assert last_digest_at(chosen, at(MONDAY, 11)) == at(MONDAY - timedelta(days=1), 12)


@pytest.mark.usefixtures("alone")
def test_what_is_being_written_while_a_digest_is_made_waits_for_the_next(thread: Thread, ana: Member) -> None:
    reply(thread=thread, contribution=Contribution(text="8:59:30"), by=ana.user, now=at(FRIDAY, 7, 59.5))
    assert queue_digests(now=at(FRIDAY, 8)) == 0
    assert queue_digests(now=at(FRIDAY, 32)) == 1


# --- what -------------------------------------------------------------------------------------------------------------
@pytest.mark.usefixtures("alone")
def test_own_hidden_read_and_muted_posts_are_no_news(
    thread: Thread, post: Post, ana: Member, bruno: Member, staff: Member
) -> None:
    def tomorrow() -> int:
        Subscription.objects.update(mailed_until=POSTED - timedelta(days=1))
        Delivery.objects.all().delete()
        return queue_digests(now=at(FRIDAY, 8))

    assert tomorrow() == 1
    hide_post(post=post, reason="Off topic", by=staff.user, now=POSTED)
    assert tomorrow() == 0
    restore_post(post=post, by=staff.user, now=POSTED)
    follow_thread(thread=thread, wish=MUTE, by=bruno.user)
    assert tomorrow() == 0
    follow_thread(thread=thread, wish=FOLLOW, by=bruno.user)
    assert tomorrow() == 1
    Post.objects.filter(pk=post.pk).update(author=bruno)
    assert tomorrow() == 0
    Post.objects.filter(pk=post.pk).update(author=ana)
    mark_read(thread=thread, member=bruno, until=POSTED)
    assert tomorrow() == 0


@pytest.mark.usefixtures("alone")
def test_where_nothing_is_new_no_mail_leaves(circle: Group, bruno: Member) -> None:
    set_mail_mode(group=circle, mode=MODES.DAILY, by=bruno.user, now=POSTED)
    assert (queue_digests(now=at(FRIDAY, 8)), digests()) == (0, [])


@pytest.mark.usefixtures("alone")
def test_a_digest_leads_to_each_post_and_counts_what_it_leaves_out(thread: Thread, ana: Member) -> None:
    first = reply(thread=thread, contribution=Contribution(text="x" * 400), by=ana.user, now=POSTED)
    for number in range(LONGEST_DIGEST):
        reply(thread=thread, contribution=Contribution(text=f"More {number}"), by=ana.user, now=POSTED)
    queue_digests(now=at(FRIDAY, 8))
    subject, plain, html = parts("posts")
    assert subject == "AI Tools Collaboration Group: 51 new posts"
    assert f"/groups/ai-tools/posts/{first.pk}/" in plain
    assert ["x" * 299 + "…" in part for part in (plain, html)] == [True, True]
    assert "1 more post is in the portal." in plain
    assert (plain.count("More "), "More 49" in plain) == (49, False)


def test_who_left_the_group_or_the_office_has_no_digest(
    circle: Group, post: Post, bruno: Member, chloe: Member, gustav: Member
) -> None:
    Membership.objects.filter(member=bruno).update(until_on=POSTED.date(), ending="resigned")
    Member.objects.filter(pk=chloe.pk).update(until_on=POSTED.date())
    assert queue_digests(now=at(MONDAY, 0)) == 1
    assert digests() == [("gustav@industry.example", "AI Tools Collaboration Group: 1 new post")]


def test_old_posts_are_no_news(circle: Group, post: Post) -> None:
    assert queue_digests(now=POSTED + timedelta(days=16)) == 0


# --- nothing twice ----------------------------------------------------------------------------------------------------
@pytest.mark.usefixtures("alone")
@pytest.mark.parametrize("first", MODES.values)
@pytest.mark.parametrize("second", MODES.values)
def test_a_post_is_mailed_once_at_most_whatever_the_mode_changes(
    thread: Thread, ana: Member, bruno: Member, first: str, second: str
) -> None:
    set_mail_mode(group=thread.group, mode=first, by=bruno.user, now=POSTED - timedelta(days=1))
    reply(thread=thread, contribution=Contribution(text="Canary"), by=ana.user, now=POSTED)
    queue_digests(now=at(FRIDAY, 8))
    set_mail_mode(group=thread.group, mode=second, by=bruno.user, now=at(FRIDAY, 9))
    for day in range(1, 9):
        queue_digests(now=at(FRIDAY, 10) + timedelta(days=day))
    owed = Delivery.objects.filter(to_address=bruno.email).count()
    # Weekly mail still waits on Friday: then the new choice tells it, unless that is none at all.
    expected = {MODES.NEVER: 0, MODES.WEEKLY: int(second != MODES.NEVER)}.get(MODES(first), 1)
    assert owed == expected


@pytest.mark.usefixtures("alone")
def test_what_was_mailed_at_once_is_in_no_digest(thread: Thread, ana: Member, bruno: Member) -> None:
    told = Contribution(text="Named", mentions=[bruno])
    reply(thread=thread, contribution=told, by=ana.user, now=POSTED)
    assert queue_digests(now=at(FRIDAY, 8)) == 0
    assert Delivery.objects.count() == 1


@pytest.mark.usefixtures("alone")
def test_the_mail_of_a_morning_is_made_once_for_ever(circle: Group, post: Post) -> None:
    assert queue_digests(now=at(FRIDAY, 8)) == 1
    Subscription.objects.update(mailed_until=POSTED - timedelta(days=1))  # as if the first had not been noted
    assert (queue_digests(now=at(FRIDAY, 8)), Delivery.objects.count()) == (0, 1)


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("alone")
def test_planners_at_the_same_moment_make_one_mail(circle: Group, post: Post) -> None:
    barrier = threading.Barrier(3)

    def run() -> None:
        try:
            barrier.wait()
            queue_digests(now=at(FRIDAY, 8))
        finally:
            connection.close()

    planners = [threading.Thread(target=run) for _ in range(3)]
    for planner in planners:
        planner.start()
    for planner in planners:
        planner.join()
    assert len(digests()) == 1


# --- the clock --------------------------------------------------------------------------------------------------------
def test_beat_plans_digests_once(thread: Thread, bruno: Member) -> None:
    now = timezone.now()
    PostFactory(thread=thread, posted_at=now - timedelta(days=2))
    set_mail_mode(group=thread.group, mode=MODES.DAILY, by=bruno.user, now=now - timedelta(days=3))
    for _minute in range(2):
        tasks.plan()
        assert [address for address, _subject in digests()] == ["bruno@qm.example"]
