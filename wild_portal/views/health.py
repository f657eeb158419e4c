"""Whether the portal lives and whether it is ready, for monitoring. Open to all; details for the Secretariat."""

from collections.abc import Callable
from datetime import timedelta
from functools import cache

import redis
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from notifications.models import Delivery, EngineState

HEARTBEAT_WITHIN = timedelta(minutes=3)
LATE_AFTER = timedelta(minutes=10)


@login_not_required
@never_cache
@require_safe
def healthz(_request: HttpRequest) -> JsonResponse:
    """The process answers; it asks nobody else."""
    return JsonResponse({"status": "ok"})


@login_not_required
@never_cache
@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """Every part the portal needs, "ok" or "not ok"; 503 where one is not. Staff also see why."""
    problems = {name: _problem_of(check) for name, check in CHECKS.items()}
    is_ready = not any(problems.values())
    answer: dict[str, object] = {
        "status": "ok" if is_ready else "not ok",
        "parts": {name: "not ok" if problem else "ok" for name, problem in problems.items()},
    }
    if not problems["database"] and request.user.is_staff:
        answer["detail"] = problems
    return JsonResponse(answer, status=200 if is_ready else 503)


def _problem_of(check: Callable[[], str]) -> str:
    """What is wrong with one part, "" where nothing is."""
    try:
        return check()
    except (DatabaseError, redis.RedisError, OSError) as error:
        return f"{type(error).__name__}: {error}"


def _database() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return ""


def _broker() -> str:
    with redis.Redis.from_url(settings.REDIS_URL, socket_timeout=1, socket_connect_timeout=1) as client:
        client.ping()
    return ""


@cache
def _migrations_of_the_code() -> frozenset[tuple[str, str]]:
    return frozenset(MigrationLoader(None).disk_migrations)


def _migrations() -> str:
    applied = MigrationRecorder(connection).applied_migrations()
    missing = sorted(f"{app}.{name}" for app, name in _migrations_of_the_code() if (app, name) not in applied)
    return f"not applied: {', '.join(missing)}" if missing else ""


def _outbox() -> str:
    state = EngineState.objects.first()
    if state and state.breaker_until:
        return f"the relay refuses mail: {state.breaker_reason}"
    late = Delivery.objects.due().filter(next_at__lt=timezone.now() - LATE_AFTER).count()
    return f"{late} messages are more than {LATE_AFTER} late" if late else ""


def _clock() -> str:
    state = EngineState.objects.first()
    if state is None or state.heartbeat_at is None:
        return "no worker has checked in yet"
    silent = timezone.now() - state.heartbeat_at
    return f"the last worker checked in {silent} ago" if silent > HEARTBEAT_WITHIN else ""


CHECKS = {
    "database": _database,
    "broker": _broker,
    "migrations": _migrations,
    "outbox": _outbox,
    "clock": _clock,
}
