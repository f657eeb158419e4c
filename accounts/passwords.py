"""Longer passwords for the Secretariat (security.md, ASVS 6.2)."""

from django.core.exceptions import ValidationError
from django.utils.translation import ngettext

from accounts.models import User

STAFF_LENGTH = 15
LONGEST = 128


class StaffPasswordValidator:
    """Asks the Secretariat for at least 15 characters."""

    def validate(self, password: str, user: User | None = None) -> None:
        """Raises ValidationError for a shorter password of a staff login."""
        if user is not None and user.is_staff and len(password) < STAFF_LENGTH:
            raise ValidationError(self.get_help_text(), code="password_too_short")

    def get_help_text(self) -> str:
        """What is asked for."""
        return ngettext(
            "The Secretariat needs a password of at least %(count)s character.",
            "The Secretariat needs a password of at least %(count)s characters.",
            STAFF_LENGTH,
        ) % {"count": STAFF_LENGTH}
