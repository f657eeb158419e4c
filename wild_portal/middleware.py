"""Headers on every answer and one log line for each request."""

import time
import uuid
from collections.abc import Callable

import structlog
from django.conf import settings
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect

log = structlog.get_logger("request")
SIGNED = {"token", "key"}  # the parts of an address that open something
GetResponse = Callable[[HttpRequest], HttpResponse]

PERMISSIONS_POLICY = (
    "camera=(), geolocation=(), microphone=(), payment=(), usb=(), "
    "publickey-credentials-get=(self), publickey-credentials-create=(self)"
)


def security_headers(get_response: GetResponse) -> GetResponse:
    """Adds what neither Django nor django-csp sends (security.md, ASVS 3.4); private pages are never cached."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        response.headers.setdefault("Cross-Origin-Embedder-Policy", "require-corp")
        response.headers.setdefault("Permissions-Policy", PERMISSIONS_POLICY)
        if _is_private(request):
            response.headers.setdefault("Cache-Control", "no-store, private")
        return response

    return middleware


def _is_private(request: HttpRequest) -> bool:
    """True for the answers of a session: its own cookie came along (signing out ends it), or it has just begun."""
    if not hasattr(request, "user"):  # a static file
        return False
    return settings.SESSION_COOKIE_NAME in request.COOKIES or request.user.is_authenticated


def request_log(get_response: GetResponse) -> GetResponse:
    """Binds a request id to every log line and writes one line when the answer is ready; no query string is logged."""

    def middleware(request: HttpRequest) -> HttpResponse:
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=uuid.uuid4().hex)
        started = time.monotonic()
        response = get_response(request)
        log.info(
            "answered",
            method=request.method,
            path=_path(request),
            status=response.status_code,
            user=request.user.pk,
            milliseconds=round((time.monotonic() - started) * 1000),
        )
        return response

    return middleware


def _path(request: HttpRequest) -> str:
    """The address that was asked for, without the token of a signed link."""
    path, words = request.path, request.resolver_match.kwargs if request.resolver_match else {}
    for secret in SIGNED & words.keys():
        path = path.replace(str(words[secret]), "…")
    return path


class AdminInput:
    """What an address asks of the stock admin and it cannot answer: refused, where it would break off with an error."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """A null character is in no row and no filter: 400."""
        if request.path.startswith("/admin/") and any(
            "\x00" in value for _, values in request.GET.lists() for value in values
        ):
            raise BadRequest("null character")
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponseBase | None:
        """A filter that does not exist is left out, as the lists themselves do; exports do not look."""
        return redirect(request.path) if isinstance(exception, IncorrectLookupParameters) else None
