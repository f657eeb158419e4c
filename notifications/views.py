"""The state of mail for the Secretariat; and the page behind the link of every optional mail: choices (RFC 8058)."""

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods, require_safe

from notifications import operations
from notifications.forms import OptionalMailForm
from notifications.links import read_token
from notifications.message import OptionalMail
from notifications.models import Preference
from notifications.status import status


@require_safe
def mail_status(request: HttpRequest) -> HttpResponse:
    """How the mail stands, for the Secretariat; for everybody else there is no such page."""
    if not request.user.is_staff:
        raise Http404
    return render(request, "notifications/mail_status.html", status(timezone.now()))


@login_not_required
@csrf_exempt
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def mail_preferences(request: HttpRequest, token: str) -> HttpResponse:
    """GET shows the choices and changes nothing; a mail program's one click needs no cookie, the form has its token."""
    holder = read_token(token)
    if holder is None:
        raise Http404
    address, purpose = holder
    if request.method == "POST" and request.POST.get("List-Unsubscribe") == "One-Click":
        operations.switch_off(address_sha256=address, purpose=purpose, now=timezone.now())
        return _page(request, address, purpose, is_saved=True)
    return _choose(request, address, purpose)


@csrf_protect
def _choose(request: HttpRequest, address: str, purpose: str) -> HttpResponse:
    form = OptionalMailForm(request.POST) if request.method == "POST" else None
    if form is None or not form.is_valid():
        return _page(request, address, purpose, form=form)
    operations.choose_optional_mail(address_sha256=address, wanted=form.cleaned_data["wanted"], now=timezone.now())
    return _page(request, address, purpose, is_saved=True)


def _page(
    request: HttpRequest, address: str, purpose: str, *, form: OptionalMailForm | None = None, is_saved: bool = False
) -> HttpResponse:
    off = set(Preference.objects.switched_off([address]).values_list("purpose", flat=True))
    wanted = [value for value in OptionalMail.values if value not in off]
    context = {
        "form": form or OptionalMailForm(initial={"wanted": wanted}),
        "purpose": OptionalMail(purpose).label,
        "is_wanted": purpose in wanted,
        "is_saved": is_saved,
    }
    return render(request, "notifications/mail_preferences.html", context, status=400 if form else 200)
