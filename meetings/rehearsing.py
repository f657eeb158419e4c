"""A rehearsal as a page shows it: its steps, one page of the mails of one step, and one mail in full."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from operator import attrgetter

from django.conf import settings
from django.core.paginator import Page, Paginator
from django.utils.translation import get_language

from accounts.models import Office
from consultations.rehearsal import Rehearsal, RehearsedMail
from notifications.message import Rendered

ROWS = 50
PARTS = 3  # of what a page asks for: step, page of its mails, member


@dataclass(frozen=True, kw_only=True)
class Step:
    """One step: when it first and last leaves (aware UTC), from which template, its mails."""

    step: str
    template: str
    first_at: datetime
    last_at: datetime
    mails: Sequence[RehearsedMail]

    @property
    def days_before(self) -> int | None:
        """Days before closing for a reminder, None for a notice."""
        return self.mails[0].days_before

    @property
    def offices(self) -> int:
        """Number of offices."""
        return len({mail.office.code for mail in self.mails})


@dataclass(frozen=True, kw_only=True)
class Look:
    """What is shown of a rehearsal. `show` is what the page asks for to come back to the same rows."""

    rehearsal: Rehearsal
    steps: Sequence[Step]
    step: Step | None
    page: Page | None
    mail: RehearsedMail | None
    rendered: Rendered | None

    @property
    def languages(self) -> list[tuple[str, int]]:
        """Name of the language in the reader's own, number of mails."""
        names = dict(settings.LANGUAGES)
        return [(str(names[code]), count) for code, count in self.rehearsal.languages.items()]

    @property
    def rows(self) -> list[RehearsedMail]:
        """The mails of the page."""
        return list(self.page) if self.page else []

    @property
    def show(self) -> str:
        """Step and page, without a mail."""
        return f"{self.step.step}.{self.page.number}." if self.step and self.page else ""


def look(rehearsal: Rehearsal, wanted: str) -> Look:
    """What "<step>.<page>.<member>" asks for; whatever is not there gives the first step, the first page, no mail."""
    step_key, number, member = [*wanted.split("."), "", "", ""][:PARTS]
    steps = _steps(rehearsal)
    step = next((each for each in steps if each.step == step_key), steps[0] if steps else None)
    mails = step.mails if step else []
    mail = next((each for each in mails if str(each.member.pk) == member), None)
    return Look(
        rehearsal=rehearsal,
        steps=steps,
        step=step,
        page=Paginator(mails, ROWS).get_page(number) if step else None,
        mail=mail,
        rendered=mail.render() if mail else None,
    )


def rank(office: Office) -> float:
    """The place of an office in the alphabet of the active language."""
    return office.ranks.get(get_language() or "en", 0)


def _steps(rehearsal: Rehearsal) -> list[Step]:
    """In the order of time; the mails of each by the name of the office, as the reader's language sorts them."""
    found = []
    order = {step: number for number, step in enumerate(dict.fromkeys(mail.step for mail in rehearsal.mails))}
    for step, group in groupby(sorted(rehearsal.mails, key=lambda mail: order[mail.step]), attrgetter("step")):
        mails = sorted(group, key=lambda mail: (rank(mail.office), mail.office.code, mail.member.pk))
        found.append(
            Step(
                step=step,
                template=mails[0].template,
                first_at=min(mail.due_at for mail in mails),
                last_at=max(mail.due_at for mail in mails),
                mails=mails,
            )
        )
    return found
