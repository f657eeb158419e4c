"""The pages for what went wrong on our side, and for what was no request."""

import sys

from django.contrib.sessions.exceptions import SessionInterrupted
from django.core.exceptions import RequestDataTooBig
from django.db import DatabaseError, InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.template import loader
from django.views import defaults
from django.views.decorators.csrf import requires_csrf_token

RETRY_AFTER = 30  # seconds


@requires_csrf_token
def server_error(_request: HttpRequest) -> HttpResponse:
    """500, or 503 with Retry-After while the database does not answer; the pages need neither it nor the reader."""
    if _is_away(sys.exc_info()[1]):
        return _come_again()
    return HttpResponse(loader.render_to_string("500.html"), status=500)


@requires_csrf_token
def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400, or 413 where more was sent than any form takes; 503 where the database was away and kept no session."""
    if isinstance(exception, RequestDataTooBig):
        return HttpResponse(loader.render_to_string("413.html"), status=413)
    if isinstance(exception, SessionInterrupted) and _is_away(exception):
        return _come_again()
    return defaults.bad_request(request, exception)


def _come_again() -> HttpResponse:
    return HttpResponse(loader.render_to_string("503.html"), status=503, headers={"Retry-After": str(RETRY_AFTER)})


def _is_away(error: BaseException | None) -> bool:
    """True where an error, or what it followed from, is that of a driver that has lost the database."""
    while error is not None:
        if isinstance(error, OperationalError | InterfaceError):
            return True
        if type(error) is DatabaseError and error.__cause__ is not None:  # "server closed the connection unexpectedly"
            return True
        error = error.__cause__ or error.__context__
    return False
