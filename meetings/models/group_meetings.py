"""What a meeting of a group is about and what it agreed; the meeting itself is a Session (decisions.md 11)."""

from __future__ import annotations

import pghistory
from django.db import models
from django.utils.translation import gettext_lazy as _

from groups.models import NextStep
from meetings.models.action_items import ActionItem
from meetings.models.documents import Document
from meetings.models.sessions import Session


@pghistory.track()
class AgendaItem(models.Model):
    """One item of the agenda; after the meeting, what was said about it."""

    session = models.ForeignKey(Session, on_delete=models.CASCADE, related_name="agenda", verbose_name=_("meeting"))
    order = models.PositiveSmallIntegerField(_("order"))
    title = models.CharField(_("title"), max_length=300)
    explanation = models.TextField(_("explanation"), blank=True, max_length=4000)
    documents = models.ManyToManyField(Document, blank=True, related_name="+", verbose_name=_("documents"))
    minutes = models.TextField(_("minutes"), blank=True, max_length=20_000)

    class Meta:
        verbose_name = _("item of the agenda")
        verbose_name_plural = _("items of the agenda")
        ordering = ["session", "order"]
        constraints = [models.UniqueConstraint(fields=["session", "order"], name="agenda_order_once")]

    def __str__(self) -> str:
        return f"{self.order}. {self.title}"


@pghistory.track()
class AgreedPoint(models.Model):
    """One thing a meeting agreed; it can become a next step of the group or an action item of WILD, once."""

    item = models.ForeignKey(AgendaItem, on_delete=models.CASCADE, related_name="agreed", verbose_name=_("item"))
    order = models.PositiveSmallIntegerField(_("order"))
    text = models.CharField(_("agreed"), max_length=300)
    next_step = models.OneToOneField(
        NextStep, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("next step")
    )
    action_item = models.OneToOneField(
        ActionItem, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("action item")
    )

    class Meta:
        verbose_name = _("agreed point")
        verbose_name_plural = _("agreed points")
        ordering = ["item", "order"]
        constraints = [
            models.UniqueConstraint(fields=["item", "order"], name="agreed_point_order_once"),
            models.CheckConstraint(
                name="agreed_point_becomes_one_thing", condition=models.Q(next_step=None) | models.Q(action_item=None)
            ),
        ]

    def __str__(self) -> str:
        return self.text
