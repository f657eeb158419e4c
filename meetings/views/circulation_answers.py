"""The answer of an office: one shared form, a review, a receipt. Others than its members get 404."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import Member
from accounts.requests import MemberRequest
from consultations.drafts import Draft, draft_of
from consultations.models import OfficeResponse, Round
from consultations.operations import AlreadySubmitted, Refusal, RoundClosed, mark_opened, save_draft
from consultations.permissions import can_submit_response
from meetings.forms.answer_page import ItemView, item_views
from meetings.forms.circulations import AnswerForms, ItemForm, ReviewForm, typed_texts
from meetings.item_drafts import FIELDS, Kept, item_drafts, kept_text
from meetings.models import Circulation, CirculationItem, ItemAnswer
from meetings.operations.circulations import submit_circulation_answer
from meetings.views.circulations import circulation_of

show_or_post = require_http_methods(["GET", "HEAD", "POST"])
Typed = list[tuple[CirculationItem, list[Kept]]]


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a member of an addressed office is; `offices` are all the addressed ones the reader belongs to."""

    circulation: Circulation
    response: OfficeResponse
    items: Sequence[CirculationItem]
    offices: Sequence[OfficeResponse]
    speakers: Sequence[Member]

    @property
    def query(self) -> str:
        """Names the office in addresses where there are several."""
        return f"?office={self.response.office_id}" if len(self.offices) > 1 else ""

    def url(self, name: str) -> str:
        """Another page about the same answer."""
        return reverse(name, args=[self.response.round.slug]) + self.query

    def page(self, request: MemberRequest, name: str, context: Mapping[str, Any], status: int = 200) -> HttpResponse:
        """A page about this answer."""
        own = next((speaker for speaker in self.speakers if speaker.user_id == request.user.pk), None)
        shared = {
            "place": self,
            "circulation": self.circulation,
            "round": self.response.round,
            "response": self.response,
            "office": self.response.office,
            "own": own,
            "others": [speaker for speaker in self.speakers if speaker is not own],
            "answer_url": self.url("circulation_answer"),
            "review_url": self.url("circulation_review"),
            "receipt_url": self.url("circulation_receipt"),
        }
        return render(request, f"meetings/{name}.html", {**shared, **context}, status=status)


def place_of(request: MemberRequest, slug: str) -> Place:
    """The answer of the reader's office at an address; raises Http404."""
    visible = OfficeResponse.objects.visible_to(request.user).filter(
        round__slug=slug, round__kind=Round.Kind.CIRCULATION
    )
    offices = {
        response.office_id: response for response in visible.select_related("round", "office").order_by("office")
    }
    response = offices.get(request.GET.get("office", next(iter(offices), "")))
    if response is None:
        raise Http404
    circulation = circulation_of(request, slug)
    return Place(
        circulation=circulation,
        response=response,
        items=list(circulation.items.select_related("action_item").order_by("order")),
        offices=list(offices.values()),
        speakers=list(Member.objects.speaking_for_office().of_office(response.office_id).in_order()),
    )


@show_or_post
def circulation_answer(request: MemberRequest, slug: str) -> HttpResponse:
    """The form, item by item; saving works without script, a colleague's edit is shown beside and never overwritten."""
    place, now = place_of(request, slug), timezone.now()
    draft = draft_of(place.response)
    if request.method != "POST":
        if not place.response.is_open_at(now):
            return _closed(request, place, _typed_of(place, draft))
        mark_opened(response=place.response, now=now)
        return _form(request, place, draft, now)
    answer = AnswerForms(place.items, draft, request.POST)
    try:
        draft = save_draft(response=place.response, edits=answer.edits(), by=request.user, now=now)
    except RoundClosed as refusal:
        return _closed(request, place, typed_texts(place.items, request.POST), refusal)
    if answer.has_errors:
        return _form(request, place, draft, now, answer.forms)
    return redirect(_next_place(request, place))


@require_POST
def circulation_draft(request: MemberRequest, slug: str) -> JsonResponse:
    """Saves what was changed since the last time, for autosave.js; answers with the state of every item."""
    place, now = place_of(request, slug), timezone.now()
    answer = AnswerForms(place.items, draft_of(place.response), request.POST)
    try:
        draft = save_draft(response=place.response, edits=answer.edits(), by=request.user, now=now)
    except RoundClosed as refusal:
        return JsonResponse({"state": "closed", "message": refusal.message}, status=409)
    views = item_views(item_drafts(place.items, draft), request.user, now, answer.forms)
    return JsonResponse({"state": "saved", "items": {view.item.key: _as_json(request, view) for view in views}})


@show_or_post
def circulation_review(request: MemberRequest, slug: str) -> HttpResponse:
    """Everything as the Secretariat will see it, what is missing, and one button for those who speak for the office."""
    place, now = place_of(request, slug), timezone.now()
    draft = draft_of(place.response)
    if request.method != "POST":
        is_open = place.response.is_open_at(now)
        return _review(request, place, draft) if is_open else _closed(request, place, _typed_of(place, draft))
    if not can_submit_response(request.user, place.response):
        raise PermissionDenied
    form = ReviewForm(request.POST)
    if not form.is_valid():
        return _review(request, place, draft, form)
    seen = {name: form.cleaned_data[name] for name in ("seen_number", "seen_draft")}
    try:
        submit_circulation_answer(response=place.response, by=request.user, now=now, **seen)
    except RoundClosed as refusal:
        return _closed(request, place, _typed_of(place, draft), refusal)
    except AlreadySubmitted as refusal:
        if refusal.submission.submitted_by_id != request.user.pk:  # a double click of one's own is no refusal
            return _refused(request, place, refusal)
    except Refusal as refusal:
        return _refused(request, place, refusal)
    return redirect(place.url("circulation_receipt"))


@require_safe
def circulation_receipt(request: MemberRequest, slug: str, number: int | None = None) -> HttpResponse:
    """What the office has submitted, the newest version or an earlier one, with the list of all."""
    place = place_of(request, slug)
    submissions = list(place.response.submissions.with_submitter().order_by("-number"))
    wanted = [submission for submission in submissions if number in (None, submission.number)]
    if not wanted:
        raise Http404
    context = {
        "submission": wanted[0],
        "is_latest": wanted[0] is submissions[0],
        "submissions": submissions,
        "answers": ItemAnswer.objects.filter(submission=wanted[0]).select_related("item").order_by("item__order"),
        "is_open": place.response.is_open_at(timezone.now()),
    }
    return place.page(request, "circulation_receipt", context)


def _form(
    request: MemberRequest, place: Place, draft: Draft, now: datetime, posted: Mapping[str, ItemForm] | None = None
) -> HttpResponse:
    views = item_views(item_drafts(place.items, draft), request.user, now, posted)
    context = {
        "views": views,
        "writing": [view for view in views if view.writer],
        "has_errors": any(field.errors for view in views for field in view.fields.values()),
        "submitted": place.response.submissions.with_submitter().last(),
        "draft_url": place.url("circulation_draft"),
        "willingness": ItemAnswer.Willingness.choices,
    }
    return place.page(request, "circulation_answer", context)


def _review(
    request: MemberRequest, place: Place, draft: Draft, form: ReviewForm | None = None, refusal: Refusal | None = None
) -> HttpResponse:
    drafts = item_drafts(place.items, draft)
    submitted = place.response.submissions.with_submitter().last()
    context = {
        "drafts": drafts,
        "unready": [each for each in drafts if each.problems],
        "form": form,
        "refusal": refusal,
        "submitted": submitted,
        "seen_number": submitted.number if submitted else 0,
        "seen_draft": draft.fingerprint,
    }
    return place.page(request, "circulation_review", context, status=409 if refusal else 200)


def _refused(request: MemberRequest, place: Place, refusal: Refusal) -> HttpResponse:
    """The review as it is now, with the reason why nothing was submitted."""
    return _review(request, place, draft_of(place.response), refusal=refusal)


def _closed(request: MemberRequest, place: Place, typed: Typed, refusal: RoundClosed | None = None) -> HttpResponse:
    """What was typed or drafted, kept and offered after closing; 409 where something was sent too late."""
    kept = [(item, texts) for item, texts in typed if texts]
    if "download" in request.POST:
        name = f"{place.response.round.slug}-{place.response.office_id}.txt"
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        return HttpResponse(kept_text(kept), content_type="text/plain; charset=utf-8", headers=headers)
    context = {"kept": kept, "refusal": refusal, "submitted": place.response.submissions.with_submitter().last()}
    return place.page(request, "circulation_closed", context, status=409 if refusal else 200)


def _typed_of(place: Place, draft: Draft) -> Typed:
    """The draft in the form of what is typed."""
    return [
        (each.item, [Kept(name, each.value(name)) for name in FIELDS if each.value(name)])
        for each in item_drafts(place.items, draft)
    ]


def _next_place(request: MemberRequest, place: Place) -> str:
    """Where a save leads: the review, or back to the item whose button was pressed."""
    if "review" in request.POST:
        return place.url("circulation_review")
    pressed = request.POST.get("save") or request.POST.get("resolve", "").split(".")[0]
    anchor = f"#item-{pressed}" if pressed in {item.key for item in place.items} else ""
    return place.url("circulation_answer") + anchor


def _as_json(request: MemberRequest, view: ItemView) -> dict[str, Any]:
    """One item for autosave.js: new tokens and values, and the fragments the page shows."""
    context = {"view": view}
    return {
        "state": view.state,
        "fields": {
            field.name: {"value": field.value, "token": field.token, "errors": list(field.errors)}
            for field in view.fields.values()
        },
        "status": render_to_string("meetings/_circulation_status.html", context, request),
        "conflicts": render_to_string("meetings/_circulation_conflicts.html", context, request),
        "step": render_to_string("meetings/_circulation_step.html", context, request),
    }
