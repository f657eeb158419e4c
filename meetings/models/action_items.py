"""Action items and the dated updates that give them their status (decisions.md 10)."""

from __future__ import annotations

import pghistory
from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from groups.models import Group
from meetings.models.documents import Passage
from meetings.models.sessions import Session


class ActionItemQuerySet(models.QuerySet["ActionItem"]):
    """Phrases about action items."""

    def visible_to(self, _user: User | AnonymousUser) -> ActionItemQuerySet:
        """Everybody: action items are public."""
        return self

    def for_list(self) -> ActionItemQuerySet:
        """With session, paragraph, group and updates (and what these cite) at hand, in their order."""
        updates = ActionUpdate.objects.select_related("source_passage__document", "source_circulation__round")
        return self.select_related("session", "passage__document", "passage__parent", "group").prefetch_related(
            models.Prefetch("updates", queryset=updates)
        )

    def of_session(self, session: Session) -> ActionItemQuerySet:
        """Those agreed at a session, and those whose state was reported to it."""
        reported = ActionUpdate.objects.filter(
            item=models.OuterRef("pk"), as_reported_to__startswith=f"{session.code} "
        )
        return self.filter(models.Q(session=session) | models.Exists(reported))


@pghistory.track()
class ActionItem(models.Model):
    """One action item in its official wording; letters a to e are the public key (D02)."""

    class GroupRelation(models.TextChoices):
        OUTCOME = "outcome", _("The group is what the item asked for")
        LEAD = "lead", _("The group leads the item")
        DISCUSSED = "discussed", _("The group has discussed the item")

    slug = models.SlugField(_("address"), max_length=40, unique=True, help_text=_("Such as WILD-1-a."))
    session = models.ForeignKey(
        Session, on_delete=models.PROTECT, related_name="action_items", verbose_name=_("session")
    )
    key = models.CharField(_("letter"), max_length=4)
    heading = models.CharField(_("short heading"), max_length=200)
    is_heading_official = models.BooleanField(_("heading of the source"), default=False)
    official_text = models.TextField(_("official wording"))
    passage = models.ForeignKey(
        Passage, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("paragraph or point")
    )
    group = models.ForeignKey(
        Group, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("group")
    )
    group_relation = models.CharField(
        _("relation of the group"), max_length=10, choices=GroupRelation.choices, blank=True
    )
    is_record = models.BooleanField(_("from the record"), default=False)

    objects = ActionItemQuerySet.as_manager()

    class Meta:
        verbose_name = _("action item")
        verbose_name_plural = _("action items")
        ordering = ["session", "key"]
        constraints = [
            models.UniqueConstraint(fields=["session", "key"], name="action_item_letter_once"),
            models.CheckConstraint(
                name="action_item_group_has_relation",
                condition=models.Q(group=None, group_relation="")
                | (models.Q(group__isnull=False) & ~models.Q(group_relation="")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.session} {self.key}"

    def get_absolute_url(self) -> str:
        """The page with the item's thread of life."""
        return reverse("action_detail", args=[self.slug])

    @property
    def newest_update(self) -> ActionUpdate | None:
        """The update that gives the item its status; reads the prefetched updates."""
        updates = list(self.updates.all())
        return updates[0] if updates else None

    @property
    def outcomes(self) -> list[ActionUpdate]:
        """The updates that came with the outcome of a circulation, the newest first; reads the prefetched updates."""
        return [update for update in self.updates.all() if update.source_circulation_id]


@pghistory.track()
class ActionUpdate(models.Model):
    """What became of an item at a date, by whom it was reported and where it stands written."""

    class Status(models.TextChoices):
        PROPOSED = "proposed", _("proposed")
        CIRCULATED = "circulated", _("circulated")
        OUTSTANDING = "outstanding", _("outstanding")
        IN_PROGRESS = "in_progress", _("in progress")
        UNDER_REVIEW = "under_review", _("under review")
        ESTABLISHED = "established", _("established")
        MERGED = "merged", _("merged")
        CARRIED_OVER = "carried_over", _("carried over")
        CLOSED = "closed", _("closed")

    item = models.ForeignKey(ActionItem, on_delete=models.CASCADE, related_name="updates", verbose_name=_("item"))
    status = models.CharField(_("status"), max_length=12, choices=Status.choices)
    happened_on = models.DateField(_("date"))
    is_date_exact = models.BooleanField(_("the day is stated"), default=True)
    note = models.TextField(_("note"), blank=True)
    is_note_official = models.BooleanField(_("note in official wording"), default=False)
    as_reported_to = models.CharField(_("as reported to"), max_length=100, blank=True)
    source = models.CharField(_("source"), max_length=200)
    source_passage = models.ForeignKey(
        Passage, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("paragraph")
    )
    source_circulation = models.ForeignKey(
        "Circulation", on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("circulation")
    )
    recorded_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    is_record = models.BooleanField(_("from the record"), default=False)

    class Meta:
        verbose_name = _("update")
        verbose_name_plural = _("updates")
        ordering = ["item", "-happened_on", "-pk"]

    def __str__(self) -> str:
        return f"{self.item}: {self.get_status_display()}"
