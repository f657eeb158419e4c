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
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.lists import listed
from accounts.models import Member, MemberQuerySet, User
from accounts.requests import MemberRequest
from consultations.drafts import Draft, draft_of
from consultations.forms import Looking
from consultations.models import OfficeResponse, Round
from consultations.operations import (
    AlreadySubmitted,
    Refusal,
    RoundClosed,
    TooManyAnnexes,
    add_annex,
    mark_opened,
    remove_annex,
    save_draft,
)
from consultations.operations.annexes import ANNEX_TYPES, ANNEXES_OF_A_PART
from consultations.permissions import can_submit_response
from consultations.presence import present
from consultations.sign_offs import sign_offs_of
from library.inspection import clean_name
from library.refusals import FileRefused
from meetings.forms.answer_page import ItemView, item_views
from meetings.forms.circulations import AnswerForms, ItemForm, ReviewForm, prefix_of, typed_texts
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

    def colleagues(self, user: User) -> MemberQuerySet:
        """The other current members of the office."""
        return Member.objects.current().of_office(self.response.office_id).exclude(user=user).in_order()

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
        save_draft(response=place.response, edits=answer.edits(), by=request.user, now=now)
        file_errors = take_files(request, place, draft, now)
    except RoundClosed as refusal:
        return _closed(request, place, typed_texts(place.items, request.POST), refusal)
    if answer.has_errors or file_errors:
        return _form(request, place, draft_of(place.response), now, answer.forms, file_errors)
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
    return state_of_draft(request, place, draft, now, answer.forms)


@show_or_post
def circulation_review(request: MemberRequest, slug: str) -> HttpResponse:
    """Everything as the Secretariat will see it, what is missing, and one button for those who speak for the office."""
    place, now = place_of(request, slug), timezone.now()
    draft = draft_of(place.response)
    if request.method != "POST":
        is_open = place.response.is_open_at(now)
        return review_page(request, place, draft) if is_open else _closed(request, place, _typed_of(place, draft))
    if not can_submit_response(request.user, place.response):
        raise PermissionDenied
    form = ReviewForm(request.POST)
    if not form.is_valid():
        return review_page(request, place, draft, form)
    seen = {name: form.cleaned_data[name] for name in ("seen_number", "seen_draft")}
    try:
        submit_circulation_answer(response=place.response, by=request.user, now=now, **seen)
    except AlreadySubmitted as refusal:
        if refusal.submission.submitted_by_id != request.user.pk:  # a double click of one's own is no refusal
            return refused(request, place, refusal)
    except Refusal as refusal:
        return refused(request, place, refusal)
    return redirect(place.url("circulation_receipt"))


@require_safe
def circulation_receipt(request: MemberRequest, slug: str, number: int | None = None) -> HttpResponse:
    """What the office has submitted, the newest version or an earlier one, with the list of all."""
    place = place_of(request, slug)
    submissions = list(place.response.submissions.with_submitter().order_by("-number"))
    wanted = [submission for submission in submissions if number in (None, submission.number)]
    if not wanted:
        raise Http404
    annexes = list(wanted[0].annexes.with_adder().order_by("pk"))
    rows = ItemAnswer.objects.filter(submission=wanted[0]).select_related("item").order_by("item__order")
    context = {
        "submission": wanted[0],
        "is_latest": wanted[0] is submissions[0],
        "submissions": submissions,
        "answers": [(row, [annex for annex in annexes if annex.section == row.item.key]) for row in rows],
        "is_open": place.response.is_open_at(timezone.now()),
    }
    return place.page(request, "circulation_receipt", context)


def take_files(request: MemberRequest, place: Place, draft: Draft, now: datetime) -> dict[str, list[str]]:
    """Adds the files that came with a form and takes away the one whose button was pressed; why not, by item."""
    for annex in draft.annexes:
        if str(annex.pk) == request.POST.get("remove"):
            remove_annex(annex=annex, by=request.user, now=now)
    errors: dict[str, list[str]] = {}
    for item in place.items:
        for upload in request.FILES.getlist(f"{prefix_of(item)}-files"):
            try:
                add_annex(response=place.response, section=item.key, upload=upload, by=request.user, now=now)
            except (FileRefused, TooManyAnnexes) as refusal:
                facts = {"name": clean_name(upload.name or ""), "reason": refusal}
                errors.setdefault(item.key, []).append(_("%(name)s: %(reason)s") % facts)
    return errors


def state_of_draft(
    request: MemberRequest,
    place: Place,
    draft: Draft,
    now: datetime,
    posted: Mapping[str, ItemForm] | None = None,
    asks_who_is_there: bool = True,
) -> JsonResponse:
    """The draft as it stands and who is there, for autosave.js; who is there is not asked where nobody would answer."""
    colleagues = present(place.response, besides=request.user) if asks_who_is_there else []
    views = item_views(item_drafts(place.items, draft), Looking(user=request.user, now=now, present=colleagues), posted)
    here = {"present": colleagues, "writing": [view for view in views if view.writer]}
    return JsonResponse(
        {
            "state": "saved",
            "items": {view.item.key: _as_json(request, view) for view in views},
            "present": render_to_string("meetings/_circulation_present.html", here, request),
            "people": render_to_string("meetings/_circulation_people.html", here, request),
        }
    )


def _form(
    request: MemberRequest,
    place: Place,
    draft: Draft,
    now: datetime,
    posted: Mapping[str, ItemForm] | None = None,
    file_errors: Mapping[str, Sequence[str]] | None = None,
) -> HttpResponse:
    colleagues = present(place.response, besides=request.user)
    looking = Looking(user=request.user, now=now, present=colleagues)
    views = item_views(item_drafts(place.items, draft), looking, posted, file_errors)
    context = {
        "views": views,
        "present": colleagues,
        "writing": [view for view in views if view.writer],
        "has_errors": bool(file_errors) or any(field.errors for view in views for field in view.fields.values()),
        "accepted": ",".join(f".{name}" for name in ANNEX_TYPES),
        "accepted_names": listed(ANNEX_TYPES).upper(),
        "most_files": ANNEXES_OF_A_PART,
        "presence_url": place.url("circulation_presence"),
        "submitted": place.response.submissions.with_submitter().last(),
        "draft_url": place.url("circulation_draft"),
        "willingness": ItemAnswer.Willingness.choices,
    }
    return place.page(request, "circulation_answer", context)


def review_page(
    request: MemberRequest, place: Place, draft: Draft, form: ReviewForm | None = None, refusal: Refusal | None = None
) -> HttpResponse:
    """The review of a draft; 409 with the reason where something was refused."""
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
        "sign_offs": sign_offs_of(place.response, draft, request.user),
        "colleagues": list(place.colleagues(request.user)),
        "sign_off_url": place.url("circulation_sign_off"),
        "ask_url": place.url("circulation_ask"),
    }
    return place.page(request, "circulation_review", context, status=409 if refusal else 200)


def refused(request: MemberRequest, place: Place, refusal: Refusal) -> HttpResponse:
    """The review as it is now, or after closing what is kept, with the reason why nothing was done."""
    draft = draft_of(place.response)
    if isinstance(refusal, RoundClosed):
        return _closed(request, place, _typed_of(place, draft), refusal)
    return review_page(request, place, draft, refusal=refusal)


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
    pressed = request.POST.get("save") or request.POST.get("add") or request.POST.get("resolve", "").split(".")[0]
    anchor = f"#item-{pressed}" if pressed in {item.key for item in place.items} else ""
    return place.url("circulation_answer") + anchor


def _as_json(request: MemberRequest, view: ItemView) -> dict[str, Any]:
    """One item for autosave.js: new tokens and values, and the fragments the page shows."""
    context = {"view": view}
    return {
        "state": view.state,
        "fields": {
            field.name: {"value": field.shown, "token": field.token, "errors": list(field.errors)}
            for field in view.fields.values()
        },
        "status": render_to_string("meetings/_circulation_status.html", context, request),
        "conflicts": render_to_string("meetings/_circulation_conflicts.html", context, request),
        "step": render_to_string("meetings/_circulation_step.html", context, request),
        "marked": render_to_string("meetings/_circulation_marked.html", context, request),
        "files": render_to_string("meetings/_circulation_files.html", context, request),
    }
