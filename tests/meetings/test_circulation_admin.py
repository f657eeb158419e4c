"""Data entry for circulations: one form for a circulation and its round, frozen once it is open."""

from collections.abc import Callable

import pytest
from django.test import Client

from accounts.models import Member, Office
from consultations.models import OfficeResponse, Round
from meetings.models import Circulation, Session
from notifications.reminders import closing_instant
from tests.consultations.asking import CLOSES
from tests.factories import NOW, ActionItemFactory, SessionFactory
from tests.meetings.circulating import at, opened, prepared, submitted, text_of

ADD = "/admin/meetings/circulation/add/"
LIST = "/admin/meetings/circulation/"
Clients = Callable[[Member | None], Client]
MANAGEMENT = {
    "items-TOTAL_FORMS": "1",
    "items-INITIAL_FORMS": "0",
    "items-MIN_NUM_FORMS": "0",
    "items-MAX_NUM_FORMS": "1000",
}


@pytest.fixture
def desk(staff: Member, client_of: Clients) -> Client:
    with at():
        return client_of(staff)


def entry(**changes: str | list[str]) -> dict[str, str | list[str]]:
    """What the form sends."""
    return {
        "slug": "next-steps",
        "title_en": "Next steps",
        "title_ar": "الخطوات التالية",
        "title_zh_hans": "",
        "closes_on": "2026-12-03",
        "reminder_days": "14, 3",
        "answers_visible": "publication",
        "introduction_en": "What we ask.",
        "items-0-order": "1",
        "items-0-key": "a",
        "items-0-heading": "Network",
        "items-0-text": "Establishing a network",
        **MANAGEMENT,
        **changes,
    }


def change(circulation: Circulation) -> str:
    return f"{LIST}{circulation.pk}/change/"


def test_a_circulation_is_entered_with_its_round_its_offices_and_its_items(
    desk: Client, staff: Member, ana: Member, chloe: Member
) -> None:
    with at():
        assert desk.get(ADD).status_code == 200
        answer = desk.post(ADD, entry(addressees=["QM", "QN"]))
    assert answer.status_code == 302, text_of(answer)
    circulation, round = Circulation.objects.get(), Round.objects.get()
    assert circulation.round == round
    assert (round.kind, round.slug, round.closes_at) == ("circulation", "next-steps", CLOSES)
    assert round.titles == {"en": "Next steps", "ar": "الخطوات التالية"}
    assert (round.reminder_days, round.answers_visible) == ([14, 3], "publication")
    assert circulation.introductions == {"en": "What we ask."}
    assert sorted(round.addressees.values_list("code", flat=True)) == ["QM", "QN"]
    assert list(circulation.items.values_list("key", "text")) == [("a", "Establishing a network")]
    assert round.opened_at is None


def test_every_office_that_has_somebody_to_write_to_is_addressed_at_once(
    desk: Client, staff: Member, ana: Member, bruno: Member, chloe: Member, belmora: Office
) -> None:
    with at():
        desk.post(ADD, entry(address_all="on"))
    assert sorted(Round.objects.get().addressees.values_list("code", flat=True)) == ["QM", "QN"]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"title_en": ""}, "This field is required."),
        ({"slug": "two words"}, "Enter a valid “slug”"),
        ({"slug": "taken"}, "Another circulation has this address."),
        ({"closes_on": "2026-11-19"}, "This day is over."),
        ({"closes_on": "2026-02-30"}, "Enter a valid date."),
        ({"closes_on": "9999-12-31"}, "This day is more than three years away."),
        ({"reminder_days": "14, soon"}, "Enter a whole number."),
        ({"reminder_days": "0"}, "greater than or equal to 1"),
        ({"reminder_days": "1e3"}, "Enter a whole number."),
        ({"answers_visible": "never"}, "Select a valid choice."),
        ({"addressees": ["ZZ"]}, "Select a valid choice."),
        ({"introduction_en": "x" * 5001}, "at most 5000 characters"),
        ({"title_en": "a\x00"}, "Null characters are not allowed."),
    ],
)
def test_what_makes_no_sense_is_named_at_the_field(
    desk: Client, changes: dict[str, str | list[str]], message: str
) -> None:
    prepared(slug="taken")
    with at():
        answer = desk.post(ADD, entry(**changes))
    assert answer.status_code == 200
    assert message in text_of(answer)
    assert not Round.objects.filter(slug="next-steps").exists()


def test_a_preparation_is_changed_and_keeps_what_was_entered(desk: Client, ana: Member) -> None:
    circulation = prepared(ana.office, letters="", reminder_days=[7])
    with at():
        page = desk.get(change(circulation))
        assert b'value="2026-12-03"' in page.content
        assert b'value="7"' in page.content
        answer = desk.post(change(circulation), entry(closes_on="2026-12-31", addressees=["QM"]))
    assert answer.status_code == 302, text_of(answer)
    circulation.round.refresh_from_db()
    assert circulation.round.closes_at == closing_instant(NOW.date().replace(month=12, day=31))
    assert circulation.items.count() == 1


def test_an_open_circulation_is_shown_and_not_changed(desk: Client, ana: Member) -> None:
    circulation = opened(ana.office)
    with at():
        page = desk.get(change(circulation))
        assert page.status_code == 200
        assert b'name="_save"' not in page.content
        assert desk.post(change(circulation), entry()).status_code == 403
        assert desk.post(f"{LIST}{circulation.pk}/delete/", {"post": "yes"}).status_code == 403
    circulation.round.refresh_from_db()
    assert circulation.round.titles == {"en": "Next-step actions"}


def test_the_list_shows_how_far_each_is(desk: Client, ana: Member) -> None:
    circulation = opened(ana.office)
    with at():
        words = text_of(desk.get(LIST))
    assert str(circulation) in words


@pytest.fixture
def session() -> Session:
    session = SessionFactory(code="WILD/9", number=9)
    for key in "ab":
        ActionItemFactory(session=session, key=key, official_text=f"Wording of {key}")
    return session


def test_the_action_items_of_the_session_are_copied(desk: Client, ana: Member, session: Session) -> None:
    circulation = prepared(ana.office, letters="a")
    frozen = opened(ana.office, slug="open")
    Circulation.objects.update(session=session)
    data = {"action": "copy_items", "_selected_action": [str(circulation.pk), str(frozen.pk)]}
    with at():
        words = text_of(desk.post(LIST, data, follow=True))
    assert "1 item copied." in words
    assert "This circulation is open: its text, offices and items are frozen." in words
    assert list(circulation.items.order_by("order").values_list("key", "text")) == [
        ("a", "Frozen wording of a"),
        ("b", "Wording of b"),
    ]


def test_without_a_session_there_is_nothing_to_copy(desk: Client, ana: Member) -> None:
    circulation = prepared(ana.office)
    data = {"action": "copy_items", "_selected_action": [str(circulation.pk)]}
    with at():
        words = text_of(desk.post(LIST, data, follow=True))
    assert "0 items copied." in words


def test_members_do_not_enter(ana: Member, client_of: Clients) -> None:
    with at():
        client = client_of(ana)
        assert [client.get(url).status_code for url in (ADD, LIST)] != [200, 200]
        assert client.post(ADD, entry()).status_code != 200
    assert not Circulation.objects.exists()


def test_answers_are_listed_for_the_secretariat_and_drafts_are_not(desk: Client, ana: Member) -> None:
    circulation = opened(ana.office)
    submitted(circulation, ana)
    response = OfficeResponse.objects.get()
    with at():
        assert "QM" in text_of(desk.get("/admin/consultations/officeresponse/"))
        assert desk.get(f"/admin/consultations/officeresponse/{response.pk}/change/").status_code == 200
        assert desk.get("/admin/consultations/extension/").status_code == 200
        assert desk.get("/admin/consultations/draftfield/").status_code == 404
        assert desk.get("/admin/consultations/officeresponse/add/").status_code == 403
