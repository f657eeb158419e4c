"""Words, paragraphs and tables of a Word document, with language and direction run by run.

python-docx writes the package, the styles and the headings. Tables and runs are written as XML: a table of two hundred
offices must not take seconds, and the library knows nothing of right-to-left text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr

from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls
from lxml.etree import _Element

from meetings.exports.texts import clean

INSERTED, DELETED, SYMBOL = "WildInserted", "WildDeleted", "WildSymbol"
LANGUAGES = {"ar": "ar-SA", "zh-hans": "zh-CN", "en": "en-GB", "fr": "fr-FR", "es": "es-ES", "ru": "ru-RU"}
TWIPS = 567  # in a centimetre
RTL = "\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc"
CYRILLIC = "\u0400-\u052f"
HAN = "\u2e80-\ud7ff\uf900-\ufaff\ufe30-\ufe4f\uff00-\uffef\U00020000-\U0003ffff"
LETTERS = re.compile(rf"(?P<rtl>[{RTL}]+)|(?P<cyrillic>[{CYRILLIC}]+)|(?P<han>[{HAN}]+)|(?P<other>[^\W\d_])")


@dataclass(frozen=True)
class Run:
    """A piece of text: `language` is one of the portal's codes, empty where nobody knows; `style` a character style."""

    text: str
    language: str = ""
    style: str = ""
    is_bold: bool = False


@dataclass(frozen=True)
class Cell:
    """A cell of a table; `span` is how many columns it takes."""

    runs: Sequence[Run]
    span: int = 1
    is_head: bool = False
    align: str = ""


def is_rtl(text: str, otherwise: bool = False) -> bool:
    """True where the first letter of a text runs from right to left; `otherwise` for a text without letters."""
    found = LETTERS.search(text)
    return found.lastgroup == "rtl" if found else otherwise


def by_script(text: str) -> list[tuple[str, str]]:
    """A text in pieces of one script each: rtl, han, cyrillic, other; what belongs to none goes with what is before."""
    if text.isascii():
        return [("other", text)]
    pieces: list[tuple[str, str]] = []
    begin, kind = 0, ""
    for found in LETTERS.finditer(text):
        if found.lastgroup != kind:
            if kind:
                pieces.append((kind, text[begin : found.start()]))
                begin = found.start()
            kind = str(found.lastgroup)
    return [*pieces, (kind or "other", text[begin:])]


def run_xml(run: Run) -> str:
    """A run of text, one for each script in it, with its language and direction."""
    return "".join(_piece(kind, text, run) for kind, text in by_script(clean(run.text)))


def _piece(kind: str, text: str, run: Run) -> str:
    style = f"<w:rStyle w:val={quoteattr(run.style)}/>" if run.style else ""
    bold = "<w:b/><w:bCs/>" if run.is_bold else ""
    rtl = "<w:rtl/>" if kind == "rtl" else ""
    lines = text.replace("\t", " ").split("\n")
    words = "<w:br/>".join(f'<w:t xml:space="preserve">{escape(line)}</w:t>' for line in lines)
    return f"<w:r><w:rPr>{style}{bold}{rtl}{_language(kind, run.language)}</w:rPr>{words}</w:r>"


def _language(kind: str, language: str) -> str:
    """The mark for the spelling checker and for screen readers: what the script tells wins over what was said."""
    if kind == "rtl":
        return f'<w:lang w:bidi="{LANGUAGES["ar"]}"/>'
    if kind == "han":
        return f'<w:lang w:eastAsia="{LANGUAGES["zh-hans"]}"/>'
    if kind == "cyrillic":
        return f'<w:lang w:val="{LANGUAGES["ru"]}"/>'
    known = LANGUAGES.get(language, "") if language not in {"ar", "zh-hans"} else LANGUAGES["en"]
    return f'<w:lang w:val="{known}"/>' if known else ""


def paragraph_xml(runs: Iterable[Run], *, rtl: bool, style: str = "", align: str = "", keep: bool = False) -> str:
    """A paragraph; `rtl` is the direction of the whole, whatever its runs are."""
    marks = f"<w:pStyle w:val={quoteattr(style)}/>" if style else ""
    marks += "<w:keepNext/>" if keep else ""
    marks += "<w:bidi/>" if rtl else ""
    marks += f'<w:jc w:val="{align}"/>' if align else ""
    return f"<w:p><w:pPr>{marks}</w:pPr>{''.join(map(run_xml, runs))}</w:p>"


def paragraph(runs: Iterable[Run], *, rtl: bool, style: str = "", align: str = "", keep: bool = False) -> _Element:
    """The same as an element."""
    return _element(paragraph_xml(runs, rtl=rtl, style=style, align=align, keep=keep))


def table(
    head: Sequence[Cell], rows: Iterable[Sequence[Cell]], *, widths: Sequence[float], name: str, rtl: bool
) -> _Element:
    """A table with widths in centimetres whose head stands on every page; `name` is what screen readers call it."""
    named = f"<w:tblCaption w:val={quoteattr(clean(name))}/><w:tblDescription w:val={quoteattr(clean(name))}/>"
    visual = "<w:bidiVisual/>" if rtl else ""
    total = round(sum(widths) * TWIPS)
    look = '<w:tblLook w:val="06A0" w:firstRow="1" w:firstColumn="1" w:noHBand="1" w:noVBand="1"/>'
    properties = (
        f'<w:tblPr><w:tblStyle w:val="WildTable"/>{visual}<w:tblW w:w="{total}" w:type="dxa"/>'
        f'<w:tblLayout w:type="fixed"/>{look}{named}</w:tblPr>'
    )
    grid = "".join(f'<w:gridCol w:w="{round(width * TWIPS)}"/>' for width in widths)
    body = _row(head, widths, rtl=rtl, is_head=True) + "".join(_row(cells, widths, rtl=rtl) for cells in rows)
    return _element(f"<w:tbl>{properties}<w:tblGrid>{grid}</w:tblGrid>{body}</w:tbl>")


def _row(cells: Sequence[Cell], widths: Sequence[float], *, rtl: bool, is_head: bool = False) -> str:
    head = "<w:tblHeader/>" if is_head else ""
    parts, column = [], 0
    for cell in cells:
        width = round(sum(widths[column : column + cell.span]) * TWIPS)
        span = f'<w:gridSpan w:val="{cell.span}"/>' if cell.span > 1 else ""
        style = "WildTableHead" if is_head or cell.is_head else "WildTableText"
        words = paragraph_xml(cell.runs, rtl=rtl, style=style, align=cell.align)
        parts.append(f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/>{span}</w:tcPr>{words}</w:tc>')
        column += cell.span
    return f"<w:tr><w:trPr><w:cantSplit/>{head}</w:trPr>{''.join(parts)}</w:tr>"


def field(instruction: str) -> str:
    """A field that Word fills in, such as the number of the page."""
    return f'<w:fldSimple w:instr="{instruction}"><w:r><w:t>1</w:t></w:r></w:fldSimple>'


def footer(text: str, pages: str, *, rtl: bool) -> _Element:
    """The line at the foot; in `pages` the words {page} and {pages} become fields."""
    before, _, rest = pages.partition("{page}")
    between, _, after = rest.partition("{pages}")
    numbers = f"{_plain(before)}{field('PAGE')}{_plain(between)}{field('NUMPAGES')}{_plain(after)}"
    bidi = "<w:bidi/>" if rtl else ""
    marks = f'<w:pPr><w:pStyle w:val="Footer"/>{bidi}</w:pPr>'
    return _element(f"<w:p>{marks}{run_xml(Run(text))}<w:r><w:tab/></w:r>{numbers}</w:p>")


def _plain(text: str) -> str:
    return run_xml(Run(text)) if text else ""


def _element(xml: str) -> _Element:
    """Parsed with the namespaces of Word declared once on the outermost element."""
    end = min(place for place in (xml.find(">"), xml.find("/>"), xml.find(" ")) if place > 0)
    return parse_xml(f"{xml[:end]} {nsdecls('w')}{xml[end:]}")
