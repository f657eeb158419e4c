"""The signed links of optional mail. They never expire, hold no address, and sign nobody in (decisions.md 18, 21)."""

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.urls import reverse

from notifications.message import OptionalMail, address_hash

SIGNER = "notifications.links"


def preferences_url(address: str, purpose: str) -> str:
    """The page where the reader of an optional mail switches it off, and the target of one-click unsubscription."""
    token = Signer(salt=SIGNER).sign_object([address_hash(address), purpose])
    return f"{settings.SITE_URL}{reverse('mail_preferences', args=[token])}"


def read_token(token: str) -> tuple[str, str] | None:
    """Hash of the address and purpose of a link's token; None for one that was altered or never existed."""
    try:
        address, purpose = Signer(salt=SIGNER).unsign_object(token)
    except BadSignature:
        return None
    return (address, purpose) if purpose in OptionalMail.values else None
