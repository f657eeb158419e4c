"""Pages behind the links that stand in mails. Opening one changes nothing and signs nobody in (decisions.md 18, 21)."""

from allauth.core import ratelimit
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.forms import Form
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from accounts import operations, permissions
from accounts.forms import AcceptForm, HandOverForm, NewcomerForm, WrongContactForm
from accounts.links import HAND_OVER, INVITATION, read_token
from accounts.models import Invitation, Member
from accounts.requests import MemberRequest

require_page = require_http_methods(["GET", "HEAD", "POST"])


@login_not_required
@never_cache
@sensitive_post_parameters("password1", "password2")
@require_page
def invitation_accept(request: MemberRequest, token: str) -> HttpResponse:
    """Sets up the login of an invited person; a link that does not work any more says so, whatever the cause."""
    usable = Invitation.objects.usable_at(timezone.now()).filter(member__until_on=None)
    invitation = usable.select_related("member__office").filter(pk=read_token(token, INVITATION) or 0).first()
    if invitation is None:
        return render(request, "accounts/invitation_spent.html", status=404)
    member = invitation.member
    needs_password = operations.working_login(address=member.email) is None
    form = AcceptForm(request.POST or None, address=member.email) if needs_password else Form(request.POST)
    if request.method == "POST" and form.is_valid():
        try:
            operations.accept_invitation(
                token=token, password=form.cleaned_data.get("password1", ""), now=timezone.now()
            )
        except operations.Refusal as refusal:
            messages.error(request, refusal.message)
        else:
            messages.success(request, _("Your access is set up. Sign in with %(email)s.") % {"email": member.email})
        return redirect("account_login")
    context = {"invitation": invitation, "member": member, "form": form, "needs_password": needs_password}
    return render(request, "accounts/invitation_accept.html", context)


@login_not_required
@never_cache
@require_page
def hand_over(request: MemberRequest, token: str) -> HttpResponse:
    """What official mail offers: signed in, to hand the duty over; to any holder of the link, to say it is wrong."""
    number = read_token(token, HAND_OVER)
    if number is None:
        raise Http404
    members = Member.objects.select_related("office", "user").exclude(office=None)
    member = get_object_or_404(members, pk=number)
    if not member.speaks_for_office:
        return render(request, "accounts/hand_over_ended.html", {"member": member})
    if permissions.can_hand_over(request.user, member):
        return _hand_over_page(request, member)
    return _wrong_contact_page(request, member)


def _hand_over_page(request: MemberRequest, member: Member) -> HttpResponse:
    is_own = permissions.can_update_profile(request.user, member)
    is_newcomer = request.POST.get("action") == "newcomer"
    posted = request.POST or None
    colleague_form = HandOverForm(None if is_newcomer else posted, member=member, is_own=is_own)
    newcomer_form = NewcomerForm(posted if is_newcomer else None, prefix="new", is_own=is_own)
    form = newcomer_form if is_newcomer else colleague_form
    if request.method == "POST" and form.is_valid():
        who = {"by": request.user, "now": timezone.now(), "member": member, "leaves": form.cleaned_data["leaves"]}
        try:
            if is_newcomer:
                after = operations.hand_over_to_newcomer(person=newcomer_form.person(), **who)
            else:
                after = operations.hand_over(to=colleague_form.cleaned_data["to"], **who)
        except operations.Refusal as refusal:
            form.add_error(None, refusal.message)
        else:
            messages.success(request, _("%(name)s speaks for the office now.") % {"name": after.name})
            return redirect("home")
    context = {"member": member, "is_own": is_own, "colleague_form": colleague_form, "newcomer_form": newcomer_form}
    return render(request, "accounts/hand_over.html", context | {"form": form})


def _wrong_contact_page(request: MemberRequest, member: Member) -> HttpResponse:
    form = WrongContactForm(request.POST or None)
    status = 200
    if request.method == "POST" and form.is_valid():
        if ratelimit.consume(request, action="wrong_contact", key=str(member.pk)):
            operations.report_wrong_contact(member=member, remark=form.cleaned_data["remark"], now=timezone.now())
            return render(request, "accounts/hand_over_told.html", {"member": member})
        form.add_error(None, _("This was said several times just now. Nothing was sent again; try again in an hour."))
        status = 429
    return render(request, "accounts/hand_over_wrong.html", {"member": member, "form": form}, status=status)
