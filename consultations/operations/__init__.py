"""What the Secretariat and the offices do with a round; everything here raises a Refusal or does it whole."""

from accounts.operations.refusals import Refusal
from consultations.obstacles import obstacles_to_opening
from consultations.operations.answers import lock_for_submission, submit_answers
from consultations.operations.drafts import Edit, mark_opened, save_draft, save_draft_field
from consultations.operations.refusals import (
    AlreadySubmitted,
    DeadlineNotLater,
    NotAuthorised,
    NotClosedYet,
    NotReadyToOpen,
    ReasonMissing,
    RoundChanged,
    RoundClosed,
)
from consultations.operations.reminders import plan_round, queue_due_reminders
from consultations.operations.rounds import close_round, extend_round, open_round, publish_round

__all__ = [
    "AlreadySubmitted",
    "DeadlineNotLater",
    "Edit",
    "NotAuthorised",
    "NotClosedYet",
    "NotReadyToOpen",
    "ReasonMissing",
    "Refusal",
    "RoundChanged",
    "RoundClosed",
    "close_round",
    "extend_round",
    "lock_for_submission",
    "mark_opened",
    "obstacles_to_opening",
    "open_round",
    "plan_round",
    "publish_round",
    "queue_due_reminders",
    "save_draft",
    "save_draft_field",
    "submit_answers",
]
