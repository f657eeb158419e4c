"""The pages of decisions by silence procedure: what members read, objecting in two steps, the Secretariat's acts."""

from collections.abc import Callable
from datetime import datetime

import pytest
import time_machine
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from accounts.models import Member
from groups.models import Group, Membership
from meetings.models import SilenceProcedure
from meetings.operations.silence import Change, break_silence, change_silence, conclude_due_procedures
from meetings.tasks import decide
from notifications.models import Delivery
from tests.factories import NOW, DocumentFactory, MembershipFactory
from tests.meetings.circulating import text_of
from tests.meetings.deciding import BEFORE, CLOSES, arrive, chair_of, crowd, group_of, mails, opened, prepared
from tests.queries import MOST, queries_and_length

pytestmark = pytest.mark.django_db
Clients = Callable[[Member | None], Client]
FORM = {"title": "Ways of working", "text": "We meet each quarter.", "closes_on": "2026-12-04", "closes_at": "18:00"}


@pytest.fixture
def group(ana: Member, chloe: Member) -> Group:
    return group_of(ana, chloe)


def page(procedure: SilenceProcedure, name: str = "") -> str:
    return f"/groups/ai-tools/decisions/{procedure.pk}/{name + '/' if name else ''}"


def get(client_of: Clients, member: Member | None, url: str, at: datetime = NOW) -> HttpResponse:
    with time_machine.travel(at, tick=False):
        return client_of(member).get(url)


def post(client_of: Clients, member: Member, url: str, *, at: datetime = NOW, **data: object) -> HttpResponse:
    with time_machine.travel(at, tick=False):
        return client_of(member).post(url, data)


# --- reading ----------------------------------------------------------------------------------------------------------
def test_a_member_reads_who_proposes_until_when_and_that_agreeing_needs_nothing(
    group: Group, ana: Member, chloe: Member, staff: Member, staff2: Member, client_of: Clients
) -> None:
    procedure = opened(group, staff, staff2, candidate=chloe, title="Confirm the Chair")
    arrive(procedure, "bounced", to_address="chloe@qn.example")
    text = text_of(get(client_of, ana, page(procedure)))

    assert "The Secretariat proposes Chloe Voorbeeld , Norland, as Chair of the group." in text
    assert "if no office objects before Friday 4 December 2026, 10:00 Geneva time (06:00 in Santiago)" in text
    assert "To agree, do nothing." in text
    assert "No objection so far. 1 of 2 offices were reached. Not yet reached: Norland." in text
    assert "Object or ask a question" in text
    assert "Prepared by" not in text


def test_the_page_is_there_for_seats_and_the_secretariat_alone(
    group: Group, ana: Member, gustav: Member, olga: Member, staff: Member, staff2: Member, client_of: Clients
) -> None:
    MembershipFactory(group=group, member=gustav, role=Membership.Role.GUEST)
    procedure = opened(group, staff, staff2)
    members = (ana, gustav, staff, olga, None)

    assert [get(client_of, each, page(procedure)).status_code for each in members] == [200, 200, 200, 404, 302]
    assert "Object or ask a question" not in text_of(get(client_of, gustav, page(procedure)))
    list_page = "/groups/ai-tools/decisions/"
    assert [get(client_of, each, list_page).status_code for each in members] == [200, 200, 200, 404, 302]
    assert client_of(ana).post(page(procedure)).status_code == 405


def test_what_is_in_preparation_is_for_the_secretariat(
    group: Group, ana: Member, staff: Member, staff2: Member, client_of: Clients
) -> None:
    procedure = prepared(group, staff)

    assert get(client_of, ana, page(procedure)).status_code == 404
    assert "Look at the notices and open it" in text_of(get(client_of, staff2, page(procedure)))
    own = text_of(get(client_of, staff, page(procedure)))
    assert "You prepared this yourself: somebody else of the Secretariat opens it." in own
    assert "Nothing has been put to the members" in text_of(get(client_of, ana, "/groups/ai-tools/decisions/"))


def test_a_procedure_is_not_read_through_another_group(
    group: Group, ana: Member, staff: Member, staff2: Member, client_of: Clients
) -> None:
    procedure = opened(group, staff, staff2)
    group_of(ana, slug="other")

    assert get(client_of, ana, f"/groups/other/decisions/{procedure.pk}/").status_code == 404


def test_the_reasons_are_for_the_chair_and_the_secretariat(
    group: Group, ana: Member, chloe: Member, olga: Member, staff: Member, staff2: Member, client_of: Clients
) -> None:
    chair_of(group, olga)
    procedure = opened(group, staff, staff2)
    break_silence(procedure=procedure, office=ana.office, reason="Our law forbids it", by=ana.user, now=NOW)
    readers = {each: text_of(get(client_of, each, page(procedure))) for each in (ana, chloe, olga, staff)}

    assert [each for each, text in readers.items() if "Our law forbids it" in text] == [ana, olga, staff]
    assert "1 office has objected: this will not be adopted." in readers[chloe]
    assert "Meridia" not in readers[chloe]
    assert "Object or ask a question" not in readers[ana]
    assert "Object or ask a question" in readers[chloe]


def test_afterwards_the_page_is_the_record(
    group: Group, ana: Member, olga: Member, staff: Member, staff2: Member, client_of: Clients
) -> None:
    chair_of(group, olga)
    procedure = opened(group, staff, staff2)
    arrive(procedure, "bounced", to_address="chloe@qn.example")
    assert "The result follows in a few minutes." in text_of(get(client_of, ana, page(procedure), CLOSES))
    conclude_due_procedures(now=CLOSES)
    member, chair = (text_of(get(client_of, each, page(procedure), CLOSES)) for each in (ana, olga))

    assert "Friday 4 December 2026, 10:00 Geneva time . No office objected before this instant." in member
    assert "Silent 2 Broke the silence 0 Not reached 1 Norland" in member
    assert "Silent 2 Belmora, Meridia Broke the silence 0 none Not reached 1 Norland" in chair
    assert "This is a silence procedure" not in member


def test_the_end_of_a_broken_and_of_a_withdrawn_one_is_said(
    group: Group, ana: Member, staff: Member, staff2: Member, client_of: Clients
) -> None:
    procedure, other = opened(group, staff, staff2), opened(group, staff, staff2)
    break_silence(procedure=procedure, office=ana.office, reason="No", by=ana.user, now=NOW)
    change_silence(procedure=other, change=Change(reason="A mistake"), by=staff.user, now=NOW)
    conclude_due_procedures(now=CLOSES)

    assert "1 office broke the silence." in text_of(get(client_of, ana, page(procedure), CLOSES))
    assert "Reason: A mistake" in text_of(get(client_of, ana, page(other), CLOSES))
    listed = text_of(get(client_of, ana, "/groups/ai-tools/decisions/", CLOSES))
    assert "Not adopted" in listed
    assert "Withdrawn" in listed


# --- objecting --------------------------------------------------------------------------------------------------------
def test_an_office_objects_in_two_steps_without_script(
    group: Group, ana: Member, staff: Member, staff2: Member, client_of: Clients
) -> None:
    procedure = opened(group, staff, staff2)
    url = page(procedure, "object")
    assert "Read it once more" in text_of(get(client_of, ana, url))

    read = post(client_of, ana, url, office="QM", reason="Too early", do="review")
    assert "Meridia objects. Read the reason once more" in text_of(read)
    assert procedure.objections.count() == 0
    again = post(client_of, ana, url, office="QM", reason="Too early", do="write")
    assert "Too early</textarea>" in again.content.decode()
    done = post(client_of, ana, url, office="QM", reason="Too early", do="confirm")
    assert done["Location"] == page(procedure)
    assert list(procedure.objections.values_list("office", "reason")) == [("QM", "Too early")]


def test_an_objection_after_the_deadline_is_refused_with_the_text_kept(
    group: Group, ana: Member, staff: Member, staff2: Member, client_of: Clients
) -> None:
    procedure = opened(group, staff, staff2)
    late = post(client_of, ana, page(procedure, "object"), at=CLOSES, office="QM", reason="Too late", do="confirm")

    assert late.status_code == 409
    assert "Objections were accepted until Friday 4 December 2026, 10:00 Geneva time" in text_of(late)
    assert "Too late</textarea>" in late.content.decode()
    assert procedure.objections.count() == 0
    closed = text_of(get(client_of, ana, page(procedure, "object"), CLOSES))
    assert "This procedure is not open: no objection is accepted." in closed
    in_time = post(client_of, ana, page(procedure, "object"), at=BEFORE, office="QM", reason="Just", do="confirm")
    assert in_time.status_code == 302


def test_an_office_that_has_objected_is_told_so(
    group: Group, ana: Member, bruno: Member, staff: Member, staff2: Member, client_of: Clients
) -> None:
    MembershipFactory(group=group, member=bruno)
    procedure = opened(group, staff, staff2)
    break_silence(procedure=procedure, office=ana.office, reason="No", by=ana.user, now=NOW)
    url = page(procedure, "object")

    assert "Your office has objected already." in text_of(get(client_of, bruno, url))
    again = post(client_of, bruno, url, office="QM", reason="No", do="confirm")
    assert (again.status_code, procedure.objections.count()) == (409, 1)


def test_guests_and_the_secretariat_do_not_object_and_others_do_not_find_it(
    group: Group, gustav: Member, olga: Member, staff: Member, staff2: Member, client_of: Clients
) -> None:
    MembershipFactory(group=group, member=gustav, role=Membership.Role.GUEST)
    procedure = opened(group, staff, staff2)
    found = [
        post(client_of, each, page(procedure, "object"), office="QM", reason="No", do="confirm").status_code
        for each in (gustav, staff, olga)
    ]

    assert found == [403, 403, 404]
    assert procedure.objections.count() == 0


def test_the_office_of_another_cannot_be_named(
    group: Group, ana: Member, staff: Member, staff2: Member, client_of: Clients
) -> None:
    procedure = opened(group, staff, staff2)
    answer = post(client_of, ana, page(procedure, "object"), office="QN", reason="No", do="confirm")

    assert (answer.status_code, procedure.objections.count()) == (200, 0)


@pytest.mark.parametrize("reason", ["", "  ", "a\x00b", "x" * 4001])
def test_a_reason_that_cannot_be_kept_is_refused_at_the_field(
    group: Group, ana: Member, staff: Member, staff2: Member, client_of: Clients, reason: str
) -> None:
    procedure = opened(group, staff, staff2)
    answer = post(client_of, ana, page(procedure, "object"), office="QM", reason=reason, do="confirm")

    assert "Not saved yet" in text_of(answer)
    assert procedure.objections.count() == 0


def test_who_sits_for_two_offices_chooses(
    group: Group, ana: Member, chloe: Member, staff: Member, staff2: Member, client_of: Clients
) -> None:
    Member.objects.filter(pk=chloe.pk).update(user=ana.user)
    procedure = opened(group, staff, staff2)
    url = page(procedure, "object")

    assert '<option value="QN">' in get(client_of, ana, url).content.decode()
    post(client_of, ana, url, office="QN", reason="No", do="confirm")
    assert list(procedure.objections.values_list("office", flat=True)) == ["QN"]


# --- the Secretariat --------------------------------------------------------------------------------------------------
def test_a_procedure_is_prepared_and_opened_by_two(
    group: Group, ana: Member, chloe: Member, staff: Member, staff2: Member, client_of: Clients
) -> None:
    asked = FORM | {"subject": "chair", "candidate": chloe.pk}
    done = post(client_of, staff, "/groups/ai-tools/decisions/new/", **asked)
    procedure = SilenceProcedure.objects.get()
    assert done["Location"] == page(procedure)
    assert (procedure.candidate, procedure.document) == (chloe, None)
    assert procedure.closes_at.isoformat() == "2026-12-04T17:00:00+00:00"

    shown = text_of(get(client_of, staff2, page(procedure, "release")))
    assert "2 messages" in shown
    assert "Meridia QM Ana Ejemplo English" in shown
    assert "To agree, do nothing." in shown
    own = post(client_of, staff, page(procedure, "release"))
    assert (own.status_code, mails(procedure, "opening")) == (409, {})
    assert post(client_of, staff2, page(procedure, "release"))["Location"] == page(procedure)
    assert len(mails(procedure, "opening")) == 2
    assert post(client_of, staff2, page(procedure, "release")).status_code == 409


def test_a_document_is_put_to_the_members(group: Group, staff: Member, client_of: Clients) -> None:
    document = DocumentFactory(group=group, kind="arrangements", visibility="group")
    hidden = DocumentFactory(group=group, kind="arrangements", visibility="staff")
    url = "/groups/ai-tools/decisions/new/"
    refused = post(client_of, staff, url, **FORM, subject="document", document=hidden.pk)
    missing = post(client_of, staff, url, **FORM, subject="document")
    post(client_of, staff, url, **FORM, subject="document", document=document.pk)

    assert "Not saved yet" in text_of(refused)
    assert "Choose one." in text_of(missing)
    assert SilenceProcedure.objects.get().document == document


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"closes_on": "2026-11-19"}, "This day is over."),
        ({"closes_on": "2029-01-01"}, "This day is more than a year away."),
        ({"closes_on": "2026-02-30"}, "Enter a valid date."),
        ({"closes_on": "2026-11-25"}, "A procedure of this group runs at least 10 days"),
        ({"closes_at": "25:00"}, "Enter a valid time."),
        ({"title": "a\x00b"}, "Null characters are not allowed."),
        ({"text": "x" * 20_001}, "at most 20000 characters"),
        ({"subject": "vote"}, "Select a valid choice."),
    ],
)
def test_what_cannot_be_prepared_is_said_at_the_field(
    group: Group, staff: Member, client_of: Clients, changed: dict[str, str], said: str
) -> None:
    answer = post(client_of, staff, "/groups/ai-tools/decisions/new/", **FORM | {"subject": "text"} | changed)

    assert said in text_of(answer)
    assert SilenceProcedure.objects.count() == 0


def test_the_words_of_a_former_one_are_taken_over(group: Group, staff: Member, client_of: Clients) -> None:
    procedure = prepared(group, staff)
    url = "/groups/ai-tools/decisions/new/?from="

    assert "We meet each quarter." in get(client_of, staff, f"{url}{procedure.pk}").content.decode()
    for other in ("0", "x", "１", "9" * 40):
        answer = get(client_of, staff, f"{url}{other}")
        assert answer.status_code == 200
        assert "We meet each quarter." not in answer.content.decode()


def test_members_and_guests_do_not_run_procedures(
    group: Group, ana: Member, olga: Member, staff: Member, staff2: Member, client_of: Clients
) -> None:
    procedure = opened(group, staff, staff2)
    urls = [page(procedure, name) for name in ("release", "extend", "withdraw", "confirm")]
    urls.append("/groups/ai-tools/decisions/new/")

    assert {get(client_of, each, url).status_code for each in (ana, olga) for url in urls} == {403}


def test_the_closing_instant_is_moved_with_a_reason(
    group: Group, ana: Member, staff: Member, staff2: Member, client_of: Clients
) -> None:
    procedure = opened(group, staff, staff2)
    url = page(procedure, "extend")
    earlier = post(client_of, staff, url, closes_on="2026-12-01", closes_at="18:00", reason="Holidays")
    assert (earlier.status_code, "Holidays</textarea>" in earlier.content.decode()) == (409, True)
    post(client_of, staff, url, closes_on="2026-12-18", closes_at="18:00", reason="Holidays")
    text = text_of(get(client_of, ana, page(procedure)))

    assert "The closing instant has moved" in text
    assert "Reason: Holidays" in text
    assert "Friday 18 December 2026, 18:00 Geneva time (14:00 in Santiago)" in text


def test_what_mails_many_waits_for_a_colleague(group: Group, staff: Member, staff2: Member, client_of: Clients) -> None:
    crowd(group, 9)
    procedure = opened(group, staff, staff2)
    asked = post(client_of, staff, page(procedure, "withdraw"), reason="A mistake")
    assert asked["Location"] == page(procedure)
    assert "it waits for somebody else of the Secretariat" in text_of(get(client_of, staff2, page(procedure)))
    own, other = (text_of(get(client_of, each, page(procedure, "confirm"))) for each in (staff, staff2))

    assert "Confirm and do it" not in own
    assert "It mails 11 persons." in other
    assert post(client_of, staff, page(procedure, "confirm"), do="confirm").status_code == 409
    assert post(client_of, staff2, page(procedure, "confirm"), do="confirm").status_code == 302
    assert len(mails(procedure, "withdrawn")) == 11
    assert "Nothing waits for a second person here." in text_of(get(client_of, staff, page(procedure, "confirm")))


def test_what_was_asked_for_is_taken_back(group: Group, staff: Member, staff2: Member, client_of: Clients) -> None:
    crowd(group, 9)
    procedure = opened(group, staff, staff2)
    post(client_of, staff, page(procedure, "withdraw"), reason="A mistake")
    post(client_of, staff, page(procedure, "confirm"), do="drop")
    procedure.refresh_from_db()

    assert (procedure.asked_change, procedure.withdrawn_at) == ("", None)


def test_a_page_of_a_large_group_needs_few_queries(
    group: Group, ana: Member, staff: Member, staff2: Member, client_of: Clients
) -> None:
    procedure = opened(group, staff, staff2)
    client = client_of(ana)
    with time_machine.travel(NOW, tick=False):
        client.get(page(procedure))
        few, _length = queries_and_length(client, page(procedure))
        crowd(group, 30)
        many, _length = queries_and_length(client, page(procedure))

    assert few == many <= MOST


# --- the clock --------------------------------------------------------------------------------------------------------
def test_the_clock_concludes_and_mails_what_is_owed(group: Group, ana: Member, staff: Member, staff2: Member) -> None:
    procedure = opened(group, staff, staff2)
    running = opened(group, staff, staff2)
    past = timezone.now()
    SilenceProcedure.objects.filter(pk=procedure.pk).update(closes_at=past)
    SilenceProcedure.objects.filter(pk=running.pk).update(closes_at=past.replace(year=2100))
    Delivery.objects.filter(key__startswith=f"silence:{running.pk}:").delete()
    decide()
    decide()
    procedure.refresh_from_db()

    assert (procedure.result, procedure.concluded_at) == ("adopted", past)
    assert (
        sorted(mails(procedure, "result"))
        == sorted(mails(running, "opening"))
        == ["ana@qm.example", "chloe@qn.example"]
    )


def test_a_clock_that_is_wrong_concludes_nothing(group: Group, staff: Member, staff2: Member) -> None:
    procedure = opened(group, staff, staff2)
    SilenceProcedure.objects.filter(pk=procedure.pk).update(closes_at=timezone.now().replace(year=2099))
    with time_machine.travel(timezone.now().replace(year=2100), tick=True):
        decide()
    procedure.refresh_from_db()

    assert procedure.concluded_at is None
