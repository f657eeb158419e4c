"""The mailbox of a demonstration site: shows what was caught and runs nothing of it."""

from email.message import EmailMessage
from pathlib import Path

import pytest
from django.test import Client, override_settings

from tests.pages import text_of, title_of

URLS = ("/dev/mail/", "/dev/mail.json", "/dev/mail/001/")
HTML = '<p style="color:red" onclick="alert(1)">Bonjour</p><script>alert(2)</script>'


@pytest.fixture
def mailbox(tmp_path: Path) -> Path:
    """A mailbox with two mails; the second is plain text and has no date."""
    first = EmailMessage()
    first["To"] = "Ana Ejemplo <ana@qm.example>, bruno@qm.example"
    first["Subject"] = "14 дней: feedback"
    first["Message-ID"] = "<1@wild.example>"
    first["Date"] = "Fri, 20 Nov 2026 09:00:00 +0000"
    first["X-Note"] = "one"
    first["X-Note"] = "two"
    first.set_content("Open http://localhost:8000/circulations/next/answer/ now\n<b>bold</b>")
    first.add_alternative(HTML, subtype="html")
    second = EmailMessage()
    second["To"] = "chloe@qn.example"
    second.set_content("Plain")
    (tmp_path / "001.eml").write_bytes(b"Return-Path: <x@wild.example>\r\n" + first.as_bytes())
    (tmp_path / "002.eml").write_bytes(second.as_bytes())
    (tmp_path / "003.new").write_bytes(b"half written")
    return tmp_path


def test_the_list_has_the_newest_first(mailbox: Path, client: Client, db: None) -> None:
    with override_settings(DEV_MAIL_DIR=mailbox):
        page = text_of(client.get("/dev/mail/"))
    assert "no subject chloe@qn.example" in page
    assert page.index("chloe@qn.example") < page.index("14 дней: feedback ana@qm.example, bruno@qm.example Fri, 20 Nov")


def test_the_json_has_what_programs_need(mailbox: Path, client: Client, db: None) -> None:
    with override_settings(DEV_MAIL_DIR=mailbox):
        plain, first = client.get("/dev/mail.json").json()
    assert {key: first[key] for key in ("to", "subject", "message_id", "date", "html")} == {
        "to": "ana@qm.example, bruno@qm.example",
        "subject": "14 дней: feedback",
        "message_id": "<1@wild.example>",
        "date": "Fri, 20 Nov 2026 09:00:00 +0000",
        "html": f"{HTML}\n",
    }
    assert first["text"].startswith("Open http://localhost:8000/")
    assert first["headers"]["X-Note"] == "one\ntwo"
    assert first["headers"]["Return-Path"] == "<x@wild.example>"
    assert (plain["to"], plain["text"], plain["html"], plain["subject"]) == ("chloe@qn.example", "Plain\n", "", "")


def test_a_mail_shows_its_text_with_links_and_its_html_as_source(mailbox: Path, client: Client, db: None) -> None:
    with override_settings(DEV_MAIL_DIR=mailbox):
        response = client.get("/dev/mail/001/")
    content = response.content.decode()
    assert title_of(response) == "14 дней: feedback"
    assert 'href="http://localhost:8000/circulations/next/answer/"' in content
    assert "&lt;b&gt;bold&lt;/b&gt;" in content
    assert "&lt;script&gt;alert(2)&lt;/script&gt;" in content
    assert [word for word in ("<script>alert", "onclick=", "style=") if word in content.replace("&quot;", "")] == [
        word for word in ("onclick=", "style=") if word in content
    ]
    assert "<p style" not in content


def test_a_plain_mail_has_no_html_part(mailbox: Path, client: Client, db: None) -> None:
    with override_settings(DEV_MAIL_DIR=mailbox):
        page = text_of(client.get("/dev/mail/002/"))
    assert page.startswith("Caught mail")
    assert "HTML, as source" not in page


@pytest.mark.parametrize("name", ["003", "..", "%2e%2e", "001.eml", "0" * 3000, "a%00"])
def test_only_a_caught_mail_has_a_page(name: str, mailbox: Path, client: Client, db: None) -> None:
    with override_settings(DEV_MAIL_DIR=mailbox):
        assert client.get(f"/dev/mail/{name}/").status_code == 404


def test_an_empty_mailbox_says_so(tmp_path: Path, client: Client, db: None) -> None:
    with override_settings(DEV_MAIL_DIR=tmp_path / "not-there-yet"):
        assert "No mail has been caught yet." in text_of(client.get("/dev/mail/"))
        assert client.get("/dev/mail.json").json() == []


@pytest.mark.parametrize("url", URLS)
def test_elsewhere_there_is_no_mailbox(url: str, mailbox: Path, client: Client, db: None) -> None:
    with override_settings(DEV_MAIL_DIR=mailbox, DEMO=False):
        assert client.get(url).status_code == 404
    with override_settings(DEV_MAIL_DIR=None):
        assert client.get(url).status_code == 404


@pytest.mark.parametrize("url", URLS)
def test_pages_are_read_only_and_never_kept(url: str, mailbox: Path, client: Client, db: None) -> None:
    with override_settings(DEV_MAIL_DIR=mailbox):
        assert [client.post(url).status_code, client.delete(url).status_code] == [405, 405]
        assert "no-store" in client.get(url)["Cache-Control"]
