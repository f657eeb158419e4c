"""The admin of groups and nominations."""

from collections.abc import Callable
from datetime import date, datetime

import pytest
from django.test import Client

from accounts.models import Member, Office
from accounts.operations import Person
from groups.models import Membership, NextStep, Nomination, PostRevision, Subscription
from groups.operations.nominations import Wish, ask_to_join
from groups.operations.refusals import SeatTaken
from groups.operations.terms import take_seat
from tests.factories import GroupFactory, MembershipFactory, PostFactory, ThreadFactory
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


def seat_action(client: Client, action: str, *seats: Membership) -> list[str]:
    data = {"action": action, "_selected_action": [seat.pk for seat in seats]}
    response = client.post("/admin/groups/membership/", data, follow=True)
    return [str(message) for message in response.context["messages"]]


def test_the_secretariat_looks_after_seats_by_actions(admin: Client, ana: Member, gustav: Member) -> None:
    group = GroupFactory(name="AI Tools Collaboration Group")
    seat = MembershipFactory(group=group, member=ana, mandate_ends_on=date(2026, 12, 31))
    guest = MembershipFactory(group=group, member=gustav, role="guest")
    assert seat_action(admin, "prolong", seat) == ["1 seat is changed."]
    assert Membership.objects.get(pk=seat.pk).mandate_ends_on == date(2028, 12, 31)
    assert seat_action(admin, "appoint_vice_chair", seat, guest) == [
        "Gustav Beispiel, AI Tools Collaboration Group: Only the Chair of the group or the Secretariat can do this.",
        "1 seat is changed.",
    ]
    vice = Membership.objects.current().get(member=ana)
    assert (vice.role, seat_action(admin, "step_down", vice)) == ("vice_chair", ["1 seat is changed."])
    page = admin.get("/admin/groups/membership/").content.decode()
    assert ("Took up another role in the group" in page, "QM" in page) == (True, True)


def test_a_seat_is_looked_at_and_never_typed(admin: Client, ana: Member) -> None:
    seat = MembershipFactory(group=GroupFactory(), member=ana)
    url = f"/admin/groups/membership/{seat.pk}"
    assert "Ana Ejemplo" in admin.get(f"{url}/change/").content.decode()
    answers = [admin.post(f"{url}/change/", {"role": "chair"}), admin.post(f"{url}/delete/")]
    answers.append(admin.post("/admin/groups/membership/add/", {"role": "chair"}))
    assert ({answer.status_code for answer in answers}, Membership.objects.get().role) == ({403}, "member")


def test_what_no_form_shows_is_read_in_the_admin_too(admin: Client, ana: Member, staff: Member) -> None:
    seat = MembershipFactory(group=GroupFactory(), member=ana)
    end = {"until_on": date(2026, 11, 1), "ending": "removed", "ended_by": staff.user}
    Membership.objects.filter(pk=seat.pk).update(ended_reason="Moved to another service.", **end)
    page = admin.get(f"/admin/groups/membership/{seat.pk}/change/").content.decode()
    assert ("Moved to another service." in page, "staff@wild.example" in page) == (True, True)


def test_a_post_shows_what_it_said_before_and_how_members_hear_of_posts_is_listed(
    admin: Client, ana: Member, now: datetime
) -> None:
    post = PostFactory(thread=ThreadFactory(started_by=ana), text="As it is now.")
    PostRevision.objects.create(post=post, text="As it was before.", replaced_at=now)
    Subscription.objects.create(member=ana, group=post.thread.group, mode="weekly", mailed_until=now)
    page = admin.get(f"/admin/groups/post/{post.pk}/change/").content.decode()
    assert ("As it is now." in page, "As it was before." in page) == (True, True)
    listed = admin.get("/admin/groups/subscription/").content.decode()
    assert ("Once a week, what is new" in listed, "Ana Ejemplo" in listed) == (True, True)


def test_a_next_step_says_who_of_the_group_does_it(admin: Client, ana: Member, chloe: Member) -> None:
    group = GroupFactory(slug="quantum", name="Quantum Group")
    MembershipFactory(group=group, member=ana)
    data = {"slug": "quantum", "name": "Quantum Group", "kind": "focus_group", "focus_areas": "[]", "takeaways": "[]"}
    data |= {"next_steps-TOTAL_FORMS": 1, "next_steps-INITIAL_FORMS": 0, "next_steps-0-order": 1}
    data |= {"memberships-TOTAL_FORMS": 0, "memberships-INITIAL_FORMS": 0}
    data |= {"next_steps-0-text": "Meet", "next_steps-0-owner": ana.pk, "next_steps-0-due_on": "2026-12-01"}
    url = f"/admin/groups/group/{group.pk}/change/"
    for nobody in ("a\x00b", "1e3", "9" * 40, chloe.pk):
        (formset, _seats) = admin.post(url, data | {"next_steps-0-owner": nobody}).context["inline_admin_formsets"]
        assert list(formset.formset.forms[0].errors) == ["owner"]
    assert admin.post(url, data).status_code == 302
    step = group.next_steps.get()
    assert (step.text, step.owner, step.due_on) == ("Meet", ana, date(2026, 12, 1))


def test_a_group_needs_the_same_queries_for_any_number_of_steps(admin: Client, ana: Member) -> None:
    group = GroupFactory()

    def add(count: int) -> None:
        there = group.next_steps.count()
        steps = [NextStep(group=group, order=there + n, text="Meet", owner=ana) for n in range(1, count + 1)]
        NextStep.objects.bulk_create(steps)

    assert_same_number_of_queries(admin, f"/admin/groups/group/{group.pk}/change/", add)
