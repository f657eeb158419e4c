"""A third focus group is a row, not a deployment: typed in the admin, then everything a group has is there."""

from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from urllib.parse import urlsplit

import pytest
import time_machine
from django.test import Client
from icalendar import Calendar

from accounts.links import invitation_url
from accounts.models import Invitation, Member, User
from groups.models import Group, Membership, Nomination, Post, Thread
from meetings.models import Session, SilenceProcedure
from notifications.models import Delivery
from tests.pages import assert_absent, text_of

ClientOf = Callable[[Member | None], Client]
TYPED = {
    **{"slug": "quantum", "name": "Quantum Computing Group", "kind": "focus_group"},
    **{"mandate": "To find out what the new machines mean for registers.", "focus_areas": "[]", "takeaways": "[]"},
    **{"next_steps-TOTAL_FORMS": "1", "next_steps-INITIAL_FORMS": "0"},
    **{"next_steps-0-order": "1", "next_steps-0-text": "Agree on working arrangements"},
    **{"memberships-TOTAL_FORMS": "0", "memberships-INITIAL_FORMS": "0"},
}
CARLA = {
    **{"given_name": "Carla", "family_name": "Modelo", "email": "carla@qm.example", "language": "en"},
    **{"role": "contributor", "seat": "member"},
}
MEETING = {
    **{"name": "First meeting", "mode": "online", "join_url": "https://meet.example/quantum", "agenda": "Next steps"},
    **{"day": "2026-12-08", "begins": "14:00", "ends": "15:00", "time_zone": "Europe/Zurich"},
    **{"rhythm": "0", "count": "4"},
}
PROPOSAL = {
    **{"subject": "text", "title": "Ways of working", "text": "We meet each quarter."},
    **{"closes_on": "2026-12-14", "closes_at": "18:00"},
}
PASSWORD = dict.fromkeys(("password1", "password2"), "a-long-and-rare-phrase-4711")


@pytest.fixture(autouse=True)
def stopped_clock(now: datetime) -> Iterator[None]:
    """Pages read the clock; here it stands."""
    with time_machine.travel(now, tick=False):
        yield


@pytest.fixture
def quantum(staff: Member, client_of: ClientOf) -> Group:
    """What the Secretariat types in the admin, and nothing else."""
    client = client_of(staff)
    assert client.get("/admin/groups/group/add/").status_code == 200
    response = client.post("/admin/groups/group/add/", TYPED)
    assert response.status_code == 302, response.context["adminform"].form.errors
    return Group.objects.get(slug="quantum")


@pytest.fixture
def carla(quantum: Group, ana: Member, staff: Member, client_of: ClientOf) -> Member:
    """Nominated by the focal point, accepted by the Secretariat, with a login from the invitation."""
    response = client_of(ana).post("/join/nominate/", CARLA | {"office": "QM", "groups": [quantum.pk]}, follow=True)
    assert [str(message) for message in response.context["messages"]] == ["The nomination is with the Secretariat."]
    url = f"/join/requests/{Nomination.objects.get().pk}/"
    client_of(staff).post(url, {"action": "accept", "role": "contributor"})
    carla = Member.objects.get(email="carla@qm.example")
    invitation = Invitation.objects.get(member=carla)
    assert Client().post(urlsplit(invitation_url(invitation)).path, PASSWORD).status_code == 302
    carla.refresh_from_db()
    return carla


def test_its_page_opens_for_all_and_stands_in_the_list(quantum: Group, ana: Member, client_of: ClientOf) -> None:
    for who in (None, ana):
        page = text_of(client_of(who).get("/groups/quantum/"))
        shown = ("Quantum Computing Group", "To find out what the new machines mean", "Agree on working arrangements")
        assert [words in page for words in shown] == [True, True, True]
        assert "Quantum Computing Group" in text_of(client_of(who).get("/groups/"))
    assert client_of(ana).get("/groups/quantum/discussions/").status_code == 404


def test_an_office_nominates_the_secretariat_accepts_and_the_newcomer_is_inside(
    quantum: Group, carla: Member, client_of: ClientOf
) -> None:
    seat = Membership.objects.get(group=quantum)
    assert (seat.member, seat.member.office_id, seat.role) == (carla, "QM", "member")
    assert (seat.since_on, seat.mandate_ends_on) == (date(2026, 11, 20), date(2028, 11, 20))
    assert User.objects.get(email="carla@qm.example") == carla.user
    client = client_of(carla)
    places = ("", "meetings/", "decisions/", "discussions/", "reports/", "mail/")
    assert [client.get(f"/groups/quantum/{place}").status_code for place in places] == [200] * 6
    assert "Carla Modelo" in text_of(client.get("/groups/quantum/"))


def test_the_newcomer_begins_a_discussion_and_others_hear_of_it(
    quantum: Group, carla: Member, chloe: Member, client_of: ClientOf
) -> None:
    Membership.objects.create(group=quantum, member=chloe, since_on=date(2026, 11, 1))
    words = {"title": "Who has a machine?", "text": "We have **none**.", "mentions": [chloe.pk]}
    response = client_of(carla).post("/groups/quantum/discussions/new/", words)
    thread, post = Thread.objects.get(), Post.objects.get()
    assert response["Location"].startswith(thread.get_absolute_url())
    assert (thread.group, post.text, post.author) == (quantum, "We have **none**.", carla)
    assert "<strong>none</strong>" in client_of(chloe).get(thread.get_absolute_url()).content.decode()
    assert list(Delivery.objects.filter(purpose="posts").values_list("to_address", flat=True)) == ["chloe@qn.example"]


def test_a_meeting_is_planned_and_stands_in_calendars(
    quantum: Group, carla: Member, staff: Member, client_of: ClientOf
) -> None:
    desk = client_of(staff)
    desk.post("/groups/quantum/meetings/new/", MEETING)
    meeting = Session.objects.get(group=quantum)
    assert (meeting.number, meeting.starts_at.isoformat()) == (1, "2026-12-08T13:00:00+00:00")
    desk.post("/groups/quantum/meetings/1/invite/", {"do": "now"})
    (mail,) = Delivery.objects.filter(purpose="meeting_invitation", to_address="carla@qm.example")
    assert "First meeting" in mail.subject
    file = client_of(carla).get("/groups/quantum/meetings/1/meeting.ics").content.decode()
    (event,) = Calendar.from_ical(file).walk("VEVENT")
    assert (str(event["UID"]), event.start) == (f"{meeting.uid}@localhost", meeting.starts_at)


def test_a_decision_is_taken_by_silence(
    quantum: Group, carla: Member, staff: Member, staff2: Member, now: datetime, client_of: ClientOf
) -> None:
    client_of(staff).post("/groups/quantum/decisions/new/", PROPOSAL)
    procedure = SilenceProcedure.objects.get(group=quantum)
    client_of(staff2).post(f"/groups/quantum/decisions/{procedure.pk}/release/")
    procedure.refresh_from_db()
    assert (procedure.released_at, procedure.released_by) == (now, staff2.user)
    assert procedure.closes_at - now == timedelta(days=24, hours=8)
    page = text_of(client_of(carla).get(procedure.get_absolute_url()))
    assert "To agree, do nothing." in page
    assert list(Delivery.objects.filter(step="opening").values_list("to_address", flat=True)) == ["carla@qm.example"]


def test_an_industry_specialist_is_invited_and_sees_this_group_alone(
    quantum: Group, gustav: Member, staff: Member, client_of: ClientOf
) -> None:
    assert_absent(client_of(gustav), "/groups/quantum/discussions/", "/groups/no-such-group/discussions/")
    person = {"given_name": "Gustav", "family_name": "Beispiel", "email": gustav.email, "language": "en"}
    response = client_of(staff).post("/groups/quantum/guests/", person)
    assert response.status_code == 302, response.context["form"].errors
    seat = Membership.objects.get(group=quantum)
    assert (seat.member, seat.role) == (gustav, "guest")
    assert client_of(gustav).get("/groups/quantum/discussions/").status_code == 200
