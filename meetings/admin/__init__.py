"""Data entry of the Secretariat; each module registers its own models."""

from meetings.admin import circulations

__all__ = ["circulations"]
