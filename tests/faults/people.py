"""Whom mail is owed to in the fault plan: invented people of invented offices, many of them and quickly made."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.utils import timezone

from accounts.models import Member, Office, User
from consultations.models import OfficeResponse, Round
from notifications import outbox
from notifications.message import Message
from notifications.models import Delivery, EngineState

LANGUAGES = ("en", "fr", "es", "ru", "ar", "zh-hans")
FAR = datetime(2099, 1, 1, tzinfo=UTC)


def reminder(
    number: int, *, subject_key: str = "", to: str = "", expires_at: datetime = FAR, not_before: datetime | None = None
) -> Message:
    """The reminder to one of many people."""
    return Message(
        key=f"response:{number}:v1:14:{number}",
        subject_key=subject_key or f"response:{number}",
        kind="official",
        to=to or f"person{number}@qm.example",
        to_name=f"Person {number}",
        language="en",
        subject=f"14 days left: position of office {number}",
        text="Nothing has been submitted yet.\n.\nA line with a dot above.",
        html="<p>Nothing has been submitted yet.</p>",
        purpose="reminder",
        step="14",
        expires_at=expires_at,
        not_before=not_before,
        leave_url="https://wild.example/hand-over/",
    )


def owe(count: int, *, first: int = 0) -> int:
    """Queues so many reminders in one transaction; how many."""
    with transaction.atomic():
        written = outbox.queue_many((reminder(n) for n in range(first, first + count)), now=timezone.now())
    assert written == count
    return count


def codes(count: int) -> list[str]:
    """So many codes of two letters, without that of the Secretariat."""
    letters = [chr(65 + n) for n in range(26)]
    return [a + b for a in letters for b in letters if a + b != "IB"][:count]


def make_offices(count: int, *, members: int = 1) -> list[Office]:
    """Invented offices with so many focal points each, who have no login."""
    offices = Office.objects.bulk_create(
        Office(
            code=code,
            kind=Office.Kind.STATE,
            names=dict.fromkeys(LANGUAGES, f"Office {code}"),
            ranks=dict.fromkeys(LANGUAGES, number),
            search_text=f"Office {code}",
            is_demo=True,
        )
        for number, code in enumerate(codes(count))
    )
    Member.objects.bulk_create(
        Member(
            office=office,
            role=Member.Role.FOCAL_POINT,
            given_name="Sample",
            family_name=f"Person {office.code} {n}",
            email=f"person{n}@{office.code.lower()}.example",
            since_on=date(2025, 1, 1),
        )
        for office in offices
        for n in range(members)
    )
    return offices


def make_users(offices: Sequence[Office]) -> dict[str, User]:
    """A login for the first focal point of each office, by its code."""
    unusable = make_password(None)
    first = list(Member.objects.filter(office__in=offices, email__startswith="person0@").order_by("office_id"))
    users = User.objects.bulk_create(User(email=member.email, password=unusable) for member in first)
    for member, user in zip(first, users, strict=True):
        member.user = user
    Member.objects.bulk_update(first, ["user"])
    return {str(member.office_id): user for member, user in zip(first, users, strict=True)}


def make_secretary() -> User:
    """Somebody of the Secretariat."""
    office = Office.objects.create(
        code="IB", kind=Office.Kind.SECRETARIAT, names=dict.fromkeys(LANGUAGES, "WIPO"), ranks={}, search_text="WIPO"
    )
    user = User.objects.create(email="staff@wild.example", is_staff=True, is_superuser=True)
    Member.objects.create(
        office=office,
        user=user,
        role=Member.Role.FOCAL_POINT,
        family_name="Secretariat",
        email=user.email,
        since_on=date(2025, 1, 1),
    )
    return user


def make_rounds(
    count: int, offices: Sequence[Office], by: User, *, closes_in: timedelta = timedelta(days=13), name: str = "round"
) -> list[Round]:
    """Open rounds in which every one of the offices is asked; nothing is queued yet."""
    now = timezone.now()
    rounds = Round.objects.bulk_create(
        Round(
            kind=Round.Kind.CIRCULATION,
            slug=f"{name}-{number}",
            titles={"en": f"Round {number}"},
            opens_at=now,
            closes_at=now + closes_in,
            opened_at=now,
            opened_by=by,
            answer_path=f"/circulations/{name}-{number}/answer/",
        )
        for number in range(count)
    )
    OfficeResponse.objects.bulk_create(
        OfficeResponse(round=each, office=office, closes_at=each.closes_at, created_at=now)
        for each in rounds
        for office in offices
    )
    return rounds


def owe_to(addresses: Sequence[str], *, first: int = 1_000_000) -> int:
    """Queues one reminder to each address; how many."""
    with transaction.atomic():
        mails = (reminder(first + n, to=address) for n, address in enumerate(addresses))
        return outbox.queue_many(mails, now=timezone.now())


def alerted(kind: str) -> bool:
    """True where the Secretariat has been told about such trouble."""
    return Delivery.objects.filter(purpose="alert", step=kind, state=Delivery.State.SENT).exists()


def is_alarmed() -> bool:
    """True while the breaker is open and says why."""
    return EngineState.objects.filter(breaker_until__isnull=False).exclude(breaker_reason="").exists()
