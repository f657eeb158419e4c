"""Who may come in, and on whose behalf: a User signs in, a Member acts for an Office (decisions.md 5)."""

from __future__ import annotations

import re

import pghistory
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import AnonymousUser, PermissionsMixin
from django.contrib.postgres.lookups import Unaccent
from django.core.validators import RegexValidator
from django.db import models
from django.db.models.functions import Lower
from django.urls import reverse
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from accounts.zones import validate_zone


def text_in(texts: dict[str, str], language: str | None = None) -> str:
    """One text of a translated field in `language` (default: the active one), in English where that is missing."""
    return texts.get(language or get_language() or "en") or texts.get("en", "")


def plain_apostrophes(text: str) -> str:
    """Text in which every kind of apostrophe is the typewriter's."""
    return re.sub("[’‘ʼ`´]", "'", text)


class UserManager(BaseUserManager["User"]):
    """Makes users; the e-mail is the login and is kept in lower case."""

    def create_user(self, email: str, password: str | None = None, **fields: object) -> User:
        """A new user; without a password they sign in by code or passkey."""
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: object) -> User:
        """A new user who may do everything in the admin."""
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)

    def get_by_natural_key(self, username: str | None) -> User:
        """The user of a login, whatever its case."""
        return self.get(email__iexact=username)


@pghistory.track(exclude=["password", "last_login"])
class User(AbstractBaseUser, PermissionsMixin):
    """A login and nothing else; what somebody may do follows from their Member rows."""

    email = models.EmailField(_("e-mail"), unique=True)
    is_staff = models.BooleanField(_("Secretariat"), default=False)
    is_active = models.BooleanField(_("may sign in"), default=True)
    joined_at = models.DateTimeField(pgettext_lazy("a person", "joined"), auto_now_add=True)

    objects = UserManager()

    USERNAME_FIELD = EMAIL_FIELD = "email"

    class Meta:
        verbose_name = _("login")
        verbose_name_plural = _("logins")
        constraints = [models.UniqueConstraint(Lower("email"), name="user_email_once")]

    def __str__(self) -> str:
        return self.email


class OfficeQuerySet(models.QuerySet["Office"]):
    """Phrases about offices."""

    def visible_to(self, user: User | AnonymousUser) -> OfficeQuerySet:
        """The offices a directory shows: every one for members of an office, none for guests and strangers."""
        if not user.is_authenticated:
            return self.none()
        offices = self.exclude(kind=Office.Kind.RESERVED)
        if user.is_staff:
            return offices
        return offices.filter(models.Exists(Member.objects.current().filter(user=user).exclude(office=None)))

    def coded(self, code: str) -> OfficeQuerySet:
        """The office with an ST.3 code; none for what cannot be one."""
        return self.filter(pk=code) if re.fullmatch("[A-Z]{2}", code) else self.none()

    def managed_by(self, user: User | AnonymousUser) -> OfficeQuerySet:
        """The offices whose members this login manages: the Secretariat all, a focal point the own one."""
        if not user.is_authenticated:
            return self.none()
        if user.is_staff:
            return self.exclude(kind=Office.Kind.RESERVED)
        duties = Member.objects.speaking_for_office().filter(user=user, role=Member.Role.FOCAL_POINT)
        return self.filter(pk__in=duties.values("office"))

    def open_to_join(self) -> OfficeQuerySet:
        """Offices a stranger may name on the page to join; invented ones only on a demonstration site."""
        offices = self.filter(kind__in=[Office.Kind.STATE, Office.Kind.ORGANIZATION])
        return offices if settings.DEMO else offices.filter(is_demo=False)

    def in_order(self, language: str | None = None) -> OfficeQuerySet:
        """In the alphabetical order of `language` (default: the active one), by the ranks of offices.csv (from ICU)."""
        return self.order_by(f"ranks__{language or get_language() or 'en'}", "code")

    def with_member_count(self) -> OfficeQuerySet:
        """With `member_count`, the number of current members."""
        return self.annotate(member_count=models.Count("members", filter=models.Q(members__until_on=None)))

    def named(self, words: str) -> OfficeQuerySet:
        """Offices whose names in all languages, acronym or aliases contain every one of `words`, or whose code it is.

        Accents, apostrophes and case do not matter.
        """
        words = words.replace("\x00", "").strip()[:200]
        has_all = models.Q()
        for word in plain_apostrophes(words).split()[:10]:
            has_all &= models.Q(search_text__unaccent__icontains=word)
        return self.filter(has_all | models.Q(code__iexact=words))


@pghistory.track()
class Office(models.Model):
    """An intellectual property office or organization, keyed by its WIPO Standard ST.3 code."""

    class Kind(models.TextChoices):
        STATE = "state", _("Member State")
        ORGANIZATION = "igo_office", _("Organization")
        SECRETARIAT = "secretariat", _("WIPO")
        RESERVED = "reserved", _("Reserved code")

    class Region(models.TextChoices):
        """UN regional groups."""

        AFRICAN = "AFRICAN", _("African States")
        ASIA_PACIFIC = "ASIA_PACIFIC", _("Asia-Pacific States")
        EASTERN_EUROPEAN = "EASTERN_EUROPEAN", _("Eastern European States")
        GRULAC = "GRULAC", _("Latin American and Caribbean States")
        WEOG = "WEOG", _("Western European and other States")

    code = models.CharField(
        _("ST.3 code"),
        max_length=2,
        primary_key=True,
        validators=[RegexValidator(r"^[A-Z]{2}\Z", _("Two capital letters."))],
    )
    kind = models.CharField(_("kind"), max_length=12, choices=Kind.choices)
    is_wipo_member = models.BooleanField(_("member of WIPO"), default=False)
    names = models.JSONField(_("short names by language"))
    names_source = models.CharField(_("source of the names"), max_length=60, blank=True)
    ranks = models.JSONField(_("alphabetical rank by language"), default=dict)
    search_text = models.TextField(_("all names, for search"), editable=False, blank=True)
    aliases = models.TextField(_("other names, separated by a bar"), blank=True)
    office_name = models.CharField(_("name of the office"), max_length=200, blank=True)
    office_acronym = models.CharField(_("acronym"), max_length=20, blank=True)
    office_name_confidence = models.CharField(_("confidence in the name"), max_length=10, blank=True)
    iso3 = models.CharField("ISO 3166-1 alpha-3", max_length=3, blank=True)
    m49 = models.CharField("UN M49", max_length=3, blank=True)
    region = models.CharField(_("UN regional group"), max_length=20, choices=Region.choices, blank=True)
    wipo_group = models.CharField(_("WIPO group (staff only)"), max_length=20, blank=True)
    wipo_group_confidence = models.CharField(_("confidence in the group"), max_length=10, blank=True)
    regional_organization = models.CharField(_("regional IP organization"), max_length=2, blank=True)
    time_zone = models.CharField(_("time zone"), max_length=40, default="Europe/Zurich", validators=[validate_zone])
    is_demo = models.BooleanField(_("invented, for demonstration"), default=False)
    notes = models.TextField(_("remarks for editors"), blank=True)

    objects = OfficeQuerySet.as_manager()

    class Meta:
        verbose_name = _("office")
        verbose_name_plural = _("offices")
        ordering = ["code"]

    def __str__(self) -> str:
        return f"{self.name} ({self.code})"

    def get_absolute_url(self) -> str:
        """The page of the office in the directory."""
        return reverse("office_detail", args=[self.code])

    @property
    def name(self) -> str:
        """The short name in the active language."""
        return text_in(self.names)

    @property
    def words_to_find(self) -> str:
        """Everything the office may be looked for by: what `search_text` keeps."""
        words = [*self.names.values(), *self.aliases.split("|"), self.office_acronym, self.office_name]
        return plain_apostrophes("\n".join(dict.fromkeys(word.strip() for word in words if word.strip())))


class MemberQuerySet(models.QuerySet["Member"]):
    """Phrases about members; days are Geneva days."""

    def current(self) -> MemberQuerySet:
        """Members who have not left."""
        return self.filter(until_on=None)

    def of_office(self, office: Office | str | None) -> MemberQuerySet:
        """Members of one office (an Office or its code); None for guests."""
        return self.filter(office=office)

    def speaking_for_office(self) -> MemberQuerySet:
        """Current focal points and alternates: those who may submit and who receive the official mail."""
        return self.current().filter(role__in=Member.SPEAKING_ROLES)

    def visible_to(self, user: User | AnonymousUser) -> MemberQuerySet:
        """Members see all members; guests only themselves; strangers nobody."""
        if not user.is_authenticated:
            return self.none()
        if user.is_staff or self.model.objects.current().filter(user=user).exclude(office=None).exists():
            return self
        return self.filter(user=user)

    def in_order(self) -> MemberQuerySet:
        """By family name without accents (decisions.md 24)."""
        return self.order_by(Lower(Unaccent("family_name")), Lower(Unaccent("given_name")), "pk")


@pghistory.track()
class Member(models.Model):
    """A person on behalf of an office, with or without a login; two offices are two rows (decisions.md 5)."""

    class Role(models.TextChoices):
        FOCAL_POINT = "focal_point", _("Focal point")
        ALTERNATE = "alternate", _("Alternate")
        CONTRIBUTOR = "contributor", _("Contributor")
        GUEST = "guest", _("Guest")

    class Theme(models.TextChoices):
        SYSTEM = "", _("As the system")
        LIGHT = "light", _("Light")
        DARK = "dark", _("Dark")

    SPEAKING_ROLES = (Role.FOCAL_POINT, Role.ALTERNATE)

    office = models.ForeignKey(
        Office, on_delete=models.PROTECT, null=True, blank=True, related_name="members", verbose_name=_("office")
    )
    user = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, blank=True, related_name="members", verbose_name=_("login")
    )
    role = models.CharField(_("role"), max_length=12, choices=Role.choices)
    honorific = models.CharField(pgettext_lazy("of a person", "title"), max_length=20, blank=True)
    given_name = models.CharField(_("given name"), max_length=100, blank=True)
    family_name = models.CharField(_("family name"), max_length=100)
    job_title = models.CharField(_("function"), max_length=200, blank=True)
    email = models.EmailField(_("e-mail"), max_length=254)
    language = models.CharField(_("language"), max_length=10, choices=settings.LANGUAGES, default="en")
    time_zone = models.CharField(
        _("time zone"), max_length=40, blank=True, help_text=_("Empty: that of the office."), validators=[validate_zone]
    )
    theme = models.CharField(_("colours"), max_length=5, choices=Theme.choices, blank=True, default=Theme.SYSTEM)
    since_on = models.DateField(_("member since"))
    until_on = models.DateField(_("left on"), null=True, blank=True)
    successor = models.ForeignKey(
        "self",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="predecessors",
        verbose_name=_("handed over to"),
    )

    objects = MemberQuerySet.as_manager()

    class Meta:
        verbose_name = _("member")
        verbose_name_plural = _("members")
        constraints = [
            models.CheckConstraint(
                name="member_guest_has_no_office",
                condition=models.Q(role="guest", office=None)
                | (~models.Q(role="guest") & models.Q(office__isnull=False)),
            ),
            models.CheckConstraint(
                name="member_leaves_after_joining",
                condition=models.Q(until_on=None) | models.Q(until_on__gte=models.F("since_on")),
            ),
            models.UniqueConstraint(
                "office", Lower("email"), name="member_address_once_per_office", condition=models.Q(until_on=None)
            ),
            models.UniqueConstraint(
                fields=["office", "user"], name="member_login_once_per_office", condition=models.Q(until_on=None)
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """Given name and family name, as on a badge."""
        return f"{self.given_name} {self.family_name}".strip()

    @property
    def zone(self) -> str:
        """IANA name of the member's own time zone, else of the office, else Geneva's."""
        return self.time_zone or (self.office.time_zone if self.office else settings.PORTAL_TIME_ZONE)

    @property
    def speaks_for_office(self) -> bool:
        """True for a current focal point or alternate."""
        return self.until_on is None and self.role in self.SPEAKING_ROLES


class InvitationQuerySet(models.QuerySet["Invitation"]):
    """Phrases about invitations."""

    def usable_at(self, now: object) -> InvitationQuerySet:
        """Neither used, nor replaced by a newer one, nor older than seven days."""
        return self.filter(used_at=None, withdrawn_at=None, expires_at__gt=now)


class Invitation(models.Model):
    """One invitation of a member to set up a login; the link carries a signed token, used once (decisions.md 6)."""

    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="invitations")
    invited_at = models.DateTimeField(_("sent"))
    invited_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    expires_at = models.DateTimeField(_("valid until"))
    used_at = models.DateTimeField(_("used"), null=True, blank=True)
    withdrawn_at = models.DateTimeField(_("withdrawn"), null=True, blank=True)

    objects = InvitationQuerySet.as_manager()

    class Meta:
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")
        constraints = [
            models.UniqueConstraint(
                fields=["member"],
                name="invitation_one_open_per_member",
                condition=models.Q(used_at=None, withdrawn_at=None),
            )
        ]

    def __str__(self) -> str:
        return f"{self.member}"
