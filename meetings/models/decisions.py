"""Decisions by silence procedure: put to the sitting members until an instant, adopted unless somebody objects."""

from __future__ import annotations

from datetime import datetime

import pghistory
from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.acts import by_and_at, done_by
from accounts.models import Member, Office, User
from groups.models import Group
from meetings.models.documents import Document


class SilenceProcedureQuerySet(models.QuerySet["SilenceProcedure"]):
    """Phrases about silence procedures; every instant is aware UTC."""

    def visible_to(self, user: User | AnonymousUser) -> SilenceProcedureQuerySet:
        """Released ones of the groups in which one sits; the Secretariat also sees those in preparation."""
        mine = self.filter(group__in=Group.objects.open_inside_to(user))
        return mine if user.is_authenticated and user.is_staff else mine.exclude(released_at=None)

    def running(self) -> SilenceProcedureQuerySet:
        """Released and neither concluded nor withdrawn; whether the instant has passed is another question."""
        return self.exclude(released_at=None).filter(concluded_at=None, withdrawn_at=None)

    def for_second_person(self, user: User) -> SilenceProcedureQuerySet:
        """Those that one of the Secretariat, but not this one, has prepared or wants changed, the oldest first."""
        prepared = Q(released_at=None, withdrawn_at=None) & ~Q(prepared_by=user)
        asked = Q(asked_at__isnull=False) & ~Q(asked_by=user)
        return self.filter(prepared | asked).order_by("prepared_at", "pk")

    def due_at(self, now: datetime) -> SilenceProcedureQuerySet:
        """Running ones whose instant has come."""
        return self.running().filter(closes_at__lte=now)


@pghistory.track()
class SilenceProcedure(models.Model):
    """A name, a document or a text put to the members of a group until an instant (decisions.md 16).

    One member of staff prepares it, another releases it, the clock concludes it: adopted at `closes_at` unless an
    office broke the silence, whenever the clock gets to it.
    """

    class Subject(models.TextChoices):
        CHAIR = "chair", _("A candidate for the Chair")
        DOCUMENT = "document", _("A document, such as the working arrangements")
        TEXT = "text", _("A text")

    class Result(models.TextChoices):
        ADOPTED = "adopted", _("Adopted by silence")
        BROKEN = "broken", _("Silence broken; not adopted")

    class Change(models.TextChoices):
        EXTEND = "extend", _("Move the closing instant")
        WITHDRAW = "withdraw", _("Withdraw it")

    group = models.ForeignKey(Group, on_delete=models.PROTECT, related_name="+", verbose_name=_("group"))
    subject = models.CharField(_("what is put to the members"), max_length=10, choices=Subject.choices)
    title = models.CharField(_("title"), max_length=200)
    text = models.TextField(_("text"), max_length=20_000)
    candidate = models.ForeignKey(
        Member, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("candidate")
    )
    document = models.ForeignKey(
        Document, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("document")
    )
    closes_at = models.DateTimeField(_("closes"))
    deadline_version = models.PositiveSmallIntegerField(_("version of the deadline"), default=1, editable=False)
    prepared_at = models.DateTimeField(_("prepared"), editable=False)
    prepared_by = models.ForeignKey(
        User, on_delete=models.PROTECT, related_name="+", editable=False, verbose_name=_("prepared by")
    )
    released_at = models.DateTimeField(_("opened"), null=True, blank=True, editable=False)
    released_by = done_by(_("opened by"))
    extended_at = models.DateTimeField(_("extended"), null=True, blank=True, editable=False)
    extended_by = done_by(_("extended by"))
    extended_reason = models.CharField(_("reason for the extension"), max_length=500, blank=True, editable=False)
    withdrawn_at = models.DateTimeField(_("withdrawn"), null=True, blank=True, editable=False)
    withdrawn_by = done_by(_("withdrawn by"))
    withdrawn_reason = models.CharField(_("reason for the withdrawal"), max_length=500, blank=True, editable=False)
    asked_change = models.CharField(
        _("change that waits for a second person"), max_length=8, choices=Change.choices, blank=True, editable=False
    )
    asked_closes_at = models.DateTimeField(_("new closing instant asked for"), null=True, blank=True, editable=False)
    asked_reason = models.CharField(_("reason of the change asked for"), max_length=500, blank=True, editable=False)
    asked_at = models.DateTimeField(_("change asked for"), null=True, blank=True, editable=False)
    asked_by = done_by(_("change asked for by"))
    result = models.CharField(_("result"), max_length=8, choices=Result.choices, blank=True, editable=False)
    concluded_at = models.DateTimeField(
        _("concluded"),
        null=True,
        blank=True,
        editable=False,
        help_text=_("The instant at which it closed."),
    )

    objects = SilenceProcedureQuerySet.as_manager()

    class Meta:
        verbose_name = _("silence procedure")
        verbose_name_plural = _("silence procedures")
        ordering = ["-prepared_at"]
        constraints = [
            by_and_at("released", "silence_released_by_and_at"),
            by_and_at("extended", "silence_extended_by_and_at"),
            by_and_at("withdrawn", "silence_withdrawn_by_and_at"),
            by_and_at("asked", "silence_asked_by_and_at"),
            models.CheckConstraint(
                name="silence_asked_change_is_whole",
                condition=Q(asked_change="", asked_at=None, asked_closes_at=None)
                | Q(asked_change="extend", asked_at__isnull=False, asked_closes_at__isnull=False)
                | Q(asked_change="withdraw", asked_at__isnull=False, asked_closes_at=None),
            ),
            models.CheckConstraint(name="silence_released_by_another", condition=~Q(released_by=F("prepared_by"))),
            models.CheckConstraint(
                name="silence_names_its_subject",
                condition=Q(subject="chair", candidate__isnull=False, document=None)
                | Q(subject="document", document__isnull=False, candidate=None)
                | Q(subject="text", document=None, candidate=None),
            ),
            models.CheckConstraint(
                name="silence_result_when_concluded",
                condition=Q(result="", concluded_at=None) | (~Q(result="") & Q(concluded_at__isnull=False)),
            ),
            models.CheckConstraint(name="silence_ends_once", condition=Q(concluded_at=None) | Q(withdrawn_at=None)),
            models.UniqueConstraint(
                fields=["group"],
                name="silence_one_chair_at_a_time",
                condition=Q(subject="chair", released_at__isnull=False, concluded_at=None, withdrawn_at=None),
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        """The page of the procedure."""
        return reverse("silence_detail", args=[self.group.slug, self.pk])

    @property
    def candidate_name(self) -> str:
        """The candidate as pages and mails name one, such as "Mr. Jan Voorbeeld"; "" where none is put."""
        return f"{self.candidate.honorific} {self.candidate.name}".strip() if self.candidate else ""


@pghistory.track()
class Objection(models.Model):
    """An office breaks the silence, once, by one of its sitting members; Secretariat and Chair read the reason."""

    procedure = models.ForeignKey(
        SilenceProcedure, on_delete=models.PROTECT, related_name="objections", verbose_name=_("silence procedure")
    )
    office = models.ForeignKey(Office, on_delete=models.PROTECT, related_name="+", verbose_name=_("office"))
    objected_by = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+", verbose_name=_("by"))
    objected_at = models.DateTimeField(_("at"))
    reason = models.TextField(_("reason"), max_length=4000)

    class Meta:
        verbose_name = _("break of silence")
        verbose_name_plural = _("breaks of silence")
        ordering = ["procedure", "objected_at"]
        constraints = [models.UniqueConstraint(fields=["procedure", "office"], name="objection_once_per_office")]

    def __str__(self) -> str:
        return f"{self.office_id}: {self.procedure}"


class SilenceEntry(models.Model):
    """How one office stood when the procedure closed; an office whose notice did not arrive is never silent."""

    class Stand(models.TextChoices):
        SILENT = "silent", _("Silent")
        BROKE = "broke", _("Broke the silence")
        NOT_REACHED = "not_reached", _("Not reached")

    procedure = models.ForeignKey(
        SilenceProcedure, on_delete=models.CASCADE, related_name="entries", verbose_name=_("silence procedure")
    )
    office = models.ForeignKey(Office, on_delete=models.PROTECT, related_name="+", verbose_name=_("office"))
    stand = models.CharField(_("stand"), max_length=12, choices=Stand.choices)

    class Meta:
        verbose_name = _("office in a silence procedure")
        verbose_name_plural = _("offices in silence procedures")
        constraints = [models.UniqueConstraint(fields=["procedure", "office"], name="silence_entry_once")]

    def __str__(self) -> str:
        return f"{self.office_id}: {self.get_stand_display()}"
