"""What the Secretariat is told about the mail itself: one mail for each kind of trouble and hour (reminders.md 3.7).

The alert goes through the outbox. Where the channel is what is broken it waits there, and the line in the log stands.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import F, Max
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from notifications import engine, outbox
from notifications.message import Kind, Message
from notifications.models import Delivery, DeliveryQuerySet, EngineState, State

log = structlog.get_logger("mail")
PURPOSE = "alert"
LASTS = timedelta(days=1)  # an alert that could not leave for so long has been overtaken


@dataclass(frozen=True)
class Alert:
    """A kind of trouble: what the mail says, and whether there is some since the last alert of the kind."""

    headline: Promise
    text: Promise
    is_due: Callable[[EngineState, datetime], bool]


def _is_held(_state: EngineState, since: datetime) -> bool:
    return _ours().filter(state=State.HELD, next_at__gt=since).exists()


def _is_expired(_state: EngineState, since: datetime) -> bool:
    """Owed in time and not sent; what was too late when it was made is another matter."""
    late = _ours().filter(state=State.EXPIRED, ended_at__gt=since)
    return late.filter(created_at__lt=F("expires_at")).exists()


def _ours() -> DeliveryQuerySet:
    return Delivery.objects.exclude(purpose=PURPOSE)


ALERTS = {
    "held": Alert(
        _("Messages wait for your decision"),
        _("The portal cannot send some messages by itself. Decide for each whether it is sent again or given up."),
        _is_held,
    ),
    "expired": Alert(
        _("Messages were not sent in time"),
        _("Their time was over before the portal could send them. The list says to whom they were addressed."),
        _is_expired,
    ),
    "channel": Alert(
        _("The mail relay refuses the portal"),
        _("No mail leaves at the moment. The portal tries again by itself; the status page says why it was refused."),
        lambda state, _since: state.breaker_until is not None,
    ),
    "clock": Alert(
        _("The clock of the portal is wrong"),
        _("It differs from the clock of the database by more than a minute, so no reminders are planned."),
        lambda state, _since: state.clock_skew is not None and abs(state.clock_skew) > engine.GREATEST_SKEW,
    ),
    "restored": Alert(
        _("Mail is locked after a restore"),
        _("A backup was restored or the database was moved. No mail leaves until an operator lifts the lock."),
        lambda state, _since: state.restored_at is not None,
    ),
    "deployment": Alert(
        _("This database belongs to another deployment"),
        _("A copy of the portal sends no mail. An operator has to say where the database belongs."),
        lambda state, _since: state.deployment_id not in {"", settings.DEPLOYMENT_ID},
    ),
}


@transaction.atomic
def raise_alerts(*, now: datetime) -> int:
    """Owes the Secretariat a mail about each trouble there is, one of a kind an hour; how many are new.

    An older alert of the kind that has not left yet is overtaken by the new one.
    """
    state = EngineState.objects.filter(pk=1).first()
    if state is None:
        return 0
    told = dict(Delivery.objects.filter(purpose=PURPOSE).values_list("step").annotate(Max("created_at")).order_by())
    never, hour = datetime.min.replace(tzinfo=UTC), now.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    raised = 0
    for kind, alert in ALERTS.items():
        last = told.get(kind, never)
        if last < hour and alert.is_due(state, last):
            raised += _raise(kind, alert, hour, now)
    return raised


def _raise(kind: str, alert: Alert, hour: datetime, now: datetime) -> int:
    log.error("alert", kind=kind)
    outbox.cancel(f"alert:{kind}", "A newer alert says it.", now=now, state=State.SUPERSEDED)
    values = {"headline": alert.headline, "text": alert.text, "url": settings.SITE_URL + reverse("mail_status")}
    mail = outbox.render("notifications/alert", values, language=settings.LANGUAGE_CODE)
    message = Message(
        key=f"alert:{kind}:{hour:%Y-%m-%dT%H}",
        subject_key=f"alert:{kind}",
        kind=Kind.OFFICIAL,
        to=settings.SECRETARIAT_EMAIL,
        language=settings.LANGUAGE_CODE,
        subject=mail.subject,
        text=mail.text,
        html=mail.html,
        step=kind,
        purpose=PURPOSE,
        expires_at=now + LASTS,
    )
    return int(outbox.queue(message, now=now))
