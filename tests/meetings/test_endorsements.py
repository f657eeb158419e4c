"""Offices that join the comment of another: who may, until when, who hears of it."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import IntegrityError, transaction
from django.test import Client

from accounts.models import Member, Office
from consultations.operations import NotAuthorised
from meetings.aftermath import aftermath_of
from meetings.comments import comments_of
from meetings.emails import last_morning, next_morning
from meetings.models import Circulation, Endorsement
from meetings.operations.endorsements import (
    AlreadyJoined,
    CommentRevised,
    JoiningOver,
    NotJoined,
    OwnComment,
    join_comment,
    leave_comment,
)
from meetings.permissions import can_dispose, can_see_outcome, offices_that_may_join
from notifications.models import Delivery
from tests.factories import NOW, MemberFactory
from tests.meetings.circulating import PAGE, at, opened, submitted, text_of
from tests.meetings.concluding import AFTER, comment_of, concluded, join

COMPILATION = PAGE + "compilation/"
LATER = NOW + timedelta(hours=1)
Clients = Callable[[Member | None], Client]


@pytest.fixture
def circulation(ana: Member, chloe: Member, olga: Member) -> Circulation:
    """Offices that have submitted read the answers; Meridia comments on item a, Norland has submitted."""
    circulation = opened(ana.office, chloe.office, olga.office, answers_visible="submitted")
    submitted(circulation, ana, a_comment="Share the costs too")
    submitted(circulation, chloe)
    return circulation


def news(member: Member) -> list[tuple[str, object]]:
    """State and moment of the mails about joined comments to a member."""
    mails = Delivery.objects.filter(to_address=member.email, purpose="comments").order_by("created_at", "pk")
    return list(mails.values_list("state", "next_at"))


# --- who may ----------------------------------------------------------------------------------------------------------
def test_an_addressed_office_that_may_read_joins_through_who_speaks_for_it(
    circulation: Circulation, chloe: Member, ana: Member
) -> None:
    endorsement = join(circulation, chloe, ana)
    assert (endorsement.office, endorsement.endorsed_by, endorsement.endorsed_at) == (chloe.office, chloe.user, NOW)
    assert [office.code for office in comments_of(circulation)[0].joined] == ["QN"]


def test_who_cannot_read_or_speak_or_was_not_asked_joins_nothing(
    circulation: Circulation, ana: Member, bruno: Member, chloe: Member, olga: Member, staff: Member, gustav: Member
) -> None:
    contributor = MemberFactory(office=chloe.office)
    elsewhere = MemberFactory(role="focal_point")
    assert [
        offices_that_may_join(member.user, circulation.round, NOW)
        for member in (bruno, olga, staff, gustav, contributor, elsewhere)
    ] == [[], [], [], [], [], []]
    assert offices_that_may_join(AnonymousUser(), circulation.round, NOW) == []
    assert offices_that_may_join(chloe.user, circulation.round, NOW) == [chloe.office]
    for member in (bruno, olga, staff, contributor, elsewhere):
        with pytest.raises(NotAuthorised):
            join(circulation, member, ana)
    with pytest.raises(NotAuthorised):
        join_comment(answer=comment_of(circulation, ana), office=olga.office, by=chloe.user, now=NOW)
    assert not Endorsement.objects.exists()


def test_an_office_does_not_join_itself_nor_twice(circulation: Circulation, ana: Member, chloe: Member) -> None:
    with pytest.raises(OwnComment, match="your own office"):
        join(circulation, ana, ana)
    join(circulation, chloe, ana)
    with pytest.raises(AlreadyJoined, match="has joined this comment already"):
        join(circulation, chloe, ana)
    assert Endorsement.objects.count() == 1


def test_the_database_keeps_two_of_an_office_apart(circulation: Circulation, ana: Member, chloe: Member) -> None:
    joined = join(circulation, chloe, ana)
    with pytest.raises(IntegrityError), transaction.atomic():
        Endorsement.objects.create(answer=joined.answer, office=chloe.office, endorsed_by=chloe.user, endorsed_at=LATER)


def test_there_is_nothing_to_join_without_words(circulation: Circulation, ana: Member, chloe: Member) -> None:
    with pytest.raises(CommentRevised):
        join(circulation, chloe, ana, "b")


def test_an_office_leaves_and_may_come_back(circulation: Circulation, ana: Member, chloe: Member) -> None:
    answer = comment_of(circulation, ana)
    join(circulation, chloe, ana)
    left = leave_comment(answer=answer, office=chloe.office, by=chloe.user, now=LATER)
    assert (left.withdrawn_by, left.withdrawn_at) == (chloe.user, LATER)
    with pytest.raises(NotJoined, match="has left this comment"):
        leave_comment(answer=answer, office=chloe.office, by=chloe.user, now=LATER)
    join(circulation, chloe, ana, now=LATER)
    assert [(row.office_id, row.withdrawn_at) for row in Endorsement.objects.order_by("pk")] == [
        ("QN", LATER),
        ("QN", None),
    ]


def test_a_revision_takes_what_was_joined_to_history(circulation: Circulation, ana: Member, chloe: Member) -> None:
    before = comment_of(circulation, ana)
    join(circulation, chloe, ana)
    submitted(circulation, ana, now=LATER, a_comment="Share the staff too")
    assert [comment.joined for comment in comments_of(circulation)] == [()]
    assert Endorsement.objects.get().answer == before
    with pytest.raises(CommentRevised, match="has changed its answer"):
        join_comment(answer=before, office=chloe.office, by=chloe.user, now=LATER)


def test_the_outcome_ends_joining_and_leaving(
    circulation: Circulation, ana: Member, chloe: Member, staff: Member
) -> None:
    join(circulation, chloe, ana)
    concluded(circulation, staff.user)
    answer = comment_of(circulation, ana)
    for act in (join_comment, leave_comment):
        with pytest.raises(JoiningOver, match="The outcome is published"):
            act(answer=answer, office=chloe.office, by=chloe.user, now=AFTER)
    assert Endorsement.objects.standing().count() == 1


def test_the_outcome_is_for_those_who_see_the_circulation_once_it_is_published(
    circulation: Circulation, ana: Member, gustav: Member, staff: Member
) -> None:
    assert not can_see_outcome(staff.user, circulation)
    done = concluded(circulation, staff.user)
    assert [can_see_outcome(member.user, done) for member in (ana, staff, gustav)] == [True, True, False]
    assert [can_dispose(user) for user in (staff.user, ana.user, AnonymousUser())] == [True, False, False]


# --- who hears of it --------------------------------------------------------------------------------------------------
def test_the_author_gets_one_mail_the_next_morning_with_all_who_joined(
    circulation: Circulation, ana: Member, chloe: Member, olga: Member
) -> None:
    submitted(circulation, olga)
    join(circulation, chloe, ana)
    join(circulation, olga, ana, now=LATER)
    morning = next_morning(ana, NOW)
    assert morning.isoformat() == "2026-11-20T12:00:00+00:00"  # 09:00 in Santiago
    assert news(ana) == [("superseded", morning), ("queued", morning)]
    mail = Delivery.objects.get(state="queued", purpose="comments")
    assert mail.kind == "optional"
    assert mail.subject == "Joined: comments of Meridia on Next-step actions"
    assert "a  Heading a\n   Joined by: Belmora (XB), Norland (QN)" in mail.text
    assert "http://localhost:8000/circulations/next-steps/compilation/" in mail.text
    assert mail.headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_two_that_join_at_the_same_instant_stand_in_one_mail(
    circulation: Circulation, ana: Member, chloe: Member, olga: Member
) -> None:
    submitted(circulation, olga)
    join(circulation, chloe, ana)
    join(circulation, olga, ana)
    assert sorted(state for state, _ in news(ana)) == ["queued", "superseded"]
    assert "Joined by: Belmora (XB), Norland (QN)" in Delivery.objects.get(state="queued", purpose="comments").text


def test_what_comes_after_the_morning_is_for_the_next_one(
    circulation: Circulation, ana: Member, chloe: Member, olga: Member
) -> None:
    submitted(circulation, olga)
    join(circulation, chloe, ana)
    afternoon = next_morning(ana, NOW)
    join(circulation, olga, ana, now=afternoon)
    assert [moment for _, moment in news(ana)] == [afternoon, afternoon + timedelta(days=1)]
    second = Delivery.objects.filter(purpose="comments").latest("next_at")
    assert "Joined by: Belmora (XB)\n" in second.text
    assert [state for state, _ in news(ana)] == ["queued", "queued"]


def test_who_leaves_before_the_morning_is_not_told_of(circulation: Circulation, ana: Member, chloe: Member) -> None:
    endorsement = join(circulation, chloe, ana)
    leave_comment(answer=endorsement.answer, office=chloe.office, by=chloe.user, now=LATER)
    assert [state for state, _ in news(ana)] == ["superseded"]


def test_an_office_nobody_speaks_for_is_joined_without_a_mail(
    circulation: Circulation, ana: Member, chloe: Member
) -> None:
    Member.objects.filter(pk=ana.pk).update(until_on=NOW.date())
    join(circulation, chloe, ana)
    assert not Delivery.objects.filter(purpose="comments").exists()


def test_those_who_had_joined_are_told_of_a_revision(
    circulation: Circulation, ana: Member, chloe: Member, olga: Member
) -> None:
    submitted(circulation, olga)
    join(circulation, chloe, ana)
    gone = join(circulation, olga, ana)
    leave_comment(answer=gone.answer, office=olga.office, by=olga.user, now=NOW)
    submitted(circulation, ana, now=LATER, a_comment="Share the staff too")
    mail = Delivery.objects.get(purpose="comments", to_address=chloe.email)
    assert mail.kind == "optional"
    assert mail.subject == "Changed: a comment of Meridia that your office had joined (Next-step actions)"
    assert "Norland had joined the earlier version on these items" in mail.text
    assert "a  Heading a\n" in mail.text
    assert not Delivery.objects.filter(purpose="comments", to_address=olga.email).exists()


@pytest.mark.parametrize(
    ("zone", "now", "before", "after"),
    [
        ("Europe/Zurich", "2026-10-25T10:00:00+00:00", "2026-10-25T08:00:00+00:00", "2026-10-26T08:00:00+00:00"),
        ("Europe/Zurich", "2026-10-25T07:59:59+00:00", "2026-10-24T07:00:00+00:00", "2026-10-25T08:00:00+00:00"),
        ("Pacific/Auckland", "2026-11-20T20:00:00+00:00", "2026-11-20T20:00:00+00:00", "2026-11-21T20:00:00+00:00"),
    ],
)
def test_mornings_follow_the_clock_of_the_reader(ana: Member, zone: str, now: str, before: str, after: str) -> None:
    ana.time_zone = zone
    instant = type(NOW).fromisoformat(now)
    assert (last_morning(ana, instant).isoformat(), next_morning(ana, instant).isoformat()) == (before, after)


# --- the page ---------------------------------------------------------------------------------------------------------
def post(client_of: Clients, member: Member, url: str, moment: object = NOW, **data: str) -> object:
    with at(moment):
        return client_of(member).post(url, data, follow=True)


def url_of(circulation: Circulation, author: Member, act: str) -> str:
    return f"{PAGE}comments/{comment_of(circulation, author).pk}/{act}/"


def test_a_page_offers_joining_and_leaving_without_script(
    circulation: Circulation, ana: Member, chloe: Member, client_of: Clients
) -> None:
    with at():
        page = client_of(chloe).get(COMPILATION)
    assert "Norland joins this comment" in text_of(page)
    assert url_of(circulation, ana, "join") in page.content.decode()
    done = post(client_of, chloe, url_of(circulation, ana, "join"), office="QN")
    assert done.redirect_chain[-1][0] == f"{COMPILATION}#comment-{comment_of(circulation, ana).pk}"
    words = text_of(done)
    assert "Norland has joined the comment." in words
    assert "Joined by 1 office: Norland (QN)" in words
    again = text_of(post(client_of, chloe, url_of(circulation, ana, "join"), office="QN"))
    assert "Your office has joined this comment already." in again
    left = text_of(post(client_of, chloe, url_of(circulation, ana, "leave")))
    assert "Norland has left the comment." in left
    assert "Joined by" not in left
    late = text_of(post(client_of, chloe, url_of(circulation, ana, "leave")))
    assert "Your office has left this comment already." in late


def test_the_own_comment_and_the_comment_of_a_contributor_offer_nothing(
    circulation: Circulation, ana: Member, chloe: Member, client_of: Clients
) -> None:
    contributor = MemberFactory(office=chloe.office)
    with at():
        for member in (ana, contributor):
            assert "joins this comment" not in text_of(client_of(member).get(COMPILATION))


def test_others_are_refused(
    circulation: Circulation, ana: Member, bruno: Member, chloe: Member, olga: Member, staff: Member, client_of: Clients
) -> None:
    url = url_of(circulation, ana, "join")
    assert [post(client_of, member, url).status_code for member in (ana, bruno, staff)] == [403, 403, 403]
    assert post(client_of, olga, url).status_code == 404  # has not submitted, reads nothing
    assert post(client_of, chloe, url, office="XB").status_code == 403
    for pk in ("0", "9" * 30, comment_of(circulation, ana, "b").pk):
        assert post(client_of, chloe, f"{PAGE}comments/{pk}/join/").status_code == 404
    with at():
        assert client_of(chloe).get(url).status_code == 405
        assert client_of(None).post(url)["Location"] == f"/accounts/login/?next={url}"
    assert not Endorsement.objects.exists()


def test_offices_that_joined_stand_in_official_order(
    circulation: Circulation, ana: Member, chloe: Member, olga: Member, norland: Office
) -> None:
    submitted(circulation, olga)
    join(circulation, chloe, ana)
    join(circulation, olga, ana)
    (after,) = aftermath_of(circulation, ana.user, NOW).values()
    assert [office.code for office in after.joined] == ["XB", "QN"]
    assert (after.may_join, after.may_leave, after.disposition) == ([], [], None)
    (after,) = aftermath_of(circulation, chloe.user, NOW).values()
    assert (after.may_join, after.may_leave) == ([], [norland])
