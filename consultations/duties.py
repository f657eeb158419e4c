"""What an office has to do: the rows of the home page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from accounts.models import Member
from consultations.drafts import Draft, drafts_of
from consultations.models import OfficeResponse


@dataclass(frozen=True, kw_only=True)
class Duty:
    """One open round in which an office is asked; instants are aware UTC.

    `saved` counts the parts that hold something and in which nobody writes, `writing` names the colleagues who write at
    the moment, `parts` are (key, "done" | "busy" | "empty").
    """

    title: str
    kind: str
    url: str
    opens_at: datetime
    closes_at: datetime
    saved: int
    total: int
    writing: tuple[str, ...]
    parts: tuple[tuple[str, str], ...]
    submitted_at: datetime | None

    @property
    def state(self) -> str:
        """ "awaited" while the office owes its answer, else "submitted"; it may revise until closing."""
        return "submitted" if self.submitted_at else "awaited"


def what_office_owes(member: Member, now: datetime) -> list[Duty]:
    """The open rounds in which the member's office is asked, the one that closes first leading; two queries."""
    if member.office_id is None:
        return []
    asked = OfficeResponse.objects.of_office(member.office_id).open_at(now)
    responses = list(asked.with_latest().order_by("closes_at", "pk"))
    drafts = drafts_of(responses)
    return [_duty(response, drafts[response.pk], member, now) for response in responses]


def _duty(response: OfficeResponse, draft: Draft, member: Member, now: datetime) -> Duty:
    parts, writers = [], []
    for key in response.round.sections:
        writer = draft.writer(key, now, besides=member.user)
        parts.append((key, "busy" if writer else "done" if draft.is_saved(key) else "empty"))
        writers += [writer.editor] if writer else []
    return Duty(
        title=response.round.title,
        kind=response.round.kind,
        url=response.round.answer_path,
        opens_at=response.created_at,
        closes_at=response.closes_at,
        saved=sum(state == "done" for _, state in parts),
        total=len(response.round.sections),
        writing=tuple(dict.fromkeys(writers)),
        parts=tuple(parts),
        submitted_at=response.submitted_at,
    )
