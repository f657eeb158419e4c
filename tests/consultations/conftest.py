"""Answering in one line."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from accounts.models import Member, Office
from consultations.emails import Line, Part
from consultations.models import Round, Submission
from consultations.operations import submit_answers
from tests.consultations.asking import response_of
from tests.factories import NOW, MemberFactory

SUMMARY = [Part(key="a", heading="Heading a", lines=[Line(label="Position", text="supports")])]


@pytest.fixture
def answer() -> Callable[..., Submission]:
    """Submits for the office of a focal point, by default an hour before NOW."""

    def submit(round: Round, member: Member, now: datetime = NOW - timedelta(hours=1)) -> Submission:
        response = response_of(round, member.office)
        number = response.submissions.count()
        return submit_answers(response=response, seen_number=number, summary=SUMMARY, by=member.user, now=now)

    return submit


@pytest.fixture
def alba(meridia: Office) -> Member:
    """Alternate of Meridia, reads Arabic, lives in Tokyo."""
    return MemberFactory(
        office=meridia,
        role=Member.Role.ALTERNATE,
        given_name="Alba",
        family_name="Muestra",
        email="alba@qm.example",
        language="ar",
        time_zone="Asia/Tokyo",
    )
