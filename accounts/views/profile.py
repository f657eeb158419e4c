"""The reader's own page: profile, language, clock, colours, offices, and the ways to the login."""

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts import operations
from accounts.forms import ProfileForm
from accounts.middleware import ACTING
from accounts.requests import MemberRequest
from notifications.links import preferences_url
from notifications.message import OptionalMail


@require_http_methods(["GET", "HEAD", "POST"])
def me(request: MemberRequest) -> HttpResponse:
    """What the portal knows about the reader; a superuser without a membership sees only the ways to the login."""
    member = request.member
    form = ProfileForm(request.POST or None, member=member) if member else None
    if request.method == "POST" and member and form and form.is_valid():
        try:
            operations.update_profile(member=member, profile=form.profile(), by=request.user, now=timezone.now())
        except operations.Refusal as refusal:
            form.add_error(None, refusal.message)
        else:
            messages.success(request, _("Saved."))
            response = redirect("me")
            response.delete_cookie(settings.LANGUAGE_COOKIE_NAME)
            return response
    address = member.email if member else request.user.email
    context = {"member": member, "form": form, "mail_url": preferences_url(address, OptionalMail.NEWS)}
    return render(request, "accounts/me.html", context)


@require_POST
def me_office(request: MemberRequest) -> HttpResponse:
    """Acts for another of the reader's offices from now on, in this session."""
    chosen = next((member for member in request.members if str(member.pk) == request.POST.get("member")), None)
    if chosen is None:
        raise Http404
    request.session[ACTING] = chosen.pk
    return redirect("home")
