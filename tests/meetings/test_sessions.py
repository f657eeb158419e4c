"""Pages of sessions: what the record gives, what it does not, and who sees a session in preparation."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import translation

from accounts.models import Member
from meetings.models import Officer, Presentation, Suggestion
from tests.factories import (
    NOW,
    ActionItemFactory,
    ActionUpdateFactory,
    DayFactory,
    DocumentFactory,
    GroupFactory,
    PassageFactory,
    SessionFactory,
    ThemeFactory,
)
from tests.pages import assert_absent, text_of, title_of
from tests.queries import assert_same_number_of_queries

ClientOf = Callable[[Member | None], Client]
PAGES = ("", "programme/", "documents/", "participants/")


def test_the_list_has_both_sessions_the_newest_first(recorded: None, client: Client) -> None:
    page = text_of(client.get("/sessions/"))
    assert page.index("WILD/2 14 to 16 April 2026, Geneva") < page.index("WILD/1 14 to 16 April 2025, Geneva")
    assert "46 Member States, 5 intergovernmental organizations, 11 themes, 35 presentations" in page
    assert page.count("Attendance and programme are not in the record.") == 1


def test_the_first_session_says_its_figures_officers_days_and_points(recorded: None, client: Client) -> None:
    response = client.get("/sessions/1/")
    page = text_of(response)
    assert title_of(response) == "First session, Geneva, 14 to 16 April 2025"
    assert (
        "46 Member States represented 5 intergovernmental organizations 11 themes 35 presentations 5 key action items"
        in page
    )
    assert "Chair Ms. Sian-Nia Davies (United Kingdom) Secretary Mr. Young-Woo Yun (WIPO)" in page
    assert "Opened by Daren Tang, Director General" in page
    assert "Setting the stage for digital transformation Themes 1 to 5" in page
    assert "(am) Utilizing open-source solutions Open-source tools and community development" in page
    assert "Match offices by their needs and ICT maturity" in page
    assert "Suggested for the next session ICT maturity index for IP offices" in page
    assert "Main document WILD/1/2 Summary of Discussions Documents List of participants Session program," in page


def test_every_paragraph_with_points_is_folded_and_leads_to_its_anchor(recorded: None, client: Client) -> None:
    content = client.get("/sessions/1/").content.decode()
    numbers = (11, 16, 17, 18, 19, 23, 24, 25, 26, 29)
    assert [f'href="/documents/WILD/1/2/#para-{n}"' in content for n in numbers] == [True] * len(numbers)
    assert content.count('<details class="w-fold">') == len(numbers)
    assert 'class="w-rec">Establishing a network of chief information' in content


def test_the_second_session_says_what_is_known_and_what_is_not(recorded: None, client: Client) -> None:
    page = text_of(client.get("/sessions/2/"))
    assert "Place Geneva Mode not in the record Opened by not in the record Chair not in the record" in page
    assert "Secretary Young-Woo Yun (WIPO) Meeting page not in the record" in page
    assert "attendance, programme and outcome are not in the record" in page
    assert "Action items reported to this session a Item Network of CIOs and CTOs Established" in page
    assert "Suggested at WILD/1 for this session ICT maturity index for IP offices" in page
    assert "Whether they were taken up is not in the record." in page


def test_a_session_shows_the_figures_it_has(db: None, client: Client) -> None:
    SessionFactory(number=9, reported_states=3)
    SessionFactory(number=8, reported_states=1, reported_organizations=2, reported_presentations=4)
    assert "3 Member States represented" in text_of(client.get("/sessions/9/"))
    words = text_of(client.get("/sessions/"))
    assert "3 Member States" in words
    assert "1 Member State, 2 intergovernmental organizations, 4 presentations" in words
    assert client.get("/").status_code == client.get("/sessions/8/programme/").status_code == 200


def test_the_programme_numbers_the_themes_and_says_that_titles_are_missing(recorded: None, client: Client) -> None:
    page = text_of(client.get("/sessions/1/programme/"))
    assert "35 presentations, 11 themes, 14 to 16 April 2025" in page
    assert "Titles, speakers and offices of the presentations are not in the record" in page
    assert "Monday 14 April 2025 (date derived from the dates of the session), 15 presentations" in page
    assert page.count("title not in the record") == 11
    assert "The programme of this session is not in the record." in text_of(client.get("/sessions/2/programme/"))


def test_a_programme_of_ours_shows_titles_speakers_and_offices(meridia: object, client: Client) -> None:
    theme = ThemeFactory(session=SessionFactory(number=7), title="Data", number=1)
    theme.day = DayFactory(session=theme.session, number=1, title="One")
    theme.save()
    Presentation.objects.create(theme=theme, order=1, title="How we share", speakers="Ana Ejemplo", office=meridia)
    page = text_of(client.get("/sessions/7/programme/"))
    assert "Theme 1 Data Presentations of theme 1 Number Title Office 1 How we share Ana Ejemplo Meridia" in page
    assert "in the record" not in page
    SessionFactory(number=8)
    assert "The programme is not published yet." in text_of(client.get("/sessions/8/programme/"))


def test_documents_of_a_session_are_those_the_reader_may_see(
    ana: Member, client: Client, client_of: ClientOf, staff: Member
) -> None:
    session = SessionFactory(number=7)
    for visibility in ("public", "members", "staff"):
        DocumentFactory(session=session, visibility=visibility, titles={"en": f"For {visibility}"})
    seen = [text_of(client_of(member).get("/sessions/7/documents/")) for member in (None, ana, staff)]
    titles = [[word for word in ("For public", "For members", "For staff") if word in page] for page in seen]
    assert titles == [["For public"], ["For public", "For members"], ["For public", "For members", "For staff"]]
    SessionFactory(number=8)
    assert "No document of this session is here yet." in text_of(client.get("/sessions/8/documents/"))


@pytest.mark.parametrize("page", PAGES)
def test_a_session_in_preparation_exists_for_the_secretariat_only(
    page: str, ana: Member, staff: Member, client_of: ClientOf
) -> None:
    SessionFactory(number=7, is_published=False)
    for member in (None, ana):
        assert_absent(client_of(member), f"/sessions/7/{page}", f"/sessions/99/{page}")
    assert client_of(staff).get(f"/sessions/7/{page}").status_code == 200
    assert "not published" in text_of(client_of(staff).get("/sessions/"))
    assert "No session is published yet." in text_of(client_of(ana).get("/sessions/"))


@pytest.mark.parametrize("number", ["0", "-1", "1e3", "１", "1.0", str(2**31), str(2**63), "9" * 40, "9" * 5000, "x"])
def test_a_wrong_number_is_no_session(number: str, db: None, client: Client) -> None:
    SessionFactory(number=1)
    assert [client.get(f"/sessions/{number}/{page}").status_code for page in PAGES] == [404] * 4


@pytest.mark.parametrize("page", ["/sessions/", *(f"/sessions/1/{page}" for page in PAGES)])
def test_pages_are_read_only(page: str, db: None, client: Client) -> None:
    SessionFactory(number=1)
    assert [client.post(page).status_code, client.put(page).status_code, client.delete(page).status_code] == [405] * 3
    head = client.head(page)
    assert (head.status_code, head.content) == (200, b"")


def test_a_session_of_a_group_has_no_page_here(db: None, client: Client) -> None:
    hours = {"starts_at": NOW, "ends_at": NOW + timedelta(hours=1)}
    SessionFactory(number=5, kind="group", code="CION/5", group=GroupFactory(), **hours)
    assert client.get("/sessions/5/").status_code == 404
    assert "CION/5" not in text_of(client.get("/sessions/"))


def test_names_of_the_record_are_marked_as_english_on_other_pages(recorded: None, client: Client) -> None:
    response = client.get("/sessions/1/", headers={"accept-language": "ar"})
    with translation.override("ar"):
        assert 'dir="rtl"' in response.content.decode()
    assert 'lang="en" dir="ltr">ICT maturity index for IP offices' in response.content.decode()


def test_the_list_needs_the_same_queries_for_many_sessions(ana: Member, client_of: ClientOf) -> None:
    assert_same_number_of_queries(client_of(ana), "/sessions/", SessionFactory.create_batch)


@pytest.mark.parametrize("page", PAGES)
def test_a_page_needs_the_same_queries_for_much_content(page: str, ana: Member, client_of: ClientOf) -> None:
    session = SessionFactory(number=7)
    summary = DocumentFactory(kind="summary", session=session)

    def add(count: int) -> None:
        for _ in range(count):
            day = DayFactory(session=session)
            theme = ThemeFactory(session=session, day=day)
            Presentation.objects.create(theme=theme, order=1, title="A talk", office=ana.office)
            Officer.objects.create(session=session, role="vice_chair", family_name="Example")
            Suggestion.objects.create(session=session, order=1, text="An item")
            paragraph = PassageFactory(document=summary, cluster="Points")
            point = PassageFactory(document=summary, parent=paragraph, kind="point")
            ActionUpdateFactory(item=ActionItemFactory(session=session, passage=point), as_reported_to="WILD/7 (May)")
            ActionUpdateFactory(item=ActionItemFactory(), as_reported_to="WILD/7 (May)")
            DocumentFactory(session=session)

    assert_same_number_of_queries(client_of(ana), f"/sessions/7/{page}", add)
