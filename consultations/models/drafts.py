"""The shared draft of an office, field by field."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Member, User
from consultations.models.responses import OfficeResponse


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
