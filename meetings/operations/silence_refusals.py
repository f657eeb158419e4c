"""Why an operation on a silence procedure refuses; each message is fit for a page and in the active language."""

from datetime import datetime

from django.utils import timezone
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from accounts.deadlines import day_text, deadline_text
from accounts.operations.refusals import NotAuthorised, Refusal
from groups.models import Group
from notifications.reminders import GENEVA


class ReleasedByPreparer(NotAuthorised):
    """Two persons are needed, whoever they are."""

    @property
    def message(self) -> str:
        return _("You prepared this yourself: somebody else of the Secretariat opens it.")


class NotASittingMember(NotAuthorised):
    """Guests, former members, and members of other groups."""

    @property
    def message(self) -> str:
        return _("Only a member who sits in the group for an office can object.")


class ReleasedAlready(Refusal):
    """A colleague was faster."""

    @property
    def message(self) -> str:
        return _("A colleague has opened this in the meantime. Nothing was done twice.")


class ProcedureOver(Refusal):
    """It was withdrawn, has closed, or is not open yet."""

    @property
    def message(self) -> str:
        return _("This procedure is not open. Nothing was changed.")


class NothingWaits(Refusal):
    """It was done or taken back in the meantime."""

    @property
    def message(self) -> str:
        return _("This was done or taken back in the meantime. Nothing was done twice.")


class NotWithdrawable(Refusal):
    """A result stands."""

    @property
    def message(self) -> str:
        return _("This procedure has ended: it can no longer be withdrawn.")


class SilenceTooShort(Refusal):
    """The kind of group says how long a procedure runs at least."""

    def __init__(self, group: Group, now: datetime) -> None:
        super().__init__(group.pk)
        self.days = group.rules.minimum_silence.days
        self.earliest = now + group.rules.minimum_silence

    @property
    def message(self) -> str:
        return ngettext(
            "A procedure of this group runs at least %(days)s day: opened now, it closes on %(day)s or later.",
            "A procedure of this group runs at least %(days)s days: opened now, it closes on %(day)s or later.",
            self.days,
        ) % {"days": self.days, "day": day_text(self.earliest.astimezone(GENEVA).date(), get_language() or "en")}


class NobodySits(Refusal):
    """A silence of nobody means nothing."""

    @property
    def message(self) -> str:
        return _("Nobody sits in this group for an office: there is nobody to ask.")


class CandidateDoesNotSit(Refusal):
    """A Chair comes from the members."""

    @property
    def message(self) -> str:
        return _("The candidate does not sit in this group for an office.")


class RunsAlready(Refusal):
    """One procedure at a time about the Chair, and about each document."""

    @property
    def message(self) -> str:
        return _("Another procedure about the same is open in this group. Withdraw it first, or wait for its end.")


class DocumentNotReadable(Refusal):
    """Members decide on what they can read."""

    @property
    def message(self) -> str:
        return _("The members of the group cannot read this document, or it belongs to another group.")


class DocumentAdopted(Refusal):
    """A version is adopted once."""

    @property
    def message(self) -> str:
        return _("This document is adopted already.")


class ReasonMissing(Refusal):
    """An objection, an extension and a withdrawal each need a reason."""

    @property
    def message(self) -> str:
        return _("Give the reason.")


class ObjectionTooLate(Refusal):
    """The instant has come; `closes_at` is the first refused one."""

    def __init__(self, closes_at: datetime) -> None:
        super().__init__(closes_at)
        self.closes_at = closes_at

    @property
    def message(self) -> str:
        zone, language = timezone.get_current_timezone_name(), get_language() or "en"
        return _("Objections were accepted until %(deadline)s. Your text is kept on this page.") % {
            "deadline": deadline_text(self.closes_at, zone, language, weekday=True)
        }


class ObjectedAlready(Refusal):
    """An office objects once."""

    @property
    def message(self) -> str:
        return _("Your office has objected already. The Secretariat has its reason; nothing was added.")


class SilenceBroken(Refusal):
    """More time does not mend a silence that is broken."""

    @property
    def message(self) -> str:
        return _("An office has objected: this will not be adopted, and more time changes nothing.")


class DeadlineNotLater(Refusal):
    """An extension only adds time."""

    @property
    def message(self) -> str:
        return _("The new closing instant must be later than the present one.")
