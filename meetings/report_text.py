"""The text of a group's report: drafted from its record, and taken apart into the paragraphs of a document."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from django.utils.translation import get_language
from django.utils.translation import gettext as _
from markdown_it import MarkdownIt
from markdown_it.token import Token

from accounts.deadlines import GENEVA, day_text
from groups.models import Group, NextStep
from meetings.models import AgreedPoint, Document, GroupReport, Session, SilenceProcedure
from meetings.silence import sitting

LETTERS = "abcdefghijklmnopqrstuvwxyz"


# --- drafting ---------------------------------------------------------------------------------------------------------
def draft_of(group: Group, now: datetime) -> str:
    """What a group has to report at `now` (aware UTC), in Markdown and the active language; seven queries.

    What the group met, decided and finished since its last report was presented, what is open, and who sits in it.
    """
    reported = GroupReport.objects.filter(group=group, presented_at__lt=now).order_by("-presented_at").first()
    since = reported.presented_at if reported else None
    sections = [
        (_("Meetings"), _meetings(group, since, now)),
        (_("Decisions"), _decisions(group, since)),
        (_("Next steps"), _steps(group, since)),
        (_("Documents adopted"), _documents(group, since)),
        (_("Members"), [_members(group, now)]),
    ]
    return "\n\n".join(f"## {heading}\n\n" + "\n".join(lines) for heading, lines in sections) + "\n"


def _list(items: Iterable[str], empty: str, head: str = "") -> list[str]:
    found = [f"- {' '.join(item.split())}" for item in items]
    return [*([head, ""] if head else []), *found] if found else [empty]


def _meetings(group: Group, since: datetime | None, now: datetime) -> list[str]:
    held = Session.objects.of_group(group).filter(ends_at__lte=now, cancelled_at=None).order_by("starts_at")
    meetings = list(held.filter(ends_at__gt=since) if since else held)
    points = AgreedPoint.objects.filter(item__session__in=meetings, item__session__minutes_published_at__isnull=False)
    agreed = _list(
        (point.text for point in points.order_by("item__session__starts_at", "item__order", "order")), "",
        _("The meetings agreed:"),
    )  # fmt: skip
    lines = _list(
        (_("%(name)s, %(day)s") % {"name": each.name, "day": _day(each.starts_at)} for each in meetings),
        _("No meeting was held."),
        _("The group met:"),
    )
    return [*lines, "", *agreed] if agreed != [""] else lines


def _decisions(group: Group, since: datetime | None) -> list[str]:
    concluded = SilenceProcedure.objects.filter(group=group).exclude(concluded_at=None).order_by("concluded_at")
    rows = concluded.filter(concluded_at__gt=since) if since else concluded
    return _list(
        (
            _("%(title)s: %(result)s, %(day)s")
            % {"title": each.title, "result": each.get_result_display(), "day": _day(each.concluded_at)}
            for each in rows
        ),
        _("No decision was taken by silence procedure."),
        _("Put to the members by silence procedure:"),
    )


def _steps(group: Group, since: datetime | None) -> list[str]:
    steps = list(NextStep.objects.filter(group=group).order_by("order"))
    done = [step for step in steps if step.done_at and (since is None or step.done_at > since)]
    left = [step for step in steps if not step.done_at]
    return [
        *_list((step.text for step in done), _("No step was completed."), _("Completed:")),
        "",
        *_list((_step_text(step) for step in left), _("No step is open."), _("Not yet completed:")),
    ]


def _step_text(step: NextStep) -> str:
    if step.due_on is None:
        return step.text
    day = day_text(step.due_on, get_language() or "en")
    return _("%(step)s (due %(day)s)") % {"step": step.text, "day": day}


def _documents(group: Group, since: datetime | None) -> list[str]:
    adopted = Document.objects.filter(group=group).exclude(adopted_at=None).order_by("adopted_at", "pk")
    rows = adopted.filter(adopted_at__gt=since) if since else adopted
    names = (f"{each.symbol} {each.title}".strip() for each in rows)
    return _list(names, _("No document was adopted."), _("Adopted:"))


def _members(group: Group, now: datetime) -> str:
    """How many sit in the group for an office, from how many offices, on which day."""
    seats = sitting(group)
    facts = {
        "members": len({seat.member_id for seat in seats}),
        "offices": len({seat.member.office_id for seat in seats}),
        "day": _day(now),
    }
    return _("Members: %(members)s. Offices they come from: %(offices)s. As of %(day)s.") % facts


def _day(instant: datetime | None) -> str:
    return day_text(instant.astimezone(GENEVA).date(), get_language() or "en") if instant else ""


# --- taking apart -----------------------------------------------------------------------------------------------------
@dataclass
class Paragraph:
    """One paragraph under its heading, with the points of the list that follows it."""

    section: str
    text: str
    points: list[str] = field(default_factory=list)


def paragraphs_of(markdown: str) -> list[Paragraph]:
    """The paragraphs of a text in Markdown, without marks: a list belongs to the paragraph before it.

    A list that begins a section has no paragraph: each of its items is one.
    """
    found: list[Paragraph] = []
    section, is_open = "", False
    for kind, text in _blocks(MarkdownIt("commonmark", {"html": False}).parse(markdown)):
        if kind == "heading":
            section, is_open = text, False
        elif kind == "item" and is_open:
            found[-1].points.append(text)
        elif text:
            found.append(Paragraph(section=section, text=text))
            is_open = kind == "text"
    return found


def _blocks(tokens: Iterable[Token]) -> Iterator[tuple[str, str]]:
    """The pieces of a text in their order: heading, text or item of a list, each with its words."""
    depth, kind = 0, "text"
    for token in tokens:
        if token.type in {"bullet_list_open", "ordered_list_open"}:
            depth += 1
        elif token.type in {"bullet_list_close", "ordered_list_close"}:
            depth -= 1
        elif token.type == "heading_open":
            kind = "heading"
        elif token.type == "heading_close":
            kind = "text"
        elif token.type == "inline":
            yield ("item" if depth and kind == "text" else kind), _plain(token.children or [])
        elif token.type in {"fence", "code_block"}:
            yield "text", token.content.strip()


def _plain(tokens: Iterable[Token]) -> str:
    """The words alone; a link gives its address after them, a picture the words that stand for it."""
    words, address = [], ""
    for token in tokens:
        if token.type in {"softbreak", "hardbreak"}:
            words.append(" ")
        elif token.type == "link_open":
            address = str(token.attrs.get("href", ""))
        elif token.type == "link_close":
            words.append("" if words and words[-1] == address else f" ({address})")
        else:
            words.append(token.content)
    return " ".join("".join(words).split())


def letter_of(number: int) -> str:
    """The letter of the nth point, from 1: a to z, then aa, ab and so on."""
    letters = ""
    while number:
        number, place = divmod(number - 1, len(LETTERS))
        letters = LETTERS[place] + letters
    return letters
