"""Who may do what, each condition by itself."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.contrib.auth.models import AnonymousUser

from accounts.models import Member
from consultations.models import DraftField, OfficeResponse, Round, Submission
from consultations.operations import publish_round, save_draft_field
from consultations.permissions import (
    can_edit_response,
    can_run_rounds,
    can_see_answers,
    can_see_progress,
    can_submit_response,
)
from tests.consultations.asking import CLOSES, opened_round, response_of, round_for
from tests.factories import NOW

AFTER = CLOSES + timedelta(days=1)
STRANGER = AnonymousUser()


def test_members_of_the_office_edit_and_those_who_speak_for_it_submit(
    ana: Member, bruno: Member, alba: Member, chloe: Member, gustav: Member, staff: Member
) -> None:
    response = response_of(opened_round(ana.office), ana.office)
    everybody = (ana, bruno, alba, chloe, gustav, staff)
    assert [can_edit_response(each.user, response) for each in everybody] == [True, True, True, False, False, False]
    assert [can_submit_response(each.user, response) for each in everybody] == [True, False, True, False, False, False]
    assert not can_edit_response(STRANGER, response)
    assert not can_submit_response(STRANGER, response)


def test_the_secretariat_runs_rounds_and_sees_progress(ana: Member, staff: Member) -> None:
    for rule in (can_run_rounds, can_see_progress):
        assert [rule(user) for user in (staff.user, ana.user, STRANGER)] == [True, False, False]


@pytest.mark.parametrize(
    ("visible", "before", "after_closing", "published"),
    [
        (Round.AnswersVisible.PUBLICATION, False, False, True),
        (Round.AnswersVisible.CLOSING, False, True, True),
        (Round.AnswersVisible.SUBMITTED, False, False, True),
    ],
)
def test_members_see_the_answers_when_the_round_says_so(
    chloe: Member, staff: Member, visible: str, before: bool, after_closing: bool, published: bool
) -> None:
    round = opened_round(chloe.office, answers_visible=visible)

    def seen(now: datetime) -> bool:
        return can_see_answers(chloe.user, round, now)

    assert (seen(NOW), seen(AFTER)) == (before, after_closing)
    publish_round(round=round, by=staff.user, now=AFTER)
    assert seen(AFTER) == published


def test_an_office_that_has_submitted_sees_the_others_where_the_round_says_so(
    ana: Member, chloe: Member, answer: Callable[..., object]
) -> None:
    round = opened_round(ana.office, chloe.office, answers_visible=Round.AnswersVisible.SUBMITTED)
    answer(round, ana)
    assert can_see_answers(ana.user, round, NOW)
    assert not can_see_answers(chloe.user, round, NOW)


def test_guests_and_strangers_never_see_answers(ana: Member, gustav: Member, staff: Member) -> None:
    round = opened_round(ana.office)
    publish_round(round=round, by=staff.user, now=AFTER)
    assert not can_see_answers(gustav.user, round, AFTER)
    assert not can_see_answers(STRANGER, round, AFTER)


def test_the_secretariat_sees_the_answers_from_the_opening_on(ana: Member, staff: Member) -> None:
    assert not can_see_answers(staff.user, round_for(ana.office), NOW)
    assert can_see_answers(staff.user, opened_round(ana.office), NOW)


def test_rounds_are_visible_to_the_offices_asked_to_all_members_once_published_and_to_the_secretariat_before(
    ana: Member, chloe: Member, gustav: Member, staff: Member
) -> None:
    hidden, opened, record = (
        round_for(ana.office),
        opened_round(ana.office),
        round_for(is_record=True, titles={"en": "Of the record"}),
    )

    def seen(user: object) -> set[int]:
        return set(Round.objects.visible_to(user).values_list("pk", flat=True))

    assert seen(staff.user) == {hidden.pk, opened.pk, record.pk}
    assert seen(ana.user) == {opened.pk, record.pk}
    assert seen(chloe.user) == {record.pk}
    publish_round(round=opened, by=staff.user, now=AFTER)
    assert seen(chloe.user) == {opened.pk, record.pk}
    assert seen(gustav.user) == seen(STRANGER) == set()


def test_answers_drafts_and_submissions_are_seen_by_their_office_only(
    ana: Member, bruno: Member, chloe: Member, staff: Member, answer: Callable[..., Submission]
) -> None:
    round = opened_round(ana.office, chloe.office)
    response = response_of(round, ana.office)
    save_draft_field(response=response, key="a.comment", value="Ours", seen=0, by=bruno.user, now=NOW)
    submission = answer(round, ana)
    assert list(OfficeResponse.objects.visible_to(bruno.user)) == [response]
    assert list(OfficeResponse.objects.visible_to(staff.user)) == []
    assert list(OfficeResponse.objects.visible_to(STRANGER)) == []
    assert list(Submission.objects.visible_to(bruno.user)) == [submission]
    assert list(Submission.objects.visible_to(chloe.user)) == []
    assert list(Submission.objects.visible_to(staff.user)) == [submission]
    assert list(Submission.objects.visible_to(STRANGER)) == []
    assert list(OfficeResponse.objects.answered()) == [response]
    assert list(OfficeResponse.objects.awaited().of_office("QN")) == [response_of(round, chloe.office)]
    assert [str(row) for row in DraftField.objects.newest()] == ["a.comment v1"]
    given = Submission.objects.with_submitter().get()
    assert (given.given_name, given.family_name) == ("Ana", "Ejemplo")
