"""Nominations by offices and requests of persons: one way in (decisions.md 6)."""

from __future__ import annotations

import pghistory
from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.acts import by_and_at, done_by
from accounts.models import Member, Office, User
from groups.models.groups import Group
from groups.models.memberships import Membership
from library.models import StoredFile


class NominationQuerySet(models.QuerySet["Nomination"]):
    """Phrases about nominations and requests to join."""

    def pending(self) -> NominationQuerySet:
        """Neither accepted, nor declined, nor withdrawn."""
        return self.filter(decision="")

    def decided(self) -> NominationQuerySet:
        """Accepted, declined or withdrawn, the newest first."""
        return self.exclude(decision="").order_by("-decided_at", "-pk")

    def for_list(self) -> NominationQuerySet:
        """With office, letter and groups."""
        return self.select_related("office", "letter").prefetch_related("groups")

    def awaiting_decision_of(self, user: User | AnonymousUser) -> NominationQuerySet:
        """Those this login may decide: the Secretariat all, a focal point what persons asked of the own office."""
        if not user.is_authenticated:
            return self.none()
        if user.is_staff:
            return self
        duties = Member.objects.speaking_for_office().filter(user=user, role=Member.Role.FOCAL_POINT)
        return self.filter(asked_by=None, office__in=duties.values("office"))

    def visible_to(self, user: User | AnonymousUser) -> NominationQuerySet:
        """The Secretariat sees all, members of an office those of it, a Chair what offices ask for the own group."""
        if not user.is_authenticated:
            return self.none()
        if user.is_staff:
            return self
        chaired = Group.objects.chaired_by(user).values("pk")
        asked_of_chair = self.model.objects.exclude(asked_by=None).filter(groups__in=chaired)
        return self.filter(
            models.Q(office__in=Member.objects.current().filter(user=user).values("office"))
            | models.Q(pk__in=asked_of_chair.values("pk"))
        )

    def awaiting_answer(self) -> NominationQuerySet:
        """Asked back, and the office has not answered."""
        return self.pending().exclude(asked_back_at=None).filter(replied_at=None)


@pghistory.track()
class Nomination(models.Model):
    """A person proposed for an office, by the person ("ask to join") or by the office; a group is optional."""

    class Decision(models.TextChoices):
        ACCEPTED = "accepted", _("Accepted")
        DECLINED = "declined", _("Declined")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    office = models.ForeignKey(Office, on_delete=models.PROTECT, related_name="+", verbose_name=_("office"))
    groups = models.ManyToManyField(Group, blank=True, related_name="+", verbose_name=_("groups wished"))
    role = models.CharField(
        _("role"),
        max_length=12,
        choices=[c for c in Member.Role.choices if c[0] != Member.Role.GUEST],
        default=Member.Role.CONTRIBUTOR,
    )
    honorific = models.CharField(pgettext_lazy("of a person", "title"), max_length=20, blank=True)
    given_name = models.CharField(_("given name"), max_length=100, blank=True)
    family_name = models.CharField(_("family name"), max_length=100)
    job_title = models.CharField(_("function"), max_length=200, blank=True)
    email = models.EmailField(_("e-mail"), max_length=254)
    language = models.CharField(_("language"), max_length=10, default="en")
    remark = models.TextField(_("remark"), blank=True, max_length=2000)
    seat = models.CharField(
        _("seat wished in the groups"),
        max_length=10,
        choices=[c for c in Membership.Role.choices if c[0] in (Membership.Role.MEMBER, Membership.Role.ALTERNATE)],
        default=Membership.Role.MEMBER,
    )
    letter = models.ForeignKey(
        StoredFile,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("letter or curriculum vitae"),
    )
    asked_at = models.DateTimeField(_("asked"))
    asked_by = models.ForeignKey(
        User,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        help_text=_("Empty: the person asked."),
    )
    question = models.TextField(_("question back to the office"), blank=True, max_length=2000)
    asked_back_at = models.DateTimeField(_("asked back"), null=True, blank=True, editable=False)
    asked_back_by = done_by(_("asked back by"))
    reply = models.TextField(_("answer of the office"), blank=True, max_length=2000)
    replied_at = models.DateTimeField(_("answered"), null=True, blank=True, editable=False)
    replied_by = done_by(_("answered by"))
    decision = models.CharField(_("decision"), max_length=10, choices=Decision.choices, blank=True, default="")
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)
    decided_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    reason = models.TextField(_("reason"), blank=True, max_length=2000)
    member = models.ForeignKey(Member, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")

    objects = NominationQuerySet.as_manager()

    class Meta:
        verbose_name = _("nomination or request to join")
        verbose_name_plural = _("nominations and requests to join")
        ordering = ["-asked_at"]
        constraints = [
            by_and_at("asked_back", "nomination_asked_back_by_and_at"),
            by_and_at("replied", "nomination_replied_by_and_at"),
            models.UniqueConstraint(
                "office", Lower("email"), name="nomination_one_pending", condition=models.Q(decision="")
            ),
            models.CheckConstraint(
                name="nomination_decided_when_decision",
                condition=models.Q(decision="", decided_at=None)
                | (~models.Q(decision="") & models.Q(decided_at__isnull=False)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.given_name} {self.family_name}".strip()

    @property
    def awaits_answer(self) -> bool:
        """True while the office owes an answer to the question of the Secretariat."""
        return not self.decision and self.asked_back_at is not None and self.replied_at is None
