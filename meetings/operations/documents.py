"""Documents with their paragraphs and points: issued for a group, and taken over from the record."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.files.base import File
from django.db import transaction
from django.db.models import Q

from accounts.deadlines import GENEVA
from accounts.models import User
from consultations.operations import NotOfTheSecretariat
from consultations.permissions import can_run_rounds
from groups.models import Group
from library.models import Term
from library.operations import store_file
from meetings.models import Document, DocumentFile, Passage
from meetings.models.documents import normalised_symbol
from meetings.operations.record import Entry, sessions_of, slug_of, summary_of

KINDS = {
    "summary": Document.Kind.SUMMARY,
    "list_of_participants": Document.Kind.PARTICIPANTS,
    "program": Document.Kind.PROGRAM,
    "survey_report": Document.Kind.REPORT,
    "presentation": Document.Kind.PRESENTATION,
}


@dataclass(frozen=True, kw_only=True)
class Issue:
    """A document of a group that is there from a day on: `kind` and `visibility` are those of Document."""

    slug: str
    titles: Mapping[str, str]
    kind: str
    visibility: str
    language: str


@transaction.atomic
def issue_document(*, group: Group, issue: Issue, upload: File, by: User, now: datetime) -> Document:
    """Adds a document of a group with its first language version, as of the Geneva day of `now`.

    Raises NotOfTheSecretariat, and FileRefused for the file.
    """
    if not can_run_rounds(by):
        raise NotOfTheSecretariat
    document = Document.objects.create(
        slug=issue.slug,
        titles=dict(issue.titles),
        kind=issue.kind,
        visibility=issue.visibility,
        group=group,
        issued_on=now.astimezone(GENEVA).date(),
    )
    file = store_file(upload=upload, by=by, now=now)
    DocumentFile.objects.create(document=document, language=issue.language, file=file)
    return document


@transaction.atomic
def load_documents(*, record: Entry) -> Counter[str]:
    """Adds the documents, and to the Summary its paragraphs and points with topics. Returns how many rows were added.

    None has a file here: all link to their page on the WIPO site, and all are public. Sessions and terms must exist.
    """
    added: Counter[str] = Counter()
    sessions = sessions_of(record)
    for entry in record["documents"]:
        fields = _document_fields(entry)
        same = Q(slug=slug_of(entry)) | Q(symbol_key=fields["symbol_key"] or slug_of(entry))
        if Document.objects.filter(same).exists():
            continue
        document = Document.objects.create(slug=slug_of(entry), session=sessions[entry["session"]], **fields)
        added += Counter(documents=1)
        if entry is summary_of(record):
            added += _add_passages(document, record)
    return added


def _document_fields(entry: Entry) -> dict[str, Any]:
    symbol = entry["symbol"] or ""
    return {
        "symbol": symbol,
        "symbol_key": normalised_symbol(symbol) or None,
        "titles": {"en": entry["title"]},
        "kind": KINDS[entry["kind"]],
        "visibility": Document.Visibility.PUBLIC,
        "page_url": entry["page_url"] or "",
        "doc_id": entry["doc_id"],
        "licence": entry["licence"] or "",
        "attribution": entry.get("author", ""),
        "known_languages": entry["languages_known"],
        "are_paragraph_numbers_counted": entry["key"] == "summary",  # D03
        "is_record": True,
    }


def _add_passages(document: Document, record: Entry) -> Counter[str]:
    paragraphs, points, topics = _passages(document, record)
    Passage.objects.bulk_create(paragraphs)
    Passage.objects.bulk_create(points)
    terms = {term.slug: term for term in Term.objects.all()}
    links = [
        Passage.topics.through(passage=point, term=terms[slug])
        for point, slugs in zip(points, topics, strict=True)
        for slug in slugs
    ]
    Passage.topics.through.objects.bulk_create(links)
    return Counter(paragraphs=len(paragraphs), points=len(points), topics=len(links))


def _passages(document: Document, record: Entry) -> tuple[list[Passage], list[Passage], list[list[str]]]:
    """Paragraphs, points and the topics of each point, in the order of the document."""
    entries = {entry["letter"]: entry for entry in record["points"]}
    wording = {entry["letter_in_summary"]: entry["official_text_with_list_punctuation"] for entry in record["actions"]}
    clusters = {entry["id"]: entry["title"] for entry in record["clusters"]}
    paragraphs: list[Passage] = []
    points: list[Passage] = []
    topics: list[list[str]] = []
    for paragraph_entry in record["paragraphs"]:
        paragraph = _paragraph(document, paragraph_entry, order=len(paragraphs) + len(points) + 1)
        paragraphs.append(paragraph)
        for letter in paragraph_entry["points"]:
            point = _point(paragraph, entries[letter], order=len(paragraphs) + len(points) + 1)
            point.cluster = paragraph.cluster = clusters[entries[letter]["cluster"]]
            if letter in wording:  # the five action items, the only points whose wording the record holds
                point.text, point.is_official = wording[letter], True
            points.append(point)
            topics.append(entries[letter]["topics"])
    return paragraphs, points, topics


def _paragraph(document: Document, entry: Entry, *, order: int) -> Passage:
    return Passage(
        document=document,
        kind=Passage.Kind.PARAGRAPH,
        order=order,
        anchor=f"para-{entry['number']}",
        label=str(entry["number"]),
        section=entry["section"],
        text=entry["short"],
    )


def _point(paragraph: Passage, entry: Entry, *, order: int) -> Passage:
    return Passage(
        document=paragraph.document,
        parent=paragraph,
        kind=Passage.Kind.POINT,
        order=order,
        anchor=f"point-{entry['letter']}",
        label=entry["letter"],
        local_label=entry["local_letter"],
        section=paragraph.section,
        heading=entry["heading"],
        is_heading_official=entry["heading_source"] == "official",
        text=entry["short"],
    )
