"""Why an operation on nominations and seats refuses; each message is fit for a page and in the active language."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from accounts.deadlines import day_text
from accounts.operations import Refusal
from groups.importing import Problem
from groups.models import Group, Membership


class NotOfTheGroup(Refusal):
    """Neither runs the group nor belongs to the Secretariat."""

    @property
    def message(self) -> str:
        return _("Only the Chair of the group or the Secretariat can do this.")


class SeatTaken(Refusal):
    """The member has a current seat in the group."""

    @property
    def message(self) -> str:
        return _("This member has a seat in the group already.")


class SeatsFull(Refusal):
    """The office holds as many seats as the kind of group allows (groups/kinds.py)."""

    def __init__(self, group: Group, role: str) -> None:
        super().__init__()
        self.group, self.role = group, role

    @property
    def message(self) -> str:
        if self.role == Membership.Role.ALTERNATE:
            text = ngettext(
                "The office has %(count)d alternate in %(group)s, and no more are possible.",
                "The office has %(count)d alternates in %(group)s, and no more are possible.",
                self.group.rules.alternates,
            )
            return text % {"count": self.group.rules.alternates, "group": self.group}
        text = ngettext(
            "The office has %(count)d seat in %(group)s, and no more are possible.",
            "The office has %(count)d seats in %(group)s, and no more are possible.",
            self.group.rules.seats,
        )
        return text % {"count": self.group.rules.seats, "group": self.group}


class NoGuestsHere(Refusal):
    """Industry specialists sit in focus groups only."""

    @property
    def message(self) -> str:
        return _("Guests are invited to focus groups only.")


class SeatIsForAnOffice(Refusal):
    """Guests have no office to speak for."""

    @property
    def message(self) -> str:
        return _("Only members of an office hold this seat; an industry specialist is invited as a guest.")


class SeatIsOver(Refusal):
    """The term ended in the meantime."""

    @property
    def message(self) -> str:
        return _("This term has ended already. Nothing was changed.")


class NotASuccessor(Refusal):
    """Seat and history stay with the office."""

    @property
    def message(self) -> str:
        return _("A seat passes to another member of the same office.")


class MandateNotLonger(Refusal):
    """The new end of a mandate lies within one term of its kind, after the old one."""

    def __init__(self, first: date, last: date) -> None:
        super().__init__()
        self.first, self.last = first, last

    @property
    def message(self) -> str:
        language = get_language() or "en"
        days = {"first": day_text(self.first, language), "last": day_text(self.last, language)}
        return _("A mandate is prolonged to a day from %(first)s to %(last)s.") % days


class AddressOfAMember(Refusal):
    """Who belongs to an office is no guest."""

    @property
    def message(self) -> str:
        return _("This is the address of a member of an office. The office nominates its members.")


class OfAnotherOffice(Refusal):
    """The address belongs to a member of another office."""

    @property
    def message(self) -> str:
        return _("This is the address of a member of another office. Write to the Secretariat if the person changes.")


class AnotherPerson(Refusal):
    """The address belongs to a colleague with another name."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name

    @property
    def message(self) -> str:
        return _("This is the address of %(name)s of your office. Type the address or the name again.") % {
            "name": self.name
        }


class SitsAlready(Refusal):
    """Who sits in a group needs no nomination for it."""

    def __init__(self, group: Group) -> None:
        super().__init__()
        self.group = group

    @property
    def message(self) -> str:
        return _("This person has a seat in %(group)s already.") % {"group": self.group}


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


class NothingAsked(Refusal):
    """The office is asked once at a time, and answers what it was asked."""

    @property
    def message(self) -> str:
        return _("This has changed in the meantime. Nothing was changed.")


class StepChanged(Refusal):
    """Somebody else has ticked the step off, or taken it up again."""

    @property
    def message(self) -> str:
        return _("This has changed in the meantime. Nothing was changed.")


class ReasonMissing(Refusal):
    """Declining needs a reason."""

    @property
    def message(self) -> str:
        return _("Give the reason: the person who asked reads it.")


class EndingReasonMissing(Refusal):
    """Ending somebody's seat needs a reason."""

    @property
    def message(self) -> str:
        return _("Give the reason: the person and the office read it.")


class QuestionMissing(Refusal):
    """A question, or an answer, needs words."""

    @property
    def message(self) -> str:
        return _("Write something: the other side reads it.")


class ImportRefused(Refusal):
    """At least one row cannot be taken over; nothing was stored."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__()
        self.problems = problems

    @property
    def message(self) -> str:
        return _("Nothing was stored: some rows cannot be taken over.")
