"""The Secretariat's pages for acts that need two of them: rehearsed, asked for, released; and the one-off reminder."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import Member, Office
from consultations.models import Extension, OfficeResponse, Release, Round
from consultations.operations import RoundChangedSince, ask_release, queue_due_reminders, release
from meetings.models import Circulation
from notifications.models import Delivery
from tests.consultations.asking import CLOSES, ledger, response_of
from tests.factories import NOW, MemberFactory, OfficeFactory, UserFactory
from tests.meetings.circulating import PAGE, at, opened, prepared, submitted, text_of
from tests.queries import MOST, assert_same_number_of_queries, queries_and_length

OPEN, EXTEND, CLOSE, NUDGE, REMINDERS = (
    PAGE + name + "/" for name in ("open", "extend", "close", "nudge", "reminders")
)
LATER = {"closes_on": "2026-12-31", "reason": "Holidays."}
Clients = Callable[[Member | None], Client]


@pytest.fixture
def crowd(settings: Any, ana: Member, chloe: Member, staff: Member, staff2: Member) -> list[Office]:
    """Two offices, which are more than one person may mail."""
    settings.SECOND_PERSON_ABOVE = 1
    return [ana.office, chloe.office]


def get(client_of: Clients, member: Member, url: str, **query: str) -> HttpResponse:
    with at():
        return client_of(member).get(url, query)


def post(client_of: Clients, member: Member, url: str, **data: object) -> HttpResponse:
    with at():
        return client_of(member).post(url, data)


def opened_by_two(*offices: Office) -> Circulation:
    circulation, by = prepared(*offices), UserFactory(is_staff=True)
    asked = ask_release(round=circulation.round, act="open", arguments={}, by=by, now=NOW - timedelta(days=48))
    release(release=asked, by=UserFactory(is_staff=True), now=NOW - timedelta(days=48))
    circulation.round.refresh_from_db()
    Release.objects.all().delete()
    return circulation


def page_of(release: Release) -> str:
    return f"{PAGE}releases/{release.pk}/"


# --- asking and releasing ---------------------------------------------------------------------------------------------
def test_opening_for_many_is_asked_for_and_released_by_another(
    crowd: list[Office], staff: Member, staff2: Member, client_of: Clients
) -> None:
    prepared(*crowd)
    words = text_of(get(client_of, staff, OPEN))
    assert "This sends mail to 2 persons at once. A colleague of the Secretariat looks at the same list" in words
    assert "Open and send" not in words
    refused = post(client_of, staff, OPEN, do="now")
    assert (refused.status_code, Round.objects.get().opened_at) == (409, None)
    assert "Nothing was done. This sends mail to 2 persons: ask a colleague" in text_of(refused)
    asked = post(client_of, staff, OPEN, do="ask")
    waiting = Release.objects.get()
    assert (asked.status_code, asked["Location"]) == (302, page_of(waiting))
    assert Round.objects.get().opened_at is None
    mail = Delivery.objects.get()
    assert (mail.to_address, mail.purpose) == ("staff2@wild.example", "release")
    assert page_of(waiting) in mail.text
    for page in (PAGE, PAGE + "desk/"):
        assert "Open: Asked for by Sam Example; mail goes to 2 persons. Waits for" in text_of(
            get(client_of, staff2, page)
        )
    own = text_of(get(client_of, staff, page_of(waiting)))
    assert "You asked for this yourself: somebody else of the Secretariat releases it." in own
    assert "Release and do it" not in own
    words = text_of(get(client_of, staff2, page_of(waiting)))
    assert "Second person: open" in words
    assert "Asked for by Sam Example , 20 November 2026, 10:00 Geneva time" in words
    assert "Persons who get mail at once, counted when it was asked for 2" in words
    assert "ana@qm.example" in words
    assert "Release and do it" in words
    done = post(client_of, staff2, page_of(waiting), do="release")
    assert (done.status_code, done["Location"]) == (302, PAGE)
    round = Round.objects.get()
    assert (round.opened_at, round.opened_by, round.sections) == (NOW, staff.user, ["a", "b"])
    assert [row for row in ledger("queued") if row[1] == "opening"] == [
        ("ana@qm.example", "opening", "queued"),
        ("chloe@qn.example", "opening", "queued"),
    ]
    words = text_of(get(client_of, staff, page_of(waiting)))
    assert "It was released and done." in words
    assert "Released by Selma Example , 20 November 2026, 10:00 Geneva time" in words
    history = text_of(get(client_of, staff, REMINDERS))
    assert (
        "Open Asked for by Sam Example; mail goes to 2 persons. Released by Selma Example: 20 November 2026" in history
    )


def test_who_asked_cannot_release_by_posting(crowd: list[Office], staff: Member, client_of: Clients) -> None:
    opened_by_two(*crowd)
    post(client_of, staff, EXTEND, do="ask", **LATER)
    refused = post(client_of, staff, page_of(Release.objects.get()), do="release")
    assert refused.status_code == 409
    assert "Nothing was done. You asked for this yourself" in text_of(refused)
    assert not Extension.objects.exists()


def test_an_extension_keeps_its_reason_and_deadline_until_it_is_released(
    crowd: list[Office], staff: Member, staff2: Member, client_of: Clients
) -> None:
    opened_by_two(*crowd)
    words = text_of(post(client_of, staff, EXTEND, **LATER))
    assert "Ask a colleague to release it" in words
    post(client_of, staff, EXTEND, do="ask", **LATER)
    waiting = Release.objects.get()
    words = text_of(get(client_of, staff2, page_of(waiting)))
    assert "New deadline 31 December 2026, 23:59 Geneva time" in words
    assert "Reason Holidays." in words
    again = text_of(post(client_of, staff2, EXTEND, **LATER))
    assert "Sam Example has asked for this already; it waits for somebody else of the Secretariat." in again
    assert "Ask a colleague to release it" not in again
    twice = post(client_of, staff2, EXTEND, do="ask", **LATER)
    assert (twice.status_code, Release.objects.count()) == (409, 1)
    post(client_of, staff2, page_of(waiting), do="release")
    assert Extension.objects.get().reason == "Holidays."


def test_either_of_them_withdraws(crowd: list[Office], staff: Member, staff2: Member, client_of: Clients) -> None:
    opened_by_two(*crowd)
    for member in (staff, staff2):
        post(client_of, staff, CLOSE, do="ask", reason="All is said.")
        waiting = Release.objects.waiting().get()
        assert post(client_of, member, page_of(waiting), do="withdraw")["Location"] == PAGE
        late = post(client_of, staff2, page_of(waiting), do="release")
        assert (late.status_code, Release.objects.waiting().count()) == (409, 0)
        assert "Nothing was done twice." in text_of(late)
        assert "It was withdrawn and not done." in text_of(get(client_of, staff, page_of(waiting)))
    assert Round.objects.get().is_open_at(NOW)
    assert "Withdrawn by Selma Example: 20 November" in text_of(get(client_of, staff, REMINDERS))


def test_what_cannot_be_done_any_more_says_why_and_can_be_withdrawn(
    crowd: list[Office], staff: Member, staff2: Member, client_of: Clients
) -> None:
    circulation = prepared(*crowd)
    post(client_of, staff, OPEN, do="ask")
    waiting = Release.objects.get()
    circulation.items.filter(key="a").update(text="Another wording")
    words = text_of(get(client_of, staff2, page_of(waiting)))
    assert "It cannot be done any more The circulation has changed since this was asked for." in words
    assert "Release and do it" not in words
    assert "Withdraw it" in words
    refused = post(client_of, staff2, page_of(waiting), do="release")
    assert refused.status_code == 409
    assert RoundChangedSince().message in text_of(refused)
    assert Round.objects.get().opened_at is None


def test_what_waits_is_not_for_members(crowd: list[Office], ana: Member, staff: Member, client_of: Clients) -> None:
    opened_by_two(*crowd)
    post(client_of, staff, CLOSE, do="ask", reason="All is said.")
    assert "Waits for" not in text_of(get(client_of, ana, PAGE))
    assert get(client_of, ana, page_of(Release.objects.get())).status_code == 403


def test_a_release_is_found_under_its_own_circulation_only(
    crowd: list[Office], staff: Member, client_of: Clients
) -> None:
    opened_by_two(*crowd)
    prepared(*crowd, slug="another")
    post(client_of, staff, CLOSE, do="ask", reason="All is said.")
    number = Release.objects.get().pk
    with at():
        client = client_of(staff)
        for path in (
            f"/circulations/another/releases/{number}/",
            f"{PAGE}releases/{number + 1}/",
            f"{PAGE}releases/{10**30}/",
        ):
            assert client.get(path).status_code == 404


# --- the rehearsal ----------------------------------------------------------------------------------------------------
def test_any_mail_can_be_read_before_it_is_sent(ana: Member, chloe: Member, staff: Member, client_of: Clients) -> None:
    Member.objects.filter(pk=chloe.pk).update(language="ar", time_zone="Asia/Tokyo")
    prepared(ana.office, chloe.office)
    page = get(client_of, staff, OPEN, show=f"7.1.{ana.pk}")
    words = text_of(page)
    assert "7 days left: Next-step actions (Meridia) Ana Ejemplo <ana@qm.example>" in words
    assert "English, 26 November 2026, 13:00 Geneva time (09:00 in Santiago)" in words
    assert "Begin the answer of Meridia:" in words
    assert "(the recipient's own link)" in words
    assert "/hand-over/" not in page.content.decode()
    assert "Shown as to an office that has not begun" in words
    assert "&lt;!doctype html&gt;" in page.content.decode()
    arabic = get(client_of, staff, OPEN, show=f"opening.1.{chloe.pk}").content.decode()
    assert 'lang="ar" dir="auto"' in arabic
    assert "(16:00" not in arabic  # the hour in Tokyo is 18:00
    assert "18:00" in arabic


@pytest.mark.parametrize(
    "show", ["", "nothing", "7", "7.x.y", "7.-1.0", "7.10000000000000000000.1", ".....", "7.1.\x00", "٧.1.1"]
)
def test_a_senseless_choice_shows_the_first_page(ana: Member, staff: Member, client_of: Clients, show: str) -> None:
    prepared(ana.office)
    page = get(client_of, staff, OPEN, show=show)
    assert page.status_code == 200
    assert "HTML, as source" not in text_of(page)
    assert "ana@qm.example" in text_of(page)


def test_what_was_typed_goes_along_while_looking(ana: Member, staff: Member, client_of: Clients) -> None:
    opened(ana.office)
    page = post(client_of, staff, EXTEND, show=f"extension.1.{ana.pk}", **{**LATER, "reason": "<b>Holidays</b>"})
    source = page.content.decode()
    assert source.count('<input type="hidden" name="reason" value="&lt;b&gt;Holidays&lt;/b&gt;">') == 2
    assert source.count('<input type="hidden" name="closes_on" value="2026-12-31">') == 2
    assert "Reason: <b>Holidays</b>" in text_of(page)
    assert not Extension.objects.exists()


def test_two_hundred_offices_come_page_by_page_within_the_queries(
    ana: Member, staff: Member, client_of: Clients
) -> None:
    offices = [OfficeFactory(code=f"{chr(65 + n // 10)}{n % 10}") for n in range(208)]
    for office in offices:
        MemberFactory(office=office, role=Member.Role.FOCAL_POINT, user=None)
    prepared(*offices)
    with at():
        client = client_of(staff)
        client.get(OPEN)
        queries, length = queries_and_length(client, OPEN)
        last = client.get(OPEN, {"show": "1.5."})
    assert queries <= MOST
    assert length < 100_000
    assert "Page 5 of 5" in text_of(last)
    assert last.content.decode().count("@") < 30
    assert "1040 messages in all. English: 1040." in text_of(last)


def test_the_pages_of_acts_need_as_many_queries_for_thirty_offices_as_for_one(
    crowd: list[Office], staff: Member, staff2: Member, client_of: Clients
) -> None:
    running = opened_by_two(*crowd)
    asked = ask_release(round=running.round, act="close", arguments={"reason": "Done."}, by=staff.user, now=NOW)

    def add(count: int) -> None:
        for _ in range(count):
            number = Office.objects.count()
            office = OfficeFactory(code=f"{chr(65 + number // 10)}{number % 10}")
            MemberFactory(office=office, role=Member.Role.FOCAL_POINT)
            running.round.addressees.add(office)
            running.round.responses.create(office=office, closes_at=CLOSES, created_at=NOW - timedelta(days=9))
        queue_due_reminders(now=NOW)

    with at():
        client = client_of(staff2)
        assert_same_number_of_queries(client, page_of(asked), add)
        assert_same_number_of_queries(client, REMINDERS, add)


@pytest.mark.parametrize(
    ("url", "data"), [(EXTEND, LATER), (CLOSE, {"reason": "All is said."}), (NUDGE, {"everybody": "on"})]
)
def test_looking_at_what_an_act_would_mail_needs_as_many_queries_for_thirty_offices_as_for_one(
    ana: Member, staff: Member, client_of: Clients, url: str, data: dict[str, str]
) -> None:
    running = opened(ana.office)
    counts = []
    with at():
        client = client_of(staff)
        client.post(url, data)
        for size in (1, 3, 30):
            for number in range(running.round.responses.count(), size):
                office = OfficeFactory(code=f"{chr(65 + number // 10)}{number % 10}")
                MemberFactory(office=office, role=Member.Role.FOCAL_POINT)
                running.round.responses.create(office=office, closes_at=CLOSES, created_at=NOW - timedelta(days=9))
            with CaptureQueriesContext(connection) as captured:
                assert client.post(url, data).content.count(b"@") >= size
            counts.append(len(captured))
    assert len(set(counts)) == 1
    assert counts[0] <= MOST


# --- the one-off reminder ---------------------------------------------------------------------------------------------
def test_chosen_offices_are_reminded_after_a_look(
    ana: Member, chloe: Member, staff: Member, client_of: Clients
) -> None:
    circulation = opened(ana.office, chloe.office)
    words = text_of(get(client_of, staff, NUDGE))
    assert "Choose: 2 offices have not answered" in words
    assert "Meridia (QM)" in words
    look = post(client_of, staff, NUDGE, offices=["QN"], sentence="Call\nus.")
    assert "1 message in all." in text_of(look)
    assert "Send 1 reminder now" in text_of(look)
    assert not Delivery.objects.filter(step="nudge").exists()
    done = post(client_of, staff, NUDGE, offices=["QN"], sentence="Call us.", do="now")
    assert done["Location"] == PAGE
    assert [row for row in ledger() if row[1] == "nudge"] == [("chloe@qn.example", "nudge", "queued")]
    assert "Call us." in Delivery.objects.get(step="nudge").text
    assert response_of(circulation.round, chloe.office).nudged_by == staff.user
    assert "Norland (QN)" not in text_of(get(client_of, staff, NUDGE))
    assert "One-off reminder 1 Queued: 1" in text_of(get(client_of, staff, REMINDERS))


def test_all_that_have_not_answered_are_reminded_by_two(
    crowd: list[Office], olga: Member, staff: Member, staff2: Member, client_of: Clients
) -> None:
    circulation = opened_by_two(*crowd, olga.office)
    submitted(circulation, olga)
    post(client_of, staff, NUDGE, everybody="on", sentence="Soon over.", do="ask")
    waiting = Release.objects.get()
    assert (waiting.arguments["offices"], waiting.recipients) == (["QM", "QN"], 2)
    words = text_of(get(client_of, staff2, page_of(waiting)))
    assert "Second person: send a one-off reminder" in words
    assert "Sentence Soon over." in words
    post(client_of, staff2, page_of(waiting), do="release")
    assert OfficeResponse.objects.exclude(nudged_at=None).count() == 2
    nobody = get(client_of, staff, NUDGE)
    assert "There is nobody to remind" in text_of(nobody)
    refused = post(client_of, staff, NUDGE, everybody="on", do="now")
    assert refused.status_code == 409
    assert "Nothing was done. None of these offices can be reminded" in text_of(refused)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({}, "Choose at least one office."),
        ({"offices": ["ZZ"]}, "Select a valid choice. ZZ is not one of the available choices."),
        ({"offices": ["QM"], "sentence": "x" * 301}, "Ensure this value has at most 300 characters (it has 301)."),
        ({"offices": ["QM"], "sentence": "a\x00"}, "Null characters are not allowed."),
        ({"offices": ["QM\x00"]}, "is not one of the available choices."),
    ],
)
def test_a_senseless_reminder_is_refused_at_the_field(
    ana: Member, staff: Member, client_of: Clients, data: dict[str, object], message: str
) -> None:
    opened(ana.office)
    answer = post(client_of, staff, NUDGE, do="now", **data)
    assert answer.status_code == 200
    assert message in text_of(answer)
    assert not Delivery.objects.filter(step="nudge").exists()
