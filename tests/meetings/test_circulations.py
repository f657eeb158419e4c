"""What is asked, and what all offices said."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from accounts.models import Member
from consultations.models import Round
from consultations.operations import publish_round
from meetings.compilation import compile_answers
from meetings.models import Circulation, Session
from tests.consultations.asking import CLOSES, response_of
from tests.factories import NOW, CirculationFactory, MemberFactory, OfficeFactory, RoundFactory, SessionFactory
from tests.meetings.circulating import PAGE, at, opened, prepared, submitted, text_of, write
from tests.queries import assert_same_number_of_queries

LIST, COMPILATION = "/circulations/", PAGE + "compilation/"
AFTER = CLOSES + timedelta(days=1)
Clients = Callable[[Member | None], Client]


def get(client_of: Clients, member: Member | None, url: str, moment: Any = NOW) -> HttpResponse:
    with at(moment):
        return client_of(member).get(url)


# --- list -------------------------------------------------------------------------------------------------------------
def test_the_list_says_what_is_open_closed_and_of_the_record(ana: Member, bruno: Member, client_of: Clients) -> None:
    submitted(opened(ana.office, titles={"en": "Open one"}), ana)
    opened(ana.office, slug="over", titles={"en": "Closed one"}, closes_at=NOW - timedelta(days=1))
    prepared(ana.office, slug="draft", titles={"en": "Hidden one"})
    RoundFactory(slug="record", titles={"en": "Of the record"}, is_record=True)
    CirculationFactory(round=Round.objects.get(slug="record"))
    words = text_of(get(client_of, bruno, LIST))
    assert "Open Open one Meridia: submitted 20 November 2026, 10:00 Geneva time" in words
    assert "Closed Closed one Meridia: not submitted" in words
    assert "From the record Of the record" in words
    assert "Hidden one" not in words
    assert "offices have submitted" not in words


def test_the_secretariat_also_sees_preparations_and_counts(
    ana: Member, chloe: Member, staff: Member, client_of: Clients
) -> None:
    submitted(opened(ana.office, chloe.office, titles={"en": "Open one"}), ana)
    prepared(ana.office, slug="draft", titles={"en": "Hidden one"})
    words = text_of(get(client_of, staff, LIST))
    assert "In preparation Hidden one" in words
    assert "1 of 2 offices have submitted." in words


def test_without_circulations_the_list_says_so(ana: Member, client_of: Clients) -> None:
    assert "No circulation has been opened." in text_of(get(client_of, ana, LIST))


def test_guests_find_no_circulations_and_strangers_the_door(
    ana: Member, gustav: Member, staff: Member, client_of: Clients
) -> None:
    publish_round(round=opened(ana.office).round, by=staff.user, now=AFTER)
    for url in (LIST, PAGE, COMPILATION):
        assert get(client_of, gustav, url).status_code == 404
        assert get(client_of, None, url)["Location"] == f"/accounts/login/?next={url}"


# --- one circulation --------------------------------------------------------------------------------------------------
def test_an_asked_office_is_led_to_its_answer(ana: Member, bruno: Member, client_of: Clients) -> None:
    circulation = opened(ana.office)
    page = get(client_of, ana, PAGE)
    assert "Meridia is asked and has not submitted." in text_of(page)
    assert f'href="{PAGE}answer/"'.encode() in page.content
    submitted(circulation, ana)
    page = get(client_of, bruno, PAGE)
    assert "Meridia has submitted (version 1)." in text_of(page)
    assert f'href="{PAGE}receipt/"'.encode() in page.content
    assert "Close early" not in text_of(page)


def test_an_office_that_was_not_asked_reads_once_it_is_published(
    ana: Member, chloe: Member, staff: Member, client_of: Clients
) -> None:
    circulation = opened(ana.office)
    assert get(client_of, chloe, PAGE).status_code == 404
    publish_round(round=circulation.round, by=staff.user, now=AFTER)
    page = get(client_of, chloe, PAGE, AFTER)
    assert "Frozen wording of a" in text_of(page)
    assert b"/answer/" not in page.content


def test_after_closing_the_office_is_told_and_its_draft_offered(ana: Member, client_of: Clients) -> None:
    opened(ana.office)
    words = text_of(get(client_of, ana, PAGE, AFTER))
    assert "Meridia was asked and did not submit." in words
    assert "Read the draft" in words


def test_a_preparation_is_for_the_secretariat_which_reads_what_is_missing(
    ana: Member, staff: Member, client_of: Clients
) -> None:
    prepared(letters="")
    assert get(client_of, ana, PAGE).status_code == 404
    words = text_of(get(client_of, staff, PAGE))
    assert "Not ready to open There is nothing to answer: add an item. No office is addressed." in words
    assert "No item yet." in words


def test_the_record_keeps_its_silence(ana: Member, client_of: Clients) -> None:
    round = RoundFactory(slug="next-steps", is_record=True, titles={"en": "Circulation of 2025"})
    CirculationFactory(round=round, reported_period="two months following the inaugural session")
    words = text_of(get(client_of, ana, PAGE))
    assert "Period two months following the inaugural session" in words
    assert "Answers of offices not in the record Outcome not in the record" in words
    assert "Closes" not in words


def test_an_address_that_never_was_is_not_found(ana: Member, staff: Member, client_of: Clients) -> None:
    for slug in ("nothing", "１", "1e3"):
        for name in ("", "compilation/", "answer/", "open/", "reminders/"):
            for member in (ana, staff):
                assert get(client_of, member, f"/circulations/{slug}/{name}").status_code == 404


# --- compilation ------------------------------------------------------------------------------------------------------
@pytest.fixture
def circulation(ana: Member, chloe: Member, olga: Member) -> Circulation:
    """Meridia and Belmora have answered, Norland drafts."""
    circulation = opened(ana.office, chloe.office, olga.office)
    submitted(circulation, ana, a_comment="Good", a_willingness="lead", b_position="no_position")
    submitted(
        circulation, olga, a_position="supports_with_changes", a_wording="Better words", b_position="does_not_support",
        b_comment="Too early",
    )  # fmt: skip
    write(circulation, chloe, a_position="supports", a_comment="A secret draft", b_comment="Taken back")
    write(circulation, chloe, b_comment="")
    return circulation


def test_tallies_count_the_latest_submission_of_each_office(circulation: Circulation, ana: Member) -> None:
    submitted(circulation, ana, now=NOW + timedelta(hours=1), a_position="no_objection", b_position="supports")
    compiled = compile_answers(circulation)
    assert [tally.counts for tally in compiled.tallies] == [
        {"supports_with_changes": 1, "no_objection": 1},
        {"supports": 1, "does_not_support": 1},
    ]
    assert [tally.support for tally in compiled.tallies] == [1, 1]
    assert [tally.willing for tally in compiled.tallies] == [[1, 0, 0, 0, 0], [0, 0, 0, 0, 0]]
    assert [[remark.office.code for remark in tally.remarks] for tally in compiled.tallies] == [["XB", "QM"], ["XB"]]


def test_not_answered_is_never_mixed_with_no_position(circulation: Circulation) -> None:
    compiled = compile_answers(circulation)
    states = {row.office.code: (row.state, [answer.position for answer in row.answers]) for row in compiled.offices}
    assert states == {
        "XB": ("submitted", ["supports_with_changes", "does_not_support"]),
        "QM": ("submitted", ["supports", "no_position"]),
        "QN": ("drafting", []),
    }
    assert compiled.tallies[1].counts == {"does_not_support": 1, "no_position": 1}
    assert (compiled.answered, [row.office.code for row in compiled.missing]) == (2, ["QN"])


def test_offices_stand_in_the_order_of_the_readers_language(circulation: Circulation) -> None:
    assert [row.office.code for row in compile_answers(circulation).offices] == ["XB", "QM", "QN"]


def test_the_secretariat_sees_progress_while_it_is_open_and_never_a_draft(
    circulation: Circulation, staff: Member, client_of: Clients
) -> None:
    page = get(client_of, staff, COMPILATION)
    words = text_of(page)
    assert "2 of 3 offices have submitted. Drafting: 1. Opened: 0. Not opened: 0. Not reached: 0." in words
    assert "not answered, drafting (1 of 2)" in words
    assert "QN Norland 1 of 2 items drafted 20 Nov 2026 0 Chloe Voorbeeld" in words
    assert "Better words" in words
    assert "A secret draft" not in words


def test_offices_that_have_looked_and_that_have_not_are_told_apart(
    ana: Member, chloe: Member, norland: Any, staff: Member, client_of: Clients
) -> None:
    circulation = opened(ana.office, chloe.office)
    with at():
        client_of(ana).get(PAGE + "answer/")
    Member.objects.filter(office="QN").update(until_on=NOW.date())
    words = text_of(get(client_of, staff, COMPILATION))
    assert "No office has submitted yet." in words
    assert "QM Meridia not answered, opened" in words
    assert "QN Norland not reached" in words
    assert "QM Meridia opened 20 Nov 2026 0 Ana Ejemplo" in words
    assert "QN Norland not reached never 0 nobody speaks for it" in words
    assert response_of(circulation.round, ana.office).first_opened_at == NOW


def test_members_read_it_when_it_is_published(
    circulation: Circulation, chloe: Member, staff: Member, client_of: Clients
) -> None:
    assert get(client_of, chloe, COMPILATION).status_code == 404
    assert get(client_of, chloe, COMPILATION, AFTER).status_code == 404
    publish_round(round=circulation.round, by=staff.user, now=AFTER)
    page = get(client_of, chloe, COMPILATION, AFTER)
    words = text_of(page)
    assert "2 of 3 offices have submitted. Not answered: 1. Not reached: 0. Closed 3 December 2026" in words
    assert "QN Norland not answered –" in words
    assert "drafting" not in words
    assert "Who has not submitted" not in words
    assert "Too early" in words
    assert f'href="{COMPILATION}"'.encode() in get(client_of, chloe, PAGE, AFTER).content


def test_an_office_that_has_submitted_reads_it_at_once_where_the_circulation_says_so(
    circulation: Circulation, ana: Member, chloe: Member, client_of: Clients
) -> None:
    Round.objects.update(answers_visible=Round.AnswersVisible.SUBMITTED)
    words = text_of(get(client_of, ana, COMPILATION))
    assert "2 of 3 offices have submitted. Not answered: 1. Not reached: 0. Closes" in words
    assert "drafting" not in words
    assert get(client_of, chloe, COMPILATION).status_code == 404


def test_markup_in_a_comment_is_shown_as_it_was_typed(ana: Member, staff: Member, client_of: Clients) -> None:
    submitted(opened(ana.office), ana, a_comment="<script>alert(1)</script>")
    assert b"<script>alert" not in get(client_of, staff, COMPILATION).content


def test_a_preparation_and_the_record_have_no_compilation(staff: Member, client_of: Clients) -> None:
    prepared()
    assert get(client_of, staff, COMPILATION).status_code == 404


@pytest.mark.parametrize("url", [LIST, PAGE, COMPILATION])
def test_these_pages_are_read_only(circulation: Circulation, staff: Member, client_of: Clients, url: str) -> None:
    with at():
        client = client_of(staff)
        assert [getattr(client, method)(url).status_code for method in ("post", "put", "delete")] == [405] * 3


# --- as many queries for thirty rows as for one -----------------------------------------------------------------------
def more_offices(circulation: Circulation, count: int) -> None:
    """Offices that have answered and offices that draft, half and half."""
    for _ in range(count):
        number = circulation.round.responses.count()
        office = OfficeFactory(code=f"{chr(65 + number // 10)}{number % 10}")
        member = MemberFactory(office=office, role=Member.Role.FOCAL_POINT)
        circulation.round.responses.create(office=office, closes_at=CLOSES, created_at=NOW - timedelta(days=9))
        if number % 2:
            submitted(circulation, member, a_comment=f"Comment {number}")
        else:
            write(circulation, member, a_comment=f"Draft {number}")


def test_the_compilation_needs_as_many_queries_for_thirty_offices_as_for_one(
    circulation: Circulation, staff: Member, client_of: Clients
) -> None:
    with at():
        assert_same_number_of_queries(client_of(staff), COMPILATION, lambda count: more_offices(circulation, count))


def test_the_list_needs_as_many_queries_for_thirty_circulations_as_for_one(
    ana: Member, staff: Member, client_of: Clients
) -> None:
    session: Session = SessionFactory()

    def add(count: int) -> None:
        for _ in range(count):
            opened(ana.office, slug=f"c-{Round.objects.count()}")
        Circulation.objects.update(session=session)

    with at():
        for member in (ana, staff):
            Circulation.objects.all().delete()
            assert_same_number_of_queries(client_of(member), LIST, add)


def test_the_answer_page_needs_as_many_queries_for_thirty_items_as_for_one(ana: Member, client_of: Clients) -> None:
    circulation = opened(ana.office, letters="a")
    with at():
        client = client_of(ana)

        def add(count: int) -> None:
            for _ in range(count):
                number = circulation.items.count() + 1
                circulation.items.create(order=number, key=f"k{number}", heading="Heading", text="Text")
                write(circulation, ana, **{f"k{number}_position": "supports"})

        for url in ("answer/", "review/", ""):
            circulation.items.exclude(key="a").delete()
            assert_same_number_of_queries(client, PAGE + url, add)
