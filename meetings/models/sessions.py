"""Sessions with their days, themes, presentations, officers and suggested items. Empty means "not in the record"."""

from __future__ import annotations

import pghistory
from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop, pgettext_lazy

from accounts.models import Office, User

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
        """Published sessions for everybody; the Secretariat also sees those in preparation."""
        return self if user.is_staff else self.filter(is_published=True)

    def plenary(self) -> SessionQuerySet:
        """Sessions of WILD itself, newest first."""
        return self.filter(kind=Session.Kind.PLENARY).order_by("-number")


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
            models.CheckConstraint(
                name="session_ends_after_start", condition=models.Q(ends_on__gte=models.F("starts_on"))
            ),
        ]

    def __str__(self) -> str:
        return self.code

    def get_absolute_url(self) -> str:
        """The page of the session."""
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
