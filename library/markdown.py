"""Markdown as members write it, made into HTML by one function: a page, a preview and a mail show the same bytes."""

import re

import nh3
from django.utils.safestring import SafeString
from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.token import Token

from notifications.message import clean

LONGEST = 20_000  # characters of one text
SCHEMES = {"http", "https", "mailto"}
TAGS = {"a", "blockquote", "br", "code", "em", "h4", "h5", "h6", "hr", "li", "ol", "p", "pre", "s", "strong", "ul"}
TAGS |= {"table", "thead", "tbody", "tr", "th", "td"}
DEEPEST = 20  # lists in quotes in lists; what lies deeper is left out
ADDRESS = re.compile(r"""https?://[^\s<>"]*[^\s<>".,;:!?'()\[\]*]""")
LINK = re.compile(r"(https?://|mailto:)[^\s]", re.I)


def to_html(text: str) -> SafeString:
    """Sanitised HTML of a text in Markdown: a fragment without images, classes, styles or HTML of the author's own.

    Links lead to http, https and mail addresses alone; addresses that stand bare in the text become links. Headings
    begin at h4, below those of the page. Control characters are left out as in mails, so that a mail changes nothing.
    """
    html = nh3.clean(
        _parser.render(clean(text)),
        tags=TAGS,
        clean_content_tags=set(),
        attributes={"a": {"href", "title"}, "ol": {"start"}},
        url_schemes=SCHEMES,
        url_relative="deny",
        link_rel="nofollow noopener",
    )
    return SafeString(clean(html).rstrip("\n"))


def _lower_headings(state: StateCore) -> None:
    for token in state.tokens:
        if token.type in {"heading_open", "heading_close"}:
            token.tag = f"h{min(int(token.tag[1]) + 3, 6)}"


def _link_addresses(state: StateCore) -> None:
    """Addresses that stand bare in the text, but not in a link, become links."""
    for block in state.tokens:
        depth, children = 0, []
        for token in block.children or []:
            depth += token.nesting if token.type.startswith("link_") else 0
            children += [token] if depth or token.type != "text" else _pieces(token.content)
        if block.children:
            block.children = children


def _pieces(content: str) -> list[Token]:
    tokens, end = [], 0
    for match in ADDRESS.finditer(content):
        tokens += [
            _text(content[end : match.start()]),
            Token("link_open", "a", 1, attrs={"href": _parser.normalizeLink(match[0])}),
            _text(match[0]),
            Token("link_close", "a", -1),
        ]
        end = match.end()
    return [*tokens, _text(content[end:])]


def _text(content: str) -> Token:
    return Token("text", "", 0, content=content)


def _make_parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False, "breaks": True, "maxNesting": DEEPEST})
    parser.enable(["table", "strikethrough"]).disable("image")
    parser.validateLink = lambda url: LINK.match(url) is not None  # type: ignore[method-assign]
    parser.core.ruler.push("lower_headings", _lower_headings)
    parser.core.ruler.push("link_addresses", _link_addresses)
    return parser


_parser = _make_parser()
