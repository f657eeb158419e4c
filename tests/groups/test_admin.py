"""The admin of groups and nominations."""

from collections.abc import Callable
from datetime import datetime

import pytest
from django.test import Client

from accounts.models import Member, Office
from accounts.operations import Person
from groups.models import Nomination
from groups.operations.nominations import Wish, ask_to_join
from groups.operations.refusals import SeatTaken
from groups.operations.terms import take_seat
from tests.factories import GroupFactory, MembershipFactory
from tests.queries import assert_same_number_of_queries

ClientOf = Callable[[Member | None], Client]


@pytest.fixture
def admin(staff: Member, client_of: ClientOf) -> Client:
    return client_of(staff)


def ask(office: Office, number: int, now: datetime) -> Nomination:
    person = Person(family_name=f"Modelo {number}", email=f"carla{number}@qm.example")
    return ask_to_join(office=office, wish=Wish(person=person, role="alternate"), now=now)


def accept(client: Client, rows: list[Nomination]) -> list[str]:
    data = {"action": "accept", "_selected_action": [row.pk for row in rows]}
    response = client.post("/admin/groups/nomination/", data, follow=True)
    return [str(message) for message in response.context["messages"]]


def test_the_secretariat_accepts_by_an_action(admin: Client, meridia: Office, now: datetime) -> None:
    first, second = ask(meridia, 1, now), ask(meridia, 2, now)
    assert accept(admin, [first]) == ["1 person is accepted."]
    assert accept(admin, [first, second]) == [
        "Modelo 1: This was decided in the meantime. Nothing was changed.",
        "1 person is accepted.",
    ]
    assert list(Member.objects.of_office("QM").values_list("role", flat=True)) == ["alternate", "alternate"]


def test_one_person_accepts_at_most_ten(admin: Client, meridia: Office, now: datetime) -> None:
    rows = [ask(meridia, number, now) for number in range(11)]
    assert accept(admin, rows) == ["Choose at most 10 people at a time."]
    assert Nomination.objects.pending().count() == 11


def test_a_nomination_is_looked_at_and_never_typed(admin: Client, meridia: Office, now: datetime) -> None:
    nomination = ask(meridia, 1, now)
    url = f"/admin/groups/nomination/{nomination.pk}"
    assert "Modelo 1" in admin.get(f"{url}/change/").content.decode()
    answers = [admin.post(f"{url}/change/", {"decision": "accepted"}), admin.post(f"{url}/delete/")]
    answers.append(admin.post("/admin/groups/nomination/add/", {"family_name": "X"}))
    assert {answer.status_code for answer in answers} == {403}
    assert Nomination.objects.get().decision == ""


def test_groups_show_steps_and_seats_and_are_never_deleted(admin: Client, ana: Member) -> None:
    group = GroupFactory(slug="ai-tools", name="AI Tools Collaboration Group")
    MembershipFactory(group=group, member=ana)
    page = admin.get(f"/admin/groups/group/{group.pk}/change/").content.decode()
    assert ("AI Tools Collaboration Group" in page, "Ana Ejemplo" in page) == (True, True)
    assert admin.post(f"/admin/groups/group/{group.pk}/delete/").status_code == 403


def test_a_seat_is_taken_once(ana: Member, now: datetime) -> None:
    group = GroupFactory()
    take_seat(group=group, member=ana, role="member", now=now)
    with pytest.raises(SeatTaken, match="has a seat in the group already"):
        take_seat(group=group, member=ana, role="chair", now=now)


def test_the_list_needs_the_same_queries_for_any_number_of_nominations(
    admin: Client, meridia: Office, now: datetime
) -> None:
    def add(count: int) -> None:
        there = Nomination.objects.count()
        for number in range(there, there + count):
            ask(meridia, number, now)

    assert_same_number_of_queries(admin, "/admin/groups/nomination/", add)


@pytest.mark.parametrize("nonsense", ["2026-02-30", "a\x00b", "9" * 40, "[["])
def test_a_seat_for_nobody_is_refused_at_its_field(nonsense: str, admin: Client, ana: Member) -> None:
    group = GroupFactory()
    seat = MembershipFactory(group=group, member=ana)
    data = {"slug": group.slug, "name": group.name, "kind": group.kind, "focus_areas": "[]", "takeaways": "[]"}
    for prefix, count in (("next_steps", 0), ("memberships", 1)):
        data |= {f"{prefix}-TOTAL_FORMS": count, f"{prefix}-INITIAL_FORMS": count}
    data |= {"memberships-0-id": seat.pk, "memberships-0-group": group.pk, "memberships-0-member": nonsense}
    response = admin.post(f"/admin/groups/group/{group.pk}/change/", data)
    assert response.status_code == 200
    assert "member" in response.context["inline_admin_formsets"][1].formset.errors[0]
