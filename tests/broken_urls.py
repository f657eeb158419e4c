"""The portal's addresses and one more whose view fails: how the page for our own faults is reached."""

from django.contrib.auth.decorators import login_not_required
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.urls import path

from wild_portal import urls


@login_not_required
def broken(_request: HttpRequest) -> HttpResponse:
    """Fails."""
    raise RuntimeError("on purpose: the-secret-of-the-traceback")


@login_not_required
def away(_request: HttpRequest) -> HttpResponse:
    """Finds no database."""
    raise OperationalError("on purpose: the-secret-of-the-traceback")


handler400, handler500 = urls.handler400, urls.handler500
urlpatterns = [
    *urls.urlpatterns,
    path("broken/", broken, name="broken"),
    path("away/", away, name="away"),
]
