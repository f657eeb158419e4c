"""`manage.py load_record`: offices, vocabulary, sessions, documents, action items and groups of the record."""

from typing import Any

import pghistory
from django.core.management.base import BaseCommand

from wild_portal.record import load


class Command(BaseCommand):
    """Takes the record over; may be run at any time."""

    help = "Adds what the record holds and the database does not. What exists, edited or not, is left as it is."

    def handle(self, **_options: Any) -> None:
        """Prints how many rows of each kind were added."""
        with pghistory.context(command="load_record"):
            added = load()
        for kind, count in sorted(added.items()):
            self.stdout.write(f"{kind}: {count} added")
        if not added.total():
            self.stdout.write("The record is complete; nothing was added.")
