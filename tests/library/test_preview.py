"""The preview shows what the page will show, and says why it cannot."""

from collections.abc import Callable

from django.test import Client

from accounts.models import Member
from library.markdown import LONGEST, to_html

TEXT = "**bold** <script>alert(1)</script> [x](javascript:alert(1))\r\n\r\n    code"


def test_the_preview_is_what_the_page_shows_byte_by_byte(ana: Member, client_of: Callable[..., Client]) -> None:
    response = client_of(ana).post("/preview/", {"text": TEXT})
    assert (response.status_code, response["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert response.content.decode() == to_html(TEXT)


def test_a_text_that_no_post_may_hold_is_refused_with_the_reason(ana: Member, client_of: Callable[..., Client]) -> None:
    for text, said in (
        ("", "<p>This field is required.</p>"),
        ("a\x00b", "<p>Null characters are not allowed.</p>"),
        ("x" * (LONGEST + 1), f"<p>Ensure this value has at most {LONGEST} characters (it has {LONGEST + 1}).</p>"),
    ):
        response = client_of(ana).post("/preview/", {"text": text})
        assert (response.status_code, response.content.decode()) == (400, said)


def test_line_ends_of_a_browser_count_once(ana: Member, client_of: Callable[..., Client]) -> None:
    text = "a\n" * (LONGEST // 2 - 1) + "ab"
    response = client_of(ana).post("/preview/", {"text": text.replace("\n", "\r\n")})
    assert response.status_code == 200


def test_strangers_are_sent_to_the_sign_in_page(client: Client, db: None) -> None:
    response = client.post("/preview/", {"text": TEXT})
    assert (response.status_code, response["Location"]) == (302, "/accounts/login/?next=/preview/")
