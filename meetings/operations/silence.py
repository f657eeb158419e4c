"""Decisions by silence procedure: prepared by one, released by another, concluded by the clock (decisions.md 16).

An objection is accepted before `closes_at` and not at it. Whoever changes a procedure locks its row, so an objection
and the clock meet in one order.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

import structlog
from django.db import transaction

from accounts.models import Member, Office, User
from consultations.names import names_of
from consultations.operations.refusals import NotOfTheSecretariat, SamePerson, WaitsAlready
from consultations.operations.releases import needs_second_person
from groups.models import Group, Membership
from groups.operations.officers import appoint_chair
from meetings.emails_silence import (
    REMINDER_DAYS,
    full_notice_key,
    notice_message,
    notice_subject,
    objection_message,
    reminder_key,
    reminder_message,
    reminder_subject,
    result_message,
    waiting_message,
    waiting_subject,
    withdrawn_message,
)
from meetings.models import Document, Objection, SilenceEntry, SilenceProcedure
from meetings.operations.silence_refusals import (
    CandidateDoesNotSit,
    DeadlineNotLater,
    DocumentAdopted,
    DocumentNotReadable,
    NobodySits,
    NotASittingMember,
    NothingWaits,
    NotWithdrawable,
    ObjectedAlready,
    ObjectionTooLate,
    ProcedureOver,
    ReasonMissing,
    ReleasedAlready,
    ReleasedByPreparer,
    RunsAlready,
    SilenceBroken,
    SilenceTooShort,
)
from meetings.permissions import can_release_silence, can_run_silence
from meetings.silence import chair_of, sitting, standing_of, standings
from notifications import outbox
from notifications.message import Message
from notifications.models import Delivery
from notifications.reminders import send_instant

RETURNS_FOR = timedelta(days=14)  # no relay tries for so long
log = structlog.get_logger("decisions")
Subject, Result = SilenceProcedure.Subject, SilenceProcedure.Result
Act, Stand = SilenceProcedure.Change, SilenceEntry.Stand
ASKED = ["asked_change", "asked_closes_at", "asked_reason", "asked_at", "asked_by"]


@dataclass(frozen=True, kw_only=True)
class Proposal:
    """What is put to the members: a candidate, a document or, with neither, a text; `closes_at` is aware UTC."""

    title: str
    text: str
    closes_at: datetime
    candidate: Member | None = None
    document: Document | None = None

    @property
    def subject(self) -> str:
        """Which of the three it is."""
        return Subject.CHAIR if self.candidate else Subject.DOCUMENT if self.document else Subject.TEXT


# --- preparing and opening --------------------------------------------------------------------------------------------
@transaction.atomic
def prepare_silence(*, group: Group, proposal: Proposal, by: User, now: datetime) -> SilenceProcedure:
    """Prepares a procedure; nobody but the Secretariat sees it, and a colleague is asked to release it.

    Raises NotOfTheSecretariat, and what releasing it now would raise.
    """
    if not can_run_silence(by):
        raise NotOfTheSecretariat
    procedure = SilenceProcedure(
        group=group,
        subject=proposal.subject,
        title=proposal.title,
        text=proposal.text,
        candidate=proposal.candidate,
        document=proposal.document,
        closes_at=proposal.closes_at,
        prepared_at=now,
        prepared_by=by,
    )
    _require_sound(procedure, now)
    procedure.save()
    _ask_colleagues(procedure, by, now)
    return procedure


@transaction.atomic
def release_silence(*, procedure: SilenceProcedure, by: User, now: datetime) -> SilenceProcedure:
    """Opens a procedure: every sitting member gets the notice. `by` is never who prepared it.

    Raises NotOfTheSecretariat, ReleasedByPreparer, ReleasedAlready, ProcedureOver, SilenceTooShort, RunsAlready,
    NobodySits, CandidateDoesNotSit, DocumentAdopted and DocumentNotReadable.
    """
    if not can_run_silence(by):
        raise NotOfTheSecretariat
    if not can_release_silence(by, procedure):
        raise ReleasedByPreparer
    locked = _locked(procedure)
    # Of two releases in one group at once the second sees the first.
    Group.objects.select_for_update(no_key=True).get(pk=locked.group_id)
    if locked.released_at is not None:
        raise ReleasedAlready
    if locked.withdrawn_at is not None:
        raise ProcedureOver
    _require_sound(locked, now)
    locked.released_at, locked.released_by = now, by
    locked.save(update_fields=["released_at", "released_by"])
    outbox.cancel(waiting_subject(locked), "A colleague has released it.", now=now)
    plan_silence(procedure=locked, now=now)
    return locked


def _require_sound(procedure: SilenceProcedure, now: datetime) -> None:
    """Raises the Refusal for which it could not be released at `now`."""
    group = procedure.group
    if procedure.closes_at < now + group.rules.minimum_silence:
        raise SilenceTooShort(group, now)
    seats = sitting(group)
    if not seats:
        raise NobodySits
    if procedure.candidate and procedure.candidate_id not in {seat.member_id for seat in seats}:
        raise CandidateDoesNotSit
    running = SilenceProcedure.objects.running().filter(group=group)
    if procedure.candidate and running.filter(subject=Subject.CHAIR).exists():
        raise RunsAlready
    if procedure.document:
        if running.filter(document=procedure.document).exists():
            raise RunsAlready
        _require_adoptable(procedure.document, group)


def _require_adoptable(document: Document, group: Group) -> None:
    if document.group_id != group.pk or document.visibility == Document.Visibility.STAFF:
        raise DocumentNotReadable
    if document.adopted_at is not None:
        raise DocumentAdopted


def _ask_colleagues(procedure: SilenceProcedure, by: User, now: datetime) -> None:
    """Tells the rest of the Secretariat, each person once, that something waits for a second person."""
    name = names_of([by])[by.pk]
    outbox.queue_many([waiting_message(procedure, each, name, now) for each in _colleagues(by)], now=now)


def _colleagues(by: User) -> list[Member]:
    """The rest of the Secretariat, each person once."""
    staff = Member.objects.current().filter(user__is_staff=True, user__is_active=True).exclude(user=by)
    return list(staff.select_related("office").order_by("user", "pk").distinct("user"))


# --- while it runs ----------------------------------------------------------------------------------------------------
@transaction.atomic
def break_silence(*, procedure: SilenceProcedure, office: Office, reason: str, by: User, now: datetime) -> Objection:
    """An office objects, once, by one who sits for it; the first objection means that it is not adopted.

    The reason goes to the Secretariat and the Chair. Raises NotASittingMember, ReasonMissing, ObjectionTooLate,
    ProcedureOver and ObjectedAlready.
    """
    locked = _locked(procedure)
    seats = [seat for seat in sitting(locked.group) if seat.member.user_id == by.pk]
    seat = next((seat for seat in seats if seat.member.office_id == office.pk), None)
    if seat is None:
        raise NotASittingMember
    if not reason.strip():
        raise ReasonMissing
    if locked.released_at is None or locked.withdrawn_at is not None:
        raise ProcedureOver
    if now >= locked.closes_at or locked.concluded_at is not None:
        raise ObjectionTooLate(locked.closes_at)
    if locked.objections.filter(office=office).exists():
        raise ObjectedAlready
    objection = Objection.objects.create(
        procedure=locked, office=office, objected_by=seat.member, objected_at=now, reason=reason.strip()
    )
    outbox.cancel(reminder_subject(locked), "The silence is broken.", now=now)
    chair = chair_of(locked.group)
    readers = [None, chair] if chair else [None]
    outbox.queue_many([objection_message(objection, reader, now) for reader in readers], now=now)
    return objection


@dataclass(frozen=True, kw_only=True)
class Change:
    """A later closing instant (aware UTC) or, for None, a withdrawal; every sitting member reads the reason."""

    reason: str
    closes_at: datetime | None = None

    @property
    def act(self) -> str:
        """Which of the two it is."""
        return Act.EXTEND if self.closes_at else Act.WITHDRAW


@transaction.atomic
def change_silence(*, procedure: SilenceProcedure, change: Change, by: User, now: datetime) -> SilenceProcedure:
    """Moves the closing instant later or withdraws; where that mails many, it is asked for and waits for a colleague.

    Raises NotOfTheSecretariat, ReasonMissing, WaitsAlready; for an extension ProcedureOver, SilenceBroken and
    DeadlineNotLater; for a withdrawal NotWithdrawable once it has ended, whether or not the clock has been there.
    """
    if not can_run_silence(by):
        raise NotOfTheSecretariat
    locked = _locked(procedure)
    _require_possible(locked, change, now)
    if locked.asked_at is not None:
        raise WaitsAlready
    if locked.released_at is None or not needs_second_person(len(sitting(locked.group))):
        return _do(locked, change, by, now)
    locked.asked_change, locked.asked_closes_at = change.act, change.closes_at
    locked.asked_reason, locked.asked_at, locked.asked_by = change.reason.strip(), now, by
    locked.save(update_fields=ASKED)
    _ask_colleagues(locked, by, now)
    return locked


@transaction.atomic
def confirm_change(*, procedure: SilenceProcedure, by: User, now: datetime) -> SilenceProcedure:
    """Does what a colleague has asked for, in the colleague's name; `by` is the second person.

    Raises NotOfTheSecretariat, SamePerson, NothingWaits, and what the change itself raises: then it waits on.
    """
    locked, asked_by = _waiting(procedure, by)
    if asked_by == by:
        raise SamePerson
    change = Change(reason=locked.asked_reason, closes_at=locked.asked_closes_at)
    _require_possible(locked, change, now)
    _forget_change(locked, now)
    return _do(locked, change, asked_by, now)


@transaction.atomic
def drop_change(*, procedure: SilenceProcedure, by: User, now: datetime) -> SilenceProcedure:
    """Takes back what was asked for, by whoever of the Secretariat. Raises NotOfTheSecretariat and NothingWaits."""
    locked, _asked_by = _waiting(procedure, by)
    _forget_change(locked, now)
    return locked


def _waiting(procedure: SilenceProcedure, by: User) -> tuple[SilenceProcedure, User]:
    if not can_run_silence(by):
        raise NotOfTheSecretariat
    locked = _locked(procedure)
    if locked.asked_by is None:
        raise NothingWaits
    return locked, locked.asked_by


def _require_possible(procedure: SilenceProcedure, change: Change, now: datetime) -> None:
    """Raises the Refusal for which the change cannot be made at `now`."""
    if not change.reason.strip():
        raise ReasonMissing
    is_over = procedure.withdrawn_at is not None or procedure.concluded_at is not None
    is_over = is_over or (procedure.released_at is not None and now >= procedure.closes_at)
    if change.closes_at is None:
        if is_over:
            raise NotWithdrawable
        return
    if is_over or procedure.released_at is None:
        raise ProcedureOver
    if procedure.objections.exists():
        raise SilenceBroken
    if change.closes_at <= procedure.closes_at:
        raise DeadlineNotLater


def _do(procedure: SilenceProcedure, change: Change, by: User, now: datetime) -> SilenceProcedure:
    if change.closes_at is None:
        return _withdraw(procedure, change.reason.strip(), by, now)
    _end_mail(procedure, "The deadline has moved.", now, state=Delivery.State.SUPERSEDED)
    procedure.closes_at = change.closes_at
    procedure.deadline_version += 1
    procedure.extended_at, procedure.extended_by, procedure.extended_reason = now, by, change.reason.strip()
    procedure.save(update_fields=["closes_at", "deadline_version", "extended_at", "extended_by", "extended_reason"])
    plan_silence(procedure=procedure, now=now)
    return procedure


def _withdraw(procedure: SilenceProcedure, reason: str, by: User, now: datetime) -> SilenceProcedure:
    procedure.withdrawn_at, procedure.withdrawn_by, procedure.withdrawn_reason = now, by, reason
    procedure.save(update_fields=["withdrawn_at", "withdrawn_by", "withdrawn_reason"])
    outbox.cancel(waiting_subject(procedure), "It was withdrawn.", now=now)
    if procedure.released_at is not None:
        _end_mail(procedure, "It was withdrawn.", now)
        outbox.queue_many([withdrawn_message(procedure, seat, now) for seat in sitting(procedure.group)], now=now)
    return procedure


def _forget_change(procedure: SilenceProcedure, now: datetime) -> None:
    procedure.asked_change, procedure.asked_closes_at, procedure.asked_reason = "", None, ""
    procedure.asked_at = procedure.asked_by = None
    procedure.save(update_fields=ASKED)
    outbox.cancel(waiting_subject(procedure), "A colleague has decided.", now=now)


def _locked(procedure: SilenceProcedure) -> SilenceProcedure:
    rows = SilenceProcedure.objects.select_related("group", "candidate__office", "document", "asked_by")
    return rows.select_for_update(of=("self",), no_key=True).get(pk=procedure.pk)


def _end_mail(procedure: SilenceProcedure, why: str, now: datetime, state: str = Delivery.State.CANCELLED) -> None:
    for subject in (notice_subject(procedure), reminder_subject(procedure)):
        outbox.cancel(subject, why, now=now, state=state)


# --- the clock --------------------------------------------------------------------------------------------------------
def queue_silence_mail(*, now: datetime) -> int:
    """Queues every notice and reminder owed at `now` about procedures that run; returns how many are new.

    A member who takes a seat while one runs gets its notice, and so does one whose address has changed.
    """
    running = SilenceProcedure.objects.running().filter(closes_at__gt=now)
    return sum(plan_silence(procedure=procedure, now=now) for procedure in running.order_by("pk"))


@transaction.atomic
def plan_silence(*, procedure: SilenceProcedure, now: datetime) -> int:
    """The same for one procedure; idempotent, as the outbox takes each mail once."""
    locked = _locked(procedure)
    if locked.concluded_at or locked.withdrawn_at or now >= locked.closes_at:
        return 0
    owed = _owed(locked, now)
    known = set(Delivery.objects.filter(key__in=owed).values_list("key", flat=True))
    return outbox.queue_many([write() for key, write in owed.items() if key not in known], now=now)


def _owed(procedure: SilenceProcedure, now: datetime) -> dict[str, Callable[[], Message]]:
    """The mails owed at `now` by key: the notice to all who sit, the reminder while nobody has objected."""
    seats = sitting(procedure.group)
    owed: dict[str, Callable[[], Message]] = {
        full_notice_key(procedure, seat.member): partial(notice_message, procedure, seat) for seat in seats
    }
    if procedure.objections.exists():
        return owed
    return owed | {
        reminder_key(procedure, seat.member): partial(reminder_message, procedure, seat)
        for seat in seats
        if _is_reminded(procedure, seat, now)
    }


def _is_reminded(procedure: SilenceProcedure, seat: Membership, now: datetime) -> bool:
    """Three days before closing, at nine of the member's clock; not who has had the notice since."""
    due_at = send_instant(procedure.closes_at, REMINDER_DAYS, seat.member.zone)
    asked_at = procedure.extended_at or procedure.released_at
    return asked_at is not None and asked_at < due_at <= now and seat.since_on < due_at.date()


def conclude_due_procedures(*, now: datetime) -> int:
    """Concludes every procedure whose instant has come, each once and as of that instant; returns how many.

    Anyone may call it at any time, several at once, and however late: the record is the same.
    """
    return sum(
        conclude_silence(procedure=each, now=now) for each in SilenceProcedure.objects.due_at(now).order_by("pk")
    )


@transaction.atomic
def conclude_silence(*, procedure: SilenceProcedure, now: datetime) -> bool:
    """Records how each office stood and the result at `closes_at`, with what follows; False where it is not due."""
    locked = _locked(procedure)
    if not SilenceProcedure.objects.due_at(now).filter(pk=locked.pk).exists():
        return False
    standing = standing_of(locked)
    if locked.asked_at is not None:
        _forget_change(locked, now)
    locked.result = Result.BROKEN if standing.broke else Result.ADOPTED
    locked.concluded_at = locked.closes_at
    locked.save(update_fields=["result", "concluded_at"])
    SilenceEntry.objects.bulk_create(
        SilenceEntry(procedure=locked, office=office, stand=stand) for office, stand in standing.stands.items()
    )
    if locked.result == Result.ADOPTED:
        _follow(locked)
    _end_mail(locked, "It has closed.", now)
    chair = chair_of(locked.group)
    outbox.queue_many([result_message(locked, seat, standing, chair, now) for seat in sitting(locked.group)], now=now)
    return True


def _follow(procedure: SilenceProcedure) -> None:
    """What was adopted holds from the instant it closed: the Chair's term, the status of the document."""
    if procedure.document_id is not None:
        Document.objects.filter(pk=procedure.document_id, adopted_at=None).update(adopted_at=procedure.closes_at)
    if procedure.candidate is None:
        return
    if procedure.candidate_id not in {seat.member_id for seat in sitting(procedure.group)}:
        # Who has given up the seat in the meantime takes no chair; the decision stands as it was taken.
        log.warning("candidate does not sit any more", procedure=procedure.pk)
        return
    by, candidate = procedure.released_by, procedure.candidate
    appoint_chair(group=procedure.group, member=candidate, by=by, now=procedure.closes_at)


def note_late_returns(*, now: datetime) -> int:
    """A notice that comes back after the end was never read: its office is recorded as not reached; how many changed.

    For procedures that closed in the two weeks before `now`. The result stands: only the record of silence changes.
    """
    recent = SilenceProcedure.objects.filter(concluded_at__gt=now - RETURNS_FOR)
    return sum(_note_returns(procedure) for procedure in recent.order_by("pk"))


@transaction.atomic
def _note_returns(procedure: SilenceProcedure) -> int:
    found = standings([procedure])[procedure.pk].stands
    unreached = [office for office, stand in found.items() if stand == Stand.NOT_REACHED]
    return procedure.entries.filter(stand=Stand.SILENT, office__in=unreached).update(stand=Stand.NOT_REACHED)
