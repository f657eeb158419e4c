"""Who was represented: States and organizations, not persons."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Office
from meetings.models.sessions import Session


class Delegation(models.Model):
    """One State or organization at one session, under the official wording of the record (D14, D15)."""

    class Kind(models.TextChoices):
        STATE = "member_state", _("Member State")
        ORGANIZATION = "igo", _("Organization")

    session = models.ForeignKey(Session, on_delete=models.CASCADE, related_name="delegations", verbose_name=_("session"))
    office = models.ForeignKey(Office, on_delete=models.PROTECT, related_name="+", verbose_name=_("office"))
    kind = models.CharField(_("kind"), max_length=12, choices=Kind.choices)
    order = models.PositiveSmallIntegerField(_("order in the document"))
    official_name = models.CharField(_("official wording"), max_length=200)

    class Meta:
        verbose_name = _("delegation")
        verbose_name_plural = _("delegations")
        ordering = ["session", "kind", "order"]
        constraints = [models.UniqueConstraint(fields=["session", "office"], name="delegation_once")]

    def __str__(self) -> str:
        return f"{self.official_name}, {self.session}"
