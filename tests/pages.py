"""Reading pages in tests: what a person reads, and whether two refusals are the same."""

import html
import re

from django.http import HttpResponseBase
from django.test import Client

# What differs between two answers for reasons of the request itself.
TOKEN = re.compile(rb'(?<=name="csrfmiddlewaretoken" value=")[^"]+')


def text_of(response: HttpResponseBase) -> str:
    """The text of the main part of a page, blanks collapsed."""
    found = re.search(r"<main.*?</main>", response.content.decode(), re.S)
    assert found, response.content[:200]
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", found[0])).split())


def title_of(response: HttpResponseBase) -> str:
    """The text of the only h1."""
    (found,) = re.findall(r"<h1[^>]*>(.*?)</h1>", response.content.decode(), re.S)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", found)).split())


def assert_absent(client: Client, hidden: str, never: str) -> None:
    """Both addresses answer 404 with the same headers and the same bytes: what is hidden does not exist."""
    answers = [client.get(hidden), client.get(never)]
    assert [answer.status_code for answer in answers] == [404, 404]
    bodies = [
        TOKEN.sub(b"", answer.content).replace(url.encode(), b"URL")
        for answer, url in zip(answers, (hidden, never), strict=True)
    ]
    assert bodies[0] == bodies[1]
    headers = [{k: v for k, v in answer.headers.items() if k != "Content-Length"} for answer in answers]
    assert headers[0] == headers[1]
