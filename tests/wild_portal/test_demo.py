"""What the demonstration shows: its cast, a circulation that is open, and one that was concluded."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from io import StringIO

import pytest
import time_machine
from django.conf import settings
from django.core.management import call_command

from accounts.models import Member, Office
from consultations.drafts import draft_of
from consultations.models import Annex, OfficeResponse, Release, Submission
from consultations.operations import release
from consultations.reach import not_reached
from consultations.sign_offs import sign_offs_of
from groups.models import Membership, Nomination, Post
from meetings.comments import comments_of
from meetings.models import ActionUpdate, Endorsement, ItemAnswer, Session, SilenceProcedure
from meetings.outcome import outcomes_for_offices
from meetings.wording import as_text
from notifications.models import Delivery
from tests.factories import NOW
from tests.wild_portal.demonstrating import SILENT, circulation_of, contacts_of, played, response_of
from wild_portal.demo import demo, seed

__all__ = ["played"]
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("played")]


def user_of(email: str) -> object:
    return Member.objects.get(email=email).user


# --- who takes part ---------------------------------------------------------------------------------------------------
def test_invented_offices_are_marked_and_real_ones_untouched() -> None:
    invented = Office.objects.filter(is_demo=True)
    assert invented.count() == 24
    assert Office.objects.filter(is_demo=False).count() == 208
    assert set(invented.values_list("code", flat=True)) == {entry["code"] for entry in demo()["offices"]}
    elsewhere = Member.objects.exclude(office__in=invented).exclude(office=None)
    assert set(elsewhere.values_list("office_id", flat=True)) == {"IB"}


def test_cast_has_its_roles() -> None:
    seats = Membership.objects.current().filter(role__in=["chair", "vice_chair", "guest"]).order_by("member__email")
    assert list(seats.values_list("member__email", "group__slug", "role")) == [
        ("chloe@qn.example", "ai-tools", "chair"),
        ("gustav@industry.example", "ai-tools", "guest"),
    ]
    staff = Member.objects.filter(user__is_staff=True).values_list("email", "user__is_superuser").order_by("email")
    assert list(staff) == [("root@wild.example", True), ("staff2@wild.example", False), ("staff@wild.example", False)]
    ana = Member.objects.get(email="ana@qm.example")
    assert (ana.office_id, ana.role, ana.user.check_password("wild-demo")) == ("QM", "focal_point", True)


def test_second_seeding_changes_nothing() -> None:
    kinds = (Member, Delivery, OfficeResponse, Release, Membership, Nomination, Post, Session, SilenceProcedure)
    before = [kind.objects.count() for kind in kinds]
    assert seed(stage="open", number=1, now=NOW) == 0
    assert [kind.objects.count() for kind in kinds] == before


def test_mail_of_the_past_is_neither_owed_nor_late() -> None:
    ends = Counter(Delivery.objects.values_list("state", flat=True))
    assert set(ends) == {"cancelled", "superseded"}


# --- the open one -----------------------------------------------------------------------------------------------------
def test_remind_lists_these_reminders_and_nothing_else() -> None:
    out = StringIO()
    with time_machine.travel(NOW, tick=False):
        call_command("remind", dry_run=True, stdout=out)
    rows = [line.split("\t") for line in out.getvalue().splitlines()]
    assert sorted(row[2] for row in rows) == contacts_of(SILENT)
    assert {(row[3], row[5]) for row in rows} == {("14", "to queue")}


def test_15_of_24_offices_have_answered_and_meridia_has_not() -> None:
    responses = OfficeResponse.objects.filter(round=circulation_of("next_steps").round)
    assert responses.count() == 24
    assert responses.answered().count() == 15
    assert sorted(responses.awaited().values_list("office_id", flat=True)) == SILENT


def test_circulation_opened_48_days_ago_and_closes_in_13() -> None:
    round = circulation_of("next_steps").round
    assert round.opened_at == datetime(2026, 10, 3, 8, 0, tzinfo=UTC)
    assert round.closes_at == datetime(2026, 12, 3, 22, 59, 59, 999000, tzinfo=UTC)


def test_meridia_has_two_of_five_items_in_draft_and_bruno_writes_the_third() -> None:
    draft = draft_of(response_of("next_steps", "QM"))
    assert draft.saved("abcde") == ["a", "b", "c"]
    assert [key for key in "abcde" if draft.value(f"{key}.position")] == ["a", "b"]
    assert draft.value("c.comment") == "Training in our language would help most. We can host one workshop on"
    writer = draft.writer("c", NOW, besides=user_of("ana@qm.example"))
    assert writer is not None
    assert writer.editor == "Bruno Muestra"


def test_bruno_signed_off_what_stood_before_he_wrote() -> None:
    response = response_of("next_steps", "QM")
    found = sign_offs_of(response, draft_of(response), user_of("ana@qm.example"))
    assert found.of_this == []
    assert [(row.given_name, row.signed_at) for row in found.of_earlier] == [("Bruno", NOW - timedelta(days=1))]


def test_offices_comment_in_the_languages_of_their_people() -> None:
    said = ItemAnswer.objects.that_count(circulation_of("next_steps").round).in_words()
    rows = said.values_list("submission__response__office", "submission__submitted_by__members__language", "comment")
    languages = {office: language for office, language, comment in rows if comment and language != "en"}
    assert languages == {
        "QP": "fr", "QS": "fr", "QT": "ar", "QV": "es", "XE": "ru", "XF": "zh-hans", "XJ": "ar", "XL": "ru",
    }  # fmt: skip
    assert said.get(submission__response__office="XF", item__key="c").comment == "我们可以在线主办一次研讨会。"


def test_wordings_are_marked_changes_of_the_frozen_text() -> None:
    proposed = ItemAnswer.objects.that_count(circulation_of("next_steps").round).exclude(wording="")
    assert Counter(proposed.values_list("item__key", flat=True)) == {"b": 4, "d": 2, "e": 3}
    solenne = proposed.get(submission__response__office="QS")
    assert as_text(solenne.item.text, solenne.wording) == (
        "Setting up a forum{+, meeting online at first,+} to share information about ICT services and solution "
        "portfolios"
    )


def test_files_go_with_an_answer_and_with_a_draft() -> None:
    rows = Annex.objects.values_list("response__office", "section", "file__name", "submissions__number")
    assert sorted(rows) == [("QM", "b", "solution-sheet.txt", None), ("XA", "d", "sandbox-outline.txt", 1)]


def test_the_answer_of_an_office_whose_mail_came_back_was_entered_from_its_letter() -> None:
    [entered] = Submission.objects.on_behalf()
    assert (entered.response, entered.number, entered.is_late) == (response_of("next_steps", "QO"), 1, False)
    assert (entered.received_on, entered.submitted_by) == (date(2026, 10, 20), user_of("staff@wild.example"))
    assert entered.file.name == "letter-from-oravia.txt"
    with entered.file.content.open() as letter:
        assert letter.read().startswith(b"Oravia, ")
    assert draft_of(entered.response).value("c.position") == "no_objection"


def test_one_silent_office_was_reminded_once_by_hand() -> None:
    reminded = OfficeResponse.objects.exclude(nudged_at=None).values_list("office_id", "nudged_at", "nudged_by__email")
    assert list(reminded) == [("XM", datetime(2026, 10, 27, 14, 20, tzinfo=UTC), "staff@wild.example")]


def test_a_reminder_to_twelve_persons_waits_for_the_second_of_the_secretariat() -> None:
    waiting = Release.objects.waiting().get(round=circulation_of("next_steps").round)
    assert (waiting.act, waiting.recipients, waiting.asked_by) == ("nudge", 12, user_of("staff@wild.example"))
    release(release=waiting, by=user_of("staff2@wild.example"), now=NOW)
    assert Delivery.objects.living().filter(purpose="nudge").count() == 12


# --- the concluded one ------------------------------------------------------------------------------------------------
def test_the_concluded_circulation_was_answered_by_twenty_offices_one_of_them_late() -> None:
    round = circulation_of("arrangements").round
    latest = OfficeResponse.objects.filter(round=round).with_latest()
    assert (latest.count(), latest.answered().count()) == (24, 20)
    assert [row.office_id for row in latest if row.is_late] == ["QX"]
    assert sorted(latest.awaited().values_list("office_id", flat=True)) == ["QO", "QY", "XI", "XT"]
    assert not_reached(round) == {"QO": "addresses"}


def test_every_comment_has_its_answer_and_some_were_joined() -> None:
    comments = comments_of(circulation_of("arrangements"))
    decisions = Counter(comment.disposition.decision for comment in comments if comment.disposition)
    assert decisions == {"taken_in": 6, "partly": 3, "not_taken_in": 2, "noted": 5}
    assert [comment.disposition.reason for comment in comments if comment.disposition].count("") == 0
    assert Endorsement.objects.standing().count() == sum(len(comment.joined) for comment in comments) == 13


def test_meridia_reads_what_became_of_its_comments_and_who_joined_them() -> None:
    outcome = outcomes_for_offices(circulation_of("arrangements"), "QM")["QM"]
    rows = [
        (comment.item.key, comment.disposition.decision, [office.code for office in comment.joined])
        for comment in outcome.comments
        if comment.disposition
    ]
    assert rows == [
        ("a", "partly", ["XG", "QV"]),
        ("c", "taken_in", ["QP"]),
        ("d", "taken_in", ["XB", "XC", "QN"]),
    ]


def test_the_outcome_is_published_in_six_languages_and_by_two_persons() -> None:
    circulation = circulation_of("arrangements")
    assert set(circulation.outcomes) == {code for code, _ in settings.LANGUAGES}
    assert circulation.outcome_published_at == circulation.round.published_at
    assert Release.objects.get(act="outcome").released_by == user_of("staff2@wild.example")
    assert circulation.items.filter(outcome="").count() == 0


def test_no_action_item_of_the_record_got_an_update() -> None:
    assert circulation_of("arrangements").items.exclude(action_item=None).count() == 0
    assert ActionUpdate.objects.filter(is_record=False).count() == 0
