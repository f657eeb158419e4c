"""Why an operation on members and logins refuses; each message is fit for a page and in the active language."""

from django.utils.translation import gettext as _


class Refusal(Exception):
    """An operation that did not take place; nothing was changed."""

    def __str__(self) -> str:
        return self.message

    @property
    def message(self) -> str:
        """What the page says."""
        raise NotImplementedError


class NotAuthorised(Refusal):
    """The login may not do this."""

    @property
    def message(self) -> str:
        return _("Only a focal point of the office or the Secretariat can do this.")


class AlreadyMember(Refusal):
    """A current member of the office has this address."""

    @property
    def message(self) -> str:
        return _("Somebody of this office has this e-mail address already.")


class HasLeft(Refusal):
    """The member has left in the meantime."""

    @property
    def message(self) -> str:
        return _("This person has left the office already. Nothing was changed.")


class LastContact(Refusal):
    """Nobody else speaks for the office."""

    @property
    def message(self) -> str:
        return _(
            "Nobody else speaks for this office. Hand the duty to a colleague first; "
            "only the Secretariat can leave an office without a focal point or an alternate."
        )


class NotAColleague(Refusal):
    """A duty goes to a current member of the same office, and comes from somebody who holds one."""

    @property
    def message(self) -> str:
        return _("A duty can be handed only from a focal point or an alternate to somebody else of the same office.")


class SignsInAlready(Refusal):
    """The person needs no invitation."""

    @property
    def message(self) -> str:
        return _("This person signs in already and needs no invitation.")


class InvitationSpent(Refusal):
    """The link was used, replaced by a newer one, or is too old."""

    @property
    def message(self) -> str:
        return _("This invitation is used, replaced by a newer one, or too old.")


class AddressNotConfirmed(Refusal):
    """Mail of an office goes only to an address its owner has confirmed."""

    @property
    def message(self) -> str:
        return _("Confirm this e-mail address first, under the addresses you sign in with.")
