"""Per-request effects of who is signed in; rights are read anew at every request."""

from collections.abc import Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from allauth.mfa.utils import is_mfa_enabled
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from accounts.models import Member
from accounts.requests import MemberRequest

GetResponse = Callable[[MemberRequest], HttpResponse]

# security.md, ASVS 7.3: at rest and in all.
STAFF_LIMITS = timedelta(minutes=30), timedelta(hours=12)
MEMBER_LIMITS = timedelta(hours=8), timedelta(days=7)
NOTED_EVERY = timedelta(minutes=1)  # a request within a minute of the last writes nothing
STARTED, SEEN, ACTING = "started_at", "seen_at", "member"

# Where somebody who still needs a second factor may go.
OPEN_WITHOUT_FACTOR = {
    "account_logout",
    "account_reauthenticate",
    "mfa_activate_totp",
    "mfa_add_webauthn",
    "mfa_download_recovery_codes",
    "mfa_generate_recovery_codes",
    "mfa_index",
    "mfa_list_webauthn",
    "mfa_reauthenticate",
    "mfa_reauthenticate_webauthn",
    "mfa_view_recovery_codes",
    "accessibility",
    "contact",
    "healthz",
    "privacy",
    "readyz",
    "set_language",
}


def session_limits(get_response: GetResponse) -> GetResponse:
    """Ends a session after too long a rest or too long a life, and notes activity once a minute."""

    def middleware(request: MemberRequest) -> HttpResponse:
        if request.user.is_authenticated:
            _hold_limits(request, timezone.now())
        return get_response(request)

    return middleware


def _hold_limits(request: MemberRequest, now: datetime) -> None:
    session, moment = request.session, now.timestamp()
    if STARTED not in session:
        session[STARTED] = session[SEEN] = moment
        return
    rest, life = STAFF_LIMITS if request.user.is_staff else MEMBER_LIMITS
    resting = moment - session[SEEN]
    if resting > rest.total_seconds() or moment - session[STARTED] > life.total_seconds():
        logout(request)
        messages.info(request, _("Your session has ended. Sign in again; what you saved is kept."))
    elif resting >= NOTED_EVERY.total_seconds():
        session[SEEN] = moment
        UserSession.objects.create_from_request(request)


def member_preferences(get_response: GetResponse) -> GetResponse:
    """Sets `request.members` (the current rows of this login, by office) and `request.member` (the acting one or None).

    Activates that member's time zone and, unless another was chosen on this visit, language. A login that stands for
    nobody, neither a current member nor the Secretariat, is signed out: the change bites on the next request.
    """

    def middleware(request: MemberRequest) -> HttpResponse:
        timezone.deactivate()
        request.members = _members(request)
        request.member = _acting(request)
        if request.member is not None:
            timezone.activate(ZoneInfo(request.member.zone))
            if not request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME):
                translation.activate(request.member.language)
                request.LANGUAGE_CODE = translation.get_language()
        elif request.user.is_authenticated and not request.user.is_staff:
            logout(request)
        return get_response(request)

    return middleware


def _members(request: MemberRequest) -> list[Member]:
    if not request.user.is_authenticated:
        return []
    return list(Member.objects.current().filter(user=request.user).select_related("office").order_by("office", "pk"))


def _acting(request: MemberRequest) -> Member | None:
    chosen = request.session.get(ACTING) if len(request.members) > 1 else None
    return next((member for member in request.members if member.pk == chosen), next(iter(request.members), None))


class _SecondFactor:
    """As a class: Django looks for `process_view` on the middleware itself."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: MemberRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: MemberRequest, *_view: object) -> HttpResponse | None:
        """Stops a request whose view may not be reached yet."""
        if not settings.REQUIRE_SECOND_FACTOR or not _needs_factor(request):
            return None
        name = request.resolver_match.view_name if request.resolver_match else ""
        return None if name in OPEN_WITHOUT_FACTOR or is_mfa_enabled(request.user) else redirect("mfa_activate_totp")


def second_factor(get_response: GetResponse) -> GetResponse:
    """Sends staff, focal points and alternates without a second factor to set one up (decisions.md 18)."""
    return _SecondFactor(get_response)


def _needs_factor(request: MemberRequest) -> bool:
    return request.user.is_authenticated and (
        request.user.is_staff or any(member.speaks_for_office for member in request.members)
    )
