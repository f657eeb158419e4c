"""The look of the Word report: styles by name, fonts for every script, and what the document says of itself."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from docx import Document
from docx.document import Document as WordDocument
from docx.enum.section import WD_ORIENT, WD_SECTION
from docx.enum.style import WD_STYLE_TYPE
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.section import Section
from docx.shared import Cm, Pt, RGBColor

from meetings.exports.word import DELETED, INSERTED, LANGUAGES, SYMBOL

INK, KEY, GREY = RGBColor(0x16, 0x23, 0x2B), RGBColor(0x0B, 0x4F, 0x63), RGBColor(0x4B, 0x5A, 0x63)
LATIN, ARABIC, CHINESE, SYMBOLS = "Arial", "Arial", "Microsoft YaHei", "Segoe UI Symbol"
TABLE_STYLE = """
<w:style {names} w:type="table" w:customStyle="1" w:styleId="WildTable"><w:name w:val="Wild Table"/>
<w:basedOn w:val="TableNormal"/><w:uiPriority w:val="99"/>
<w:tblPr><w:tblBorders><w:top w:val="single" w:sz="8" w:color="16232B"/>
<w:bottom w:val="single" w:sz="8" w:color="16232B"/>
<w:insideH w:val="single" w:sz="4" w:color="BFBAAF"/></w:tblBorders>
<w:tblCellMar><w:top w:w="28" w:type="dxa"/><w:left w:w="57" w:type="dxa"/><w:bottom w:w="28" w:type="dxa"/>
<w:right w:w="57" w:type="dxa"/></w:tblCellMar></w:tblPr></w:style>
"""


def new_document(*, title: str, language: str, rtl: bool, made_at: datetime) -> WordDocument:
    """An empty A4 document that names its title, its language and when it was made (aware instant)."""
    document = Document()
    properties = document.core_properties
    properties.title, properties.author, properties.language = title[:255], "WILD", LANGUAGES[language]
    properties.comments = properties.last_modified_by = ""
    properties.created = properties.modified = made_at.astimezone(UTC).replace(tzinfo=None)
    properties.last_printed = properties.created
    _defaults(document, language)
    _paragraph_styles(document)
    _character_styles(document)
    document.styles.element.append(parse_xml(TABLE_STYLE.format(names=nsdecls("w"))))
    page(document.sections[0], rtl=rtl)
    return document


def page(section: Section, *, rtl: bool, is_wide: bool = False) -> None:
    """A4, upright or on its side."""
    short, long = Cm(21), Cm(29.7)
    section.orientation = WD_ORIENT.LANDSCAPE if is_wide else WD_ORIENT.PORTRAIT
    section.page_width, section.page_height = (long, short) if is_wide else (short, long)
    section.left_margin = section.right_margin = Cm(1.8)
    section.top_margin = section.bottom_margin = Cm(1.8)
    if rtl and section._sectPr.find(qn("w:bidi")) is None:
        _put(section._sectPr, "w:bidi")


def turn(document: WordDocument, *, rtl: bool, is_wide: bool) -> None:
    """From here on pages lie the other way."""
    page(document.add_section(WD_SECTION.NEW_PAGE), rtl=rtl, is_wide=is_wide)
    # The paragraph that ends a section is as low as can be, so that it never takes a page of its own.
    end = document.paragraphs[-1]
    end.paragraph_format.space_after, end.paragraph_format.line_spacing = Pt(0), Pt(1)


def _put(properties: Any, name: str) -> None:
    """Adds a mark of a section where the order of Word's format wants it."""
    mark = OxmlElement(name)
    after = [properties.find(qn(tag)) for tag in ("w:rtlGutter", "w:docGrid")]
    place = next((found for found in after if found is not None), None)
    if place is None:
        properties.append(mark)
    else:
        place.addprevious(mark)


def _fonts(style: Any, latin: str = LATIN) -> None:
    """The same family for every script, without the template's own theme."""
    fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
    for name in list(fonts.attrib):
        del fonts.attrib[name]
    for slot, family in (("ascii", latin), ("hAnsi", latin), ("cs", ARABIC), ("eastAsia", CHINESE)):
        fonts.set(qn(f"w:{slot}"), family)


def _defaults(document: WordDocument, language: str) -> None:
    defaults = document.styles.element.find(qn("w:docDefaults"))
    for mark in defaults.iter(qn("w:lang")):
        code = LANGUAGES[language]
        mark.set(qn("w:val"), code if language not in {"ar", "zh-hans"} else LANGUAGES["en"])
        mark.set(qn("w:bidi"), LANGUAGES["ar"])
        mark.set(qn("w:eastAsia"), LANGUAGES["zh-hans"])


def _size(style: Any, points: float, colour: RGBColor = INK, *, is_bold: bool | None = None) -> None:
    """Size and weight for every script: Word keeps those of Arabic apart."""
    style.font.size, style.font.color.rgb, style.font.bold, style.font.italic = Pt(points), colour, is_bold, None
    properties = style.element.get_or_add_rPr()
    for name, value in (("w:szCs", str(round(points * 2))), ("w:bCs", "1" if is_bold else "0")):
        mark = properties.find(qn(name))
        if mark is None:
            mark = OxmlElement(name)
            before = properties.find(qn("w:sz" if name == "w:szCs" else "w:b"))
            properties.append(mark) if before is None else before.addnext(mark)
        mark.set(qn("w:val"), value)


def _paragraph_styles(document: WordDocument) -> None:
    styles = document.styles
    sizes = {"Normal": (10, None), "Title": (20, True), "Heading 1": (15, True), "Heading 2": (12, True)}
    for name, (points, is_bold) in (sizes | {"Heading 3": (10.5, True), "Footer": (8, None)}).items():
        _fonts(styles[name])
        _size(styles[name], points, GREY if name == "Footer" else INK, is_bold=is_bold)
    borders = styles["Title"].element.pPr.find(qn("w:pBdr"))
    if borders is not None:
        styles["Title"].element.pPr.remove(borders)
    styles["Normal"].paragraph_format.space_after = Pt(4)
    for name, points, is_bold in (
        ("Wild Table Text", 8.5, None),
        ("Wild Table Head", 7.5, True),
        ("Wild Label", 8, None),
        ("Wild Said", 10, None),
    ):
        style = styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
        style.base_style = styles["Normal"]
        _fonts(style)
        _size(style, points, is_bold=is_bold)
        style.paragraph_format.space_after = Pt(4 if name == "Wild Said" else 0)
    styles["Wild Said"].paragraph_format.left_indent = Cm(0.8)


def _character_styles(document: WordDocument) -> None:
    """What comes in is underlined, what goes is struck through: both can be told apart without colour."""
    for identity, name in ((INSERTED, "Wild Inserted"), (DELETED, "Wild Deleted"), (SYMBOL, "Wild Symbol")):
        style = document.styles.add_style(name, WD_STYLE_TYPE.CHARACTER)
        style.element.set(qn("w:styleId"), identity)
    document.styles["Wild Inserted"].font.underline = True
    document.styles["Wild Inserted"].font.color.rgb = KEY
    document.styles["Wild Deleted"].font.strike = True
    document.styles["Wild Deleted"].font.color.rgb = GREY
    _fonts(document.styles["Wild Symbol"], SYMBOLS)
