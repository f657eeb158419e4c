"""Data entry of the Secretariat; each module registers its own models."""

from meetings.admin import action_items, circulations, decisions, documents, group_meetings, reports, sessions

__all__ = ["action_items", "circulations", "decisions", "documents", "group_meetings", "reports", "sessions"]
