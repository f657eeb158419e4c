"""The meetings of the small world: to come, held, and one of a group too large for one person to mail."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings

from groups.models import Membership
from meetings.hours import Hours
from meetings.models import AgreedPoint, MeetingSeries, Participant, Session
from meetings.operations.group_meetings import AgendaLine, Details, plan_meeting
from tests import factories as make

if TYPE_CHECKING:
    from tests.world import World

AGENDA = [AgendaLine(title="Working arrangements"), AgendaLine(title="Next meetings")]


def meetings(world: World) -> None:
    """Prepared by `st`; nobody is invited yet."""
    group = world.things["group"]
    large = make.GroupFactory(slug="large-group", name="Large Group")
    office = make.OfficeFactory(code="QZ")
    for _ in range(settings.SECOND_PERSON_ABOVE):
        make.MembershipFactory(group=large, member=make.MemberFactory(office=office, user=None))
    make.MembershipFactory(group=large, member=world.members["ch"], role=Membership.Role.CHAIR)
    made = {name: _meeting(world, of) for name, of in (("meeting", group), ("held", group), ("large", large))}
    began = world.now - timedelta(days=3)
    Session.objects.filter(pk=made["held"].pk).update(starts_at=began, ends_at=began + timedelta(hours=1))
    item = made["held"].agenda.get(order=1)
    item.minutes = "What was said."
    item.save()
    world.things |= {f"{name}_meeting" if name != "meeting" else name: meeting for name, meeting in made.items()}
    MeetingSeries.objects.create(group=group, name="Quarterly meetings")
    gone = world.members["gm"]
    Participant.objects.create(
        session=made["held"], member=gone, office=gone.office, status=Participant.Status.ATTENDED
    )
    world.things["point"] = AgreedPoint.objects.create(item=item, order=1, text="Send a draft")


def _meeting(world: World, group: object) -> Session:
    begins = world.now + timedelta(days=13)
    hours = Hours(starts_at=begins, ends_at=begins + timedelta(hours=1), zone="Europe/Zurich")
    details = Details(name="A meeting", join_url="https://meet.example/wild")
    now = world.now - timedelta(days=9)
    return plan_meeting(group=group, details=details, hours=hours, agenda=AGENDA, by=world.user("st"), now=now)
