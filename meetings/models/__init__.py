"""What happens in a room and what follows from it."""

from meetings.models.action_items import ActionItem, ActionUpdate
from meetings.models.circulations import Circulation, CirculationItem, Disposition, Endorsement, ItemAnswer
from meetings.models.decisions import Objection, SilenceEntry, SilenceProcedure
from meetings.models.delegations import Delegation, Participant
from meetings.models.documents import Document, DocumentFile, Passage
from meetings.models.group_meetings import AgendaItem, AgreedPoint
from meetings.models.reports import GroupReport
from meetings.models.sessions import Day, MeetingSeries, Officer, Presentation, Session, Suggestion, Theme

__all__ = [
    "ActionItem",
    "ActionUpdate",
    "AgendaItem",
    "AgreedPoint",
    "Circulation",
    "CirculationItem",
    "Day",
    "Delegation",
    "Disposition",
    "Document",
    "DocumentFile",
    "Endorsement",
    "GroupReport",
    "ItemAnswer",
    "MeetingSeries",
    "Objection",
    "Officer",
    "Participant",
    "Passage",
    "Presentation",
    "Session",
    "SilenceEntry",
    "SilenceProcedure",
    "Suggestion",
    "Theme",
]
