"""Who was represented: States and organizations, not persons."""

from __future__ import annotations

from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from accounts.models import Office
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
