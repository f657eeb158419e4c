"""Starting a discussion, replying, editing, hiding, closing; who is told of what at once."""

import threading
from datetime import datetime, timedelta
from email import message_from_bytes
from email.policy import default

import pytest
from django.core.files.base import ContentFile
from django.db import connection

from accounts.models import Member
from groups.discussions import named_in, page_of, recent_threads
from groups.models import Follow, Group, Membership, Post, PostRevision, ReadMark, Subscription, Thread
from groups.operations.discussions import (
    FOLLOW,
    MUTE,
    NEITHER,
    ChangedMeanwhile,
    Contribution,
    NotInTheGroup,
    NotTheAuthor,
    NotTheChair,
    PostHidden,
    TextMissing,
    ThreadClosed,
    close_thread,
    edit_post,
    follow_thread,
    hide_post,
    mark_read,
    reopen_thread,
    reply,
    restore_post,
    set_mail_mode,
    start_thread,
)
from library.markdown import to_html
from library.models import StoredFile
from library.refusals import FileRefused
from notifications.models import Delivery
from tests.accounts.mails import queued
from tests.factories import MemberFactory, MembershipFactory, PostFactory, ThreadFactory
from tests.library.test_files import PDF

pytestmark = pytest.mark.django_db
MODES = Subscription.Mode


def says(text: str, **more: object) -> Contribution:
    return Contribution(text=text, **more)


def file(name: str = "clauses.pdf", content: bytes = PDF) -> ContentFile:
    return ContentFile(content, name=name)


def post_of(thread: Thread) -> Post:
    return thread.posts.select_related("thread__group", "author").get()


def told() -> list[str]:
    """Addresses of mails about posts that wait."""
    return [address for _kind, purpose, address, _language in queued() if purpose == "posts"]


def parts(purpose: str) -> tuple[str, str, str]:
    """Subject, plain text and HTML of the one mail of a purpose."""
    (row,) = Delivery.objects.filter(purpose=purpose)
    message = message_from_bytes(bytes(row.rendered), policy=default)
    return (
        str(message["Subject"]),
        message.get_body(("plain",)).get_content().replace("\r\n", "\n"),  # lines end so on the wire
        message.get_body(("html",)).get_content().replace("\r\n", "\n"),
    )


# --- starting and replying --------------------------------------------------------------------------------------------
def test_a_discussion_begins_with_a_post_its_files_and_the_read_mark_of_its_author(
    circle: Group, ana: Member, now: datetime
) -> None:
    thread = start_thread(
        group=circle, title=" Exit ", contribution=says(" **Who?** ", files=[file()]), by=ana.user, now=now
    )
    post = thread.posts.get()
    assert (thread.title, thread.started_by, thread.started_at, str(thread)) == ("Exit", ana, now, "Exit")
    assert (post.text, post.author, post.posted_at, str(post)) == ("**Who?**", ana, now, f"Exit #{post.pk}")
    assert [(stored.name, stored.uploaded_by) for stored in post.files.all()] == [("clauses.pdf", ana.user)]
    assert list(ReadMark.objects.values_list("member", "thread", "read_until")) == [(ana.pk, thread.pk, now)]


def test_a_guest_and_the_secretariat_write_too(thread: Thread, gustav: Member, staff: Member, now: datetime) -> None:
    authors = [reply(thread=thread, contribution=says(m.name), by=m.user, now=now).author for m in (gustav, staff)]
    assert authors == [gustav, staff]


def test_who_does_not_sit_in_the_group_changes_nothing(thread: Thread, olga: Member, now: datetime) -> None:
    acts = (
        lambda: start_thread(group=thread.group, title="A", contribution=says("a"), by=olga.user, now=now),
        lambda: reply(thread=thread, contribution=says("a"), by=olga.user, now=now),
        lambda: follow_thread(thread=thread, wish=FOLLOW, by=olga.user),
        lambda: set_mail_mode(group=thread.group, mode=MODES.NEVER, by=olga.user, now=now),
    )
    for act in acts:
        with pytest.raises(NotInTheGroup, match="Only members of the group can do this"):
            act()
    assert (Thread.objects.count(), Post.objects.count(), Follow.objects.count()) == (1, 1, 0)


def test_one_of_the_secretariat_without_a_member_row_writes_nothing(
    thread: Thread, staff: Member, now: datetime
) -> None:
    Member.objects.filter(pk=staff.pk).update(until_on=now.date())
    with pytest.raises(NotInTheGroup):
        reply(thread=thread, contribution=says("a"), by=staff.user, now=now)


@pytest.mark.parametrize(("title", "text"), [(" ", "a"), ("A", " \n ")])
def test_nothing_begins_without_words(circle: Group, ana: Member, now: datetime, title: str, text: str) -> None:
    with pytest.raises(TextMissing, match="Write something first"):
        start_thread(group=circle, title=title, contribution=says(text), by=ana.user, now=now)
    assert Thread.objects.count() == 0


def test_a_file_that_may_not_come_in_leaves_nothing_behind(thread: Thread, ana: Member, now: datetime) -> None:
    with pytest.raises(FileRefused):
        reply(
            thread=thread,
            contribution=says("a", files=[file(), file("x.pdf", b"<script>")]),
            by=ana.user,
            now=now,
        )
    assert (Post.objects.count(), StoredFile.objects.count(), Delivery.objects.count()) == (1, 0, 0)


def test_nothing_is_added_to_a_closed_discussion(thread: Thread, ana: Member, chloe: Member, now: datetime) -> None:
    close_thread(thread=thread, by=chloe.user, now=now)
    with pytest.raises(ThreadClosed, match=r"closed\. Nothing was posted; your text stands below"):
        reply(thread=thread, contribution=says("Too late"), by=ana.user, now=now)
    assert Post.objects.count() == 1
    reopen_thread(thread=thread, by=chloe.user)
    assert reply(thread=thread, contribution=says("In time"), by=ana.user, now=now).text == "In time"


def test_a_double_click_is_one_post_and_one_mail(thread: Thread, ana: Member, bruno: Member, now: datetime) -> None:
    set_mail_mode(group=thread.group, mode=MODES.AT_ONCE, by=bruno.user, now=now)
    first = reply(thread=thread, contribution=says("Twice", files=[file()]), by=ana.user, now=now)
    again = reply(
        thread=thread, contribution=says(" Twice ", files=[file()]), by=ana.user, now=now + timedelta(seconds=59)
    )
    assert (again, told()) == (first, ["bruno@qm.example"])


def test_the_same_words_are_another_post_a_minute_later_by_another_or_with_another_file(
    thread: Thread, ana: Member, bruno: Member, now: datetime
) -> None:
    reply(thread=thread, contribution=says("I agree"), by=ana.user, now=now)
    reply(thread=thread, contribution=says("I agree"), by=bruno.user, now=now)
    reply(thread=thread, contribution=says("I agree", files=[file()]), by=ana.user, now=now)
    reply(thread=thread, contribution=says("I agree"), by=ana.user, now=now + timedelta(minutes=1))
    assert thread.posts.filter(text="I agree").count() == 4


def test_a_double_click_begins_one_discussion(circle: Group, ana: Member, now: datetime) -> None:
    act = {"group": circle, "title": "Exit", "contribution": says("Who?"), "by": ana.user, "now": now}
    assert start_thread(**act) == start_thread(**act)
    assert Thread.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_clicks_at_the_same_moment_are_one_post(thread: Thread, ana: Member, now: datetime) -> None:
    barrier, found = threading.Barrier(2), []

    def click() -> None:
        try:
            barrier.wait()
            found.append(reply(thread=thread, contribution=says("Once"), by=ana.user, now=now).pk)
        finally:
            connection.close()

    clicks = [threading.Thread(target=click) for _ in range(2)]
    for each in clicks:
        each.start()
    for each in clicks:
        each.join()
    assert len(found) == 2
    assert (len(set(found)), thread.posts.filter(text="Once").count()) == (1, 1)


# --- who is told at once ----------------------------------------------------------------------------------------------
def test_a_post_is_mailed_at_once_to_whom_it_names_who_follows_and_who_wants_each_post(
    thread: Thread, ana: Member, bruno: Member, chloe: Member, gustav: Member, now: datetime
) -> None:
    quiet = MembershipFactory(group=thread.group).member
    set_mail_mode(group=thread.group, mode=MODES.AT_ONCE, by=bruno.user, now=now)
    set_mail_mode(group=thread.group, mode=MODES.NEVER, by=gustav.user, now=now)
    follow_thread(thread=thread, wish=FOLLOW, by=gustav.user)
    post = reply(thread=thread, contribution=says("Look", mentions=[chloe, ana]), by=ana.user, now=now)
    assert told() == ["bruno@qm.example", "chloe@qn.example", "gustav@industry.example"]
    assert list(post.mentions.all()) == [chloe]  # nobody names oneself
    assert Subscription.objects.get(member=quiet).mode == MODES.DAILY
    assert not Subscription.objects.filter(member=ana).exists()


def test_a_muted_discussion_mails_nothing_not_even_to_whom_a_post_names(
    thread: Thread, ana: Member, bruno: Member, chloe: Member, now: datetime
) -> None:
    set_mail_mode(group=thread.group, mode=MODES.AT_ONCE, by=bruno.user, now=now)
    for member in (bruno, chloe):
        follow_thread(thread=thread, wish=FOLLOW, by=member.user)
        follow_thread(thread=thread, wish=MUTE, by=member.user)
    reply(thread=thread, contribution=says("Look @Chloe Voorbeeld", mentions=[chloe]), by=ana.user, now=now)
    assert told() == []
    follow_thread(thread=thread, wish=NEITHER, by=bruno.user)
    reply(thread=thread, contribution=says("Look again"), by=ana.user, now=now)
    assert told() == ["bruno@qm.example"]


def test_a_follower_of_the_secretariat_is_told_and_one_who_left_the_group_is_not(
    thread: Thread, ana: Member, bruno: Member, staff: Member, now: datetime
) -> None:
    for member in (bruno, staff):
        follow_thread(thread=thread, wish=FOLLOW, by=member.user)
    Membership.objects.filter(member=bruno).update(until_on=now.date(), ending="resigned")
    reply(thread=thread, contribution=says("News"), by=ana.user, now=now)
    reply(thread=thread, contribution=says("Mine"), by=staff.user, now=now)
    assert told() == ["staff@wild.example"]


def test_a_full_name_after_an_at_names_a_member(ana: Member, bruno: Member, chloe: Member) -> None:
    short = MemberFactory(given_name="Ana", family_name="Ejem")
    everybody = [ana, bruno, chloe, short]
    assert named_in("Ask @ana EJEMPLO, and Bruno Mithal. a@Chloe Voorbeelden", everybody) == [ana]
    assert named_in("(@Bruno Mithal)\n@Ana Ejem", everybody) == [bruno, short]


def test_a_wish_or_a_mode_that_does_not_exist_is_an_error(thread: Thread, ana: Member, now: datetime) -> None:
    with pytest.raises(ValueError, match="'loud' is no wish"):
        follow_thread(thread=thread, wish="loud", by=ana.user)
    with pytest.raises(ValueError, match="'loud' is no mode"):
        set_mail_mode(group=thread.group, mode="loud", by=ana.user, now=now)


def test_the_mail_holds_the_post_as_the_page_shows_it_and_leads_to_it_and_to_the_reply(
    thread: Thread, ana: Member, bruno: Member, now: datetime, settings: object
) -> None:
    text = "@Bruno Mithal {{7*7}} **bold** [x](javascript:alert(1)) <script>alert(1)</script>\n\n```\na\n\n\n\nb\n```"
    post = reply(thread=thread, contribution=says(text, files=[file()]), by=ana.user, now=now)
    subject, plain, html = parts("posts")
    assert subject == "AI Tools Collaboration Group: Ana Ejemplo on Cloud exit clauses"
    assert to_html(text) in html
    for link in (
        f"/groups/ai-tools/posts/{post.pk}/",
        f"/groups/ai-tools/discussions/{thread.pk}/?page=last&reply=1#reply",
        "/groups/ai-tools/mail/",
    ):
        assert f"{settings.SITE_URL}{link}" in plain
    assert "Ana Ejemplo names you in a post." in plain
    assert "{{7*7}} **bold**" in plain
    assert "- clauses.pdf" in plain


# --- editing ----------------------------------------------------------------------------------------------------------
def test_an_edited_post_keeps_what_it_said_and_mails_nobody_again(
    thread: Thread, ana: Member, bruno: Member, now: datetime
) -> None:
    follow_thread(thread=thread, wish=FOLLOW, by=bruno.user)
    post = edit_post(post=post_of(thread), text=" Who has **some**? ", by=ana.user, now=now)
    assert (post.text, post.edited_at) == ("Who has **some**?", now)
    revision = PostRevision.objects.get()
    assert (revision.text, revision.replaced_at) == ("Who has sample clauses?", now)
    assert str(revision) == f"Cloud exit clauses #{post.pk}, 2026-11-20 09:00"
    assert told() == []


def test_the_same_text_changes_nothing(thread: Thread, ana: Member, now: datetime) -> None:
    post = edit_post(post=post_of(thread), text="Who has sample clauses? ", by=ana.user, now=now)
    assert (post.edited_at, PostRevision.objects.count()) == (None, 0)


def test_nobody_changes_anothers_words(
    thread: Thread, chloe: Member, staff: Member, olga: Member, now: datetime
) -> None:
    for member, refusal in ((chloe, NotTheAuthor), (staff, NotTheAuthor), (olga, NotInTheGroup)):
        with pytest.raises(refusal):
            edit_post(post=post_of(thread), text="Other words", by=member.user, now=now)
    assert post_of(thread).text == "Who has sample clauses?"
    assert str(NotTheAuthor()) == "Only the author can change a post."


def test_a_post_is_not_edited_to_nothing_nor_while_hidden_nor_in_a_closed_discussion(
    thread: Thread, ana: Member, chloe: Member, now: datetime
) -> None:
    with pytest.raises(TextMissing):
        edit_post(post=post_of(thread), text=" ", by=ana.user, now=now)
    close_thread(thread=thread, by=chloe.user, now=now)
    with pytest.raises(ThreadClosed):
        edit_post(post=post_of(thread), text="Other", by=ana.user, now=now)
    hide_post(post=post_of(thread), reason="Off topic", by=chloe.user, now=now)
    with pytest.raises(PostHidden, match=r"hidden\. Nothing was changed"):
        edit_post(post=post_of(thread), text="Other", by=ana.user, now=now)
    assert post_of(thread).text == "Who has sample clauses?"


# --- hiding, restoring, closing ---------------------------------------------------------------------------------------
def test_the_chair_hides_a_post_for_a_reason_that_the_author_reads(
    thread: Thread, ana: Member, chloe: Member, now: datetime
) -> None:
    post = hide_post(post=post_of(thread), reason=" Names a person ", by=chloe.user, now=now)
    assert (post.hidden_at, post.hidden_by, post.hidden_reason) == (now, chloe.user, "Names a person")
    assert queued() == [("official", "moderation", "ana@qm.example", "en")]
    subject, plain, html = parts("moderation")
    assert subject == "AI Tools Collaboration Group: your post on Cloud exit clauses is hidden"
    assert ["Names a person" in part for part in (plain, html)] == [True, True]
    assert list(Post.objects.readable_by(ana.user)) == list(Post.objects.readable_by(chloe.user)) == [post]


def test_a_hidden_post_is_read_by_its_author_the_chair_and_the_secretariat_alone(
    thread: Thread,
    ana: Member,
    bruno: Member,
    chloe: Member,
    gustav: Member,
    staff: Member,
    olga: Member,
    now: datetime,
) -> None:
    hide_post(post=post_of(thread), reason="Names a person", by=chloe.user, now=now)
    readers = {
        m.given_name: Post.objects.readable_by(m.user).exists() for m in (ana, bruno, chloe, gustav, staff, olga)
    }
    assert readers == {"Ana": True, "Bruno": False, "Chloe": True, "Gustav": False, "Sam": True, "Olga": False}
    assert Post.objects.visible_to(bruno.user).count() == 1  # its place and the reason


def test_mail_about_a_hidden_post_that_has_not_left_does_not_leave(
    thread: Thread, ana: Member, bruno: Member, staff: Member, now: datetime
) -> None:
    follow_thread(thread=thread, wish=FOLLOW, by=bruno.user)
    post = reply(thread=thread, contribution=says("Secret"), by=ana.user, now=now)
    hide_post(post=post, reason="Names a person", by=staff.user, now=now)
    assert told() == []


def test_a_post_is_shown_again_and_hidden_again_and_the_author_hears_of_each(
    thread: Thread, chloe: Member, now: datetime
) -> None:
    hide_post(post=post_of(thread), reason="One", by=chloe.user, now=now)
    post = restore_post(post=post_of(thread), by=chloe.user, now=now)
    assert (post.hidden_at, post.hidden_by, post.hidden_reason) == (None, None, "")
    hide_post(post=post_of(thread), reason="Two", by=chloe.user, now=now + timedelta(seconds=1))
    assert sorted(Delivery.objects.values_list("subject", flat=True)) == [
        "AI Tools Collaboration Group: your post on Cloud exit clauses is hidden",
        "AI Tools Collaboration Group: your post on Cloud exit clauses is hidden",
        "AI Tools Collaboration Group: your post on Cloud exit clauses is shown again",
    ]


def test_who_hides_the_own_post_and_who_has_left_are_not_mailed(
    thread: Thread, ana: Member, chloe: Member, now: datetime
) -> None:
    own = reply(thread=thread, contribution=says("Mine"), by=chloe.user, now=now)
    hide_post(post=own, reason="A mistake", by=chloe.user, now=now)
    restore_post(post=own, by=chloe.user, now=now)
    Member.objects.filter(pk=ana.pk).update(until_on=now.date())
    hide_post(post=post_of_first(thread), reason="Off topic", by=chloe.user, now=now)
    assert Delivery.objects.filter(purpose="moderation").count() == 0


def post_of_first(thread: Thread) -> Post:
    return thread.posts.select_related("thread__group", "author").earliest("pk")


def test_hiding_needs_a_reason_and_happens_once(thread: Thread, chloe: Member, now: datetime) -> None:
    post = post_of(thread)
    with pytest.raises(TextMissing):
        hide_post(post=post, reason="  ", by=chloe.user, now=now)
    with pytest.raises(ChangedMeanwhile, match="changed in the meantime"):
        restore_post(post=post, by=chloe.user, now=now)
    hide_post(post=post, reason="Off topic", by=chloe.user, now=now)
    with pytest.raises(ChangedMeanwhile):
        hide_post(post=post, reason="Another", by=chloe.user, now=now)
    assert post_of(thread).hidden_reason == "Off topic"


def test_members_neither_hide_nor_close(thread: Thread, bruno: Member, now: datetime) -> None:
    acts = (
        lambda: hide_post(post=post_of(thread), reason="No", by=bruno.user, now=now),
        lambda: restore_post(post=post_of(thread), by=bruno.user, now=now),
        lambda: close_thread(thread=thread, by=bruno.user, now=now),
        lambda: reopen_thread(thread=thread, by=bruno.user),
    )
    for act in acts:
        with pytest.raises(NotTheChair, match="Only the Chair of the group or the Secretariat"):
            act()


def test_a_discussion_is_closed_and_opened_once(thread: Thread, chloe: Member, staff: Member, now: datetime) -> None:
    closed = close_thread(thread=thread, by=chloe.user, now=now)
    assert (closed.closed_at, closed.closed_by) == (now, chloe.user)
    with pytest.raises(ChangedMeanwhile):
        close_thread(thread=thread, by=staff.user, now=now)
    opened = reopen_thread(thread=thread, by=staff.user)
    assert (opened.closed_at, opened.closed_by) == (None, None)
    with pytest.raises(ChangedMeanwhile):
        reopen_thread(thread=thread, by=staff.user)


# --- reading ----------------------------------------------------------------------------------------------------------
def test_a_read_mark_never_goes_back(thread: Thread, bruno: Member, now: datetime) -> None:
    mark_read(thread=thread, member=bruno, until=now)
    mark_read(thread=thread, member=bruno, until=now - timedelta(days=1))
    mark = ReadMark.objects.get()
    assert (mark.read_until, str(mark)) == (now, "Bruno Mithal, Cloud exit clauses")
    mark_read(thread=thread, member=bruno, until=now + timedelta(days=1))
    assert ReadMark.objects.get().read_until == now + timedelta(days=1)


def test_the_list_counts_what_others_wrote_since_one_was_here(
    thread: Thread, ana: Member, bruno: Member, chloe: Member, olga: Member, now: datetime
) -> None:
    older = ThreadFactory(group=thread.group, started_by=ana)
    reply(thread=thread, contribution=says("Mine"), by=bruno.user, now=now)  # read up to here
    reply(thread=thread, contribution=says("New"), by=ana.user, now=now + timedelta(seconds=1))
    hidden = reply(thread=thread, contribution=says("Off topic"), by=ana.user, now=now + timedelta(seconds=2))
    hide_post(post=hidden, reason="Off topic", by=chloe.user, now=now)

    seen = {
        member.given_name: [
            (each.title, each.post_count, each.unread_count)
            for each in recent_threads(thread.group, member.user, member)
        ]
        for member in (bruno, chloe, olga)
    }
    assert seen == {
        "Bruno": [("Cloud exit clauses", 3, 1), (older.title, 0, 0)],
        "Chloe": [("Cloud exit clauses", 3, 3), (older.title, 0, 0)],
        "Olga": [],
    }


def test_a_post_is_found_by_all_its_words_whatever_case_and_accents(thread: Thread, ana: Member) -> None:
    PostFactory(thread=thread, author=ana, text="Été à Genève", hidden_at=None)
    assert [post.text for post in Post.objects.saying("GENEVE ete")] == ["Été à Genève"]
    assert Post.objects.saying("cloud clauses").count() == 2  # the subject counts
    assert Post.objects.saying("geneve winter").count() == 0


def test_posts_stand_fifty_on_a_page(thread: Thread, ana: Member) -> None:
    posts = [post_of(thread), *PostFactory.create_batch(100, thread=thread, author=ana)]
    assert [page_of(posts[place]) for place in (0, 49, 50, 99, 100)] == [1, 1, 2, 2, 3]


def test_rows_about_what_one_hears_of_say_what_they_are(thread: Thread, bruno: Member, now: datetime) -> None:
    chosen = set_mail_mode(group=thread.group, mode=MODES.WEEKLY, by=bruno.user, now=now)
    follow_thread(thread=thread, wish=MUTE, by=bruno.user)
    assert str(chosen) == "Bruno Mithal, AI Tools Collaboration Group: Once a week, what is new"
    assert str(Follow.objects.get()) == "Bruno Mithal, Cloud exit clauses"
