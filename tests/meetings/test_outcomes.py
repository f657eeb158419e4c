"""The outcome of a circulation: written, rehearsed, published at one instant, told to every office."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest
from django.db import connection

from accounts.models import Member
from consultations.models import Release, Round
from consultations.operations import NotAuthorised, Refusal, extend_round, publish_round
from consultations.operations.refusals import RoundChangedSince, SecondPersonNeeded
from consultations.operations.releases import ask_release, release
from meetings.models import ActionItem, ActionUpdate, Circulation
from meetings.operations.dispositions import Concluded
from meetings.operations.outcomes import (
    ItemOutcome,
    NotReadyToPublish,
    OutcomeChanged,
    outcome_token,
    publish_outcome,
    write_outcome,
)
from meetings.outcome import obstacles_to_publishing, outcomes_for_offices, rehearse_outcome
from tests.factories import NOW, ActionUpdateFactory, MemberFactory, OfficeFactory
from tests.meetings.circulating import prepared
from tests.meetings.concluding import AFTER, TEXT, commented, linked, mails, ready, write


@pytest.fixture
def circulation(ana: Member, chloe: Member, olga: Member) -> Circulation:
    return commented(ana, chloe, olga)


# --- writing ----------------------------------------------------------------------------------------------------------
def test_the_outcome_is_kept_by_language_and_item(circulation: Circulation, staff: Member) -> None:
    write(circulation, staff.user, fr="Les cinq actions se poursuivent.", ar="")
    circulation.refresh_from_db()
    assert circulation.outcomes == {"en": TEXT, "fr": "Les cinq actions se poursuivent."}
    rows = list(circulation.items.values_list("key", "outcome", "status_after"))
    assert rows == [("a", "Outcome of a", "in_progress"), ("b", "Outcome of b", "in_progress")]


def test_of_two_who_write_at_once_one_is_stored_and_the_other_told(
    circulation: Circulation, ana: Member, staff: Member
) -> None:
    seen = outcome_token(circulation, list(circulation.items.all()))
    write(circulation, staff.user)
    with pytest.raises(OutcomeChanged, match="your text is kept"):
        write_outcome(circulation=circulation, texts={"en": "Mine"}, items=[], seen=seen, by=staff.user)
    with pytest.raises(NotAuthorised):
        write_outcome(circulation=circulation, texts={"en": "Mine"}, items=[], seen=seen, by=ana.user)
    circulation.refresh_from_db()
    assert circulation.outcomes == {"en": TEXT}


# --- what stands in the way -------------------------------------------------------------------------------------------
def keys(circulation: Circulation, now: object = AFTER) -> list[str]:
    return [obstacle.key for obstacle in obstacles_to_publishing(circulation, now)]


def test_obstacles_are_listed_and_refused(circulation: Circulation, staff: Member) -> None:
    assert keys(circulation, NOW) == ["open", "comments", "text"]
    with pytest.raises(NotReadyToPublish) as refusal:
        publish_outcome(circulation=circulation, by=staff.user, now=NOW)
    assert refusal.value.message == (
        "Offices can still submit: it has not closed for all. 1 comment has no answer. "
        "The outcome text in English is missing."
    )
    ready(circulation, staff)
    assert keys(circulation) == []
    assert Circulation.objects.get().outcome_published_at is None


def test_one_office_with_more_time_keeps_the_outcome_back(
    circulation: Circulation, olga: Member, staff: Member
) -> None:
    ready(circulation, staff)
    circulation.round.responses.filter(office=olga.office).update(closes_at=AFTER)
    assert keys(circulation) == ["open"]
    assert keys(circulation, AFTER + timedelta(days=1)) == []


def test_what_was_never_asked_has_no_outcome(ana: Member, staff: Member) -> None:
    waiting = prepared(ana.office)
    assert keys(waiting) == ["unopened"]
    Round.objects.update(is_record=True)
    assert keys(Circulation.objects.get()) == ["unopened"]


# --- publishing -------------------------------------------------------------------------------------------------------
def test_everything_happens_at_one_instant(
    circulation: Circulation, ana: Member, chloe: Member, olga: Member, staff: Member
) -> None:
    item = linked(circulation)
    ready(circulation, staff)
    publish_outcome(circulation=circulation, by=staff.user, now=AFTER)
    circulation = Circulation.objects.select_related("round").get()
    assert (circulation.outcome_published_at, circulation.outcome_published_by) == (AFTER, staff.user)
    assert (circulation.round.published_at, circulation.round.published_by) == (AFTER, staff.user)
    assert sorted(mails()) == [ana.email, chloe.email, olga.email]
    update = item.updates.get()
    assert (update.status, update.note, update.source) == ("in_progress", "Outcome of a", "Next-step actions")
    assert (update.source_circulation, update.happened_on) == (circulation, date(2026, 12, 4))
    assert (update.recorded_by, update.is_record) == (staff.user, False)
    assert ActionUpdate.objects.count() == 1


def test_answers_that_were_published_before_stay_so(circulation: Circulation, staff: Member, staff2: Member) -> None:
    publish_round(round=circulation.round, by=staff2.user, now=AFTER)
    ready(circulation, staff)
    publish_outcome(circulation=circulation, by=staff.user, now=AFTER + timedelta(days=1))
    round = Round.objects.get()
    assert (round.published_at, round.published_by) == (AFTER, staff2.user)


@pytest.mark.parametrize(("before", "after"), [([], "circulated"), (["circulated", "under_review"], "under_review")])
def test_an_item_without_a_new_status_keeps_its_own(
    circulation: Circulation, staff: Member, before: list[str], after: str
) -> None:
    item = linked(circulation)
    for day, status in enumerate(before, 1):
        ActionUpdateFactory(item=item, status=status, happened_on=date(2026, 5, day))
    ready(circulation, staff, status="")
    publish_outcome(circulation=circulation, by=staff.user, now=AFTER)
    newest = ActionItem.objects.for_list().get(pk=item.pk).newest_update
    assert (newest.status, newest.source_circulation_id) == (after, circulation.pk)


def test_it_is_published_once(circulation: Circulation, ana: Member, staff: Member, staff2: Member) -> None:
    item = linked(circulation)
    ready(circulation, staff)
    with pytest.raises(NotAuthorised):
        publish_outcome(circulation=circulation, by=ana.user, now=AFTER)
    publish_outcome(circulation=circulation, by=staff.user, now=AFTER)
    with pytest.raises(Concluded, match="The outcome is published"):
        publish_outcome(circulation=circulation, by=staff2.user, now=AFTER)
    with pytest.raises(Concluded):
        write(circulation, staff2.user)
    assert keys(Circulation.objects.select_related("round").get()) == ["concluded"]
    assert (item.updates.count(), len(mails())) == (1, 3)
    with pytest.raises(Refusal):
        extend_round(round=circulation.round, closes_at=AFTER + timedelta(days=9), reason="x", by=staff.user, now=AFTER)


@pytest.mark.django_db(transaction=True)
def test_of_two_who_publish_at_once_one_does_and_the_other_is_told(
    circulation: Circulation, staff: Member, staff2: Member
) -> None:
    ready(circulation, staff)

    def publish(by: Member) -> str:
        try:
            publish_outcome(circulation=circulation, by=by.user, now=AFTER)
        except Concluded as refusal:
            return type(refusal).__name__
        finally:
            connection.close()
        return "published"

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(publish, [staff, staff2])) == ["Concluded", "published"]
    assert len(mails()) == 3


# --- the second person ------------------------------------------------------------------------------------------------
def test_many_mails_need_a_second_person(circulation: Circulation, staff: Member, staff2: Member, strict: None) -> None:
    ready(circulation, staff)
    with pytest.raises(SecondPersonNeeded):
        publish_outcome(circulation=circulation, by=staff.user, now=AFTER)
    asked = ask_release(round=circulation.round, act=Release.Act.OUTCOME, arguments={}, by=staff.user, now=AFTER)
    assert asked.recipients == 3
    release(release=asked, by=staff2.user, now=AFTER)
    circulation.refresh_from_db()
    assert (circulation.outcome_published_at, circulation.outcome_published_by) == (AFTER, staff.user)
    assert len(mails()) == 3


def test_what_changed_since_it_was_asked_for_is_not_released(
    circulation: Circulation, staff: Member, staff2: Member, strict: None
) -> None:
    deed = {"round": circulation.round, "act": Release.Act.OUTCOME, "arguments": {}, "by": staff.user, "now": AFTER}
    with pytest.raises(NotReadyToPublish):
        ask_release(**deed)
    ready(circulation, staff)
    asked = ask_release(**deed)
    write(circulation, staff.user, en="Another text.")
    with pytest.raises(RoundChangedSince):
        release(release=asked, by=staff2.user, now=AFTER)
    assert mails() == {}


# --- the mails --------------------------------------------------------------------------------------------------------
def test_an_office_that_answered_reads_what_became_of_each_comment(
    circulation: Circulation, ana: Member, staff: Member
) -> None:
    ready(circulation, staff)
    publish_outcome(circulation=circulation, by=staff.user, now=AFTER)
    mail = mails()[ana.email]
    assert mail.subject == "What became of the comments of Meridia: Next-step actions"
    assert (mail.kind, mail.expires_at) == ("official", AFTER + timedelta(days=30))
    assert f"{TEXT}\n\na  Heading a\n   Status: in progress\n   Outcome of a\n" in mail.text
    assert (
        "What became of your comments\n\na  Heading a\n   Proposed wording: New words\n   Comment or reason: Share the"
        " costs\n   Answer of the Secretariat: taken in partly\n   Reason: Costs are for the budget.\n"
    ) in mail.text
    assert "http://localhost:8000/circulations/next-steps/outcome/?office=QM" in mail.text
    assert "authoritative" not in mail.text
    assert "Comments your office joined" not in mail.text
    for words in (TEXT, "Share the costs", "Taken in partly", "Costs are for the budget.", "Outcome of b"):
        assert words in mail.html


def test_an_office_without_comments_reads_what_became_of_those_it_joined(
    circulation: Circulation, chloe: Member, staff: Member
) -> None:
    ready(circulation, staff)
    publish_outcome(circulation=circulation, by=staff.user, now=AFTER)
    text = mails()[chloe.email].text
    assert "Your office gave its positions without comments. They are counted in the compilation." in text
    assert "Comments your office joined\n\na  Heading a\n   Meridia (QM)\n   Proposed wording: New words" in text


def test_an_office_that_did_not_answer_gets_the_short_one(
    circulation: Circulation, olga: Member, staff: Member
) -> None:
    ready(circulation, staff)
    publish_outcome(circulation=circulation, by=staff.user, now=AFTER)
    mail = mails()[olga.email]
    assert mail.subject == "Outcome: Next-step actions (Belmora)"
    assert "Belmora was asked and did not submit; that is recorded as no answer." in mail.text
    assert "What became of your comments" not in mail.text
    assert TEXT in mail.html


def test_each_reads_in_the_own_language_with_english_where_it_is_missing(
    circulation: Circulation, ana: Member, chloe: Member, staff: Member
) -> None:
    Member.objects.filter(pk=ana.pk).update(language="ar")
    Member.objects.filter(pk=chloe.pk).update(language="fr")
    ready(circulation, staff, ar="تمضي الإجراءات الخمسة قدما.")
    publish_outcome(circulation=circulation, by=staff.user, now=AFTER)
    arabic, french = mails()[ana.email], mails()[chloe.email]
    assert '<html lang="ar" dir="rtl">' in arabic.html
    assert "تمضي الإجراءات الخمسة قدما." in arabic.text
    assert TEXT not in arabic.text
    assert TEXT in french.text
    assert f'<div lang="en" dir="auto"><p>{TEXT}</p></div>' in french.html


def test_the_rehearsal_is_what_is_sent(circulation: Circulation, ana: Member, olga: Member, staff: Member) -> None:
    MemberFactory(office=ana.office, role=Member.Role.ALTERNATE, email="alba@qm.example", language="es")
    empty = OfficeFactory(code="XT")
    circulation.round.responses.create(office=empty, closes_at=circulation.round.closes_at, created_at=NOW)
    rehearsal = rehearse_outcome(ready(circulation, staff), AFTER)
    assert [(mail.office.code, mail.template, mail.due_at, mail.step) for mail in rehearsal.mails] == [
        ("QM", "meetings/outcome", AFTER, "outcome"),
        ("QM", "meetings/outcome", AFTER, "outcome"),
        ("QN", "meetings/outcome", AFTER, "outcome"),
        ("XB", "meetings/unanswered", AFTER, "outcome"),
    ]
    assert [(each.office.code, each.reason) for each in rehearsal.unreachable] == [("XT", "nobody")]
    shown = {mail.member.email: mail.render().subject for mail in rehearsal.mails}
    publish_outcome(circulation=circulation, by=staff.user, now=AFTER)
    assert {address: mail.subject for address, mail in mails().items()} == shown


def test_what_an_office_gets_is_its_own(circulation: Circulation, ana: Member, chloe: Member) -> None:
    outcomes = outcomes_for_offices(circulation)
    assert {
        code: ([each.office.code for each in found.comments], [each.office.code for each in found.joined])
        for code, found in outcomes.items()
    } == {"QM": (["QM"], []), "QN": ([], ["QM"]), "XB": ([], [])}
    assert list(outcomes_for_offices(circulation, "QN")) == ["QN"]


def test_items_without_an_outcome_are_left_alone(circulation: Circulation, staff: Member) -> None:
    items = list(circulation.items.order_by("order"))
    first = [ItemOutcome(item=items[0].pk, outcome="Only a", status_after="")]
    seen = outcome_token(circulation, items)
    write_outcome(circulation=circulation, texts={"en": TEXT}, items=first, seen=seen, by=staff.user)
    assert list(circulation.items.values_list("outcome", flat=True)) == ["Only a", ""]
