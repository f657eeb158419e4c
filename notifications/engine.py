"""What the mailers know together: that they live, whom they serve, and whether the channel works (reminders.md 3.7)."""

from datetime import datetime, timedelta

import structlog
from django.conf import settings
from django.db import connection, transaction
from django.db.models import F, Q

from notifications.clock import Now
from notifications.models import EngineState
from notifications.profile import profile

log = structlog.get_logger("mail")
GREATEST_SKEW = timedelta(seconds=60)
SHAKY = Q(failures__gt=0) | Q(breaker_until__isnull=False)


def check_in(worker: str) -> bool:
    """The heartbeat of a round; False where this database belongs to another deployment and nothing may be sent.

    The first mailer with a DEPLOYMENT_ID writes it down. A copy of production in another place, which has another one
    or none, stays silent.
    """
    state, _ = EngineState.objects.get_or_create(pk=1)
    if not state.deployment_id and settings.DEPLOYMENT_ID:
        EngineState.objects.filter(pk=1, deployment_id="").update(deployment_id=settings.DEPLOYMENT_ID)
        state.refresh_from_db()
    if state.deployment_id != settings.DEPLOYMENT_ID:
        log.error("other deployment", ours=settings.DEPLOYMENT_ID, database=state.deployment_id)
        return False
    _watch_the_cluster(state)
    EngineState.objects.filter(pk=1).update(heartbeat_at=Now(), heartbeat_host=worker)
    return True


def _watch_the_cluster(state: EngineState) -> None:
    """Locks the mailer where the database woke up in another cluster: a backup was restored, or it was moved."""
    here = cluster()
    if not state.database:
        EngineState.objects.filter(pk=1, database="").update(database=here)
    elif state.database != here and state.restored_at is None:
        EngineState.objects.filter(pk=1, restored_at=None).update(restored_at=Now())
        log.error("database was restored or moved, nothing is sent", before=state.database, now=here)


def cluster() -> str:
    """What tells this PostgreSQL cluster from every other; no dump brings it along."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT system_identifier FROM pg_control_system()")
        return str(cursor.fetchone()[0])


def locked() -> EngineState | None:
    """The state of the engine where a restore has locked it, else None."""
    return EngineState.objects.filter(pk=1, restored_at__isnull=False).first()


def may_send() -> bool:
    """False while the breaker is open; when its pause is over, True for the one caller that may probe."""
    state = EngineState.objects.get(pk=1)
    if state.breaker_until is None:
        return True
    probing = EngineState.objects.filter(pk=1, breaker_until__lte=Now())
    return probing.update(breaker_until=Now() + profile().breaker_pause(state.failures + 1)) == 1


@transaction.atomic
def channel_failed(reason: str, *, at_once: bool = False) -> bool:
    """Notes a failure that is nobody's address's fault; True where the breaker is now open.

    It opens after five in a row, or `at_once`; its pause doubles with every further failure, from one minute to seven
    and a half.
    """
    state = EngineState.objects.select_for_update().get(pk=1)
    failures = max(state.failures + 1, profile().breaker_after if at_once else 0)
    is_open = failures >= profile().breaker_after
    until = Now() + profile().breaker_pause(failures) if is_open else None
    EngineState.objects.filter(pk=1).update(failures=failures, breaker_until=until, breaker_reason=reason)
    log.log(40 if is_open else 30, "channel", failures=failures, is_open=is_open, reason=reason)
    return is_open


def rests() -> bool:
    """True while the pause of the breaker lasts: nobody speaks to the relay, about whatever."""
    return EngineState.objects.filter(breaker_until__gt=Now()).exists()


def is_shaky() -> bool:
    """True where the channel has failed since a message was last accepted."""
    return EngineState.objects.filter(SHAKY).exists()


def channel_works() -> None:
    """Closes the breaker and forgets earlier failures: a message was accepted."""
    if EngineState.objects.filter(SHAKY).update(failures=0, breaker_until=None, breaker_reason=""):
        log.warning("channel works again")


def count_silent_bell() -> None:
    """Counts a time when the broker could not be told that there is mail."""
    EngineState.objects.get_or_create(pk=1)
    EngineState.objects.filter(pk=1).update(doorbell_errors=F("doorbell_errors") + 1)


def clocks_agree(now: datetime) -> bool:
    """True where this process may plan; False, and said in the log, where its clock and the database's differ.

    Called before every plan, so this is also the heartbeat of the clock.
    """
    skew = clock_skew(now)
    is_right = abs(skew) <= GREATEST_SKEW
    EngineState.objects.get_or_create(pk=1)
    values = {"clock_skew": skew, "planned_at": Now()} if is_right else {"clock_skew": skew}
    EngineState.objects.filter(pk=1).update(**values)
    if not is_right:
        log.error("clock differs from the database's, nothing is planned", skew=str(skew))
    return is_right


def clock_skew(now: datetime) -> timedelta:
    """How far the clock of this process (`now`, aware) is ahead of the database's; beyond a minute none plans."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        there: datetime = cursor.fetchone()[0]
    return now - there
