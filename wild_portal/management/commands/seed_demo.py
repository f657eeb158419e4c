"""`manage.py seed_demo [--stage before|open|closed] [--seed N]`: demonstration people and activity."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from wild_portal.demo import STAGES, seed


class Command(BaseCommand):
    """Makes what is missing of the demonstration; may be run at any time."""

    help = "Adds invented offices, people and a circulation to a demonstration site. Real offices stay as they are."

    def add_arguments(self, parser: CommandParser) -> None:
        """How far the circulation is, and the seed of the hours at which offices answered."""
        parser.add_argument("--stage", choices=STAGES, default="open")
        parser.add_argument("--seed", type=int, default=1, metavar="N")

    def handle(self, **options: Any) -> None:
        """Refuses on a site that is not a demonstration."""
        if not settings.DEMO:
            raise CommandError("This is not a demonstration site. Set DEMO=1 where invented data may be shown.")
        added = seed(stage=options["stage"], number=options["seed"], now=timezone.now())
        self.stdout.write(f"{added} members added")
