"""What happens in a room and what follows from it."""

from meetings.models.action_items import ActionItem, ActionUpdate
from meetings.models.circulations import Circulation, CirculationItem, Disposition, Endorsement, ItemAnswer
from meetings.models.delegations import Delegation
from meetings.models.documents import Document, DocumentFile, Passage
from meetings.models.sessions import Day, Officer, Presentation, Session, Suggestion, Theme

__all__ = [
    "ActionItem",
    "ActionUpdate",
    "Circulation",
    "CirculationItem",
    "Day",
    "Delegation",
    "Disposition",
    "Document",
    "DocumentFile",
    "Endorsement",
    "ItemAnswer",
    "Officer",
    "Passage",
    "Presentation",
    "Session",
    "Suggestion",
    "Theme",
]
