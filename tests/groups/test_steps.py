"""The checklist of a group: who runs it ticks off, and takes that back."""

from collections.abc import Callable, Iterator
from datetime import datetime

import pytest
import time_machine
from django.test import Client

from accounts.models import Member
from groups.models import Group, NextStep
from groups.operations.refusals import NotOfTheGroup, StepChanged
from groups.operations.steps import take_up_again, tick_off
from tests.factories import GroupFactory, MembershipFactory
from tests.pages import text_of

ClientOf = Callable[[Member | None], Client]
PAGE = "/groups/ai-tools/"
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def stopped_clock(now: datetime) -> Iterator[None]:
    """Pages read the clock; here it stands."""
    with time_machine.travel(now, tick=False):
        yield


@pytest.fixture
def group(ana: Member, olga: Member) -> Group:
    """Ana sits in it; Olga is its Chair."""
    group = GroupFactory(slug="ai-tools", name="AI Tools Collaboration Group")
    MembershipFactory(group=group, member=ana)
    MembershipFactory(group=group, member=olga, role="chair")
    return group


@pytest.fixture
def step(group: Group) -> NextStep:
    return NextStep.objects.create(group=group, order=1, text="Meet each quarter")


def ticked(client: Client, step: NextStep, do: str = "done") -> list[str]:
    """What the page of the group says afterwards."""
    response = client.post(f"{PAGE}steps/{step.pk}/", {"do": do}, follow=True)
    assert response.redirect_chain == [(f"{PAGE}#steps", 302)]
    return [str(message) for message in response.context["messages"]]


def state_of(step: NextStep) -> tuple[datetime | None, str]:
    step.refresh_from_db()
    return step.done_at, step.done_by.email if step.done_by else ""


def test_the_chair_and_the_secretariat_tick_off_and_take_that_back(
    step: NextStep, olga: Member, staff: Member, now: datetime, client_of: ClientOf
) -> None:
    assert "not done Meet each quarter Tick off : Meet each quarter" in text_of(client_of(olga).get(PAGE))
    assert (ticked(client_of(olga), step), state_of(step)) == (["The step is done."], (now, olga.email))
    assert "done Meet each quarter Take up again : Meet each quarter" in text_of(client_of(staff).get(PAGE))
    assert ticked(client_of(staff), step, "again") == ["The step is to be done again."]
    assert state_of(step) == (None, "")


def test_who_comes_second_is_told(step: NextStep, olga: Member, staff: Member, client_of: ClientOf) -> None:
    ticked(client_of(olga), step)
    assert ticked(client_of(staff), step) == ["This has changed in the meantime. Nothing was changed."]
    assert state_of(step)[1] == olga.email


def test_a_member_reads_the_list_and_ticks_nothing_off(
    step: NextStep, ana: Member, chloe: Member, client_of: ClientOf
) -> None:
    assert "Tick off" not in text_of(client_of(ana).get(PAGE))
    assert client_of(ana).post(f"{PAGE}steps/{step.pk}/").status_code == 403
    assert client_of(chloe).post(f"{PAGE}steps/{step.pk}/").status_code == 404
    assert client_of(ana).post(f"{PAGE}steps/987654321/").status_code == 404
    assert client_of(ana).get(f"{PAGE}steps/{step.pk}/").status_code == 405
    assert state_of(step) == (None, "")


def test_a_step_of_another_group_is_absent(olga: Member, group: Group, client_of: ClientOf) -> None:
    other = NextStep.objects.create(group=GroupFactory(), order=1, text="Elsewhere")
    assert client_of(olga).post(f"{PAGE}steps/{other.pk}/").status_code == 404
    assert state_of(other) == (None, "")


def test_the_operations_say_why_not(step: NextStep, ana: Member, olga: Member, now: datetime) -> None:
    with pytest.raises(NotOfTheGroup):
        tick_off(step=step, by=ana.user, now=now)
    with pytest.raises(StepChanged):
        take_up_again(step=step, by=olga.user)
    assert tick_off(step=step, by=olga.user, now=now).done_at == now
    assert take_up_again(step=step, by=olga.user).done_at is None
