"""What the Secretariat and the offices do with a round; everything here raises a Refusal or does it whole."""

from accounts.operations.refusals import Refusal
from consultations.obstacles import obstacles_to_opening
from consultations.operations.annexes import add_annex, remove_annex
from consultations.operations.answers import lock_for_submission, submit_answers
from consultations.operations.drafts import Edit, mark_opened, save_draft, save_draft_field
from consultations.operations.nudges import nudge_offices
from consultations.operations.on_behalf import AnsweredMeanwhile, Letter, NotReceivedThen, Said, record_on_behalf
from consultations.operations.refusals import (
    AlreadySubmitted,
    AskerHasLeft,
    DeadlineNotLater,
    DraftChanged,
    NobodyToAsk,
    NobodyToNudge,
    NotAuthorised,
    NotClosedYet,
    NotOfTheSecretariat,
    NotReadyToOpen,
    ReasonMissing,
    ReleaseOver,
    RoundChanged,
    RoundChangedSince,
    RoundClosed,
    SamePerson,
    SecondPersonNeeded,
    TooManyAnnexes,
    WaitsAlready,
)
from consultations.operations.releases import ask_release, release, withdraw_release
from consultations.operations.reminders import plan_round, queue_due_reminders
from consultations.operations.reopening import (
    AskedAlready,
    DeadlineOver,
    NotRunning,
    OfficeReasonMissing,
    add_addressee,
    reopen_response,
)
from consultations.operations.rounds import close_round, extend_round, open_round, publish_round
from consultations.operations.sign_offs import ask_to_read, sign_off

__all__ = [
    "AlreadySubmitted",
    "AnsweredMeanwhile",
    "AskedAlready",
    "AskerHasLeft",
    "DeadlineNotLater",
    "DeadlineOver",
    "DraftChanged",
    "Edit",
    "Letter",
    "NobodyToAsk",
    "NobodyToNudge",
    "NotAuthorised",
    "NotClosedYet",
    "NotOfTheSecretariat",
    "NotReadyToOpen",
    "NotReceivedThen",
    "NotRunning",
    "OfficeReasonMissing",
    "ReasonMissing",
    "Refusal",
    "ReleaseOver",
    "RoundChanged",
    "RoundChangedSince",
    "RoundClosed",
    "Said",
    "SamePerson",
    "SecondPersonNeeded",
    "TooManyAnnexes",
    "WaitsAlready",
    "add_addressee",
    "add_annex",
    "ask_release",
    "ask_to_read",
    "close_round",
    "extend_round",
    "lock_for_submission",
    "mark_opened",
    "nudge_offices",
    "obstacles_to_opening",
    "open_round",
    "plan_round",
    "publish_round",
    "queue_due_reminders",
    "record_on_behalf",
    "release",
    "remove_annex",
    "reopen_response",
    "save_draft",
    "save_draft_field",
    "sign_off",
    "submit_answers",
    "withdraw_release",
]
