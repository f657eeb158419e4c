"""Seats: who sits in which group, as what, and from when until when (decisions.md 7)."""

from __future__ import annotations

from datetime import date

import pghistory
from django.contrib.auth.models import AnonymousUser
from django.contrib.postgres.lookups import Unaccent
from django.db import models
from django.db.models.functions import Lower
from django.urls import reverse
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from accounts.acts import done_by
from accounts.models import Member, Office, User
from groups.models.groups import Group


class MembershipQuerySet(models.QuerySet["Membership"]):
    """Phrases about seats."""

    def current(self) -> MembershipQuerySet:
        """Seats whose term has not ended."""
        return self.filter(until_on=None)

    def held_on(self, day: date) -> MembershipQuerySet:
        """Current seats, and those given up on that Geneva day or later."""
        return self.filter(models.Q(until_on=None) | models.Q(until_on__gte=day))

    def held_by(self, user: User) -> MembershipQuerySet:
        """Seats of the members this login stands for, without those who have left their office."""
        return self.filter(member__user=user, member__until_on=None)

    def of_officers(self) -> MembershipQuerySet:
        """Seats of Chairs and Vice-Chairs."""
        return self.filter(role__in=Membership.OFFICER_ROLES)

    def counted_in(self, role: str) -> MembershipQuerySet:
        """Those that share an office's seats with `role`: officers sit on a member's seat."""
        if role == Membership.Role.ALTERNATE:
            return self.filter(role=Membership.Role.ALTERNATE)
        return self.filter(role__in=[Membership.Role.MEMBER, *Membership.OFFICER_ROLES])

    def handled_by(self, user: User | AnonymousUser) -> MembershipQuerySet:
        """Seats whose term one looks after: one's own, those of one's office, those of the groups one runs."""
        if not user.is_authenticated:
            return self.none()
        if user.is_staff:
            return self
        return self.filter(
            models.Q(pk__in=self.model.objects.held_by(user).values("pk"))
            | models.Q(member__office__in=Office.objects.managed_by(user))
            | models.Q(group__in=self.model.objects.current().held_by(user).of_officers().values("group"))
        )

    def visible_to(self, user: User | AnonymousUser) -> MembershipQuerySet:
        """Rosters are for members of an office and the Secretariat; a guest sees those of the groups they sit in."""
        if not user.is_authenticated:
            return self.none()
        if user.is_staff:
            return self
        member_of = Member.objects.current().filter(user=user).exclude(office=None)
        return self.filter(models.Q(models.Exists(member_of)) | models.Q(group__in=Group.objects.sat_in_by(user)))

    def ending_by(self, day: date) -> MembershipQuerySet:
        """Current seats whose mandate ends on that Geneva day or before."""
        return self.current().filter(mandate_ends_on__lte=day)

    def for_roster(self, language: str | None = None) -> MembershipQuerySet:
        """By office in the order of `language` (default: the active one), then by family name; guests last."""
        by_office = models.F(f"member__office__ranks__{language or get_language() or 'en'}").asc(nulls_last=True)
        return self.select_related("member__office").order_by(
            by_office, "member__office", Lower(Unaccent("member__family_name")), "pk"
        )


@pghistory.track()
class Membership(models.Model):
    """One seat held for one term; succession ends a row and starts another (decisions.md 7)."""

    class Role(models.TextChoices):
        MEMBER = "member", _("Member")
        ALTERNATE = "alternate", pgettext_lazy("seat in a group", "Alternate")
        CHAIR = "chair", _("Chair")
        VICE_CHAIR = "vice_chair", _("Vice-Chair")
        GUEST = "guest", _("Guest")

    class Ending(models.TextChoices):
        RESIGNED = "resigned", _("Resigned")
        SUCCEEDED = "succeeded", _("Succeeded by a colleague")
        OFFICE = "office", _("Took up another role in the group")
        LAPSED = "lapsed", _("Mandate ended")
        REMOVED = "removed", _("Ended by the Secretariat or the Chair")
        LEFT = "left", _("Left the office")

    OFFICER_ROLES = (Role.CHAIR, Role.VICE_CHAIR)
    SITTING_ROLES = (Role.MEMBER, Role.ALTERNATE, *OFFICER_ROLES)  # those who speak for an office
    RANKS = (*OFFICER_ROLES, Role.MEMBER, Role.ALTERNATE, Role.GUEST)  # who has more to say comes first

    group = models.ForeignKey(Group, on_delete=models.PROTECT, related_name="memberships", verbose_name=_("group"))
    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+", verbose_name=_("member"))
    role = models.CharField(_("role"), max_length=10, choices=Role.choices, default=Role.MEMBER)
    since_on = models.DateField(_("since"))
    mandate_ends_on = models.DateField(_("end of the mandate"), null=True, blank=True)
    follows = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="followed_by",
        verbose_name=_("takes over from"),
    )
    until_on = models.DateField(_("until"), null=True, blank=True)
    ending = models.CharField(_("why it ended"), max_length=10, choices=Ending.choices, blank=True)
    ended_by = done_by(_("ended by"))
    ended_reason = models.CharField(_("reason for ending it"), max_length=500, blank=True, editable=False)
    warned_of_on = models.DateField(
        _("told of the end of the mandate on"),
        null=True,
        blank=True,
        editable=False,
        help_text=_("The end of the mandate of which the office was told; each one is told once."),
    )

    objects = MembershipQuerySet.as_manager()

    class Meta:
        verbose_name = _("seat in a group")
        verbose_name_plural = _("seats in groups")
        constraints = [
            models.UniqueConstraint(
                fields=["group", "member"], name="membership_one_current_seat", condition=models.Q(until_on=None)
            ),
            models.UniqueConstraint(
                fields=["group"], name="membership_one_chair", condition=models.Q(until_on=None, role="chair")
            ),
            models.CheckConstraint(
                name="membership_mandate_ends_after_start",
                condition=models.Q(mandate_ends_on=None) | models.Q(mandate_ends_on__gte=models.F("since_on")),
            ),
            models.CheckConstraint(
                name="membership_ends_for_a_reason", condition=models.Q(until_on=None, ending="") | ~models.Q(ending="")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.member}, {self.group}"

    def get_absolute_url(self) -> str:
        """The page where the seat is looked after."""
        return reverse("seat_detail", args=[self.group.slug, self.pk])

    @property
    def is_current(self) -> bool:
        """True while it is held by somebody who has not left; reads the member."""
        return self.until_on is None and self.member.until_on is None

    @property
    def speaks(self) -> bool:
        """True where it speaks for an office; reads the member."""
        return self.role in self.SITTING_ROLES and self.member.office_id is not None

    @property
    def is_officer(self) -> bool:
        """True for a Chair and a Vice-Chair."""
        return self.role in self.OFFICER_ROLES
