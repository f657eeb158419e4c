"""Standing groups: what was reported of them, and the checklist they work through (decisions.md 7, 8, 12)."""

from __future__ import annotations

import pghistory
from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.acts import by_and_at, done_by
from accounts.models import Member, User
from groups.kinds import RULES, GroupKind, GroupRules


class GroupQuerySet(models.QuerySet["Group"]):
    """Phrases about groups."""

    def visible_to(self, _user: User | AnonymousUser) -> GroupQuerySet:
        """Everybody: the summary of a group is public; what lies inside has its own rule."""
        return self

    def sat_in_by(self, user: User | AnonymousUser) -> GroupQuerySet:
        """Groups in which a member of this login holds a current seat; who has left the office holds none any more."""
        if not user.is_authenticated:
            return self.none()
        return self._with_seat_of(user)

    def chaired_by(self, user: User | AnonymousUser) -> GroupQuerySet:
        """Groups of which a member of this login is Chair or Vice-Chair."""
        if not user.is_authenticated:
            return self.none()
        return self._with_seat_of(user, memberships__role__in=["chair", "vice_chair"])

    def _with_seat_of(self, user: User, **conditions: object) -> GroupQuerySet:
        held = {"memberships__member__user": user, "memberships__member__until_on": None, "memberships__until_on": None}
        return self.filter(**held, **conditions).distinct()

    def open_inside_to(self, user: User | AnonymousUser) -> GroupQuerySet:
        """Groups whose meetings, decisions and discussions this login may read: own seats; the Secretariat all."""
        return self if user.is_authenticated and user.is_staff else self.sat_in_by(user)


@pghistory.track()
class Group(models.Model):
    """A standing group; facts reported to a session are dated fields of their own, never computed (decisions.md 12)."""

    Kind = GroupKind

    slug = models.SlugField(_("address"), max_length=60, unique=True)
    name = models.CharField(_("official name"), max_length=200)
    kind = models.CharField(_("kind"), max_length=20, choices=Kind.choices)
    mandate = models.TextField(_("mandate"), blank=True)
    focus_areas = models.JSONField(_("focus areas, official wording"), default=list, blank=True)
    takeaways = models.JSONField(_("takeaways, official wording"), default=list, blank=True)
    reported_members = models.PositiveIntegerField(_("members, as reported"), null=True, blank=True)
    reported_offices = models.PositiveIntegerField(_("offices, as reported"), null=True, blank=True)
    reported_wording = models.CharField(_("counts, official wording"), max_length=200, blank=True)
    reported_as_of = models.CharField(_("reported to"), max_length=100, blank=True)
    first_meeting_on = models.DateField(_("first meeting"), null=True, blank=True)
    first_meeting_wording = models.CharField(_("first meeting, official wording"), max_length=200, blank=True)
    chair_reported = models.CharField(_("Chair, as reported"), max_length=200, blank=True)
    is_record = models.BooleanField(_("from the record"), default=False)

    objects = GroupQuerySet.as_manager()

    class Meta:
        verbose_name = _("group")
        verbose_name_plural = _("groups")
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        """The page of the group."""
        return reverse("group_detail", args=[self.slug])

    @property
    def rules(self) -> GroupRules:
        """What its kind allows."""
        return RULES[GroupKind(self.kind)]


class NextStep(models.Model):
    """One line of a group's checklist; steps reported to a session keep their official wording."""

    group = models.ForeignKey(Group, on_delete=models.CASCADE, related_name="next_steps")
    order = models.PositiveSmallIntegerField(_("order"))
    text = models.CharField(_("step"), max_length=300)
    due_on = models.DateField(_("due"), null=True, blank=True)
    owner = models.ForeignKey(
        Member, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("who does it")
    )
    done_at = models.DateTimeField(_("done"), null=True, blank=True, editable=False)
    done_by = done_by(_("ticked off by"))
    is_record = models.BooleanField(_("from the record"), default=False)

    class Meta:
        verbose_name = _("next step")
        verbose_name_plural = _("next steps")
        ordering = ["group", "order"]
        constraints = [
            models.UniqueConstraint(fields=["group", "order"], name="next_step_order_once"),
            by_and_at("done", "next_step_done_by_and_at"),
        ]

    def __str__(self) -> str:
        return self.text
