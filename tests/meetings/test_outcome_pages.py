"""The pages of the outcome: where the Secretariat writes and publishes it, and where offices read it."""

from collections.abc import Callable
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from accounts.models import Member
from consultations.models import Release
from consultations.operations import publish_round
from meetings.models import Circulation
from meetings.operations.outcomes import (
    outcome_token,
    publish_outcome,
)
from tests.factories import NOW, MemberFactory, OfficeFactory
from tests.hostile import LONG
from tests.meetings.circulating import PAGE, at, prepared, submitted, text_of
from tests.meetings.concluding import AFTER, TEXT, commented, concluded, decide, join, linked, mails, ready, write
from tests.queries import assert_same_number_of_queries, queries_and_length

DESK = PAGE + "disposition/"
WRITING, PUBLISHING, OUTCOME = DESK + "text/", DESK + "publish/", PAGE + "outcome/"
Clients = Callable[[Member | None], Client]


@pytest.fixture
def circulation(ana: Member, chloe: Member, olga: Member) -> Circulation:
    return commented(ana, chloe, olga)


# --- the pages of the Secretariat -------------------------------------------------------------------------------------
def get(client_of: Clients, member: Member | None, url: str, moment: Any = AFTER) -> HttpResponse:
    with at(moment):
        return client_of(member).get(url)


def post(client_of: Clients, member: Member, url: str, moment: Any = AFTER, **data: Any) -> HttpResponse:
    with at(moment):
        return client_of(member).post(url, data, follow=True)


@pytest.mark.parametrize("url", [WRITING, PUBLISHING])
def test_the_pages_are_for_the_secretariat_once_it_is_open(
    circulation: Circulation, ana: Member, gustav: Member, staff: Member, client_of: Clients, url: str
) -> None:
    assert [get(client_of, member, url).status_code for member in (ana, gustav, staff)] == [403, 404, 200]
    assert get(client_of, None, url)["Location"] == f"/accounts/login/?next={url}"
    assert [post(client_of, member, url, do="now").status_code for member in (ana, gustav)] == [403, 404]
    with at():
        assert [getattr(client_of(staff), method)(url).status_code for method in ("put", "delete")] == [405, 405]
    prepared(ana.office, slug="waiting")
    assert get(client_of, staff, url.replace("next-steps", "waiting")).status_code == 404


def typed(circulation: Circulation, **fields: str) -> dict[str, str]:
    """What the form of the outcome sends."""
    values = {"seen": outcome_token(circulation, list(circulation.items.all())), "outcome_en": TEXT}
    for letter in "ab":
        values |= {f"item-{letter}-outcome": f"Outcome of {letter}", f"item-{letter}-status_after": ""}
    return values | fields


def test_the_outcome_is_written_on_a_page(circulation: Circulation, staff: Member, client_of: Clients) -> None:
    linked(circulation)
    words = text_of(get(client_of, staff, WRITING))
    assert "Nobody but the Secretariat reads this before the outcome is published." in words
    assert "Public: it stands on the page of the action item." in words
    assert "No action item is linked: the status goes nowhere." in words
    data = typed(circulation, outcome_zh_hans="继续。", **{"item-b-status_after": "closed"})
    assert "The outcome is saved." in text_of(post(client_of, staff, WRITING, **data))
    circulation.refresh_from_db()
    assert circulation.outcomes == {"en": TEXT, "zh-hans": "继续。"}
    assert list(circulation.items.values_list("status_after", flat=True)) == ["", "closed"]
    assert TEXT in text_of(get(client_of, staff, WRITING))


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"outcome_en": "a\x00"}, "Null characters are not allowed."),
        ({"outcome_ar": LONG}, "Ensure this value has at most 5000 characters (it has 1000000)."),
        ({"item-a-status_after": "１"}, "Select a valid choice. １ is not one of the available choices."),
        ({"item-b-outcome": "a\x00"}, "Null characters are not allowed."),
    ],
)
def test_what_cannot_be_stored_is_said_at_the_field(
    circulation: Circulation, staff: Member, client_of: Clients, fields: dict[str, str], message: str
) -> None:
    page = post(client_of, staff, WRITING, **typed(circulation, **fields))
    assert message in text_of(page)
    assert "Outcome of a" in text_of(page) or "item-a" in str(fields)
    circulation.refresh_from_db()
    assert circulation.outcomes == {}


def test_both_texts_are_shown_where_a_colleague_was_faster(
    circulation: Circulation, staff: Member, staff2: Member, client_of: Clients
) -> None:
    mine = typed(circulation, outcome_en="Mine")
    write(circulation, staff2.user)
    page = post(client_of, staff, WRITING, **mine)
    assert page.status_code == 409
    assert f"Outcome, English. Stands there now: {TEXT}" in text_of(page)
    assert "Mine" in text_of(page)
    circulation.refresh_from_db()
    assert circulation.outcomes == {"en": TEXT}
    post(client_of, staff, WRITING, **typed(circulation, outcome_en="Mine"))
    circulation.refresh_from_db()
    assert circulation.outcomes == {"en": "Mine"}


def test_the_page_lists_what_is_missing_and_publishes_nothing(
    circulation: Circulation, staff: Member, client_of: Clients
) -> None:
    words = text_of(get(client_of, staff, PUBLISHING, NOW))
    assert "Not ready to publish Offices can still submit: it has not closed for all. 1 comment has no answer." in words
    refused = post(client_of, staff, PUBLISHING, do="now")
    assert refused.status_code == 409
    assert "Nothing was done. 1 comment has no answer. The outcome text in English is missing." in text_of(refused)
    assert mails() == {}


def test_the_page_rehearses_and_publishes(
    circulation: Circulation, ana: Member, staff: Member, client_of: Clients
) -> None:
    ready(circulation, staff)
    words = text_of(get(client_of, staff, PUBLISHING))
    assert "3 messages in all." in words
    assert "QM Meridia Ana Ejemplo ana@qm.example English" in words
    assert "The answers of all offices become visible to all members with it." in words
    assert "Publish and send 3 messages" in words
    shown = text_of(get(client_of, staff, f"{PUBLISHING}?show=outcome.1.{ana.pk}"))
    assert "What became of the comments of Meridia: Next-step actions" in shown
    done = post(client_of, staff, PUBLISHING, do="now")
    assert "The outcome is published. Every addressed office is told." in text_of(done)
    assert len(mails()) == 3
    again = post(client_of, staff, PUBLISHING, do="now")
    assert (again.status_code, "The outcome is published already." in text_of(again)) == (409, True)
    for url in (WRITING, PUBLISHING, DESK):
        assert get(client_of, staff, url).status_code == 200
    assert TEXT in text_of(get(client_of, staff, WRITING))
    assert len(mails()) == 3


def test_the_page_asks_a_colleague_where_many_are_mailed(
    circulation: Circulation, staff: Member, staff2: Member, strict: None, client_of: Clients
) -> None:
    ready(circulation, staff)
    assert "Ask a colleague to release it" in text_of(get(client_of, staff, PUBLISHING))
    refused = post(client_of, staff, PUBLISHING, do="now")
    assert refused.status_code == 409
    asked = post(client_of, staff, PUBLISHING, do="ask")
    waiting = Release.objects.get()
    assert asked.redirect_chain == [(f"{PAGE}releases/{waiting.pk}/", 302)]
    assert "Your colleagues are told." in text_of(asked)
    assert mails() == {}
    post(client_of, staff2, f"{PAGE}releases/{waiting.pk}/", do="release")
    assert len(mails()) == 3


# --- the pages of members ---------------------------------------------------------------------------------------------
def test_nothing_is_visible_before_the_publication(
    circulation: Circulation, ana: Member, staff: Member, client_of: Clients
) -> None:
    item = linked(circulation)
    ready(circulation, staff)
    publish_round(round=circulation.round, by=staff.user, now=AFTER)
    assert [get(client_of, member, OUTCOME).status_code for member in (ana, staff)] == [404, 404]
    for url in (PAGE, PAGE + "compilation/", item.get_absolute_url()):
        page = get(client_of, ana, url).content.decode()
        assert [word for word in (TEXT, "Outcome of a", "Costs are for the budget.") if word in page] == []


def test_an_office_reads_what_became_of_its_comments(
    circulation: Circulation, ana: Member, bruno: Member, chloe: Member, olga: Member, staff: Member, gustav: Member,
    client_of: Clients,
) -> None:  # fmt: skip
    linked(circulation)
    concluded(ready(circulation, staff), staff.user)
    words = text_of(get(client_of, bruno, OUTCOME))
    assert "What became of our comments Published 4 December 2026, 23:59 Geneva time" in words
    assert "Comments of Meridia" in words
    assert "Answer of the Secretariat Taken in partly Costs are for the budget." in words
    assert "Joined by 1 office: Norland (QN)" in words
    assert TEXT in words
    assert "Outcome of a Status afterwards: in progress." in words
    norland = text_of(get(client_of, chloe, OUTCOME))
    assert "Your office gave its positions without comments." in norland
    assert "Comments your office joined a Item Heading a Meridia (QM)" in norland
    assert "Your office was asked and did not submit; that is recorded as no answer." in text_of(
        get(client_of, olga, OUTCOME)
    )
    assert get(client_of, gustav, OUTCOME).status_code == 404
    assert get(client_of, chloe, OUTCOME + "?office=QM").status_code == 404
    assert get(client_of, ana, OUTCOME + "?office=1e3").status_code == 404
    with at(AFTER):
        assert client_of(ana).post(OUTCOME).status_code == 405


def test_whoever_was_not_asked_reads_the_outcome(circulation: Circulation, staff: Member, client_of: Clients) -> None:
    concluded(circulation, staff.user)
    for reader in (staff, MemberFactory()):
        words = text_of(get(client_of, reader, OUTCOME))
        assert "Outcome of the circulation" in words
        assert TEXT in words
        assert "Comments of" not in words.split("Positions and comments of all offices")[0]


def test_who_belongs_to_two_offices_chooses(
    circulation: Circulation, ana: Member, chloe: Member, staff: Member, client_of: Clients
) -> None:
    MemberFactory(office=chloe.office, user=ana.user, email=ana.email)
    concluded(circulation, staff.user)
    assert "Comments of Meridia" in text_of(get(client_of, ana, OUTCOME))
    assert "Comments of Norland" in text_of(get(client_of, ana, OUTCOME + "?office=QN"))
    assert 'href="?office=QN"' in get(client_of, ana, OUTCOME).content.decode()


def test_the_circulation_shows_its_outcome_and_leads_to_what_became_of_comments(
    circulation: Circulation, ana: Member, staff: Member, client_of: Clients
) -> None:
    write(circulation, staff.user, fr="Les actions se poursuivent.")
    decide(circulation, staff.user)
    circulation.refresh_from_db()
    publish_outcome(circulation=circulation, by=staff.user, now=AFTER)
    page = get(client_of, ana, PAGE)
    words = text_of(page)
    assert "Outcome 4 December 2026, 23:59 Geneva time" in words
    assert TEXT in words
    assert "Outcome of b" in words
    assert f'href="{OUTCOME}?office=QM"' in page.content.decode()
    assert f'href="{PAGE}compilation/"' in page.content.decode()
    with at(AFTER):
        client = client_of(ana)
        client.post("/language/", {"language": "fr"})
        Member.objects.filter(pk=ana.pk).update(language="fr")
        french = client.get(PAGE).content.decode()
    assert "Les actions se poursuivent." in french
    assert TEXT not in french


def test_the_action_item_shows_the_circulation_and_its_outcome(
    circulation: Circulation, ana: Member, staff: Member, client_of: Clients
) -> None:
    item = linked(circulation)
    concluded(circulation, staff.user)
    url = item.get_absolute_url()
    member, stranger = get(client_of, ana, url), get(client_of, None, url)
    assert "In progress Outcome of a Source: Next-step actions" in text_of(member)
    assert "In progress Outcome of a Source: Next-step actions" in text_of(stranger)
    assert "Outcome of the circulation , 4 December 2026, 23:59 Geneva time" in text_of(member)
    assert f'href="{OUTCOME}"' in member.content.decode()
    assert PAGE not in stranger.content.decode()
    lanes = text_of(get(client_of, None, "/actions/"))
    assert "Outcome of the circulation: 4 December 2026" in lanes


def test_the_pages_need_the_same_queries_for_thirty_comments(
    circulation: Circulation, ana: Member, staff: Member, settings: Any, client_of: Clients
) -> None:
    settings.SECOND_PERSON_ABOVE = 100
    ready(circulation, staff)

    def add(count: int) -> None:
        for _ in range(count):
            number = circulation.round.responses.count()
            office = OfficeFactory(code=f"{chr(85 + number // 26)}{chr(65 + number % 26)}")
            member = MemberFactory(office=office, role=Member.Role.FOCAL_POINT)
            circulation.round.responses.create(office=office, closes_at=circulation.round.closes_at, created_at=NOW)
            submitted(circulation, member, a_comment="Another one")
            join(circulation, member, ana)
            decide(circulation, staff.user)

    with at(AFTER):
        assert_same_number_of_queries(client_of(staff), PUBLISHING, add)
        publish_outcome(circulation=circulation, by=staff.user, now=AFTER)
        counted = {url: queries_and_length(client_of(ana), url)[0] for url in (OUTCOME, PAGE, PAGE + "compilation/")}
    assert {url for url, count in counted.items() if count > 15} == set(), counted
