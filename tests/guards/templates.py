"""What a template may not hold: unescaped output, anything the policy would block, a form without its token."""

import re
from collections.abc import Iterator
from pathlib import Path

from tests.guards.tree import ROOT, Finding

COMMENTS = re.compile(r"\{#.*?#\}|\{% comment.*?endcomment %\}|<!--.*?-->", re.S)
TAGS = re.compile(r"\{[%{].*?[%}]\}", re.S)
PATTERNS = {
    re.compile(r"\|\s*(safe|safeseq)\b|autoescape\s+off"): "unescaped output",
}
BARE_PATTERNS = {
    re.compile(r"<[^>]*\sstyle\s*=", re.I): "an inline style",
    re.compile(r"<[^>]*\s(on[a-z]+|hx-on[a-z:-]*)\s*=", re.I): "an inline handler",
    re.compile(r"<style\b", re.I): "a style element",
    re.compile(r"<script(?![^>]*\bsrc=)(?![^>]*application/json)", re.I): "an inline script",
    re.compile(r"(href|src|action)\s*=\s*[\"']?\s*javascript:", re.I): "a javascript: address",
    re.compile(r"<(base|iframe|object|embed)\b", re.I): "an element the policy refuses",
    re.compile(r"target\s*=\s*[\"']?_blank", re.I): "a new window",
}
POSTING = re.compile(r"<form\b[^>]*method=[\"']?post.*?</form>", re.I | re.S)


def wrong_templates(root: Path = ROOT) -> list[Finding]:
    """Findings in every page template; mails are HTML for mail clients and only must not print unescaped."""
    found = []
    for file in sorted((root / "templates").rglob("*")):
        if file.suffix not in {".html", ".txt", ".svg"}:
            continue
        text = COMMENTS.sub(_blank, file.read_text(encoding="utf-8"))
        name = file.relative_to(root).as_posix()
        pairs = list(_matches(text, PATTERNS))
        if "/email/" not in name:
            pairs += [*_matches(TAGS.sub(_blank, text), BARE_PATTERNS), *_tokenless(text)]
        found += [Finding(name, line, "", what) for line, what in pairs]
    return sorted(found)


def _blank(match: re.Match[str]) -> str:
    return re.sub(r"[^\n]", " ", match.group(0))


def _matches(text: str, patterns: dict[re.Pattern[str], str]) -> Iterator[tuple[int, str]]:
    for pattern, what in patterns.items():
        for match in pattern.finditer(text):
            yield text.count("\n", 0, match.start()) + 1, what


def _tokenless(text: str) -> Iterator[tuple[int, str]]:
    for match in POSTING.finditer(text):
        if not re.search(r"\{%\s*csrf_token|\{%\s*crispy\b|\{%\s*(include|component)\b[^%]*form", match.group(0)):
            yield text.count("\n", 0, match.start()) + 1, "a posting form without {% csrf_token %}"
