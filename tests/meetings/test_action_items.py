"""Action items: official wording, status with its report, and the thread of life."""

from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from accounts.models import Member
from tests.factories import (
    ActionItemFactory,
    ActionUpdateFactory,
    CirculationFactory,
    CirculationItemFactory,
    GroupFactory,
    OfficeResponseFactory,
    PassageFactory,
    RoundFactory,
    SessionFactory,
)
from tests.pages import assert_absent, text_of, title_of
from tests.queries import assert_same_number_of_queries
from wild_portal.record import record

ClientOf = Callable[[Member | None], Client]
ACTIONS = record()["actions"]


def test_the_list_has_a_to_e_in_official_wording_with_their_status(recorded: None, client: Client) -> None:
    response = client.get("/actions/")
    content, page = response.content.decode(), text_of(response)
    wordings = [f'href="/actions/WILD-1-{entry["key"]}/">{entry["official_text"]}</a></p>' for entry in ACTIONS]
    assert [content.count(wording) for wording in wordings] == [1] * 5
    assert content.count('<p class="w-rec" lang="en" dir="ltr">') == 5
    assert "Status as reported to WILD/2 (April 2026)" in page
    assert "3 outstanding 2 established" in page
    assert "From WILD/1 Wording: WILD/1/2, paragraph 29" in page


def test_each_row_says_what_came_of_it(recorded: None, client: Client) -> None:
    page = text_of(client.get("/actions/"))
    assert "(an) 26 members nominated from 20 Offices. Inaugural meeting: March 11, 2026" in page
    assert "(ao) CIO Network has discussed at its first meeting" in page
    assert "Gathering ideas via the post-event survey Status Outstanding" in page
    assert "Led to CIO Network" in page
    assert "Discussed by AI Tools Collaboration Group" in page
    assert "Group none stated" in page


@pytest.mark.parametrize("entry", ACTIONS, ids=lambda entry: entry["key"])
def test_the_page_of_an_item_is_headed_by_its_official_wording(
    entry: dict[str, str], recorded_once: None, client: Client
) -> None:
    response = client.get(f"/actions/WILD-1-{entry['key']}/")
    assert title_of(response) == f"Item {entry['key']}: {entry['official_text']}"
    page = text_of(response)
    assert f"{entry['status'].capitalize()} as reported to WILD/2 (April 2026)" in page
    assert [remark in page for remark in entry["remarks"]] == [True] * len(entry["remarks"])


def test_the_thread_runs_from_the_newest_report_to_the_paragraph(recorded: None, client: Client) -> None:
    page = text_of(client.get("/actions/WILD-1-d/"))
    parts = [
        "What happened to it April 2026 Outstanding, as reported to WILD/2 (April 2026)",
        "Source: Updates from 1st session of WILD (deck, slide on outstanding items)",
        "April 2025 Circulated Source: WILD/1/2, paragraph 30",
        "April 2025 Proposed Source: WILD/1/2, paragraph 29 (aq)",
        "Paragraph WILD/1/2, paragraph 29 (aq)",
        "Circulation Circulation of the next step actions proposed in paragraph 29",
        "Group No group is stated for this item.",
    ]
    places = [page.index(part) for part in parts]
    assert places == sorted(places)
    content = client.get("/actions/WILD-1-d/").content.decode()
    assert 'href="/documents/WILD/1/2/#para-30"' in content
    assert 'href="/documents/WILD/1/2/#point-aq"' in content


def test_the_group_of_an_item_is_named_with_its_relation_and_facts(recorded: None, client: Client) -> None:
    outcome, discussed = (text_of(client.get(f"/actions/WILD-1-{key}/")) for key in "ab")
    assert "The group is what the item asked for. 26 members nominated from 20 Offices , as reported to" in outcome
    assert "The group has discussed the item." in discussed
    assert "26 members" not in discussed


def test_the_circulation_of_2025_is_told_to_all_and_opened_by_members(
    recorded: None, ana: Member, gustav: Member, staff: Member, client_of: ClientOf
) -> None:
    linked = [
        'href="/circulations/wild-1-next-steps/"' in client_of(who).get("/actions/WILD-1-a/").content.decode()
        for who in (None, gustav, ana, staff)
    ]
    assert linked == [False, False, True, True]


def test_a_later_circulation_is_for_those_who_may_see_it(
    ana: Member, chloe: Member, gustav: Member, staff: Member, client_of: ClientOf
) -> None:
    item = ActionItemFactory(slug="WILD-9-a", key="a")
    for opened in (True, False):
        closes_at = datetime(2026, 12, 3, 22, 59, 59, 999000, tzinfo=UTC)
        asked = RoundFactory(opened=opened, titles={"en": f"Asked {opened}"}, closes_at=closes_at)
        if opened:
            OfficeResponseFactory(round=asked, office=ana.office)
            asked.addressees.add(ana.office)
        CirculationItemFactory(circulation=CirculationFactory(round=asked), action_item=item, key="a")
    readers = (None, gustav, chloe, ana, staff)
    pages = [text_of(client_of(who).get("/actions/WILD-9-a/")) for who in readers]
    assert [[word for word in ("Asked True", "Asked False") if word in page] for page in pages] == [
        [],
        [],
        [],
        ["Asked True"],
        ["Asked True", "Asked False"],
    ]
    assert "Close" in pages[3]
    assert "3 December 2026, 23:59 Geneva time" in pages[3]


def test_an_update_of_ours_shows_its_day_and_its_note_in_our_voice(db: None, client: Client) -> None:
    item = ActionItemFactory(slug="WILD-9-a", key="a", group=GroupFactory(name="Sample Group"), group_relation="lead")
    ActionUpdateFactory(
        item=item, status="in_progress", happened_on=date(2026, 11, 3), note="First draft.", source="Us"
    )
    page = text_of(client.get("/actions/WILD-9-a/"))
    assert "3 November 2026 In progress First draft. Source: Us" in page
    assert "The group leads the item." in page
    assert "Led by Sample Group" in text_of(client.get("/actions/"))
    assert "First draft." not in text_of(client.get("/actions/"))


def test_an_item_about_which_nothing_is_recorded_says_so(db: None, client: Client) -> None:
    ActionItemFactory(slug="WILD-9-a", key="a")
    page = text_of(client.get("/actions/WILD-9-a/"))
    assert "no status recorded" in page
    assert "Nothing is recorded yet." in page
    assert "Paragraph not in the record" in page
    assert "no status recorded" in text_of(client.get("/actions/"))


def test_an_item_from_a_whole_paragraph_cites_it(db: None, client: Client) -> None:
    passage = PassageFactory(document__symbol="WILD/9/2", document__symbol_key="WILD/9/2", label="7")
    ActionItemFactory(slug="WILD-9-a", key="a", passage=passage)
    assert "Wording: WILD/9/2, paragraph 7" in text_of(client.get("/actions/"))
    assert "Paragraph WILD/9/2, paragraph 7" in text_of(client.get("/actions/WILD-9-a/"))


def test_without_items_the_list_says_so(db: None, client: Client) -> None:
    assert "No action item is recorded yet." in text_of(client.get("/actions/"))


def test_statuses_with_different_reports_have_no_common_stamp(db: None, client: Client) -> None:
    for stamp in ("WILD/2 (April 2026)", "WILD/3 (May 2027)"):
        ActionUpdateFactory(as_reported_to=stamp)
    page = text_of(client.get("/actions/"))
    assert "Nothing later is recorded" not in page
    assert "as reported to WILD/3 (May 2027)" in page


def test_the_newest_update_gives_the_status(db: None) -> None:
    item = ActionItemFactory()
    assert item.newest_update is None
    ActionUpdateFactory(item=item, status="closed", happened_on=date(2026, 1, 1))
    newer = ActionUpdateFactory(item=item, status="merged", happened_on=date(2026, 2, 1))
    assert item.newest_update == newer
    assert str(newer) == f"{item}: merged"


def test_another_case_moves_permanently_to_the_address(recorded: None, client: Client) -> None:
    response = client.get("/actions/wild-1-A/")
    assert (response.status_code, response["Location"]) == (301, "/actions/WILD-1-a/")


@pytest.mark.parametrize("slug", ["WILD-1-z", "0", "1e3", "9" * 3000, "WILD-1-%00", "%C3%28", "wild/1/a"])
def test_a_wrong_address_is_no_item(slug: str, recorded_once: None, client: Client) -> None:
    assert client.get(f"/actions/{slug}/").status_code == 404


def test_an_item_that_never_was_is_absent_as_any_other(db: None, client: Client) -> None:
    assert_absent(client, "/actions/WILD-1-y/", "/actions/WILD-1-z/")


@pytest.mark.parametrize("page", ["/actions/", "/actions/WILD-9-a/"])
def test_pages_are_read_only(page: str, db: None, client: Client) -> None:
    ActionItemFactory(slug="WILD-9-a", key="a")
    assert [client.post(page).status_code, client.put(page).status_code, client.delete(page).status_code] == [405] * 3
    head = client.head(page)
    assert (head.status_code, head.content) == (200, b"")


def test_a_group_goes_with_its_relation(db: None) -> None:
    with pytest.raises(IntegrityError, match="action_item_group_has_relation"), transaction.atomic():
        ActionItemFactory(group=GroupFactory())
    assert ActionItemFactory(group=GroupFactory(), group_relation="lead").group_relation == "lead"


def test_the_list_needs_the_same_queries_for_many_items(ana: Member, client_of: ClientOf) -> None:
    def add(count: int) -> None:
        for _ in range(count):
            point = PassageFactory(parent=PassageFactory(), kind="point")
            item = ActionItemFactory(passage=point, group=GroupFactory(), group_relation="lead")
            ActionUpdateFactory(item=item, source_passage=PassageFactory())

    assert_same_number_of_queries(client_of(ana), "/actions/", add)


def test_an_item_needs_the_same_queries_for_a_long_thread(ana: Member, client_of: ClientOf) -> None:
    session = SessionFactory(number=9)
    item = ActionItemFactory(slug="WILD-9-a", session=session, key="a", passage=PassageFactory())

    def add(count: int) -> None:
        for _ in range(count):
            ActionUpdateFactory(item=item, source_passage=PassageFactory())
            ActionItemFactory(session=session)
            circulation = CirculationFactory(round__opened=True, mandate=PassageFactory())
            CirculationItemFactory(circulation=circulation, action_item=item)

    assert_same_number_of_queries(client_of(ana), "/actions/WILD-9-a/", add)
