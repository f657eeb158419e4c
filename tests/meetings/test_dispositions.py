"""Comments are answered one by one or many at once; nobody but the Secretariat reads it before the outcome."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.http import HttpResponse
from django.test import Client

from accounts.models import Member
from consultations.operations import NotAuthorised
from meetings.comments import comments_of, progress_of, token_of
from meetings.models import Circulation, Disposition
from meetings.operations.dispositions import (
    AnsweredMeanwhile,
    CommentsGone,
    Concluded,
    Decision,
    ReasonNeeded,
    answer_comments,
)
from tests.factories import NOW, MemberFactory, OfficeFactory
from tests.hostile import LONG
from tests.meetings.circulating import PAGE, at, opened, prepared, submitted, text_of
from tests.meetings.concluding import AFTER, comment_of, concluded, decide, join
from tests.queries import assert_same_number_of_queries

DESK = PAGE + "disposition/"
NOTHING = token_of(None)
Clients = Callable[[Member | None], Client]


@pytest.fixture
def circulation(ana: Member, chloe: Member, olga: Member) -> Circulation:
    """Meridia comments on a, Norland proposes a wording for a and comments on b, Belmora only takes positions."""
    circulation = opened(ana.office, chloe.office, olga.office)
    submitted(circulation, ana, a_comment="Share the costs too")
    submitted(
        circulation, chloe, a_position="supports_with_changes", a_wording="Frozen wording of everything",
        b_position="does_not_support", b_comment="Too early",
    )  # fmt: skip
    submitted(circulation, olga)
    return circulation


def answer(circulation: Circulation, member: Member, letter: str = "a", **fields: str) -> Decision:
    defaults = {"decision": "noted", "reason": "", "seen": NOTHING}
    return Decision(answer=comment_of(circulation, member, letter).pk, **defaults | fields)


def said() -> list[tuple[str, str, str, str]]:
    rows = Disposition.objects.order_by("answer__item__order", "answer__submission__response__office")
    return [(row.answer.item.key, row.answer.submission.response.office_id, row.decision, row.reason) for row in rows]


# --- the operation ----------------------------------------------------------------------------------------------------
def test_one_comment_and_then_many(circulation: Circulation, ana: Member, chloe: Member, staff: Member) -> None:
    one = [answer(circulation, ana, decision="partly", reason=" Costs are for the budget. ")]
    assert answer_comments(circulation=circulation, decisions=one, by=staff.user, now=AFTER) == 1
    assert decide(circulation, staff.user, "taken_in") == 2
    assert said() == [
        ("a", "QM", "partly", "Costs are for the budget."),
        ("a", "QN", "taken_in", ""),
        ("b", "QN", "taken_in", ""),
    ]
    row = Disposition.objects.first()
    assert (row.decided_by, row.decided_at) == (staff.user, AFTER)


def test_only_comments_and_wordings_are_answered(circulation: Circulation, staff: Member) -> None:
    comments = comments_of(circulation)
    assert [(each.item.key, each.office.code) for each in comments] == [("a", "QM"), ("a", "QN"), ("b", "QN")]
    total, by_item = progress_of(comments)
    assert (total.answered, total.total, total.per_cent) == (0, 3, "0.00%")
    assert [(each.item.key, each.total) for each in by_item] == [("a", 2), ("b", 1)]


@pytest.mark.parametrize("decision", ["partly", "not_taken_in"])
def test_what_is_not_taken_in_whole_needs_a_reason(
    circulation: Circulation, ana: Member, chloe: Member, staff: Member, decision: str
) -> None:
    both = [answer(circulation, chloe), answer(circulation, ana, decision=decision, reason=" ")]
    with pytest.raises(ReasonNeeded, match="need a reason"):
        answer_comments(circulation=circulation, decisions=both, by=staff.user, now=AFTER)
    assert said() == []
    with pytest.raises(IntegrityError), transaction.atomic():
        Disposition.objects.create(
            answer=comment_of(circulation, ana), decision=decision, decided_by=staff.user, decided_at=AFTER
        )


def test_an_answer_is_changed_and_taken_back(circulation: Circulation, ana: Member, staff: Member) -> None:
    first = [answer(circulation, ana)]
    answer_comments(circulation=circulation, decisions=first, by=staff.user, now=AFTER)
    seen = token_of(Disposition.objects.get())
    second = [answer(circulation, ana, decision="taken_in", reason="As it stands.", seen=seen)]
    answer_comments(circulation=circulation, decisions=second, by=staff.user, now=AFTER)
    assert said() == [("a", "QM", "taken_in", "As it stands.")]
    back = [answer(circulation, ana, decision="", seen=token_of(Disposition.objects.get()))]
    answer_comments(circulation=circulation, decisions=back, by=staff.user, now=AFTER)
    assert said() == []


def test_of_two_at_once_one_is_stored_and_the_other_told(
    circulation: Circulation, ana: Member, chloe: Member, staff: Member, staff2: Member
) -> None:
    mine = [answer(circulation, ana, decision="taken_in"), answer(circulation, chloe)]
    answer_comments(circulation=circulation, decisions=[answer(circulation, ana)], by=staff2.user, now=AFTER)
    with pytest.raises(AnsweredMeanwhile, match="in the meantime") as refusal:
        answer_comments(circulation=circulation, decisions=mine, by=staff.user, now=AFTER)
    assert refusal.value.dispositions == {comment_of(circulation, ana).pk: Disposition.objects.get()}
    assert said() == [("a", "QM", "noted", "")]


def test_a_comment_of_an_earlier_version_and_one_of_another_circulation_are_gone(
    circulation: Circulation, ana: Member, chloe: Member, staff: Member
) -> None:
    before = answer(circulation, ana)
    submitted(circulation, ana, now=NOW + timedelta(hours=1), a_comment="Share the staff too")
    for gone in (before, answer(circulation, ana, "b"), Decision(answer=0, decision="noted", reason="", seen=NOTHING)):
        with pytest.raises(CommentsGone, match="has changed its answer"):
            answer_comments(
                circulation=circulation, decisions=[answer(circulation, chloe), gone], by=staff.user, now=NOW
            )
    assert said() == []


def test_a_revision_is_to_be_answered_again(circulation: Circulation, ana: Member, staff: Member) -> None:
    decide(circulation, staff.user)
    submitted(circulation, ana, now=NOW + timedelta(hours=1), a_comment="Share the staff too")
    assert [each.disposition is None for each in comments_of(circulation)] == [True, False, False]


def test_members_answer_nothing_and_nothing_changes_after_the_outcome(
    circulation: Circulation, ana: Member, staff: Member
) -> None:
    with pytest.raises(NotAuthorised):
        answer_comments(circulation=circulation, decisions=[answer(circulation, ana)], by=ana.user, now=AFTER)
    concluded(circulation, staff.user)
    with pytest.raises(Concluded, match="Nothing was changed"):
        answer_comments(circulation=circulation, decisions=[], by=staff.user, now=AFTER)


# --- the desk ---------------------------------------------------------------------------------------------------------
def get(client_of: Clients, member: Member | None, url: str = DESK, moment: Any = AFTER) -> HttpResponse:
    with at(moment):
        return client_of(member).get(url)


def post(client_of: Clients, member: Member, url: str = DESK, **data: Any) -> HttpResponse:
    with at(AFTER):
        return client_of(member).post(url, data)


def row(circulation: Circulation, member: Member, letter: str = "a", **fields: str) -> dict[str, str]:
    """What a browser sends for one comment."""
    pk = comment_of(circulation, member, letter).pk
    values = {"decision": "", "reason": "", "seen": NOTHING} | fields
    return {f"c{pk}-{name}": value for name, value in values.items()}


def test_the_desk_is_for_the_secretariat_from_the_opening_on(
    circulation: Circulation, ana: Member, gustav: Member, staff: Member, client_of: Clients
) -> None:
    assert [get(client_of, member).status_code for member in (ana, gustav, staff)] == [403, 404, 200]
    assert get(client_of, None)["Location"] == f"/accounts/login/?next={DESK}"
    with at():
        assert client_of(staff).put(DESK).status_code == 405
    prepared(ana.office, slug="waiting")
    assert get(client_of, staff, "/circulations/waiting/disposition/").status_code == 404


def test_the_desk_shows_every_comment_and_how_far_it_is(
    circulation: Circulation, ana: Member, chloe: Member, staff: Member, client_of: Clients
) -> None:
    answered = [answer(circulation, ana, decision="partly", reason="Half of it.")]
    answer_comments(circulation=circulation, decisions=answered, by=staff.user, now=AFTER)
    page = get(client_of, staff)
    words = text_of(page)
    assert "1 of 3 comments answered" in words
    assert 'width="50.00%"' in page.content.decode()
    assert words.index("Frozen wording of everything") < words.index("Share the costs too") < words.index("Too early")
    assert "Half of it." in words
    assert "Answered 4 December 2026, 23:59 Geneva time" in words


def test_answers_are_saved_and_lead_back_to_the_comment(
    circulation: Circulation, ana: Member, chloe: Member, staff: Member, client_of: Clients
) -> None:
    pk = comment_of(circulation, chloe).pk
    data = row(circulation, chloe, decision="taken_in", reason="a\r\nb") | row(circulation, ana)
    with at(AFTER):
        done = client_of(staff).post(DESK + "?item=a", data | {"save": pk}, follow=True)
    assert done.redirect_chain == [(f"{DESK}?item=a#comment-{pk}", 302)]
    assert said() == [("a", "QN", "taken_in", "a\nb")]
    assert "1 answer is saved." in text_of(done)
    again = row(circulation, chloe, decision="taken_in", reason="a\r\nb", seen=token_of(Disposition.objects.get()))
    assert post(client_of, staff, **again)["Location"] == DESK
    with at(AFTER):
        assert "Nothing was changed." in text_of(client_of(staff).post(DESK, again, follow=True))


def test_several_comments_get_one_answer(
    circulation: Circulation, ana: Member, chloe: Member, staff: Member, client_of: Clients
) -> None:
    ticked = [comment_of(circulation, ana).pk, comment_of(circulation, chloe, "b").pk, "9" * 30, "x"]
    rows = row(circulation, ana, decision="noted") | row(circulation, chloe) | row(circulation, chloe, "b")
    together = {"apply": "1", "tick": ticked, "together-decision": "not_taken_in", "together-reason": "Out of scope."}
    assert post(client_of, staff, **rows, **together).status_code == 302
    assert said() == [("a", "QM", "not_taken_in", "Out of scope."), ("b", "QN", "not_taken_in", "Out of scope.")]


@pytest.mark.parametrize(
    ("together", "message"),
    [
        ({"together-decision": "noted"}, "Tick the comments this answers."),
        ({"together-decision": "partly", "tick": True}, "Give the reason: the offices read it."),
        ({"together-decision": "x", "tick": True}, "Select a valid choice."),
    ],
)
def test_one_answer_for_several_is_complete(
    circulation: Circulation, ana: Member, staff: Member, client_of: Clients, together: dict[str, Any], message: str
) -> None:
    ticked = {"tick": [comment_of(circulation, ana).pk]} if together.pop("tick", False) else {}
    page = post(client_of, staff, apply="1", **row(circulation, ana), **together, **ticked)
    assert message in text_of(page)
    assert page.content.decode().count(" checked>") == len(ticked)
    assert said() == []


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"decision": "partly"}, "Give the reason: the office reads it."),
        ({"decision": "not_taken_in", "reason": "  "}, "Give the reason: the office reads it."),
        ({"reason": "Because."}, "Choose what becomes of the comment."),
        ({"decision": "1e3"}, "Select a valid choice. 1e3 is not one of the available choices."),
        ({"decision": "1e3", "reason": "Because."}, "Select a valid choice."),
        ({"decision": "noted", "reason": "a\x00"}, "Null characters are not allowed."),
        ({"decision": "partly", "reason": "a\x00"}, "Null characters are not allowed."),
        ({"decision": "noted", "reason": LONG}, "Ensure this value has at most 5000 characters (it has 1000000)."),
    ],
)
def test_what_cannot_be_stored_is_said_at_the_field_and_all_typed_text_is_kept(
    circulation: Circulation, ana: Member, chloe: Member, staff: Member, client_of: Clients,
    fields: dict[str, str], message: str,
) -> None:  # fmt: skip
    good = row(circulation, chloe, decision="noted", reason="Kept as it was typed.")
    page = post(client_of, staff, DESK + "?state=taken_in", **row(circulation, ana, **fields), **good)
    assert page.status_code == 200
    assert message in text_of(page)
    assert "Kept as it was typed." in text_of(page)
    assert 'aria-invalid="true"' in page.content.decode()
    assert said() == []


def test_a_colleague_was_faster_and_both_texts_are_shown(
    circulation: Circulation, ana: Member, staff: Member, staff2: Member, client_of: Clients
) -> None:
    first = [answer(circulation, ana, decision="partly", reason="Half of it.")]
    answer_comments(circulation=circulation, decisions=first, by=staff2.user, now=AFTER)
    mine = row(circulation, ana, decision="taken_in", reason="All of it.")
    page = post(client_of, staff, **mine)
    assert page.status_code == 409
    assert "A colleague has answered this in the meantime: taken in partly. Half of it." in text_of(page)
    assert "All of it." in text_of(page)
    assert said() == [("a", "QM", "partly", "Half of it.")]
    seen = token_of(Disposition.objects.get())
    assert f'value="{seen}"' in page.content.decode()
    assert post(client_of, staff, **mine | row(circulation, ana, decision="taken_in", seen=seen)).status_code == 302
    assert said() == [("a", "QM", "taken_in", "")]


def test_what_a_colleague_took_back_is_said(
    circulation: Circulation, ana: Member, staff: Member, client_of: Clients
) -> None:
    page = post(client_of, staff, **row(circulation, ana, decision="noted", seen="something else"))
    assert "A colleague has answered this in the meantime: the answer was taken back" in text_of(page)


def test_text_for_a_comment_that_is_history_is_shown_and_nothing_stored(
    circulation: Circulation, ana: Member, chloe: Member, staff: Member, client_of: Clients
) -> None:
    data = row(circulation, ana, decision="partly", reason="Half of it.") | row(circulation, chloe, decision="noted")
    submitted(circulation, ana, now=NOW + timedelta(hours=1), a_comment="Share the staff too")
    page = post(client_of, staff, **data)
    assert page.status_code == 409
    assert "An office has changed its answer since this page was shown." in text_of(page)
    assert "Half of it." in text_of(page)
    assert said() == []


def test_the_desk_is_closed_with_the_outcome(
    circulation: Circulation, ana: Member, staff: Member, client_of: Clients
) -> None:
    data = row(circulation, ana, decision="taken_in", seen=token_of(None))
    concluded(circulation, staff.user)
    page = get(client_of, staff)
    assert "nothing changes any more" in text_of(page)
    assert "-decision" not in page.content.decode()
    refused = post(client_of, staff, **data)
    assert refused.status_code == 409
    assert "The outcome is published. Nothing was changed." in text_of(refused)


def test_filters_narrow_what_is_shown(
    circulation: Circulation, ana: Member, chloe: Member, staff: Member, client_of: Clients
) -> None:
    answers = [answer(circulation, ana, decision="taken_in")]
    answer_comments(circulation=circulation, decisions=answers, by=staff.user, now=AFTER)
    shown = {}
    for query in ("item=b", "state=open", "state=taken_in", "item=b&state=taken_in", "item=%00&state=1e3", "page=x"):
        words = text_of(get(client_of, staff, f"{DESK}?{query}"))
        texts = {"costs": "Share the costs too", "wording": "Frozen wording of everything", "early": "Too early"}
        shown[query] = [key for key, text in texts.items() if text in words]
    assert shown == {
        "item=b": ["early"],
        "state=open": ["wording", "early"],
        "state=taken_in": ["costs"],
        "item=b&state=taken_in": [],
        "item=%00&state=1e3": ["costs", "wording", "early"],
        "page=x": ["costs", "wording", "early"],
    }


def test_without_comments_the_desk_says_so(ana: Member, staff: Member, client_of: Clients) -> None:
    submitted(opened(ana.office), ana)
    assert "No office has commented on an item." in text_of(get(client_of, staff))


def test_members_read_nothing_of_it_before_the_outcome(
    circulation: Circulation, ana: Member, chloe: Member, staff: Member, client_of: Clients
) -> None:
    circulation.round.__class__.objects.filter(pk=circulation.round_id).update(
        published_at=AFTER, published_by=staff.user
    )
    decide(circulation, staff.user, "not_taken_in", "Out of scope.")
    join(circulation, chloe, ana, now=AFTER)
    for url in (PAGE, PAGE + "compilation/"):
        assert "Out of scope." not in get(client_of, ana, url).content.decode()
    concluded(circulation, staff.user)
    words = text_of(get(client_of, chloe, PAGE + "compilation/"))
    assert words.count("Answer of the Secretariat Not taken in Out of scope.") == 3
    assert "joins this comment" not in words


def test_the_desk_needs_the_same_queries_for_thirty_comments(
    circulation: Circulation, ana: Member, staff: Member, client_of: Clients
) -> None:
    def add(count: int) -> None:
        for _ in range(count):
            number = circulation.round.responses.count()
            office = OfficeFactory(code=f"{chr(85 + number // 26)}{chr(65 + number % 26)}")
            member = MemberFactory(office=office, role=Member.Role.FOCAL_POINT)
            circulation.round.responses.create(office=office, closes_at=AFTER, created_at=NOW)
            submitted(circulation, member, a_comment="Another one")
            decide(circulation, staff.user)

    with at(AFTER):
        assert_same_number_of_queries(client_of(staff), DESK, add)
