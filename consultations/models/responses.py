"""The answer an office owes, and everything said and written for it until it is submitted."""

from __future__ import annotations

from datetime import date, datetime

import pghistory
from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.acts import by_and_at, done_by
from accounts.models import Member, Office, User
from consultations.models.rounds import LAST_MILLISECOND, Round
from library.models import StoredFile


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
        """With round and office at hand, and of the latest submission its facts, all None without one."""
        newest = Submission.objects.filter(response=models.OuterRef("pk")).order_by("-number")
        return self.select_related("round", "office").annotate(
            submission_id=models.Subquery(newest.values("pk")[:1]),
            submitted_at=models.Subquery(newest.values("submitted_at")[:1]),
            number=models.Subquery(newest.values("number")[:1]),
            is_late=models.Subquery(newest.values("is_late")[:1]),
            received_on=models.Subquery(newest.values("received_on")[:1]),
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
    nudged_at = models.DateTimeField(_("one-off reminder sent"), null=True, blank=True)
    nudged_by = done_by(_("one-off reminder by"))

    submission_id: int | None  # of with_latest(), None without a submission
    submitted_at: datetime | None
    number: int | None
    is_late: bool | None
    received_on: date | None  # the day of the letter from which the Secretariat entered it

    objects = OfficeResponseQuerySet.as_manager()

    class Meta:
        verbose_name = _("answer of an office")
        verbose_name_plural = _("answers of offices")
        constraints = [
            models.UniqueConstraint(fields=["round", "office"], name="response_once_per_office"),
            by_and_at("nudged", "response_nudged_by_and_at"),
        ]

    def __str__(self) -> str:
        return f"{self.office_id}: {self.round}"

    @property
    def subject_key(self) -> str:
        """What the outbox knows this debt by: ended at once when the office answers."""
        return f"response:{self.pk}"

    def is_open_at(self, now: datetime) -> bool:
        """True while this office may submit."""
        return now < self.closes_at + LAST_MILLISECOND

    @property
    def was_asked_later(self) -> bool:
        """True for an office that was added after the opening; it has a clock of its own."""
        return self.round.opened_at is not None and self.created_at > self.round.opened_at

    @property
    def has_own_deadline(self) -> bool:
        """True where this office has until another instant than the others."""
        return self.closes_at != self.round.closes_at


def name_in_office(user: str, office: str) -> tuple[models.Subquery, models.Subquery]:
    """Given name and family name of a login as a member of an office; both are named as fields of the query."""
    member = Member.objects.filter(user=models.OuterRef(user), office=models.OuterRef(office))
    newest = member.order_by("-since_on", "-pk")
    return models.Subquery(newest.values("given_name")[:1]), models.Subquery(newest.values("family_name")[:1])


class AnnexQuerySet(models.QuerySet["Annex"]):
    """Phrases about annexes."""

    def standing(self) -> AnnexQuerySet:
        """Those nobody has taken away."""
        return self.filter(removed_at=None).order_by("section", "pk")

    def with_adder(self) -> AnnexQuerySet:
        """With the file at hand, and who added it by `given_name` and `family_name`, past members included."""
        given, family = name_in_office("added_by", "response__office")
        return self.select_related("file").annotate(given_name=given, family_name=family)

    def visible_to(self, user: User | AnonymousUser, now: datetime) -> AnnexQuerySet:
        """An office its own; the Secretariat submitted ones; others those that count, once they may read the answers.

        When that is, the round says: an own answer, the closing at `now` (aware UTC), or the publication. What was
        taken away and never submitted is gone for everybody.
        """
        if not user.is_authenticated:
            return self.none()
        offices = Member.objects.current().filter(user=user).exclude(office=None).values("office")
        submitted = Q(models.Exists(Submission.annexes.through.objects.filter(annex=models.OuterRef("pk"))))
        own = Q(response__office__in=offices) & (Q(removed_at=None) | submitted)
        if user.is_staff:
            return self.filter(own | submitted)
        when, rounds = Round.AnswersVisible, Round.objects.visible_to(user).opened()
        answered = OfficeResponse.objects.answered().filter(office__in=offices).values("round")
        readable = rounds.filter(
            Q(published_at__isnull=False)
            | Q(answers_visible=when.SUBMITTED, pk__in=answered)
            | Q(answers_visible=when.CLOSING, closes_at__lte=now - LAST_MILLISECOND)
        )
        latest = Submission.annexes.through.objects.filter(submission__in=Submission.objects.that_count().values("pk"))
        counts = Q(pk__in=latest.values("annex"))
        return self.filter(own | counts & Q(response__round__in=readable.values("pk")))


class Annex(models.Model):
    """A file that goes with one part of an office's answer; a submission keeps those that stood when it was made."""

    response = models.ForeignKey(OfficeResponse, on_delete=models.CASCADE, related_name="annexes")
    section = models.CharField(_("part"), max_length=60)
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+", verbose_name=_("file"))
    added_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name=_("added by"))
    added_at = models.DateTimeField(_("added"))
    removed_by = done_by(_("taken away by"))
    removed_at = models.DateTimeField(_("taken away"), null=True, blank=True)

    given_name: str | None  # of with_adder()
    family_name: str | None

    objects = AnnexQuerySet.as_manager()

    class Meta:
        verbose_name = _("annex")
        verbose_name_plural = _("annexes")
        constraints = [by_and_at("removed", "annex_removed_by_and_at")]

    def __str__(self) -> str:
        return f"{self.section}: {self.file}"


class SignOffQuerySet(models.QuerySet["SignOff"]):
    """Phrases about sign-offs."""

    def with_signer(self) -> SignOffQuerySet:
        """With `given_name` and `family_name` of who signed off, past members included."""
        given, family = name_in_office("signed_by", "response__office")
        return self.annotate(given_name=given, family_name=family)


class SignOff(models.Model):
    """A colleague has read the draft as it stood and agrees; a later edit changes `fingerprint`, and it is asked again.

    Optional, inside the office only: it never keeps anybody from submitting.
    """

    response = models.ForeignKey(OfficeResponse, on_delete=models.CASCADE, related_name="sign_offs")
    fingerprint = models.TextField(_("versions read"))
    signed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name=_("signed off by"))
    signed_at = models.DateTimeField(_("signed off"))

    given_name: str | None  # of with_signer()
    family_name: str | None

    objects = SignOffQuerySet.as_manager()

    class Meta:
        verbose_name = _("sign-off")
        verbose_name_plural = _("sign-offs")
        constraints = [models.UniqueConstraint(fields=["response", "signed_by", "fingerprint"], name="sign_off_once")]

    def __str__(self) -> str:
        return f"{self.response}: {self.signed_by}"


class SubmissionQuerySet(models.QuerySet["Submission"]):
    """Phrases about submissions."""

    def that_count(self) -> SubmissionQuerySet:
        """The newest submission of every response: the only one that counts."""
        return self.order_by("response", "-number").distinct("response")

    def on_behalf(self) -> SubmissionQuerySet:
        """Those the Secretariat entered from an e-mail or a letter."""
        return self.exclude(on_behalf_of_reason="")

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
    received_on = models.DateField(_("received by e-mail or letter on"), null=True, blank=True)
    file = models.ForeignKey(
        StoredFile, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("proof")
    )

    annexes = models.ManyToManyField(Annex, related_name="submissions", blank=True, verbose_name=_("annexes"))

    given_name: str | None  # of with_submitter()
    family_name: str | None

    objects = SubmissionQuerySet.as_manager()

    class Meta:
        verbose_name = _("submission")
        verbose_name_plural = _("submissions")
        ordering = ["response", "number"]
        constraints = [
            models.UniqueConstraint(fields=["response", "number"], name="submission_number_once"),
            models.CheckConstraint(
                name="submission_on_behalf_has_day_and_reason",
                condition=Q(on_behalf_of_reason="", received_on=None, file=None)
                | (~Q(on_behalf_of_reason="") & Q(received_on__isnull=False, file__isnull=False)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.response} ({self.number})"

    @property
    def is_on_behalf(self) -> bool:
        """True where the Secretariat entered it from an e-mail or a letter."""
        return bool(self.on_behalf_of_reason)
