"""A group's report as a Word document: title, sections, numbered paragraphs and lettered points."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO

from django.utils import translation
from django.utils.translation import gettext as _
from docx.document import Document as WordDocument

from meetings.exports import styles
from meetings.exports.word import Run, footer, paragraph
from meetings.report_text import Paragraph, letter_of


@dataclass(frozen=True, kw_only=True)
class ReportFile:
    """What the file says; `language` is one of the portal's codes and `made_at` an aware instant."""

    title: str
    symbol: str
    group: str
    language: str
    made_at: datetime
    paragraphs: Sequence[Paragraph]


def write(file: ReportFile) -> bytes:
    """The whole document, in the direction of its language."""
    out = BytesIO()
    with translation.override(file.language):
        _made(file).save(out)
    return out.getvalue()


def _made(file: ReportFile) -> WordDocument:
    rtl = file.language == "ar"
    document = styles.new_document(title=file.title, language=file.language, rtl=rtl, made_at=file.made_at)
    foot = document.sections[0].footer.paragraphs[0]._p
    foot.getparent().replace(foot, footer(f"{file.symbol} {file.title}", _("Page {page} of {pages}"), rtl=rtl))
    body, section, letter = document.element.body, "", 0

    def put(text: str, style: str = "", *, keep: bool = False) -> None:
        body.insert(len(body) - 1, paragraph([Run(text, file.language)], rtl=rtl, style=style, keep=keep))

    put(file.symbol)
    put(file.title, "Title", keep=True)
    put(file.group)
    for number, each in enumerate(file.paragraphs, 1):
        if each.section != section:
            section = each.section
            put(section, "Heading1", keep=True)
        put(f"{number}. {each.text}", keep=bool(each.points))
        for point in each.points:
            letter += 1
            put(f"({letter_of(letter)}) {point}", "WildSaid")
    return document
