"""Circulation of action items: what is asked item by item, and what an office said in one submission."""

from __future__ import annotations

import pghistory
from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from accounts.acts import by_and_at, done_by
from accounts.models import Office, User, text_in
from consultations.models import OfficeResponse, Round, Submission
from meetings.models.action_items import ActionItem, ActionUpdate
from meetings.models.documents import Passage
from meetings.models.sessions import Session


def count_of(rows: models.QuerySet[OfficeResponse]) -> Coalesce:
    """How many rows of a correlated query of one round's answers there are."""
    counted = rows.order_by().values("round").annotate(count=models.Count("pk")).values("count")
    return Coalesce(models.Subquery(counted), 0)


class CirculationQuerySet(models.QuerySet["Circulation"]):
    """Phrases about circulations."""

    def visible_to(self, user: User | AnonymousUser) -> CirculationQuerySet:
        """As their rounds: opened and reported ones for members, all for the Secretariat."""
        return self.filter(round__in=Round.objects.visible_to(user))

    def for_list(self) -> CirculationQuerySet:
        """With round and session at hand, the one that closes last first."""
        return self.select_related("round", "session").order_by("-round__closes_at", "pk")

    def with_answer_counts(self) -> CirculationQuerySet:
        """With the numbers of offices `addressed` and `answered`, once opened."""
        asked = OfficeResponse.objects.filter(round=models.OuterRef("round"))
        return self.annotate(addressed=count_of(asked), answered=count_of(asked.answered()))


@pghistory.track()
class Circulation(models.Model):
    """A frozen text put to offices item by item; deadlines, drafts and submissions belong to its round."""

    round = models.OneToOneField(Round, on_delete=models.PROTECT, related_name="+", verbose_name=_("round"))
    session = models.ForeignKey(
        Session, on_delete=models.PROTECT, null=True, blank=True, related_name="circulations", verbose_name=_("session")
    )
    introductions = models.JSONField(_("introduction by language"), default=dict, blank=True)
    mandate = models.ForeignKey(
        Passage,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("paragraph that asks for it"),
    )
    reported_period = models.CharField(_("period, official wording"), max_length=200, blank=True)
    outcomes = models.JSONField(_("outcome by language"), default=dict, blank=True)
    outcome_published_at = models.DateTimeField(_("outcome published"), null=True, blank=True, editable=False)
    outcome_published_by = done_by(_("outcome published by"))

    objects = CirculationQuerySet.as_manager()

    class Meta:
        verbose_name = _("circulation")
        verbose_name_plural = _("circulations")
        constraints = [by_and_at("outcome_published", "circulation_outcome_by_and_at")]

    def __str__(self) -> str:
        return str(self.round)

    def get_absolute_url(self) -> str:
        """The page of the circulation."""
        return reverse("circulation_detail", args=[self.round.slug])

    @property
    def introduction(self) -> str:
        """The introduction in the active language."""
        return text_in(self.introductions)

    @property
    def outcome(self) -> str:
        """The outcome in the active language."""
        return text_in(self.outcomes)

    @property
    def is_outcome_translated(self) -> bool:
        """True where the outcome in the active language is not the English one, which is authoritative."""
        return bool(get_language() != "en" and self.outcomes.get(get_language() or "en"))

    @property
    def is_concluded(self) -> bool:
        """True once the outcome is published: nothing about the comments changes any more."""
        return self.outcome_published_at is not None


class CirculationItem(models.Model):
    """One item of the frozen text; the wording is a copy, so a later edit of the action item changes nothing here."""

    circulation = models.ForeignKey(
        Circulation, on_delete=models.CASCADE, related_name="items", verbose_name=_("circulation")
    )
    order = models.PositiveSmallIntegerField(_("order"))
    key = models.SlugField(_("letter"), max_length=10)
    heading = models.CharField(_("short heading"), max_length=200)
    text = models.TextField(_("frozen wording"))
    action_item = models.ForeignKey(
        ActionItem, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("action item")
    )
    outcome = models.TextField(_("what became of it"), blank=True)
    status_after = models.CharField(
        _("status of the action item afterwards"), max_length=20, choices=ActionUpdate.Status.choices, blank=True
    )

    class Meta:
        verbose_name = _("item")
        verbose_name_plural = _("items")
        ordering = ["circulation", "order"]
        constraints = [
            models.UniqueConstraint(fields=["circulation", "key"], name="circulation_item_key_once"),
            models.UniqueConstraint(fields=["circulation", "order"], name="circulation_item_order_once"),
        ]

    def __str__(self) -> str:
        return f"{self.key}. {self.heading}"


class ItemAnswerQuerySet(models.QuerySet["ItemAnswer"]):
    """Phrases about answers to items."""

    def that_count(self, round: Round) -> ItemAnswerQuerySet:
        """Those of the newest submission of every office in a round."""
        return self.filter(submission__in=Submission.objects.filter(response__round=round).that_count().values("pk"))

    def in_words(self) -> ItemAnswerQuerySet:
        """Those with a comment or a proposed wording."""
        return self.exclude(comment="", wording="")


class ItemAnswer(models.Model):
    """What one submission says on one item."""

    class Position(models.TextChoices):
        """In this order everywhere (look.md)."""

        SUPPORTS = "supports", _("supports")
        SUPPORTS_WITH_CHANGES = "supports_with_changes", _("supports with changes")
        NO_OBJECTION = "no_objection", _("no objection")
        NEEDS_INFORMATION = "needs_information", _("needs more information")
        DOES_NOT_SUPPORT = "does_not_support", _("does not support")
        NO_POSITION = "no_position", _("no position")

    class Willingness(models.TextChoices):
        """What the office would do if the item goes ahead."""

        LEAD = "lead", _("would lead")
        TAKE_PART = "take_part", _("take part")
        PILOT = "pilot", _("pilot")
        FOLLOW = "follow", _("follow the results")
        NONE = "none", pgettext_lazy("willingness", "none")

    submission = models.ForeignKey(Submission, on_delete=models.CASCADE, related_name="+", verbose_name=_("submission"))
    item = models.ForeignKey(CirculationItem, on_delete=models.PROTECT, related_name="answers", verbose_name=_("item"))
    position = models.CharField(_("position"), max_length=25, choices=Position.choices)
    willingness = models.CharField(_("willingness"), max_length=10, choices=Willingness.choices, blank=True)
    comment = models.TextField(_("comment or reason"), blank=True)
    wording = models.TextField(_("proposed wording"), blank=True)

    objects = ItemAnswerQuerySet.as_manager()

    class Meta:
        verbose_name = _("answer to an item")
        verbose_name_plural = _("answers to items")
        constraints = [
            models.UniqueConstraint(fields=["submission", "item"], name="item_answer_once"),
            models.CheckConstraint(
                name="item_answer_reason_where_needed",
                condition=~models.Q(position__in=["needs_information", "does_not_support"]) | ~models.Q(comment=""),
            ),
            models.CheckConstraint(
                name="item_answer_wording_only_with_changes",
                condition=models.Q(position="supports_with_changes") | models.Q(wording=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.item}: {self.get_position_display()}"


class EndorsementQuerySet(models.QuerySet["Endorsement"]):
    """Phrases about endorsements."""

    def standing(self) -> EndorsementQuerySet:
        """Those that were not withdrawn."""
        return self.filter(withdrawn_at=None)


@pghistory.track()
class Endorsement(models.Model):
    """An office joins the comment of another on one item; said by a focal point or an alternate, once per office."""

    answer = models.ForeignKey(
        ItemAnswer, on_delete=models.CASCADE, related_name="endorsements", verbose_name=_("answer to an item")
    )
    office = models.ForeignKey(Office, on_delete=models.PROTECT, related_name="+", verbose_name=_("office"))
    endorsed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name=_("joined by"))
    endorsed_at = models.DateTimeField(pgettext_lazy("a comment", "joined"))
    withdrawn_by = done_by(_("withdrawn by"))
    withdrawn_at = models.DateTimeField(_("withdrawn"), null=True, blank=True)

    objects = EndorsementQuerySet.as_manager()

    class Meta:
        verbose_name = _("endorsement")
        verbose_name_plural = _("endorsements")
        constraints = [
            models.UniqueConstraint(
                fields=["answer", "office"], name="endorsement_once", condition=models.Q(withdrawn_at=None)
            ),
            by_and_at("withdrawn", "endorsement_withdrawn_by_and_at"),
        ]

    def __str__(self) -> str:
        return f"{self.office_id}: {self.answer}"


@pghistory.track()
class Disposition(models.Model):
    """What the Secretariat did with what an office said on an item; members read it once the outcome is published."""

    class Decision(models.TextChoices):
        """In this order everywhere."""

        TAKEN_IN = "taken_in", _("taken in")
        PARTLY = "partly", _("taken in partly")
        NOT_TAKEN_IN = "not_taken_in", _("not taken in")
        NOTED = "noted", _("noted")

    answer = models.OneToOneField(
        ItemAnswer, on_delete=models.CASCADE, related_name="disposition", verbose_name=_("answer to an item")
    )
    decision = models.CharField(_("decision"), max_length=12, choices=Decision.choices)
    reason = models.TextField(_("reason"), blank=True)
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name=_("decided by"))
    decided_at = models.DateTimeField(_("decided"))

    class Meta:
        verbose_name = _("disposition")
        verbose_name_plural = _("dispositions")
        constraints = [
            models.CheckConstraint(
                name="disposition_reason_where_needed",
                condition=~models.Q(decision__in=["partly", "not_taken_in"]) | ~models.Q(reason=""),
            )
        ]

    def __str__(self) -> str:
        return f"{self.answer}: {self.get_decision_display()}"
