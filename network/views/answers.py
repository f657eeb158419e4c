"""The answer of an office to a question: one shared draft, a review, a receipt. Others than its members get 404."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts.models import Member
from accounts.requests import MemberRequest
from consultations.drafts import Draft, draft_of
from consultations.forms import Looking
from consultations.models import OfficeResponse, Round
from consultations.operations import AlreadySubmitted, Refusal, RoundClosed, mark_opened, save_draft
from consultations.permissions import can_submit_response
from consultations.presence import leave, note, present
from meetings.forms.circulations import ReviewForm
from network.forms import AnswerForm, AnswerView, QuestionForms, answer_view
from network.models import Question, QuestionAnswer
from network.operations import PART, obstacle_to_submitting, submit_question_answer
from network.views.questions import page, question_of, show_or_post


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a member of an asked office is; `offices` are all the asked ones the reader belongs to."""

    question: Question
    response: OfficeResponse
    offices: Sequence[OfficeResponse]
    speakers: Sequence[Member]

    def url(self, name: str) -> str:
        """Another page about the same answer; names the office where there are several."""
        query = f"?office={self.response.office_id}" if len(self.offices) > 1 else ""
        return reverse(name, args=[self.response.round.slug]) + query

    def page(self, request: MemberRequest, name: str, context: Mapping[str, Any], status: int = 200) -> HttpResponse:
        """A page about this answer."""
        own = next((speaker for speaker in self.speakers if speaker.user_id == request.user.pk), None)
        shared = {
            "place": self,
            "response": self.response,
            "office": self.response.office,
            "own": own,
            "others": [speaker for speaker in self.speakers if speaker is not own],
            "answer_url": self.url("question_answer"),
            "review_url": self.url("question_review"),
            "receipt_url": self.url("question_receipt"),
        }
        return page(request, name, self.question, {**shared, **context}, status=status)


def place_of(request: MemberRequest, slug: str) -> Place:
    """The answer of the reader's office at an address; raises Http404."""
    visible = OfficeResponse.objects.visible_to(request.user).filter(round__slug=slug, round__kind=Round.Kind.QUESTION)
    offices = {each.office_id: each for each in visible.select_related("round", "office").order_by("office")}
    response = offices.get(request.GET.get("office", next(iter(offices), "")))
    if response is None:
        raise Http404
    return Place(
        question=question_of(request, slug),
        response=response,
        offices=list(offices.values()),
        speakers=list(Member.objects.speaking_for_office().of_office(response.office_id).in_order()),
    )


@show_or_post
def question_answer(request: MemberRequest, slug: str) -> HttpResponse:
    """The shared draft; saving works without script, a colleague's edit is shown beside and never overwritten."""
    place, now = place_of(request, slug), timezone.now()
    draft = draft_of(place.response)
    if request.method != "POST":
        if place.response.is_open_at(now):
            mark_opened(response=place.response, now=now)
        return _form(request, place, draft, now)
    forms = QuestionForms(draft, request.POST)
    try:
        save_draft(response=place.response, edits=forms.edits(), by=request.user, now=now)
    except RoundClosed as refusal:
        return _form(request, place, draft, now, forms.form, refusal)
    if forms.has_errors:
        return _form(request, place, draft_of(place.response), now, forms.form)
    return redirect(place.url("question_review" if "review" in request.POST else "question_answer"))


@require_POST
def question_draft(request: MemberRequest, slug: str) -> JsonResponse:
    """Saves what was changed since the last time, for autosave.js; answers with the state of the draft."""
    place, now = place_of(request, slug), timezone.now()
    forms = QuestionForms(draft_of(place.response), request.POST)
    try:
        draft = save_draft(response=place.response, edits=forms.edits(), by=request.user, now=now)
    except RoundClosed as refusal:
        return JsonResponse({"state": "closed", "message": refusal.message}, status=409)
    return _state(request, place, draft, now, forms.form)


@require_POST
def question_presence(request: MemberRequest, slug: str) -> HttpResponse:
    """That somebody has the answer page open, for autosave.js; with `left` they have gone, and nothing is answered."""
    place, now = place_of(request, slug), timezone.now()
    if "left" in request.POST:
        leave(place.response, request.user)
        return HttpResponse(status=204)
    if not place.response.is_open_at(now):
        return JsonResponse({"state": "closed", "message": RoundClosed(place.response.closes_at).message}, status=409)
    note(place.response, request.user, request.POST.get("part", ""))
    return _state(request, place, draft_of(place.response), now)


@show_or_post
def question_review(request: MemberRequest, slug: str) -> HttpResponse:
    """The answer as it will be read, and one button for those who speak for the office."""
    place, now = place_of(request, slug), timezone.now()
    draft = draft_of(place.response)
    if request.method != "POST":
        is_open = place.response.is_open_at(now)
        return _review(request, place, draft) if is_open else _form(request, place, draft, now)
    if not can_submit_response(request.user, place.response):
        raise PermissionDenied
    form = ReviewForm(request.POST)
    if not form.is_valid():
        return _review(request, place, draft, form)
    seen = {name: form.cleaned_data[name] for name in ("seen_number", "seen_draft")}
    try:
        submit_question_answer(response=place.response, by=request.user, now=now, **seen)
    except AlreadySubmitted as refusal:
        if refusal.submission.submitted_by_id != request.user.pk:  # a double click of one's own is no refusal
            return _review(request, place, draft_of(place.response), refusal=refusal)
    except RoundClosed as refusal:
        return _form(request, place, draft, now, refusal=refusal)
    except Refusal as refusal:
        return _review(request, place, draft_of(place.response), refusal=refusal)
    return redirect(place.url("question_receipt"))


@require_safe
def question_receipt(request: MemberRequest, slug: str, number: int | None = None) -> HttpResponse:
    """What the office has submitted, the newest version or an earlier one, with the list of all."""
    place = place_of(request, slug)
    submissions = list(place.response.submissions.with_submitter().order_by("-number"))
    wanted = [submission for submission in submissions if number in (None, submission.number)]
    if not wanted:
        raise Http404
    answer = QuestionAnswer.objects.filter(submission=wanted[0]).first()
    context = {
        "submission": wanted[0],
        "is_latest": wanted[0] is submissions[0],
        "submissions": submissions,
        "text": answer.text if answer else "",
        "is_open": place.response.is_open_at(timezone.now()),
    }
    return place.page(request, "question_receipt", context)


def _looking(request: MemberRequest, place: Place, now: datetime) -> Looking:
    return Looking(user=request.user, now=now, present=present(place.response, besides=request.user))


def _form(
    request: MemberRequest,
    place: Place,
    draft: Draft,
    now: datetime,
    form: AnswerForm | None = None,
    refusal: RoundClosed | None = None,
) -> HttpResponse:
    """The page of the draft; after closing what stands in it or was typed, 409 where something was sent too late."""
    is_open = place.response.is_open_at(now) and refusal is None
    looking = _looking(request, place, now)
    typed = form.as_typed("text") if form and form.posted("text") else ""
    view = answer_view(draft, looking, form)
    context = {
        "view": view,
        "kept": "" if is_open else typed or view.field.value,
        "refusal": refusal,
        "is_open": is_open,
        "present": looking.present,
        "submitted": place.response.submissions.with_submitter().last(),
        "draft_url": place.url("question_draft"),
        "presence_url": place.url("question_presence"),
    }
    return place.page(request, "question_answer", context, status=409 if refusal else 200)


def _review(
    request: MemberRequest, place: Place, draft: Draft, form: ReviewForm | None = None, refusal: Refusal | None = None
) -> HttpResponse:
    submitted = place.response.submissions.with_submitter().last()
    context = {
        "view": answer_view(draft, Looking(user=request.user, now=timezone.now())),
        "obstacle": obstacle_to_submitting(draft),
        "form": form,
        "refusal": refusal,
        "submitted": submitted,
        "seen_number": submitted.number if submitted else 0,
        "seen_draft": draft.fingerprint,
    }
    return place.page(request, "question_review", context, status=409 if refusal else 200)


def _state(
    request: MemberRequest, place: Place, draft: Draft, now: datetime, form: AnswerForm | None = None
) -> JsonResponse:
    """The draft as it stands and who is there, for autosave.js."""
    looking = _looking(request, place, now)
    view = answer_view(draft, looking, form)
    return JsonResponse(
        {
            "state": "saved",
            "items": {PART: _as_json(request, view)},
            "present": render_to_string("network/_answer_present.html", {"present": looking.present}, request).strip(),
            "people": "",
        }
    )


def _as_json(request: MemberRequest, view: AnswerView) -> dict[str, Any]:
    field, context = view.field, {"view": view, "field": view.field}
    return {
        "state": view.state,
        "fields": {field.name: {"value": field.shown, "token": field.token, "errors": list(field.errors)}},
        "status": render_to_string("network/_answer_status.html", context, request),
        "conflicts": render_to_string("network/_answer_conflicts.html", context, request),
        "step": "",
        "marked": "",
        "files": "",
    }
