"""Rounds: one question put to offices until an instant, its deadlines, and acts that need a second person."""

from __future__ import annotations

from datetime import datetime, timedelta

import pghistory
from django.contrib.auth.models import AnonymousUser
from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.acts import by_and_at, done_by
from accounts.models import Member, Office, User, text_in

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
        asked = Round.addressees.through.objects.filter(
            round=models.OuterRef("pk"), office__in=member_of.values("office")
        )
        is_asked = Q(opened_at__isnull=False) & Q(models.Exists(asked))
        of_interest = Q(is_record=True) | Q(published_at__isnull=False) | is_asked
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
    opened_by = done_by(_("opened by"))
    published_at = models.DateTimeField(_("published"), null=True, blank=True, editable=False)
    published_by = done_by(_("published by"))

    objects = RoundQuerySet.as_manager()

    class Meta:
        verbose_name = _("round")
        verbose_name_plural = _("rounds")
        constraints = [
            by_and_at("opened", "round_opened_by_and_at"),
            by_and_at("published", "round_published_by_and_at"),
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


class ExtensionQuerySet(models.QuerySet["Extension"]):
    """Phrases about changes of a deadline."""

    def visible_to(self, user: User | AnonymousUser) -> ExtensionQuerySet:
        """Those for all offices, and those for the reader's own; all for the Secretariat."""
        if not user.is_authenticated:
            return self.none()
        if user.is_staff:
            return self
        own = Member.objects.current().filter(user=user).exclude(office=None).values("office")
        return self.filter(Q(response=None) | Q(response__office__in=own))


@pghistory.track()
class Extension(models.Model):
    """A change of the deadline with its reason, for all addressed offices or one; an early closing moves it to now."""

    round = models.ForeignKey(Round, on_delete=models.PROTECT, related_name="extensions", verbose_name=_("round"))
    response = models.ForeignKey(
        "consultations.OfficeResponse",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="extensions",
        verbose_name=_("for one office only"),
    )
    old_closes_at = models.DateTimeField(_("closed at"))
    new_closes_at = models.DateTimeField(_("closes at"))
    reason = models.TextField(_("reason"))
    decided_at = models.DateTimeField(_("decided"))
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name=_("decided by"))

    objects = ExtensionQuerySet.as_manager()

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


class ReleaseQuerySet(models.QuerySet["Release"]):
    """Phrases about acts that need a second person."""

    def waiting(self) -> ReleaseQuerySet:
        """Neither released nor withdrawn."""
        return self.filter(released_at=None, withdrawn_at=None)


@pghistory.track()
class Release(models.Model):
    """An act that mails many: asked for by one of the Secretariat, done when another releases it (decisions.md 17).

    `arguments` are those of the operation, as JSON; `recipients` how many persons it would have mailed when asked for.
    """

    class Act(models.TextChoices):
        OPEN = "open", _("open")
        EXTEND = "extend", _("move the deadline")
        CLOSE = "close", _("close before its time")
        NUDGE = "nudge", _("send a one-off reminder")
        OUTCOME = "outcome", _("publish the outcome")

    round = models.ForeignKey(Round, on_delete=models.PROTECT, related_name="releases", verbose_name=_("round"))
    act = models.CharField(_("act"), max_length=10, choices=Act.choices)
    arguments = models.JSONField(_("with"), default=dict)
    recipients = models.PositiveIntegerField(_("recipients"))
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name=_("asked by"))
    asked_at = models.DateTimeField(_("asked"))
    released_by = done_by(_("released by"))
    released_at = models.DateTimeField(_("released"), null=True, blank=True)
    withdrawn_by = done_by(_("withdrawn by"))
    withdrawn_at = models.DateTimeField(_("withdrawn"), null=True, blank=True)

    objects = ReleaseQuerySet.as_manager()

    class Meta:
        verbose_name = _("act for a second person")
        verbose_name_plural = _("acts for a second person")
        ordering = ["asked_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["round", "act"],
                name="release_one_waiting",
                condition=Q(released_at=None, withdrawn_at=None),
            ),
            by_and_at("released", "release_released_by_and_at"),
            by_and_at("withdrawn", "release_withdrawn_by_and_at"),
            models.CheckConstraint(name="release_by_another", condition=~Q(released_by=F("asked_by"))),
            models.CheckConstraint(name="release_ends_once", condition=Q(released_at=None) | Q(withdrawn_at=None)),
        ]

    def __str__(self) -> str:
        return f"{self.round}: {self.get_act_display()}"
