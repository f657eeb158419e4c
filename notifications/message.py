"""One mail to one person, as whoever owes it hands it over; nothing here knows what it is about."""

import hashlib
import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db.models import TextChoices
from django.utils.encoding import punycode
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

LONGEST_LINE = 250  # characters of a subject or a name; a mail client shows fewer
PAGE = re.compile(r"https?://[!-;=?-~]+")
METHODS = ("REQUEST", "CANCEL")  # what a calendar program is asked to do with the object of a mail (RFC 5546)
FORBIDDEN = {"Cc", "Cs", "Zl", "Zp"}  # control characters, lone surrogates, line and paragraph separators


class Kind(TextChoices):
    """How a reader gets rid of a mail, and what is done in doubt (reminders.md 3.6, decisions.md 19, 21)."""

    SECRET = "secret", pgettext_lazy("kind of message", "Secret")
    OFFICIAL = "official", _("Official")
    OPTIONAL = "optional", _("Optional")


URGENCY = {Kind.SECRET: 0, Kind.OFFICIAL: 1, Kind.OPTIONAL: 2}


class OptionalMail(TextChoices):
    """The purposes of optional mail; everybody may switch each one off."""

    NEWS = "news", _("News from the Secretariat")
    POSTS = "posts", _("New posts in your groups")
    READING = "reading", _("Drafts of your office that colleagues ask you to read")
    COMMENTS = "comments", _("Joined comments: which offices joined, what changed")


@dataclass(frozen=True, kw_only=True)
class Message:
    """A rendered mail, addressed to one person.

    `key` is written once for ever: the same debt has the same key. `subject_key` names what ends the debt. Instants are
    aware UTC: the mail is not sent before `not_before` nor from `expires_at` on. Official mail leads to `leave_url`,
    the page where the duty is handed over. `calendar` is an iCalendar object for the recipient, lines ended by CRLF,
    and `method` its METHOD. Raises ValueError for an unknown kind, a purpose of optional mail that cannot be switched
    off, a `leave_url` that is no address of a page, and a calendar object whose METHOD is not `method`.
    """

    key: str
    subject_key: str
    kind: str
    to: str
    to_name: str = ""
    language: str
    subject: str
    text: str
    html: str = ""
    calendar: str = ""
    method: str = ""
    step: str = ""
    purpose: str
    expires_at: datetime | None
    not_before: datetime | None = None
    leave_url: str = ""
    reply_to: str = ""

    def __post_init__(self) -> None:
        if self.kind not in Kind.values:
            raise ValueError(f"{self.kind!r} is no kind of mail")
        if self.kind == Kind.OPTIONAL and self.purpose not in OptionalMail.values:
            raise ValueError(f"{self.purpose!r} is no optional mail that could be switched off")
        if self.leave_url and not PAGE.fullmatch(self.leave_url):
            raise ValueError(f"{self.leave_url!r} is no address of a page")
        if (self.calendar or self.method) and not self._has_its_method:
            raise ValueError(f"{self.method!r} is not what the calendar object asks for")

    @property
    def _has_its_method(self) -> bool:
        return self.method in METHODS and f"\r\nMETHOD:{self.method}\r\n" in self.calendar


@dataclass(frozen=True)
class Rendered:
    """What a mail says, in one language."""

    subject: str
    text: str
    html: str


def one_line(text: str) -> str:
    """Text fit for a header: one line without control characters, cut to what a reader sees."""
    plain = "".join(" " if unicodedata.category(char) in FORBIDDEN else char for char in text[: 20 * LONGEST_LINE])
    line = " ".join(plain.split())
    return line if len(line) <= LONGEST_LINE else f"{line[: LONGEST_LINE - 1].rstrip()}…"


def clean(text: str) -> str:
    """Text fit for a body: line ends as \\n, no other control characters, never more than one empty line."""
    lines = re.sub(r"\r\n?|[\x0b\x0c\x1c-\x1e\x85\u2028\u2029]", "\n", text).split("\n")
    kept = ((line if line.isprintable() else "".join(filter(_is_text, line))).rstrip() for line in lines)
    return re.sub(r"\n{3,}", "\n\n", "\n".join(kept)).strip() + "\n"


def _is_text(char: str) -> bool:
    return char == "\t" or unicodedata.category(char) not in FORBIDDEN


def mailbox(address: str) -> str | None:
    """An address as a relay takes it: seven bits, an international domain in its ASCII form; None where it is none."""
    address = address.strip()
    try:
        validate_email(address)
        local, domain = address.rsplit("@", 1)
        plain = f"{local}@{punycode(domain)}"
    except (ValidationError, UnicodeError):
        return None
    return plain if plain.isascii() else None


def address_hash(address: str) -> str:
    """What stands for an address where it need not be readable: links, suppressions, preferences."""
    return hashlib.sha256(address.strip().lower().encode("utf-8", "replace")).hexdigest()
