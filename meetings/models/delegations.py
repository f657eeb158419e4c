"""Who was represented, and which persons take part (decisions.md 11)."""

from __future__ import annotations

import pghistory
from django.contrib.postgres.lookups import Unaccent
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from accounts.models import Member, Office
from meetings.models.sessions import Session


class DelegationQuerySet(models.QuerySet["Delegation"]):
    """Phrases about delegations."""

    def named(self, words: str) -> DelegationQuerySet:
        """Delegations whose official wording, or any name of whose office, contains `words` (D15)."""
        words = words.replace("\x00", "").strip()
        return self.filter(
            models.Q(official_name__unaccent__icontains=words) | models.Q(office__in=Office.objects.named(words))
        )

    def in_order(self, language: str | None = None) -> DelegationQuerySet:
        """States, then organizations, each in the alphabetical order of `language` (default: the active one)."""
        return self.order_by("-kind", f"office__ranks__{language or get_language() or 'en'}", "order")

    def in_order_of_the_record(self) -> DelegationQuerySet:
        """States, then organizations, each as the document lists them."""
        return self.order_by("-kind", "order")


class Delegation(models.Model):
    """One State or organization at one session, under the official wording of the record (D14, D15)."""

    class Kind(models.TextChoices):
        STATE = "member_state", _("Member State")
        ORGANIZATION = "igo", _("Organization")

    session = models.ForeignKey(
        Session, on_delete=models.CASCADE, related_name="delegations", verbose_name=_("session")
    )
    office = models.ForeignKey(Office, on_delete=models.PROTECT, related_name="+", verbose_name=_("office"))
    kind = models.CharField(_("kind"), max_length=12, choices=Kind.choices)
    order = models.PositiveSmallIntegerField(_("order in the document"))
    official_name = models.CharField(_("official wording"), max_length=200)

    objects = DelegationQuerySet.as_manager()

    class Meta:
        verbose_name = _("delegation")
        verbose_name_plural = _("delegations")
        ordering = ["session", "kind", "order"]
        constraints = [models.UniqueConstraint(fields=["session", "office"], name="delegation_once")]

    def __str__(self) -> str:
        return f"{self.official_name}, {self.session}"

    @property
    def name(self) -> str:
        """The official wording of the record for readers of English, the name of the office in any other language."""
        return self.official_name if (get_language() or "en").startswith("en") else self.office.name


class ParticipantQuerySet(models.QuerySet["Participant"]):
    """Phrases about participants."""

    def in_order(self, language: str | None = None) -> ParticipantQuerySet:
        """By office in the order of `language` (default: the active one), then by family name; guests last."""
        by_office = models.F(f"office__ranks__{language or get_language() or 'en'}").asc(nulls_last=True)
        return self.select_related("office", "member").order_by(
            by_office, "office", Lower(Unaccent("member__family_name")), "pk"
        )


@pghistory.track()
class Participant(models.Model):
    """One person and one session: a delegation's member, an answer to an invitation, attendance (decisions.md 11)."""

    class Status(models.TextChoices):
        ASKED = "asked", pgettext_lazy("participant", "Not answered")
        CONFIRMED = "confirmed", pgettext_lazy("participant", "Takes part")
        WAITING = "waiting", pgettext_lazy("participant", "Waits for a place")
        DECLINED = "declined", pgettext_lazy("participant", "Does not take part")
        ATTENDED = "attended", pgettext_lazy("participant", "Took part")

    session = models.ForeignKey(
        Session, on_delete=models.CASCADE, related_name="participants", verbose_name=_("session")
    )
    office = models.ForeignKey(
        Office, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("office")
    )
    member = models.ForeignKey(
        Member, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("member")
    )
    name = models.CharField(_("name, of who is no member"), max_length=200, blank=True)
    function = models.CharField(_("function"), max_length=200, blank=True)
    status = models.CharField(_("status"), max_length=10, choices=Status.choices, default=Status.ASKED)
    replied_at = models.DateTimeField(_("answered"), null=True, blank=True, editable=False)

    objects = ParticipantQuerySet.as_manager()

    class Meta:
        verbose_name = _("participant")
        verbose_name_plural = _("participants")
        constraints = [
            models.UniqueConstraint(fields=["session", "member"], name="participant_once"),
            models.CheckConstraint(
                name="participant_is_member_or_named", condition=models.Q(member__isnull=False) | ~models.Q(name="")
            ),
        ]

    def __str__(self) -> str:
        return self.name or str(self.member)
