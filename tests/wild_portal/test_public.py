"""Pages about the portal itself: open to all, and true."""

import pytest
from django.test import Client, override_settings

from meetings.models import Document
from tests.pages import text_of, title_of
from wild_portal.record import record

PAGES = {
    "/privacy/": "Privacy and who sees what",
    "/accessibility/": "Accessibility",
    "/contact/": "Contact",
    "/record/": "About the record",
}


@pytest.mark.parametrize(("url", "heading"), PAGES.items())
def test_a_stranger_reads_it_without_a_query(
    url: str, heading: str, client: Client, django_assert_num_queries: object, db: None
) -> None:
    with django_assert_num_queries(0):
        response = client.get(url)
    assert (response.status_code, title_of(response)) == (200, heading)
    assert [client.post(url).status_code, client.delete(url).status_code] == [405, 405]
    assert client.head(url).content == b""


def test_privacy_says_that_drafts_are_for_the_office_alone(client: Client, db: None) -> None:
    page = text_of(client.get("/privacy/"))
    assert "Members of the office that writes it, and nobody else: not the Secretariat either." in page
    assert "Everybody. Of people only the officers of sessions are named." in page


def test_contact_names_both_addresses(client: Client, db: None) -> None:
    with override_settings(SECRETARIAT_EMAIL="desk@wild.example"):
        page = text_of(client.get("/contact/"))
    assert "Leave out passwords and codes. desk@wild.example" in page
    assert "To join the CIO Network or the AI Tools Collaboration Group, write to" in page
    assert record()["body"]["contact_email"] in page


def test_the_record_leads_to_its_two_sources(recorded: None, client: Client) -> None:
    content = client.get("/record/").content.decode()
    for entry in record()["documents"]:
        if entry["in_seeds"]:
            document = Document.objects.get(titles__en=entry["title"])
            assert f'href="{document.get_absolute_url()}"' in content
            assert client.get(document.get_absolute_url()).status_code == 200
    page = text_of(client.get("/record/"))
    assert [sentence in page for sentence in record()["body"]["how_it_works"]] == [True] * 4
    assert "24 readings" in page
