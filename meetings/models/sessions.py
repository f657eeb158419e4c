"""Sessions with their days, themes, presentations, officers and suggested items. Empty means "not in the record"."""

from __future__ import annotations

import uuid
from datetime import datetime

import pghistory
from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop, pgettext_lazy

from accounts.acts import by_and_at, done_by
from accounts.models import Member, Office, User
from accounts.zones import validate_zone
from groups.models import Group

# What the record calls sessions and places; pages write them in the reader's language where catalogues have them.
RECORDED_NAMES = (
    gettext_noop("First session"),
    gettext_noop("Second session"),
    gettext_noop("inaugural session"),
    gettext_noop("WIPO Headquarters"),
    gettext_noop("Geneva"),
)


class SessionQuerySet(models.QuerySet["Session"]):
    """Phrases about sessions."""

    def visible_to(self, user: User | AnonymousUser) -> SessionQuerySet:
        """Published sessions of WILD for everybody, meetings of a group for its seats; the Secretariat sees all."""
        if user.is_staff:
            return self
        of_groups = models.Q(kind=Session.Kind.GROUP, group__in=Group.objects.sat_in_by(user))
        return self.filter(models.Q(is_published=True) & (~models.Q(kind=Session.Kind.GROUP) | of_groups))

    def plenary(self) -> SessionQuerySet:
        """Sessions of WILD itself, newest first."""
        return self.filter(kind=Session.Kind.PLENARY).order_by("-number")

    def of_group(self, group: Group) -> SessionQuerySet:
        """The meetings of a group, the next and the newest first."""
        return self.filter(kind=Session.Kind.GROUP, group=group).order_by("-starts_at")

    def of_member(self, member: Member) -> SessionQuerySet:
        """Published meetings of the groups in which a member sits now."""
        groups = Group.objects.filter(memberships__member=member, memberships__until_on=None)
        return self.filter(kind=Session.Kind.GROUP, is_published=True, group__in=groups)

    def upcoming(self, now: datetime) -> SessionQuerySet:
        """Meetings that have not ended at `now` (aware UTC) and were not called off, the next first."""
        return self.filter(ends_at__gt=now, cancelled_at=None).order_by("starts_at")


class MeetingSeries(models.Model):
    """Meetings of a group planned together, such as one each quarter; each one is moved on its own."""

    group = models.ForeignKey(Group, on_delete=models.PROTECT, related_name="+", verbose_name=_("group"))
    name = models.CharField(_("name"), max_length=200)
    every_months = models.PositiveSmallIntegerField(_("every so many months"), default=3)

    class Meta:
        verbose_name = _("series of meetings")
        verbose_name_plural = _("series of meetings")
        constraints = [models.CheckConstraint(name="series_has_a_rhythm", condition=models.Q(every_months__gte=1))]

    def __str__(self) -> str:
        return self.name


@pghistory.track()
class Session(models.Model):
    """A meeting: the yearly plenary, a meeting of a group, or a workshop (decisions.md 11)."""

    class Kind(models.TextChoices):
        PLENARY = "plenary", _("Session of WILD")
        GROUP = "group", _("Meeting of a group")
        WORKSHOP = "workshop", _("Workshop")

    class Mode(models.TextChoices):
        ONSITE = "onsite", _("On site")
        ONLINE = "online", _("Online")
        HYBRID = "hybrid", _("On site and online")

    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices, default=Kind.PLENARY)
    number = models.PositiveSmallIntegerField(_("number"), null=True, blank=True)
    code = models.CharField(_("code"), max_length=30, unique=True, help_text=_("Such as WILD/1."))
    name = models.CharField(_("name"), max_length=200)
    also_called = models.CharField(_("also called"), max_length=200, blank=True)
    starts_on = models.DateField(_("first day"))
    ends_on = models.DateField(_("last day"))
    mode = models.CharField(_("mode"), max_length=10, choices=Mode.choices, blank=True)
    venue = models.CharField(_("venue"), max_length=200, blank=True)
    city = models.CharField(_("city"), max_length=100, blank=True)
    meeting_id = models.PositiveIntegerField(_("WIPO meeting id"), null=True, blank=True)
    page_url = models.URLField(_("meeting page"), blank=True)
    opened_by_name = models.CharField(pgettext_lazy("a session", "opened by"), max_length=200, blank=True)
    opened_by_role = models.CharField(_("function of who opened it"), max_length=200, blank=True)
    opening_points = models.JSONField(_("points made at the opening"), default=list, blank=True)
    topics = models.JSONField(_("topics"), default=list, blank=True)
    reported_states = models.PositiveSmallIntegerField(_("Member States, as reported"), null=True, blank=True)
    reported_organizations = models.PositiveSmallIntegerField(_("organizations, as reported"), null=True, blank=True)
    reported_themes = models.PositiveSmallIntegerField(_("themes, as reported"), null=True, blank=True)
    reported_presentations = models.PositiveSmallIntegerField(_("presentations, as reported"), null=True, blank=True)
    wipo_roles = models.JSONField(_("roles for WIPO named by participants"), default=list, blank=True)
    group = models.ForeignKey(
        Group, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("group")
    )
    series = models.ForeignKey(
        MeetingSeries,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="sessions",
        verbose_name=_("series"),
    )
    starts_at = models.DateTimeField(_("begins"), null=True, blank=True)
    ends_at = models.DateTimeField(_("ends"), null=True, blank=True)
    time_zone = models.CharField(_("time zone"), max_length=40, blank=True, validators=[validate_zone])
    join_url = models.URLField(_("address to join, for members only"), max_length=500, blank=True)
    uid = models.UUIDField(_("identity in calendars"), default=uuid.uuid4, editable=False)
    sequence = models.PositiveSmallIntegerField(_("version in calendars"), default=0, editable=False)
    prepared_at = models.DateTimeField(_("prepared"), null=True, blank=True, editable=False)
    prepared_by = done_by(_("prepared by"))
    told_sequence = models.PositiveSmallIntegerField(
        _("version that was mailed"), null=True, blank=True, editable=False
    )
    told_starts_at = models.DateTimeField(_("beginning that was mailed"), null=True, blank=True, editable=False)
    invited_at = models.DateTimeField(_("invitation sent"), null=True, blank=True, editable=False)
    invited_by = done_by(_("invitation sent by"))
    cancelled_at = models.DateTimeField(_("called off"), null=True, blank=True, editable=False)
    cancelled_by = done_by(_("called off by"))
    cancelled_reason = models.CharField(_("why it was called off"), max_length=500, blank=True, editable=False)
    minutes_published_at = models.DateTimeField(_("minutes published"), null=True, blank=True, editable=False)
    minutes_published_by = done_by(_("minutes published by"))
    is_published = models.BooleanField(_("published"), default=False)
    is_record = models.BooleanField(_("from the record"), default=False)

    objects = SessionQuerySet.as_manager()

    class Meta:
        verbose_name = _("session")
        verbose_name_plural = _("sessions")
        ordering = ["-starts_on"]
        constraints = [
            models.UniqueConstraint(fields=["number"], name="session_number_once", condition=models.Q(kind="plenary")),
            models.CheckConstraint(
                name="session_plenary_is_numbered", condition=~models.Q(kind="plenary") | models.Q(number__isnull=False)
            ),
            models.UniqueConstraint(
                fields=["group", "number"], name="session_number_once_per_group", condition=models.Q(kind="group")
            ),
            models.CheckConstraint(
                name="session_of_group_has_group_and_hours",
                condition=~models.Q(kind="group")
                | models.Q(number__isnull=False, group__isnull=False, starts_at__isnull=False, ends_at__isnull=False),
            ),
            models.CheckConstraint(
                name="session_ends_at_after_starts_at",
                condition=models.Q(starts_at=None) | models.Q(ends_at__gt=models.F("starts_at")),
            ),
            by_and_at("prepared", "session_prepared_by_and_at"),
            by_and_at("invited", "session_invited_by_and_at"),
            models.CheckConstraint(
                name="session_told_when_invited",
                condition=models.Q(invited_at=None, told_sequence=None, told_starts_at=None)
                | models.Q(invited_at__isnull=False, told_sequence__isnull=False, told_starts_at__isnull=False),
            ),
            models.CheckConstraint(
                name="session_join_url_is_https",
                condition=models.Q(join_url="") | models.Q(join_url__startswith="https://"),
                violation_error_message=_("The address to join begins with https://."),
            ),
            by_and_at("cancelled", "session_cancelled_by_and_at"),
            by_and_at("minutes_published", "session_minutes_published_by_and_at"),
            models.CheckConstraint(
                name="session_ends_after_start", condition=models.Q(ends_on__gte=models.F("starts_on"))
            ),
        ]

    def __str__(self) -> str:
        return self.code

    def get_absolute_url(self) -> str:
        """The page of the session, or of the meeting of a group."""
        if self.kind == self.Kind.GROUP and self.group:
            return reverse("meeting_detail", args=[self.group.slug, self.number])
        return reverse("session_detail", args=[self.number])

    @property
    def chair(self) -> Officer | None:
        """The Chair; None where the record names nobody. Reads the prefetched officers."""
        return next((officer for officer in self.officers.all() if officer.role == Officer.Role.CHAIR), None)


class Day(models.Model):
    """One day of a session."""

    session = models.ForeignKey(Session, on_delete=models.CASCADE, related_name="days", verbose_name=_("session"))
    number = models.PositiveSmallIntegerField(_("day"))
    date = models.DateField(_("date"))
    is_date_derived = models.BooleanField(_("date derived, not stated"), default=False)
    title = models.CharField(_("title"), max_length=300, blank=True)
    reported_presentations = models.PositiveSmallIntegerField(_("presentations, as reported"), null=True, blank=True)

    class Meta:
        verbose_name = _("day")
        verbose_name_plural = _("days")
        ordering = ["session", "number"]
        constraints = [models.UniqueConstraint(fields=["session", "number"], name="day_number_once")]

    def __str__(self) -> str:
        return f"{self.session}, {self.number}"

    @property
    def theme_span(self) -> tuple[int, int] | None:
        """Numbers of the first and the last theme of the day; None where it has none. Reads the prefetched themes."""
        numbers = [theme.number for theme in self.themes.all()]
        return (min(numbers), max(numbers)) if numbers else None


class Theme(models.Model):
    """A numbered theme of a session; the titles of WILD/1 are not in the record."""

    session = models.ForeignKey(Session, on_delete=models.CASCADE, related_name="themes", verbose_name=_("session"))
    day = models.ForeignKey(
        Day, on_delete=models.SET_NULL, null=True, blank=True, related_name="themes", verbose_name=_("day")
    )
    number = models.PositiveSmallIntegerField(_("number"))
    title = models.CharField(_("title"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("theme")
        verbose_name_plural = _("themes")
        ordering = ["session", "number"]
        constraints = [models.UniqueConstraint(fields=["session", "number"], name="theme_number_once")]

    def __str__(self) -> str:
        return f"{self.number}. {self.title}".strip()


class Presentation(models.Model):
    """A presentation under a theme; none of WILD/1 is in the record beyond its count."""

    theme = models.ForeignKey(Theme, on_delete=models.CASCADE, related_name="presentations", verbose_name=_("theme"))
    order = models.PositiveSmallIntegerField(_("order"))
    title = models.CharField(_("title"), max_length=300)
    speakers = models.CharField(_("speakers"), max_length=300, blank=True)
    office = models.ForeignKey(
        Office, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("office")
    )
    abstract = models.TextField(_("abstract"), blank=True)

    class Meta:
        verbose_name = _("presentation")
        verbose_name_plural = _("presentations")
        ordering = ["theme", "order"]

    def __str__(self) -> str:
        return self.title


class Officer(models.Model):
    """Chair, Vice-Chair or Secretary of one session."""

    class Role(models.TextChoices):
        CHAIR = "chair", _("Chair")
        VICE_CHAIR = "vice_chair", _("Vice-Chair")
        SECRETARY = "secretary", _("Secretary")

    session = models.ForeignKey(Session, on_delete=models.CASCADE, related_name="officers", verbose_name=_("session"))
    order = models.PositiveSmallIntegerField(_("order"), default=1)
    role = models.CharField(_("role"), max_length=10, choices=Role.choices)
    honorific = models.CharField(pgettext_lazy("of a person", "title"), max_length=20, blank=True)
    given_name = models.CharField(_("given name"), max_length=100, blank=True)
    family_name = models.CharField(_("family name"), max_length=100)
    of = models.CharField(_("of, official wording"), max_length=200, blank=True)
    office = models.ForeignKey(
        Office, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("office")
    )

    class Meta:
        verbose_name = _("officer")
        verbose_name_plural = _("officers")
        ordering = ["session", "order"]

    def __str__(self) -> str:
        return f"{self.honorific} {self.given_name} {self.family_name}".strip()


class Suggestion(models.Model):
    """An item suggested for the next session, in official wording where the record gives it."""

    session = models.ForeignKey(
        Session, on_delete=models.CASCADE, related_name="suggestions", verbose_name=_("suggested at")
    )
    order = models.PositiveSmallIntegerField(_("order"))
    text = models.CharField(_("item"), max_length=300)
    is_record = models.BooleanField(_("from the record"), default=False)

    class Meta:
        verbose_name = _("suggested item")
        verbose_name_plural = _("suggested items")
        ordering = ["session", "order"]

    def __str__(self) -> str:
        return self.text
