"""One mail to one member, in the member's language: what all mails of the portal have in common."""

from __future__ import annotations

from typing import Any

from django.conf import settings

from accounts.models import Member
from notifications import outbox
from notifications.message import Kind, Message


def letter(name: str, context: dict[str, Any], member: Member | None, **fields: Any) -> Message:
    """The mail `name` ("<app>/<message>", see `outbox.render`) to a member, or in English to the Secretariat (None).

    Official mail whose replies go to the Secretariat, unless `fields`, which are those of Message, say otherwise.
    """
    language = member.language if member else settings.LANGUAGE_CODE
    rendered = outbox.render(name, context, language=language)
    addressed = {
        "kind": Kind.OFFICIAL,
        "to": member.email if member else settings.SECRETARIAT_EMAIL,
        "to_name": member.name if member else "",
        "language": language,
        "reply_to": settings.SECRETARIAT_EMAIL,
    }
    return Message(subject=rendered.subject, text=rendered.text, html=rendered.html, **(addressed | fields))
