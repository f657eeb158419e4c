"""Markdown becomes HTML in one place; nothing an author writes becomes a program, an image or a style."""

import re
import time
from collections.abc import Iterator
from html.parser import HTMLParser

import pytest

from library.markdown import LONGEST, TAGS, to_html
from notifications.message import clean
from tests.library.markdown_corpus import CORPUS, SLOW

ATTRIBUTES = {"a": {"href", "title", "rel"}, "ol": {"start"}}
ADDRESS = re.compile(r"(https?://|mailto:)", re.I)


class Reader(HTMLParser):
    """Elements and attributes as a browser would find them."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def wrong(html: str) -> Iterator[str]:
    """What does not belong into the output."""
    for tag, attributes in Reader(html).found:
        if tag not in TAGS:
            yield f"element {tag}"
        for name in attributes.keys() - ATTRIBUTES.get(tag, set()):
            yield f"attribute {name} of {tag}"
        if tag == "a" and (not ADDRESS.match(attributes.get("href") or "") or attributes["rel"] != "nofollow noopener"):
            yield f"a link: {attributes}"


def test_the_corpus_has_more_than_sixty_different_texts() -> None:
    assert len(set(CORPUS)) == len(CORPUS)
    assert len(CORPUS) > 60


@pytest.mark.parametrize("text", CORPUS)
def test_nothing_but_what_is_allowed_comes_out(text: str) -> None:
    assert list(wrong(to_html(text))) == []


def test_the_whole_corpus_together_is_no_worse_than_its_parts() -> None:
    assert list(wrong(to_html("\n\n".join(CORPUS)))) == []


@pytest.mark.parametrize("text", CORPUS)
def test_a_mail_changes_nothing(text: str) -> None:
    html = to_html(text)
    assert clean(html).rstrip("\n") == html


@pytest.mark.parametrize("part", SLOW)
def test_a_text_of_the_greatest_length_takes_no_more_than_two_seconds(part: str) -> None:
    started = time.process_time()
    to_html((part * LONGEST)[:LONGEST])
    assert time.process_time() - started < 2


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("", ""),
        (" \n ", ""),
        ("**bold** *italic* ~~no~~", "<p><strong>bold</strong> <em>italic</em> <s>no</s></p>"),
        ("one\ntwo", "<p>one<br>\ntwo</p>"),
        ("# a\n\n###### b", "<h4>a</h4>\n<h6>b</h6>"),
        ("3. three", '<ol start="3">\n<li>three</li>\n</ol>'),
        ("`<b>`", "<p><code>&lt;b&gt;</code></p>"),
        ("```py\nx\n```", "<pre><code>x\n</code></pre>"),
        ("<b>x</b>", "<p>&lt;b&gt;x&lt;/b&gt;</p>"),
        ("![a](https://a.example/x.png)", '<p>!<a href="https://a.example/x.png" rel="nofollow noopener">a</a></p>'),
        (
            "See https://a.example/x_y_z).",
            '<p>See <a href="https://a.example/x_y_z" rel="nofollow noopener">https://a.example/x_y_z</a>).</p>',
        ),
        (
            "[a](https://a.example 'Title') <b@a.example>",
            '<p><a href="https://a.example" title="Title" rel="nofollow noopener">a</a> '
            '<a href="mailto:b@a.example" rel="nofollow noopener">b@a.example</a></p>',
        ),
        ("[a](/here)", "<p>[a](/here)</p>"),
        ("`https://a.example`", "<p><code>https://a.example</code></p>"),
    ],
)
def test_markdown_is_shown_as_members_expect(text: str, html: str) -> None:
    assert to_html(text) == html
