"""The pages of seats: the roster with mandates, one seat, guests, taking over a list."""

from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from accounts.models import Member
from accounts.operations import Person
from groups.models import Group, Membership, Nomination
from groups.operations.nominations import Wish, nominate
from tests.factories import GroupFactory, MemberFactory, MembershipFactory
from tests.pages import assert_absent, text_of
from tests.queries import assert_same_number_of_queries
from tests.world import let_go

ClientOf = Callable[[Member | None], Client]
SEATS = "/groups/ai-tools/seats/"
IMPORT = "/groups/ai-tools/import/"
NEXT_YEAR = date(2027, 11, 20)


@pytest.fixture(autouse=True)
def stopped_clock(now: datetime) -> Iterator[None]:
    """Pages read the clock; here it stands."""
    with time_machine.travel(now, tick=False):
        yield


@pytest.fixture
def group(db: None) -> Group:
    return GroupFactory(slug="ai-tools", name="AI Tools Collaboration Group")


@pytest.fixture
def seat(group: Group, bruno: Member) -> Membership:
    """Bruno sits for Meridia."""
    return MembershipFactory(group=group, member=bruno, mandate_ends_on=NEXT_YEAR)


@pytest.fixture
def chair(group: Group, olga: Member) -> Member:
    """Olga of Belmora presides, and her mandate ends soon."""
    MembershipFactory(group=group, member=olga, role="chair", mandate_ends_on=date(2026, 12, 31))
    return olga


def said(response: object) -> list[str]:
    return [str(message) for message in response.context["messages"]]


def names_on(client: Client) -> tuple[bool, bool]:
    page = client.get(SEATS).content.decode()
    return "Bruno Mithal" in page, "Olga Primer" in page


# --- the list ---------------------------------------------------------------------------------------------------------
def test_everybody_sees_the_seats_they_look_after(
    seat: Membership, chair: Member, ana: Member, chloe: Member, staff: Member, client_of: ClientOf
) -> None:
    assert [names_on(client_of(who)) for who in (chair, staff, ana, seat.member)] == [
        (True, True),
        (True, True),
        (True, False),
        (True, False),
    ]
    page = text_of(client_of(chloe).get(SEATS))
    assert "Your office has no seat in this group." in page


def test_a_mandate_that_ends_soon_is_marked_and_earlier_terms_are_kept(
    seat: Membership, chair: Member, client_of: ClientOf
) -> None:
    MembershipFactory(group=seat.group, member__office=chair.office, until_on=date(2026, 6, 1), ending="succeeded")
    page = text_of(client_of(chair).get(SEATS))
    assert (page.count("ends soon"), "Succeeded by a colleague" in page) == (1, True)


def test_the_list_is_not_there_for_others(
    group: Group, chair: Member, bruno: Member, gustav: Member, client_of: ClientOf
) -> None:
    for who in (bruno, gustav):
        assert_absent(client_of(who), SEATS, "/groups/no-such-group/seats/")
    assert Client().get(SEATS)["Location"].startswith("/accounts/login/")
    assert client_of(chair).post(SEATS).status_code == 405


def test_a_guest_sees_the_own_seat_alone(seat: Membership, gustav: Member, client_of: ClientOf) -> None:
    own = MembershipFactory(group=seat.group, member=gustav, role="guest")
    client = client_of(gustav)
    assert names_on(client) == (False, False)
    assert client.get(f"{SEATS}{own.pk}/").status_code == 200
    assert_absent(client, f"{SEATS}{seat.pk}/", f"{SEATS}987654321/")


def test_the_list_needs_the_same_queries_for_any_number_of_seats(
    group: Group, staff: Member, client_of: ClientOf
) -> None:
    assert_same_number_of_queries(
        client_of(staff), SEATS, lambda count: MembershipFactory.create_batch(count, group=group)
    )


# --- one seat ---------------------------------------------------------------------------------------------------------
def test_a_seat_shows_its_term_and_its_history(seat: Membership, ana: Member, client_of: ClientOf) -> None:
    before = MembershipFactory(
        group=seat.group, member=ana, until_on=date(2026, 1, 1), since_on=date(2025, 1, 1), ending="succeeded"
    )
    Membership.objects.filter(pk=seat.pk).update(follows=before)
    page = text_of(client_of(ana).get(f"{SEATS}{seat.pk}/"))
    assert ("20 November 2027" in page, "Ana Ejemplo Member; Succeeded by a colleague" in page) == (True, True)
    over = text_of(client_of(ana).get(f"{SEATS}{before.pk}/"))
    assert ("This term is over." in over, "Give the seat up" in over) == (True, False)


def test_the_history_needs_the_same_queries_however_long_it_is(
    seat: Membership, staff: Member, client_of: ClientOf
) -> None:
    def add(count: int) -> None:
        for _ in range(count):
            first = Membership.objects.order_by("-pk").last()
            while first.follows_id:
                first = Membership.objects.get(pk=first.follows_id)
            term = MembershipFactory(
                group=seat.group, member__office=seat.member.office, until_on=date(2026, 2, 1), ending="succeeded"
            )
            Membership.objects.filter(pk=first.pk).update(follows=term)

    assert_same_number_of_queries(client_of(staff), f"{SEATS}{seat.pk}/", add)


@pytest.mark.parametrize(
    ("who", "buttons"),
    [
        ("bruno", ["Give the seat up"]),
        ("ana", ["Pass the seat on", "Give the seat up"]),
        ("chair", ["Prolong", "End it with this reason"]),
        (
            "staff",
            ["Pass the seat on", "Prolong", "Make Vice-Chair", "Give the seat up", "End it with this reason"],
        ),
    ],
)
def test_a_page_offers_what_its_reader_may_do(
    who: str,
    buttons: list[str],
    seat: Membership,
    chair: Member,
    ana: Member,
    client_of: ClientOf,
    request: pytest.FixtureRequest,
) -> None:
    page = client_of(request.getfixturevalue(who)).get(f"{SEATS}{seat.pk}/").content.decode()
    words = ["Pass the seat on", "Prolong", "Make Vice-Chair", "Be a member again", "Give the seat up"]
    assert [word for word in [*words, "End it with this reason"] if f"{word}</button>" in page] == buttons


def test_each_button_does_what_it_says(
    seat: Membership, chair: Member, ana: Member, staff: Member, client_of: ClientOf
) -> None:
    def press(who: Member, pk: int, **data: object) -> list[str]:
        return said(client_of(who).post(f"{SEATS}{pk}/", data, follow=True))

    assert press(chair, seat.pk, action="prolong", until="2028-01-31") == ["The mandate is prolonged."]
    assert press(staff, seat.pk, action="vice_chair") == ["Bruno Mithal is Vice-Chair now."]
    vice = Membership.objects.current().get(member=seat.member)
    assert press(seat.member, vice.pk, action="step_down") == ["Bruno Mithal is a member of the group again."]
    plain = Membership.objects.current().get(member=seat.member)
    assert press(ana, plain.pk, action="succeed", to=ana.pk) == ["Ana Ejemplo has the seat now."]
    own = Membership.objects.current().get(member=ana)
    assert press(ana, own.pk, action="resign") == ["The seat is given up."]
    presides = Membership.objects.current().get(role="chair")
    assert press(staff, presides.pk, action="end", reason="Asked for") == [
        "The seat has ended. The person and the office are told why."
    ]
    assert Membership.objects.current().count() == 0


def test_what_one_may_not_do_is_refused_and_what_is_wrong_is_said_at_the_field(
    seat: Membership, chair: Member, ana: Member, client_of: ClientOf
) -> None:
    url = f"{SEATS}{seat.pk}/"
    for who, action in ((ana, "end"), (chair, "resign"), (seat.member, "succeed")):
        assert client_of(who).post(url, {"action": action}).status_code == 403
    late = client_of(chair).post(url, {"action": "prolong", "until": "2031-01-01"})
    assert (late.status_code, "A mandate is prolonged to a day from" in text_of(late)) == (409, True)
    for nonsense in ("2026-02-30", "1e3", "a\x00b", "x" * 10_000):
        answer = client_of(chair).post(url, {"action": "prolong", "until": nonsense})
        assert (answer.status_code, list(answer.context["prolong_form"].errors)) == (200, ["until"])
        answer = client_of(ana).post(url, {"action": "succeed", "to": nonsense})
        assert (answer.status_code, list(answer.context["succeed_form"].errors)) == (200, ["to"])
    assert client_of(chair).post(url, {"action": "fly"}).status_code == 200
    assert Membership.objects.current().get(pk=seat.pk).mandate_ends_on == NEXT_YEAR


# --- guests -----------------------------------------------------------------------------------------------------------
GUEST = {"family_name": "Nova", "given_name": "Gerda", "email": "gerda@industry.example", "language": "en"}


def test_a_chair_invites_a_guest(chair: Member, client_of: ClientOf) -> None:
    client = client_of(chair)
    assert "An industry specialist, who sees this group" in text_of(client.get("/groups/ai-tools/guests/"))
    assert said(client.post("/groups/ai-tools/guests/", GUEST, follow=True)) == ["Gerda Nova is invited as a guest."]
    again = client.post("/groups/ai-tools/guests/", GUEST)
    assert again.context["form"].errors["email"] == ["This member has a seat in the group already."]


def test_guests_are_for_focus_groups_and_for_those_who_run_them(
    seat: Membership, chair: Member, ana: Member, staff: Member, client_of: ClientOf
) -> None:
    network = GroupFactory(slug="cio-network", name="CIO Network", kind="cio_network")
    found = [client_of(who).post("/groups/ai-tools/guests/", GUEST).status_code for who in (seat.member, ana)]
    assert (found, client_of(staff).get(f"/groups/{network.slug}/guests/").status_code) == ([403, 404], 404)
    assert Membership.objects.filter(role="guest").count() == 0


# --- taking over a list -----------------------------------------------------------------------------------------------
def sheet(*lines: str, name: str = "list.csv") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, "\n".join(["office,email,family_name", *lines]).encode())


def test_a_list_is_shown_first_and_stored_once_confirmed(
    group: Group, ana: Member, staff: Member, client_of: ClientOf
) -> None:
    client = client_of(staff)
    page = client.post(IMPORT, {"upload": sheet("QM,dora@qm.example,Data", "QM,emil@qm.example,Else")})
    assert "Store 2 people" in text_of(page)
    assert (Membership.objects.count(), page.context["problems"]) == (0, [])
    done = client.post(IMPORT, {"signed": page.context["signed"]}, follow=True)
    assert (said(done), Membership.objects.count()) == (["2 people have a seat now."], 2)
    again = client.post(IMPORT, {"signed": page.context["signed"]})
    assert (again.status_code, "Nothing was stored: some rows" in text_of(again)) == (409, True)
    assert Membership.objects.count() == 2


def test_each_bad_row_is_named(group: Group, ana: Member, staff: Member, client_of: ClientOf) -> None:
    page = client_of(staff).post(IMPORT, {"upload": sheet("QM,dora@qm.example,Data", "ZZ,nobody,")})
    text = text_of(page)
    assert "3 office There is no office with this code." in text
    assert ("3 email This is no e-mail address." in text, "3 family_name The name is missing." in text) == (True, True)
    assert ("Store" in text, Membership.objects.count()) == (False, 0)


def test_what_was_altered_or_shown_too_long_ago_is_refused(
    group: Group, ana: Member, staff: Member, client_of: ClientOf, now: datetime
) -> None:
    client = client_of(staff)
    signed = client.post(IMPORT, {"upload": sheet("QM,dora@qm.example,Data")}).context["signed"]
    for typed in (f"{signed}x", "", "a\x00b", "[]"):
        answer = client.post(IMPORT, {"signed": typed})
        assert (answer.status_code, Membership.objects.count()) == (409, 0)
    with time_machine.travel(now + timedelta(minutes=61), tick=False):
        assert "Send the file again" in text_of(client_of(staff).post(IMPORT, {"signed": signed}))
    assert Membership.objects.count() == 0


@pytest.mark.parametrize(
    ("upload", "reason"),
    [
        (sheet(name="list.txt"), "Send the list as XLSX or CSV."),
        (sheet(name="list.csv"), "The list has no rows."),
        (sheet("QM,a@qm.example,X", name="list.xlsx"), "The name says XLSX, the content does not."),
        (sheet(name="list.xlsm"), "Files of this type are not accepted."),
    ],
)
def test_a_file_that_is_no_list_is_refused_at_its_field(
    upload: SimpleUploadedFile, reason: str, group: Group, staff: Member, client_of: ClientOf
) -> None:
    upload.seek(0)
    answer = client_of(staff).post(IMPORT, {"upload": upload})
    assert (answer.status_code, reason in str(answer.context["form"].errors["upload"])) == (200, True)


def test_only_the_secretariat_takes_a_list_over(chair: Member, ana: Member, client_of: ClientOf) -> None:
    assert [client_of(who).get(IMPORT).status_code for who in (chair, ana)] == [403, 404]


# --- nominations ------------------------------------------------------------------------------------------------------
WISH = {
    "office": "QM",
    "family_name": "Modelo",
    "given_name": "Carla",
    "email": "carla@qm.example",
    "language": "es",
    "role": "contributor",
    "seat": "alternate",
}


def opened(client: Client, url: str) -> int:
    """The status of an address that serves a file, which is closed again."""
    response = client.get(url)
    let_go(response)
    return response.status_code


def test_a_letter_is_read_by_those_who_see_the_nomination(
    group: Group, ana: Member, bruno: Member, chloe: Member, staff: Member, client_of: ClientOf
) -> None:
    letter = SimpleUploadedFile("cv.txt", b"I work on registers.")
    response = client_of(ana).post("/join/nominate/", WISH | {"groups": [group.pk], "letter": letter}, follow=True)
    nomination = Nomination.objects.get()
    assert (nomination.seat, "cv.txt" in text_of(response)) == ("alternate", True)
    url = nomination.letter.get_absolute_url()
    assert [opened(client_of(who), url) for who in (ana, bruno, staff, chloe)] == [200, 200, 200, 404]
    MembershipFactory(group=group, member=chloe, role="chair")
    assert opened(client_of(chloe), url) == 200


def test_refusals_stand_at_their_field(group: Group, ana: Member, bruno: Member, client_of: ClientOf) -> None:
    client = client_of(ana)
    MembershipFactory(group=group, member=bruno)
    sits = WISH | {"groups": [group.pk], "email": bruno.email, "family_name": "Mithal"}
    assert client.post("/join/nominate/", sits).context["form"].errors == {
        "groups": ["This person has a seat in AI Tools Collaboration Group already."]
    }
    MembershipFactory.create_batch(2, group=group, member__office=ana.office, role="alternate")
    full = client.post("/join/nominate/", WISH | {"groups": [group.pk]})
    assert list(full.context["form"].errors) == ["groups"]
    macro = client.post("/join/nominate/", WISH | {"letter": SimpleUploadedFile("cv.docm", b"PK\x03\x04")})
    assert list(macro.context["form"].errors) == ["letter"]
    assert Nomination.objects.count() == 0


def test_the_page_of_a_group_chooses_it_on_the_form(group: Group, ana: Member, client_of: ClientOf) -> None:
    page = client_of(ana).get("/join/nominate/?group=ai-tools").content.decode()
    assert "checked" in page.split('name="groups"')[1][:200]
    assert client_of(ana).get("/join/nominate/?group=%00").status_code == 200


def test_a_question_and_its_answer_on_the_page(
    group: Group, ana: Member, staff: Member, client_of: ClientOf, now: datetime
) -> None:
    person = Person(family_name="Modelo", email="carla@qm.example")
    wish = Wish(person=person, role="contributor", groups=[group])
    nomination = nominate(office=ana.office, wish=wish, by=ana.user, now=now)
    url = f"/join/requests/{nomination.pk}/"
    asked = client_of(staff).post(url, {"action": "ask", "question": "Which unit?"}, follow=True)
    assert said(asked) == ["The office is asked. The nomination waits for its answer."]
    assert "Ask before deciding" not in text_of(asked)
    assert "the office is asked" in text_of(client_of(staff).get("/join/requests/"))
    page = text_of(client_of(ana).get(url))
    assert ("Which unit?" in page, "not answered" in page, "Send the answer" in page) == (True, True, True)
    assert client_of(ana).post(url, {"action": "ask", "question": "Why?"}).status_code == 403
    empty = client_of(ana).post(url, {"action": "answer", "reply": ""})
    assert list(empty.context["answer_form"].errors) == ["reply"]
    letter = SimpleUploadedFile("cv.txt", b"Registers.")
    answered = client_of(ana).post(url, {"action": "answer", "reply": "Registers", "letter": letter}, follow=True)
    assert said(answered) == ["The answer is with the Secretariat."]
    nomination.refresh_from_db()
    assert (nomination.reply, nomination.letter.name) == ("Registers", "cv.txt")
    again = client_of(ana).post(url, {"action": "answer", "reply": "Once more"}, follow=True)
    assert said(again) == ["This has changed in the meantime. Nothing was changed."]


def test_a_colleague_who_left_is_not_offered_as_successor(seat: Membership, ana: Member, client_of: ClientOf) -> None:
    MemberFactory(office=ana.office, until_on=date(2026, 1, 1), given_name="Gone", family_name="Away")
    page = client_of(ana).get(f"{SEATS}{seat.pk}/").content.decode()
    assert ("Ana Ejemplo</option>" in page, "Gone Away" in page) == (True, False)
