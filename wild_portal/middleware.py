"""Headers on every answer and one log line for each request."""

import time
import uuid
from collections.abc import Callable

import structlog
from django.http import HttpRequest, HttpResponse

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
        if getattr(request, "user", None) is not None and request.user.is_authenticated:
            response.headers.setdefault("Cache-Control", "no-store, private")
        return response

    return middleware


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
