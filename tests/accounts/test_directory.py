"""The directory and the page of an office: in the reader's order, found by any name, addresses for managers only."""

from datetime import date, datetime

import pytest
from django.test import Client
from django.utils import translation

from accounts.models import Member, Office
from accounts.operations import hand_over, mark_left
from accounts.record import load_offices
from tests.factories import MemberFactory, OfficeFactory
from tests.queries import assert_same_number_of_queries


@pytest.fixture
def offices(db: None) -> list[Office]:
    load_offices()
    return list(Office.objects.all())


def listed(client: Client, **query: str) -> list[str]:
    response = client.get("/offices/", query)
    assert response.status_code == 200
    return [office.code for _label, rows in response.context["kinds"] for office in rows]


def codes(language: str) -> list[str]:
    return list(Office.objects.filter(kind="state", is_demo=False).in_order(language).values_list("code", flat=True))


# --- order ------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("language", "in_order"),
    [
        ("en", ["CR", "CI", "HR"]),  # Costa Rica, Côte d’Ivoire, Croatia: in bytes Côte comes after Cuba
        ("fr", ["DM", "EG", "SV", "AE", "EC", "DO"]),  # Égypte, El Salvador, Émirats, Équateur
        ("es", ["ET", "RU", "FJ"]),
        ("ru", ["AU", "AT", "AZ"]),
        ("ar", ["AM", "ES", "AU"]),
        ("zh-hans", ["AL", "DZ", "AF"]),
    ],
)
def test_states_stand_in_the_alphabetical_order_of_the_language(
    language: str, in_order: list[str], offices: list[Office]
) -> None:
    order = codes(language)
    names = dict(Office.objects.values_list("code", "names"))
    assert sorted(in_order, key=order.index) == in_order
    by_bytes = sorted(order, key=lambda code: names[code][language])
    assert (order == by_bytes) == (language == "ru")  # Russian names happen to stand in the order of their bytes


def test_the_list_follows_the_language_of_the_reader(ana: Member, client_of, offices: list[Office]) -> None:
    client = client_of(ana)
    english = listed(client)
    Member.objects.filter(pk=ana.pk).update(language="fr")
    french = listed(client)
    assert english.index("CI") + 1 == english.index("HR")
    assert english.index("DE") > english.index("FR")
    assert french.index("DE") < french.index("FR")
    assert sorted(english) == sorted(french)


def test_an_invented_office_stands_between_the_real_ones(ana: Member, client_of, offices: list[Office]) -> None:
    Office.objects.filter(pk="QM").update(ranks={"en": 120.5})
    order = listed(client_of(ana))
    ranks = dict(Office.objects.values_list("code", "ranks__en"))
    assert ranks[order[order.index("QM") - 1]] == 120
    assert ranks[order[order.index("QM") + 1]] == 121


# --- finding ----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("Czechia", ["CZ"]),
        ("czech republic", ["CZ"]),
        ("republic czech", ["CZ"]),
        ("Чехия", ["CZ"]),
        ("cote d'ivoire", ["CI"]),
        ("Côte d’Ivoire", ["CI"]),
        ("cote ivoire", ["CI"]),
        ("COTE D`IVOIRE", ["CI"]),
        ("瑞士", ["CH"]),
        ("سويسرا", ["CH"]),
        ("namibia", ["NA"]),
        ("na", None),
        ("ompic", ["MA"]),
        ("xyzzy", []),
    ],
)
def test_an_office_is_found_by_any_of_its_names(
    words: str, found: list[str] | None, ana: Member, client_of, offices: list[Office]
) -> None:
    result = listed(client_of(ana), q=words)
    assert (result == found) if found is not None else ("NA" in result)


def test_kind_and_region_narrow_the_list_and_nonsense_is_said_at_the_field(
    ana: Member, client_of, offices: list[Office]
) -> None:
    client = client_of(ana)
    assert len(listed(client, kind="igo_office")) == 11
    assert len(listed(client, region="WEOG", kind="state")) == Office.objects.filter(region="WEOG").count()
    everything = len(listed(client))
    for query in ({"region": "MOON"}, {"kind": "reserved"}, {"q": "a\x00b"}, {"q": "x" * 1000}):
        assert len(listed(client, **query)) == everything
        assert client.get("/offices/", query).context["form"].errors.keys() == query.keys()


def test_the_reserved_code_is_in_no_list_and_has_no_page(ana: Member, client_of, offices: list[Office]) -> None:
    client = client_of(ana)
    assert Office.objects.filter(pk="XX").exists()
    assert "XX" not in listed(client)
    assert client.get("/offices/XX/").status_code == 404


# --- who sees it ------------------------------------------------------------------------------------------------------
def test_guests_and_strangers_see_no_directory(gustav: Member, client_of, meridia: Office) -> None:
    for url in ("/offices/", "/offices/QM/"):
        assert client_of(gustav).get(url).status_code == 404
        assert client_of(None).get(url)["Location"] == f"/accounts/login/?next={url}"


def test_the_list_says_how_many_members_and_the_sentence_about_designations(
    ana: Member, bruno: Member, chloe: Member, client_of
) -> None:
    MemberFactory(office=ana.office, until_on=date(2026, 1, 1))
    response = client_of(ana).get("/offices/")
    counts = {office.code: office.member_count for _label, rows in response.context["kinds"] for office in rows}
    assert counts == {"QM": 2, "QN": 1}
    assert "The designations used imply no opinion" in response.content.decode()


@pytest.mark.parametrize(("who", "sees"), [("ana", True), ("bruno", False), ("chloe", False), ("staff", True)])
def test_addresses_and_changes_are_for_who_manages_the_office(
    who: str, sees: bool, bruno: Member, chloe: Member, ana: Member, staff: Member, client_of, request
) -> None:
    page = client_of(request.getfixturevalue(who)).get("/offices/QM/").content.decode()
    assert ("Ana Ejemplo" in page, "Bruno Mithal" in page) == (True, True)
    assert ("bruno@qm.example" in page, "mailto:ana@qm.example" in page) == (sees, sees)
    assert ("/offices/QM/people/add/" in page, f"/offices/QM/people/{bruno.pk}/" in page) == (sees, sees)


def test_the_page_says_who_does_what_since_when(ana: Member, client_of) -> None:
    page = client_of(ana).get("/offices/QM/").content.decode()
    assert "Focal point, since" in " ".join(page.split())
    assert '<time class="w-time" datetime="2025-01-01">1 January 2025</time>' in page
    assert "not recorded" in page


def test_former_members_and_hand_overs_are_folded_away(ana: Member, bruno: Member, client_of, now: datetime) -> None:
    assert "<details" not in client_of(bruno).get("/offices/QM/").content.decode().split("<main")[1].split("</main")[0]
    hand_over(member=ana, to=bruno, leaves=False, by=None, now=now)
    mark_left(member=MemberFactory(office=ana.office, family_name="Gone"), by=None, now=now)
    page = " ".join(client_of(bruno).get("/offices/QM/").content.decode().split())
    folded = page.split('<details class="w-more w-after">')[1].split("</details>")[0]
    assert "Ana Ejemplo handed the duty to Bruno Mithal." in folded
    assert "Gone" in folded


@pytest.mark.parametrize("code", ["ZZ", "qm", "%00", "Q%00", "QMQ", "１Q", "x" * 3000, "..%2F"])
def test_no_office_is_not_found(code: str, ana: Member, client_of) -> None:
    assert client_of(ana).get(f"/offices/{code}/").status_code == 404


def test_wrong_methods_are_refused(ana: Member, client_of) -> None:
    assert [client_of(ana).post(url).status_code for url in ("/offices/", "/offices/QM/")] == [405, 405]


# --- queries ----------------------------------------------------------------------------------------------------------
def test_the_directory_needs_the_same_queries_for_any_number_of_offices(ana: Member, client_of) -> None:
    def add(count: int) -> None:
        there = Office.objects.count()
        for number in range(there, there + count):
            MemberFactory(office=OfficeFactory(code=f"{chr(65 + number // 26)}{chr(65 + number % 26)}"))

    assert_same_number_of_queries(client_of(ana), "/offices/", add)


def test_the_page_of_an_office_needs_the_same_queries_for_any_number_of_people(ana: Member, client_of) -> None:
    def add(count: int) -> None:
        for _ in range(count):
            successor = MemberFactory(office=ana.office, user=None)
            MemberFactory(office=ana.office, successor=successor, until_on=date(2026, 1, 1), user=None)

    assert_same_number_of_queries(client_of(ana), "/offices/QM/", add)


def test_every_language_shows_its_own_names(ana: Member, client_of, offices: list[Office]) -> None:
    for language, name in {"fr": "Suisse", "ar": "سويسرا", "zh-hans": "瑞士"}.items():
        Member.objects.filter(pk=ana.pk).update(language=language)
        page = client_of(ana).get("/offices/CH/").content.decode()
        assert f"<title>{name}" in " ".join(page.split()).replace("<title> ", "<title>")
    with translation.override("es"):
        assert str(Office.objects.get(pk="CH")) == "Suiza (CH)"


def test_an_organization_has_no_regional_group(ana: Member, olga: Member, client_of) -> None:
    client = client_of(ana)
    assert "Regional group" in client.get("/offices/QM/").content.decode()
    assert "Regional group" not in client.get("/offices/XB/").content.decode()
