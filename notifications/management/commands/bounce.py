"""`manage.py bounce [ADDRESS]`: takes one returned mail from standard input, as Postfix pipes it."""

import sys
from argparse import ArgumentParser
from typing import BinaryIO

from django.core.management.base import BaseCommand
from django.db import DatabaseError
from django.utils import timezone

from notifications import operations
from notifications.bounces import LONGEST

TRY_AGAIN = 75  # EX_TEMPFAIL: Postfix keeps the mail and comes again


class Command(BaseCommand):
    """Ends with 0 whatever was wrong with the mail, so that a bounce of ours never bounces."""

    help = (
        "Reads a returned mail from standard input and notes it at the message it is about. Forged, unknown and "
        "automatic replies change nothing. Ends with 75 where the database does not answer."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The address it came to."""
        parser.add_argument("address", nargs="?", default="", help="the address it was sent to, ${original_recipient}")

    def handle(self, *, address: str, **_options: object) -> None:
        """Takes one report."""
        source: BinaryIO = sys.stdin.buffer
        report = source.read(LONGEST)
        while source.read(LONGEST):
            pass  # a writer whose pipe breaks would call it a failure
        try:
            self.stdout.write(operations.take_bounce(report=report, address=address, now=timezone.now()))
        except DatabaseError as error:
            self.stderr.write(f"The database does not answer: {error}")
            sys.exit(TRY_AGAIN)
