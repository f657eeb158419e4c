"""Why a file may not come in."""

from django.utils.translation import gettext as _


class FileRefused(Exception):
    """The file may not come in; the message says why and what to do, fit for a page."""


def not_what_it_claims(extension: str) -> FileRefused:
    """The refusal of a file whose content is not what its extension says."""
    return FileRefused(
        _("The name says %(type)s, the content does not. Save the file as %(type)s again, without a password.")
        % {"type": extension.upper()}
    )
