"""The desk of a circulation, office by office: who has come how far; more time, one more office, a letter entered."""

from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client

from accounts.models import Member, Office
from consultations.drafts import draft_of
from consultations.models import Extension, OfficeResponse, Submission
from consultations.operations import (
    Letter,
    add_addressee,
    mark_opened,
    publish_round,
    queue_due_reminders,
    reopen_response,
)
from meetings.desk import Desk, desk_overview
from meetings.models import Circulation, ItemAnswer
from meetings.operations.on_behalf import LetterIncomplete, enter_circulation_answer
from notifications.models import Delivery
from notifications.reminders import closing_instant
from tests.consultations.asking import CLOSES, response_of
from tests.factories import NOW, CirculationItemFactory, MemberFactory, OfficeFactory
from tests.meetings.circulating import PAGE, at, opened, prepared, submitted, text_of, write
from tests.queries import assert_same_number_of_queries
from tests.world import let_go

DESK, ADD = PAGE + "desk/", PAGE + "desk/add/"
REOPEN, LETTER = PAGE + "desk/QM/reopen/", PAGE + "desk/QM/on-behalf/"
AFTER = CLOSES + timedelta(days=2)
LATER = closing_instant(date(2026, 12, 15))
Clients = Callable[[Member | None], Client]


def get(client_of: Clients, member: Member, url: str, moment: datetime = NOW) -> HttpResponse:
    with at(moment):
        return client_of(member).get(url)


def post(client_of: Clients, member: Member, url: str, moment: datetime = NOW, **data: object) -> HttpResponse:
    with at(moment):
        return client_of(member).post(url, data)


def desk_of(circulation: Circulation, now: datetime = NOW, **asked: str) -> Desk:
    return desk_overview(circulation.round, asked, now)


def states(desk: Desk) -> dict[str, str]:
    return {row.office.code: str(row.state) for row in desk.rows}


def typed(**fields: object) -> dict[str, object]:
    """What a sound letter looks like when it is posted."""
    return {
        "upload": SimpleUploadedFile("letter.txt", b"We support item a."),
        "received_on": "2026-11-18",
        "reason": "Their network is down.",
        "seen_number": "0",
        "item-a-position": "supports",
        "item-a-willingness": "pilot",
        "item-b-position": "does_not_support",
        "item-b-comment": "Who would pay for it?",
    } | fields


# --- who may ----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("url", [DESK, ADD])
def test_the_desk_is_for_the_secretariat(ana: Member, gustav: Member, client_of: Clients, url: str) -> None:
    opened(ana.office)
    assert get(client_of, ana, url).status_code == 403
    assert get(client_of, gustav, url).status_code == 404
    with at():
        assert client_of(None).get(url)["Location"] == f"/accounts/login/?next={url}"


@pytest.mark.parametrize("url", [REOPEN, LETTER])
def test_who_is_not_of_the_office_does_not_learn_whether_it_was_asked(
    ana: Member, bruno: Member, chloe: Member, staff: Member, client_of: Clients, url: str
) -> None:
    opened(ana.office, chloe.office)
    answers = {member.email: get(client_of, member, url).status_code for member in (ana, bruno, chloe, staff)}
    assert answers == {ana.email: 403, bruno.email: 403, chloe.email: 404, staff.email: 200}
    assert get(client_of, chloe, url.replace("QM", "QN")).status_code == 403


@pytest.mark.parametrize("code", ["ZZ", "qm", "QMX", "１", "%00", "Q%0A", "XB"])
@pytest.mark.parametrize("act", ["reopen", "on-behalf"])
def test_an_office_that_was_not_asked_has_no_page(
    ana: Member, belmora: Office, staff: Member, client_of: Clients, code: str, act: str
) -> None:
    opened(ana.office)
    assert get(client_of, staff, f"{DESK}{code}/{act}/").status_code == 404


def test_members_change_nothing(ana: Member, chloe: Member, client_of: Clients) -> None:
    opened(ana.office)
    assert post(client_of, ana, REOPEN, closes_on="2027-01-31", reason="Ours").status_code == 403
    assert post(client_of, ana, ADD, office="QN", closes_on="2027-01-31").status_code == 403
    assert post(client_of, ana, LETTER, **typed()).status_code == 403
    assert (Extension.objects.count(), OfficeResponse.objects.count(), Submission.objects.count()) == (0, 1, 0)


@pytest.mark.parametrize("url", [DESK, ADD, REOPEN, LETTER])
def test_wrong_methods_are_refused(ana: Member, staff: Member, client_of: Clients, url: str) -> None:
    opened(ana.office)
    methods = ("post", "put", "delete") if url == DESK else ("put", "delete", "patch")
    with at():
        client = client_of(staff)
        assert [getattr(client, method)(url).status_code for method in methods] == [405] * 3


# --- how far every office has come ------------------------------------------------------------------------------------
@pytest.fixture
def five(ana: Member, chloe: Member, olga: Member) -> Circulation:
    """Meridia has answered, Norland drafts, Belmora has looked, Vela has not, nobody speaks for Wesland."""
    vela, wesland = OfficeFactory(code="QV", region="GRULAC"), OfficeFactory(code="QW", region="WEOG")
    MemberFactory(office=vela, role=Member.Role.ALTERNATE, email="vera@qv.example")
    circulation = opened(ana.office, chloe.office, olga.office, vela, wesland)
    submitted(circulation, ana)
    write(circulation, chloe, now=NOW - timedelta(days=2), a_position="supports", a_comment="A secret", b_comment="")
    mark_opened(response=response_of(circulation.round, olga.office), now=NOW - timedelta(days=3))
    return circulation


def test_every_office_is_in_one_state(five: Circulation) -> None:
    desk = desk_of(five)
    assert states(desk) == {
        "QM": "submitted",
        "QN": "drafting",
        "QV": "not_opened",
        "QW": "not_reached",
        "XB": "opened",
    }
    rows = {row.office.code: row for row in desk.rows}
    assert (rows["QN"].saved, rows["QN"].drafted_at) == (1, NOW - timedelta(days=2))
    assert (rows["QW"].unreached, rows["QV"].unreached) == ("nobody speaks for it", "")
    assert {code for code, row in rows.items() if row.may_be_nudged} == {"QN", "QV", "XB"}


def test_a_draft_that_was_emptied_is_none(ana: Member) -> None:
    circulation = opened(ana.office)
    write(circulation, ana, a_comment="Something")
    write(circulation, ana, a_comment="")
    assert states(desk_of(circulation)) == {"QM": "not_opened"}


def test_who_drafts_was_reached_though_no_mail_arrives(bruno: Member) -> None:
    circulation = opened(bruno.office)
    write(circulation, bruno, a_position="supports")
    [row] = desk_of(circulation).rows
    assert (str(row.state), row.unreached) == ("drafting", "nobody speaks for it")


def test_totals_by_kind_and_by_regional_group(five: Circulation) -> None:
    groups = {group.label: group.numbers for group in desk_of(five).groups}
    assert groups == {
        "All offices": [1, 1, 1, 1, 1],
        "Member States": [1, 1, 0, 1, 1],
        "Organizations": [0, 0, 1, 0, 0],
        "Latin American and Caribbean States": [0, 0, 0, 1, 0],
        "Western European and other States": [0, 0, 0, 0, 1],
        "States outside the regional groups": [1, 1, 0, 0, 0],
    }


@pytest.mark.parametrize(
    ("asked", "codes"),
    [
        ({"state": "drafting"}, ["QN"]),
        ({"region": "GRULAC"}, ["QV"]),
        ({"kind": "organization"}, ["XB"]),
        ({"state": "not_reached", "region": "GRULAC"}, []),
        ({"state": "no such", "region": "１", "kind": "1e3"}, ["QM", "QN", "QV", "QW", "XB"]),
    ],
)
def test_the_list_is_narrowed_by_its_address(five: Circulation, asked: dict[str, str], codes: list[str]) -> None:
    assert sorted(row.office.code for row in desk_of(five, **asked).listed) == codes


def test_filters_are_links_with_numbers(five: Circulation) -> None:
    (by_state, offices) = desk_of(five, state="drafting").links
    assert [(link.label, link.query, link.is_here, link.count) for link in by_state[1]] == [
        ("All states", "?#offices", False, 5),
        ("Answered", "?state=submitted#offices", False, 1),
        ("Drafting", "?state=drafting#offices", True, 1),
        ("Opened", "?state=opened#offices", False, 1),
        ("Not opened", "?state=not_opened#offices", False, 1),
        ("Not reached", "?state=not_reached#offices", False, 1),
    ]
    assert [(link.label, link.query, link.count) for link in offices[1]] == [
        ("All offices", "?state=drafting#offices", 1),
        ("Member States", "?state=drafting&kind=state#offices", 1),
        ("States outside the regional groups", "?state=drafting&region=none#offices", 1),
    ]


def test_the_page_says_it_all_and_no_word_of_a_draft(five: Circulation, staff: Member, client_of: Clients) -> None:
    Delivery.objects.filter(to_address="vera@qv.example").update(state="sent", sent_at=NOW, ended_at=NOW)
    page = get(client_of, staff, DESK)
    words = text_of(page)
    for sentence in (
        "1 of 5 offices have answered. Closes Thursday 3 December 2026, 23:59 Geneva time",
        "QM Meridia Answered version 1, 20 Nov 2026",
        "QN Norland Drafting 1 item begun 18 Nov 2026",
        "XB Belmora Opened 17 Nov 2026",
        "QW Office QW Not reached nobody speaks for it none",
        "QV Office QV Not opened 3 Oct : Opening notice Sent: 1",
        "All offices 1 1 1 1 1 5",
        "Organizations – 0 – 0 1 – 0 – 0 1",
    ):
        assert sentence in words, sentence
    assert "A secret" not in words
    assert page.content.count(b'<svg class="w-bar"') == 6
    assert f'href="{PAGE}nudge/?office=QN"'.encode() in page.content
    assert f'href="{PAGE}nudge/?office=QM"'.encode() not in page.content
    assert "No office is in this state." in text_of(get(client_of, staff, DESK + "?state=opened&region=WEOG"))


def test_the_desk_leads_on_from_the_page_of_the_circulation(
    five: Circulation, staff: Member, client_of: Clients
) -> None:
    assert f'href="{DESK}"'.encode() in get(client_of, staff, PAGE).content


def test_before_the_opening_nobody_has_been_asked(ana: Member, staff: Member, client_of: Clients) -> None:
    prepared(ana.office)
    assert "No office has been asked." in text_of(get(client_of, staff, DESK))
    assert "from the opening until the answers are published" in text_of(get(client_of, staff, ADD))


def test_own_deadlines_late_answers_and_reminders_by_hand_are_shown(
    ana: Member, chloe: Member, olga: Member, staff: Member, client_of: Clients
) -> None:
    circulation = opened(ana.office, chloe.office)
    reopen_response(
        response=response_of(circulation.round, ana.office), closes_at=LATER, reason="Asked.", by=staff.user, now=NOW
    )
    submitted(circulation, ana, now=AFTER)
    add_addressee(round=circulation.round, office=olga.office, closes_at=LATER, by=staff.user, now=AFTER)
    OfficeResponse.objects.filter(office="QN").update(nudged_at=NOW, nudged_by=staff.user)
    words = text_of(get(client_of, staff, DESK, AFTER))
    assert "QM Meridia Answered version 1, 5 Dec 2026 late 15 December 2026, 23:59 Geneva time" in words
    assert "XB Belmora Not opened 15 December 2026, 23:59 Geneva time asked after the opening, 5 Dec 2026" in words
    assert "5 Dec 2026 5 Dec : Opening notice" in words
    assert "reminded once, 20 Nov" in words


def test_once_published_nothing_can_be_done_for_one_office(
    ana: Member, norland: Office, staff: Member, client_of: Clients
) -> None:
    circulation = opened(ana.office)
    publish_round(round=circulation.round, by=staff.user, now=AFTER)
    page = get(client_of, staff, DESK, AFTER)
    assert (b"/reopen/" in page.content, b"/desk/add/" in page.content) == (False, False)
    for url in (ADD, REOPEN, LETTER):
        assert "This can be done from the opening until" in text_of(get(client_of, staff, url, AFTER))
    refused = post(client_of, staff, REOPEN, AFTER, closes_on="2026-12-20", reason="Asked.")
    assert (refused.status_code, Extension.objects.count()) == (409, 0)
    assert post(client_of, staff, ADD, AFTER, office="QN", closes_on="2026-12-20").status_code == 409
    assert OfficeResponse.objects.count() == 1
    assert post(client_of, staff, LETTER, AFTER, **typed()).status_code == 409
    assert Submission.objects.count() == 0


# --- more time --------------------------------------------------------------------------------------------------------
def test_one_office_gets_more_time(ana: Member, chloe: Member, staff: Member, client_of: Clients) -> None:
    circulation = opened(ana.office, chloe.office)
    words = text_of(get(client_of, staff, REOPEN, AFTER))
    assert "More time for Meridia" in words
    assert "Ana Ejemplo Focal point, ana@qm.example , English" in words
    answer = post(client_of, staff, REOPEN, AFTER, closes_on="2026-12-15", reason="Their minister changed.")
    assert (answer.status_code, answer["Location"]) == (302, DESK)
    assert response_of(circulation.round, ana.office).closes_at == LATER
    assert response_of(circulation.round, chloe.office).closes_at == CLOSES
    for member, is_told in ((ana, True), (chloe, False), (staff, True)):
        assert ("Their minister changed." in text_of(get(client_of, member, PAGE, AFTER))) is is_told
    assert b"Answer for your office" in get(client_of, ana, PAGE, AFTER).content
    assert b"Answer for your office" not in get(client_of, chloe, PAGE, AFTER).content


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"closes_on": "2026-12-03"}, "The new deadline must be later than the present one."),
        ({"closes_on": "2026-11-01"}, "This day is over."),
        ({"closes_on": "2026-02-30"}, "Enter a valid date."),
        ({"closes_on": "9999-12-31"}, "This day is more than three years away."),
        ({"closes_on": ""}, "This field is required."),
        ({"closes_on": "2026-12-31\x00"}, "Enter a valid date."),
        ({"reason": " "}, "This field is required."),
        ({"reason": "x" * 5001}, "Ensure this value has at most 5000 characters (it has 5001)."),
        ({"reason": "a\x00"}, "Null characters are not allowed."),
    ],
)
def test_a_senseless_deadline_is_refused_at_the_field(
    ana: Member, staff: Member, client_of: Clients, data: dict[str, str], message: str
) -> None:
    opened(ana.office)
    answer = post(client_of, staff, REOPEN, **{"closes_on": "2026-12-31", "reason": "Holidays."} | data)
    assert answer.status_code == 200
    assert message in text_of(answer)
    assert not Extension.objects.exists()


# --- one more office --------------------------------------------------------------------------------------------------
def test_one_more_office_is_asked(ana: Member, chloe: Member, staff: Member, client_of: Clients) -> None:
    circulation = opened(ana.office)
    answer = post(client_of, staff, ADD, office="QN", closes_on="2026-12-15")
    assert (answer.status_code, answer["Location"]) == (302, DESK)
    response = response_of(circulation.round, chloe.office)
    assert (response.created_at, response.closes_at) == (NOW, LATER)
    assert get(client_of, chloe, PAGE).status_code == 200
    assert "Norland is asked and has not submitted." in text_of(get(client_of, chloe, PAGE, AFTER))


@pytest.mark.parametrize("office", ["QM", "IB", "ZZ", "", "1e3", "１", "Q\x00"])
def test_only_an_office_that_was_not_asked_can_be_added(
    ana: Member, secretariat: Office, staff: Member, client_of: Clients, office: str
) -> None:
    opened(ana.office)
    answer = post(client_of, staff, ADD, office=office, closes_on="2026-12-15")
    assert answer.status_code in {200, 400}
    assert OfficeResponse.objects.count() == 1


# --- a letter ---------------------------------------------------------------------------------------------------------
def test_a_letter_is_entered_item_by_item(ana: Member, staff: Member, client_of: Clients) -> None:
    circulation = opened(ana.office)
    words = text_of(get(client_of, staff, LETTER))
    assert "Item a: Frozen wording of a" in words
    assert "The office can correct it until 3 December 2026, 23:59 Geneva time." in words
    answer = post(client_of, staff, LETTER, **typed())
    assert (answer.status_code, answer["Location"]) == (302, DESK)
    submission = Submission.objects.get()
    assert (submission.submitted_by, submission.received_on) == (staff.user, date(2026, 11, 18))
    rows = ItemAnswer.objects.order_by("item__order").values_list("position", "willingness", "comment", "wording")
    assert list(rows) == [("supports", "pilot", "", ""), ("does_not_support", "", "Who would pay for it?", "")]
    assert draft_of(response_of(circulation.round, ana.office)).value("b.comment") == "Who would pay for it?"
    mail = Delivery.objects.get(purpose="on_behalf").text
    assert "Position: does not support" in mail
    assert "Comment or reason: Who would pay for it?" in mail
    assert "Entered by the Secretariat from a letter of 18 November 2026" in text_of(get(client_of, staff, DESK))


def test_the_office_reads_where_its_answer_comes_from_and_corrects_it(
    ana: Member, staff: Member, client_of: Clients
) -> None:
    circulation = opened(ana.office)
    post(client_of, staff, LETTER, AFTER, **typed())
    file = Submission.objects.get().file
    page = get(client_of, ana, PAGE + "receipt/", AFTER)
    words = text_of(page)
    assert "Entered by the Secretariat from a letter of 18 November 2026" in words
    assert "Their network is down." in words
    assert f'href="{file.get_absolute_url()}"'.encode() in page.content
    assert submitted(circulation, ana, now=AFTER, b_comment="And how much?").number == 2
    assert not Submission.objects.get(number=2).is_late
    queue_due_reminders(now=AFTER + timedelta(days=1))
    assert not Delivery.objects.filter(purpose="reminder", created_at__gt=AFTER).exists()


def test_the_file_is_for_the_office_and_the_secretariat(
    ana: Member, bruno: Member, chloe: Member, staff: Member, client_of: Clients
) -> None:
    circulation = opened(ana.office, chloe.office)
    post(client_of, staff, LETTER, **typed())
    url = Submission.objects.get().file.get_absolute_url()
    publish_round(round=circulation.round, by=staff.user, now=AFTER)
    found = {member.email: get(client_of, member, url, AFTER) for member in (ana, bruno, chloe, staff)}
    assert {email: answer.status_code for email, answer in found.items()} == {
        ana.email: 200,
        bruno.email: 200,
        chloe.email: 404,
        staff.email: 200,
    }
    assert b"".join(found[ana.email].streaming_content) == b"We support item a."
    for answer in found.values():
        let_go(answer)
    with at():
        assert client_of(None).get(url).status_code == 404


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"upload": ""}, "This field is required."),
        ({"upload": SimpleUploadedFile("a.exe", b"MZ")}, "Files of this type are not accepted."),
        ({"upload": SimpleUploadedFile("a.pdf", b"no pdf")}, "The name says PDF, the content does not."),
        ({"received_on": "2026-11-21"}, "The day of receipt must lie between the opening and today."),
        ({"received_on": "2026-10-02"}, "The day of receipt must lie between the opening and today."),
        ({"received_on": "0000-00-00"}, "Enter a valid date."),
        ({"reason": ""}, "This field is required."),
        ({"reason": "\x00"}, "Null characters are not allowed."),
        ({"seen_number": "１e3"}, "This page was not complete. Read it again before you send it."),
        ({"seen_number": "99999999999"}, "This page was not complete. Read it again before you send it."),
        ({"item-a-position": ""}, "Item a: Choose a position."),
        ({"item-a-position": "agrees"}, "Item a: Select a valid choice."),
        ({"item-a-comment": "x" * 5001}, "Item a: Ensure this value has at most 5000 characters"),
        ({"item-b-comment": " "}, "Item b: Enter the reason the office gives: this position needs one."),
        ({"item-a-position": "supports_with_changes"}, "Item a: Enter the wording the office proposes."),
        ({"item-a-wording": "Other"}, "Item a: A wording goes with “supports with changes” only."),
    ],
)
def test_what_cannot_be_entered_is_named_and_nothing_typed_is_lost(
    ana: Member, staff: Member, client_of: Clients, data: dict[str, object], message: str
) -> None:
    opened(ana.office)
    answer = post(client_of, staff, LETTER, **typed(**{"item-b-willingness": "follow"} | data))
    assert answer.status_code == 200
    assert message in text_of(answer)
    assert b'<option value="follow" selected>' in answer.content
    assert Submission.objects.count() == 0


def test_the_operation_keeps_to_the_rules_of_an_office_of_its_own_accord(ana: Member, staff: Member) -> None:
    circulation = opened(ana.office)
    upload = SimpleUploadedFile("letter.txt", b"We need to know more.")
    letter = Letter(upload=upload, received_on=NOW.date(), reason="Their network is down.")
    with pytest.raises(LetterIncomplete, match="some items are not complete") as refused:
        enter_circulation_answer(
            response=response_of(circulation.round, ana.office),
            seen_number=0,
            letter=letter,
            values={"a.position": "needs_information", "b.position": "supports"},
            by=staff.user,
            now=NOW,
        )
    assert [(each.item.key, [problem.key for problem in each.problems]) for each in refused.value.items] == [
        ("a", ["reason"])
    ]
    assert Submission.objects.count() == 0


def test_an_answer_given_meanwhile_is_shown_before_a_letter_replaces_it(
    ana: Member, staff: Member, client_of: Clients
) -> None:
    circulation = opened(ana.office)
    submitted(circulation, ana)
    refused = post(client_of, staff, LETTER, **typed())
    assert refused.status_code == 409
    words = text_of(refused)
    assert "Nothing was entered: there is a newer answer of this office. Read it first." in words
    assert "The office has an answer: version 1." in words
    assert b'name="seen_number" value="1"' in refused.content
    assert b"Who would pay for it?" in refused.content
    assert post(client_of, staff, LETTER, **typed(seen_number="1")).status_code == 302
    assert Submission.objects.count() == 2


# --- queries ----------------------------------------------------------------------------------------------------------
def test_the_desk_needs_as_many_queries_for_thirty_offices_as_for_one(
    ana: Member, staff: Member, client_of: Clients
) -> None:
    circulation = opened(ana.office)

    def unasked(count: int) -> list[Office]:
        there = Office.objects.count()
        return [OfficeFactory(code=f"{chr(65 + (there + n) // 10)}{(there + n) % 10}") for n in range(count)]

    def asked(count: int) -> None:
        for office in unasked(count):
            MemberFactory(office=office, role=Member.Role.FOCAL_POINT)
            circulation.round.responses.create(office=office, closes_at=CLOSES, created_at=NOW)
        queue_due_reminders(now=NOW)

    def items(count: int) -> None:
        for _ in range(count):
            number = circulation.items.count() + 1
            CirculationItemFactory(circulation=circulation, order=number, key=f"i{number}")

    def speakers(count: int) -> None:
        MemberFactory.create_batch(count, office=ana.office, role=Member.Role.ALTERNATE)

    with at():
        client = client_of(staff)
        assert_same_number_of_queries(client, DESK, asked)
        assert_same_number_of_queries(client, ADD, unasked)
        assert_same_number_of_queries(client, LETTER, items)
        assert_same_number_of_queries(client, REOPEN, speakers)
