"""Questions to the network: one member asks all offices; the answers are the asker's until a summary is published."""

from __future__ import annotations

import pghistory
from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.acts import by_and_at, done_by
from accounts.models import Member, User
from consultations.models import Round, Submission
from library.models import Term

LONGEST_ANSWER = 20_000  # characters


class QuestionQuerySet(models.QuerySet["Question"]):
    """Phrases about questions to the network."""

    def visible_to(self, user: User | AnonymousUser) -> QuestionQuerySet:
        """Questions that were put to the own office, and those it asked; the Secretariat sees all."""
        if not user.is_authenticated:
            return self.none()
        if user.is_staff:
            return self
        offices = Member.objects.current().filter(user=user).exclude(office=None).values("office")
        asked = Round.addressees.through.objects.filter(round=OuterRef("round"), office__in=offices)
        return self.filter(Q(round__opened_at__isnull=False) & Exists(asked) | Q(asked_by__office__in=offices))

    def answers_read_by(self, user: User | AnonymousUser) -> QuestionQuerySet:
        """Questions one asked oneself: nobody else reads their answers before a summary is published."""
        return self.filter(asked_by__user=user, asked_by__until_on=None) if user.is_authenticated else self.none()


@pghistory.track()
class Question(models.Model):
    """One question of one member to every office, answered until a day; the engine is that of circulations."""

    round = models.OneToOneField(
        Round, on_delete=models.PROTECT, related_name="+", primary_key=True, verbose_name=_("round")
    )
    asked_by = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+", verbose_name=_("asked by"))
    text = models.TextField(_("question"), max_length=4000)
    topics = models.ManyToManyField(Term, blank=True, related_name="+", verbose_name=_("topics"))
    summary = models.TextField(_("summary of the answers"), blank=True, max_length=LONGEST_ANSWER)
    summary_published_at = models.DateTimeField(_("summary published"), null=True, blank=True, editable=False)
    summary_published_by = done_by(_("summary published by"))

    objects = QuestionQuerySet.as_manager()

    class Meta:
        verbose_name = _("question to the network")
        verbose_name_plural = _("questions to the network")
        ordering = ["-round__opens_at"]
        constraints = [
            by_and_at("summary_published", "question_summary_published_by_and_at"),
            models.CheckConstraint(
                name="question_summary_is_written", condition=Q(summary_published_at=None) | ~Q(summary="")
            ),
        ]

    def __str__(self) -> str:
        return self.round.title

    def get_absolute_url(self) -> str:
        """The page of the question."""
        return reverse("question_detail", args=[self.round.slug])


class QuestionAnswer(models.Model):
    """What an office answered, as part of one submission."""

    submission = models.OneToOneField(
        Submission, on_delete=models.CASCADE, related_name="+", primary_key=True, verbose_name=_("submission")
    )
    text = models.TextField(_("answer"), max_length=LONGEST_ANSWER)

    class Meta:
        verbose_name = _("answer to a question")
        verbose_name_plural = _("answers to questions")

    def __str__(self) -> str:
        return str(self.submission)
