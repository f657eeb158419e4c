"""Groups: the public summary as reported, and the roster for those who may see it."""

from collections.abc import Callable
from datetime import date

import pytest
from django.test import Client

from accounts.models import Member
from groups.models import Group, NextStep
from tests.factories import (
    NOW,
    ActionItemFactory,
    ActionUpdateFactory,
    DocumentFactory,
    GroupFactory,
    MembershipFactory,
    UserFactory,
)
from tests.pages import assert_absent, text_of, title_of
from tests.queries import assert_same_number_of_queries

ClientOf = Callable[[Member | None], Client]


def test_the_list_has_both_groups_with_reported_facts_and_their_stamp(recorded: None, client: Client) -> None:
    page = text_of(client.get("/groups/"))
    assert "Network CIO Network 26 members nominated from 20 Offices. Inaugural meeting: March 11, 2026" in page
    assert "Focus group AI Tools Collaboration Group 23 members nominated by 15 Offices. First meeting" in page
    assert page.count("As reported to WILD/2 (April 2026).") == 2


def test_the_cio_network_says_what_was_reported_and_what_was_not(recorded: None, client: Client) -> None:
    response = client.get("/groups/cio-network/")
    page = text_of(response)
    assert title_of(response) == "CIO Network"
    assert "Knowledge sharing & peer exchange Digital transformation & AI Skills, data protection, security" in page
    assert "Next steps not done Confirm Chair not done Finalize working arrangements not done Quarterly" in page
    assert "Set in serif: official wording, as reported to WILD/2 (April 2026)." in page
    assert "Comes from action item a of WILD/1 Has taken up action item b of WILD/1" in page
    assert "First meeting 11 March 2026 Chair not confirmed at the date of the report" in page


def test_the_ai_group_has_takeaways_instead_of_focus_areas(recorded: None, client: Client) -> None:
    page = text_of(client.get("/groups/ai-tools/"))
    assert "Key takeaways Shared priorities identified High value placed on practical peer exchange" in page
    assert "Key focus areas identified" not in page
    assert "Comes from action item e of WILD/1 Has taken up action item c of WILD/1" in page


def test_official_wording_is_set_as_such(recorded: None, client: Client) -> None:
    content = client.get("/groups/cio-network/").content.decode()
    for wording in ("26 members nominated from 20 Offices", "Confirm Chair", "Digital transformation &amp; AI"):
        assert f'class="w-rec" lang="en" dir="ltr">{wording}' in content


@pytest.fixture
def group(ana: Member, chloe: Member, gustav: Member) -> Group:
    """A group with three seats, one of them of a guest, and one that has ended."""
    group = GroupFactory(slug="sample", name="Sample Group")
    MembershipFactory(group=group, member=chloe, role="chair")
    MembershipFactory(group=group, member=ana)
    MembershipFactory(group=group, member=gustav, role="guest")
    MembershipFactory(group=group, until_on=date(2026, 5, 1), ending="lapsed")
    return group


def test_the_roster_is_for_members_in_the_order_of_their_offices(
    group: Group, ana: Member, client_of: ClientOf
) -> None:
    page = text_of(client_of(ana).get("/groups/sample/"))
    assert "In this portal: 2 members, 2 offices, 1 guest" in page
    assert "Meridia QM Ana Ejemplo Member Norland QN Chloe Voorbeeld Chair no office Gustav Beispiel Guest" in page


def test_strangers_see_no_name(group: Group, client: Client) -> None:
    page = text_of(client.get("/groups/sample/"))
    assert "Names of members are shown to members who have signed in." in page
    assert [name for name in ("Ana", "Chloe", "Gustav", "Meridia") if name in page] == []


def test_a_guest_sees_the_roster_of_the_own_group_only(group: Group, gustav: Member, client_of: ClientOf) -> None:
    MembershipFactory(group=GroupFactory(slug="other"), member__family_name="Hidden")
    assert "Ana Ejemplo" in text_of(client_of(gustav).get("/groups/sample/"))
    page = text_of(client_of(gustav).get("/groups/other/"))
    assert "Hidden" not in page
    assert "Members by office" not in page


def test_the_secretariat_sees_every_roster(group: Group, staff: Member, client_of: ClientOf) -> None:
    assert "Gustav Beispiel Guest" in text_of(client_of(staff).get("/groups/sample/"))


def test_documents_of_the_group_are_for_its_seats(
    group: Group, ana: Member, olga: Member, staff: Member, client_of: ClientOf
) -> None:
    for visibility in ("public", "group", "staff"):
        DocumentFactory(group=group, visibility=visibility, titles={"en": f"Paper {visibility}"})
    pages = [text_of(client_of(who).get("/groups/sample/")) for who in (None, olga, ana, staff)]
    assert [[word for word in ("public", "group", "staff") if f"Paper {word}" in page] for page in pages] == [
        ["public"],
        ["public"],
        ["public", "group"],
        ["public", "group", "staff"],
    ]


def test_a_focal_point_finds_the_way_to_the_seats_of_the_own_office(
    group: Group, ana: Member, bruno: Member, olga: Member, client_of: ClientOf
) -> None:
    """The office counts, not the seat: who nominates need not sit."""
    panels = [text_of(client_of(who).get("/groups/sample/")) for who in (ana, bruno, olga)]
    assert "Your office in the group Ana Ejemplo Nominate or change a member" in " ".join(panels[0].split())
    assert "Your office in the group Ana Ejemplo" in panels[1]
    assert "Your office in the group Your office has no seat in this group. Nominate or change a member" in panels[2]
    assert ["Nominate or change a member" in page for page in panels] == [True, False, True]


def test_a_group_of_ours_shows_mandate_chair_and_steps_with_dates(db: None, client: Client) -> None:
    group = GroupFactory(slug="sample", mandate="To share.", chair_reported="Ms. Sample")
    NextStep.objects.create(group=group, order=1, text="Meet", due_on=date(2027, 2, 3))
    NextStep.objects.create(group=group, order=2, text="Agree", done_at=NOW, done_by=UserFactory())
    page = text_of(client.get("/groups/sample/"))
    assert "Mandate To share." in page
    assert "not done Meet 3 Feb 2027 done Agree" in page
    assert "Comes from no action item Kind Focus group First meeting not recorded Chair Ms. Sample" in page
    GroupFactory(slug="bare")
    bare = text_of(client.get("/groups/bare/"))
    assert "No next step is recorded." in bare
    assert "Chair not confirmed" in bare
    assert "As reported" not in bare


def test_an_item_without_update_gives_the_group_no_status(db: None, client: Client) -> None:
    item = ActionItemFactory(group=GroupFactory(slug="sample"), group_relation="outcome")
    assert "Status" not in text_of(client.get("/groups/sample/"))
    ActionUpdateFactory(item=item, status="in_progress")
    assert "Status In progress" in text_of(client.get("/groups/sample/"))


def test_without_groups_the_list_says_so(db: None, client: Client) -> None:
    assert "No group is recorded yet." in text_of(client.get("/groups/"))


@pytest.mark.parametrize("slug", ["never", "0", "1e3", "9" * 3000, "a%00b", "CIO%20Network"])
def test_a_wrong_address_is_no_group(slug: str, db: None, client: Client) -> None:
    GroupFactory(slug="sample")
    assert client.get(f"/groups/{slug}/").status_code == 404
    assert_absent(client, "/groups/never/", "/groups/ever-not/")


@pytest.mark.parametrize("page", ["/groups/", "/groups/sample/"])
def test_pages_are_read_only(page: str, db: None, client: Client) -> None:
    GroupFactory(slug="sample")
    assert [client.post(page).status_code, client.put(page).status_code, client.delete(page).status_code] == [405] * 3
    assert client.head(page).content == b""


def test_the_list_needs_the_same_queries_for_many_groups(ana: Member, client_of: ClientOf) -> None:
    assert_same_number_of_queries(client_of(ana), "/groups/", GroupFactory.create_batch)


def test_a_group_needs_the_same_queries_for_many_seats(ana: Member, client_of: ClientOf) -> None:
    group = GroupFactory(slug="sample")

    def add(count: int) -> None:
        for _ in range(count):
            MembershipFactory(group=group)
            DocumentFactory(group=group)
            NextStep.objects.create(group=group, order=group.next_steps.count(), text="A step")
            ActionUpdateFactory(item=ActionItemFactory(group=group, group_relation="outcome"))
            ActionUpdateFactory(item=ActionItemFactory(group=group, group_relation="discussed"))

    assert_same_number_of_queries(client_of(ana), "/groups/sample/", add)
