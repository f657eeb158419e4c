"""The compilation as files: opened again, they say what the page says, in every script, and run nothing."""

import json
import re
import shutil
import subprocess
import zipfile
from collections.abc import Callable
from datetime import date, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from docx import Document
from docx.document import Document as WordDocument
from docx.oxml.ns import qn
from jsonschema import Draft202012Validator
from lxml import etree
from openpyxl import Workbook, load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from accounts.models import Member, Office
from consultations.models import Annex, Round, Submission
from library.models import StoredFile
from meetings.compilation import compile_answers
from meetings.exports import WRITERS, About, file_of
from meetings.exports.spreadsheet import WIDEST
from meetings.exports.texts import clean, harmless
from meetings.exports.word import by_script, is_rtl
from meetings.models import Circulation, CirculationItem, ItemAnswer
from tests.consultations.asking import CLOSES
from tests.factories import NOW, OfficeFactory
from tests.guards.tree import ROOT
from tests.meetings.circulating import PAGE, at, opened, submitted
from tests.pages import text_of

Clients = Callable[[Member | None], Any]
OFFICE_FORMATS = ("xlsx", "docx")
ARABIC, CHINESE = "نقترح ست لغات (WILD/1/2).", "我局支持该项目，并愿意分享经验。"
TEN = datetime.fromisoformat("2026-11-20T10:00")  # in Geneva, as a cell holds it
SOFFICE = shutil.which("soffice")
ACTIVE = re.compile(r"<f>|<f |vbaProject|externalLink|oleObject|ddeLink|DDEAUTO|HYPERLINK\s*\(", re.I)


@pytest.fixture
def circulation(ana: Member, chloe: Member, olga: Member) -> Circulation:
    """Meridia and Belmora have answered, in several scripts, Belmora by letter and late; Norland is silent."""
    Office.objects.filter(pk="QM").update(
        region="WEOG", names={"en": "Meridia", "ar": "ميريديا", "zh-hans": "梅里迪亚"}
    )
    silent = OfficeFactory(code="QP", names=dict.fromkeys(("en", "ar", "zh-hans"), "Pellucia"))
    circulation = opened(
        ana.office, chloe.office, olga.office, silent,
        titles={"en": "Next steps", "ar": "الخطوات التالية", "zh-hans": "下一步行动"},
    )  # fmt: skip
    submitted(circulation, ana, a_comment="=1+1", a_willingness="lead", b_position="no_position", b_comment=CHINESE)
    submitted(
        circulation, olga, a_position="supports_with_changes", a_wording="Frozen words of a",
        b_position="does_not_support", b_comment=f"{ARABIC}\nSecond line & <b>",
    )  # fmt: skip
    letter = file_row("letter.pdf")
    Submission.objects.filter(response__office="XB").update(
        is_late=True, on_behalf_of_reason="A letter", received_on=date(2026, 11, 18), file=letter
    )
    submission = Submission.objects.get(response__office="QM")
    submission.annexes.add(
        Annex.objects.create(
            response=submission.response, section="b", file=file_row("مذكرة.pdf"), added_by=ana.user, added_at=NOW
        )
    )
    return circulation


def file_row(name: str) -> StoredFile:
    return StoredFile.objects.create(
        name=name, content="aa/b", content_type="application/pdf", size=48_000, sha256="0" * 64, uploaded_at=NOW
    )


Fetch = Callable[..., Any]


@pytest.fixture
def fetch(circulation: Circulation, staff: Member, client_of: Clients) -> Fetch:
    """The answer to a request for a file, as the Secretariat gets it, in a language."""

    def get(format: str, language: str = "en", query: str = "") -> Any:
        Member.objects.filter(pk=staff.pk).update(language=language)
        client = client_of(staff)
        client.cookies["django_language"] = language
        with at():
            response = client.get(f"{PAGE}compilation.{format}{query}")
        assert response.status_code == 200
        return response

    return get


def book_of(response: Any) -> Workbook:
    return load_workbook(BytesIO(response.content))


def rows_of(sheet: Worksheet) -> list[list[Any]]:
    """The values of a sheet below its head."""
    return [list(row) for row in sheet.iter_rows(min_row=2, values_only=True)]


def document_of(response: Any) -> WordDocument:
    return Document(BytesIO(response.content))


def table_of(document: WordDocument, name: str) -> list[list[str]]:
    """The cells of the table that calls itself so; a cell over several columns stands once."""
    for table in document.tables:
        if table._tbl.tblPr.find(qn("w:tblCaption")).get(qn("w:val")) == name:
            return [
                ["".join(text.text or "" for text in cell.iter(qn("w:t"))) for cell in row.iter(qn("w:tc"))]
                for row in table._tbl.iter(qn("w:tr"))
            ]
    raise AssertionError(name)


# --- the same as the page ---------------------------------------------------------------------------------------------
def test_the_sheets_say_what_the_page_says(fetch: Fetch) -> None:
    book = book_of(fetch("xlsx"))
    assert book.sheetnames == ["Answers", "Comments", "Tallies", "About"]
    assert rows_of(book["Answers"]) == [
        ["XB", "Belmora", "Organization", None, "submitted", TEN, 1,
         "late; entered on behalf of the office, received 18 November 2026", "supports with changes",
         "does not support", None, None],
        ["QM", "Meridia", "Member State", "Western European and other States", "submitted",
         TEN, 1, None, "supports", "no position", "would lead", None],
        ["QN", "Norland", "Member State", "States outside the regional groups", "not answered, not opened", None, None,
         None, "not answered, not opened", "not answered, not opened", None, None],
        ["QP", "Pellucia", "Member State", "States outside the regional groups", "not reached", None, None, None,
         "not reached", "not reached", None, None],
    ]  # fmt: skip
    assert [row[:7] for row in rows_of(book["Comments"])] == [
        ["a", "Heading a", "XB", "Belmora", "supports with changes", None, None],
        ["a", "Heading a", "QM", "Meridia", "supports", "would lead", "'=1+1"],
        ["b", "Heading b", "XB", "Belmora", "does not support", None, f"{ARABIC}\nSecond line & <b>"],
        ["b", "Heading b", "QM", "Meridia", "no position", None, CHINESE],
    ]
    assert rows_of(book["Comments"])[0][7:9] == ["Frozen words of a", "Frozen [-wording-]{+words+} of a"]
    assert rows_of(book["Comments"])[3][9] == "مذكرة.pdf"


def test_the_tallies_are_numbers_and_those_of_the_page(fetch: Fetch, circulation: Circulation, staff: Member) -> None:
    rows = rows_of(book_of(fetch("xlsx"))["Tallies"])
    every = [row for row in rows if row[2] == "All offices"]
    tallies = compile_answers(circulation).tallies
    assert [row[3:18] for row in every] == [[4, 2, 1, 1, *tally.cells, *tally.willing][:15] for tally in tallies]
    assert [row[18:] for row in every] == [[1, "supports to supports with changes"], [0, "does not support"]]
    assert {type(value) for row in rows for value in row[3:19]} == {int}
    assert [row[2] for row in rows[:5]] == [
        "All offices", "Member States", "Western European and other States", "States outside the regional groups",
        "Organizations",
    ]  # fmt: skip
    assert {row[19] for row in rows if row[2] != "All offices"} == {None}


def test_the_sheet_about_says_when_and_how(fetch: Fetch) -> None:
    sheet = book_of(fetch("xlsx", query="?region=WEOG&position=no_position"))["About"]
    facts = dict(rows_of(sheet))
    assert sheet["B1"].value == "Compilation: Next steps"
    assert facts["As of"] == "20 November 2026, 10:00 Geneva time"
    assert facts["Answers"] == "1 of 1 office has submitted. Not answered: 0. Not reached: 0."
    assert facts["Offices counted"] == "Western European and other States"
    assert facts["Offices and comments listed"] == "no position"
    assert facts["Address"] == "http://testserver/circulations/next-steps/compilation.xlsx"
    assert "Published" not in facts
    assert facts["Rule 6"] == "Times are Geneva time."


def test_the_report_says_what_the_page_says(fetch: Fetch, staff: Member, client_of: Clients) -> None:
    document = document_of(fetch("docx"))
    with at():
        page = text_of(client_of(staff).get(f"{PAGE}compilation/"))
    headings = [p.text for p in document.paragraphs if p.style.name.startswith(("Title", "Heading"))]
    assert headings == [
        "Compilation: Next steps", "Positions by item", "How far positions converge", "What offices would do",
        "By kind of office and regional group", "a. Heading a", "b. Heading b", "Offices and items", "Comments by item",
        "a. Heading a (2 comments)", "Belmora (XB)", "Meridia (QM)", "b. Heading b (2 comments)", "Belmora (XB)",
        "Meridia (QM)", "Who has not submitted", "About this compilation",
    ]  # fmt: skip
    for heading in ("Positions by item", "How far positions converge", "What offices would do", "Offices and items"):
        assert heading in page
    assert table_of(document, "Positions by item")[1:] == [
        ["a. Heading a", "1", "1", "0", "0", "0", "0", "2"],
        ["b. Heading b", "0", "0", "0", "0", "1", "1", "2"],
    ]
    assert table_of(document, "Offices and items") == [
        ["Office", "a", "b", "Submitted"],
        ["XB Belmora", "◐", "⊟", "2026-11-20 late; entered on behalf of the office, received 18 November 2026"],
        ["QM Meridia", "●", "–", "2026-11-20"],
        ["QN Norland", "not answered, not opened", "–"],
        ["QP Pellucia", "not reached", "–"],
    ]
    assert table_of(document, "Who has not submitted")[1:] == [
        ["QN", "Norland", "not answered, not opened"],
        ["QP", "Pellucia", "not reached"],
    ]
    said = [p.text for p in document.paragraphs if p.style.name == "Wild Said"]
    assert said == ["Frozen wordingwords of a", "=1+1", ARABIC, "Second line & <b>", CHINESE]


def test_the_tree_says_what_the_page_says(fetch: Fetch) -> None:
    tree = json.loads(fetch("json").content)
    assert {office["code"]: (office["state"], office["answers"] is None) for office in tree["offices"]} == {
        "XB": ("submitted", False),
        "QM": ("submitted", False),
        "QN": ("not_opened", True),
        "QP": ("not_reached", True),
    }
    (belmora,) = [office for office in tree["offices"] if office["code"] == "XB"]
    assert belmora["submission"] == {
        "number": 1, "submitted_at": "2026-11-20T09:00:00.000Z", "is_late": True, "is_on_behalf": True,
        "received_on": "2026-11-18",
    }  # fmt: skip
    assert belmora["answers"][1]["comment"] == f"{ARABIC}\nSecond line & <b>"
    assert tree["counts"] == {"addressed": 4, "submitted": 2, "not_answered": 1, "not_reached": 1}
    assert tree["items"][0]["span"] == {"first": "supports", "last": "supports_with_changes", "offices": 2}
    assert tree["offices"][1]["answers"][1]["annexes"] == [{"name": "مذكرة.pdf", "size": 48_000, "sha256": "0" * 64}]


@pytest.mark.parametrize("query", ["", "?position=no_position", "?region=AFRICAN"])
def test_the_tree_is_as_its_schema_says(fetch: Fetch, query: str) -> None:
    schema = json.loads((ROOT / "docs" / "compilation.schema.json").read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    assert [error.message for error in Draft202012Validator(schema).iter_errors(
        json.loads(fetch("json", query=query).content)
    )] == []  # fmt: skip


def test_files_are_narrowed_as_the_page_is(fetch: Fetch) -> None:
    query = "?position=no_position"
    assert [row[0] for row in rows_of(book_of(fetch("xlsx", query=query))["Answers"])] == ["QM"]
    assert [row[2] for row in rows_of(book_of(fetch("xlsx", query=query))["Comments"])] == ["QM"]
    tree = json.loads(fetch("json", query=query).content)
    assert [(office["code"], [answer["comment"] for answer in office["answers"]]) for office in tree["offices"]] == [
        ("QM", ["", CHINESE])
    ]


def test_without_an_answer_the_files_say_who_was_asked(ana: Member, staff: Member, client_of: Clients) -> None:
    opened(ana.office)
    with at():
        client = client_of(staff)
        book, document = (client.get(f"{PAGE}compilation.{format}") for format in OFFICE_FORMATS)
    assert [row[4] for row in rows_of(book_of(book)["Answers"])] == ["not answered, not opened"]
    assert rows_of(book_of(book)["Comments"]) == []
    assert "Comments by item" not in [p.text for p in document_of(document).paragraphs]
    assert table_of(document_of(document), "Offices and items")[1] == ["QM Meridia", "not answered, not opened", "–"]


def test_an_item_a_submission_says_nothing_about_is_not_answered(fetch: Fetch, circulation: Circulation) -> None:
    CirculationItem.objects.create(circulation=circulation, order=9, key="z", heading="New", text="Text")
    assert [row[10] for row in rows_of(book_of(fetch("xlsx"))["Answers"])][:2] == ["not answered", "not answered"]
    assert table_of(document_of(fetch("docx")), "Offices and items")[1][3] == "not answered"
    assert [len(office["answers"] or ()) for office in json.loads(fetch("json").content)["offices"]] == [2, 2, 0, 0]


# --- how they are made ------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("language", "rtl"), [("en", False), ("ar", True), ("zh-hans", False)])
def test_sheets_stay_readable_while_scrolling_and_run_as_the_language_does(
    fetch: Fetch, language: str, rtl: bool
) -> None:
    sheets = book_of(fetch("xlsx", language)).worksheets
    assert [sheet.freeze_panes for sheet in sheets] == ["C2", "E2", "D2", "A2"]
    assert [bool(sheet.sheet_view.rightToLeft) for sheet in sheets] == [rtl] * 4
    assert sheets[0].column_dimensions["B"].width == 30
    assert (sheets[0].print_title_rows, sheets[0].print_title_cols) == ("$1:$1", "$A:$B")
    assert sheets[0]["F2"].number_format == "yyyy-mm-dd hh:mm"
    assert sheets[2]["D2"].number_format == "0"
    assert sheets[1].row_dimensions[5].height >= 13


def test_names_of_offices_are_in_the_readers_language(fetch: Fetch) -> None:
    assert [row[1] for row in rows_of(book_of(fetch("xlsx", "ar")).worksheets[0])][1] == "ميريديا"
    assert [row[1] for row in rows_of(book_of(fetch("xlsx", "zh-hans")).worksheets[0])][1] == "梅里迪亚"
    assert [row[0] for row in rows_of(book_of(fetch("xlsx", "ar")).worksheets[1])] == ["أ", "أ", "ب", "ب"]


def test_the_report_names_itself_its_language_and_its_pages(fetch: Fetch) -> None:
    document = document_of(fetch("docx", "ar"))
    assert document.core_properties.title.endswith("الخطوات التالية")
    assert document.core_properties.language == "ar-SA"
    assert document.core_properties.created.replace(tzinfo=None) == datetime.fromisoformat("2026-11-20T09:00")
    foot = etree.tostring(document.sections[0].footer._element).decode()
    assert 'w:instr="PAGE"' in foot
    assert 'w:instr="NUMPAGES"' in foot
    assert [section.orientation for section in document.sections] == [0, 1, 0]
    assert [section.page_width.cm > section.page_height.cm for section in document.sections] == [False, True, False]


def test_tables_repeat_their_heads_and_carry_a_name(fetch: Fetch) -> None:
    for table in document_of(fetch("docx")).tables:
        rows = list(table._tbl.iter(qn("w:tr")))
        assert [row.find(qn("w:trPr")).find(qn("w:tblHeader")) is not None for row in rows] == [
            True, *[False] * (len(rows) - 1)
        ]  # fmt: skip
        assert table._tbl.tblPr.find(qn("w:tblDescription")).get(qn("w:val"))


def test_a_wording_shows_what_comes_in_and_what_goes(fetch: Fetch) -> None:
    document = document_of(fetch("docx"))
    (wording,) = [p for p in document.paragraphs if p.text == "Frozen wordingwords of a"]
    assert [(run.text, run.style.name) for run in wording.runs] == [
        ("Frozen ", "Default Paragraph Font"),
        ("wording", "Wild Deleted"),
        ("words", "Wild Inserted"),
        (" of a", "Default Paragraph Font"),
    ]
    assert document.styles["Wild Deleted"].font.strike is True
    assert document.styles["Wild Inserted"].font.underline is True


def test_arabic_runs_from_right_to_left_and_chinese_has_its_font(fetch: Fetch) -> None:
    document = document_of(fetch("docx"))
    texts = {p.text: p._p for p in document.paragraphs}
    arabic, chinese = texts[ARABIC], texts[CHINESE]
    assert arabic.pPr.find(qn("w:bidi")) is not None
    assert texts["=1+1"].pPr.find(qn("w:bidi")) is None
    runs = [(run.rPr.find(qn("w:rtl")) is not None, run.text) for run in arabic.iter(qn("w:r"))]
    assert runs == [(True, "نقترح ست لغات ("), (False, "WILD/1/2).")]
    assert next(arabic.iter(qn("w:lang"))).get(qn("w:bidi")) == "ar-SA"
    assert next(chinese.iter(qn("w:lang"))).get(qn("w:eastAsia")) == "zh-CN"
    fonts = document.styles["Normal"].element.rPr.rFonts
    assert fonts.get(qn("w:eastAsia")) == "Microsoft YaHei"
    assert fonts.get(qn("w:cs")) == "Arial"


def test_in_arabic_tables_and_pages_are_mirrored(fetch: Fetch) -> None:
    document = document_of(fetch("docx", "ar"))
    assert {table._tbl.tblPr.find(qn("w:bidiVisual")) is not None for table in document.tables} == {True}
    assert {section._sectPr.find(qn("w:bidi")) is not None for section in document.sections} == {True}
    heading = document.paragraphs[0]._p
    assert heading.pPr.find(qn("w:bidi")) is not None


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("", [("other", "")]),
        ("Plain", [("other", "Plain")]),
        ("12 – 13", [("other", "12 – 13")]),
        ("(أ) WILD", [("rtl", "(أ) "), ("other", "WILD")]),
        ("我 и me", [("han", "我 "), ("cyrillic", "и "), ("other", "me")]),
        ("𠀀é", [("han", "𠀀"), ("other", "é")]),
    ],
)
def test_a_text_is_cut_where_its_script_changes(text: str, pieces: list[tuple[str, str]]) -> None:
    assert by_script(text) == pieces
    assert "".join(piece for _kind, piece in by_script(text)) == text


def test_the_first_letter_says_which_way_a_text_runs() -> None:
    assert [is_rtl(text) for text in ("1. أ", "(a) أ", "…", "שלום")] == [True, False, False, True]
    assert is_rtl("…", otherwise=True) is True


def test_the_file_is_named_in_ascii_and_in_the_readers_language(fetch: Fetch) -> None:
    header = fetch("xlsx", "zh-hans")["Content-Disposition"]
    plain, _star, name = header.partition("filename*=UTF-8''")
    assert plain == 'attachment; filename="compilation-next-steps-2026-11-20.xlsx"; '
    assert unquote(name).endswith("下一步行动 2026-11-20.xlsx")
    assert header.isascii()
    assert fetch("json")["Content-Type"] == "application/json"


@pytest.mark.parametrize(
    "title", ['a"b', "../../etc", "a\r\nX: y", "x" * 300, "\u202egpj.exe", "a:b|c*d?", "... ", "C:\\x"]
)
def test_no_title_breaks_the_name(circulation: Circulation, title: str) -> None:
    Round.objects.update(titles={"en": title})
    circulation.round.refresh_from_db()
    file = file_of(About(compile_answers(circulation), NOW, ""), "json")
    assert re.fullmatch(r"compilation-next-steps-2026-11-20\.json", file.plain_name)
    assert re.search(r'[\r\n"/\\:*?|\u202e]', file.name) is None
    assert len(file.name) < 120
    assert "\n" not in file.disposition


# --- what must not happen ---------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        *((f"{sign}1", f"'{sign}1") for sign in "=+-@＝＋－＠\t"),
        ("\r=1", "'\r=1"),
        (" =1+1", "' =1+1"),
        ("\n@x", "'\n@x"),
        ("-5", "'-5"),
        ("1-5", "1-5"),
        ("a=b", "a=b"),
        ("", ""),
        ("=\x00", "'=\ufffd"),
        ("\x1b[1m\ufffe", "\ufffd[1m\ufffd"),
    ],
)
def test_what_a_spreadsheet_could_run_begins_with_an_apostrophe(text: str, expected: str) -> None:
    assert harmless(text) == expected


def test_line_ends_are_kept_and_what_cannot_be_written_is_marked() -> None:
    assert clean("a\r\nb\tc\ud800\x0b") == "a\nb\tc\ufffd\ufffd"


HOSTILE = [
    '=HYPERLINK("http://evil.example","x")',
    "@SUM(A1)",
    "+cmd|' /C calc'!A0",
    "\x0b\x1b</w:t><w:p/>",
    "x" * 40_000,
]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_words_are_words_in_every_file(circulation: Circulation, text: str) -> None:
    ItemAnswer.objects.filter(comment="=1+1").update(comment=text)
    Office.objects.filter(pk="QM").update(names={"en": text[:60]})
    about = About(compile_answers(circulation), NOW, "")
    book = load_workbook(BytesIO(file_of(about, "xlsx").content))
    assert {cell.data_type for sheet in book for row in sheet.iter_rows() for cell in row} <= {"s", "n", "d"}
    shown = [row[6] for row in rows_of(book["Comments"])][1]
    assert shown == harmless(text)[:WIDEST]
    document = Document(BytesIO(file_of(about, "docx").content))
    assert clean(text) in "\n".join(p.text for p in document.paragraphs)
    assert json.loads(file_of(about, "json").content)["offices"][1]["answers"][0]["comment"] == text


@pytest.mark.parametrize("format", OFFICE_FORMATS)
def test_no_part_of_a_file_is_active_or_leads_elsewhere(fetch: Fetch, format: str) -> None:
    with zipfile.ZipFile(BytesIO(fetch(format).content)) as parts:
        for name in parts.namelist():
            if name.endswith((".xml", ".rels")):
                text = parts.read(name).decode()
                assert ACTIVE.search(text) is None, name
                assert 'TargetMode="External"' not in text, name


@pytest.mark.parametrize("format", ["csv", "xls", "XLSX", "x", "json-"])
def test_other_formats_do_not_exist(circulation: Circulation, staff: Member, client_of: Clients, format: str) -> None:
    with at():
        assert client_of(staff).get(f"{PAGE}compilation.{format}").status_code == 404


def test_members_read_the_page_and_get_no_file(circulation: Circulation, ana: Member, client_of: Clients) -> None:
    with at():
        assert client_of(ana).get(f"{PAGE}compilation.xlsx").status_code == 404
    Round.objects.update(answers_visible=Round.AnswersVisible.CLOSING)
    with at(CLOSES + timedelta(days=1)):
        client = client_of(ana)
        answers = [client.get(f"{PAGE}compilation{end}").status_code for end in ("/", ".xlsx", ".docx", ".json")]
    assert answers == [200, 403, 403, 403]


def test_a_file_is_sent_as_an_attachment_that_may_do_nothing(fetch: Fetch) -> None:
    for format in WRITERS:
        assert fetch(format)["Content-Security-Policy"].startswith("default-src 'none'; sandbox;")


# --- opened by another program ----------------------------------------------------------------------------------------
@pytest.mark.skipif(
    SOFFICE is None, reason="no LibreOffice (Debian: apt-get install libreoffice-calc libreoffice-writer)"
)
@pytest.mark.parametrize("language", ["en", "ar", "zh-hans"])
def test_libreoffice_opens_them_and_finds_the_same_words(fetch: Fetch, language: str, tmp_path: Path) -> None:
    for format in OFFICE_FORMATS:
        (tmp_path / f"{format}.{format}").write_bytes(fetch(format, language).content)
    kinds = {
        "xlsx": "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false,false,false,-1",
        "docx": "txt:Text (encoded):UTF8",
    }
    for format, kind in kinds.items():
        convert(tmp_path, f"{format}.{format}", kind)
    sheet = next(tmp_path.glob("xlsx-*.csv")).read_text(encoding="utf-8")
    names = {"en": "Meridia", "ar": "ميريديا", "zh-hans": "梅里迪亚"}
    assert names[language] in sheet
    assert "2026-11-20 10:00" in sheet
    report = (tmp_path / "docx.txt").read_text(encoding="utf-8-sig")
    for words in (names[language], ARABIC, CHINESE, "=1+1", "●", "⊟"):
        assert words in report
    convert(tmp_path, "docx.docx", "pdf")
    convert(tmp_path, "xlsx.xlsx", "pdf")
    assert {(tmp_path / f"{format}.pdf").read_bytes()[:5] for format in OFFICE_FORMATS} == {b"%PDF-"}


def convert(folder: Path, name: str, kind: str) -> None:
    """A file in another format, by LibreOffice without a screen and with a profile of its own."""
    words = [SOFFICE, "--headless", f"-env:UserInstallation=file://{folder}/profile", "--convert-to", kind]
    subprocess.run([*words, "--outdir", str(folder), str(folder / name)], check=True, capture_output=True, timeout=180)
