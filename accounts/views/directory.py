"""The directory of offices, and the page of one office."""

from datetime import datetime
from zoneinfo import ZoneInfo

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts import permissions
from accounts.deadlines import place_name, time_text
from accounts.forms import OfficeFilter
from accounts.models import Office
from accounts.requests import MemberRequest

KINDS = {
    Office.Kind.STATE: gettext_lazy("Member States"),
    Office.Kind.ORGANIZATION: gettext_lazy("Organizations"),
    Office.Kind.SECRETARIAT: gettext_lazy("WIPO"),
}


@require_safe
def office_list(request: MemberRequest) -> HttpResponse:
    """All offices in the alphabetical order of the reader's language, each with the number of its members."""
    if not permissions.can_see_directory(request.user):
        raise Http404
    form = OfficeFilter(request.GET)
    offices = list(form.narrow(Office.objects.visible_to(request.user)).with_member_count().in_order())
    kinds = [(label, [office for office in offices if office.kind == kind]) for kind, label in KINDS.items()]
    context = {"form": form, "kinds": [(label, rows) for label, rows in kinds if rows], "count": len(offices)}
    return render(request, "accounts/office_list.html", context)


@require_safe
def office_detail(request: MemberRequest, code: str) -> HttpResponse:
    """One office: people with their roles; who manages it sees addresses and the ways to change them."""
    office = get_object_or_404(Office.objects.visible_to(request.user).coded(code))
    members = list(office.members.visible_to(request.user).select_related("successor").in_order())
    context = {
        "office": office,
        "members": [member for member in members if member.until_on is None],
        "former": [member for member in members if member.until_on],
        "handed_over": [member for member in members if member.until_on is None and member.successor],
        "may_manage": permissions.can_manage_office(request.user, office),
        "facts": _facts(office, timezone.now()),
    }
    return render(request, "accounts/office_detail.html", context)


def _facts(office: Office, now: datetime) -> list[tuple[str, str]]:
    language = get_language() or "en"
    clock = _("%(place)s; now %(time)s") % {
        "place": place_name(office.time_zone, language),
        "time": time_text(now, ZoneInfo(office.time_zone), language),
    }
    facts = [(_("ST.3 code"), office.code), (_("Clock"), clock)]
    if office.kind == Office.Kind.STATE:
        facts.append((_("Regional group"), office.get_region_display()))
    return [*facts, (_("Acronym"), office.office_acronym)]
