"""Questions to the network: the list with search, asking, the page of one, its release, its summary."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.requests import MemberRequest
from consultations.models import OfficeResponse, Release
from consultations.operations import Refusal, release, withdraw_release
from consultations.permissions import can_release, can_run_rounds
from meetings.rehearsing import look, rank
from meetings.releases import in_words, waiting_for
from meetings.views.circulation_releases import rehearsed
from network.forms import LONGEST_SEARCH, AskForm, SendBackForm, SummaryForm
from network.models import Question, QuestionAnswer
from network.operations import ask_network, publish_summary, send_back
from network.permissions import asks_as, can_count_answers, is_asker

show_or_post = require_http_methods(["GET", "HEAD", "POST"])
PER_PAGE = 50
MOST_MATCHES = 10


def question_of(request: MemberRequest, slug: str) -> Question:
    """The question at an address, as far as the reader may see it; raises Http404."""
    visible = Question.objects.visible_to(request.user).for_list()
    return get_object_or_404(visible, round__slug=slug)


def own_question(request: MemberRequest, slug: str) -> Question:
    """The same, for who asked it; raises PermissionDenied for others who may see it."""
    question = question_of(request, slug)
    if not is_asker(request.user, question):
        raise PermissionDenied
    return question


def page(
    request: MemberRequest, name: str, question: Question, context: Mapping[str, Any], status: int = 200
) -> HttpResponse:
    """A page about a question: the template `name` with `question`, `round` and the context."""
    shared = {"question": question, "round": question.round}
    return render(request, f"network/{name}.html", {**shared, **context}, status=status)


def earlier(request: MemberRequest, words: str, besides: Question | None = None) -> Sequence[Question]:
    """The earlier questions that come nearest to `words`, as far as the reader may see them."""
    found = Question.objects.visible_to(request.user).opened().for_list().saying(words)
    return list(found.exclude(pk=besides.pk if besides else None)[:MOST_MATCHES])


@require_safe
def question_list(request: MemberRequest) -> HttpResponse:
    """Every question the reader may see, the newest first; with `q`, those that hold the words."""
    if not request.user.is_staff and not any(member.office_id for member in request.members):
        raise Http404
    words = request.GET.get("q", "").replace("\x00", "").strip()[:LONGEST_SEARCH]
    questions = Question.objects.visible_to(request.user).for_list()
    context = {
        "page": Paginator(questions.saying(words) if words else questions, PER_PAGE).get_page(request.GET.get("page")),
        "words": words,
        "own": list(OfficeResponse.objects.visible_to(request.user).with_latest()),
        "can_ask": asks_as(request.user) is not None,
        "counts": can_run_rounds(request.user),
    }
    return render(request, "network/question_list.html", context)


@show_or_post
def question_ask(request: MemberRequest) -> HttpResponse:
    """A new question; earlier ones like it are shown before it is asked."""
    if not request.user.is_staff and not any(member.office_id for member in request.members):
        raise Http404
    return _asking(request, None)


@show_or_post
def question_edit(request: MemberRequest, slug: str) -> HttpResponse:
    """Another text for a question that was not sent."""
    return _asking(request, own_question(request, slug))


def _asking(request: MemberRequest, question: Question | None) -> HttpResponse:
    if asks_as(request.user) is None:
        raise PermissionDenied
    now, refusal = timezone.now(), None
    form = AskForm(request.POST if request.method == "POST" else None, now=now, question=question)
    if form.is_valid() and request.POST.get("do") == "ask":
        try:
            asked = ask_network(asking=form.asking(), by=request.user, now=now, question=question)
        except Refusal as error:
            refusal = error
        else:
            messages.success(request, _("The Secretariat is told. It looks at your question and sends it to offices."))
            return redirect(asked)
    context = {
        "form": form,
        "question": question,
        "refusal": refusal,
        "is_looked": form.is_bound,
        "is_open": question is not None and question.round.opened_at is not None,
        "matches": earlier(request, form.words(), question) if form.is_bound else [],
    }
    name = "question_edit" if question else "question_ask"
    return render(request, f"network/{name}.html", context, status=409 if refusal else 200)


@require_safe
def question_detail(request: MemberRequest, slug: str) -> HttpResponse:
    """What is asked and until when, the way to the own answer, the summary; for who asked, the way to the answers."""
    question, now = question_of(request, slug), timezone.now()
    own = OfficeResponse.objects.visible_to(request.user).filter(round=question.round).with_latest()
    is_own = is_asker(request.user, question)
    context = {
        "own": own,
        "is_asker": is_own,
        "counts": can_count_answers(request.user, question),
        "waiting": waiting_for(question.round) if is_own or can_run_rounds(request.user) else [],
        "is_staff": can_run_rounds(request.user),
        "is_open": question.round.is_open_at(now),
        "answerable": {response.pk for response in own if response.is_open_at(now)},
    }
    return page(request, "question_detail", question, context)


@show_or_post
def question_release(request: MemberRequest, slug: str, pk: int) -> HttpResponse:
    """What a member asks, and whom it mails; sent by the Secretariat, or given back with a reason."""
    question = question_of(request, slug)
    if not can_run_rounds(request.user):
        raise PermissionDenied
    people = ("round", "asked_by", "released_by", "withdrawn_by")
    asked = get_object_or_404(question.round.releases.select_related(*people), pk=pk)
    form, refusal = SendBackForm(request.POST if request.POST.get("do") == "back" else None), None
    if request.method == "POST" and (not form.is_bound or form.is_valid()):
        try:
            messages.success(request, _decide(request, asked, form))
            return redirect(question)
        except Refusal as error:
            refusal = error
    (row,) = in_words([asked])
    rehearsal, obstacle = rehearsed(asked, row.is_waiting)
    context = {
        "row": row,
        "form": form,
        "refusal": refusal,
        "obstacle": None if refusal else obstacle,
        "look": look(rehearsal, request.GET.get("show", "")) if rehearsal else None,
        "may_release": rehearsal is not None and can_release(request.user, asked),
        "is_own": asked.asked_by_id == request.user.pk,
    }
    return page(request, "question_release", question, context, status=409 if refusal else 200)


def _decide(request: MemberRequest, asked: Release, form: SendBackForm) -> str:
    """Does what was pressed, and says so."""
    now, by = timezone.now(), request.user
    if form.is_bound:
        send_back(release=asked, reason=form.cleaned_data["reason"], by=by, now=now)
        return _("It is not sent. The person who asked is told the reason.")
    if request.POST.get("do") == "withdraw":
        withdraw_release(release=asked, by=by, now=now)
        return _("It is withdrawn. Nothing was sent.")
    release(release=asked, by=by, now=now)
    return _("The question is sent. The opening notices are on their way.")


@show_or_post
def question_summary(request: MemberRequest, slug: str) -> HttpResponse:
    """For who asked: who has answered and what, and the summary that all members read."""
    question, now = own_question(request, slug), timezone.now()
    form, refusal = SummaryForm(request.POST if request.method == "POST" else None), None
    if form.is_valid():
        try:
            publish_summary(question=question, text=form.cleaned_data["summary"], by=request.user, now=now)
        except Refusal as error:
            refusal, question = error, own_question(request, slug)
        else:
            messages.success(request, _("The summary is published: all members can read it and find it."))
            return redirect(question)
    responses = sorted(question.round.responses.with_latest(), key=lambda response: rank(response.office))
    texts = QuestionAnswer.objects.filter(submission__response__round=question.round)
    context = {
        "form": form,
        "refusal": refusal,
        "responses": responses,
        "texts": dict(texts.values_list("submission", "text")),
        "is_open": question.round.is_open_at(now),
    }
    return page(request, "question_summary", question, context, status=409 if refusal else 200)
