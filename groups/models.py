"""What every standing group shares, and the one way in (decisions.md 6 to 8)."""

from __future__ import annotations

import pghistory
from django.contrib.auth.models import AnonymousUser
from django.contrib.postgres.lookups import Unaccent
from django.db import models
from django.db.models.functions import Lower
from django.urls import reverse
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from accounts.models import Member, Office, User


class GroupQuerySet(models.QuerySet["Group"]):
    """Phrases about groups."""

    def visible_to(self, _user: User | AnonymousUser) -> GroupQuerySet:
        """Everybody: the summary of a group is public; what lies inside has its own rule."""
        return self

    def sat_in_by(self, user: User | AnonymousUser) -> GroupQuerySet:
        """Groups in which a member of this login holds a current seat."""
        if not user.is_authenticated:
            return self.none()
        seats = Membership.objects.current().filter(member__user=user)
        return self.filter(pk__in=seats.values("group"))


@pghistory.track()
class Group(models.Model):
    """A standing group; facts reported to a session are dated fields of their own, never computed (decisions.md 12)."""

    class Kind(models.TextChoices):
        CIO_NETWORK = "cio_network", _("Network")
        FOCUS_GROUP = "focus_group", _("Focus group")

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


class NextStep(models.Model):
    """One line of a group's checklist; steps reported to a session keep their official wording."""

    group = models.ForeignKey(Group, on_delete=models.CASCADE, related_name="next_steps")
    order = models.PositiveSmallIntegerField(_("order"))
    text = models.CharField(_("step"), max_length=300)
    due_on = models.DateField(_("due"), null=True, blank=True)
    done_at = models.DateTimeField(_("done"), null=True, blank=True)
    done_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    is_record = models.BooleanField(_("from the record"), default=False)

    class Meta:
        verbose_name = _("next step")
        verbose_name_plural = _("next steps")
        ordering = ["group", "order"]
        constraints = [
            models.UniqueConstraint(fields=["group", "order"], name="next_step_order_once"),
            models.CheckConstraint(
                name="next_step_done_by_and_at",
                condition=models.Q(done_at=None, done_by=None) | models.Q(done_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.text


class MembershipQuerySet(models.QuerySet["Membership"]):
    """Phrases about seats."""

    def current(self) -> MembershipQuerySet:
        """Seats whose term has not ended."""
        return self.filter(until_on=None)

    def visible_to(self, user: User | AnonymousUser) -> MembershipQuerySet:
        """Rosters are for members of an office and the Secretariat; a guest sees those of the groups they sit in."""
        if not user.is_authenticated:
            return self.none()
        if user.is_staff:
            return self
        member_of = Member.objects.current().filter(user=user).exclude(office=None)
        return self.filter(models.Q(models.Exists(member_of)) | models.Q(group__in=Group.objects.sat_in_by(user)))

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

    group = models.ForeignKey(Group, on_delete=models.PROTECT, related_name="memberships", verbose_name=_("group"))
    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+", verbose_name=_("member"))
    role = models.CharField(_("role"), max_length=10, choices=Role.choices, default=Role.MEMBER)
    since_on = models.DateField(_("since"))
    until_on = models.DateField(_("until"), null=True, blank=True)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        verbose_name = _("seat in a group")
        verbose_name_plural = _("seats in groups")
        constraints = [
            models.UniqueConstraint(
                fields=["group", "member"], name="membership_one_current_seat", condition=models.Q(until_on=None)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.member}, {self.group}"


class NominationQuerySet(models.QuerySet["Nomination"]):
    """Phrases about nominations and requests to join."""

    def pending(self) -> NominationQuerySet:
        """Neither accepted, nor declined, nor withdrawn."""
        return self.filter(decision="")

    def decided(self) -> NominationQuerySet:
        """Accepted, declined or withdrawn, the newest first."""
        return self.exclude(decision="").order_by("-decided_at", "-pk")

    def for_list(self) -> NominationQuerySet:
        """With office and groups."""
        return self.select_related("office").prefetch_related("groups")

    def awaiting_decision_of(self, user: User | AnonymousUser) -> NominationQuerySet:
        """Those this login may decide: the Secretariat all, a focal point what persons asked of the own office."""
        if not user.is_authenticated:
            return self.none()
        if user.is_staff:
            return self
        duties = Member.objects.speaking_for_office().filter(user=user, role=Member.Role.FOCAL_POINT)
        return self.filter(asked_by=None, office__in=duties.values("office"))

    def visible_to(self, user: User | AnonymousUser) -> NominationQuerySet:
        """The Secretariat sees all; members of an office see those of their office."""
        if not user.is_authenticated:
            return self.none()
        if user.is_staff:
            return self
        return self.filter(office__in=Member.objects.current().filter(user=user).values("office"))


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
    asked_at = models.DateTimeField(_("asked"))
    asked_by = models.ForeignKey(
        User,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        help_text=_("Empty: the person asked."),
    )
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
