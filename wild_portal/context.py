"""What every template may use."""

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone


def site(request: HttpRequest) -> dict[str, object]:
    """Site-wide values: whether this is a demonstration, the Secretariat's address, the present instant (aware UTC)."""
    return {
        "is_demo_site": settings.DEMO,
        "secretariat_email": settings.SECRETARIAT_EMAIL,
        "now": timezone.now(),
        "languages": settings.LANGUAGES,
    }
