"""What happens to groups: taking them over from the record, and who comes into them (decisions.md 6)."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts.deadlines import GENEVA
from accounts.models import Member, Office, User
from accounts.operations import NotAuthorised, Person, Refusal, add_member
from groups import permissions
from groups.emails import (
    decided_message_to_nominator,
    decided_message_to_person,
    known_member_message,
    nomination_key,
    request_message,
)
from groups.models import Group, Membership, NextStep, Nomination
from notifications import outbox

# The deck names one group a network; "focus group" is the type of the other (D05).
KINDS = {"cio-network": Group.Kind.CIO_NETWORK}


@transaction.atomic
def load_groups(*, record: Mapping[str, Any]) -> Counter[str]:
    """Adds the groups of record.json with their next steps; a group that exists is left with all that hangs on it.

    Counts, dates and wording are kept as reported, never computed (decisions.md 12). Returns how many rows were added.
    """
    added: Counter[str] = Counter()
    for entry in record["groups"]:
        group, is_new = Group.objects.get_or_create(slug=entry["key"], defaults=_group_fields(entry))
        if is_new:
            steps = [
                NextStep(group=group, order=order, text=text, is_record=True)
                for order, text in enumerate(entry["next_steps"], 1)
            ]
            added += Counter({"groups": 1, "next steps": len(NextStep.objects.bulk_create(steps))})
    return added


def _group_fields(entry: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "name": entry["official_name"],
        "kind": KINDS.get(entry["key"], Group.Kind.FOCUS_GROUP),
        "focus_areas": entry["focus_areas"],
        "takeaways": entry["takeaways"],
        "reported_members": entry["members"],
        "reported_offices": entry["offices"],
        "reported_wording": entry["count_wording"],
        "reported_as_of": as_reported(entry["as_of"]),
        "first_meeting_on": date.fromisoformat(entry["first_meeting"]),
        "first_meeting_wording": entry["first_meeting_wording"],
        "chair_reported": entry["chair"] or "",
        "is_record": True,
    }


def as_reported(stamp: str) -> str:
    """The stamp of a status as pages write it: "WILD/2, April 2026" becomes "WILD/2 (April 2026)" (D19)."""
    return re.sub(r"^(.+?), (.+)$", r"\1 (\2)", stamp)


class SeatTaken(Exception):
    """The member has a current seat in the group."""

    def __str__(self) -> str:
        return _("This member has a seat in the group already.")


@transaction.atomic
def take_seat(*, group: Group, member: Member, role: str, now: datetime) -> Membership:
    """Gives a member a seat in a group from the Geneva day of `now` on. Raises SeatTaken."""
    if Membership.objects.current().filter(group=group, member=member).exists():
        raise SeatTaken
    return Membership.objects.create(group=group, member=member, role=role, since_on=now.astimezone(GENEVA).date())


class AlreadyPending(Refusal):
    """The same person of the same office waits for a decision already."""

    @property
    def message(self) -> str:
        return _("Somebody with this e-mail address waits for a decision already.")


class AlreadyDecided(Refusal):
    """Somebody else was faster."""

    @property
    def message(self) -> str:
        return _("This was decided in the meantime. Nothing was changed.")


class ReasonMissing(Refusal):
    """Declining needs a reason."""

    @property
    def message(self) -> str:
        return _("Give the reason: the person who asked reads it.")


@dataclass(frozen=True, kw_only=True)
class Wish:
    """Who wants to come in, as what, and into which groups."""

    person: Person
    role: str
    groups: Sequence[Group] = ()
    remark: str = ""


@transaction.atomic
def ask_to_join(*, office: Office, wish: Wish, now: datetime) -> Nomination | None:
    """A person's own request: the focal points of the office are asked to decide, and the Secretariat.

    None where nothing new begins: the person is a member already and is told so by mail, or waits for a decision.
    """
    address = wish.person.email.strip().lower()
    known = Member.objects.current().of_office(office).filter(email__iexact=address).first()
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
    """An office's nomination of a person; the Secretariat is asked to decide. Raises NotAuthorised, AlreadyPending."""
    if not permissions.can_nominate(by, office):
        raise NotAuthorised
    nomination = _begin(office, wish, by, now)
    outbox.queue(request_message(nomination, None, now), now=now)
    return nomination


@transaction.atomic
def accept_nomination(*, nomination: Nomination, role: str, by: User | None, now: datetime) -> Member:
    """Takes the person in, in `role`, and returns the member: a new one is invited, one of the office keeps the role.

    The Secretariat gives the seats in the groups too; where a focal point accepts, the groups become a nomination by
    the office that waits for the Secretariat. Raises NotAuthorised, AlreadyDecided.
    """
    _decide(nomination, Nomination.Decision.ACCEPTED, "", by, now)
    known = Member.objects.current().of_office(nomination.office).filter(email__iexact=nomination.email).first()
    member = known or add_member(
        office=nomination.office, person=_person(nomination), role=role, is_invited=True, by=by, now=now
    )
    nomination.member = member
    nomination.save(update_fields=["member"])
    groups = list(nomination.groups.all())
    if by is None or by.is_staff:
        for group in groups:
            with suppress(SeatTaken):
                take_seat(group=group, member=member, role=Membership.Role.MEMBER, now=now)
        if known and groups:
            outbox.queue(decided_message_to_person(nomination, now), now=now)
    elif groups:
        nominate(
            office=nomination.office,
            wish=Wish(person=_person(nomination), role=role, groups=groups, remark=nomination.remark),
            by=by,
            now=now,
        )
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


def _begin(office: Office, wish: Wish, by: User | None, now: datetime) -> Nomination:
    fields = asdict(wish.person) | {"email": wish.person.email.strip().lower()}
    try:
        with transaction.atomic():
            nomination = Nomination.objects.create(
                office=office, role=wish.role, remark=wish.remark, asked_at=now, asked_by=by, **fields
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
