"""Home: what WILD is for a stranger; for everybody else what their office has to do."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import Member, Office
from consultations.models import OfficeResponse, Submission
from groups.models import Nomination
from tests.factories import CirculationFactory, OfficeResponseFactory, RoundFactory, SessionFactory, UserFactory
from wild_portal import record

ClientOf = Callable[[Member | None], Client]
pytestmark = pytest.mark.django_db


def asked(office: Office, title: str = "Next-step actions", days: int = 13) -> OfficeResponse:
    now = timezone.now()
    round = RoundFactory(
        opened_at=now - timedelta(days=5),
        opened_by=UserFactory(is_staff=True),
        closes_at=now + timedelta(days=days),
        titles={"en": title},
        sections=["a", "b"],
    )
    CirculationFactory(round=round)
    return OfficeResponseFactory(round=round, office=office, closes_at=round.closes_at)


def test_stranger_reads_what_wild_is(client_of: ClientOf) -> None:
    record.load()
    page = client_of(None).get("/").content.decode()
    for words in ("46", "Member States represented", "35", "Burkina Faso", "Czech Republic", "Dates not announced"):
        assert words in page
    assert (
        "Establishing a network of chief information and chief technology officers (CIO/CTO) among IP offices" in page
    )
    assert "What needs your office" not in page


def test_stranger_before_the_record_is_loaded_reads_written_sentences(client_of: ClientOf) -> None:
    page = client_of(None).get("/").content.decode()
    assert "No document is public yet." in page


def test_focal_point_sees_open_duties_by_deadline(client_of: ClientOf, ana: Member) -> None:
    asked(ana.office, "Later", days=20)
    asked(ana.office, "Sooner", days=3)
    page = client_of(ana).get("/").content.decode()
    assert page.index("Sooner") < page.index("Later")
    assert "2 answers are awaited." in page
    assert page.count("0 of 2 items saved.") == 2


def test_answered_duty_is_listed_as_done(client_of: ClientOf, ana: Member) -> None:
    response = asked(ana.office, "Feedback")
    Submission.objects.create(response=response, number=1, submitted_at=timezone.now(), submitted_by=ana.user)
    page = client_of(ana).get("/").content.decode()
    assert "Nothing is open for your office." in page
    assert "Answered (1)" in page


def test_colleague_sees_the_same_duties(client_of: ClientOf, ana: Member, bruno: Member) -> None:
    asked(ana.office, "Feedback on items")
    assert "Feedback on items" in client_of(bruno).get("/").content.decode()


def test_another_office_does_not(client_of: ClientOf, ana: Member, chloe: Member) -> None:
    asked(ana.office, "Feedback on items")
    page = client_of(chloe).get("/").content.decode()
    assert "Feedback on items" not in page
    assert "Nothing is open for your office." in page


def test_guest_is_told_what_guests_see(client_of: ClientOf, gustav: Member) -> None:
    page = client_of(gustav).get("/").content.decode()
    assert "You see the public pages and the groups that invited you." in page


def test_secretariat_sees_who_has_answered(client_of: ClientOf, staff: Member, ana: Member) -> None:
    asked(ana.office, "Feedback on items")
    page = client_of(staff).get("/").content.decode()
    assert "0 of 1 office has submitted." in page


def test_focal_point_sees_requests_to_join_of_the_own_office(client_of: ClientOf, ana: Member, chloe: Member) -> None:
    Nomination.objects.create(
        office=ana.office, family_name="Newcomer", email="new@qm.example", asked_at=timezone.now()
    )
    assert "Newcomer" in client_of(ana).get("/").content.decode()
    assert "Newcomer" not in client_of(chloe).get("/").content.decode()


def test_next_session_is_announced_once_it_is_published(client_of: ClientOf, ana: Member) -> None:
    ahead = timezone.now().date() + timedelta(days=100)
    session = SessionFactory(number=3, code="WILD/3", starts_on=ahead, ends_on=ahead, is_published=False)
    assert "WILD/3" not in client_of(ana).get("/").content.decode()
    session.is_published = True
    session.save(update_fields=["is_published"])
    assert "WILD/3" in client_of(ana).get("/").content.decode()


def test_post_is_refused(client_of: ClientOf, ana: Member) -> None:
    assert client_of(ana).post("/").status_code == 405


def test_number_of_queries_does_not_grow_with_duties(
    client_of: ClientOf, ana: Member, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    client, counts = client_of(ana), []
    client.get("/")  # the first request of a session notes where it comes from
    for number in (1, 3, 30):
        while OfficeResponse.objects.count() < number:
            asked(ana.office)
        with django_assert_max_num_queries(15) as captured:
            client.get("/")
        counts.append(len(captured))
    assert counts[0] == counts[1] == counts[2]
