"""Reports of groups: drafted from the record, edited without loss, approved by the Chair, presented as a document."""

from collections.abc import Callable
from datetime import datetime, timedelta
from io import BytesIO

import docx
import pytest
import time_machine
from django.http import HttpResponse
from django.test import Client
from django.utils import translation

from accounts.models import Member
from consultations.operations.refusals import NotOfTheSecretariat
from groups.models import Group, Membership, NextStep
from meetings.models import AgendaItem, AgreedPoint, Document, GroupReport, Passage, Session
from meetings.operations import reports
from meetings.operations.reports import Presentation, approve_report, draft_report, edit_report, present_report
from meetings.operations.silence import conclude_due_procedures
from meetings.permissions import can_approve_report, can_write_report
from meetings.report_text import Paragraph, draft_of, letter_of, paragraphs_of
from tests.factories import NOW, DocumentFactory, MembershipFactory, SessionFactory
from tests.meetings.circulating import text_of
from tests.meetings.deciding import CLOSES, chair_of, group_of, opened

pytestmark = pytest.mark.django_db
Clients = Callable[[Member | None], Client]
TEXT = """## Meetings

The group met [twice](https://wild.example/a):

- First meeting
- **Second** meeting

It will meet again.

## Outlook

- A forum
"""
AS_DOCUMENT = Presentation(symbol="Wild 3/5", title="Report of the group", language="en", visibility="members")


@pytest.fixture
def group(ana: Member, olga: Member) -> Group:
    """Ana sits in it; Olga is its Chair."""
    group = group_of(ana)
    chair_of(group, olga)
    return group


@pytest.fixture
def session() -> Session:
    return SessionFactory(number=3, code="WILD/3")


@pytest.fixture
def report(group: Group, session: Session, olga: Member) -> GroupReport:
    return GroupReport.objects.create(group=group, session=session, text=TEXT, drafted_at=NOW, drafted_by=olga.user)


def approved(report: GroupReport, chair: Member) -> GroupReport:
    return approve_report(report=report, seen=report.version, by=chair.user, now=NOW)


def presented(report: GroupReport, staff: Member, **fields: str) -> Document:
    how = Presentation(**vars(AS_DOCUMENT) | fields)
    return present_report(report=report, presentation=how, by=staff.user, now=NOW)


def meeting(group: Group, number: int, starts_at: datetime, **fields: object) -> Session:
    day, ends_at = starts_at.date(), starts_at + timedelta(hours=1)
    return Session.objects.create(
        kind=Session.Kind.GROUP, group=group, number=number, code=f"{group.slug}/{number}", name=f"Meeting {number}",
        starts_on=day, ends_on=day, starts_at=starts_at, ends_at=ends_at, **fields,
    )  # fmt: skip


# --- drafting ---------------------------------------------------------------------------------------------------------
def test_a_draft_holds_the_record_of_the_group(
    group: Group, session: Session, ana: Member, olga: Member, staff: Member, staff2: Member
) -> None:
    held = meeting(group, 1, NOW - timedelta(days=30), minutes_published_at=NOW, minutes_published_by=staff.user)
    meeting(group, 2, NOW - timedelta(days=20), cancelled_at=NOW, cancelled_by=staff.user)
    meeting(group, 3, CLOSES + timedelta(days=9))
    item = AgendaItem.objects.create(session=held, order=1, title="Tools")
    AgreedPoint.objects.create(item=item, order=1, text="Share one\ncatalogue")
    NextStep.objects.create(group=group, order=1, text="Choose tools", done_at=NOW, done_by=olga.user)
    NextStep.objects.create(group=group, order=2, text="Confirm the Chair", due_on=NOW.date())
    NextStep.objects.create(group=group, order=3, text="Write a guide")
    arrangements = DocumentFactory(
        group=group, symbol="AI/1", symbol_key="AI/1", titles={"en": "Working arrangements"}, visibility="members"
    )
    opened(group, staff, staff2, document=arrangements, title="Working arrangements")
    conclude_due_procedures(now=CLOSES)
    report = draft_report(group=group, session=session, by=olga.user, now=CLOSES)

    assert report.text == (
        "## Meetings\n\nThe group met:\n\n- Meeting 1, 21 October 2026\n\nThe meetings agreed:\n\n"
        "- Share one catalogue\n\n"
        "## Decisions\n\nPut to the members by silence procedure:\n\n"
        "- Working arrangements: Adopted by silence, 4 December 2026\n\n"
        "## Next steps\n\nCompleted:\n\n- Choose tools\n\nNot yet completed:\n\n"
        "- Confirm the Chair (due 20 November 2026)\n- Write a guide\n\n"
        "## Documents adopted\n\nAdopted:\n\n- AI/1 Working arrangements\n\n"
        "## Members\n\nMembers: 2. Offices they come from: 2. As of 4 December 2026.\n"
    )
    assert (report.drafted_by, report.version) == (olga.user, 1)


def test_a_group_without_a_record_says_so(group: Group) -> None:
    Membership.objects.filter(group=group, role=Membership.Role.CHAIR).delete()

    assert draft_of(group, NOW) == (
        "## Meetings\n\nNo meeting was held.\n\n"
        "## Decisions\n\nNo decision was taken by silence procedure.\n\n"
        "## Next steps\n\nNo step was completed.\n\nNo step is open.\n\n"
        "## Documents adopted\n\nNo document was adopted.\n\n"
        "## Members\n\nMembers: 1. Offices they come from: 1. As of 20 November 2026.\n"
    )


def test_the_next_report_begins_where_the_last_one_ended(
    group: Group, report: GroupReport, olga: Member, staff: Member, staff2: Member
) -> None:
    meeting(group, 1, NOW - timedelta(days=30))
    NextStep.objects.create(group=group, order=1, text="Before", done_at=NOW - timedelta(days=1), done_by=olga.user)
    DocumentFactory(group=group, adopted_at=NOW - timedelta(days=1))
    presented(approved(report, olga), staff)
    meeting(group, 2, NOW + timedelta(days=30))
    NextStep.objects.create(group=group, order=2, text="After", done_at=NOW + timedelta(days=1), done_by=olga.user)
    text = draft_of(group, NOW + timedelta(days=60))

    assert "Meeting 1" not in text
    assert "- Meeting 2, 20 December 2026" in text
    assert "Before" not in text
    assert "- After" in text
    assert "No document was adopted." in text
    assert "No decision was taken" in text


def test_only_who_runs_the_group_drafts(group: Group, session: Session, ana: Member, staff: Member) -> None:
    with pytest.raises(reports.NotTheirGroup) as refused:
        draft_report(group=group, session=session, by=ana.user, now=NOW)
    assert refused.value.message == "Only the Chair of the group or the Secretariat can do this."
    assert draft_report(group=group, session=session, by=staff.user, now=NOW).drafted_by == staff.user


def test_one_report_to_a_session(report: GroupReport, olga: Member) -> None:
    with pytest.raises(reports.ReportExists) as refused:
        draft_report(group=report.group, session=report.session, by=olga.user, now=NOW)
    assert refused.value.report == report
    assert refused.value.message == "This group has a report to this session already."


# --- editing ----------------------------------------------------------------------------------------------------------
def test_of_two_editors_the_second_is_shown_what_the_first_saved(
    report: GroupReport, olga: Member, staff: Member
) -> None:
    edit_report(report=report, text="By the Chair", seen=1, by=olga.user)

    with pytest.raises(reports.ReportChanged) as refused:
        edit_report(report=report, text="By the Secretariat", seen=1, by=staff.user)
    assert (refused.value.report.text, refused.value.report.version) == ("By the Chair", 2)
    assert "your text is kept below" in refused.value.message
    assert edit_report(report=report, text="Both", seen=2, by=staff.user).version == 3


def test_saving_the_same_text_changes_nothing(report: GroupReport, olga: Member) -> None:
    approved(report, olga)
    same = edit_report(report=report, text=TEXT, seen=1, by=olga.user)

    assert (same.version, same.approved_at) == (1, NOW)


def test_an_approval_does_not_outlive_the_text_it_was_for(report: GroupReport, olga: Member, staff: Member) -> None:
    approved(report, olga)
    changed = edit_report(report=report, text="Other words", seen=1, by=staff.user)

    assert (changed.approved_at, changed.approved_by) == (None, None)
    with pytest.raises(reports.NotApproved) as refused:
        presented(report, staff)
    assert refused.value.message == "The Chair has not approved this text: it cannot be presented."


def test_only_who_runs_the_group_edits(report: GroupReport, ana: Member) -> None:
    assert can_write_report(ana.user, report) is False
    with pytest.raises(reports.NotTheirGroup):
        edit_report(report=report, text="Mine", seen=1, by=ana.user)


# --- approving --------------------------------------------------------------------------------------------------------
def test_the_chair_approves_the_text_that_was_read(
    report: GroupReport, ana: Member, olga: Member, staff: Member
) -> None:
    for other in (ana, staff):
        with pytest.raises(reports.NotItsChair) as refused:
            approved(report, other)
    assert refused.value.message == "Only the Chair or a Vice-Chair of the group approves its report."
    with pytest.raises(reports.ReportChanged):
        approve_report(report=report, seen=2, by=olga.user, now=NOW)
    assert approved(report, olga).approved_by == olga.user
    with pytest.raises(reports.ReportApproved) as again:
        approved(report, olga)
    assert again.value.message == "This report is approved already."
    assert can_approve_report(staff.user, report.group) is False


# --- presenting -------------------------------------------------------------------------------------------------------
def test_a_presented_report_is_a_document_with_paragraphs_points_and_a_file(
    report: GroupReport, olga: Member, staff: Member
) -> None:
    document = presented(approved(report, olga), staff)
    report.refresh_from_db()

    assert (report.document, report.presented_at, report.presented_by) == (document, NOW, staff.user)
    assert (document.symbol, document.symbol_key, document.slug) == ("Wild 3/5", "WILD/3/5", "wild-3-report-ai-tools")
    assert (document.kind, document.session, document.group) == ("report", report.session, report.group)
    assert (document.visibility, document.issued_on) == ("members", NOW.date())
    rows = document.passages.values_list("anchor", "label", "local_label", "section", "text", "parent__anchor")
    assert list(rows.order_by("order")) == [
        ("para-1", "1", "", "Meetings", "The group met twice (https://wild.example/a):", None),
        ("point-a", "a", "a", "Meetings", "First meeting", "para-1"),
        ("point-b", "b", "b", "Meetings", "Second meeting", "para-1"),
        ("para-2", "2", "", "Meetings", "It will meet again.", None),
        ("para-3", "3", "", "Outlook", "A forum", None),
    ]
    assert set(document.passages.values_list("is_official", flat=True)) == {True}
    file = document.files.get()
    assert (file.language, file.file.name) == ("en", "wild-3-report-ai-tools.docx")
    with file.file.content.open("rb") as content:
        words = [paragraph.text for paragraph in docx.Document(BytesIO(content.read())).paragraphs]
    assert words[:6] == [
        "Wild 3/5", "Report of the group", "AI Tools Collaboration Group", "Meetings",
        "1. The group met twice (https://wild.example/a):", "(a) First meeting",
    ]  # fmt: skip


def test_an_arabic_report_runs_from_right_to_left(report: GroupReport, olga: Member, staff: Member) -> None:
    document = presented(approved(report, olga), staff, language="ar")

    with document.files.get().file.content.open("rb") as content:
        body = docx.Document(BytesIO(content.read())).element.body
    assert body.xpath("count(.//w:p[not(w:pPr/w:bidi)])") == 0
    assert document.titles == {"en": "Report of the group", "ar": "Report of the group"}


def test_a_symbol_names_one_document_however_it_is_spelled(report: GroupReport, olga: Member, staff: Member) -> None:
    DocumentFactory(symbol="WILD/3/5", symbol_key="WILD/3/5")
    approved(report, olga)

    with pytest.raises(reports.SymbolTaken) as refused:
        presented(report, staff, symbol="wild-3-5")
    assert refused.value.message == "Another document has the symbol WILD/3/5."
    with pytest.raises(reports.NoSymbol) as missing:
        presented(report, staff, symbol=" / ")
    assert missing.value.message == "Give a symbol such as WILD/3/5."
    assert Document.objects.count() == 1


def test_an_address_that_is_taken_gets_a_number(report: GroupReport, olga: Member, staff: Member) -> None:
    DocumentFactory(slug="wild-3-report-ai-tools")

    assert presented(approved(report, olga), staff).slug == "wild-3-report-ai-tools-2"


def test_the_secretariat_presents_once(report: GroupReport, olga: Member, staff: Member) -> None:
    approved(report, olga)
    with pytest.raises(NotOfTheSecretariat):
        presented(report, olga)
    presented(report, staff)

    for act in (
        lambda: presented(report, staff, symbol="WILD/3/6"),
        lambda: edit_report(report=report, text="More", seen=1, by=staff.user),
        lambda: approved(report, olga),
    ):
        with pytest.raises(reports.ReportPresented) as refused:
            act()
    assert refused.value.message == "This report was presented: it does not change any more."
    assert Document.objects.filter(kind="report").count() == 1
    report.refresh_from_db()
    assert can_write_report(staff.user, report) is False


def test_a_report_without_words_is_not_presented(report: GroupReport, olga: Member, staff: Member) -> None:
    edit_report(report=report, text="## Only a heading", seen=1, by=olga.user)
    report.refresh_from_db()
    approved(report, olga)

    with pytest.raises(reports.NothingToPresent) as refused:
        presented(report, staff)
    assert refused.value.message == "The report has no text."


def test_the_longest_report_is_presented(report: GroupReport, olga: Member, staff: Member) -> None:
    edit_report(report=report, text="Points:\n\n" + "- a\n" * 2000, seen=1, by=olga.user)
    report.refresh_from_db()
    approved(report, olga)

    assert presented(report, staff).passages.count() == 2001
    assert Passage.objects.order_by("-order").first().anchor == "point-bxx"


# --- the text taken apart ---------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("markdown", "found"),
    [
        ("", []),
        ("A *b* `c`\nd  \ne", [Paragraph("", "A b c d e")]),
        ("- one\n- two", [Paragraph("", "one"), Paragraph("", "two")]),
        ("Head\n\n1. one\n   - deep\n2. two", [Paragraph("", "Head", ["one", "deep", "two"])]),
        ("# T\n\n- one\n\n## U\n\nText", [Paragraph("T", "one"), Paragraph("U", "Text")]),
        ("Text\n\n    code\n\n- one", [Paragraph("", "Text"), Paragraph("", "code", ["one"])]),
        ("<b>x</b> <https://a.example>", [Paragraph("", "<b>x</b> https://a.example")]),
        ("![a picture](https://a.example/x.png)", [Paragraph("", "a picture")]),
    ],
)
def test_markdown_becomes_paragraphs_and_points(markdown: str, found: list[Paragraph]) -> None:
    assert paragraphs_of(markdown) == found


@pytest.mark.parametrize(("number", "letter"), [(1, "a"), (26, "z"), (27, "aa"), (52, "az"), (53, "ba"), (703, "aaa")])
def test_letters_run_on_after_z(number: int, letter: str) -> None:
    assert letter_of(number) == letter


# --- pages ------------------------------------------------------------------------------------------------------------
BASE = "/groups/ai-tools/reports/"


def get(client_of: Clients, member: Member | None, url: str) -> HttpResponse:
    with time_machine.travel(NOW, tick=False):
        return client_of(member).get(url)


def post(client_of: Clients, member: Member, url: str, **data: object) -> HttpResponse:
    with time_machine.travel(NOW, tick=False):
        return client_of(member).post(url, data)


def test_a_report_goes_its_way_from_draft_to_document(
    group: Group, session: Session, ana: Member, olga: Member, staff: Member, client_of: Clients
) -> None:
    assert "This group has not reported yet." in text_of(get(client_of, ana, BASE))
    made = post(client_of, olga, f"{BASE}new/", session=session.pk)
    report = GroupReport.objects.get()
    page = f"{BASE}{report.pk}/"
    assert made["Location"] == f"{page}edit/"
    assert post(client_of, staff, f"{BASE}new/", session=session.pk)["Location"] == page
    post(client_of, olga, f"{page}edit/", text=TEXT, seen=1)
    assert "It can be presented when the Chair has approved it." in text_of(get(client_of, staff, page))
    assert "Approve this text" in text_of(get(client_of, olga, page))
    post(client_of, olga, f"{page}approve/", seen=2)
    assert "Present it to the session" in text_of(get(client_of, staff, page))
    how = {"symbol": "WILD/3/5", "title": "Report", "language": "en", "visibility": "public"}
    done = post(client_of, staff, f"{page}present/", **how)

    assert done["Location"] == "/documents/WILD/3/5/"
    shown = text_of(get(client_of, None, "/documents/WILD/3/5/"))
    assert "The group met twice" in shown
    assert "First meeting" in shown
    assert "WILD/3/5" in text_of(get(client_of, ana, BASE))
    assert "does not change any more" in text_of(get(client_of, olga, f"{page}edit/"))
    assert "does not change any more" in text_of(get(client_of, staff, f"{page}present/"))


def test_the_conflict_of_two_editors_is_shown_with_both_texts(
    report: GroupReport, olga: Member, staff: Member, client_of: Clients
) -> None:
    page = f"{BASE}{report.pk}/edit/"
    post(client_of, olga, page, text="Words of the Chair", seen=1)
    conflict = post(client_of, staff, page, text="Words of the Secretariat", seen=1)

    assert conflict.status_code == 409
    assert "Words of the Chair</pre>" in conflict.content.decode()
    assert "Words of the Secretariat</textarea>" in conflict.content.decode()
    report.refresh_from_db()
    assert report.text == "Words of the Chair"
    assert 'name="seen" value="2"' in conflict.content.decode()
    assert post(client_of, staff, page, text="Both", seen=2).status_code == 302


def test_the_report_is_for_those_inside(
    report: GroupReport, ana: Member, chloe: Member, gustav: Member, client_of: Clients
) -> None:
    MembershipFactory(group=report.group, member=gustav, role=Membership.Role.GUEST)
    page = f"{BASE}{report.pk}/"

    assert [get(client_of, each, page).status_code for each in (ana, gustav, chloe, None)] == [200, 200, 404, 302]
    assert [get(client_of, ana, f"{page}{name}/").status_code for name in ("edit", "approve", "present")] == [
        403, 405, 403,
    ]  # fmt: skip
    assert get(client_of, ana, f"{BASE}new/").status_code == 403
    assert post(client_of, ana, f"{page}approve/", seen=1).status_code == 403


def test_a_text_of_which_another_version_was_read_is_not_approved(
    report: GroupReport, olga: Member, client_of: Clients
) -> None:
    page = f"{BASE}{report.pk}/"

    for seen in ("2", "x", ""):
        answer = post(client_of, olga, f"{page}approve/", seen=seen)
        assert (answer.status_code, "Nothing was done." in text_of(answer)) == (409, True)
    report.refresh_from_db()
    assert report.approved_at is None


def test_what_cannot_be_saved_or_presented_is_said(
    report: GroupReport, olga: Member, staff: Member, client_of: Clients
) -> None:
    page = f"{BASE}{report.pk}/"
    early = post(client_of, staff, f"{page}present/", symbol="WILD/3/5", title="R", language="en", visibility="public")
    assert (early.status_code, "has not approved" in text_of(early)) == (409, True)
    for text in ("", "a\x00b", "x" * 60_001):
        answer = post(client_of, olga, f"{page}edit/", text=text, seen=1)
        assert "Not saved yet" in text_of(answer)
    script = "<script>alert(1)</script>"
    post(client_of, olga, f"{page}edit/", text=script, seen=1)
    assert script not in get(client_of, olga, page).content.decode()
    staffs_only = post(client_of, staff, f"{page}present/", symbol="A", title="R", language="en", visibility="staff")
    assert "Select a valid choice." in text_of(staffs_only)


def test_a_draft_is_made_in_the_language_of_who_drafts(group: Group, olga: Member) -> None:
    with translation.override("fr"):
        assert "20 novembre 2026" in draft_of(group, NOW)
