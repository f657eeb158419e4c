"""A list of members for a group: every bad row is named, and nothing is stored until all are good."""

from datetime import date, datetime
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from openpyxl import Workbook

from accounts.models import Member, Office
from groups.importing import Problem, Row, Unreadable, problems_in, read_rows
from groups.models import Group, Membership
from groups.operations.imports import import_seats
from groups.operations.refusals import ImportRefused, NotOfTheGroup
from notifications.models import Delivery
from tests.factories import GroupFactory, MemberFactory, MembershipFactory

TODAY = date(2026, 11, 20)
HEADER = "office,email,family_name,given_name,seat,mandate_ends_on\n"


@pytest.fixture
def group(db: None) -> Group:
    return GroupFactory(slug="ai-tools", name="AI Tools Collaboration Group")


def csv_file(text: str, name: str = "list.csv") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, text.encode())


def xlsx_file(*lines: list[object]) -> SimpleUploadedFile:
    book, content = Workbook(), BytesIO()
    for line in lines:
        book.active.append(line)
    book.save(content)
    return SimpleUploadedFile("list.XLSX", content.getvalue())


def row(number: int = 2, **fields: str) -> Row:
    given = {"office": "QM", "email": f"person{number}@qm.example", "family_name": f"Person {number}"}
    return Row(number=number, **(given | fields))


def said(group: Group, *rows: Row) -> list[tuple[int, str, str]]:
    return [(p.number, p.column, p.reason) for p in problems_in(group, rows, TODAY)]


# --- reading ----------------------------------------------------------------------------------------------------------
def test_a_csv_is_read_whatever_its_comma_and_the_order_of_its_columns() -> None:
    text = "\ufeffEmail ;Office;FAMILY_NAME;\nd@qm.example;QM; O’Example \n;;\n'=x@qm.example;QN;\u00a0Two  words\n"
    assert read_rows(csv_file(text)) == [
        Row(number=2, office="QM", email="d@qm.example", family_name="O’Example"),
        Row(number=4, office="QN", email="=x@qm.example", family_name="Two words"),
    ]


def test_a_sheet_is_read_with_its_days_and_numbers() -> None:
    upload = xlsx_file(
        ["office", "email", "family_name", "honorific", "mandate_ends_on", None],
        ["QM", "d@qm.example", "Data", 7, date(2027, 12, 31), "beside"],
        [None, None, None],
        ["QN", "e@qn.example", "Else", None, None],
    )
    first, second = read_rows(upload)
    assert (first.number, first.honorific, first.mandate_ends_on) == (2, "7", "2027-12-31")
    assert (second.number, second.family_name) == (4, "Else")


@pytest.mark.parametrize(
    ("upload", "reason"),
    [
        (csv_file(" \n"), "These are missing: office, email, family_name."),
        (csv_file("office,email\nQM,d@qm.example\n"), "These are missing: family_name."),
        (csv_file("office,email,family_name,shoe\nQM,d@qm.example,X,42\n"), "names each column once"),
        (csv_file("office,email,family_name,email\nQM,d@qm.example,X,y\n"), "names each column once"),
        (csv_file("office,email,family_name\n"), "The list has no rows."),
        (csv_file("office,email,family_name\n" + "QM,d@qm.example,X\n" * 501), "more than 500 rows"),
        (csv_file("office,email,family_name\n" + "\n" * 5000 + "QM,d@qm.example,X\n"), "more than 500 rows"),
        (csv_file(f"office,email,family_name\nQM,d@qm.example,{'x' * 200_000}\n"), "cannot be read as a list"),
        (SimpleUploadedFile("list.xlsx", b"PK\x03\x04 nothing"), "cannot be read as a list"),
    ],
)
def test_what_is_no_list_is_refused_in_words(upload: SimpleUploadedFile, reason: str) -> None:
    with pytest.raises(Unreadable, match=reason):
        read_rows(upload)


def test_a_row_goes_through_the_page_and_comes_back_the_same() -> None:
    typed = row(9, given_name="Dora", seat="Alternate")
    assert (Row.unpack(typed.pack()), typed.role, row().role) == (typed, "alternate", "member")


# --- checking ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("fields", "column", "reason"),
    [
        ({"office": ""}, "office", "There is no office with this code."),
        ({"office": "ZZ"}, "office", "There is no office with this code."),
        ({"email": ""}, "email", "This is no e-mail address."),
        ({"email": "d@@qm"}, "email", "This is no e-mail address."),
        ({"email": f"{'d' * 250}@qm.example"}, "email", "At most 254 characters."),
        ({"family_name": ""}, "family_name", "The name is missing."),
        ({"family_name": "x" * 101}, "family_name", "At most 100 characters."),
        ({"given_name": "a\x00b"}, "given_name", "This holds control characters."),
        ({"language": "de"}, "language", "This is none of the languages ar, zh-hans, en, fr, ru, es."),
        ({"seat": "chair"}, "seat", "Write member or alternate."),
        ({"mandate_ends_on": "2026-02-30"}, "mandate_ends_on", "Write a day after today"),
        ({"mandate_ends_on": "2026-11-20"}, "mandate_ends_on", "Write a day after today"),
        ({"mandate_ends_on": "2028-11-21"}, "mandate_ends_on", "at the latest 2028-11-20"),
    ],
)
def test_each_bad_cell_is_named_with_its_row_and_column(
    fields: dict[str, str], column: str, reason: str, group: Group, meridia: Office
) -> None:
    found = said(group, row(), row(7, **fields))
    assert (found[0][:2], reason in found[0][2]) == ((7, column), True)


def test_good_rows_have_no_problem(group: Group, meridia: Office) -> None:
    assert said(group, row(), row(3, seat="ALTERNATE", mandate_ends_on="2028-11-20", language="fr")) == []


def test_an_address_stands_once_and_belongs_to_the_person(
    group: Group, bruno: Member, chloe: Member, gustav: Member
) -> None:
    MembershipFactory(group=group, member=bruno)
    sits = {"email": "Bruno@qm.example", "family_name": "mithal"}
    assert said(
        group,
        row(2),
        row(3, email="PERSON2@qm.example"),
        row(4, email=chloe.email),
        row(5, email=gustav.email),
        row(6, **sits),
        row(7, email="ana@qm.example"),
    ) == [
        (3, "email", "This address stands in an earlier row."),
        (4, "email", "This is the address of a member of another office, or of a guest."),
        (5, "email", "This is the address of a member of another office, or of a guest."),
        (6, "email", "This member has a seat in the group already."),
    ]
    assert said(group, row(2, email=bruno.email, family_name="Else"))[0][2] == "This is the address of Bruno Mithal."


def test_rows_count_with_the_seats_the_office_has(group: Group, meridia: Office) -> None:
    MembershipFactory(group=group, member=MemberFactory(office=meridia), role="chair")
    rows = [row(n) for n in (2, 3, 4)] + [row(n, seat="alternate") for n in (5, 6, 7)]
    assert said(group, *rows) == [
        (4, "seat", "The office has all its seats of this kind: 3."),
        (7, "seat", "The office has all its seats of this kind: 2."),
    ]


# --- taking over ------------------------------------------------------------------------------------------------------
def test_all_rows_are_stored_and_nobody_is_mailed(group: Group, bruno: Member, staff: Member, now: datetime) -> None:
    rows = [
        row(2, email="Dora@QM.example", given_name="Dora", job_title="CIO", language="fr", seat="alternate"),
        row(3, email=bruno.email, family_name="Mithal", mandate_ends_on="2027-01-31"),
    ]
    assert import_seats(group=group, rows=rows, by=staff.user, now=now) == 2
    seats = {s.member.email: (s.role, s.mandate_ends_on, s.member.language) for s in Membership.objects.all()}
    assert seats == {
        "dora@qm.example": ("alternate", date(2028, 11, 20), "fr"),
        bruno.email: ("member", date(2027, 1, 31), "en"),
    }
    dora = Member.objects.get(email="dora@qm.example")
    assert (dora.role, dora.name, dora.user, Delivery.objects.count()) == ("contributor", "Dora Person 2", None, 0)


def test_one_bad_row_keeps_all_of_them_out(group: Group, meridia: Office, staff: Member, now: datetime) -> None:
    with pytest.raises(ImportRefused, match="Nothing was stored") as refused:
        import_seats(group=group, rows=[row(2), row(3, office="ZZ")], by=staff.user, now=now)
    assert refused.value.problems == [Problem(3, "office", "There is no office with this code.")]
    assert (Membership.objects.count(), Member.objects.of_office("QM").count()) == (0, 0)


def test_only_the_secretariat_takes_a_list_over(group: Group, ana: Member, now: datetime) -> None:
    MembershipFactory(group=group, member=ana, role="chair")
    with pytest.raises(NotOfTheGroup):
        import_seats(group=group, rows=[row()], by=ana.user, now=now)
