"""What becomes of a circulation: comments are answered, the outcome is written and published, offices read it."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Page, Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from accounts.requests import MemberRequest
from consultations.models import OfficeResponse, Release
from consultations.operations import Refusal
from meetings.comments import Comment, comments_of, progress_of
from meetings.forms.circulation_desk import ActForm
from meetings.forms.outcome import DispositionForms, FilterForm, OutcomeForm
from meetings.models import Circulation
from meetings.operations.dispositions import AnsweredMeanwhile, CommentsGone, answer_comments
from meetings.operations.outcomes import write_outcome
from meetings.outcome import outcomes_for_offices
from meetings.permissions import can_see_outcome
from meetings.views.circulation_desk import act_page, desk_of, show_or_post
from meetings.views.circulations import circulation_of, circulation_page

ROWS = 40


@show_or_post
def circulation_disposition(request: MemberRequest, slug: str) -> HttpResponse:
    """Every comment with its answer, one by one or several at once; all that is sent is stored, or nothing."""
    circulation = _asked(request, slug)
    comments = comments_of(circulation)
    if request.method != "POST":
        return _desk(request, circulation, DispositionForms(comments))
    forms = DispositionForms(comments, request.POST)
    if forms.lost:
        return _desk(request, circulation, forms, CommentsGone())
    if not forms.is_valid():
        return _desk(request, circulation, forms)
    decisions = forms.decisions()
    try:
        answer_comments(circulation=circulation, decisions=decisions, by=request.user, now=timezone.now())
    except AnsweredMeanwhile as refusal:
        renewed = forms.renewed(comments_of(circulation), refusal.dispositions)
        return _desk(request, circulation, renewed, refusal)
    except Refusal as refusal:
        return _desk(request, circulation, forms, refusal)
    _tell(request, len(decisions))
    return redirect(_back(request, forms))


def _desk(
    request: MemberRequest, circulation: Circulation, forms: DispositionForms, refusal: Refusal | None = None
) -> HttpResponse:
    items = list(circulation.items.order_by("order"))
    filters = FilterForm(items, request.GET)
    page = _page_of(request, filters, forms)
    total, by_item = progress_of(forms.comments)
    context = {
        "forms": forms,
        "rows": forms.rows(page.object_list),
        "page": page,
        "filters": filters,
        "total": total,
        "by_item": by_item,
        "refusal": refusal,
        "changed": set(getattr(refusal, "dispositions", ())),
    }
    return circulation_page(request, "circulation_disposition", circulation, context, status=409 if refusal else 200)


def _page_of(request: MemberRequest, filters: FilterForm, forms: DispositionForms) -> Page[Comment]:
    """The comments to show; after a refusal those that were sent, wherever they belong now."""
    comments = filters.narrowed(forms.comments)
    if forms.posted:
        return Paginator([form.comment for form in forms.posted.values()], len(forms.posted)).page(1)
    return Paginator(comments, ROWS).get_page(request.GET.get("page"))


def _tell(request: MemberRequest, count: int) -> None:
    if count:
        text = ngettext("%(count)s answer is saved.", "%(count)s answers are saved.", count) % {"count": count}
        messages.success(request, text)
    else:
        messages.info(request, _("Nothing was changed."))


def _back(request: MemberRequest, forms: DispositionForms) -> str:
    """The same page, at the comment whose button was pressed."""
    pressed = request.POST.get("save", "")
    anchor = f"#comment-{pressed}" if pressed in {str(pk) for pk in forms.posted} else ""
    query = request.GET.urlencode()
    return f"{request.path}{'?' if query else ''}{query}{anchor}"


@show_or_post
def circulation_outcome_text(request: MemberRequest, slug: str) -> HttpResponse:
    """The outcome by language, and what became of each item; kept until it is published."""
    circulation = _asked(request, slug)
    items = list(circulation.items.select_related("action_item").order_by("order"))
    form = OutcomeForm(circulation, items, request.POST if request.method == "POST" else None)
    refusal = None
    if request.method == "POST" and form.is_valid():
        written = {"texts": form.texts(), "items": form.outcomes(), "seen": form.cleaned_data["seen"]}
        try:
            write_outcome(circulation=circulation, by=request.user, **written)
        except Refusal as error:
            refusal, circulation = error, _asked(request, slug)
            form = form.renewed(circulation, list(circulation.items.order_by("order")))
        else:
            messages.success(request, _("The outcome is saved. Nobody but the Secretariat reads it yet."))
            return redirect(request.path)
    context = {"form": form, "refusal": refusal}
    return circulation_page(request, "circulation_outcome_text", circulation, context, status=409 if refusal else 200)


@show_or_post
def circulation_outcome_publish(request: MemberRequest, slug: str) -> HttpResponse:
    """Publishes the outcome, after showing what is missing and exactly who gets which mail; many need two persons."""
    done = _("The outcome is published. Every addressed office is told.")
    return act_page(request, _asked(request, slug), Release.Act.OUTCOME, ActForm(request.POST), done)


@require_safe
def circulation_outcome(request: MemberRequest, slug: str) -> HttpResponse:
    """The outcome for the reader's office: what became of its own comments and of those it joined."""
    circulation = circulation_of(request, slug)
    if not can_see_outcome(request.user, circulation):
        raise Http404
    own = OfficeResponse.objects.visible_to(request.user).filter(round=circulation.round).order_by("office")
    codes = list(own.values_list("office", flat=True))
    chosen = request.GET.get("office", next(iter(codes), ""))
    if chosen and chosen not in codes:
        raise Http404
    found = outcomes_for_offices(circulation, chosen) if chosen else {}
    context = {
        "outcome": found.get(chosen),
        "offices": codes,
        "items": circulation.items.select_related("action_item").order_by("order"),
    }
    return circulation_page(request, "circulation_outcome", circulation, context)


def _asked(request: MemberRequest, slug: str) -> Circulation:
    """A circulation that was opened, for the Secretariat; raises Http404 or PermissionDenied."""
    circulation = desk_of(request, slug)
    if circulation.round.opened_at is None:
        raise Http404
    return circulation
