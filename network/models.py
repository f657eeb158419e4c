"""Questions to the network: one member asks all offices; the answers are the asker's until a summary is published."""

from __future__ import annotations

import re
from typing import Any

import pghistory
from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import Case, Exists, ExpressionWrapper, IntegerField, OuterRef, Q, Value, When
from django.db.models.fields.json import KeyTextTransform
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.acts import by_and_at, done_by
from accounts.models import Member, User
from consultations.models import OfficeResponse, Round, Submission
from library.models import Term
from meetings.models.circulations import count_of

LONGEST_QUESTION = 4000  # characters
LONGEST_ANSWER = 20_000
MOST_WORDS = 12
SHORTEST_WORD = 3  # letters; shorter ones stand in every text
IDEOGRAPHS = re.compile(r"[\u3400-\u9fff]+")


def words_in(text: str) -> list[str]:
    """The words of a text that are worth looking for, the longest first; Chinese in pairs of characters."""
    pairs = [run[place : place + 2] for run in IDEOGRAPHS.findall(text) for place in range(max(len(run) - 1, 1))]
    rest = re.findall(r"\w+", IDEOGRAPHS.sub(" ", text))
    words = dict.fromkeys(word.casefold() for word in rest if len(word) >= SHORTEST_WORD)
    return [*sorted(words, key=len, reverse=True), *dict.fromkeys(pairs)][:MOST_WORDS]


class QuestionQuerySet(models.QuerySet["Question"]):
    """Phrases about questions to the network."""

    def visible_to(self, user: User | AnonymousUser) -> QuestionQuerySet:
        """Questions that were put to the own office, those it asked, and those whose summary is published.

        The Secretariat sees all, guests none.
        """
        if not user.is_authenticated:
            return self.none()
        if user.is_staff:
            return self
        member_of = Member.objects.current().filter(user=user).exclude(office=None)
        offices = member_of.values("office")
        asked = Round.addressees.through.objects.filter(round=OuterRef("round"), office__in=offices)
        put_to_it = Q(round__opened_at__isnull=False) & Exists(asked)
        is_public = Q(summary_published_at__isnull=False) & Exists(member_of)
        return self.filter(put_to_it | is_public | Q(asked_by__office__in=offices))

    def opened(self) -> QuestionQuerySet:
        """Questions that were put to offices, whether still open or closed."""
        return self.filter(round__opened_at__isnull=False)

    def for_list(self) -> QuestionQuerySet:
        """With round and asker at hand and the numbers of offices `addressed` and `answered`, the newest first."""
        asked = OfficeResponse.objects.filter(round=OuterRef("round"))
        return (
            self.select_related("round", "asked_by__office")
            .annotate(addressed=count_of(asked), answered=count_of(asked.answered()))
            .order_by("-round__opens_at", "-pk")
        )

    def saying(self, words: str) -> QuestionQuerySet:
        """Those that hold one of the words in title, text or published summary; the ones with most of them come first.

        Case and accents do not matter; an unpublished summary is not looked at, so that nothing of it is found out.
        """
        hits: Any = Value(0)
        for word in words_in(words):
            holds = Q(text__unaccent__icontains=word) | Q(title__unaccent__icontains=word)
            holds |= Q(summary_published_at__isnull=False, summary__unaccent__icontains=word)
            hits += Case(When(holds, then=1), default=0)
        titled = self.annotate(title=KeyTextTransform("en", "round__titles"))
        found = titled.annotate(hits=ExpressionWrapper(hits, output_field=IntegerField()))
        return found.filter(hits__gt=0).order_by("-hits", "-round__opens_at", "-pk")


@pghistory.track()
class Question(models.Model):
    """One question of one member to every office, answered until a day; the engine is that of circulations."""

    round = models.OneToOneField(
        Round, on_delete=models.PROTECT, related_name="+", primary_key=True, verbose_name=_("round")
    )
    asked_by = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+", verbose_name=_("asked by"))
    text = models.TextField(_("question"), max_length=LONGEST_QUESTION)
    topics = models.ManyToManyField(Term, blank=True, related_name="+", verbose_name=_("topics"))
    summary = models.TextField(_("summary of the answers"), blank=True, max_length=LONGEST_ANSWER)
    summary_published_at = models.DateTimeField(_("summary published"), null=True, blank=True, editable=False)
    summary_published_by = done_by(_("summary published by"))

    addressed: int  # of for_list()
    answered: int

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
