"""What groups decide, report and agree, in the admin: looked at, and acted upon where nothing has to be typed."""

from collections.abc import Callable

import pytest
from django.test import Client

from accounts.models import Member
from groups.models import Group
from meetings.models import AgendaItem, AgreedPoint, GroupReport, MeetingSeries, Participant, Session, SilenceProcedure
from meetings.operations.silence import Change, break_silence, change_silence, conclude_due_procedures
from tests.factories import NOW, SessionFactory
from tests.meetings.circulating import text_of
from tests.meetings.deciding import AFTER, CLOSES, chair_of, crowd, group_of, opened, prepared
from tests.meetings.meeting import at, planned

Clients = Callable[[Member | None], Client]
NOTHING = "This was done or taken back in the meantime. Nothing was done twice."
LIST = "/admin/meetings/silenceprocedure/"
pytestmark = pytest.mark.django_db


@pytest.fixture
def group(ana: Member, chloe: Member) -> Group:
    return group_of(ana, chloe)


@pytest.fixture
def desk(staff2: Member, client_of: Clients) -> Client:
    """The second person of the Secretariat."""
    with at():
        return client_of(staff2)


def act(desk: Client, name: str, *procedures: SilenceProcedure) -> list[str]:
    """What the admin says after an action."""
    data = {"action": name, "_selected_action": [each.pk for each in procedures]}
    with at():
        answer = desk.post(LIST, data, follow=True)
    return [str(message) for message in answer.context["messages"]]


def leads_to(client: Client, page: str) -> str:
    """Where "view on site" ends."""
    url = client.get(page).context["absolute_url"]
    answer = client.get(url)
    return answer["Location"].removeprefix("http://testserver") if answer.status_code == 302 else url


# --- silence procedures -----------------------------------------------------------------------------------------------
def test_the_second_person_opens_by_an_action_and_the_first_does_not(
    group: Group, desk: Client, staff: Member, staff2: Member, client_of: Clients
) -> None:
    procedure = prepared(group, staff)
    with at():
        first = client_of(staff)
    assert act(first, "release", procedure) == [
        "Ways of working: You prepared this yourself: somebody else of the Secretariat opens it."
    ]
    assert act(desk, "release", procedure) == ["Ways of working: It is open. The notices are on their way."]
    procedure.refresh_from_db()
    assert (procedure.released_at, procedure.released_by) == (NOW, staff2.user)


def test_a_change_that_waits_is_confirmed_or_taken_back(
    group: Group, desk: Client, staff: Member, staff2: Member
) -> None:
    crowd(group, 10)
    first, second = opened(group, staff, staff2), opened(group, staff, staff2, title="Second")
    for each in (first, second):
        change_silence(procedure=each, change=Change(reason="A mistake."), by=staff.user, now=NOW)
    assert act(desk, "confirm", first) == ["Ways of working: It is done."]
    assert sorted(act(desk, "drop", second, first)) == ["Second: It is taken back.", f"Ways of working: {NOTHING}"]
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.withdrawn_at, second.withdrawn_at, second.asked_at) == (NOW, None, None)


def test_a_procedure_shows_objections_and_how_offices_stood(
    group: Group, desk: Client, staff: Member, staff2: Member, ana: Member
) -> None:
    procedure = opened(group, staff, staff2)
    break_silence(procedure=procedure, office=ana.office, reason="Too early for us.", by=ana.user, now=NOW)
    conclude_due_procedures(now=AFTER)
    with at():
        text = text_of(desk.get(f"{LIST}{procedure.pk}/change/"))
        listed = text_of(desk.get(LIST))
        page = leads_to(desk, f"{LIST}{procedure.pk}/change/")
    shown = ("Too early for us." in text, "Broke the silence" in text, "QN" in text, "Norland" in text)
    assert shown == (True, True, True, True)
    assert "Silence broken; not adopted" in listed
    assert page == f"/groups/ai-tools/decisions/{procedure.pk}/"


# --- reports and meetings ---------------------------------------------------------------------------------------------
def test_a_report_is_looked_at_and_presented_on_its_page(group: Group, desk: Client, olga: Member) -> None:
    chair_of(group, olga)
    session = SessionFactory(number=3, code="WILD/3")
    drafted = {"text": "## Meetings", "drafted_at": NOW, "drafted_by": olga.user}
    report = GroupReport.objects.create(group=group, session=session, **drafted)
    with at():
        text = text_of(desk.get(f"/admin/meetings/groupreport/{report.pk}/change/"))
        page = leads_to(desk, f"/admin/meetings/groupreport/{report.pk}/change/")
        listed = text_of(desk.get("/admin/meetings/groupreport/"))
    assert ("## Meetings" in text, "WILD/3" in listed) == (True, True)
    assert page == f"/groups/ai-tools/reports/{report.pk}/"


def test_a_meeting_of_a_group_shows_agenda_and_answers_and_is_changed_on_its_page(
    group: Group, desk: Client, staff: Member, ana: Member
) -> None:
    meeting = planned(group, staff.user)
    Participant.objects.create(session=meeting, member=ana, office=ana.office, status="confirmed", replied_at=NOW)
    item = meeting.agenda.get(order=1)
    AgreedPoint.objects.create(item=item, order=1, text="Circulate a draft")
    url = f"/admin/meetings/session/{meeting.pk}"
    with at():
        text = text_of(desk.get(f"{url}/change/"))
        point = text_of(desk.get(f"/admin/meetings/agendaitem/{item.pk}/change/"))
        places = [leads_to(desk, f"{url}/change/"), leads_to(desk, f"/admin/meetings/agendaitem/{item.pk}/change/")]
        refused = [desk.post(f"{url}/{page}/", {"name": "Other"}).status_code for page in ("change", "delete")]
        chosen = {"action": "delete_selected", "_selected_action": [meeting.pk], "post": "yes"}
        desk.post("/admin/meetings/session/", chosen)
    shown = [words in text for words in ("Fourth meeting", "Europe/Zurich", "Working arrangements", "Takes part")]
    assert (shown, "Circulate a draft" in point) == ([True] * 4, True)
    assert places == ["/groups/ai-tools/meetings/1/"] * 2
    assert (refused, Session.objects.get(pk=meeting.pk).name) == ([403, 403], "Fourth meeting")


def test_a_meeting_of_a_group_is_not_made_by_typing_a_session(desk: Client, group: Group) -> None:
    inlines = ("days", "themes", "officers", "suggestions")
    data = {f"{name}-{part}_FORMS": "0" for name in inlines for part in ("TOTAL", "INITIAL")}
    data |= {"kind": "group", "number": "1", "code": "G/1", "name": "By hand"}
    with at():
        answer = desk.post("/admin/meetings/session/add/", data | {"starts_on": "2026-12-01", "ends_on": "2026-12-01"})
    assert answer.status_code == 200
    assert list(answer.context["adminform"].form.errors) == ["kind"]
    assert not Session.objects.exists()


@pytest.mark.parametrize("table", ["silenceprocedure", "groupreport", "agendaitem", "participant", "meetingseries"])
def test_nothing_is_added_changed_or_deleted_by_typing(
    table: str, group: Group, desk: Client, staff: Member, ana: Member
) -> None:
    meeting = planned(group, staff.user)
    drafted = {"text": "Text", "drafted_at": NOW, "drafted_by": staff.user}
    rows = {
        "silenceprocedure": prepared(group, staff),
        "groupreport": GroupReport.objects.create(group=group, session=SessionFactory(), **drafted),
        "agendaitem": AgendaItem.objects.get(session=meeting, order=1),
        "participant": Participant.objects.create(session=meeting, member=ana, office=ana.office),
        "meetingseries": MeetingSeries.objects.create(group=group, name="Quarterly"),
    }
    row, url = rows[table], f"/admin/meetings/{table}"
    with at():
        seen = [desk.get(f"{url}/").status_code, desk.get(f"{url}/{row.pk}/change/").status_code]
        answers = [desk.post(f"{url}/{row.pk}/{page}/", {"post": "yes"}) for page in ("change", "delete")]
        answers.append(desk.post(f"{url}/add/", {}))
    assert (seen, [answer.status_code for answer in answers]) == ([200, 200], [403, 403, 403])
    assert type(row).objects.filter(pk=row.pk).exists()


def test_the_closing_instant_is_not_typed_over(group: Group, desk: Client, staff: Member, staff2: Member) -> None:
    procedure = opened(group, staff, staff2)
    with at():
        desk.post(f"{LIST}{procedure.pk}/change/", {"closes_at_0": "2027-01-01", "closes_at_1": "10:00"})
    assert SilenceProcedure.objects.get().closes_at == CLOSES
