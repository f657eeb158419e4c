"""Questions to the network in one line: asked, sent by the Secretariat, answered."""

from datetime import datetime, timedelta

from accounts.models import Member
from consultations.drafts import draft_of
from consultations.models import OfficeResponse, Release, Submission
from consultations.operations import release, save_draft_field
from groups.models import Group, Membership
from network.models import Question
from network.operations import FIELD, Asking, ask_network, submit_question_answer
from notifications.reminders import closing_instant
from tests.consultations.asking import response_of
from tests.factories import NOW, GroupFactory, MembershipFactory, UserFactory

CLOSES = closing_instant(NOW.date() + timedelta(days=13))
AFTER = CLOSES + timedelta(hours=1)
ASKING = Asking(title="Which search engine?", text="Which one does your office use, and why?", closes_at=CLOSES)
POSTED = {"title": ASKING.title, "text": ASKING.text, "closes_on": "2026-12-03"}


def seated(member: Member, **fields: object) -> Member:
    """The member, with a seat in the CIO Network."""
    group = Group.objects.filter(kind=Group.Kind.CIO_NETWORK).first() or GroupFactory(
        slug="cio-network", name="CIO Network", kind=Group.Kind.CIO_NETWORK
    )
    if not Membership.objects.current().filter(group=group, member=member).exists():
        MembershipFactory(group=group, member=member, **fields)
    return member


def asked(member: Member, asking: Asking = ASKING, now: datetime = NOW) -> Question:
    """A question of a member, who is given a seat; it waits for the Secretariat."""
    return ask_network(asking=asking, by=seated(member).user, now=now)


def waiting_of(question: Question) -> Release:
    """What waits for the Secretariat."""
    return Release.objects.waiting().select_related("round", "asked_by").get(round=question.round)


def sent(member: Member, asking: Asking = ASKING, now: datetime = NOW) -> Question:
    """The same, sent to offices."""
    question = asked(member, asking, now)
    release(release=waiting_of(question), by=UserFactory(is_staff=True), now=now)
    return Question.objects.select_related("round", "asked_by").get(pk=question.pk)


def write(question: Question, member: Member, text: str, now: datetime = NOW) -> OfficeResponse:
    """Writes in the draft of a member's office."""
    response = response_of(question.round, member.office)
    state = draft_of(response).fields.get(FIELD)
    seen = state.newest.number if state else 0
    save_draft_field(response=response, key=FIELD, value=text, seen=seen, by=member.user, now=now)
    return response


def submit(response: OfficeResponse, member: Member, now: datetime = NOW) -> Submission:
    """Submits the draft as it stands."""
    return submit_question_answer(
        response=response,
        seen_number=response.submissions.count(),
        seen_draft=draft_of(response).fingerprint,
        by=member.user,
        now=now,
    )


def answered(question: Question, member: Member, text: str = "One of our own.", now: datetime = NOW) -> Submission:
    """Writes and submits."""
    return submit(write(question, member, text, now), member, now)
