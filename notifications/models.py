"""What is owed to whom, every attempt to send it, and who does not want or cannot get mail (reminders.md 3.3)."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Protocol

from django.conf import settings
from django.db import models
from django.db.models import Case, F, Q, Value, When
from django.db.models.functions import Upper
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from notifications.clock import Now
from notifications.message import Kind, OptionalMail, mailbox


class Reader(Protocol):
    """Who looks: a login or Django's anonymous user. The accounts live above this app."""

    @property
    def is_authenticated(self) -> bool: ...

    @property
    def is_staff(self) -> bool: ...


class State(models.TextChoices):
    """The states of reminders.md 3.4."""

    QUEUED = "queued", _("Queued")
    SENDING = "sending", _("Being sent")
    AMBIGUOUS = "ambiguous", _("In doubt")
    HELD = "held", _("Held for a person")
    SENT = "sent", _("Sent")
    BOUNCED = "bounced", _("Returned")
    FAILED = "failed", _("Address refused")
    SUPPRESSED = "suppressed", _("Not wanted, or the address does not work")
    CANCELLED = "cancelled", _("Cancelled")
    SUPERSEDED = "superseded", _("Overtaken by a later message")
    EXPIRED = "expired", _("Too late")


LIVING = (State.QUEUED, State.SENDING, State.AMBIGUOUS, State.HELD)
GONE_OUT = (State.SENT, State.BOUNCED)
CANCELLING = [(state.value, state.label) for state in (State.CANCELLED, State.SUPERSEDED)]


# What happens to the content of a message that ends or is in doubt: that of a secret is gone (decisions.md 19).
ERASE_SECRET = {
    "rendered": Case(When(kind=Kind.SECRET, then=Value(b"")), default=F("rendered"), output_field=models.BinaryField()),
    "subject": Case(When(kind=Kind.SECRET, then=Value("")), default=F("subject"), output_field=models.TextField()),
}


FREE = {"token": None, "lease_until": None, "stage": ""}  # no worker holds it


def ending(state: object, reason: object, at: object) -> dict[str, object]:
    """What an update sets on messages that reach an end state; the arguments are values or expressions."""
    return {"state": state, "reason": reason, "ended_at": at, **FREE, **ERASE_SECRET}


class DeliveryQuerySet(models.QuerySet["Delivery"]):
    """Phrases about owed mail; "now" is the database's."""

    def visible_to(self, user: Reader) -> DeliveryQuerySet:
        """The Secretariat sees the whole ledger; anybody else the mail to their own address, without secrets."""
        if not user.is_authenticated:
            return self.none()
        if user.is_staff:
            return self
        return self.to(getattr(user, "email", "")).exclude(kind=Kind.SECRET)

    def living(self) -> DeliveryQuerySet:
        """Mail that may still be sent."""
        return self.filter(state__in=LIVING)

    def due(self) -> DeliveryQuerySet:
        """Mail to send now, the most urgent first."""
        waiting = self.filter(state=State.QUEUED, cancel_requested="", next_at__lte=Now())
        return waiting.filter(Q(expires_at=None) | Q(expires_at__gt=Now())).order_by("urgency", "next_at", "id")

    def about(self, subject_key: str) -> DeliveryQuerySet:
        """Mail that one event ends."""
        return self.filter(subject_key=subject_key)

    def to(self, address: str) -> DeliveryQuerySet:
        """Mail to one address, whatever its case."""
        return self.filter(to_address__iexact=mailbox(address) or address)

    def crossed(self) -> DeliveryQuerySet:
        """Mail that was on the wire while its debt ended (decisions.md 22)."""
        return self.filter(sent_at__isnull=False).exclude(cancel_requested="")


class Delivery(models.Model):
    """One owed mail to one person, from queueing to its explained end. Its bytes are made once."""

    State = State
    FOUND = "Found at the relay."  # why a message in doubt counts as sent
    PLAYED = "Played in the demonstration as if it had arrived. It was never sent."  # why one that ended counts so

    class Stage(models.TextChoices):
        """How far an attempt has come: the fence lies between the two."""

        PRE = "pre", _("Before the body")
        DATA = "data", _("Body on its way")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    key = models.TextField(_("key"))
    subject_key = models.TextField(_("ended by"))
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    urgency = models.PositiveSmallIntegerField(_("urgency"), help_text=_("0 is sent first."))
    purpose = models.CharField(_("purpose"), max_length=30)
    step = models.CharField(_("step"), max_length=20, blank=True)
    to_address = models.TextField(pgettext_lazy("of e-mail", "address"))
    to_name = models.TextField(_("name"), blank=True)
    language = models.CharField(_("language"), max_length=10, choices=settings.LANGUAGES)
    subject = models.TextField(_("subject"), blank=True)
    rendered = models.BinaryField(_("the message as sent"), default=b"")
    rendered_sha256 = models.CharField("SHA-256", max_length=64, blank=True)
    message_id = models.TextField("Message-ID")
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.QUEUED)
    stage = models.CharField(_("stage"), max_length=4, choices=Stage.choices, blank=True)
    token = models.UUIDField(_("attempt in progress"), null=True, blank=True)
    lease_until = models.DateTimeField(_("leased until"), null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    crashes = models.PositiveSmallIntegerField(_("crashes"), default=0)
    next_at = models.DateTimeField(_("due"), db_default=Now())
    expires_at = models.DateTimeField(_("too late from"), null=True, blank=True)
    cancel_requested = models.CharField(_("its debt ended as"), max_length=10, choices=CANCELLING, blank=True)
    reason = models.TextField(_("reason"), blank=True)
    created_at = models.DateTimeField(_("queued"))
    sent_at = models.DateTimeField(_("sent"), null=True, blank=True)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        ordering = ["-created_at", "id"]
        indexes = [
            models.Index(fields=["urgency", "next_at", "id"], name="delivery_due", condition=Q(state="queued")),
            models.Index(fields=["token"], name="delivery_leased", condition=Q(state="sending")),
            models.Index(fields=["next_at"], name="delivery_in_doubt", condition=Q(state="ambiguous")),
            models.Index(Upper("to_address"), name="delivery_to"),
            models.Index(fields=["subject_key"], name="delivery_subject_key"),
        ]
        constraints = [
            # Every index costs each of the three updates of a mail; these have none for LIKE, as unique=True would.
            models.UniqueConstraint(fields=["key"], name="delivery_key_once"),
            models.UniqueConstraint(fields=["message_id"], name="delivery_message_id_once"),
            models.CheckConstraint(name="delivery_state_known", condition=Q(state__in=State.values)),
            models.CheckConstraint(
                name="delivery_sending_has_lease",
                condition=Q(state="sending", token__isnull=False, lease_until__isnull=False, stage__in=["pre", "data"])
                | (~Q(state="sending") & Q(token=None, lease_until=None, stage="")),
            ),
            models.CheckConstraint(
                name="delivery_sent_has_time",
                condition=Q(state__in=GONE_OUT, sent_at__isnull=False) | (~Q(state__in=GONE_OUT) & Q(sent_at=None)),
            ),
            models.CheckConstraint(
                name="delivery_ended_has_time",
                condition=Q(state__in=LIVING, ended_at=None) | (~Q(state__in=LIVING) & Q(ended_at__isnull=False)),
            ),
            models.CheckConstraint(
                name="delivery_unsent_end_has_reason",
                condition=Q(state__in=["queued", "sending", "ambiguous", "sent"]) | ~Q(reason=""),
            ),
            models.CheckConstraint(
                name="delivery_secret_is_erased",
                condition=~Q(kind="secret") | Q(state__in=["queued", "sending"]) | Q(rendered=b"", subject=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.key}: {self.get_state_display()}"

    @property
    def is_secret(self) -> bool:
        """True for codes, invitations and resets, which are never displayed."""
        return self.kind == Kind.SECRET

    @property
    def text(self) -> str:
        """The plain text of the message; "" where nothing was rendered, and always for a secret."""
        return self._part("plain")

    @property
    def html(self) -> str:
        """The HTML of the message; "" where there is none, and always for a secret."""
        return self._part("html")

    @property
    def headers(self) -> dict[str, str]:
        """The headers of the message, decoded; {} where nothing was rendered, and always for a secret."""
        return {name: str(value) for name, value in self._parsed().items()}

    def _part(self, subtype: str) -> str:
        body = self._parsed().get_body(preferencelist=(subtype,))
        return body.get_content().replace("\r\n", "\n") if body else ""

    def _parsed(self) -> EmailMessage:
        shown = b"" if self.is_secret else bytes(self.rendered)
        return message_from_bytes(shown, policy=policy.default)


class AttemptQuerySet(models.QuerySet["Attempt"]):
    """Phrases about attempts."""

    def doubtful(self) -> AttemptQuerySet:
        """Attempts after which the relay may or may not have the message: the only ones that can make a copy."""
        return self.filter(outcome__in=Attempt.DOUBTFUL)


class Attempt(models.Model):
    """One try to hand a message to the relay; written when it begins, closed when it ends, never removed."""

    class Outcome(models.TextChoices):
        """How it ended; empty while it lasts."""

        SENT = "sent", _("Accepted")
        LATER = "later", _("Try later")
        REFUSED = "refused", _("Address refused")
        CHANNEL = "channel", _("The relay refuses us")
        FENCED = "fenced", _("Stopped before the body")
        NO_ANSWER = "no_answer", _("No answer after the body")
        CRASH_PRE = "crash_pre", _("Broken off before the body")
        CRASH_DATA = "crash_data", _("Broken off after the body began")
        RETURNED = "returned", _("Not begun")

    DOUBTFUL = (Outcome.NO_ANSWER, Outcome.CRASH_DATA)

    delivery = models.ForeignKey(
        Delivery, on_delete=models.PROTECT, related_name="attempt_set", verbose_name=_("message")
    )
    n = models.PositiveSmallIntegerField(_("number"))
    token = models.UUIDField(help_text="Shared by what one process claimed at once.")
    worker = models.TextField(_("process"))
    started_at = models.DateTimeField(_("started"), db_default=Now())
    data_at = models.DateTimeField(_("point of no return"), null=True, blank=True)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    outcome = models.CharField(_("outcome"), max_length=10, choices=Outcome.choices, blank=True)
    smtp_code = models.SmallIntegerField(_("code of the relay"), null=True, blank=True)
    smtp_text = models.CharField(_("answer of the relay"), max_length=200, blank=True)
    remote_queue_id = models.CharField(_("number at the relay"), max_length=100, blank=True)

    objects = AttemptQuerySet.as_manager()

    class Meta:
        verbose_name = _("attempt")
        verbose_name_plural = _("attempts")
        ordering = ["delivery", "n"]
        constraints = [
            models.UniqueConstraint(fields=["delivery", "n"], name="attempt_number_once"),
            models.CheckConstraint(
                name="attempt_ended_has_outcome",
                condition=Q(ended_at=None, outcome="") | (Q(ended_at__isnull=False) & ~Q(outcome="")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.n}: {self.get_outcome_display()}"


class BounceQuerySet(models.QuerySet["Bounce"]):
    """Phrases about returned mail."""

    def to(self, address: str) -> BounceQuerySet:
        """What came back from one address, whatever its case."""
        return self.filter(delivery__to_address__iexact=address)


class Bounce(models.Model):
    """A report that a message did not arrive, or not yet; a report that comes twice is one."""

    class Kind(models.TextChoices):
        """What the report says (RFC 3464)."""

        HARD = "hard", _("Returned for good")
        SOFT = "soft", _("Returned after many tries")
        DELAYED = "delayed", _("Delayed")

    delivery = models.ForeignKey(
        Delivery, on_delete=models.PROTECT, related_name="bounce_set", verbose_name=_("message")
    )
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    code = models.CharField(_("code"), max_length=20, blank=True)
    text = models.CharField(_("words of the other side"), max_length=200, blank=True)
    report_sha256 = models.CharField(_("SHA-256 of the report"), max_length=64)
    received_at = models.DateTimeField(_("received"))

    objects = BounceQuerySet.as_manager()

    class Meta:
        verbose_name = _("report of non-delivery")
        verbose_name_plural = _("reports of non-delivery")
        ordering = ["-received_at", "-pk"]
        constraints = [models.UniqueConstraint(fields=["delivery", "report_sha256"], name="bounce_once")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.code}"


class SuppressionQuerySet(models.QuerySet["Suppression"]):
    """Phrases about suppressions."""

    def live(self) -> SuppressionQuerySet:
        """Those that stop mail now."""
        return self.filter(ended_at=None).filter(Q(until_at=None) | Q(until_at__gt=Now()))


class Suppression(models.Model):
    """An address that does not work: nothing but secrets is sent to it until a person or a date ends this."""

    address_sha256 = models.CharField(_("SHA-256 of the address"), max_length=64)
    reason = models.CharField(_("reason"), max_length=200)
    evidence = models.TextField(_("evidence"), blank=True)
    since_at = models.DateTimeField(_("since"))
    until_at = models.DateTimeField(_("until"), null=True, blank=True)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    ended_by = models.CharField(_("ended by"), max_length=254, blank=True)

    objects = SuppressionQuerySet.as_manager()

    class Meta:
        verbose_name = _("address that does not work")
        verbose_name_plural = _("addresses that do not work")
        ordering = ["-since_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["address_sha256"], name="suppression_one_live", condition=Q(ended_at=None)),
            models.CheckConstraint(
                name="suppression_ended_by_and_at",
                condition=Q(ended_at=None, ended_by="") | (Q(ended_at__isnull=False) & ~Q(ended_by="")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.address_sha256[:12]}: {self.reason}"


class PreferenceQuerySet(models.QuerySet["Preference"]):
    """Phrases about choices."""

    def switched_off(self, addresses: Iterable[str]) -> PreferenceQuerySet:
        """What the owners of addresses, given as hashes, do not want."""
        return self.filter(address_sha256__in=addresses, is_wanted=False)


class Preference(models.Model):
    """Whether an address wants one purpose of optional mail; without a row it does."""

    address_sha256 = models.CharField(_("SHA-256 of the address"), max_length=64)
    purpose = models.CharField(_("purpose"), max_length=30, choices=OptionalMail.choices)
    is_wanted = models.BooleanField(_("wanted"))
    changed_at = models.DateTimeField(_("changed"))

    objects = PreferenceQuerySet.as_manager()

    class Meta:
        verbose_name = _("choice")
        verbose_name_plural = _("choices")
        constraints = [models.UniqueConstraint(fields=["address_sha256", "purpose"], name="preference_once")]

    def __str__(self) -> str:
        return f"{self.address_sha256[:12]}: {self.purpose}"


class EngineState(models.Model):
    """The one row about the engine itself: its heartbeat, the breaker of its channel, the deployment it belongs to."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    deployment_id = models.TextField(_("deployment"), blank=True)
    heartbeat_at = models.DateTimeField(_("last round"), null=True, blank=True)
    heartbeat_host = models.TextField(_("process of the last round"), blank=True)
    failures = models.PositiveIntegerField(_("failures of the channel in a row"), default=0)
    breaker_until = models.DateTimeField(_("nothing is sent until"), null=True, blank=True)
    breaker_reason = models.TextField(_("because"), blank=True)
    doorbell_errors = models.PositiveBigIntegerField(_("times the broker could not be told"), default=0)
    planned_at = models.DateTimeField(_("last run of the clock"), null=True, blank=True)
    clock_skew = models.DurationField(_("clock ahead of the database's"), null=True, blank=True)
    purged_on = models.DateField(_("old bodies emptied"), null=True, blank=True)
    database = models.TextField(_("database cluster"), blank=True)
    restored_at = models.DateTimeField(_("locked after a restore since"), null=True, blank=True)
    backup_taken_at = models.DateTimeField(_("the backup was taken"), null=True, blank=True)

    class Meta:
        verbose_name = _("state of the engine")
        verbose_name_plural = _("state of the engine")
        constraints = [models.CheckConstraint(name="engine_state_single", condition=Q(id=1))]

    def __str__(self) -> str:
        return f"{self.heartbeat_at}"
