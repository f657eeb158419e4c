"""The mail about a question that the Secretariat has not sent, in the asker's language."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings

from accounts.letters import letter
from accounts.models import Member
from consultations.models import Release
from network.models import Question
from notifications.message import Message

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
    return letter(
        "network/sent_back",
        context,
        member,
        key=f"question:{question.pk}:sent-back:{release.pk}",
        subject_key=f"question:{question.pk}",
        purpose="sent_back",
        expires_at=now + NOTICE_KEEPS,
    )
