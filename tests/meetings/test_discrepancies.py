"""The 24 places where the two sources differ: each is presented as the record says (record.md, record.json)."""

import re
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from django.test import Client

from consultations.models import Round
from groups.models import Group
from meetings.models import ActionItem, Delegation, Document, Officer, Passage, Session, Theme
from tests.pages import text_of
from wild_portal.record import record

pytestmark = pytest.mark.django_db
Read = Callable[[str], str]
NOTES = {entry["id"]: entry for entry in record()["discrepancies"]}
SUMMARY, DECK, SURVEY_REPORT = "/documents/WILD/1/2/", "/documents/wild-2-deck/", "/documents/wild-1-survey-report/"
CHECKS: dict[str, Callable[[Read], None]] = {}


def presents(identifier: str) -> Callable[[Callable[[Read], None]], Callable[[Read], None]]:
    """Says which discrepancy a check is about."""

    def keep(check: Callable[[Read], None]) -> Callable[[Read], None]:
        CHECKS[identifier] = check
        return check

    return keep


@presents("D01")
def items_cite_29_and_the_agreement_30(read: Read) -> None:
    for key, letter in zip("abcde", ("an", "ao", "ap", "aq", "ar"), strict=True):
        page = read(f"/actions/WILD-1-{key}/")
        assert f"Paragraph WILD/1/2, paragraph 29 ({letter})" in page
        assert "Circulation of the next step actions proposed in paragraph 29 WILD/1/2, paragraph 30:" in page
    assert '"Described in paragraph 30 of document WILD/1/2"' in read("/record/")


@presents("D02")
def public_keys_are_a_to_e_beside_both_letters_of_the_summary(read: Read) -> None:
    page = read("/actions/")
    assert re.findall(r"\b([a-e]) Item", page) == ["a", "b", "c", "d", "e"]
    assert re.findall(r"\((a[n-r])\)", page) == ["an", "ao", "ap", "aq", "ar"]
    assert "WILD/1/2, paragraph 29 (aq) (d) within the paragraph" in read("/actions/WILD-1-d/")
    assert "29 (e) · action item e ·" in read(SUMMARY)


@presents("D03")
def paragraph_numbers_are_marked_as_counted(read: Read) -> None:
    assert "The text carries no printed paragraph numbers: these were counted." in read(SUMMARY)
    assert "Paragraph numbers are counted." in read("/sessions/1/")
    assert "Paragraph numbers are counted, not printed." in read("/actions/WILD-1-a/")


@presents("D04")
def the_group_is_the_cio_network_and_ctos_may_join(read: Read) -> None:
    assert "(CIO/CTO)" in read("/actions/WILD-1-a/")
    page = read("/groups/cio-network/")
    assert page.startswith("Groups CIO Network Network CIO Network")
    assert "CIOs, CTOs and other ICT leaders of an office are nominated by its focal point." in page


@presents("D05")
def the_ai_group_is_a_focus_group_with_the_name_of_the_deck(read: Read) -> None:
    assert Group.objects.get(slug="ai-tools").kind == Group.Kind.FOCUS_GROUP
    page = read("/groups/ai-tools/")
    assert "Focus group AI Tools Collaboration Group" in page
    assert "Kind Focus group" in page


@presents("D06")
def persons_and_offices_are_counted_apart_and_never_added(read: Read) -> None:
    cio, ai, both = read("/groups/cio-network/"), read("/groups/ai-tools/"), read("/groups/")
    assert "26 members nominated from 20 Offices" in cio
    assert "26 members nominated 20 offices they come from" in cio
    assert "23 members nominated by 15 Offices" in ai
    assert "23 members nominated 15 offices they come from" in ai
    assert "figures of groups do not add up" in cio
    assert not re.search(r"\b(49|35)\b", cio + ai + both)


@presents("D07")
def first_meeting_is_one_field_and_keeps_its_label(read: Read) -> None:
    cio, ai = read("/groups/cio-network/"), read("/groups/ai-tools/")
    assert "Inaugural meeting: March 11, 2026" in cio
    assert "First meeting 11 March 2026" in cio
    assert "First meeting: March 19, 2026" in ai
    assert "First meeting 19 March 2026" in ai


@presents("D08")
def organizations_take_part_as_states_do(read: Read) -> None:
    assert "States and intergovernmental organizations take part." in read("/groups/cio-network/")
    assert Delegation.objects.filter(kind="igo").count() == 5


@presents("D09")
def the_year_is_always_shown(read: Read) -> None:
    page = read("/sessions/")
    assert "14 to 16 April 2026, Geneva" in page
    assert "14 to 16 April 2025, Geneva" in page
    days = read("/sessions/1/")
    assert re.findall(r"Day \d (\w+ \d+ \w+ \d+)", days) == [
        "Monday 14 April 2025",
        "Tuesday 15 April 2025",
        "Wednesday 16 April 2025",
    ]


@presents("D10")
def the_secretary_is_one_person_with_names_kept_apart(read: Read) -> None:
    names = Officer.objects.filter(role="secretary").values_list("given_name", "family_name")
    assert set(names) == {("Young-Woo", "Yun")}
    assert "Secretary Mr. Young-Woo Yun (WIPO)" in read("/sessions/1/")
    assert "Secretary Young-Woo Yun (WIPO)" in read("/sessions/2/")
    assert "Credit Young-Woo YUN, Secretary of WILD, WIPO" in read(DECK)


@presents("D11")
def the_two_surveys_are_two_and_the_second_has_no_dates(read: Read) -> None:
    page = read("/record/")
    assert "Pre-meeting survey" in page
    assert "24 January to 4 April 2025 Answered by 42 Member States and 3 intergovernmental organizations" in page
    unknown = "Dates not in the record Answered by not in the record Report not in the record"
    assert f"Post-event survey Gathering ideas for action item d {unknown}" in page


@presents("D12")
def the_survey_report_has_an_id_and_no_symbol(read: Read) -> None:
    report = Document.objects.get(slug="wild-1-survey-report")
    assert (report.symbol, report.symbol_key, report.doc_id) == ("", None, 644543)
    page = read(SURVEY_REPORT)
    assert "Symbol none given" in page
    assert "WIPO document id 644543" in page


@presents("D13")
def no_rate_is_computed_from_survey_and_attendance(read: Read) -> None:
    pages = [read(url) for url in ("/record/", "/sessions/1/", SURVEY_REPORT, SUMMARY)]
    assert "no rate can be computed from them" in pages[0]
    assert not any("%" in page or "per cent" in page for page in pages)


@presents("D14")
def organizations_keep_the_wording_of_the_summary(read: Read) -> None:
    linked = dict(Delegation.objects.filter(kind="igo").values_list("office_id", "official_name"))
    assert linked == {
        "OA": "African Intellectual Property Organization",
        "BX": "Benelux Organization for Intellectual Property",
        "EA": "Eurasian Patent Organization",
        "EP": "European Patent Organization",
        "EM": "European Union",
    }
    assert "European Patent Organization EP European Patent Office (EPO)" in read("/sessions/1/participants/")


@presents("D15")
def czech_republic_is_shown_and_both_names_are_found(read: Read) -> None:
    for words in ("Czechia", "Czech Republic", "czech", "Tchéquie", "tchequie", "Чехия", "CZ"):
        page = read(f"/sessions/1/participants/?q={words}")
        assert "Member States (1) Czech Republic CZ Industrial Property Office of the Czech Republic" in page, words


@presents("D16")
def the_end_of_the_circulation_is_derived_and_the_outcome_unknown(read: Read) -> None:
    page = read("/actions/WILD-1-b/")
    assert "two months following the inaugural session of WILD" in page
    assert "First and last day are derived from it: 16 April 2025 , 16 June 2025 Outcome: not in the record" in page
    circulation = Round.objects.get()
    assert circulation.closes_at == datetime(2025, 6, 16, 21, 59, 59, 999000, tzinfo=UTC)
    assert circulation.reported_outcome == ""


@presents("D17")
def themes_are_numbers_without_titles(read: Read) -> None:
    assert list(Theme.objects.values_list("number", "day__number", "title")) == [
        *((number, 1, "") for number in range(1, 6)),
        *((number, 2, "") for number in range(6, 9)),
        *((number, 3, "") for number in range(9, 12)),
    ]
    page = read("/sessions/1/programme/")
    assert re.findall(r"Theme (\d+) title not in the record", page) == [str(number) for number in range(1, 12)]


@presents("D18")
def items_a_and_e_are_established_not_completed(read: Read) -> None:
    for key in "ae":
        assert "Established as reported to WILD/2 (April 2026)" in read(f"/actions/WILD-1-{key}/")
    for url in ("/actions/", "/actions/WILD-1-a/", "/actions/WILD-1-e/", "/groups/cio-network/", "/groups/ai-tools/"):
        assert "completed" not in read(url).lower()


@presents("D19")
def every_status_is_stamped_with_its_report(read: Read) -> None:
    page = read("/actions/")
    stamped = re.findall(r"(Established|Outstanding) as reported to WILD/2 \(April 2026\)", page)
    assert stamped == ["Established", "Outstanding", "Outstanding", "Outstanding", "Established"]
    assert "Nothing later is recorded." in page
    for slug in ("cio-network", "ai-tools"):
        assert "Status Established, as reported to WILD/2 (April 2026)" in read(f"/groups/{slug}/")


@presents("D20")
def the_deck_shows_its_licence_and_the_summary_links_to_wipo(read: Read) -> None:
    assert "Licence CC BY 4.0 (not for non-WIPO content)" in read(DECK)
    page = read(SUMMARY)
    assert "Licence not stated" in page
    assert "The full wording is on the page of the meeting on the WIPO site." in page


@presents("D21")
def outcomes_are_action_items_and_voluntary(read: Read) -> None:
    urls = ["/actions/", *(f"/actions/WILD-1-{key}/" for key in "abcde"), "/groups/cio-network/", "/groups/ai-tools/"]
    for url in urls:
        page = read(url)
        assert "Offices adopt them on a voluntary basis, according to their national or regional circumstances." in page
        assert not re.search(r"\b(decision|obligation|compliance|vote|ranking)", page, re.I), url


@presents("D22")
def the_label_is_key_action_items_and_the_summary_keeps_its_heading(read: Read) -> None:
    assert read("/actions/").startswith("Key action items")
    assert "Key action items a Item Network of CIOs and CTOs" in read("/sessions/1/")
    heading = "Next steps: Key actions to be undertaken by IP offices and WIPO"
    assert heading in read(SUMMARY)
    assert heading in read("/sessions/1/")


@presents("D23")
def the_summary_links_to_the_meeting_page_and_has_no_address_of_its_own(read: Read) -> None:
    summary = Document.objects.get(symbol="WILD/1/2")
    assert summary.page_url == "https://www.wipo.int/meetings/en/details.jsp?meeting_id=86271"
    assert summary.files.count() == 0
    assert "English known to exist; no file here Page on the WIPO site" in read(SUMMARY)
    assert "No file and no address is in the record." in read(DECK)


@presents("D24")
def no_mark_of_a_conversion_is_left(read: Read) -> None:
    texts = [
        *Passage.objects.values_list("text", flat=True),
        *ActionItem.objects.values_list("official_text", flat=True),
    ]
    assert not [text for text in texts if "[bookmark" in text or "  " in text]
    assert "[bookmark" not in read(SUMMARY)


@pytest.fixture
def read(recorded_once: None, client: Client) -> Read:
    """What a stranger reads at an address."""
    return lambda url: text_of(client.get(url))


def test_every_discrepancy_of_the_record_has_a_check() -> None:
    assert sorted(CHECKS) == sorted(NOTES)
    assert len(NOTES) == 24


@pytest.mark.parametrize("identifier", sorted(NOTES))
def test_the_page_about_the_record_shows_both_readings_and_what_is_shown(identifier: str, read: Read) -> None:
    entry, page = NOTES[identifier], read("/record/")
    assert " ".join([identifier, entry["title"], entry["reading_1"], entry["reading_2"], entry["present_as"]]) in page


@pytest.mark.parametrize("identifier", sorted(NOTES))
def test_the_discrepancy_is_presented_as_the_record_says(identifier: str, read: Read) -> None:
    CHECKS[identifier](read)
    assert CHECKS[identifier].__name__


def test_what_neither_source_gives_is_listed(read: Read) -> None:
    page = read("/record/")
    assert [entry for entry in record()["not_in_record"] if f"{entry[0].upper()}{entry[1:]}" not in page] == []
    assert Session.objects.filter(number=3).count() == 0
