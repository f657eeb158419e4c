"""The mail about a question that the Secretariat has not sent, in the asker's language."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings

from accounts.models import Member
from consultations.models import Release
from network.models import Question
from notifications import outbox
from notifications.message import Kind, Message

NOTICE_KEEPS = timedelta(days=14)


def sent_back_message(question: Question, release: Release, reason: str, now: datetime) -> Message:
    """Tells who asked that the question was not sent to offices, and why; they can change it and ask again."""
    member: Member = question.asked_by
    context = {
        "question": question,
        "reason": reason,
        "to_name": member.name,
        "page_url": settings.SITE_URL + question.get_absolute_url(),
        "leave_url": "",
    }
    rendered = outbox.render("network/sent_back", context, language=member.language)
    return Message(
        key=f"question:{question.pk}:sent-back:{release.pk}",
        subject_key=f"question:{question.pk}",
        kind=Kind.OFFICIAL,
        to=member.email,
        to_name=member.name,
        language=member.language,
        subject=rendered.subject,
        text=rendered.text,
        html=rendered.html,
        purpose="sent_back",
        expires_at=now + NOTICE_KEEPS,
        reply_to=settings.SECRETARIAT_EMAIL,
    )
