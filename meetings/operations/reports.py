"""Reports of groups to the plenary: drafted, edited, approved by the Chair, presented as a document with a symbol."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.core.files.base import ContentFile
from django.db import IntegrityError, transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _

from accounts.deadlines import GENEVA
from accounts.models import User
from accounts.operations.refusals import NotAuthorised, Refusal
from consultations.operations.refusals import NotOfTheSecretariat
from groups.models import Group
from groups.permissions import can_run
from library.operations import store_file
from meetings.exports.group_report import ReportFile, write
from meetings.models import Document, DocumentFile, GroupReport, Passage, Session
from meetings.models.documents import normalised_symbol
from meetings.permissions import can_approve_report, can_present_report
from meetings.report_text import Paragraph, draft_of, letter_of, paragraphs_of

LONGEST_HEADING, LONGEST_SLUG = 200, 80


class NotTheirGroup(NotAuthorised):
    """Neither runs the group nor is of the Secretariat."""

    @property
    def message(self) -> str:
        return _("Only the Chair of the group or the Secretariat can do this.")


class NotItsChair(NotAuthorised):
    """The report is the group's own."""

    @property
    def message(self) -> str:
        return _("Only the Chair or a Vice-Chair of the group approves its report.")


class ReportExists(Refusal):
    """One report of a group to a session; `report` is the one that exists."""

    def __init__(self, report: GroupReport) -> None:
        super().__init__(report.pk)
        self.report = report

    @property
    def message(self) -> str:
        return _("This group has a report to this session already.")


class ReportChanged(Refusal):
    """A colleague has saved another text since this one was read; `report` is as it stands now."""

    def __init__(self, report: GroupReport) -> None:
        super().__init__(report.pk)
        self.report = report

    @property
    def message(self) -> str:
        return _("A colleague has changed this report in the meantime. Nothing was saved; your text is kept below.")


class ReportPresented(Refusal):
    """What the plenary has stays as it is."""

    @property
    def message(self) -> str:
        return _("This report was presented: it does not change any more.")


class ReportApproved(Refusal):
    """Somebody was faster."""

    @property
    def message(self) -> str:
        return _("This report is approved already.")


class NotApproved(Refusal):
    """The Chair comes first."""

    @property
    def message(self) -> str:
        return _("The Chair has not approved this text: it cannot be presented.")


class NothingToPresent(Refusal):
    """A document has paragraphs."""

    @property
    def message(self) -> str:
        return _("The report has no text.")


class NoSymbol(Refusal):
    """Nothing of a symbol is left once it is written as in addresses."""

    @property
    def message(self) -> str:
        return _("Give a symbol such as WILD/3/5.")


class SymbolTaken(Refusal):
    """A symbol names one document, however it is spelled; `symbol` is how addresses write it."""

    def __init__(self, symbol: str) -> None:
        super().__init__(symbol)
        self.symbol = symbol

    @property
    def message(self) -> str:
        return _("Another document has the symbol %(symbol)s.") % {"symbol": self.symbol}


@dataclass(frozen=True, kw_only=True)
class Presentation:
    """How a report becomes a document."""

    symbol: str
    title: str
    language: str
    visibility: str


@transaction.atomic
def draft_report(*, group: Group, session: Session, by: User, now: datetime) -> GroupReport:
    """Drafts the report of a group to a session from its record, in the active language.

    Raises NotTheirGroup and ReportExists.
    """
    if not can_run(by, group):
        raise NotTheirGroup
    try:
        with transaction.atomic():
            return GroupReport.objects.create(
                group=group, session=session, text=draft_of(group, now), drafted_at=now, drafted_by=by
            )
    except IntegrityError as error:
        raise ReportExists(GroupReport.objects.get(group=group, session=session)) from error


@transaction.atomic
def edit_report(*, report: GroupReport, text: str, seen: int, by: User) -> GroupReport:
    """Keeps a new text; `seen` is the version its author has read. An approval does not outlive the text it was for.

    Raises NotTheirGroup, ReportPresented and ReportChanged.
    """
    locked = _locked(report)
    if not can_run(by, locked.group):
        raise NotTheirGroup
    if locked.presented_at is not None:
        raise ReportPresented
    if locked.version != seen:
        raise ReportChanged(locked)
    if locked.text == text:
        return locked
    locked.text, locked.version = text, seen + 1
    locked.approved_at = locked.approved_by = None
    locked.save(update_fields=["text", "version", "approved_at", "approved_by"])
    return locked


@transaction.atomic
def approve_report(*, report: GroupReport, seen: int, by: User, now: datetime) -> GroupReport:
    """The Chair approves the text of version `seen`.

    Raises NotItsChair, ReportPresented, ReportChanged and ReportApproved.
    """
    locked = _locked(report)
    if not can_approve_report(by, locked.group):
        raise NotItsChair
    if locked.presented_at is not None:
        raise ReportPresented
    if locked.version != seen:
        raise ReportChanged(locked)
    if locked.approved_at is not None:
        raise ReportApproved
    locked.approved_at, locked.approved_by = now, by
    locked.save(update_fields=["approved_at", "approved_by"])
    return locked


@transaction.atomic
def present_report(*, report: GroupReport, presentation: Presentation, by: User, now: datetime) -> Document:
    """Presents an approved report to its session: a document with a symbol, paragraphs, points and a Word file.

    Raises NotOfTheSecretariat, ReportPresented, NotApproved, NothingToPresent, NoSymbol and SymbolTaken.
    """
    if not can_present_report(by):
        raise NotOfTheSecretariat
    locked = _locked(report)
    if locked.presented_at is not None:
        raise ReportPresented
    if locked.approved_at is None:
        raise NotApproved
    paragraphs = paragraphs_of(locked.text)
    if not paragraphs:
        raise NothingToPresent
    document = _document(locked, presentation, now)
    _add_passages(document, paragraphs)
    _add_file(document, locked, presentation, paragraphs, by, now)
    locked.presented_at, locked.presented_by, locked.document = now, by, document
    locked.save(update_fields=["presented_at", "presented_by", "document"])
    return document


def _locked(report: GroupReport) -> GroupReport:
    rows = GroupReport.objects.select_related("group", "session").select_for_update(of=("self",), no_key=True)
    return rows.get(pk=report.pk)


def _document(report: GroupReport, presentation: Presentation, now: datetime) -> Document:
    key = normalised_symbol(presentation.symbol)
    if not key:
        raise NoSymbol
    try:
        with transaction.atomic():
            return Document.objects.create(
                slug=_free_slug(report),
                symbol=presentation.symbol,
                symbol_key=key,
                titles={"en": presentation.title, presentation.language: presentation.title},
                kind=Document.Kind.REPORT,
                visibility=presentation.visibility,
                session=report.session,
                group=report.group,
                issued_on=now.astimezone(GENEVA).date(),
            )
    except IntegrityError as error:
        raise SymbolTaken(key) from error


def _free_slug(report: GroupReport) -> str:
    """A permanent address that no document has, such as wild-3-report-cio-network."""
    stem = slugify(f"{report.session.code.replace('/', '-')}-report-{report.group.slug}")[: LONGEST_SLUG - 4]
    taken = set(Document.objects.filter(slug__startswith=stem).values_list("slug", flat=True))
    names = [stem, *(f"{stem}-{number}" for number in range(2, len(taken) + 3))]
    return next(name for name in names if name not in taken)


def _add_passages(document: Document, paragraphs: list[Paragraph]) -> None:
    """Paragraphs are numbered, points lettered through the whole text and again within each paragraph."""
    rows: list[Passage] = []
    points: list[Passage] = []
    for number, each in enumerate(paragraphs, 1):
        place = {"document": document, "section": each.section[:LONGEST_HEADING], "is_official": True}
        row = Passage(**place, kind=Passage.Kind.PARAGRAPH, anchor=f"para-{number}", label=str(number), text=each.text)
        row.order = len(rows) + len(points) + 1
        rows.append(row)
        for local, text in enumerate(each.points, 1):
            letter = letter_of(len(points) + 1)
            point = Passage(**place, kind=Passage.Kind.POINT, anchor=f"point-{letter}", label=letter, text=text)
            point.parent, point.local_label = row, letter_of(local)
            point.order = len(rows) + len(points) + 1
            points.append(point)
    Passage.objects.bulk_create(rows)
    Passage.objects.bulk_create(points)


def _add_file(
    document: Document,
    report: GroupReport,
    presentation: Presentation,
    paragraphs: list[Paragraph],
    by: User,
    now: datetime,
) -> None:
    content = write(
        ReportFile(
            title=presentation.title,
            symbol=presentation.symbol,
            group=report.group.name,
            language=presentation.language,
            made_at=now,
            paragraphs=paragraphs,
        )
    )
    upload = ContentFile(content, name=f"{document.slug}.docx")
    stored = store_file(upload=upload, by=by, now=now)
    DocumentFile.objects.create(document=document, language=presentation.language, file=stored)
