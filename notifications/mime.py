"""The bytes of one message: made once, equal in every attempt (reminders.md 3.11, decisions.md 21)."""

from collections.abc import Iterator
from datetime import datetime
from email.charset import BASE64, QP, Charset
from email.generator import BytesGenerator
from email.header import Header
from email.mime.base import MIMEBase
from email.mime.multipart import MIMEMultipart
from email.mime.nonmultipart import MIMENonMultipart
from email.policy import compat32
from email.utils import format_datetime, parseaddr
from io import BytesIO

from django.conf import settings

from notifications.links import preferences_url
from notifications.message import Kind, Message, clean, mailbox, one_line

UTF8 = Charset("utf-8")
UTF8.body_encoding = QP  # seven bits: no relay has a reason to change a byte
OCTETS = Charset("utf-8")
OCTETS.body_encoding = BASE64  # a calendar object arrives octet for octet: its lines are folded by the octet
CALENDAR_FILE = "invite.ics"
WIRE = compat32.clone(linesep="\r\n", max_line_length=0)  # headers leave as they are written here


def build(message: Message, *, message_id: str, number: str, now: datetime) -> bytes:
    """The message with its headers, lines ended by CRLF; `number` names its row, `now` (aware) is its Date.

    `message.to` must have passed `mailbox`.
    """
    mail = _body(message, number)
    mail["Subject"] = _words("Subject", one_line(message.subject))
    mail["From"] = _person("From", *parseaddr(settings.DEFAULT_FROM_EMAIL))
    mail["To"] = _person("To", message.to_name, mailbox(message.to) or "")
    mail["Reply-To"] = _person("Reply-To", *parseaddr(message.reply_to or settings.SECRETARIAT_EMAIL))
    mail["Message-ID"] = message_id
    mail["Date"] = format_datetime(message.not_before or now)
    mail["Content-Language"] = message.language
    mail["Auto-Submitted"] = "auto-generated"
    mail["X-Auto-Response-Suppress"] = "All"
    mail["X-WILD-Delivery"] = number
    for name, value in _ways_out(message):
        mail[name] = value
    wire = BytesIO()
    BytesGenerator(wire, mangle_from_=False, policy=WIRE).flatten(mail)
    return wire.getvalue()


def _body(message: Message, number: str) -> MIMEBase:
    text = _text("plain", message.text)
    if not message.html and not message.calendar:
        return text
    both = MIMEMultipart("alternative", boundary=f"=_{number[:18]}")  # which quoted-printable text cannot contain
    both.attach(text)
    if message.html:
        both.attach(_text("html", message.html))
    return _with_calendar(both, message, number) if message.calendar else both


def _with_calendar(both: MIMEMultipart, message: Message, number: str) -> MIMEBase:
    """A calendar object twice, as Google's own mails carry it: the last alternative, which Outlook and Gmail turn into
    an invitation, and a file for programs that open attachments only (RFC 6047).
    """
    both.attach(_octets(MIMENonMultipart("text", "calendar", method=message.method), message.calendar))
    file = _octets(MIMENonMultipart("application", "ics", name=CALENDAR_FILE), message.calendar)
    file["Content-Disposition"] = f'attachment; filename="{CALENDAR_FILE}"'
    whole = MIMEMultipart("mixed", boundary=f"=_m{number[:17]}")
    whole.attach(both)
    whole.attach(file)
    return whole


def _octets(part: MIMENonMultipart, calendar: str) -> MIMENonMultipart:
    part.set_payload(calendar, OCTETS)
    return part


def _text(subtype: str, text: str) -> MIMEBase:
    part = MIMENonMultipart("text", subtype)
    part.set_payload(clean(text), UTF8)
    return part


def _words(name: str, text: str) -> str:
    """Words of a header; whatever a mail program could read as something else is encoded."""
    return text if text.isascii() and "=?" not in text else Header(text, UTF8, header_name=name).encode()


def _person(header: str, name: str, address: str) -> str:
    """A mailbox; the name is quoted or encoded, so no character of it can become another address."""
    name = one_line(name)
    words = _words(header, name)
    if words == name:
        words = '"' + name.replace("\\", "").replace('"', "'") + '"'
    return f"{words} <{address}>" if name else address


def _ways_out(message: Message) -> Iterator[tuple[str, str]]:
    """How the reader gets rid of such mail: one click if optional, the hand-over page if official, none if secret."""
    if message.kind == Kind.SECRET:
        return
    yield "List-Id", f"<{message.kind}.{settings.MAIL_DOMAIN}>"
    if message.kind == Kind.OPTIONAL:
        yield "List-Unsubscribe", f"<{preferences_url(message.to, message.purpose)}>"
        yield "List-Unsubscribe-Post", "List-Unsubscribe=One-Click"
    elif message.leave_url:
        yield "List-Unsubscribe", f"<{message.leave_url}>"
