"""The bytes of one message: made once, equal in every attempt (reminders.md 3.11, decisions.md 21)."""

from datetime import datetime
from email.charset import QP, Charset
from email.utils import format_datetime

from django.conf import settings
from django.core.mail import EmailMultiAlternatives

from notifications.links import preferences_url
from notifications.message import Kind, Message, clean, one_line

UTF8 = Charset("utf-8")
UTF8.body_encoding = QP  # seven bits: no relay has a reason to change a byte

LISTS = {Kind.OFFICIAL: "official", Kind.OPTIONAL: "optional"}


def build(message: Message, *, message_id: str, number: str, now: datetime) -> bytes:
    """The message with its headers, lines ended by CRLF; `number` names its row, `now` (aware) is its Date.

    `message.to` must have passed `mailbox`.
    """
    mail = EmailMultiAlternatives(
        subject=one_line(message.subject),
        body=clean(message.text),
        from_email=settings.DEFAULT_FROM_EMAIL,
        to=[address(message.to, message.to_name)],
        reply_to=[message.reply_to or settings.SECRETARIAT_EMAIL],
        headers={
            "Message-ID": message_id,
            "Date": format_datetime(message.not_before or now),
            "Content-Language": message.language,
            "Auto-Submitted": "auto-generated",
            "X-Auto-Response-Suppress": "All",
            "X-WILD-Delivery": number,
            **list_headers(message),
        },
    )
    mail.encoding = UTF8
    if message.html:
        mail.attach_alternative(clean(message.html), "text/html")
    return mail.message().as_bytes(linesep="\r\n")


def address(email: str, name: str = "") -> str:
    """A recipient as Django's mail reads it: the name in quotes, so no character of it can become another address."""
    quoted = one_line(name).replace("\\", "").replace('"', "'")
    return f'"{quoted}" <{email}>' if quoted else email


def list_headers(message: Message) -> dict[str, str]:
    """How the reader gets rid of such mail: one click if optional, the hand-over page if official, none if secret."""
    if message.kind == Kind.SECRET:
        return {}
    headers = {"List-Id": f"<{LISTS[message.kind]}.{settings.MAIL_DOMAIN}>"}
    if message.kind == Kind.OPTIONAL:
        headers["List-Unsubscribe"] = f"<{preferences_url(message.to, message.purpose)}>"
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    elif message.leave_url:
        headers["List-Unsubscribe"] = f"<{message.leave_url}>"
    return headers
