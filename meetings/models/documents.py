"""Documents by symbol, their files by language, and their numbered paragraphs and lettered points."""

from __future__ import annotations

import re
import unicodedata

import pghistory
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import Member, User, text_in
from groups.models import Group
from library.models import StoredFile, Term
from meetings.models.sessions import Session

SEPARATORS = re.compile(r"[\s/.\\_\u2010-\u2015\u2212-]+")


def normalised_symbol(symbol: str) -> str:
    """A symbol as it stands in an address: "WILD/1/2 Rev." becomes "WILD/1/2/REV" (decisions.md 9).

    However it is typed ("wild 1 2", "WILD-1-2") it comes out the same; "" where nothing of a symbol is left.
    """
    return SEPARATORS.sub("/", unicodedata.normalize("NFKC", symbol).replace("\x00", "")).strip("/").upper()


class DocumentQuerySet(models.QuerySet["Document"]):
    """Phrases about documents."""

    def visible_to(self, user: User | AnonymousUser) -> DocumentQuerySet:
        """Public ones for all, members' ones for members, a group's ones for its seats; the Secretariat reads all."""
        if not user.is_authenticated:
            return self.filter(visibility=Document.Visibility.PUBLIC)
        if user.is_staff:
            return self
        member_of = Member.objects.current().filter(user=user).exclude(office=None)
        return self.filter(
            Q(visibility=Document.Visibility.PUBLIC)
            | Q(visibility=Document.Visibility.GROUP, group__in=Group.objects.sat_in_by(user))
            | Q(models.Exists(member_of), visibility=Document.Visibility.MEMBERS)
        )

    def at_address(self, text: str) -> DocumentQuerySet:
        """Those that `text` may mean: a symbol in any spelling, or a permanent address whatever its case."""
        return self.filter(Q(symbol_key=normalised_symbol(text)) | Q(slug__iexact=text.replace("\x00", "").strip("/ ")))

    def named(self, words: str) -> DocumentQuerySet:
        """Those whose symbol or title, in any language, contains `words`; case does not matter."""
        words = words.replace("\x00", "").strip()
        found = Q(symbol__icontains=words)
        if key := normalised_symbol(words):
            found |= Q(symbol_key__contains=key)
        for language, _name in settings.LANGUAGES:
            found |= Q(**{f"titles__{language}__icontains": words})
        return self.filter(found)

    def in_language(self, language: str) -> DocumentQuerySet:
        """Those that exist in a language: with a file or link of their own, or reported to exist."""
        has_file = DocumentFile.objects.filter(document=models.OuterRef("pk"), language=language, status="final")
        return self.filter(Q(known_languages__contains=[language]) | models.Exists(has_file))

    def for_list(self, user: User | AnonymousUser) -> DocumentQuerySet:
        """By session, newest first, then by group; with the language versions that `user` may read at hand."""
        files = models.Prefetch(
            "files", DocumentFile.objects.visible_to(user).newest().select_related("file"), to_attr="readable_files"
        )
        newest_session, by_symbol = F("session__starts_on").desc(nulls_last=True), F("symbol_key").asc(nulls_last=True)
        together = self.select_related("session", "group").prefetch_related(files)
        return together.order_by(newest_session, "group", by_symbol, "pk")


@pghistory.track()
class Document(models.Model):
    """A document with a permanent address; the symbol, where it has one, is unique once normalised."""

    class Kind(models.TextChoices):
        WORKING = "working", _("Working document")
        INFORMATION = "information", _("Information document")
        SUMMARY = "summary", _("Summary")
        PROGRAM = "program", _("Program")
        PRESENTATION = "presentation", _("Presentation")
        REPORT = "report", _("Report")
        PARTICIPANTS = "list_of_participants", _("List of participants")
        MINUTES = "minutes", _("Minutes")
        ARRANGEMENTS = "arrangements", _("Working arrangements")

    class Visibility(models.TextChoices):
        PUBLIC = "public", _("Public")
        MEMBERS = "members", _("Members")
        GROUP = "group", _("One group")
        STAFF = "staff", _("Secretariat")

    slug = models.SlugField(_("address"), max_length=80, unique=True)
    symbol = models.CharField(_("symbol"), max_length=60, blank=True)
    symbol_key = models.CharField(_("symbol in addresses"), max_length=60, null=True, blank=True, unique=True)
    titles = models.JSONField(_("title by language"))
    kind = models.CharField(_("kind"), max_length=20, choices=Kind.choices)
    visibility = models.CharField(
        _("who may read it"), max_length=8, choices=Visibility.choices, default=Visibility.STAFF
    )
    session = models.ForeignKey(
        Session, on_delete=models.PROTECT, null=True, blank=True, related_name="documents", verbose_name=_("session")
    )
    group = models.ForeignKey(
        Group, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("group")
    )
    replaces = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="replaced_by", verbose_name=_("replaces")
    )
    adopted_at = models.DateTimeField(_("adopted"), null=True, blank=True, editable=False)
    issued_on = models.DateField(_("date of issue"), null=True, blank=True)
    page_url = models.URLField(_("page on the WIPO site"), blank=True)
    doc_id = models.PositiveIntegerField(_("WIPO document id"), null=True, blank=True)
    licence = models.CharField(_("licence"), max_length=200, blank=True)
    attribution = models.CharField(_("attribution"), max_length=300, blank=True)
    known_languages = models.JSONField(
        _("languages known to exist"),
        default=list,
        blank=True,
        help_text=_("Codes of languages that exist on the WIPO site without a file or link of their own here."),
    )
    are_paragraph_numbers_counted = models.BooleanField(_("paragraph numbers reconstructed by counting"), default=False)
    is_record = models.BooleanField(_("from the record"), default=False)

    readable_files: list[DocumentFile]  # brought by `for_list`

    objects = DocumentQuerySet.as_manager()

    class Meta:
        verbose_name = _("document")
        verbose_name_plural = _("documents")
        ordering = ["session", "pk"]
        constraints = [
            models.CheckConstraint(
                name="document_symbol_has_key",
                condition=Q(symbol="", symbol_key=None) | (~Q(symbol="") & Q(symbol_key__isnull=False)),
            ),
            models.CheckConstraint(
                name="document_of_group_names_it", condition=~Q(visibility="group") | Q(group__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return self.symbol or self.title

    def get_absolute_url(self) -> str:
        """By symbol where there is one, else by the permanent address."""
        return reverse("document_detail", args=[self.symbol_key or self.slug])

    @property
    def title(self) -> str:
        """The title in the active language, else in English."""
        return text_in(self.titles)

    def paragraphs(self) -> models.QuerySet[Passage]:
        """The paragraphs in their order, each with its points at hand."""
        return self.passages.filter(parent=None).prefetch_related("points")

    def in_each_language(self) -> list[tuple[str, str, DocumentFile | None, bool]]:
        """For each of the six languages: code, name, the version one may read, whether the language exists at all.

        Reads `readable_files`, which `for_list` brings.
        """
        files = {file.language: file for file in self.readable_files}
        return [
            (code, str(name), files.get(code), code in files or code in self.known_languages)
            for code, name in settings.LANGUAGES
        ]


class DocumentFileQuerySet(models.QuerySet["DocumentFile"]):
    """Phrases about language versions."""

    def visible_to(self, user: User | AnonymousUser) -> DocumentFileQuerySet:
        """Final versions of the documents one may read; the Secretariat also sees drafts."""
        visible = self.filter(document__in=Document.objects.visible_to(user))
        return visible if user.is_staff else visible.filter(status=DocumentFile.Status.FINAL)

    def newest(self) -> DocumentFileQuerySet:
        """The newest version in every language of every document."""
        return self.order_by("document_id", "language", "-version").distinct("document_id", "language")


@pghistory.track()
class DocumentFile(models.Model):
    """One language version of a document: a file of ours or a link."""

    class Status(models.TextChoices):
        FINAL = "final", _("Final")
        DRAFT = "draft", _("Draft")

    document = models.ForeignKey(Document, on_delete=models.CASCADE, related_name="files", verbose_name=_("document"))
    language = models.CharField(_("language"), max_length=10, choices=settings.LANGUAGES)
    version = models.PositiveSmallIntegerField(_("version"), default=1)
    status = models.CharField(_("status"), max_length=5, choices=Status.choices, default=Status.FINAL)
    file = models.ForeignKey(
        StoredFile, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("file")
    )
    url = models.URLField(_("link"), blank=True)

    objects = DocumentFileQuerySet.as_manager()

    class Meta:
        verbose_name = _("language version")
        verbose_name_plural = _("language versions")
        ordering = ["document", "language", "-version"]
        constraints = [
            models.UniqueConstraint(fields=["document", "language", "version"], name="document_file_once"),
            models.CheckConstraint(
                name="document_file_is_file_or_link",
                condition=(Q(file__isnull=False) & Q(url="")) | (Q(file=None) & ~Q(url="")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.document} ({self.language})"

    def get_absolute_url(self) -> str:
        """Where the version is read: our file, else the link."""
        return self.file.get_absolute_url() if self.file else self.url


@pghistory.track()
class Passage(models.Model):
    """A numbered paragraph or a lettered point of a document, with a permanent anchor (`para-29`, `point-an`).

    `text` is our short form unless `is_official`; points keep both letterings (D02).
    """

    class Kind(models.TextChoices):
        PARAGRAPH = "paragraph", _("Paragraph")
        POINT = "point", _("Point")

    document = models.ForeignKey(
        Document, on_delete=models.CASCADE, related_name="passages", verbose_name=_("document")
    )
    parent = models.ForeignKey(
        "self", on_delete=models.CASCADE, null=True, blank=True, related_name="points", verbose_name=_("paragraph")
    )
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    order = models.PositiveSmallIntegerField(_("order"))
    anchor = models.CharField(_("anchor"), max_length=20)
    label = models.CharField(_("number or letter"), max_length=10)
    local_label = models.CharField(_("letter within the paragraph"), max_length=10, blank=True)
    section = models.CharField(_("section heading"), max_length=200, blank=True)
    cluster = models.CharField(_("group of points"), max_length=200, blank=True)
    heading = models.CharField(_("heading"), max_length=200, blank=True)
    is_heading_official = models.BooleanField(_("heading of the source"), default=False)
    text = models.TextField(_("text"))
    is_official = models.BooleanField(_("official wording"), default=False)
    topics = models.ManyToManyField(Term, blank=True, related_name="+", verbose_name=_("topics"))

    action_item: object  # the action item that it is, where a page has looked it up

    class Meta:
        verbose_name = _("paragraph or point")
        verbose_name_plural = _("paragraphs and points")
        ordering = ["document", "order"]
        constraints = [
            models.UniqueConstraint(fields=["document", "anchor"], name="passage_anchor_once"),
            models.UniqueConstraint(fields=["document", "order"], name="passage_order_once"),
            models.CheckConstraint(
                name="passage_point_has_paragraph",
                condition=Q(kind="paragraph", parent=None) | Q(kind="point", parent__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.document}, {self.label}"

    def get_absolute_url(self) -> str:
        """The permanent address of the passage."""
        return f"{self.document.get_absolute_url()}#{self.anchor}"
