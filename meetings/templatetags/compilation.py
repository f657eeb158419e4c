"""Tags for the compilation: four thousand cells and a thousand comments, of which few pieces differ.

A piece is drawn by its own template once for each language and kept: cells, names, positions, and the marked changes of
a wording, which take long to find and never change.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import lru_cache, reduce
from operator import add

from django import template
from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.safestring import SafeString

from accounts.deadlines import GENEVA
from meetings.compilation import Cell, OfficeRow, Remark, Willingness
from meetings.wording import marked

register = template.Library()
KEPT = 4096  # pieces; the keys of items and the names of offices come from editors, hence a bound
KEPT_TEXTS = 512
QUOTE = '<blockquote class="w-said"><p class="w-small w-mute">{}</p><p class="w-typed" dir="auto">{}</p></blockquote>'
NOTHING = format_html("{}", "")


@register.simple_tag
def cells(answers: Sequence[Cell | None], language: str) -> SafeString:
    """`{% cells row.answers language %}`: an office's cells of the matrix; None is an item it says nothing about."""
    drawn = (
        _cell(answer.position, answer.key if answer.has_remark else "", language) if answer else _cell("", "", language)
        for answer in answers
    )
    return reduce(add, drawn)


@register.simple_tag
def submitted(row: OfficeRow, language: str) -> SafeString:
    """`{% submitted row language %}`: the Geneva day of an answer, and whether it is late or was entered on behalf."""
    day = row.submitted_at.astimezone(GENEVA).date() if row.submitted_at else None
    return _submitted(day, row.is_late, row.is_on_behalf, language)


@register.simple_tag
def opening(remark: Remark, language: str) -> SafeString:
    """`{% opening remark language %}`: whose words follow, with what position and willingness; two columns of a row."""
    answer, row = remark.answer, remark.row
    office = _whose(row.name, row.office.code, row.is_late, language)
    return office + _said(answer.position, answer.willingness, row.is_on_behalf, language)


@register.simple_tag
def changed(old: str, new: str, language: str) -> SafeString:
    """`{% changed item.text answer.wording language %}`: as `marked`, found once."""
    return _changed(old, new, language)


@register.simple_tag
def quoted(label: str, text: str) -> SafeString:
    """`{% quoted label answer.comment %}`: words of an office under a label; nothing where there are none."""
    return format_html(QUOTE, label, text) if text else NOTHING


@lru_cache(maxsize=KEPT)
def _cell(position: str, key: str, _language: str) -> SafeString:
    return render_to_string("meetings/_compilation_cell.html", {"position": position, "key": key})


@lru_cache(maxsize=KEPT_TEXTS)
def _changed(old: str, new: str, _language: str) -> SafeString:
    return render_to_string("components/marked.html", {"marks": marked(old, new)})


@lru_cache(maxsize=KEPT)
def _submitted(day: date | None, is_late: bool, is_on_behalf: bool, _language: str) -> SafeString:
    facts = {"day": day, "is_late": is_late, "is_on_behalf": is_on_behalf}
    return render_to_string("meetings/_compilation_submitted.html", facts)


@lru_cache(maxsize=KEPT)
def _whose(name: str, code: str, is_late: bool, _language: str) -> SafeString:
    return render_to_string("meetings/_compilation_whose.html", {"name": name, "code": code, "is_late": is_late})


@lru_cache(maxsize=KEPT)
def _said(position: str, willingness: str, is_on_behalf: bool, _language: str) -> SafeString:
    would = Willingness(willingness).label if willingness else ""
    facts = {"position": position, "willingness_text": would, "is_on_behalf": is_on_behalf}
    return render_to_string("meetings/_compilation_said.html", facts)
