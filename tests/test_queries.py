"""A page with a list needs the same number of queries for one row, three and thirty, and never more than fifteen."""

from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from django.test import Client

from consultations.models import Submission
from groups.models import Nomination, PostRevision, Subscription
from meetings.models import (
    AgendaItem,
    GroupReport,
    ItemAnswer,
    MeetingSeries,
    Objection,
    Participant,
    Session,
    SilenceProcedure,
)
from tests import factories as make
from tests.factories import NOW
from tests.matrix import arguments
from tests.queries import assert_same_number_of_queries
from tests.routes import routes
from tests.world import World, build

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_now")]

Add = Callable[[World, int], object]


@pytest.fixture
def at_now() -> object:
    """The clock stands near NOW."""
    with time_machine.travel(NOW, tick=True) as clock:
        yield clock


def sessions(_world: World, count: int) -> None:
    """Published sessions."""
    make.SessionFactory.create_batch(count)


def documents(world: World, count: int) -> None:
    """Public documents of the session, each with a paragraph."""
    for _ in range(count):
        document = make.DocumentFactory(session=world.things["session"])
        make.PassageFactory(document=document)


def passages(world: World, count: int) -> None:
    """Paragraphs of a document, each with a point that is an action item."""
    document, session = world.things["public_document"], world.things["session"]
    for _ in range(count):
        paragraph = make.PassageFactory(document=document)
        point = make.PassageFactory(document=document, kind="point", parent=paragraph)
        make.ActionItemFactory(session=session, passage=point)


def actions(world: World, count: int) -> None:
    """Action items with an update."""
    for item in make.ActionItemFactory.create_batch(count, session=world.things["session"]):
        make.ActionUpdateFactory(item=item)


def updates(world: World, count: int) -> None:
    """Updates of one action item."""
    make.ActionUpdateFactory.create_batch(count, item=world.things["item"])


def delegations(world: World, count: int) -> None:
    """States at the session."""
    for office in _offices(count):
        make.DelegationFactory(session=world.things["session"], office=office)


def themes(world: World, count: int) -> None:
    """Days with a theme each."""
    for _ in range(count):
        day = make.DayFactory(session=world.things["session"])
        make.ThemeFactory(session=world.things["session"], day=day)


def _offices(count: int) -> list[object]:
    there = make.OfficeFactory._meta.model.objects.count()
    letters = [f"{a}{b}" for a in "UVWYZ" for b in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"]
    return [make.OfficeFactory(code=letters[there + number]) for number in range(count)]


def offices(_world: World, count: int) -> None:
    """Offices with a focal point."""
    for office in _offices(count):
        make.MemberFactory(office=office, role="focal_point")


def members(world: World, count: int) -> None:
    """Colleagues in the office."""
    make.MemberFactory.create_batch(count, office=world.things["office"])


def groups(world: World, count: int) -> None:
    """Groups in which the office sits."""
    for group in make.GroupFactory.create_batch(count):
        make.MembershipFactory(group=group, member=world.members["fo"])


def seats(world: World, count: int) -> None:
    """Members of a group."""
    make.MembershipFactory.create_batch(count, group=world.things["group"])


def circulations(world: World, count: int) -> None:
    """Open circulations that ask the office."""
    for _ in range(count):
        round_ = make.RoundFactory(opened=True, sections=["a"])
        round_.addressees.set([world.things["office"]])
        make.CirculationItemFactory(circulation=make.CirculationFactory(round=round_), key="a")
        make.OfficeResponseFactory(round=round_, office=world.things["office"])


def items(world: World, count: int) -> None:
    """Items of the open circulation."""
    circulation = world.things["open"]
    last = circulation.items.count()
    for number in range(last + 1, last + count + 1):
        make.CirculationItemFactory(circulation=circulation, order=number, key=f"i{number}")
    circulation.round.sections = list(circulation.items.order_by("order").values_list("key", flat=True))
    circulation.round.save(update_fields=["sections"])


def answers(world: World, count: int) -> None:
    """Offices that were asked and have answered, in the open and in the published circulation."""
    for office in _offices(count):
        member = make.MemberFactory(office=office, role="focal_point")
        for name in ("open", "published"):
            circulation = world.things[name]
            response = make.OfficeResponseFactory(round=circulation.round, office=office)
            submission = Submission.objects.create(
                response=response, number=1, submitted_at=NOW - timedelta(days=4), submitted_by=member.user
            )
            ItemAnswer.objects.bulk_create(
                ItemAnswer(submission=submission, item=item, position="supports", comment="Words")
                for item in circulation.items.all()
            )


def asked(world: World, count: int) -> None:
    """Offices that owe an answer to the open circulation."""
    for office in _offices(count):
        make.MemberFactory(office=office, role="focal_point")
        make.OfficeResponseFactory(round=world.things["open"].round, office=office)


def requests(world: World, count: int) -> None:
    """Requests to join the office, and as many that were decided."""
    for number in range(count):
        facts = {"office": world.things["office"], "family_name": f"Asker {number}", "asked_at": NOW}
        serial = Nomination.objects.count()
        Nomination.objects.create(email=f"asker{serial}@qm.example", **facts)
        decided = {"decision": "declined", "decided_at": NOW, "decided_by": world.user("st"), "reason": "Not now"}
        Nomination.objects.create(email=f"asker{serial}@qm.example", **facts, **decided)


def speakers(world: World, count: int) -> None:
    """Alternates of the office."""
    make.MemberFactory.create_batch(count, office=world.things["office"], role="alternate")


def terms(_world: World, count: int) -> None:
    """Terms of the vocabulary."""
    make.TermFactory.create_batch(count)


def threads(world: World, count: int) -> None:
    """Discussions of the group, each with two posts."""
    for thread in make.ThreadFactory.create_batch(count, group=world.things["group"]):
        make.PostFactory.create_batch(2, thread=thread)


def posts(world: World, count: int) -> None:
    """Posts with a file and a member named, by others, some of them hidden."""
    hidden = {"hidden_at": NOW, "hidden_by": world.user("ch"), "hidden_reason": "Names a person"}
    for number in range(count):
        author = make.MembershipFactory(group=world.things["group"]).member
        post = make.PostFactory(thread=world.things["thread"], author=author, **(hidden if number % 3 == 2 else {}))
        post.files.set(world.things["post"].files.all())
        post.mentions.add(world.members["gm"])


def revisions(world: World, count: int) -> None:
    """Earlier texts of a post."""
    for number in range(count):
        PostRevision.objects.create(post=world.things["post"], text=f"Before {number}", replaced_at=NOW)


def procedures(world: World, count: int) -> None:
    """What runs by silence procedure in the group, each with an objection."""
    for number in range(count):
        procedure = SilenceProcedure.objects.get(pk=world.things["silence"].pk)
        procedure.pk, procedure.title = None, f"Put to the members, {number}"
        procedure.save()
        said = {"office": world.things["office"], "objected_by": world.members["mo"], "reason": "Too early"}
        Objection.objects.create(procedure=procedure, objected_at=NOW, **said)


def objections(world: World, count: int) -> None:
    """Offices that sit in the group and object to what runs."""
    for office in _offices(count):
        member = make.MemberFactory(office=office)
        make.MembershipFactory(group=world.things["group"], member=member)
        said = {"office": office, "objected_by": member, "objected_at": NOW, "reason": "Too early"}
        Objection.objects.create(procedure=world.things["silence"], **said)


def sitting(world: World, count: int) -> None:
    """Members of the group, each of an office of its own."""
    for office in _offices(count):
        make.MembershipFactory(group=world.things["group"], member=make.MemberFactory(office=office))


def reports(world: World, count: int) -> None:
    """Reports of the group, each to a session of its own."""
    for session in make.SessionFactory.create_batch(count):
        drafted = {"text": "A report", "drafted_at": NOW, "drafted_by": world.user("ch")}
        GroupReport.objects.create(group=world.things["group"], session=session, **drafted)


def meetings(world: World, count: int) -> None:
    """Meetings of the group, each with an agenda, a series and an answer."""
    group, member = world.things["group"], world.members["gm"]
    last = Session.objects.of_group(group).count()
    for number in range(last + 1, last + count + 1):
        series = MeetingSeries.objects.create(group=group, name=f"Series {number}")
        hours = {"starts_at": NOW, "ends_at": NOW + timedelta(hours=1)}
        session = make.SessionFactory(
            kind="group", group=group, number=number, code=f"G/{number}", series=series, **hours
        )
        AgendaItem.objects.create(session=session, order=1, title=f"Item {number}")
        Participant.objects.create(session=session, member=member, office=member.office)


def subscriptions(world: World, count: int) -> None:
    """Members who have chosen how they hear of posts."""
    for _ in range(count):
        member = make.MemberFactory()
        Subscription.objects.create(member=member, group=world.things["group"], mailed_until=NOW)


# route, who looks, whose rows grow
PAGES: list[tuple[str, str, Add]] = [
    ("home", "an", actions),
    ("home", "fo", circulations),
    ("home", "fo", members),
    ("session_list", "an", sessions),
    ("session_detail", "an", themes),
    ("session_detail", "an", documents),
    ("session_detail", "an", actions),
    ("session_programme", "an", themes),
    ("session_documents", "fo", documents),
    ("session_participants", "fo", delegations),
    ("document_list", "fo", documents),
    ("document_detail", "an", passages),
    ("action_list", "an", actions),
    ("action_detail", "fo", updates),
    ("office_list", "fo", offices),
    ("office_detail", "fo", members),
    ("join_request_list", "fo", requests),
    ("join_request_list", "st", requests),
    ("circulation_list", "fo", circulations),
    ("circulation_list", "st", circulations),
    ("circulation_detail", "fo", items),
    ("circulation_detail", "st", items),
    ("circulation_answer", "fo", items),
    ("circulation_review", "fo", items),
    ("circulation_compilation", "st", answers),
    ("circulation_compilation", "st", items),
    ("circulation_reminders", "st", asked),
    ("circulation_disposition", "st", answers),
    ("circulation_outcome_text", "st", items),
    ("circulation_desk", "st", answers),
    ("circulation_on_behalf", "st", items),
    ("circulation_reopen", "st", speakers),
    ("circulation_nudge", "st", asked),
    ("circulation_release", "su", asked),
    ("hand_over", "fo", members),
    ("admin:accounts_office_changelist", "st", offices),
    ("admin:accounts_member_changelist", "st", members),
    ("admin:groups_group_changelist", "st", groups),
    ("admin:groups_nomination_changelist", "st", requests),
    ("admin:groups_thread_changelist", "st", threads),
    ("admin:groups_post_changelist", "st", posts),
    ("admin:groups_subscription_changelist", "st", subscriptions),
    ("admin:meetings_silenceprocedure_changelist", "st", procedures),
    ("admin:meetings_silenceprocedure_change", "st", objections),
    ("admin:meetings_groupreport_changelist", "st", reports),
    ("admin:meetings_agendaitem_changelist", "st", meetings),
    ("admin:meetings_participant_changelist", "st", meetings),
    ("admin:meetings_meetingseries_changelist", "st", meetings),
    ("admin:consultations_officeresponse_changelist", "st", answers),
    ("admin:library_term_changelist", "st", terms),
    ("admin:meetings_session_changelist", "st", sessions),
    ("admin:meetings_document_changelist", "st", documents),
    ("admin:meetings_actionitem_changelist", "st", actions),
    ("admin:meetings_circulation_changelist", "st", circulations),
    ("group_list", "fo", groups),
    ("group_seats", "st", seats),
    ("admin:groups_membership_changelist", "st", seats),
    ("group_detail", "fo", seats),
    ("thread_list", "gm", threads),
    ("thread_list", "st", threads),
    ("thread_new", "gm", seats),
    ("thread_detail", "gm", posts),
    ("thread_detail", "ch", posts),
    ("thread_detail", "st", posts),
    ("post_history", "gm", revisions),
    ("silence_list", "gm", procedures),
    ("silence_detail", "ch", objections),
    ("silence_detail", "st", objections),
    ("silence_new", "st", sitting),
    ("silence_release", "su", sitting),
    ("report_list", "gm", reports),
    ("report_new", "ch", sessions),
]


@pytest.mark.parametrize(("name", "actor", "add"), PAGES, ids=lambda value: getattr(value, "__name__", value))
def test_a_page_needs_the_same_queries_for_one_row_three_and_thirty(name: str, actor: str, add: Add) -> None:
    world = build()
    route = next(route for route in routes() if route.name == name)
    client = Client()
    if world.members[actor]:
        client.force_login(world.user(actor))

    assert_same_number_of_queries(client, route.url(**arguments(route, world)), lambda count: add(world, count))
