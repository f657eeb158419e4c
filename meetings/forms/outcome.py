"""Forms of the Secretariat for what becomes of a circulation: answers to comments, and the outcome text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple, cast

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from meetings.comments import Comment, fingerprint
from meetings.forms.circulations import LongText
from meetings.models import ActionUpdate, Circulation, CirculationItem, Disposition
from meetings.operations.dispositions import REASON_NEEDED, Decision
from meetings.operations.outcomes import ItemOutcome, outcome_token

NOT_ANSWERED = ("", pgettext_lazy("comment", "not answered"))
ENGLISH_FIRST = sorted(settings.LANGUAGES, key=lambda language: language[0] != "en")
TEXTS = {f"outcome_{code.replace('-', '_')}": (code, name) for code, name in ENGLISH_FIRST}
AS_IT_IS = ("", _("as it is now"))
REASON = re.compile(r"c([0-9]{1,18})-reason\Z", re.ASCII)


class AnswerForm(forms.Form):
    """What becomes of one comment; untouched where it says what the page showed."""

    decision = forms.ChoiceField(
        label=_("Answer"), required=False, choices=[NOT_ANSWERED, *Disposition.Decision.choices]
    )
    reason = LongText(label=_("Reason"), required=False, widget=forms.Textarea(attrs={"rows": 2, "dir": "auto"}))
    seen = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)

    def __init__(self, comment: Comment, data: QueryDict | None = None) -> None:
        super().__init__(data, prefix=f"c{comment.answer.pk}", initial=_shown(comment))
        self.comment = comment
        self.fields["decision"].widget.attrs["class"] = "form-select form-select-sm"
        self.fields["reason"].widget.attrs["class"] = "form-control form-control-sm"

    @property
    def is_posted(self) -> bool:
        """True where the page that was sent held this comment."""
        return self.is_bound and self.add_prefix("decision") in self.data

    @property
    def is_touched(self) -> bool:
        """True where something else stands there than the page showed."""
        posted = [self.data.get(self.add_prefix(name), "") for name in ("decision", "reason")]
        return fingerprint(posted[0], posted[1].replace("\r\n", "\n").strip()) != self["seen"].value()

    def clean(self) -> dict[str, Any]:
        """A reason where one is needed, and none without a decision."""
        found = super().clean() or {}
        decision, reason = found.get("decision", ""), found.get("reason", "").strip()
        if decision in REASON_NEEDED and not reason and "reason" not in self.errors:
            self.add_error("reason", _("Give the reason: the office reads it."))
        if reason and not decision and "decision" not in self.errors:
            self.add_error("decision", _("Choose what becomes of the comment."))
        return found

    def decided(self) -> Decision:
        """What the operation is given."""
        data = self.cleaned_data
        reason, seen = data["reason"].strip(), data["seen"]
        return Decision(answer=self.comment.answer.pk, decision=data["decision"], reason=reason, seen=seen)


class TogetherForm(forms.Form):
    """One answer for all comments that are ticked."""

    decision = forms.ChoiceField(label=_("Answer"), choices=Disposition.Decision.choices)
    reason = LongText(label=_("Reason"), required=False, widget=forms.Textarea(attrs={"rows": 2, "dir": "auto"}))

    def __init__(self, comments: Sequence[Comment], data: QueryDict | None = None) -> None:
        super().__init__(data, prefix="together")
        self.fields["decision"].widget.attrs["class"] = "form-select"
        self.fields["reason"].widget.attrs["class"] = "form-control"
        ticked = set(data.getlist("tick")) if data else set()
        self.chosen = [comment for comment in comments if str(comment.answer.pk) in ticked]

    def clean(self) -> dict[str, Any]:
        """At least one comment, and a reason where one is needed."""
        found = super().clean() or {}
        if not self.chosen:
            raise ValidationError(_("Tick the comments this answers."), code="none")
        if found.get("decision") in REASON_NEEDED and not found.get("reason", "").strip():
            self.add_error("reason", _("Give the reason: the offices read it."))
        return found

    def decided(self, seen: dict[int, str]) -> list[Decision]:
        """What the operation is given; `seen` are the tokens of the page by the id of the answer."""
        data = self.cleaned_data
        return [
            Decision(
                answer=comment.answer.pk,
                decision=data["decision"],
                reason=data["reason"].strip(),
                seen=seen.get(comment.answer.pk, ""),
            )
            for comment in self.chosen
        ]


class FilterForm(forms.Form):
    """Which comments the desk shows; anything unknown shows all."""

    item = forms.ChoiceField(label=_("Item"), required=False)
    state = forms.ChoiceField(
        label=_("State"),
        required=False,
        choices=[
            ("", _("all states")),
            ("open", pgettext_lazy("comments", "not answered")),
            *Disposition.Decision.choices,
        ],
    )

    def __init__(self, items: Iterable[CirculationItem], data: QueryDict) -> None:
        super().__init__(data)
        chosen = cast("forms.ChoiceField", self.fields["item"])
        chosen.choices = [("", _("all items")), *((item.key, f"{item.key}. {item.heading}") for item in items)]
        for each in self.fields.values():
            each.widget.attrs["class"] = "form-select"

    def narrowed(self, comments: Sequence[Comment]) -> list[Comment]:
        """The chosen comments, within an item those without an answer first."""
        self.full_clean()
        item, state = self.cleaned_data.get("item", ""), self.cleaned_data.get("state", "")
        wanted = [each for each in comments if (not item or each.item.key == item) and _is_in(each, state)]
        return sorted(wanted, key=lambda each: (each.item.order, each.disposition is not None))


class Row(NamedTuple):
    """One comment of the desk with its form."""

    comment: Comment
    form: AnswerForm
    is_ticked: bool


class DispositionForms:
    """The desk: the comments with a form each, and one form for several at once. All that was sent is kept in it."""

    def __init__(self, comments: Sequence[Comment], data: QueryDict | None = None) -> None:
        self.comments, self.data = comments, data
        self.forms = {comment.answer.pk: AnswerForm(comment, data) for comment in comments}
        self.posted = {pk: form for pk, form in self.forms.items() if form.is_posted}
        self.touched = {pk: form for pk, form in self.posted.items() if form.is_touched}
        self.together = TogetherForm(comments, data if data is not None and "apply" in data else None)

    @property
    def lost(self) -> list[str]:
        """What was typed about comments that are history: their office has submitted again."""
        data = self.data or QueryDict()
        sent = [match for name in data if (match := REASON.match(name))]
        gone = [match[1] for match in sent if int(match[1]) not in self.forms]
        return [text for pk in gone if (text := str(data[f"c{pk}-reason"]).strip())]

    def is_valid(self) -> bool:
        """True where all that was sent can be stored."""
        one_by_one = [form.is_valid() for form in self.touched.values()]
        return all(one_by_one) and (not self.together.is_bound or self.together.is_valid())

    @property
    def errors(self) -> list[AnswerForm]:
        """The comments at which something is to be mended."""
        return [form for form in self.touched.values() if form.errors]

    def decisions(self) -> list[Decision]:
        """Everything to store; what is ticked gets the common answer, whatever stands in its own fields."""
        found = {pk: form.decided() for pk, form in self.touched.items()}
        if self.together.is_bound:
            seen = {pk: str(form["seen"].value()) for pk, form in self.posted.items()}
            found |= {each.answer: each for each in self.together.decided(seen)}
        return list(found.values())

    def renewed(self, comments: Sequence[Comment], changed: Iterable[int]) -> DispositionForms:
        """The same text against what stands there now; saving once more replaces what a colleague has `changed`."""
        data, now = (self.data or QueryDict()).copy(), {comment.answer.pk: comment for comment in comments}
        for pk in changed:
            data[f"c{pk}-seen"] = now[pk].token
        return DispositionForms(comments, data)

    def rows(self, comments: Iterable[Comment]) -> list[Row]:
        """These comments with their forms: filled with what was sent, if they were."""
        ticked = self.data.getlist("tick") if self.data else []
        rows = []
        for comment in comments:
            form = self.forms[comment.answer.pk]
            is_ticked = str(comment.answer.pk) in ticked
            rows.append(Row(comment, form if form.is_posted else AnswerForm(comment), is_ticked))
        return rows


class OutcomeForm(forms.Form):
    """The outcome text by language, and per item what became of it; nobody but the Secretariat reads it yet."""

    seen = forms.CharField(max_length=64, widget=forms.HiddenInput, required=False)

    data: QueryDict

    def __init__(
        self, circulation: Circulation, items: Sequence[CirculationItem], data: QueryDict | None = None
    ) -> None:
        initial = {name: circulation.outcomes.get(code, "") for name, (code, _name) in TEXTS.items()}
        super().__init__(data, initial=initial | {"seen": outcome_token(circulation, items)})
        self.items = items
        for name, (code, language) in TEXTS.items():
            self.fields[name] = LongText(
                label=_("Outcome, %(language)s") % {"language": language},
                required=False,
                widget=forms.Textarea(attrs={"rows": 8 if code == "en" else 4, "dir": "auto", "class": "form-control"}),
            )
        for item in items:
            self.fields[f"item-{item.key}-outcome"] = LongText(
                label=_("What became of item %(key)s") % {"key": item.key},
                required=False,
                initial=item.outcome,
                widget=forms.Textarea(attrs={"rows": 3, "class": "form-control", "dir": "auto"}),
            )
            self.fields[f"item-{item.key}-status_after"] = forms.ChoiceField(
                label=_("Status of the action item afterwards"),
                required=False,
                initial=item.status_after,
                choices=[AS_IT_IS, *ActionUpdate.Status.choices],
                widget=forms.Select(attrs={"class": "form-select"}),
            )

    def renewed(self, circulation: Circulation, items: Sequence[CirculationItem]) -> OutcomeForm:
        """The same text against what stands there now: saving once more replaces it."""
        data = self.data.copy()
        data["seen"] = outcome_token(circulation, items)
        return OutcomeForm(circulation, items, data)

    @property
    def differing(self) -> list[forms.BoundField]:
        """The fields in which something else is typed than stands there."""
        return [field for field in self.visible_fields() if str(field.value()).strip() != field.initial]

    @property
    def by_item(self) -> list[tuple[CirculationItem, forms.BoundField, forms.BoundField]]:
        """Each item with its two fields."""
        return [(item, self[f"item-{item.key}-outcome"], self[f"item-{item.key}-status_after"]) for item in self.items]

    @property
    def by_language(self) -> list[forms.BoundField]:
        """The outcome text in every language, English first."""
        return [self[name] for name in TEXTS]

    def texts(self) -> dict[str, str]:
        """The outcome by language code."""
        return {code: self.cleaned_data[name].strip() for name, (code, _name) in TEXTS.items()}

    def outcomes(self) -> list[ItemOutcome]:
        """What became of each item."""
        return [
            ItemOutcome(
                item=item.pk,
                outcome=self.cleaned_data[f"item-{item.key}-outcome"].strip(),
                status_after=self.cleaned_data[f"item-{item.key}-status_after"],
            )
            for item in self.items
        ]


def _shown(comment: Comment) -> dict[str, str]:
    disposition = comment.disposition
    decided = {"decision": disposition.decision, "reason": disposition.reason} if disposition else {}
    return {"seen": comment.token, **decided}


def _is_in(comment: Comment, state: str) -> bool:
    if state == "open":
        return comment.disposition is None
    return not state or (comment.disposition is not None and comment.disposition.decision == state)
