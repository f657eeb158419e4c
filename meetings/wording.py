"""A proposed wording as a marked change against the text it starts from: which words stay, go, and come in.

Pure functions of two texts. Words are compared as wholes; a Chinese character is a word of its own, vowel signs and
joiners stay with the Arabic word they belong to, and blanks, line ends and punctuation are compared like words. The
texts are anchored on words that occur once in both, so the time grows with their length and not with its square.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import NamedTuple

IDEOGRAPH = r"\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
JOINED = r"\u0300-\u036f\u0483-\u0489\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06ed\u200c\u200d"
TOKEN = re.compile(rf"\n|[^\S\n]+|[{IDEOGRAPH}]|(?:(?![{IDEOGRAPH}])[\w{JOINED}])+|.", re.DOTALL)
SMALL = 10_000  # pairs of words compared one by one where no word occurs once in both
DEEPEST = 40  # levels of anchors; a text built against us is replaced whole from there on
Span = tuple[int, int, int, int]  # from, to in the old words; from, to in the new ones


class Mark(NamedTuple):
    """A piece of text and what becomes of it: "same", "del" or "ins"."""

    kind: str
    text: str


def marked(old: str, new: str) -> list[Mark]:
    """How `old` becomes `new`: pieces that stay, go and come in, what goes before what comes in its place.

    The pieces that are not "ins" make up `old`, those that are not "del" make up `new`, both as `plain` returns them.
    """
    before, after = TOKEN.findall(plain(old)), TOKEN.findall(plain(new))
    pieces: list[Mark] = []
    at_old = at_new = 0
    for i, j in [*_common(before, after), (len(before), len(after))]:
        pieces += [Mark("del", word) for word in before[at_old:i]]
        pieces += [Mark("ins", word) for word in after[at_new:j]]
        pieces += [Mark("same", word) for word in before[i : i + 1]]
        at_old, at_new = i + 1, j + 1
    return _joined(_without_crumbs(_joined(pieces)))


def as_text(old: str, new: str) -> str:
    """The same for plain text: `Setting up a [-forum-] {+network+} to share`."""
    brackets = {"same": "{}", "del": "[-{}-]", "ins": "{{+{}+}}"}
    return "".join(brackets[mark.kind].format(mark.text) for mark in marked(old, new))


def is_same(old: str, new: str) -> bool:
    """True where a text says nothing else, however its blanks, line ends and composed characters were sent."""
    return plain(old).split() == plain(new).split()


def plain(text: str) -> str:
    """A text with line ends as \\n and composed characters, without blanks around it."""
    return unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n")).strip()


# --- which words are common -------------------------------------------------------------------------------------------
def _common(old: Sequence[str], new: Sequence[str]) -> list[tuple[int, int]]:
    """Pairs of places where the same word stands, both growing."""
    pairs: list[tuple[int, int]] = []
    spans: list[tuple[Span, int]] = [((0, len(old), 0, len(new)), 0)]
    while spans:
        span, depth = spans.pop()
        ends, (a, b, c, d) = _trimmed(old, new, span)
        pairs += ends
        if a == b or c == d:
            continue
        anchors = _anchors(old, new, (a, b, c, d)) if depth < DEEPEST else []
        if anchors:
            pairs += anchors
            spans += [(gap, depth + 1) for gap in _between(anchors, (a, b, c, d))]
        elif (b - a) * (d - c) <= SMALL:
            pairs += _longest(old, new, (a, b, c, d))
    return sorted(pairs)


def _trimmed(old: Sequence[str], new: Sequence[str], span: Span) -> tuple[list[tuple[int, int]], Span]:
    """The words two stretches share at their beginnings and ends, and what is left between."""
    a, b, c, d = span
    pairs = []
    while a < b and c < d and old[a] == new[c]:
        pairs.append((a, c))
        a, c = a + 1, c + 1
    while a < b and c < d and old[b - 1] == new[d - 1]:
        b, d = b - 1, d - 1
        pairs.append((b, d))
    return pairs, (a, b, c, d)


def _anchors(old: Sequence[str], new: Sequence[str], span: Span) -> list[tuple[int, int]]:
    """Words that occur once in both stretches, as many as keep their order (patience diff)."""
    a, b, c, d = span
    once_old, once_new = Counter(old[a:b]), Counter(new[c:d])
    place = {new[j]: j for j in range(c, d) if once_new[new[j]] == 1 and not new[j].isspace()}
    pairs = [(i, place[old[i]]) for i in range(a, b) if once_old[old[i]] == 1 and old[i] in place]
    return _rising(pairs)


def _rising(pairs: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """The longest run of pairs, given in the order of the first place, in which the second place rises too."""
    tops: list[int] = []
    last: list[int] = []
    before: list[int | None] = []
    for number, (_, j) in enumerate(pairs):
        pile = bisect_left(tops, j)
        tops[pile : pile + 1] = [j]
        last[pile : pile + 1] = [number]
        before.append(last[pile - 1] if pile else None)
    run, at = [], last[-1] if last else None
    while at is not None:
        run.append(pairs[at])
        at = before[at]
    return run[::-1]


def _between(anchors: Sequence[tuple[int, int]], span: Span) -> Iterator[Span]:
    a, b, c, d = span
    for i, j in [*anchors, (b, d)]:
        yield a, i, c, j
        a, c = i + 1, j + 1


def _longest(old: Sequence[str], new: Sequence[str], span: Span) -> list[tuple[int, int]]:
    """The longest common run of words of two short stretches, by comparing each with each."""
    a, b, c, d = span
    table = [[0] * (d - c + 1) for _ in range(b - a + 1)]
    for i in range(b - 1, a - 1, -1):
        for j in range(d - 1, c - 1, -1):
            if old[i] == new[j]:
                table[i - a][j - c] = table[i - a + 1][j - c + 1] + 1
            else:
                table[i - a][j - c] = max(table[i - a + 1][j - c], table[i - a][j - c + 1])
    pairs, i, j = [], a, c
    while i < b and j < d:
        if old[i] == new[j]:
            pairs.append((i, j))
            i, j = i + 1, j + 1
        elif table[i - a + 1][j - c] >= table[i - a][j - c + 1]:
            i += 1
        else:
            j += 1
    return pairs


# --- pieces people can read -------------------------------------------------------------------------------------------
def _without_crumbs(pieces: Sequence[Mark]) -> list[Mark]:
    """Blanks and punctuation that stay between two changes belong to them: one change, not a row of them."""
    kept = []
    for number, piece in enumerate(pieces):
        is_inside = 0 < number < len(pieces) - 1
        if is_inside and piece.kind == "same" and "\n" not in piece.text and not re.search(r"\w", piece.text):
            kept += [Mark("del", piece.text), Mark("ins", piece.text)]
        else:
            kept.append(piece)
    return kept


def _joined(pieces: Sequence[Mark]) -> list[Mark]:
    """Neighbours of one kind become one piece; of a change, what goes stands before what comes."""
    joined = []
    for is_same, run in groupby(pieces, lambda piece: piece.kind == "same"):
        marks = list(run)
        for kind in ("same",) if is_same else ("del", "ins"):
            if text := "".join(mark.text for mark in marks if mark.kind == kind):
                joined.append(Mark(kind, text))
    return joined
