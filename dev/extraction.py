"""Brings the catalogues in step with the sources, without xgettext: `python -m dev.extraction` (part of `make fix`)."""

import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_javascript, extract_python
from babel.messages.pofile import write_po
from django.utils.translation.template import templatize

from dev.places import ROOT
from wild_portal.catalogues import LANGUAGES, read

PLURAL, CONTEXT, PLURAL_IN_CONTEXT = (1, 2), ((1, "c"), 2), ((1, "c"), 2, 3)
SHAPES = {"ngettext": PLURAL, "pgettext": CONTEXT, "npgettext": PLURAL_IN_CONTEXT}
KEYWORDS: dict[str, Any] = {"_": None, "gettext": None, "gettext_lazy": None, "gettext_noop": None}
KEYWORDS |= {name + lazy: shape for name, shape in SHAPES.items() for lazy in ("", "_lazy")}
FOLDERS_WITHOUT_TEXTS = {"tests", "dev", "bench", "migrations", "locale", "requirements", "docs"}
NOTES = ("Translators:",)


def main(root: Path = ROOT) -> list[Path]:
    """Updates or makes every catalogue of every language of the checkout `root`; returns those that changed."""
    changed = []
    for domain, template in (("django", of_code_and_templates(root)), ("djangojs", of_scripts(root))):
        for language in LANGUAGES:
            po = _catalogue(root, language, domain)
            if not len(template) and not po.exists():
                continue
            before = po.read_text(encoding="utf-8") if po.exists() else ""
            after = _updated(po, language, template)
            if _without_date(before) != _without_date(after):
                po.parent.mkdir(parents=True, exist_ok=True)
                po.write_text(after, encoding="utf-8")
                changed.append(po)
    return changed


def out_of_step(root: Path = ROOT) -> list[str]:
    """One line for every catalogue that lacks texts of the sources or holds texts they no longer have."""
    lines = []
    for domain, template in (("django", of_code_and_templates(root)), ("djangojs", of_scripts(root))):
        wanted = _keys(template)
        for language in LANGUAGES:
            po = _catalogue(root, language, domain)
            if not wanted and not po.exists():
                continue
            found = _keys(read(po)) if po.exists() else set()
            if found != wanted:
                missing, unused = len(wanted - found), len(found - wanted)
                lines.append(f"{po.relative_to(root)}: {missing} texts missing, {unused} no longer used")
    return lines


def faults(root: Path = ROOT) -> list[str]:
    """One line for every translation that would break the page: placeholders or plural forms that do not fit."""
    return [
        f"{po.relative_to(root)}: {message.id!r}: {error}"
        for po in sorted(root.glob("locale/*/LC_MESSAGES/*.po"))
        for message, errors in read(po).check()
        for error in errors
    ]


def unfinished(root: Path = ROOT) -> list[str]:
    """One line for every catalogue with untranslated or fuzzy texts, and the first of them (decisions.md 32)."""
    lines = []
    for po in sorted(root.glob("locale/*/LC_MESSAGES/*.po")):
        gaps = [message for message in read(po) if message.id and (message.fuzzy or not _is_translated(message))]
        if gaps:
            lines.append(f"{po.relative_to(root)}: {len(gaps)} texts untranslated or fuzzy, such as {gaps[0].id!r}")
    return lines


def _is_translated(message: Message) -> bool:
    return all(message.string) if message.pluralizable else bool(message.string)


def of_code_and_templates(root: Path = ROOT) -> Catalog:
    """Every text marked for translation in Python files and in templates (HTML and text)."""
    catalog = _empty()
    for path in _sources(root, ".py"):
        with path.open("rb") as file:
            _add(catalog, path.relative_to(root), extract_python(file, KEYWORDS, NOTES, {}))
    for path in (*_sources(root, ".html"), *_sources(root, ".txt")):
        # templatize() leaves calls of gettext among letters that stand for the rest; without indentation Python's
        # tokenizer reads that.
        calls = re.sub(r"(?m)^\s+", "", templatize(path.read_text(encoding="utf-8"), origin=str(path)))
        _add(catalog, path.relative_to(root), extract_python(io.BytesIO(calls.encode()), KEYWORDS, NOTES, {}))
    return catalog


def of_scripts(root: Path = ROOT) -> Catalog:
    """Every text marked for translation in our own scripts."""
    catalog = _empty()
    for path in _sources(root, ".js"):
        with path.open("rb") as file:
            _add(catalog, path.relative_to(root), extract_javascript(file, KEYWORDS, NOTES, {}))
    return catalog


def _sources(root: Path, suffix: str) -> list[Path]:
    found = (path for folder in _folders(root) for path in folder.rglob(f"*{suffix}"))
    return sorted(path for path in found if not FOLDERS_WITHOUT_TEXTS & set(path.relative_to(root).parts))


def _folders(root: Path) -> Iterator[Path]:
    """The applications, templates and static: every visible folder of the checkout that holds tracked sources."""
    for folder in root.iterdir():
        if folder.is_dir() and ((folder / "__init__.py").exists() or folder.name in {"templates", "static"}):
            yield folder


def _add(catalog: Catalog, path: Path, found: Iterator[tuple]) -> None:
    for line, function, texts, comments in found:
        shape, parts = KEYWORDS[function], texts if isinstance(texts, tuple) else (texts,)
        context = parts[0] if shape in (CONTEXT, PLURAL_IN_CONTEXT) else None
        ids = parts[1:] if context is not None else parts
        many = shape in (PLURAL, PLURAL_IN_CONTEXT)
        if not all(ids[: 2 if many else 1]):
            continue  # a variable, not a text
        text, place = tuple(ids[:2]) if many else ids[0], (str(path), line)
        catalog.add(text, locations=[place], auto_comments=comments, context=context)


def _catalogue(root: Path, language: str, domain: str) -> Path:
    return root / "locale" / language / "LC_MESSAGES" / f"{domain}.po"


def _updated(po: Path, language: str, template: Catalog) -> str:
    catalog = read(po) if po.exists() else _empty(language)
    catalog.update(template, no_fuzzy_matching=True, update_creation_date=False)
    text = io.BytesIO()
    write_po(text, catalog, width=110, sort_by_file=True, include_lineno=False)
    return text.getvalue().decode()


def _empty(language: str | None = None) -> Catalog:
    return Catalog(locale=language, project="WILD", fuzzy=False, header_comment="# Texts of the WILD portal.")


def _keys(catalog: Catalog) -> set[tuple[str | None, str]]:
    """What tells texts apart: context and (singular) text, the header left out."""
    messages = (message for message in catalog if message.id)
    return {(message.context, message.id if isinstance(message.id, str) else message.id[0]) for message in messages}


def _without_date(text: str) -> str:
    return re.sub(r'(?m)^"(POT-Creation|PO-Revision)-Date:.*\n', "", text)


if __name__ == "__main__":
    for path in main():
        print(path.relative_to(ROOT))
