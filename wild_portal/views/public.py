"""Pages about the portal itself: privacy, accessibility, contact, and what the record is. Open to all."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from wild_portal.record import record


@login_not_required
@require_safe
def privacy(request: HttpRequest) -> HttpResponse:
    """What the portal keeps about a person, and who sees what."""
    return render(request, "wild_portal/privacy.html")


@login_not_required
@require_safe
def accessibility(request: HttpRequest) -> HttpResponse:
    """The accessibility statement."""
    return render(request, "wild_portal/accessibility.html")


@login_not_required
@require_safe
def contact(request: HttpRequest) -> HttpResponse:
    """Whom to write to, for what."""
    return render(request, "wild_portal/contact.html", {"body": record()["body"]})


@login_not_required
@require_safe
def about_record(request: HttpRequest) -> HttpResponse:
    """The two sources, where they differ and how the portal presents it, and what neither of them gives."""
    return render(request, "wild_portal/about_record.html", {"record": record()})
