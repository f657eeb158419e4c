"""Who may do what with questions to the network: asking needs a seat, the answers are for who asked."""

from __future__ import annotations

from django.contrib.auth.models import AnonymousUser

from accounts.models import Member, User
from consultations.permissions import can_run_rounds
from groups.models import Group, Membership
from network.models import Question

Asker = User | AnonymousUser


def asks_as(user: Asker) -> Member | None:
    """As whom a login asks: the member who sits in the network, or one of the Secretariat; None for others."""
    if not user.is_authenticated:
        return None
    present = Member.objects.current().filter(user=user).exclude(office=None).select_related("office").order_by("pk")
    if user.is_staff:
        return present.first()
    seats = Membership.objects.current().filter(group__kind=Group.Kind.CIO_NETWORK, role__in=Membership.SITTING_ROLES)
    return present.filter(pk__in=seats.values("member")).first()


def can_ask(user: Asker) -> bool:
    """Who sits in the network, and the Secretariat."""
    return asks_as(user) is not None


def is_asker(user: Asker, question: Question) -> bool:
    """Who asked, while they are with their office: they change the question, read the answers, publish the summary."""
    return user.is_authenticated and question.asked_by.user_id == user.pk and question.asked_by.until_on is None


def can_count_answers(user: Asker, question: Question) -> bool:
    """How many offices have answered is for who asked and for the Secretariat."""
    return can_run_rounds(user) or is_asker(user, question)
