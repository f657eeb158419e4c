"""What an address asks of the stock admin and it cannot answer."""

from collections.abc import Callable

import pytest
from django.test import Client

from accounts.models import Member

ClientOf = Callable[[Member | None], Client]


@pytest.mark.parametrize(
    "address",
    ["library/term/?kind=a%00b", "meetings/document/?visibility=%00", "meetings/theme/add/?session=a%00b", "?next=%00"],
)
def test_a_null_character_is_a_bad_request(address: str, staff: Member, client_of: ClientOf) -> None:
    response = client_of(staff).get(f"/admin/{address}")
    assert response.status_code == 400
    assert "400" in response.content.decode()


@pytest.mark.parametrize("table", ["library/term", "meetings/delegation", "accounts/office"])
def test_an_export_leaves_out_a_filter_that_does_not_exist(table: str, staff: Member, client_of: ClientOf) -> None:
    response = client_of(staff).get(f"/admin/{table}/export/?user__password=x&page=1")
    assert (response.status_code, response["Location"]) == (302, f"/admin/{table}/export/")


@pytest.mark.parametrize(
    ("table", "field"),
    [
        ("meetings/theme", "session"),
        ("meetings/delegation", "office"),
        ("meetings/passage", "topics"),
        ("meetings/passage", "document"),
        ("meetings/actionitem", "passage"),
        ("meetings/document", "session"),
    ],
)
def test_what_cannot_be_a_key_is_refused_at_its_field(
    table: str, field: str, staff: Member, client_of: ClientOf
) -> None:
    for value in ("a\x00b", "1e3", "9" * 40, "nobody"):
        response = client_of(staff).post(f"/admin/{table}/add/", {field: value})
        assert response.status_code == 200
        assert field in response.context["adminform"].form.errors
    assert client_of(staff).get(f"/admin/{table}/add/?{field}=1e3").status_code == 200


def test_elsewhere_a_null_character_stays_the_matter_of_the_form(client: Client, db: None) -> None:
    assert client.get("/documents/?q=%00").status_code == 200
