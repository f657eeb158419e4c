"""The Secretariat's pages: who gets which mail, opening, extending, closing, publishing."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from accounts.models import Member, Office
from consultations.models import Extension, OfficeResponse, Round
from consultations.operations import open_round, publish_round, queue_due_reminders
from meetings.ledger import gone, reminders_sent
from meetings.models import Circulation
from notifications.models import Delivery
from notifications.reminders import closing_instant
from tests.consultations.asking import CLOSES, ledger, response_of
from tests.factories import NOW, MemberFactory, OfficeFactory
from tests.meetings.circulating import PAGE, at, opened, prepared, submitted, text_of
from tests.queries import assert_same_number_of_queries

REMINDERS, OPEN, EXTEND, CLOSE, NUDGE, PUBLISH = (
    PAGE + name + "/" for name in ("reminders", "open", "extend", "close", "nudge", "publish")
)
DESK = [REMINDERS, OPEN, EXTEND, CLOSE, NUDGE, PUBLISH]
AFTER = CLOSES + timedelta(days=1)
Clients = Callable[[Member | None], Client]


def get(client_of: Clients, member: Member, url: str, moment: Any = NOW) -> HttpResponse:
    with at(moment):
        return client_of(member).get(url)


def post(client_of: Clients, member: Member, url: str, moment: Any = NOW, **data: str) -> HttpResponse:
    with at(moment):
        return client_of(member).post(url, data)


# --- who may --------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("url", DESK)
def test_the_desk_is_for_the_secretariat(ana: Member, gustav: Member, client_of: Clients, url: str) -> None:
    opened(ana.office)
    assert get(client_of, ana, url).status_code == 403
    assert get(client_of, gustav, url).status_code == 404
    with at():
        assert client_of(None).get(url)["Location"] == f"/accounts/login/?next={url}"


@pytest.mark.parametrize("url", DESK[1:])
def test_members_change_nothing(ana: Member, client_of: Clients, url: str) -> None:
    circulation = prepared(ana.office) if url == OPEN else opened(ana.office)
    answer = post(client_of, ana, url, closes_on="2027-01-31", reason="Ours", everybody="on", do="now")
    assert answer.status_code == (404 if url == OPEN else 403)
    before = circulation.round.closes_at, circulation.round.opened_at
    circulation.round.refresh_from_db()
    assert (circulation.round.closes_at, circulation.round.opened_at) == before
    assert not Extension.objects.exists()
    assert not OfficeResponse.objects.exclude(nudged_at=None).exists()


@pytest.mark.parametrize("url", DESK)
def test_wrong_methods_are_refused(ana: Member, staff: Member, client_of: Clients, url: str) -> None:
    opened(ana.office)
    methods = ("post", "put", "delete") if url == REMINDERS else ("put", "delete", "patch")
    with at():
        client = client_of(staff)
        assert [getattr(client, method)(url).status_code for method in methods] == [405] * 3


# --- opening ----------------------------------------------------------------------------------------------------------
def test_before_opening_the_page_shows_exactly_who_gets_which_mail(
    ana: Member, chloe: Member, norland: Office, belmora: Office, staff: Member, client_of: Clients
) -> None:
    prepared(ana.office, chloe.office, belmora)
    words = text_of(get(client_of, staff, OPEN))
    assert "10 messages in all. English: 10." in words
    assert "Opening notice (shown below) 20 November 2026, 10:00 Geneva time 2 messages; offices: 2." in words
    assert "7 days left Show who : 7 days left 26 November 2026, 09:00 Geneva time to" in words
    assert (
        "QM Meridia Ana Ejemplo ana@qm.example English 20 November 2026, 10:00 Geneva time (06:00 in Santiago)" in words
    )
    assert "14 days left" not in words
    assert "consultations/closing" in words
    assert "No mail reaches these offices Belmora (XB) : nobody speaks for the office" in words
    assert "Open and send 2 opening notices" in words
    assert not OfficeResponse.objects.exists()


def test_opening_asks_the_offices_and_leads_to_the_page(ana: Member, staff: Member, client_of: Clients) -> None:
    prepared(ana.office)
    answer = post(client_of, staff, OPEN, do="now")
    assert (answer.status_code, answer["Location"]) == (302, PAGE)
    round = Round.objects.get()
    assert (round.opened_at, round.opened_by, round.sections) == (NOW, staff.user, ["a", "b"])
    assert ledger() == [("ana@qm.example", "opening", "queued")]


def test_what_is_missing_is_listed_and_nothing_is_opened(staff: Member, client_of: Clients) -> None:
    prepared(letters="")
    page = get(client_of, staff, OPEN)
    assert "There is nothing to answer: add an item." in text_of(page)
    assert b'<button class="btn btn-primary"' not in page.content
    answer = post(client_of, staff, OPEN, do="now")
    assert "Nothing was done. There is nothing to answer: add an item. No office is addressed." in text_of(answer)
    assert Round.objects.get().opened_at is None


def test_a_second_click_opens_nothing_twice(ana: Member, staff: Member, client_of: Clients) -> None:
    prepared(ana.office)
    post(client_of, staff, OPEN, do="now")
    answer = post(client_of, staff, OPEN, do="now")
    assert "Nothing was done. It is open already." in text_of(answer)
    assert OfficeResponse.objects.count() == 1


# --- extending --------------------------------------------------------------------------------------------------------
def test_extending_shows_who_is_told_and_tells_them(
    ana: Member, chloe: Member, staff: Member, client_of: Clients
) -> None:
    circulation = opened(ana.office, chloe.office)
    submitted(circulation, ana)
    assert "Who gets which mail" not in text_of(get(client_of, staff, EXTEND))
    planned = {"closes_on": "2026-12-31", "reason": "Holidays."}
    page = post(client_of, staff, EXTEND, **planned)
    words = text_of(page)
    assert page.status_code == 200
    assert not Extension.objects.exists()
    assert "New deadline (shown below) 20 November 2026, 10:00 Geneva time 2 messages; offices: 2." in words
    assert "30 days left Show who : 30 days left 1 December 2026, 09:00 Geneva time 1 message; offices: 1." in words
    assert "QM Meridia Ana Ejemplo ana@qm.example English 20 November 2026, 10:00 Geneva time" in words
    assert "QN Norland Chloe Voorbeeld chloe@qn.example English" in words
    assert "Extend and tell every office" in words
    answer = post(client_of, staff, EXTEND, do="now", **planned)
    assert answer["Location"] == PAGE
    extension = Extension.objects.get()
    assert extension.new_closes_at == closing_instant(NOW.date().replace(month=12, day=31))
    assert (extension.reason, extension.decided_by, extension.decided_at) == ("Holidays.", staff.user, NOW)
    assert [row for row in ledger("queued") if row[1] == "extension"] == [
        ("ana@qm.example", "extension", "queued"),
        ("chloe@qn.example", "extension", "queued"),
    ]
    words = text_of(get(client_of, ana, PAGE))
    assert "New deadline 31 December 2026, 23:59 Geneva time" in words
    assert "Holidays." in words


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"closes_on": "2026-12-03"}, "The new deadline must be later than the present one."),
        ({"closes_on": "2026-11-01"}, "This day is over."),
        ({"closes_on": "2026-02-30"}, "Enter a valid date."),
        ({"closes_on": "0001-01-01"}, "This day is over."),
        ({"closes_on": "9999-12-31"}, "This day is more than three years away."),
        ({"closes_on": ""}, "This field is required."),
        ({"closes_on": "2026-12-31\x00"}, "Enter a valid date."),
        ({"reason": ""}, "This field is required."),
        ({"reason": "x" * 5001}, "Ensure this value has at most 5000 characters (it has 5001)."),
        ({"reason": "a\x00"}, "Null characters are not allowed."),
    ],
)
def test_a_senseless_extension_is_refused_at_the_field(
    ana: Member, staff: Member, client_of: Clients, data: dict[str, str], message: str
) -> None:
    opened(ana.office)
    answer = post(client_of, staff, EXTEND, **{"closes_on": "2026-12-31", "reason": "Holidays.", "do": "now"} | data)
    assert answer.status_code == 200
    assert message in text_of(answer)
    assert not Extension.objects.exists()


def test_a_published_circulation_is_not_extended(ana: Member, staff: Member, client_of: Clients) -> None:
    circulation = opened(ana.office)
    publish_round(round=circulation.round, by=staff.user, now=AFTER)
    answer = post(client_of, staff, EXTEND, AFTER, closes_on="2027-01-31", reason="More.", do="now")
    assert answer.status_code == 409
    assert "Somebody has changed this in the meantime." in text_of(answer)


# --- closing and publishing -------------------------------------------------------------------------------------------
def test_closing_early_needs_a_reason_and_tells_every_office(ana: Member, staff: Member, client_of: Clients) -> None:
    circulation = opened(ana.office)
    assert "From then on nothing is accepted." in text_of(get(client_of, staff, CLOSE))
    assert "This field is required." in text_of(post(client_of, staff, CLOSE, reason=" ", do="now"))
    words = text_of(post(client_of, staff, CLOSE, reason="Everybody has answered."))
    assert "1 message in all. English: 1." in words
    assert "Close now and tell every office" in words
    assert circulation.round.is_open_at(NOW)
    assert post(client_of, staff, CLOSE, reason="Everybody has answered.", do="now")["Location"] == PAGE
    circulation.round.refresh_from_db()
    assert not circulation.round.is_open_at(NOW)
    assert "Closed early Everybody has answered." in text_of(get(client_of, ana, PAGE))
    assert "It is not open." in text_of(get(client_of, staff, CLOSE))
    refused = post(client_of, staff, CLOSE, reason="Again.", do="now")
    assert "Somebody has changed this in the meantime." in text_of(refused)
    assert Extension.objects.count() == 1


def test_publishing_waits_for_the_closing(ana: Member, staff: Member, client_of: Clients) -> None:
    opened(ana.office)
    page = get(client_of, staff, PUBLISH)
    assert "It can be published when the circulation has closed." in text_of(page)
    refused = post(client_of, staff, PUBLISH)
    assert "It was not published. Answers can be published after the closing." in text_of(refused)
    assert Round.objects.get().published_at is None


def test_publishing_shows_the_compilation_to_members(ana: Member, staff: Member, client_of: Clients) -> None:
    opened(ana.office)
    assert "All members will read what every office said" in text_of(get(client_of, staff, PUBLISH, AFTER))
    answer = post(client_of, staff, PUBLISH, AFTER)
    assert answer["Location"] == PAGE + "compilation/"
    assert (Round.objects.get().published_at, Round.objects.get().published_by) == (AFTER, staff.user)
    assert "It is published." in text_of(get(client_of, staff, PUBLISH, AFTER))
    again = post(client_of, staff, PUBLISH, AFTER)
    assert "Somebody has changed this in the meantime." in text_of(again)


# --- the schedule -----------------------------------------------------------------------------------------------------
def test_the_schedule_shows_what_goes_out_and_what_went(
    ana: Member, chloe: Member, staff: Member, client_of: Clients
) -> None:
    circulation = opened(ana.office, chloe.office)
    submitted(circulation, ana, now=NOW - timedelta(days=20))
    queue_due_reminders(now=NOW)
    Delivery.objects.filter(step="14").update(state="sent", sent_at=NOW, ended_at=NOW)
    words = text_of(get(client_of, staff, REMINDERS))
    assert "7 days left (shown below) 26 November 2026, 09:00 Geneva time 1 message; offices: 1." in words
    assert "QN Norland Chloe Voorbeeld chloe@qn.example English 26 November 2026, 09:00 Geneva time" in words
    assert (
        "Closing notice Show who : Closing notice 4 December 2026, 00:00 Geneva time 2 messages; offices: 2." in words
    )
    assert "Opening notice 2 Cancelled: 1, Overtaken by a later message: 1" in words
    assert "14 days left 1 Sent: 1" in words
    norland = response_of(circulation.round, chloe.office)
    assert reminders_sent([norland]) == {norland.subject_key: 1}


def test_after_everything_nothing_goes_out(ana: Member, staff: Member, client_of: Clients) -> None:
    opened(ana.office)
    words = text_of(get(client_of, staff, REMINDERS, AFTER))
    assert "No more mail will go out." in words


def test_the_schedule_of_a_preparation_is_the_rehearsal(ana: Member, staff: Member, client_of: Clients) -> None:
    prepared(ana.office)
    words = text_of(get(client_of, staff, REMINDERS))
    assert "What would go out if it were opened now." in words
    assert "Opening notice (shown below) 20 November 2026, 10:00 Geneva time 1 message; offices: 1." in words
    assert "What went" not in words


def test_an_opened_round_without_recipients_has_sent_nothing(
    norland: Office, staff: Member, client_of: Clients
) -> None:
    opened(norland)
    words = text_of(get(client_of, staff, REMINDERS))
    assert "Nothing has gone out yet." in words
    assert "No mail reaches these offices Norland (QN) : nobody speaks for the office" in words


def test_steps_stand_in_the_order_they_were_queued(ana: Member) -> None:
    circulation = opened(ana.office)
    queue_due_reminders(now=NOW - timedelta(days=10))
    queue_due_reminders(now=NOW)
    assert [(step.step, step.days_before, step.mails) for step in gone(circulation.round)] == [
        ("opening", None, 1),
        ("30", 30, 1),
        ("14", 14, 1),
    ]


def test_the_desk_needs_as_many_queries_for_thirty_offices_as_for_one(
    ana: Member, staff: Member, client_of: Clients
) -> None:
    running = opened(ana.office)
    waiting = prepared(ana.office, slug="waiting")

    def add(circulation: Circulation, count: int) -> None:
        for _ in range(count):
            number = Office.objects.count()
            office = OfficeFactory(code=f"{chr(65 + number // 10)}{number % 10}")
            MemberFactory(office=office, role=Member.Role.FOCAL_POINT)
            circulation.round.addressees.add(office)
            if circulation == running:
                running.round.responses.create(office=office, closes_at=CLOSES, created_at=NOW - timedelta(days=9))
        queue_due_reminders(now=NOW)

    with at():
        client = client_of(staff)
        assert_same_number_of_queries(client, REMINDERS, lambda count: add(running, count))
        assert_same_number_of_queries(client, "/circulations/waiting/open/", lambda count: add(waiting, count))
        assert_same_number_of_queries(client, NUDGE, lambda count: add(running, count))


def test_opening_through_the_engine_alone_shows_too(ana: Member, staff: Member, client_of: Clients) -> None:
    circulation = prepared(ana.office, sections=["a", "b"])
    open_round(round=circulation.round, by=staff.user, now=NOW)
    assert "Meridia is asked and has not submitted." in text_of(get(client_of, ana, PAGE))
