"""Asking offices for one answer by a deadline: engine of circulations, surveys and questions (decisions.md 3, 4)."""

from __future__ import annotations

from datetime import datetime, timedelta

import pghistory
from django.contrib.auth.models import AnonymousUser
from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Member, Office, User, text_in
from library.models import StoredFile

LAST_MILLISECOND = timedelta(milliseconds=1)  # a deadline of 23:59:59.999 accepts until, and not at, 00:00:00.000


def default_reminder_days() -> list[int]:
    """Days before closing on which an office that still owes an answer is reminded (product.md)."""
    return [30, 14, 7, 3, 1]


class RoundQuerySet(models.QuerySet["Round"]):
    """Phrases about rounds; every instant is aware UTC."""

    def opened(self) -> RoundQuerySet:
        """Rounds that were opened, whether still open or closed."""
        return self.exclude(opened_at=None)

    def open_at(self, now: datetime) -> RoundQuerySet:
        """Rounds that accept answers at `now`."""
        return self.opened().filter(closes_at__gt=now - LAST_MILLISECOND)

    def visible_to(self, user: User | AnonymousUser) -> RoundQuerySet:
        """For members: reported rounds, those put to their office, and published ones; all for the Secretariat."""
        if not user.is_authenticated:
            return self.none()
        if user.is_staff:
            return self
        member_of = Member.objects.current().filter(user=user).exclude(office=None)
        asked = OfficeResponse.objects.filter(round=models.OuterRef("pk"), office__in=member_of.values("office"))
        of_interest = Q(is_record=True) | Q(published_at__isnull=False) | models.Exists(asked)
        return self.filter(of_interest).filter(models.Exists(member_of))


@pghistory.track()
class Round(models.Model):
    """One question put to addressed offices until an instant. Whether it is open is computed, never stored."""

    class Kind(models.TextChoices):
        CIRCULATION = "circulation", _("Circulation")
        SURVEY = "survey", _("Survey")
        QUESTION = "question", _("Question to the network")

    class AnswersVisible(models.TextChoices):
        """When members see the answers of other offices."""

        SUBMITTED = "submitted", _("To offices that have submitted")
        CLOSING = "closing", _("When it closes")
        PUBLICATION = "publication", _("When the Secretariat publishes them")

    kind = models.CharField(_("kind"), max_length=12, choices=Kind.choices)
    slug = models.SlugField(_("address"), max_length=80, unique=True)
    titles = models.JSONField(_("title by language"))
    opens_at = models.DateTimeField(_("opens"), null=True, blank=True)
    closes_at = models.DateTimeField(_("closes"))
    reminder_days = ArrayField(
        models.PositiveSmallIntegerField(validators=[MinValueValidator(1), MaxValueValidator(365)]),
        default=default_reminder_days,
        blank=True,
        verbose_name=_("reminders, days before closing"),
    )
    answers_visible = models.CharField(
        _("members see the answers"), max_length=12, choices=AnswersVisible.choices, default=AnswersVisible.PUBLICATION
    )
    answer_path = models.CharField(_("address of the answer page"), max_length=200, editable=False, blank=True)
    sections = models.JSONField(_("keys of the parts to answer"), default=list, editable=False)
    section_headings = models.JSONField(_("short headings of the parts, by key"), default=dict, editable=False)
    addressees = models.ManyToManyField(Office, related_name="+", blank=True, verbose_name=_("addressed offices"))
    is_record = models.BooleanField(_("reported only, without addressees"), default=False)
    reported_outcome = models.TextField(_("outcome, as reported"), blank=True)
    opened_at = models.DateTimeField(_("opened"), null=True, blank=True, editable=False)
    opened_by = models.ForeignKey(
        User,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        editable=False,
        verbose_name=_("opened by"),
    )
    published_at = models.DateTimeField(_("published"), null=True, blank=True, editable=False)
    published_by = models.ForeignKey(
        User,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        editable=False,
        verbose_name=_("published by"),
    )

    objects = RoundQuerySet.as_manager()

    class Meta:
        verbose_name = _("round")
        verbose_name_plural = _("rounds")
        constraints = [
            models.CheckConstraint(
                name="round_opened_by_and_at",
                condition=Q(opened_at=None, opened_by=None) | Q(opened_at__isnull=False, opened_by__isnull=False),
            ),
            models.CheckConstraint(
                name="round_published_by_and_at",
                condition=Q(published_at=None, published_by=None)
                | Q(published_at__isnull=False, published_by__isnull=False),
            ),
            models.CheckConstraint(
                name="round_closes_after_opening", condition=Q(opens_at=None) | Q(closes_at__gt=F("opens_at"))
            ),
            models.CheckConstraint(
                name="round_of_record_is_not_opened", condition=Q(is_record=False) | Q(opened_at=None)
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def title(self) -> str:
        """The title in the active language."""
        return text_in(self.titles)

    def is_open_at(self, now: datetime) -> bool:
        """True while answers are accepted: opened, and `now` not later than the last millisecond of the deadline."""
        return self.opened_at is not None and now < self.closes_at + LAST_MILLISECOND


class OfficeResponseQuerySet(models.QuerySet["OfficeResponse"]):
    """Phrases about waiting answers."""

    def awaited(self) -> OfficeResponseQuerySet:
        """Offices that owe an answer: no submission exists. A draft is not an answer."""
        return self.filter(~models.Exists(Submission.objects.filter(response=models.OuterRef("pk"))))

    def answered(self) -> OfficeResponseQuerySet:
        """Offices that have submitted at least once."""
        return self.filter(models.Exists(Submission.objects.filter(response=models.OuterRef("pk"))))

    def open_at(self, now: datetime) -> OfficeResponseQuerySet:
        """Responses whose own deadline has not passed at `now`."""
        return self.filter(closes_at__gt=now - LAST_MILLISECOND)

    def of_office(self, office: Office | str) -> OfficeResponseQuerySet:
        """Responses of one office (an Office or its code)."""
        return self.filter(office=office)

    def with_latest(self) -> OfficeResponseQuerySet:
        """With round and office at hand, and of the latest submission `submission_id`, `submitted_at` and `number`."""
        newest = Submission.objects.filter(response=models.OuterRef("pk")).order_by("-number")
        return self.select_related("round", "office").annotate(
            submission_id=models.Subquery(newest.values("pk")[:1]),
            submitted_at=models.Subquery(newest.values("submitted_at")[:1]),
            number=models.Subquery(newest.values("number")[:1]),
        )

    def visible_to(self, user: User | AnonymousUser) -> OfficeResponseQuerySet:
        """The responses in which this login drafts: those of the offices it is a current member of."""
        if not user.is_authenticated:
            return self.none()
        return self.filter(office__in=Member.objects.current().filter(user=user).values("office"))


@pghistory.track()
class OfficeResponse(models.Model):
    """The one answer an addressed office owes; created at opening, awaited until a submission exists."""

    round = models.ForeignKey(Round, on_delete=models.PROTECT, related_name="responses", verbose_name=_("round"))
    office = models.ForeignKey(Office, on_delete=models.PROTECT, related_name="+", verbose_name=_("office"))
    closes_at = models.DateTimeField(_("closes"))
    deadline_version = models.PositiveSmallIntegerField(_("version of the deadline"), default=1)
    created_at = models.DateTimeField(_("asked"))
    first_opened_at = models.DateTimeField(_("first opened"), null=True, blank=True)

    submission_id: int | None  # of with_latest(), None without a submission
    submitted_at: datetime | None
    number: int | None

    objects = OfficeResponseQuerySet.as_manager()

    class Meta:
        verbose_name = _("answer of an office")
        verbose_name_plural = _("answers of offices")
        constraints = [models.UniqueConstraint(fields=["round", "office"], name="response_once_per_office")]

    def __str__(self) -> str:
        return f"{self.office_id}: {self.round}"

    @property
    def subject_key(self) -> str:
        """What the outbox knows this debt by: ended at once when the office answers."""
        return f"response:{self.pk}"

    def is_open_at(self, now: datetime) -> bool:
        """True while this office may submit."""
        return now < self.closes_at + LAST_MILLISECOND


class DraftFieldQuerySet(models.QuerySet["DraftField"]):
    """Phrases about the shared draft."""

    def newest(self) -> DraftFieldQuerySet:
        """The newest version of every field."""
        return self.order_by("response", "key", "-version").distinct("response", "key")

    def standing(self) -> DraftFieldQuerySet:
        """The newest version of every field, last, and before it those that its editor had not seen."""
        same = DraftField.objects.filter(response=models.OuterRef("response"), key=models.OuterRef("key"))
        seen_by_newest = models.Subquery(same.order_by("-version").values("seen")[:1])
        return self.filter(version__gt=seen_by_newest).order_by("response", "key", "version")

    def with_editor(self) -> DraftFieldQuerySet:
        """With the editor's `given_name` and `family_name` as a member of the office, past members included."""
        member = Member.objects.filter(user=models.OuterRef("edited_by"), office=models.OuterRef("response__office"))
        newest = member.order_by("-since_on", "-pk")
        return self.annotate(
            given_name=models.Subquery(newest.values("given_name")[:1]),
            family_name=models.Subquery(newest.values("family_name")[:1]),
        )


class DraftField(models.Model):
    """One field of an office's shared draft, one row for each editor's turn.

    `seen` is the version the editor had before them. Where it is not the one just before, two people wrote at once:
    the versions above `seen` stand side by side until somebody who saw both saves again. Nothing is overwritten.
    While an editor goes on writing, their row moves to the next number, so that each number is one text for ever.
    """

    response = models.ForeignKey(OfficeResponse, on_delete=models.CASCADE, related_name="draft_fields")
    key = models.CharField(_("field"), max_length=60)
    value = models.JSONField(_("value"))
    version = models.PositiveIntegerField(_("version"))
    seen = models.PositiveIntegerField(_("version seen by the editor"))
    edited_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name=_("edited by"))
    started_at = models.DateTimeField(_("turn began"))
    edited_at = models.DateTimeField(_("edited"))

    given_name: str | None  # of with_editor()
    family_name: str | None

    objects = DraftFieldQuerySet.as_manager()

    class Meta:
        verbose_name = _("draft field")
        verbose_name_plural = _("draft fields")
        constraints = [
            models.UniqueConstraint(fields=["response", "key", "version"], name="draft_field_version_once"),
            models.CheckConstraint(name="draft_field_seen_is_older", condition=Q(seen__lt=F("version"))),
        ]

    def __str__(self) -> str:
        return f"{self.key} v{self.version}"

    @property
    def in_conflict(self) -> bool:
        """True where the editor had not seen the version before this one."""
        return self.seen != self.version - 1


class SubmissionQuerySet(models.QuerySet["Submission"]):
    """Phrases about submissions."""

    def that_count(self) -> SubmissionQuerySet:
        """The newest submission of every response: the only one that counts."""
        return self.order_by("response", "-number").distinct("response")

    def with_submitter(self) -> SubmissionQuerySet:
        """With `given_name` and `family_name` of who submitted, as a member of the office, past members included."""
        member = Member.objects.filter(user=models.OuterRef("submitted_by"), office=models.OuterRef("response__office"))
        newest = member.order_by("-since_on", "-pk")
        return self.annotate(
            given_name=models.Subquery(newest.values("given_name")[:1]),
            family_name=models.Subquery(newest.values("family_name")[:1]),
        )

    def visible_to(self, user: User | AnonymousUser) -> SubmissionQuerySet:
        """The Secretariat sees all; an office its own."""
        if not user.is_authenticated:
            return self.none()
        if user.is_staff:
            return self
        return self.filter(response__office__in=Member.objects.current().filter(user=user).values("office"))


@pghistory.track()
class Submission(models.Model):
    """What an office said at one instant; never changed, a revision is a new one with the next number."""

    response = models.ForeignKey(OfficeResponse, on_delete=models.PROTECT, related_name="submissions")
    number = models.PositiveSmallIntegerField(_("number"))
    submitted_at = models.DateTimeField(_("submitted"))
    submitted_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name=_("submitted by"))
    is_late = models.BooleanField(_("late"), default=False)
    on_behalf_of_reason = models.TextField(_("entered on behalf of the office because"), blank=True)
    file = models.ForeignKey(
        StoredFile, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("proof")
    )

    given_name: str | None  # of with_submitter()
    family_name: str | None

    objects = SubmissionQuerySet.as_manager()

    class Meta:
        verbose_name = _("submission")
        verbose_name_plural = _("submissions")
        ordering = ["response", "number"]
        constraints = [models.UniqueConstraint(fields=["response", "number"], name="submission_number_once")]

    def __str__(self) -> str:
        return f"{self.response} ({self.number})"


@pghistory.track()
class Extension(models.Model):
    """A change of the deadline for all addressed offices, with its reason; an early closing moves it to now."""

    round = models.ForeignKey(Round, on_delete=models.PROTECT, related_name="extensions", verbose_name=_("round"))
    old_closes_at = models.DateTimeField(_("closed at"))
    new_closes_at = models.DateTimeField(_("closes at"))
    reason = models.TextField(_("reason"))
    decided_at = models.DateTimeField(_("decided"))
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name=_("decided by"))

    class Meta:
        verbose_name = _("change of the deadline")
        verbose_name_plural = _("changes of the deadline")
        ordering = ["decided_at"]
        constraints = [models.CheckConstraint(name="extension_has_reason", condition=~Q(reason=""))]

    def __str__(self) -> str:
        return f"{self.round}: {self.new_closes_at:%Y-%m-%d}"

    @property
    def is_early_closing(self) -> bool:
        """True where the deadline came nearer."""
        return self.new_closes_at < self.old_closes_at
