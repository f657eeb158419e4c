"""The way in: asking to join, nominating, and deciding about both."""

from typing import Any

from allauth.core import ratelimit
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.forms import Form
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.models import Member, Office
from accounts.operations import NotAuthorised, Refusal
from accounts.requests import MemberRequest
from groups import permissions
from groups.forms import AcceptNominationForm, AnswerForm, AskBackForm, DeclineForm, JoinForm, NominateForm
from groups.models import Group, Nomination
from groups.operations.nominations import (
    accept_nomination,
    answer_question,
    ask_back,
    ask_to_join,
    decline_nomination,
    nominate,
    withdraw_nomination,
)
from groups.operations.refusals import SeatsFull, SitsAlready
from library.refusals import FileRefused

PER_PAGE = 50
require_page = require_http_methods(["GET", "HEAD", "POST"])


@login_not_required
@require_page
def join(request: MemberRequest) -> HttpResponse:
    """A stranger's request. The answer is the same whether or not the address is known."""
    form = JoinForm(request.POST or None, initial={"language": request.LANGUAGE_CODE})
    status = 200
    if request.method == "POST" and form.is_valid():
        if ratelimit.consume(request, action="join", key=form.cleaned_data["email"].lower()):
            ask_to_join(office=form.cleaned_data["office"], wish=form.wish(), now=timezone.now())
            return redirect("join_sent")
        form.add_error(None, _("Too many requests came from here in the last hour. Nothing was sent; try again later."))
        status = 429
    return render(request, "groups/join.html", {"form": form}, status=status)


@login_not_required
@require_safe
def join_sent(request: MemberRequest) -> HttpResponse:
    """What happens next."""
    return render(request, "groups/join_sent.html")


@require_page
def join_nominate(request: MemberRequest) -> HttpResponse:
    """A focal point nominates a person for the own office, the Secretariat for any."""
    offices = Office.objects.managed_by(request.user).in_order()
    if not offices:
        raise PermissionDenied
    initial = {"language": request.LANGUAGE_CODE, "groups": Group.objects.filter(slug=_slug(request))}
    form = NominateForm(request.POST or None, request.FILES or None, offices=offices, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            nomination = nominate(
                office=form.cleaned_data["office"], wish=form.wish(), by=request.user, now=timezone.now()
            )
        except FileRefused as refusal:
            form.add_error("letter", str(refusal))
        except (SeatsFull, SitsAlready) as refusal:
            form.add_error("groups", refusal.message)
        except Refusal as refusal:
            form.add_error("email", refusal.message)
        else:
            messages.success(request, _("The nomination is with the Secretariat."))
            return redirect("join_request_detail", nomination.pk)
    return render(request, "groups/join_nominate.html", {"form": form})


def _slug(request: MemberRequest) -> str:
    """The group whose page led here."""
    return request.GET.get("group", "").replace("\x00", "")[:60]


@require_safe
def join_request_list(request: MemberRequest) -> HttpResponse:
    """Requests and nominations of the reader's office, all of them for the Secretariat: first those that wait."""
    visible = Nomination.objects.visible_to(request.user).for_list()
    context = {
        "pending": visible.pending(),
        "page": Paginator(visible.decided(), PER_PAGE).get_page(request.GET.get("page")),
        "may_nominate": Office.objects.managed_by(request.user).exists(),
    }
    return render(request, "groups/join_request_list.html", context)


@require_page
def join_request_detail(request: MemberRequest, pk: int) -> HttpResponse:
    """One request with the decision, or with the ways to decide, to ask back and to answer."""
    nomination = get_object_or_404(Nomination.objects.visible_to(request.user).for_list(), pk=pk)
    action = request.POST.get("action", "")
    typed = (request.POST, request.FILES) if action == "answer" else (None, None)
    forms = {
        "accept": AcceptNominationForm(request.POST if action == "accept" else None, nomination=nomination),
        "decline": DeclineForm(request.POST if action == "decline" else None),
        "ask": AskBackForm(request.POST if action == "ask" else None),
        "answer": AnswerForm(*typed),
        "withdraw": Form(request.POST if action == "withdraw" else None),
    }
    if action in forms and forms[action].is_valid():
        try:
            messages.success(request, _act(request, nomination, action, forms[action].cleaned_data))
        except NotAuthorised as refusal:
            raise PermissionDenied from refusal
        except (Refusal, FileRefused) as refusal:
            messages.error(request, str(refusal))
        return redirect("join_request_detail", pk)
    context = {f"{name}_form": form for name, form in forms.items()} | {
        "nomination": nomination,
        "may_decide": permissions.can_decide(request.user, nomination),
        "may_ask": permissions.can_ask_back(request.user, nomination),
        "may_withdraw": permissions.can_withdraw(request.user, nomination),
    }
    return render(request, "groups/join_request_detail.html", context)


def _act(request: MemberRequest, nomination: Nomination, action: str, typed: dict[str, Any]) -> str:
    """Does what the button says; returns the sentence about it."""
    who: dict[str, Any] = {"nomination": nomination, "by": request.user, "now": timezone.now()}
    if action == "accept":
        member: Member = accept_nomination(role=typed["role"], **who)
        return _("%(name)s is a member of the office now.") % {"name": member.name}
    if action == "decline":
        decline_nomination(reason=typed["reason"], **who)
        return _("Declined. Whoever asked is told why.")
    if action == "ask":
        ask_back(question=typed["question"], **who)
        return _("The office is asked. The nomination waits for its answer.")
    if action == "answer":
        answer_question(reply=typed["reply"], letter=typed["letter"], **who)
        return _("The answer is with the Secretariat.")
    withdraw_nomination(**who)
    return _("The nomination is withdrawn.")
