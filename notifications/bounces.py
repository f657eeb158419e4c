"""Mail that comes back: the address it comes back to, and what the report says (RFC 3464).

With BOUNCE_ADDRESS=bounce@wild.example each message leaves with a sender of its own, bounce+NUMBER.SEAL@wild.example.
The number names the row, the seal is ours: nobody can report about a message they did not get. Postfix gives what
arrives there to `manage.py bounce`.
"""

import hashlib
import re
import uuid
from collections.abc import Iterator
from email import message_from_bytes
from email.message import Message as Mail
from email.utils import parseaddr
from typing import NamedTuple

from django.conf import settings
from django.utils.crypto import constant_time_compare, salted_hmac

from notifications.message import one_line
from notifications.models import Bounce

SALT = "notifications.bounces"
SEALED = re.compile(r"\+([0-9a-f]{32})\.([0-9a-f]{20})@", re.IGNORECASE)
STATUS = re.compile(r"\b([45])\.\d{1,3}\.\d{1,3}\b")
ADDRESSED = ("X-Original-To", "Delivered-To", "To")
LONGEST = 1024 * 1024  # bytes of a report that are read; what a report says stands before what it returns


class Report(NamedTuple):
    """What a report says about one message, and what tells it from other reports."""

    kind: str
    code: str
    text: str
    sha256: str


def envelope_sender(message_id: str) -> str:
    """The address a message comes back to: its own where BOUNCE_ADDRESS is set, else that of DEFAULT_FROM_EMAIL."""
    if not settings.BOUNCE_ADDRESS:
        return parseaddr(settings.DEFAULT_FROM_EMAIL)[1]
    local, _, domain = settings.BOUNCE_ADDRESS.rpartition("@")
    number = uuid.UUID(message_id[1:].partition("@")[0]).hex
    return f"{local}+{number}.{_seal(number)}@{domain}"


def message_id_of(address: str) -> str | None:
    """The Message-ID that an address of ours names; None for one that was forged or never given."""
    found = SEALED.search(address)
    if not found:
        return None
    number, seal = found[1].lower(), found[2].lower()
    return f"<{uuid.UUID(number)}@{settings.MAIL_DOMAIN}>" if constant_time_compare(seal, _seal(number)) else None


def _seal(number: str) -> str:
    return salted_hmac(SALT, number, algorithm="sha256").hexdigest()[:20]


def addresses(report: bytes) -> Iterator[str]:
    """The addresses a report was sent to, the surest first."""
    mail = message_from_bytes(report)
    for name in ADDRESSED:
        yield from (str(value) for value in mail.get_all(name, []))


def read(report: bytes) -> Report | None:
    """What a report says; None for an auto-reply, good news and everything else that is no report of non-delivery."""
    mail = message_from_bytes(report)
    number = hashlib.sha256(str(mail["Message-ID"] or "").encode("utf-8", "replace") or report).hexdigest()
    said = [(_kind(fields), fields) for fields in _recipients(mail)]
    for kind in Bounce.Kind.values:  # the worst first
        for found, fields in said:
            if found == kind:
                diagnostic = one_line(str(fields["Diagnostic-Code"] or "")).partition(";")[2].strip()
                return Report(kind, _code(fields)[:20], diagnostic[:200], number)
    return None


def _recipients(mail: Mail) -> Iterator[Mail]:
    """The fields about each recipient, in whatever part of the report they stand."""
    for part in mail.walk():
        blocks = part.get_payload() if part.get_content_type() == "message/delivery-status" else None
        if isinstance(blocks, list):
            yield from (block for block in blocks if isinstance(block, Mail) and block["Action"])


def _code(fields: Mail) -> str:
    """The enhanced code, from the status or else from the other side's words; "" where there is none."""
    found = STATUS.search(str(fields["Status"] or "")) or STATUS.search(str(fields["Diagnostic-Code"] or ""))
    return found[0] if found else ""


def _kind(fields: Mail) -> str:
    action = str(fields["Action"]).strip().lower()
    if action == "failed":
        return Bounce.Kind.HARD if _code(fields).startswith("5") else Bounce.Kind.SOFT
    return Bounce.Kind.DELAYED if action == "delayed" else ""
