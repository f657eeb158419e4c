"""The compilation: who is counted, what is said of whom, filters, marks, and that silence stays silence."""

import re
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.http import HttpResponse
from django.test import Client
from django.utils import translation

from accounts.models import Member, Office
from consultations.models import Annex, Round, Submission
from consultations.operations import publish_round
from library.models import StoredFile
from meetings.compilation import Compilation, Counts, compile_answers
from meetings.models import Circulation, CirculationItem, ItemAnswer
from meetings.narrowing import Choice, kind_name, links, region_name
from tests.consultations.asking import CLOSES, response_of
from tests.factories import NOW, MemberFactory, OfficeFactory
from tests.meetings.circulating import PAGE, at, opened, submitted, text_of, write
from tests.queries import MOST, queries_and_length

COMPILATION = PAGE + "compilation/"
AFTER = CLOSES + timedelta(days=1)
Clients = Callable[[Member | None], Client]


def get(client_of: Clients, member: Member | None, url: str = COMPILATION) -> HttpResponse:
    with at():
        return client_of(member).get(url)


def stored(name: str = "annex.pdf") -> StoredFile:
    return StoredFile.objects.create(
        name=name, content=f"aa/{name}", content_type="application/pdf", size=48_000, sha256="0" * 64, uploaded_at=NOW
    )


@pytest.fixture
def speakers(ana: Member, chloe: Member, olga: Member) -> dict[str, Member]:
    """Meridia (WEOG), Norland (GRULAC), Belmora (an organization), and Oravia, Pellucia: nobody speaks for the last."""
    Office.objects.filter(pk="QM").update(region="WEOG")
    Office.objects.filter(pk="QN").update(region="GRULAC")
    oravia = MemberFactory(office=OfficeFactory(code="QO", region=""), role=Member.Role.FOCAL_POINT)
    OfficeFactory(code="QP", region="WEOG")
    members = {"QM": ana, "QN": chloe, "XB": olga, "QO": oravia}
    return {code: Member.objects.select_related("office", "user").get(pk=member.pk) for code, member in members.items()}


@pytest.fixture
def circulation(speakers: dict[str, Member]) -> Circulation:
    """Three offices have answered, Oravia is silent, nobody speaks for Pellucia."""
    offices = [member.office for member in speakers.values()]
    circulation = opened(*offices, Office.objects.get(pk="QP"))
    submitted(circulation, speakers["QM"], a_comment="Good", a_willingness="lead", b_position="no_position")
    submitted(circulation, speakers["QN"], b_position="no_objection", b_willingness="pilot", a_willingness="follow")
    submitted(
        circulation, speakers["XB"], a_position="supports_with_changes", a_wording="Frozen words of a",
        b_position="does_not_support", b_comment="Too early",
    )  # fmt: skip
    return circulation


def compiled(circulation: Circulation, **choice: str) -> Compilation:
    return compile_answers(circulation).narrowed(Choice.of(choice))


# --- who is counted ---------------------------------------------------------------------------------------------------
def test_groups_stand_in_one_order_and_count_their_own(circulation: Circulation) -> None:
    groups = compiled(circulation).groups
    assert [(group.key, group.label, len(group.rows), group.states["submitted"]) for group in groups] == [
        ("state", "Member States", 4, 2),
        ("GRULAC", "Latin American and Caribbean States", 1, 1),
        ("WEOG", "Western European and other States", 2, 1),
        ("none", "States outside the regional groups", 1, 0),
        ("organization", "Organizations", 1, 1),
    ]
    assert [(group.silent, group.states["not_reached"]) for group in groups] == [(1, 1), (0, 0), (0, 1), (1, 0), (0, 0)]


def test_each_item_is_counted_in_each_group(circulation: Circulation) -> None:
    first, second = compiled(circulation).by_group
    assert {group.key: counts.cells for group, counts in first.groups} == {
        "state": [2, 0, 0, 0, 0, 0],
        "GRULAC": [1, 0, 0, 0, 0, 0],
        "WEOG": [1, 0, 0, 0, 0, 0],
        "none": [0, 0, 0, 0, 0, 0],
        "organization": [0, 1, 0, 0, 0, 0],
    }
    assert {group.key: counts.acting for group, counts in second.groups} == {
        "state": 1, "GRULAC": 1, "WEOG": 0, "none": 0, "organization": 0,
    }  # fmt: skip


def test_the_secretariats_own_office_would_be_among_others(ana: Member, secretariat: Office) -> None:
    assert [(group.key, len(group.rows)) for group in compiled(opened(ana.office, secretariat)).groups] == [
        ("state", 1),
        ("none", 1),
        ("other", 1),
    ]


def test_not_reached_is_neither_silence_nor_a_position(circulation: Circulation) -> None:
    found = compiled(circulation)
    assert {row.office.code: (row.state, row.silence) for row in found.missing} == {
        "QO": ("not_opened", "not answered, not opened"),
        "QP": ("not_reached", "not reached"),
    }
    assert (found.answered, found.silent, found.states["not_reached"]) == (3, 1, 1)
    assert found.tallies[0].answered == 3


def test_an_office_that_has_looked_is_reached_whatever_its_mail_did(circulation: Circulation) -> None:
    response = response_of(circulation.round, Office.objects.get(pk="QP"))
    response.first_opened_at = NOW
    response.save(update_fields=["first_opened_at"])
    (row,) = [row for row in compiled(circulation).missing if row.office.code == "QP"]
    assert (row.state, row.unreached) == ("opened", "nobody speaks for it")


def test_without_detail_nobody_learns_how_far_an_office_has_come(
    circulation: Circulation, speakers: dict[str, Member]
) -> None:
    write(circulation, speakers["QO"], a_comment="Draft")
    rows = compile_answers(circulation, in_detail=False).missing
    assert {row.office.code: row.silence for row in rows} == {"QO": "not answered", "QP": "not reached"}
    without = compile_answers(circulation, in_detail=False, with_drafts=False).missing
    assert [row.saved for row in without] == [0, 0]


def test_an_item_a_submission_says_nothing_about_is_not_answered(circulation: Circulation, staff: Member) -> None:
    CirculationItem.objects.create(circulation=circulation, order=0, key="z", heading="New", text="Text")
    rows = compiled(circulation).offices
    assert [row.answers[0] for row in rows if row.submitted_at] == [None, None, None]
    assert compiled(circulation).tallies[0].answered == 0


def test_an_item_nobody_answered_counts_nothing() -> None:
    assert (Counts({}, {}).cells, Counts({}, {}).willing, Counts({}, {}).support) == ([0] * 6, [0] * 5, 0)


def test_an_annex_without_words_is_a_remark_and_only_what_counts_and_may_be_seen_is_shown(
    circulation: Circulation, speakers: dict[str, Member]
) -> None:
    first = Submission.objects.get(response__office="QN")
    response = first.response
    annexes = [
        Annex.objects.create(
            response=response, section="a", file=stored(name), added_by=speakers["QN"].user, added_at=NOW
        )
        for name in ("old.pdf", "new.pdf", "hidden.pdf")
    ]
    first.annexes.set(annexes)
    latest = submitted(circulation, speakers["QN"], now=NOW + timedelta(hours=1))
    latest.annexes.set(annexes[1:])
    seen = Annex.objects.exclude(file__name="hidden.pdf")
    remarks = compile_answers(circulation, annexes=seen).tallies[0].remarks
    assert {each.office.code: [annex.file.name for annex in each.annexes] for each in remarks} == {
        "XB": [],
        "QM": [],
        "QN": ["new.pdf"],
    }
    assert [len(tally.remarks) for tally in compile_answers(circulation).tallies] == [2, 1]


# --- narrowing --------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("asked", "counted", "listed", "remarks"),
    [
        ({}, ["XB", "QM", "QN", "QO", "QP"], ["XB", "QM", "QN", "QO", "QP"], [["XB", "QM"], ["XB"]]),
        ({"region": "WEOG"}, ["QM", "QP"], ["QM", "QP"], [["QM"], []]),
        ({"region": "none"}, ["QO"], ["QO"], [[], []]),
        ({"region": "AFRICAN"}, [], [], [[], []]),
        ({"kind": "organization"}, ["XB"], ["XB"], [["XB"], ["XB"]]),
        ({"kind": "organization", "region": "WEOG"}, [], [], [[], []]),
        ({"kind": "state"}, ["QM", "QN", "QO", "QP"], ["QM", "QN", "QO", "QP"], [["QM"], []]),
        ({"position": "does_not_support"}, ["XB", "QM", "QN", "QO", "QP"], ["XB"], [[], ["XB"]]),
        ({"position": "no_objection", "region": "GRULAC"}, ["QN"], ["QN"], [[], []]),
    ],
)
def test_region_and_kind_choose_who_is_counted_and_position_who_is_listed(
    circulation: Circulation, asked: dict[str, str], counted: list[str], listed: list[str], remarks: list[list[str]]
) -> None:
    found = compiled(circulation, **asked)
    assert [row.office.code for row in found.offices] == counted
    assert [row.office.code for row in found.listed] == listed
    assert [[each.office.code for each in tally.remarks] for tally in found.tallies] == remarks


@pytest.mark.parametrize("value", ["weog", "1e3", "１", "\x00", "x" * 10_000, "supports; DROP TABLE", "<script>"])
@pytest.mark.parametrize("name", ["region", "kind", "position"])
def test_a_filter_that_does_not_exist_is_left_out_and_said(
    circulation: Circulation, staff: Member, client_of: Clients, name: str, value: str
) -> None:
    choice = Choice.of({name: value})
    assert (choice.is_clear, choice.is_narrow, choice.query) == (False, False, "")
    with at():
        page = client_of(staff).get(COMPILATION, {name: value})
    assert "The address asks for a filter that does not exist. It is left out." in text_of(page)
    assert "3 of 5 offices have submitted." in text_of(page)
    assert b"<script>" not in page.content


def test_links_lead_to_what_they_name_and_say_how_many(circulation: Circulation) -> None:
    offices = [row.office for row in compiled(circulation).offices]
    choice = Choice.of({"region": "WEOG", "position": "supports"})
    (_offices, by_office), (_positions, by_position) = links(choice, offices)
    assert [(link.label, link.query, link.is_here, link.count) for link in by_office] == [
        ("All offices", "?position=supports", False, 5),
        ("Member States", "?kind=state&position=supports", False, 4),
        ("Organizations", "?kind=organization&position=supports", False, 1),
        ("Latin American and Caribbean States", "?region=GRULAC&position=supports", False, 1),
        ("Western European and other States", "?region=WEOG&position=supports", True, 2),
        ("States outside the regional groups", "?region=none&position=supports", False, 1),
    ]
    assert [(link.label, link.query, link.is_here) for link in by_position][:2] == [
        ("All positions", "?region=WEOG", False),
        ("Supports", "?region=WEOG&position=supports", True),
    ]
    assert {link.count for link in by_position} == {None}


def test_a_choice_is_said_in_words() -> None:
    assert Choice.of({"region": "GRULAC", "kind": "state"}).offices_text == (
        "Member States, Latin American and Caribbean States"
    )
    assert Choice.of({"kind": "organization"}).offices_text == "Organizations"
    assert Choice.of({"position": "no_objection"}).position_text == "no objection"
    assert (Choice().offices_text, Choice().position_text, region_name(""), kind_name("")) == ("", "", "", "")


def test_the_page_says_what_is_counted_and_what_is_listed(
    circulation: Circulation, staff: Member, client_of: Clients
) -> None:
    words = text_of(get(client_of, staff, COMPILATION + "?region=WEOG&position=supports"))
    assert "Only these offices are counted: Western European and other States (2 of 5 offices)." in words
    assert "on at least one item, the comments those said with it: supports. All positions are counted." in words
    assert "1 of 2 offices have submitted." in words
    assert "Belmora" not in words
    assert "None of the offices chosen has commented on this item." in words


def test_where_nobody_takes_the_position_the_page_says_so(
    circulation: Circulation, staff: Member, client_of: Clients
) -> None:
    assert "No office takes this position." in text_of(
        get(client_of, staff, COMPILATION + "?position=needs_information")
    )


# --- the page ---------------------------------------------------------------------------------------------------------
def test_late_and_on_behalf_are_marked(
    circulation: Circulation, speakers: dict[str, Member], staff: Member, client_of: Clients
) -> None:
    Submission.objects.filter(response__office="QM").update(is_late=True)
    Submission.objects.filter(response__office="XB").update(
        on_behalf_of_reason="A letter", received_on=date(2026, 11, 18), file=stored("letter.pdf")
    )
    words = text_of(get(client_of, staff))
    assert "QM Meridia Supports , with comment No position 20 Nov late" in words
    assert "Does not support , with comment 20 Nov on behalf" in words
    assert "Meridia QM late Supports if it goes ahead: would lead Comment or reason Good" in words
    assert "Belmora XB Supports with changes entered on behalf of the office Proposed wording" in words
    assert "A letter" not in words


def test_a_wording_is_shown_as_a_change_and_an_annex_as_a_link(
    circulation: Circulation, speakers: dict[str, Member], staff: Member, client_of: Clients
) -> None:
    submission = Submission.objects.get(response__office="XB")
    annex = Annex.objects.create(
        response=submission.response, section="a", file=stored(), added_by=speakers["XB"].user, added_at=NOW
    )
    submission.annexes.add(annex)
    page = get(client_of, staff)
    assert re.search(r"Frozen <del>.*?wording</del><ins>.*?words</ins>", page.content.decode(), re.S)
    assert f'href="/files/{annex.file.pk}/annex.pdf"'.encode() in page.content
    assert "annex.pdf 48 kB" in text_of(page)


def test_members_read_the_published_answers_without_what_is_the_secretariats(
    circulation: Circulation, speakers: dict[str, Member], staff: Member, client_of: Clients
) -> None:
    write(circulation, speakers["QO"], a_comment="Draft")
    publish_round(round=circulation.round, by=staff.user, now=AFTER)
    with at(AFTER):
        words = text_of(client_of(speakers["QN"]).get(COMPILATION))
    assert "3 of 5 offices have submitted. Not answered: 1. Not reached: 1." in words
    assert "QO Office QO not answered –" in words
    assert "QP Office QP not reached –" in words
    for secret in ("drafting", "Who has not submitted", "nobody speaks for it", "Excel", "Word, for the report"):
        assert secret not in words


def test_the_map_draws_each_item_and_says_its_numbers(
    circulation: Circulation, staff: Member, client_of: Clients
) -> None:
    page = get(client_of, staff).content.decode()
    drawing = re.search(r'<svg class="w-lane w-map".*?</svg></figure>', page, re.S)[0]
    assert drawing.count("<circle") == 4
    assert 'cx="10.00%"' in drawing
    assert "style=" not in drawing
    words = text_of(get(client_of, staff))
    assert (
        "n = 3 offices that submitted Not in the drawing: offices without a position. Not answered: 1. Not reached: 1."
        in words
    )
    assert "a Heading 2 1 0 0 0 0 supports to supports with changes 3 1 3 1 1" not in words
    assert "supports to supports with changes 3 1 3 1 1" in words


def test_in_arabic_the_map_is_mirrored_and_items_have_arabic_letters(
    circulation: Circulation, staff: Member, client_of: Clients
) -> None:
    client = client_of(staff)
    client.cookies["django_language"] = "ar"
    Member.objects.filter(pk=staff.pk).update(language="ar")
    with at():
        page = client.get(COMPILATION).content.decode()
    drawing = re.search(r'<svg class="w-lane w-map".*?</svg></figure>', page, re.S)[0]
    assert 'cx="90.00%"' in drawing
    assert ">أ</text>" in drawing


def test_the_long_matrix_scrolls_in_a_window_that_a_keyboard_reaches(
    ana: Member, staff: Member, client_of: Clients
) -> None:
    offices = [OfficeFactory(code=f"{chr(65 + n // 26)}{chr(65 + n % 26)}") for n in range(40)]
    opened(ana.office, *offices[:39])
    assert b"w-tall" not in get(client_of, staff).content
    Round.objects.all()[0].responses.create(office=offices[39], closes_at=CLOSES, created_at=NOW)
    assert b'<div class="w-scroll w-tall" tabindex="0" role="region"' in get(client_of, staff).content


def test_what_offices_type_is_kept_in_no_piece_and_shown_as_typed(
    circulation: Circulation, speakers: dict[str, Member], staff: Member, client_of: Clients
) -> None:
    hostile = '"><img src=x onerror=alert(1)>{{ 7|add:7 }}'
    submitted(circulation, speakers["QM"], now=NOW + timedelta(hours=1), a_comment=hostile)
    Office.objects.filter(pk="QM").update(names=dict.fromkeys(("en", "ar"), "<b>Meridia"))
    page = get(client_of, staff).content.decode()
    assert "<img" not in page
    assert "&quot;&gt;&lt;img src=x onerror=alert(1)&gt;{{ 7|add:7 }}" in page
    assert "&lt;b&gt;Meridia" in page


@pytest.mark.parametrize("rule", Round.AnswersVisible.values)
def test_every_reader_needs_at_most_fifteen_queries(
    circulation: Circulation, speakers: dict[str, Member], staff: Member, client_of: Clients, rule: str
) -> None:
    Round.objects.update(answers_visible=rule)
    if rule == Round.AnswersVisible.PUBLICATION:
        publish_round(round=Round.objects.get(), by=staff.user, now=AFTER)
    moment = NOW if rule == Round.AnswersVisible.SUBMITTED else AFTER
    with at(moment):
        for member in (staff, speakers["QM"]):
            client = client_of(member)
            client.get(COMPILATION)
            assert queries_and_length(client, COMPILATION)[0] <= MOST


def test_all_answers_are_read_by_the_readers_order(circulation: Circulation) -> None:
    Office.objects.filter(pk="QO").update(ranks={"en": 1, "ar": 999})
    with translation.override("en"):
        assert compiled(circulation).offices[0].office.code == "QO"
    with translation.override("ar"):
        assert compiled(circulation).offices[-1].office.code == "QO"


def test_answers_to_items_are_whole_rows_of_the_database(circulation: Circulation) -> None:
    (remark,) = compiled(circulation).tallies[1].remarks
    assert remark.answer == ItemAnswer.objects.get(comment="Too early")
    assert remark.answer._state.adding is False
