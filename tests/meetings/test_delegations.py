"""Who was represented: official wording, both orders, and a search that finds every name."""

import re
from collections.abc import Callable

import pytest
from django.test import Client
from django.utils import translation

from accounts.models import Member
from tests.factories import DelegationFactory, OfficeFactory, SessionFactory
from tests.pages import text_of
from tests.queries import assert_same_number_of_queries
from wild_portal.record import record

PAGE = "/sessions/1/participants/"
OFFICIAL = [entry["official_name"] for entry in record()["participants"]]


def names_on(client: Client, query: str = "", language: str = "en") -> list[str]:
    """The official names on the page, in their order."""
    content = client.get(f"{PAGE}{query}", headers={"accept-language": language}).content.decode()
    return re.findall(r'<th scope="row"><span lang="en" dir="ltr">(.*?)</span>', content)


def test_all_delegations_stand_in_the_order_of_the_record(recorded: None, client: Client) -> None:
    assert names_on(client, "?order=record") == OFFICIAL
    page = text_of(client.get(PAGE))
    assert "46 Member States and 5 intergovernmental organizations" in page
    assert "Member States (46) Albania" in page
    assert "Intergovernmental organizations (5) African Intellectual Property Organization OA" in page


def test_in_english_the_alphabet_gives_the_order_of_the_record(recorded: None, client: Client) -> None:
    assert names_on(client) == OFFICIAL


def test_in_another_language_the_order_is_that_of_its_alphabet(recorded: None, client: Client) -> None:
    french = names_on(client, language="fr")
    assert french[:5] == ["Albania", "Algeria", "Germany", "Saudi Arabia", "Australia"]
    assert sorted(french) == sorted(OFFICIAL)
    assert names_on(client, "?order=record", language="fr") == OFFICIAL
    assert "Allemagne" in text_of(client.get(PAGE, headers={"accept-language": "fr"}))


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("Czechia", ["Czech Republic"]),
        ("czech republic", ["Czech Republic"]),
        ("UKIPO", ["United Kingdom"]),
        ("Great Britain", ["United Kingdom"]),
        ("VE", ["Venezuela (Bolivarian Republic of)"]),
        ("European Patent", ["European Patent Organization"]),
        ("trinite", ["Trinidad and Tobago"]),
        ("nowhere at all", []),
    ],
)
def test_a_delegation_is_found_by_any_of_its_names(
    words: str, found: list[str], recorded_once: None, client: Client
) -> None:
    shown = names_on(client, f"?q={words}")
    assert [name for name in shown if name in found] == found
    assert bool(shown) == bool(found)


def test_nothing_found_is_said_and_leads_back(recorded: None, client: Client) -> None:
    page = text_of(client.get(f"{PAGE}?q=atlantis"))
    assert "No delegation fits." in page
    assert "See all delegations" in page


def test_a_regional_group_has_only_its_states(recorded: None, client: Client) -> None:
    shown = names_on(client, "?region=GRULAC")
    assert shown == [
        "Brazil",
        "Chile",
        "Guatemala",
        "Paraguay",
        "Peru",
        "Trinidad and Tobago",
        "Venezuela (Bolivarian Republic of)",
    ]
    page = text_of(client.get(PAGE))
    assert (
        "n = 46 Regional group Member States African States 6 Asia-Pacific States 9 Eastern European States 9" in page
    )


def test_names_of_persons_are_not_in_the_record(recorded: None, client: Client) -> None:
    assert "Names of participants are not in the record" in text_of(client.get(PAGE))
    page = text_of(client.get("/sessions/2/participants/"))
    assert "Who was represented at this session is not in the record." in page
    SessionFactory(number=9)
    assert "No delegation is registered yet." in text_of(client.get("/sessions/9/participants/"))


def test_offices_are_linked_for_members_only(
    recorded: None, ana: Member, gustav: Member, client_of: Callable[[Member | None], Client]
) -> None:
    linked = ['href="/offices/AL/"' in client_of(who).get(PAGE).content.decode() for who in (None, gustav, ana)]
    assert linked == [False, False, True]


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("?q=%00", "Null characters are not allowed."),
        (f"?q={'a' * 201}", "Ensure this value has at most 200 characters (it has 201)."),
        ("?region=EUROPE", "Select a valid choice. EUROPE is not one of the available choices."),
        ("?order=1e3", "Select a valid choice. 1e3 is not one of the available choices."),
        ("?region=AFRICAN%00", "Select a valid choice."),
    ],
)
def test_what_is_not_understood_is_said_at_the_field_and_left_out(
    query: str, message: str, recorded_once: None, client: Client
) -> None:
    response = client.get(f"{PAGE}{query}")
    assert response.status_code == 200
    assert message in text_of(response)
    assert len(names_on(client, query)) == 51


def test_an_office_has_one_delegation_for_each_session(recorded_once: None) -> None:
    assert str(DelegationFactory.build(official_name="Meridia", session=SessionFactory.build(number=9))) == (
        "Meridia, WILD/9"
    )


def test_the_page_needs_the_same_queries_for_many_delegations(
    ana: Member, client_of: Callable[[Member | None], Client]
) -> None:
    session = SessionFactory(number=1)
    codes = iter([f"{a}{b}" for a in "XZ" for b in "ACDEFGHIJKLMNOPRSTVW"])

    def add(count: int) -> None:
        for _ in range(count):
            DelegationFactory(session=session, office=OfficeFactory(code=next(codes), region="AFRICAN"))

    assert_same_number_of_queries(client_of(ana), PAGE, add)


def test_a_delegation_is_named_as_the_record_does_in_english_and_as_the_reader_does_elsewhere(db: None) -> None:
    office = OfficeFactory(code="CZ", names={"en": "Czechia", "fr": "Tchéquie", "ar": "تشيكيا"})
    delegation = DelegationFactory(office=office, official_name="Czech Republic")
    names = {}
    for language in ("en", "fr", "ar"):
        with translation.override(language):
            names[language] = delegation.name
    assert names == {"en": "Czech Republic", "fr": "Tchéquie", "ar": "تشيكيا"}
