"""Data entry of the Secretariat; each module registers its own models."""

from meetings.admin import action_items, circulations, documents, sessions

__all__ = ["action_items", "circulations", "documents", "sessions"]
