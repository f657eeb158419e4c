"""Asking offices for one answer by a deadline: engine of circulations, surveys and questions (decisions.md 3, 4)."""

from consultations.models.drafts import DraftField
from consultations.models.responses import Annex, OfficeResponse, SignOff, Submission
from consultations.models.rounds import LAST_MILLISECOND, Extension, Release, Round, default_reminder_days

__all__ = [
    "LAST_MILLISECOND", "Annex", "DraftField", "Extension", "OfficeResponse", "Release", "Round", "SignOff",
    "Submission", "default_reminder_days",
]  # fmt: skip
