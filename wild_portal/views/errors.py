"""The pages for what went wrong on our side, and for what was no request."""

import sys

from django.core.exceptions import RequestDataTooBig
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


@requires_csrf_token
def bad_request(_request: HttpRequest, exception: Exception) -> HttpResponse:
    """400, or 413 where more text was sent than any form takes."""
    if isinstance(exception, RequestDataTooBig):
        return HttpResponse(loader.render_to_string("413.html"), status=413)
    return HttpResponse(loader.render_to_string("400.html"), status=400)
