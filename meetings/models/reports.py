"""Reports of groups to the plenary: drafted from the record, approved by the Chair, presented as a document."""

from __future__ import annotations

import pghistory
from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.acts import by_and_at, done_by
from accounts.models import User
from groups.models import Group
from meetings.models.documents import Document
from meetings.models.sessions import Session


class GroupReportQuerySet(models.QuerySet["GroupReport"]):
    """Phrases about reports."""

    def visible_to(self, user: User | AnonymousUser) -> GroupReportQuerySet:
        """Those of the groups in which one sits; the Secretariat reads all. What is presented is a Document besides."""
        return self.filter(group__in=Group.objects.open_inside_to(user))

    def to_present(self) -> GroupReportQuerySet:
        """Approved by the Chair and not yet presented, the oldest approval first."""
        return self.exclude(approved_at=None).filter(presented_at=None).order_by("approved_at", "pk")


@pghistory.track()
class GroupReport(models.Model):
    """What a group reports to one session of WILD."""

    group = models.ForeignKey(Group, on_delete=models.PROTECT, related_name="+", verbose_name=_("group"))
    session = models.ForeignKey(Session, on_delete=models.PROTECT, related_name="+", verbose_name=_("reported to"))
    text = models.TextField(_("text, in Markdown"), max_length=60_000)
    version = models.PositiveSmallIntegerField(_("version"), default=1, editable=False)
    drafted_at = models.DateTimeField(_("drafted"), editable=False)
    drafted_by = models.ForeignKey(
        User, on_delete=models.PROTECT, related_name="+", editable=False, verbose_name=_("drafted by")
    )
    approved_at = models.DateTimeField(_("approved"), null=True, blank=True, editable=False)
    approved_by = done_by(_("approved by"))
    presented_at = models.DateTimeField(_("presented"), null=True, blank=True, editable=False)
    presented_by = done_by(_("presented by"))
    document = models.OneToOneField(
        Document,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        editable=False,
        verbose_name=_("document"),
    )

    objects = GroupReportQuerySet.as_manager()

    class Meta:
        verbose_name = _("report of a group")
        verbose_name_plural = _("reports of groups")
        ordering = ["-drafted_at"]
        constraints = [
            models.UniqueConstraint(fields=["group", "session"], name="report_once_per_session"),
            by_and_at("approved", "report_approved_by_and_at"),
            by_and_at("presented", "report_presented_by_and_at"),
            models.CheckConstraint(
                name="report_presented_as_document",
                condition=models.Q(presented_at=None, document=None)
                | models.Q(presented_at__isnull=False, approved_at__isnull=False, document__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.group}, {self.session}"

    def get_absolute_url(self) -> str:
        """The page of the report."""
        return reverse("report_detail", args=[self.group.slug, self.pk])
