"""What stands in every file in the same words: labels, the rules of reading, and texts that harm no program."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from django.conf import settings
from django.utils.text import capfirst
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from accounts.deadlines import day_text, deadline_text
from accounts.models import Office
from consultations.models import Round
from meetings.aftermath import Aftermath
from meetings.compilation import Compilation, OfficeRow, Remark
from meetings.models import Disposition
from meetings.narrowing import NO_REGION, region_name

# What XML cannot hold: it may have been typed all the same.
UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
FORMULA = re.compile(r"\s*[=+\-@＝＋－＠]|[\t\r]")


def clean(text: str) -> str:
    """A text that any office program can read: line ends as \\n, and a mark for what cannot be written."""
    return UNWRITABLE.sub("\ufffd", text.replace("\r\n", "\n"))


def harmless(text: str) -> str:
    """The same for a cell: what a spreadsheet could take for a formula gets an apostrophe in front."""
    text = clean(text)
    return f"'{text}" if FORMULA.match(text) else text


def title_of(label: object) -> str:
    """A label as the title of a column."""
    return str(capfirst(str(label)))


def region_of(office: Office) -> str:
    """The regional group of a State; empty for an organization."""
    return region_name(office.region or NO_REGION) if office.kind == Office.Kind.STATE else ""


def marks_of(row: OfficeRow) -> str:
    """What must be known beside an answer: late, entered on behalf, with the day it arrived."""
    marks = [_("late")] if row.is_late else []
    if row.is_on_behalf:
        received = row.received_on
        day = day_text(received, language()) if received else ""
        marks.append(_("entered on behalf of the office, received %(day)s") % {"day": day})
    return "; ".join(marks)


def annexes_of(remark: Remark) -> str:
    """The names of the files an office added, one a line."""
    return "\n".join(annex.file.name for annex in remark.annexes)


def language() -> str:
    """The reader's language."""
    found = get_language() or "en"
    return found if found in dict(settings.LANGUAGES) else "en"


class Direction(StrEnum):
    """Which way a text runs."""

    LTR = "ltr"
    RTL = "rtl"


def direction() -> Direction:
    """Which way the reader's language runs."""
    return Direction.RTL if language() == "ar" else Direction.LTR


@dataclass(frozen=True)
class About:
    """What a file is made of: `as_of` is an aware instant, `aftermath` goes by the id of the answer."""

    compilation: Compilation
    as_of: datetime
    address: str
    aftermath: Mapping[int, Aftermath] = field(default_factory=dict)

    def joined(self, remark: Remark) -> list[Office]:
        """The offices that joined a comment."""
        after = self.aftermath.get(remark.answer.pk)
        return list(after.joined) if after else []

    def disposition(self, remark: Remark) -> Disposition | None:
        """What became of a comment, once that is published."""
        after = self.aftermath.get(remark.answer.pk)
        return after.disposition if after else None

    @property
    def round(self) -> Round:
        """What was asked, and until when."""
        return self.compilation.circulation.round

    @property
    def title(self) -> str:
        """The name of the file in words."""
        return _("Compilation: %(title)s") % {"title": self.round.title}

    @property
    def counts(self) -> str:
        """How many have answered."""
        facts = {
            "answered": self.compilation.answered,
            "addressed": len(self.compilation.offices),
            "silent": self.compilation.silent,
            "not_reached": self.compilation.states["not_reached"],
        }
        text = ngettext(
            "%(answered)s of %(addressed)s office has submitted."
            " Not answered: %(silent)s. Not reached: %(not_reached)s.",
            "%(answered)s of %(addressed)s offices have submitted."
            " Not answered: %(silent)s. Not reached: %(not_reached)s.",
            len(self.compilation.offices),
        )
        return text % facts

    @property
    def facts(self) -> list[tuple[str, str]]:
        """What a reader must know to use the figures, as name and value."""
        choice = self.compilation.choice
        found = [
            (_("As of"), moment(self.as_of)),
            (_("Address"), self.address),
            (_("Opened"), moment(self.round.opened_at)),
            (_("Closes"), moment(self.round.closes_at)),
            (_("Published"), moment(self.round.published_at)),
            (_("Answers"), self.counts),
            (_("Offices counted"), choice.offices_text or _("All offices")),
            (_("Offices and comments listed"), choice.position_text or _("All positions")),
        ]
        return [(name, value) for name, value in found if value]

    @property
    def rules(self) -> list[str]:
        """How the figures were made."""
        return [
            _("The latest submission of an office is the one that counts. Drafts are neither shown nor exported."),
            _(
                "“Not answered” and “not reached” are not positions."
                " “No objection” and “no position” are what an office said."
            ),
            _("Offices stand in the alphabetical order of the language, items in the order of the text."),
            _("At least three quarters of the offices that took a position stand within the span of positions named."),
            _("An office would act where it would lead, take part or pilot."),
            _("Times are Geneva time."),
            _("A text that a spreadsheet could take for a formula begins with an apostrophe."),
        ]


def moment(instant: datetime | None) -> str:
    """An instant in words and Geneva time; empty for none."""
    return deadline_text(instant, settings.PORTAL_TIME_ZONE, language()) if instant else ""


def decision_of(about: About, remark: Remark) -> str:
    """What became of a comment, with the reason; empty until it is published."""
    disposition = about.disposition(remark)
    if disposition is None:
        return ""
    return "\n".join(filter(None, [title_of(disposition.get_decision_display()), disposition.reason]))
