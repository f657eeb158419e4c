"""How the mail stands, for the page of the Secretariat: a fixed number of queries however much there is."""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Q

from notifications.models import Attempt, Bounce, Delivery, EngineState, State, Suppression

SILENT_AFTER = timedelta(minutes=5)
LATE_AFTER = timedelta(minutes=10)
SHOWN = 10  # rows of a list; the rest is in the ledger
WEEK = timedelta(days=7)


def status(now: datetime) -> dict[str, Any]:
    """What the page shows; `now` is aware. "Today" is the last 24 hours."""
    engine = EngineState.objects.filter(pk=1).first() or EngineState()
    return {
        "engine": engine,
        "is_planner_silent": _is_silent(engine.planned_at, now),
        "is_mailer_silent": _is_silent(engine.heartbeat_at, now),
        "counts": _counts(now),
        "held": _held(),
        "doubts": _doubts(now),
        "suppressed": Suppression.objects.live()[:SHOWN],
        "suppressed_count": Suppression.objects.live().count(),
        "bounces": Bounce.objects.select_related("delivery").defer("delivery__rendered")[:SHOWN],
        "shown": SHOWN,
    }


def _is_silent(beat: datetime | None, now: datetime) -> bool:
    return beat is None or now - beat > SILENT_AFTER


def _counts(now: datetime) -> dict[str, int]:
    """How many messages of each kind of fate."""
    waiting, sent = Q(state=State.QUEUED), Q(sent_at__isnull=False)
    counted = {
        "due": waiting & Q(next_at__lte=now),
        "late": waiting & Q(next_at__lte=now - LATE_AFTER),
        "later": waiting & Q(next_at__gt=now),
        "sending": Q(state=State.SENDING),
        "in_doubt": Q(state=State.AMBIGUOUS),
        "held": Q(state=State.HELD),
        "sent_today": sent & Q(sent_at__gt=now - timedelta(days=1)),
        "sent_week": sent & Q(sent_at__gt=now - WEEK),
        "bounced_week": Q(state=State.BOUNCED, ended_at__gt=now - WEEK),
        "failed_week": Q(state=State.FAILED, ended_at__gt=now - WEEK),
        "expired_week": Q(state=State.EXPIRED, ended_at__gt=now - WEEK),
        "crossed_week": sent & ~Q(cancel_requested="") & Q(sent_at__gt=now - WEEK),
    }
    recent = Delivery.objects.filter(Q(ended_at=None) | Q(ended_at__gt=now - WEEK))
    return recent.aggregate(**{name: Count("pk", filter=which) for name, which in counted.items()})


def _held() -> list[Delivery]:
    """What waits for a person, the longest first."""
    return list(Delivery.objects.filter(state=State.HELD).defer("rendered").order_by("next_at", "pk")[:SHOWN])


def _doubts(now: datetime) -> dict[str, int]:
    """Attempts of the last seven days after which nobody knew, and what became of their messages."""
    doubtful = Attempt.objects.doubtful().filter(ended_at__gt=now - WEEK)
    return doubtful.aggregate(
        all=Count("pk"),
        found=Count("pk", filter=Q(delivery__state=State.SENT, delivery__reason=Delivery.FOUND)),
        open=Count("pk", filter=Q(delivery__state=State.AMBIGUOUS)),
        held=Count("pk", filter=Q(delivery__state=State.HELD)),
    )
