"""Why an operation on a round or an answer refuses; each message is fit for a page and in the active language."""

from collections.abc import Sequence
from datetime import datetime

from django.utils import timezone
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from accounts.deadlines import deadline_text
from accounts.operations.refusals import Refusal
from consultations.models import Submission
from consultations.obstacles import Obstacle


def _in_both_zones(instant: datetime) -> str:
    return deadline_text(instant, timezone.get_current_timezone_name(), get_language() or "en", weekday=True)


class RoundClosed(Refusal):
    """Answers are no longer accepted; `closes_at` is the last accepted instant."""

    def __init__(self, closes_at: datetime) -> None:
        super().__init__(closes_at)
        self.closes_at = closes_at

    @property
    def message(self) -> str:
        return _("Answers were accepted until %(deadline)s. Your text is kept on this page.") % {
            "deadline": _in_both_zones(self.closes_at)
        }


class NotAuthorised(Refusal):
    """The login does not speak for the office."""

    @property
    def message(self) -> str:
        return _("Only a focal point or an alternate of the office can submit.")


class NotOfTheSecretariat(NotAuthorised):
    """The login is not of the Secretariat."""

    @property
    def message(self) -> str:
        return _("Only the Secretariat can do this.")


class AlreadySubmitted(Refusal):
    """Somebody of the office has submitted since the form was shown; `submission` is theirs."""

    def __init__(self, submission: Submission, name: str) -> None:
        super().__init__(submission.pk)
        self.submission, self.name = submission, name

    @property
    def message(self) -> str:
        return _("%(name)s has submitted the answer of your office: %(moment)s. Your draft is kept.") % {
            "name": self.name,
            "moment": _in_both_zones(self.submission.submitted_at),
        }


class DraftChanged(Refusal):
    """Somebody has written, or added or taken away a file, since the page was shown."""

    @property
    def message(self) -> str:
        return _("Nothing was done: a colleague has changed the answer since this page was shown. Read it again.")


class TooManyAnnexes(Refusal):
    """A part of the answer holds as many files as it may; `limit` is that number."""

    def __init__(self, limit: int) -> None:
        super().__init__(limit)
        self.limit = limit

    @property
    def message(self) -> str:
        return ngettext(
            "An item takes at most %(limit)s file. Take one away first.",
            "An item takes at most %(limit)s files. Take one away first.",
            self.limit,
        ) % {"limit": self.limit}


class NobodyToAsk(Refusal):
    """A request to read the draft goes to at least one colleague and to at most `limit`."""

    def __init__(self, limit: int) -> None:
        super().__init__(limit)
        self.limit = limit

    @property
    def message(self) -> str:
        return ngettext(
            "Choose %(limit)s colleague of your office.",
            "Choose one to %(limit)s colleagues of your office.",
            self.limit,
        ) % {"limit": self.limit}


class NotReady(Refusal):
    """An act for which something is missing; `obstacles` say what."""

    def __init__(self, obstacles: Sequence[Obstacle]) -> None:
        super().__init__(*(obstacle.key for obstacle in obstacles))
        self.obstacles = obstacles

    @property
    def message(self) -> str:
        return " ".join(obstacle.text for obstacle in self.obstacles)


class NotReadyToOpen(NotReady):
    """Opening a round."""


class RoundChanged(Refusal):
    """Somebody else has opened, extended, closed or published in between."""

    @property
    def message(self) -> str:
        return _("Somebody has changed this in the meantime. Nothing was done; look at the page again.")


class DeadlineNotLater(Refusal):
    """An extension must end after now and after the present deadline."""

    @property
    def message(self) -> str:
        return _("The new deadline must be later than the present one and lie ahead.")


class ReasonMissing(Refusal):
    """A deadline changes with a reason only."""

    @property
    def message(self) -> str:
        return _("Give the reason: every addressed office reads it.")


class SecondPersonNeeded(Refusal):
    """The act mails `count` persons: more than one member of the Secretariat may mail alone."""

    def __init__(self, count: int) -> None:
        super().__init__(count)
        self.count = count

    @property
    def message(self) -> str:
        return ngettext(
            "This sends mail to %(count)s person: ask a colleague of the Secretariat to release it.",
            "This sends mail to %(count)s persons: ask a colleague of the Secretariat to release it.",
            self.count,
        ) % {"count": self.count}


class WaitsAlready(Refusal):
    """The same act on the same round waits for a second person."""

    @property
    def message(self) -> str:
        return _("The same already waits to be released. Withdraw it first to ask for something else.")


class SamePerson(Refusal):
    """Who asked does not release."""

    @property
    def message(self) -> str:
        return _("You asked for this yourself: somebody else of the Secretariat releases it.")


class ReleaseOver(Refusal):
    """It was released or withdrawn in the meantime."""

    @property
    def message(self) -> str:
        return _("This was released or withdrawn in the meantime. Nothing was done twice.")


class AskerHasLeft(Refusal):
    """Who asked is not of the Secretariat any more."""

    @property
    def message(self) -> str:
        return _("The person who asked for this is no longer of the Secretariat. Withdraw it and ask for it yourself.")


class RoundChangedSince(Refusal):
    """Deadline, texts or offices are not those it was asked for with."""

    @property
    def message(self) -> str:
        return _("The circulation has changed since this was asked for. Nothing was done: withdraw it and ask again.")


class NobodyToNudge(Refusal):
    """None of the offices may get a one-off reminder."""

    @property
    def message(self) -> str:
        return _("None of these offices can be reminded: they have answered, were reminded so before, or are closed.")


class NotClosedYet(Refusal):
    """Answers are published after closing."""

    @property
    def message(self) -> str:
        return _("Answers can be published after the closing.")
