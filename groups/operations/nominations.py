"""Who comes in and takes a seat: asking to join, nominating, asking back, deciding (decisions.md 6)."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime

from django.core.files.base import File
from django.db import IntegrityError, transaction
from django.db.models import Q

from accounts.models import Member, Office, User
from accounts.operations import NotAuthorised, Person, add_member
from groups import permissions
from groups.emails.nominations import (
    asked_back_message,
    decided_message_to_nominator,
    decided_message_to_person,
    known_member_message,
    nomination_key,
    request_message,
)
from groups.models import Group, Membership, Nomination
from groups.operations.refusals import (
    AlreadyDecided,
    AlreadyPending,
    AnotherPerson,
    NothingAsked,
    OfAnotherOffice,
    QuestionMissing,
    ReasonMissing,
    SeatsFull,
    SeatTaken,
    SitsAlready,
)
from groups.operations.terms import take_seat
from groups.seating import has_place, is_same_person, seat_in
from library.operations import store_file
from notifications import outbox


@dataclass(frozen=True, kw_only=True)
class Wish:
    """Who wants to come in, as what, and into which groups on which seat; an office may add a letter or a CV."""

    person: Person
    role: str
    groups: Sequence[Group] = ()
    seat: str = Membership.Role.MEMBER
    remark: str = ""
    letter: File | None = None


@transaction.atomic
def ask_to_join(*, office: Office, wish: Wish, now: datetime) -> Nomination | None:
    """A person's own request: the focal points of the office are asked to decide, and the Secretariat.

    None where nothing new begins: the person is a member already and is told so by mail, or waits for a decision.
    """
    known = _colleague(office, wish.person.email)
    if known is not None:
        outbox.queue(known_member_message(known, now), now=now)
        return None
    try:
        nomination = _begin(office, wish, None, now)
    except AlreadyPending:
        return None
    focal_points = Member.objects.speaking_for_office().of_office(office).filter(role=Member.Role.FOCAL_POINT)
    outbox.queue_many([request_message(nomination, to, now) for to in [*focal_points, None]], now=now)
    return nomination


@transaction.atomic
def nominate(*, office: Office, wish: Wish, by: User, now: datetime) -> Nomination:
    """An office's nomination of a person; the Secretariat is asked to decide.

    Raises NotAuthorised, AlreadyPending, OfAnotherOffice (the Secretariat may: two offices are two members),
    AnotherPerson, SitsAlready, SeatsFull, and FileRefused for the letter.
    """
    if not permissions.can_nominate(by, office):
        raise NotAuthorised
    known = _colleague(office, wish.person.email)
    if known is not None and not is_same_person(known, wish.person.family_name):
        raise AnotherPerson(known.name)
    if known is None and not by.is_staff and _is_of_another_office(wish.person.email):
        raise OfAnotherOffice
    for group in wish.groups:
        if known is not None and seat_in(group, known):
            raise SitsAlready(group)
        if not has_place(group, office, wish.seat):
            raise SeatsFull(group, wish.seat)
    nomination = _begin(office, wish, by, now)
    outbox.queue(request_message(nomination, None, now), now=now)
    return nomination


@transaction.atomic
def ask_back(*, nomination: Nomination, question: str, by: User, now: datetime) -> Nomination:
    """Asks the office that nominated something before deciding; the office is mailed, and the nomination waits for it.

    Raises QuestionMissing, NotAuthorised, and NothingAsked where it was decided or asked in the meantime.
    """
    if not question.strip():
        raise QuestionMissing
    if not permissions.can_ask_back(by, nomination):
        raise NotAuthorised
    asked = {"question": question.strip(), "asked_back_at": now, "asked_back_by": by}
    may_ask = Q(asked_back_at=None) | Q(replied_at__isnull=False)
    _change(nomination, may_ask, asked | {"reply": "", "replied_at": None, "replied_by": None})
    outbox.cancel(nomination_key(nomination), "asked back", now=now)
    contacts = list(Member.objects.speaking_for_office().of_office(nomination.office).select_related("office"))
    outbox.queue_many([asked_back_message(nomination, contact, now) for contact in contacts], now=now)
    return nomination


@transaction.atomic
def answer_question(*, nomination: Nomination, reply: str, letter: File | None, by: User, now: datetime) -> Nomination:
    """What the office says to the question, with a letter that replaces an earlier one; the Secretariat decides again.

    Raises QuestionMissing, NotAuthorised, NothingAsked, and FileRefused for the letter.
    """
    if not reply.strip():
        raise QuestionMissing
    if not permissions.can_withdraw(by, nomination):
        raise NotAuthorised
    answered = {"reply": reply.strip(), "replied_at": now, "replied_by": by}
    if letter is not None:
        answered["letter"] = store_file(upload=letter, by=by, now=now)
    _change(nomination, Q(asked_back_at__isnull=False, replied_at=None), answered)
    outbox.cancel(nomination_key(nomination), "answered", now=now)
    outbox.queue(request_message(nomination, None, now), now=now)
    return nomination


@transaction.atomic
def accept_nomination(*, nomination: Nomination, role: str, by: User | None, now: datetime) -> Member:
    """Takes the person in, in `role`, and returns the member: a new one is invited, one of the office keeps the role.

    The Secretariat gives the seats in the groups too; where a focal point accepts, the groups become a nomination by
    the office that waits for the Secretariat. A seat that was given in the meantime stays as it is.
    Raises NotAuthorised, AlreadyDecided, SeatsFull, and from a focal point whatever a nomination raises.
    """
    _decide(nomination, Nomination.Decision.ACCEPTED, "", by, now)
    known = _colleague(nomination.office, nomination.email)
    member = known or add_member(
        office=nomination.office, person=_person(nomination), role=role, is_invited=True, by=by, now=now
    )
    nomination.member = member
    nomination.save(update_fields=["member"])
    groups = list(nomination.groups.order_by("pk"))
    if by is None or by.is_staff:
        for group in groups:
            with suppress(SeatTaken):
                take_seat(group=group, member=member, role=nomination.seat, now=now)
        if known and groups:
            outbox.queue(decided_message_to_person(nomination, now), now=now)
    elif groups:
        person, seat, remark = _person(nomination), nomination.seat, nomination.remark
        wish = Wish(person=person, role=role, groups=groups, seat=seat, remark=remark)
        nominate(office=nomination.office, wish=wish, by=by, now=now)
    _tell_nominator(nomination, by, now)
    return member


@transaction.atomic
def decline_nomination(*, nomination: Nomination, reason: str, by: User | None, now: datetime) -> Nomination:
    """Declines with a reason, which is mailed to whoever asked. Raises ReasonMissing, NotAuthorised, AlreadyDecided."""
    if not reason.strip():
        raise ReasonMissing
    _decide(nomination, Nomination.Decision.DECLINED, reason.strip(), by, now)
    if nomination.asked_by is None:
        outbox.queue(decided_message_to_person(nomination, now), now=now)
    _tell_nominator(nomination, by, now)
    return nomination


@transaction.atomic
def withdraw_nomination(*, nomination: Nomination, by: User, now: datetime) -> Nomination:
    """Takes back what the office asked. Raises NotAuthorised, AlreadyDecided."""
    if not permissions.can_withdraw(by, nomination):
        raise NotAuthorised
    _close(nomination, Nomination.Decision.WITHDRAWN, "", by, now)
    return nomination


def _colleague(office: Office, address: str) -> Member | None:
    return Member.objects.current().of_office(office).filter(email__iexact=address.strip()).first()


def _is_of_another_office(address: str) -> bool:
    return Member.objects.current().filter(email__iexact=address.strip()).exists()


def _begin(office: Office, wish: Wish, by: User | None, now: datetime) -> Nomination:
    fields = asdict(wish.person) | {"email": wish.person.email.strip().lower()}
    wished = {"role": wish.role, "seat": wish.seat, "remark": wish.remark}
    letter = None if wish.letter is None else store_file(upload=wish.letter, by=by, now=now)
    try:
        with transaction.atomic():
            nomination = Nomination.objects.create(
                office=office, letter=letter, asked_at=now, asked_by=by, **wished, **fields
            )
    except IntegrityError as error:
        raise AlreadyPending from error
    nomination.groups.set(wish.groups)
    return nomination


def _decide(nomination: Nomination, decision: str, reason: str, by: User | None, now: datetime) -> None:
    if by is not None and not permissions.can_decide(by, nomination):
        raise NotAuthorised
    _close(nomination, decision, reason, by, now)


def _close(nomination: Nomination, decision: str, reason: str, by: User | None, now: datetime) -> None:
    decided = {"decision": decision, "reason": reason, "decided_by": by, "decided_at": now}
    if not Nomination.objects.pending().filter(pk=nomination.pk).update(**decided):
        raise AlreadyDecided
    for name, value in decided.items():
        setattr(nomination, name, value)
    outbox.cancel(nomination_key(nomination), decision, now=now)


def _change(nomination: Nomination, condition: Q, fields: dict[str, object]) -> None:
    if not Nomination.objects.pending().filter(condition, pk=nomination.pk).update(**fields):
        raise NothingAsked
    for name, value in fields.items():
        setattr(nomination, name, value)


def _person(nomination: Nomination) -> Person:
    return Person(
        family_name=nomination.family_name,
        given_name=nomination.given_name,
        honorific=nomination.honorific,
        job_title=nomination.job_title,
        email=nomination.email,
        language=nomination.language,
    )


def _tell_nominator(nomination: Nomination, by: User | None, now: datetime) -> None:
    """Whoever nominated and did not decide is told."""
    if nomination.asked_by is not None and nomination.asked_by != by:
        outbox.queue(decided_message_to_nominator(nomination, nomination.asked_by, now), now=now)
