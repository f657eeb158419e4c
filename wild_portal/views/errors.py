"""The page for what went wrong on our side."""

import sys

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.template import loader
from django.views.decorators.csrf import requires_csrf_token

RETRY_AFTER = 30  # seconds


@requires_csrf_token
def server_error(_request: HttpRequest) -> HttpResponse:
    """500, or 503 with Retry-After while the database does not answer; the pages need neither it nor the reader."""
    if isinstance(sys.exc_info()[1], OperationalError | InterfaceError):
        return HttpResponse(loader.render_to_string("503.html"), status=503, headers={"Retry-After": str(RETRY_AFTER)})
    return HttpResponse(loader.render_to_string("500.html"), status=500)
