"""The mailbox of a demonstration site: what the mail catcher has kept, the newest first. Absent everywhere else."""

from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe


@login_not_required
@never_cache
@require_safe
def dev_mail(request: HttpRequest) -> HttpResponse:
    """The caught mails as a list."""
    return render(request, "wild_portal/dev_mail.html", {"mails": [_read(path) for path in _caught()]})


@login_not_required
@never_cache
@require_safe
def dev_mail_message(request: HttpRequest, name: str) -> HttpResponse:
    """One mail: headers, text with its links, and the HTML as source: nothing of a mail runs or loads here."""
    path = next((path for path in _caught() if path.stem == name), None)
    if path is None:
        raise Http404
    return render(request, "wild_portal/dev_mail_message.html", {"mail": _read(path)})


@login_not_required
@never_cache
@require_safe
def dev_mail_json(_request: HttpRequest) -> JsonResponse:
    """The caught mails for programs: to, subject, message_id, date, text, html, headers."""
    return JsonResponse([_read(path) for path in _caught()], safe=False)


def _caught() -> list[Path]:
    """The files of the mailbox, the newest first (names sort by arrival); 404 where the site is no demonstration."""
    if not settings.DEMO or settings.DEV_MAIL_DIR is None:
        raise Http404
    return sorted(Path(settings.DEV_MAIL_DIR).glob("*.eml"), reverse=True)


def _read(path: Path) -> dict[str, object]:
    message = message_from_bytes(path.read_bytes(), policy=policy.default)
    headers: dict[str, str] = {}
    for name, value in message.items():
        headers[name] = f"{headers[name]}\n{value}" if name in headers else str(value)
    return {
        "name": path.stem,
        "to": ", ".join(address.addr_spec for address in getattr(message["To"], "addresses", ())),
        "subject": str(message["Subject"] or ""),
        "message_id": str(message["Message-ID"] or ""),
        "date": str(message["Date"] or ""),
        "text": _part(message, "plain"),
        "html": _part(message, "html"),
        "headers": headers,
    }


def _part(message: EmailMessage, subtype: str) -> str:
    body = message.get_body(preferencelist=(subtype,))
    return body.get_content() if body else ""
