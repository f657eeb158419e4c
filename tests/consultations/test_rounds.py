"""Opening, extending, closing, publishing."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from accounts.models import Member
from consultations.models import Extension, OfficeResponse, Round
from consultations.operations import (
    DeadlineNotLater,
    NotAuthorised,
    NotClosedYet,
    NotReadyToOpen,
    ReasonMissing,
    RoundChanged,
    RoundClosed,
    close_round,
    extend_round,
    obstacles_to_opening,
    open_round,
    publish_round,
    queue_due_reminders,
)
from notifications.reminders import closing_instant
from tests.consultations.asking import CLOSES, OPENED, ledger, mail_to, opened_round, response_of, round_for
from tests.factories import NOW, RoundFactory


def test_opening_asks_every_addressed_office_and_writes_to_those_who_speak_for_it(
    ana: Member, bruno: Member, chloe: Member, olga: Member, staff: Member
) -> None:
    round = open_round(round=round_for(ana.office, chloe.office), by=staff.user, now=OPENED)
    assert (round.opened_at, round.opened_by) == (OPENED, staff.user)
    rows = OfficeResponse.objects.order_by("office").values_list(
        "office", "closes_at", "deadline_version", "created_at"
    )
    assert list(rows) == [("QM", CLOSES, 1, OPENED), ("QN", CLOSES, 1, OPENED)]
    assert ledger() == [("ana@qm.example", "opening", "queued"), ("chloe@qn.example", "opening", "queued")]


def test_an_office_without_anybody_who_speaks_for_it_is_asked_all_the_same(bruno: Member, staff: Member) -> None:
    open_round(round=round_for(bruno.office), by=staff.user, now=OPENED)
    assert OfficeResponse.objects.count() == 1
    assert ledger() == []


def test_members_do_not_open(ana: Member) -> None:
    with pytest.raises(NotAuthorised, match="Only the Secretariat"):
        open_round(round=round_for(ana.office), by=ana.user, now=OPENED)
    assert not OfficeResponse.objects.exists()


def test_everything_that_is_missing_is_named(staff: Member) -> None:
    round = RoundFactory(titles={"fr": "Titre"}, sections=[], closes_at=NOW - timedelta(days=1), opens_at=None)
    keys = [obstacle.key for obstacle in obstacles_to_opening(round, NOW)]
    assert keys == ["title", "parts", "deadline", "addressees"]
    with pytest.raises(NotReadyToOpen) as refused:
        open_round(round=round, by=staff.user, now=NOW)
    assert [obstacle.key for obstacle in refused.value.obstacles] == keys
    assert str(refused.value) == (
        "The English title is missing. There is nothing to answer: add an item. The deadline has passed. "
        "No office is addressed."
    )


def test_a_round_of_the_record_and_an_open_one_cannot_be_opened(ana: Member, staff: Member) -> None:
    record = round_for(ana.office, is_record=True)
    assert [obstacle.key for obstacle in obstacles_to_opening(record, OPENED)] == ["record"]
    round = opened_round(ana.office)
    assert [obstacle.key for obstacle in obstacles_to_opening(round, NOW)] == ["opened"]


def test_who_opens_second_changes_nothing(ana: Member, staff: Member, staff2: Member) -> None:
    round = round_for(ana.office)
    stale = Round.objects.get(pk=round.pk)
    open_round(round=round, by=staff.user, now=OPENED)
    with pytest.raises(RoundChanged, match="in the meantime"):
        open_round(round=stale, by=staff2.user, now=OPENED)
    assert OfficeResponse.objects.count() == 1


def test_extending_gives_every_office_a_new_deadline_a_notice_and_fresh_steps(
    ana: Member, chloe: Member, staff: Member
) -> None:
    round = opened_round(ana.office, chloe.office)
    queue_due_reminders(now=NOW)
    later = closing_instant(NOW.date() + timedelta(days=33))
    extension = extend_round(round=round, closes_at=later, reason=" Holidays. ", by=staff.user, now=NOW)
    row = Extension.objects.get()
    assert row == extension
    assert (row.old_closes_at, row.new_closes_at, row.reason) == (CLOSES, later, "Holidays.")
    assert (row.decided_at, row.decided_by, row.is_early_closing) == (NOW, staff.user, False)
    assert str(row) == "Next-step actions: 2026-12-23"
    assert round.closes_at == later
    assert set(OfficeResponse.objects.values_list("closes_at", "deadline_version")) == {(later, 2)}
    assert ledger("queued") == [("ana@qm.example", "extension", "queued"), ("chloe@qn.example", "extension", "queued")]
    assert mail_to(ana, "14").state == "superseded"
    at_thirty = NOW + timedelta(days=4)
    assert queue_due_reminders(now=at_thirty) == 2
    assert mail_to(ana, "30").key.split(":")[2] == "v2"
    assert queue_due_reminders(now=at_thirty) == 0


def test_an_office_that_has_answered_hears_of_the_new_deadline_and_gets_no_reminder(
    ana: Member, chloe: Member, staff: Member, answer: object
) -> None:
    round = opened_round(ana.office, chloe.office)
    answer(round, ana)
    later = closing_instant(NOW.date() + timedelta(days=33))
    extend_round(round=round, closes_at=later, reason="Holidays.", by=staff.user, now=NOW)
    assert "has submitted" in mail_to(ana, "extension").text
    assert "has not submitted yet" in mail_to(chloe, "extension").text
    queue_due_reminders(now=NOW + timedelta(days=4))
    assert [row for row in ledger() if row[1] == "30"] == [("chloe@qn.example", "30", "queued")]


def test_an_office_with_a_later_deadline_of_its_own_keeps_it(ana: Member, chloe: Member, staff: Member) -> None:
    round = opened_round(ana.office, chloe.office)
    own = CLOSES + timedelta(days=60)
    OfficeResponse.objects.filter(office="QM").update(closes_at=own)
    later = CLOSES + timedelta(days=20)
    extend_round(round=round, closes_at=later, reason="Holidays.", by=staff.user, now=NOW)
    rows = OfficeResponse.objects.order_by("office").values_list("office", "closes_at", "deadline_version")
    assert list(rows) == [("QM", own, 1), ("QN", later, 2)]
    assert [row[0] for row in ledger() if row[1] == "extension"] == ["chloe@qn.example"]


@pytest.mark.parametrize("closes_at", [CLOSES, CLOSES - timedelta(days=1), NOW])
def test_a_deadline_moves_later_only(ana: Member, staff: Member, closes_at: datetime) -> None:
    round = opened_round(ana.office)
    with pytest.raises(DeadlineNotLater, match="later than the present one"):
        extend_round(round=round, closes_at=closes_at, reason="Holidays.", by=staff.user, now=NOW)
    assert not Extension.objects.exists()


def test_a_deadline_in_the_past_cannot_be_set_after_closing(ana: Member, staff: Member) -> None:
    round = opened_round(ana.office)
    with pytest.raises(DeadlineNotLater):
        extend_round(
            round=round,
            closes_at=CLOSES + timedelta(days=1),
            reason="Late.",
            by=staff.user,
            now=CLOSES + timedelta(days=2),
        )


@pytest.mark.parametrize("reason", ["", "  \n"])
def test_a_deadline_moves_with_a_reason_only(ana: Member, staff: Member, reason: str) -> None:
    round = opened_round(ana.office)
    with pytest.raises(ReasonMissing, match="every addressed office reads it"):
        extend_round(round=round, closes_at=CLOSES + timedelta(days=1), reason=reason, by=staff.user, now=NOW)
    with pytest.raises(ReasonMissing):
        close_round(round=round, reason=reason, by=staff.user, now=NOW)
    assert response_of(round, ana.office).deadline_version == 1


def test_who_extends_second_changes_nothing(ana: Member, staff: Member, staff2: Member) -> None:
    round = opened_round(ana.office)
    stale = Round.objects.get(pk=round.pk)
    extend_round(round=round, closes_at=CLOSES + timedelta(days=5), reason="One.", by=staff.user, now=NOW)
    with pytest.raises(RoundChanged):
        extend_round(round=stale, closes_at=CLOSES + timedelta(days=9), reason="Two.", by=staff2.user, now=NOW)
    assert list(Extension.objects.values_list("reason", flat=True)) == ["One."]


def test_members_do_not_extend_close_or_publish(ana: Member) -> None:
    round = opened_round(ana.office)
    with pytest.raises(NotAuthorised):
        extend_round(round=round, closes_at=CLOSES + timedelta(days=5), reason="One.", by=ana.user, now=NOW)
    with pytest.raises(NotAuthorised):
        close_round(round=round, reason="One.", by=ana.user, now=NOW)
    with pytest.raises(NotAuthorised):
        publish_round(round=round, by=ana.user, now=CLOSES + timedelta(days=1))


def test_closing_early_ends_it_at_once_and_tells_every_office_why(ana: Member, chloe: Member, staff: Member) -> None:
    round = opened_round(ana.office, chloe.office)
    queue_due_reminders(now=NOW)
    extension = close_round(round=round, reason="Everybody has answered.", by=staff.user, now=NOW)
    assert extension.is_early_closing
    assert not round.is_open_at(NOW)
    assert not response_of(round, ana.office).is_open_at(NOW)
    assert ledger("queued") == [("ana@qm.example", "closing", "queued"), ("chloe@qn.example", "closing", "queued")]
    assert "closed it before its time. Reason: Everybody has answered." in mail_to(ana, "closing").text
    assert queue_due_reminders(now=NOW + timedelta(days=1)) == 0


def test_only_an_open_round_is_closed(ana: Member, staff: Member) -> None:
    with pytest.raises(RoundChanged):
        close_round(round=round_for(ana.office), reason="Why.", by=staff.user, now=NOW)
    with pytest.raises(RoundChanged):
        close_round(round=opened_round(ana.office), reason="Why.", by=staff.user, now=CLOSES + timedelta(days=1))


def test_answers_are_published_once_and_after_closing(ana: Member, staff: Member, staff2: Member) -> None:
    round = opened_round(ana.office)
    with pytest.raises(NotClosedYet, match="after the closing"):
        publish_round(round=round, by=staff.user, now=NOW)
    with pytest.raises(NotClosedYet):
        publish_round(round=round_for(ana.office), by=staff.user, now=NOW)
    after = CLOSES + timedelta(days=1)
    publish_round(round=round, by=staff.user, now=after)
    assert (round.published_at, round.published_by) == (after, staff.user)
    with pytest.raises(RoundChanged):
        publish_round(round=round, by=staff2.user, now=after)
    with pytest.raises(RoundChanged):
        extend_round(round=round, closes_at=after + timedelta(days=9), reason="More.", by=staff.user, now=after)


# --- deadlines: reminders.md 3.10 -------------------------------------------------------------------------------------
FIRST_REFUSED = [
    ("2027-01-20", "2027-01-20T23:00:00Z"),
    ("2027-03-27", "2027-03-27T23:00:00Z"),
    ("2027-03-28", "2027-03-28T22:00:00Z"),
    ("2027-10-30", "2027-10-30T22:00:00Z"),
    ("2027-10-31", "2027-10-31T23:00:00Z"),
    ("2028-02-29", "2028-02-29T23:00:00Z"),
]


@pytest.mark.parametrize(("day", "refused"), FIRST_REFUSED)
def test_the_last_millisecond_is_accepted_and_midnight_is_not(
    ana: Member, staff: Member, day: str, refused: str
) -> None:
    first_refused = datetime.fromisoformat(refused)
    closes_at = closing_instant(datetime.fromisoformat(day).date())
    round = opened_round(ana.office, closes_at=closes_at)
    response = response_of(round, ana.office)
    for subject in (round, response):
        assert subject.is_open_at(first_refused - timedelta(microseconds=1))
        assert not subject.is_open_at(first_refused)
    assert OfficeResponse.objects.open_at(first_refused - timedelta(microseconds=1)).exists()
    assert not OfficeResponse.objects.open_at(first_refused).exists()
    assert Round.objects.open_at(first_refused - timedelta(microseconds=1)).exists()
    assert not Round.objects.open_at(first_refused).exists()


def test_a_refusal_names_the_deadline_on_both_clocks(ana: Member) -> None:
    closes_at = closing_instant(datetime(2027, 1, 20, tzinfo=UTC).date())
    from_tokyo = "Wednesday 20 January 2027, 23:59 Geneva time (21 January, 07:59 in Tokyo)"
    with timezone.override("Asia/Tokyo"):
        assert (
            str(RoundClosed(closes_at)) == f"Answers were accepted until {from_tokyo}. Your text is kept on this page."
        )
