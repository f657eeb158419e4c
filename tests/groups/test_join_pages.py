"""The pages of the way in."""

from collections.abc import Callable
from datetime import datetime

import pytest
import time_machine
from django.test import Client

from accounts.models import Member, Office
from accounts.operations import Person
from groups.models import Group, Nomination
from groups.operations.nominations import Wish, ask_to_join, nominate
from tests.accounts.mails import queued
from tests.factories import GroupFactory
from tests.queries import assert_same_number_of_queries

ClientOf = Callable[[Member | None], Client]
CARLA = {
    "family_name": "Modelo",
    "given_name": "Carla",
    "email": "carla@qm.example",
    "language": "es",
    "role": "contributor",
}


@pytest.fixture(autouse=True)
def stopped_clock(now: datetime) -> None:
    """Pages read the clock; here it stands."""
    with time_machine.travel(now, tick=False):
        yield


@pytest.fixture
def network(db: None) -> Group:
    return GroupFactory(slug="cio-network", name="CIO Network", kind="cio_network")


def person(number: int = 0) -> Person:
    return Person(family_name=f"Modelo {number}", email=f"carla{number}@qm.example")


def said(response: object) -> list[str]:
    return [str(message) for message in response.context["messages"]]


# --- asking -----------------------------------------------------------------------------------------------------------
def test_a_stranger_asks_to_join(ana: Member, network: Group, client: Client) -> None:
    page = client.get("/join/").content.decode()
    assert ("Meridia (QM)" in page, "CIO Network" in page) == (True, True)
    response = client.post("/join/", CARLA | {"office": "QM", "groups": [network.pk], "remark": "Hello"}, follow=True)
    assert response.redirect_chain == [("/join/sent/", 302)]
    assert "The focal point of the office and the Secretariat read it." in response.content.decode()
    assert Nomination.objects.get().remark == "Hello"
    assert [row[2] for row in queued()] == [ana.email, "secretariat@wild.example"]


def test_the_answer_is_the_same_for_a_known_address(ana: Member, client: Client) -> None:
    answers = [
        client.post("/join/", CARLA | {"office": "QM", "email": email}) for email in ("new@qm.example", ana.email)
    ]
    assert len({(answer.status_code, answer["Location"], answer.content) for answer in answers}) == 1


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"office": ""}, "office"),
        ({"office": "IB"}, "office"),
        ({"office": "ZZ"}, "office"),
        ({"office": "\x00"}, "office"),
        ({"role": "guest"}, "role"),
        ({"groups": ["1e3"]}, "groups"),
        ({"groups": ["987654321"]}, "groups"),
        ({"groups": ["\x00"]}, "groups"),
        ({"remark": "x" * 2001}, "remark"),
        ({"remark": "a\x00b"}, "remark"),
        ({"email": "a@qm.example\nBcc: x@y.example"}, "email"),
        ({"family_name": "x" * 1_000_000}, "family_name"),
    ],
)
def test_what_is_wrong_is_said_at_the_field_and_the_rest_is_kept(
    changes: dict, field: str, meridia: Office, secretariat: Office, client: Client
) -> None:
    response = client.post("/join/", CARLA | {"office": "QM"} | changes)
    assert (response.status_code, list(response.context["form"].errors)) == (200, [field])
    assert ('value="Carla"' in response.content.decode(), Nomination.objects.count()) == (True, 0)


def test_the_fourth_request_for_an_address_and_the_sixth_of_a_place_are_refused(
    meridia: Office, norland: Office, belmora: Office, client: Client
) -> None:
    for office in ("QM", "QN", "XB"):
        assert client.post("/join/", CARLA | {"office": office}).status_code == 302
    refused = client.post("/join/", CARLA | {"office": "QM"})
    assert (refused.status_code, 'value="Carla"' in refused.content.decode()) == (429, True)
    assert client.post("/join/", CARLA | {"office": "QM", "email": "other@qm.example"}).status_code == 302
    assert client.post("/join/", CARLA | {"office": "QM", "email": "third@qm.example"}).status_code == 429
    assert Nomination.objects.count() == 4


def test_offices_stand_in_the_order_of_the_reader(meridia: Office, norland: Office, client: Client) -> None:
    Office.objects.filter(pk="QM").update(ranks={"en": 1, "fr": 9})
    Office.objects.filter(pk="QN").update(ranks={"en": 2, "fr": 8})
    pages = {lang: client.get("/join/", headers={"accept-language": lang}).content.decode() for lang in ("en", "fr")}
    assert pages["en"].index("Meridia (QM)") < pages["en"].index("Norland (QN)")
    assert pages["fr"].index("Norland (QN)") < pages["fr"].index("Meridia (QM)")


# --- nominating -------------------------------------------------------------------------------------------------------
def test_a_focal_point_nominates_for_the_own_office_only(
    ana: Member, norland: Office, network: Group, client_of: ClientOf
) -> None:
    client = client_of(ana)
    page = client.get("/join/nominate/").content.decode()
    assert ("Meridia (QM)" in page, "Norland (QN)" in page) == (True, False)
    refused = client.post("/join/nominate/", CARLA | {"office": "QN"})
    assert list(refused.context["form"].errors) == ["office"]
    response = client.post("/join/nominate/", CARLA | {"office": "QM", "groups": [network.pk]}, follow=True)
    assert said(response) == ["The nomination is with the Secretariat."]
    again = client.post("/join/nominate/", CARLA | {"office": "QM"})
    assert again.context["form"].errors["email"] == ["Somebody with this e-mail address waits for a decision already."]


@pytest.mark.parametrize("who", ["bruno", "gustav"])
def test_nobody_else_opens_the_page_to_nominate(who: str, client_of: ClientOf, request: pytest.FixtureRequest) -> None:
    client = client_of(request.getfixturevalue(who))
    assert [client.get("/join/nominate/").status_code, client.post("/join/nominate/", CARLA).status_code] == [403, 403]


def test_the_secretariat_nominates_for_any_office(
    staff: Member, meridia: Office, norland: Office, client_of: ClientOf
) -> None:
    page = client_of(staff).get("/join/nominate/").content.decode()
    assert ("Meridia (QM)" in page, "Norland (QN)" in page) == (True, True)


# --- deciding ---------------------------------------------------------------------------------------------------------
@pytest.fixture
def asked(ana: Member, network: Group, now: datetime) -> Nomination:
    wish = Wish(person=person(), role="alternate", groups=[network], remark="<i>Hello</i>")
    return ask_to_join(office=ana.office, wish=wish, now=now)


def test_the_list_shows_what_waits_and_what_was_decided(asked: Nomination, ana: Member, client_of: ClientOf) -> None:
    client = client_of(ana)
    page = " ".join(client.get("/join/requests/").content.decode().split())
    assert ("Request of the person" in page, "Meridia (QM), alternate, CIO Network" in page) == (True, True)
    client.post(f"/join/requests/{asked.pk}/", {"action": "decline", "reason": "No"})
    page = " ".join(client.get("/join/requests/").content.decode().split())
    assert ("Meridia (QM), declined" in page, "Nomination by the office" in page) == (True, False)


@pytest.mark.parametrize(
    ("who", "sees"), [("ana", True), ("bruno", True), ("chloe", False), ("gustav", False), ("staff", True)]
)
def test_an_office_sees_its_own_requests(
    who: str, sees: bool, asked: Nomination, bruno: Member, client_of: ClientOf, request: pytest.FixtureRequest
) -> None:
    client = client_of(request.getfixturevalue(who))
    assert ("Modelo 0" in client.get("/join/requests/").content.decode()) == sees
    assert client.get(f"/join/requests/{asked.pk}/").status_code == (200 if sees else 404)
    if not sees:
        assert (
            client.post(f"/join/requests/{asked.pk}/", {"action": "accept", "role": "contributor"}).status_code == 404
        )
        assert "Nobody waits for a decision." in client.get("/join/requests/").content.decode()


def test_a_focal_point_accepts_in_the_role_of_their_choice(asked: Nomination, ana: Member, client_of: ClientOf) -> None:
    client, url = client_of(ana), f"/join/requests/{asked.pk}/"
    page = client.get(url).content.decode()
    assert ('<option value="alternate" selected>' in page, "&lt;i&gt;Hello&lt;/i&gt;" in page) == (True, True)
    response = client.post(url, {"action": "accept", "role": "contributor"}, follow=True)
    assert said(response) == ["Modelo 0 is a member of the office now."]
    assert Member.objects.get(email="carla0@qm.example").role == "contributor"
    assert "<aside" not in response.content.decode().split("<main")[1]


def test_declining_without_a_reason_is_said_at_the_field(asked: Nomination, ana: Member, client_of: ClientOf) -> None:
    client, url = client_of(ana), f"/join/requests/{asked.pk}/"
    response = client.post(url, {"action": "decline", "reason": ""})
    assert response.context["decline_form"].errors == {"reason": ["This field is required."]}
    assert client.post(url, {"action": "accept", "role": "guest"}).context["accept_form"].errors.keys() == {"role"}
    assert Nomination.objects.get().decision == ""
    assert said(client.post(url, {"action": "decline", "reason": "Unknown"}, follow=True)) == [
        "Declined. Whoever asked is told why."
    ]


def test_an_office_withdraws_its_nomination_but_does_not_decide_it(
    ana: Member, bruno: Member, client_of: ClientOf, now: datetime
) -> None:
    nomination = nominate(office=ana.office, wish=Wish(person=person(), role="contributor"), by=ana.user, now=now)
    url = f"/join/requests/{nomination.pk}/"
    assert client_of(ana).post(url, {"action": "accept", "role": "contributor"}).status_code == 403
    assert client_of(bruno).post(url, {"action": "withdraw"}).status_code == 403
    assert "The Secretariat decides." in client_of(bruno).get(url).content.decode()
    assert said(client_of(ana).post(url, {"action": "withdraw"}, follow=True)) == ["The nomination is withdrawn."]


def test_who_comes_second_is_told(asked: Nomination, ana: Member, staff: Member, client_of: ClientOf) -> None:
    url = f"/join/requests/{asked.pk}/"
    client_of(ana).post(url, {"action": "decline", "reason": "No"})
    response = client_of(staff).post(url, {"action": "accept", "role": "contributor"}, follow=True)
    assert said(response) == ["This was decided in the meantime. Nothing was changed."]
    assert Nomination.objects.get().decision == "declined"


def test_a_strange_action_and_a_strange_number_do_nothing(asked: Nomination, ana: Member, client_of: ClientOf) -> None:
    client = client_of(ana)
    assert client.post(f"/join/requests/{asked.pk}/", {"action": "delete"}).status_code == 200
    for number in ("0", "１", "1e3", "9" * 40, "%00"):
        assert client.get(f"/join/requests/{number}/").status_code == 404
    assert Nomination.objects.get().decision == ""


def test_wrong_methods_are_refused(ana: Member, client_of: ClientOf) -> None:
    client = client_of(ana)
    assert [client.post(url).status_code for url in ("/join/sent/", "/join/requests/")] == [405, 405]
    assert client.put("/join/").status_code == 405


# --- queries ----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("is_decided", [False, True])
def test_the_list_needs_the_same_queries_for_any_number_of_requests(
    is_decided: bool, ana: Member, network: Group, client_of: ClientOf, now: datetime
) -> None:
    def add(count: int) -> None:
        there = Nomination.objects.count()
        for number in range(there, there + count):
            ask_to_join(
                office=ana.office, wish=Wish(person=person(number), role="contributor", groups=[network]), now=now
            )
        if is_decided:
            Nomination.objects.update(decision="declined", decided_at=now)

    assert_same_number_of_queries(client_of(ana), "/join/requests/", add)


def test_the_page_to_join_needs_the_same_queries_for_any_number_of_groups(meridia: Office, client: Client) -> None:
    assert_same_number_of_queries(client, "/join/", GroupFactory.create_batch)


def test_one_request_needs_the_same_queries_for_any_number_of_groups(
    asked: Nomination, ana: Member, client_of: ClientOf
) -> None:
    def add(count: int) -> None:
        asked.groups.add(*GroupFactory.create_batch(count))

    assert_same_number_of_queries(client_of(ana), f"/join/requests/{asked.pk}/", add)
