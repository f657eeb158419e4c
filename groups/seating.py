"""Questions about seats that several operations ask; nothing here writes."""

from __future__ import annotations

from datetime import date

from accounts.collation import sort_key
from accounts.models import Member, Office
from groups.models import Group, Membership
from notifications.reminders import add_months


def has_place(group: Group, office: Office, role: str, *, besides: int | None = None) -> bool:
    """Whether an office may take one more seat of this role, by the rules of the kind; `besides` a seat that ends."""
    held = Membership.objects.current().filter(group=group, member__office=office)
    if besides is not None:
        held = held.exclude(pk=besides)
    is_alternate = role == Membership.Role.ALTERNATE
    return held.counted_in(role).count() < (group.rules.alternates if is_alternate else group.rules.seats)


def seat_in(group: Group, member: Member) -> Membership | None:
    """The seat a member holds in a group now."""
    return Membership.objects.current().filter(group=group, member=member).first()


def mandate_from(group: Group, day: date) -> date:
    """The last day of a mandate that begins on a Geneva day, by the rules of the kind."""
    return add_months(day, group.rules.mandate)


def prolongation_of(seat: Membership, today: date) -> tuple[date, date]:
    """The first and the last day to which a mandate may be prolonged: at most one more term of the kind."""
    after = max(seat.mandate_ends_on or today, today)
    return date.fromordinal(after.toordinal() + 1), mandate_from(seat.group, after)


def concerned_by(seat: Membership) -> list[Member]:
    """Who is told what happens to a seat: its holder and the focal points of the office, each once."""
    focal_points = Member.objects.speaking_for_office().filter(role=Member.Role.FOCAL_POINT).exclude(office=None)
    others = focal_points.of_office(seat.member.office).exclude(pk=seat.member_id).select_related("office")
    return [seat.member, *others.order_by("pk")]


def is_same_person(member: Member, family_name: str) -> bool:
    """Whether a name that was typed is that of a member, whatever the case and the accents."""
    return sort_key(member.family_name, "en") == sort_key(family_name, "en")


def terms_before(seat: Membership) -> list[Membership]:
    """The terms that this one has taken over from, the newest first: the history of the seat."""
    terms = Membership.objects.filter(group=seat.group, member__office=seat.member.office).select_related("member")
    by_number, found = terms.in_bulk(), list[Membership]()
    while seat.follows_id in by_number:
        seat = by_number[seat.follows_id]
        found.append(seat)
    return found
