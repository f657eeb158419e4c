"""Documents: addresses by symbol in any spelling, paragraphs and points, filters, and who may read what."""

import re
from collections.abc import Callable
from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.test import Client

from accounts.models import Member
from consultations.operations import NotOfTheSecretariat
from groups.models import Group
from library.operations import store_file
from meetings.models import Document, DocumentFile, Passage
from meetings.models.documents import normalised_symbol
from meetings.operations.documents import Issue, issue_document
from tests.factories import (
    NOW,
    ActionItemFactory,
    DocumentFactory,
    GroupFactory,
    MembershipFactory,
    PassageFactory,
    SessionFactory,
    TermFactory,
)
from tests.pages import assert_absent, text_of, title_of
from tests.queries import assert_same_number_of_queries

ClientOf = Callable[[Member | None], Client]


def titles_on(client: Client, query: str = "") -> list[str]:
    """The titles in the list, in their order."""
    content = client.get(f"/documents/{query}").content.decode()
    return re.findall(r'<th scope="row"><a href="[^"]*">(.*?)</a>', content)


def with_file(document: Document, *, language: str = "en", version: int = 1, status: str = "final") -> DocumentFile:
    """A language version with a small text file."""
    upload = SimpleUploadedFile(f"{language}-{version}.txt", b"Words.\n" * 400)
    file = store_file(upload=upload, by=None, now=NOW)
    return DocumentFile.objects.create(document=document, language=language, version=version, status=status, file=file)


# --- symbols ----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("typed", "key"),
    [
        ("WILD/1/2", "WILD/1/2"),
        ("wild 1 2", "WILD/1/2"),
        ("WILD-1-2", "WILD/1/2"),
        ("wild_1_2", "WILD/1/2"),
        ("wild\\1\\2", "WILD/1/2"),
        ("WILD\u20111\u20142", "WILD/1/2"),
        ("／WILD／１／２／", "WILD/1/2"),
        (" WILD / 1 // 2 ", "WILD/1/2"),
        ("WILD/1/2 Rev.", "WILD/1/2/REV"),
        ("WILD/1/2 Rev.1", "WILD/1/2/REV/1"),
        ("WILD/1/\x002", "WILD/1/2"),
        ("- / -", ""),
        ("", ""),
    ],
)
def test_a_symbol_comes_out_the_same_however_it_is_typed(typed: str, key: str) -> None:
    assert normalised_symbol(typed) == key


@pytest.mark.parametrize("typed", ["wild/1/2", "WILD-1-2", "wild 1 2", "WILD.1.2", "wild-1-summary", "Wild-1-SUMMARY"])
def test_any_spelling_moves_permanently_to_the_canonical_address(
    typed: str, recorded_once: None, client: Client
) -> None:
    response = client.get(f"/documents/{typed}/")
    assert (response.status_code, response["Location"]) == (301, "/documents/WILD/1/2/")
    assert client.head(f"/documents/{typed}/").status_code == 301


def test_a_document_without_symbol_has_its_slug(recorded: None, client: Client) -> None:
    response = client.get("/documents/wild-2-deck/")
    assert title_of(response) == "Updates from 1st session of WILD"
    moved = client.get("/documents/Wild-2-Deck/")
    assert (moved.status_code, moved["Location"]) == (301, "/documents/wild-2-deck/")


def test_where_an_address_is_a_slug_and_a_symbol_the_slug_wins(db: None, client: Client) -> None:
    DocumentFactory(slug="one", symbol="NOTE/1", symbol_key="NOTE/1", titles={"en": "By symbol"})
    DocumentFactory(slug="note-1", titles={"en": "By slug"})
    assert title_of(client.get("/documents/note-1/")) == "By slug"
    assert title_of(client.get("/documents/NOTE/1/")) == "By symbol"


def test_a_revision_shows_what_it_replaces_and_the_other_way_round(db: None, client: Client) -> None:
    first = DocumentFactory(symbol="WILD/9/1", symbol_key="WILD/9/1")
    DocumentFactory(symbol="WILD/9/1 Rev.", symbol_key="WILD/9/1/REV", replaces=first)
    DocumentFactory(symbol="WILD/9/1 Rev.2", symbol_key="WILD/9/1/REV/2", replaces=first, visibility="staff")
    assert text_of(client.get("/documents/WILD/9/1/")).endswith("Other versions Replaced by WILD/9/1 Rev.")
    assert text_of(client.get("/documents/WILD/9/1/REV/")).endswith("Other versions Replaces WILD/9/1")


# --- one document -----------------------------------------------------------------------------------------------------
def test_the_summary_has_33_paragraphs_and_44_points_with_anchors(recorded: None, client: Client) -> None:
    content = client.get("/documents/WILD/1/2/").content.decode()
    assert re.findall(r'<li class="w-row" id="para-(\d+)">', content) == [str(number) for number in range(1, 34)]
    points = re.findall(r'<li id="point-([a-z]+)">', content)
    assert (len(points), points[0], points[-1]) == (44, "a", "ar")


def test_point_an_is_action_item_a_in_official_wording(recorded: None, client: Client) -> None:
    content = client.get("/documents/WILD/1/2/").content.decode()
    point = content.split('<li id="point-an">')[1].split("</li>")[0]
    assert '<p class="w-rec">Establishing a network of chief information and chief technology officers' in point
    assert '<a href="/actions/WILD-1-a/">action item a</a>' in point
    assert Passage.objects.get(anchor="point-an").get_absolute_url() == "/documents/WILD/1/2/#point-an"


def test_short_forms_are_ours_and_topics_are_named(recorded: None, client: Client) -> None:
    content = client.get("/documents/WILD/1/2/").content.decode()
    point = content.split('<li id="point-b">')[1].split("</li>")[0]
    assert "<p>Adopt cloud and containers with strong security" in point
    assert "w-rec" not in point
    assert "Cloud computing, Containerization, Cost and resource management, Multi-cloud, Zero trust" in " ".join(
        point.split()
    )
    heading = content.split('<li id="point-m">')[1].split("</li>")[0]
    assert '<p class="w-rec"><b>Cost and resource management</b></p>' in heading


def test_a_document_without_text_says_where_it_is(recorded: None, client: Client) -> None:
    report = text_of(client.get("/documents/wild-1-survey-report/"))
    assert "The text of this document is not here. Read it on the WIPO site" in report
    assert "Date of issue not in the record" in report
    assert "the record gives no address for it" in text_of(client.get("/documents/wild-2-deck/"))


def test_a_document_of_ours_shows_its_versions_group_and_date(db: None, client: Client, staff: Member) -> None:
    document = DocumentFactory(
        slug="agenda", issued_on=date(2026, 11, 3), group=GroupFactory(name="Sample Group"), visibility="public"
    )
    with_file(document)
    with_file(document, version=2)
    with_file(document, language="fr", status="draft")
    DocumentFile.objects.create(document=document, language="es", url="https://www.wipo.int/agenda")
    page = text_of(client.get("/documents/agenda/"))
    assert "Group Sample Group Date of issue 3 November 2026" in page
    assert "Languages and files English TXT, 3 kB Spanish" in page
    assert "French" not in page
    content = client.get("/documents/agenda/").content.decode()
    assert (content.count('hreflang="en"'), content.count("en-2.txt"), content.count("en-1.txt")) == (1, 1, 0)
    client.force_login(staff.user)
    assert "French TXT, 3 kB Draft Spanish" in text_of(client.get("/documents/agenda/"))


# --- who may read -----------------------------------------------------------------------------------------------------
@pytest.fixture
def in_group(chloe: Member, gustav: Member) -> Group:
    """A group with Chloe and a guest; Ana is in another one."""
    group = GroupFactory(slug="sample")
    MembershipFactory(group=group, member=chloe)
    MembershipFactory(group=group, member=gustav, role="guest")
    return group


@pytest.mark.parametrize(
    ("visibility", "readers"),
    [
        ("public", ["nobody", "ana", "chloe", "gustav", "staff"]),
        ("members", ["ana", "chloe", "staff"]),
        ("group", ["chloe", "gustav", "staff"]),
        ("staff", ["staff"]),
    ],
)
def test_a_document_is_read_by_whom_it_is_for(
    visibility: str,
    readers: list[str],
    in_group: Group,
    ana: Member,
    chloe: Member,
    gustav: Member,
    staff: Member,
    client_of: ClientOf,
) -> None:
    MembershipFactory(group=GroupFactory(slug="another"), member=ana)
    document = DocumentFactory(slug="paper", visibility=visibility, group=in_group)
    with_file(document)
    everybody = {"nobody": None, "ana": ana, "chloe": chloe, "gustav": gustav, "staff": staff}
    clients = {name: client_of(member) for name, member in everybody.items()}
    assert [name for name, each in clients.items() if each.get("/documents/paper/").status_code == 200] == readers
    assert [name for name, each in clients.items() if titles_on(each) == ["Paper"]] == readers
    assert [name for name, each in clients.items() if titles_on(each, "?q=Pap") == ["Paper"]] == readers
    for name in set(clients) - set(readers):
        assert_absent(clients[name], "/documents/paper/", "/documents/never/")
        assert_absent(clients[name], "/documents/PAPER/", "/documents/NEVER/")


def test_a_seat_that_ended_opens_nothing(in_group: Group, chloe: Member, client_of: ClientOf) -> None:
    DocumentFactory(slug="paper", visibility="group", group=in_group)
    in_group.memberships.filter(member=chloe).update(until_on=date(2026, 11, 1), ending="lapsed")
    assert_absent(client_of(chloe), "/documents/paper/", "/documents/never/")


def test_a_symbol_of_a_hidden_document_does_not_redirect(db: None, client: Client) -> None:
    DocumentFactory(symbol="WILD/9/5", symbol_key="WILD/9/5", visibility="staff")
    assert_absent(client, "/documents/wild-9-5/", "/documents/wild-9-6/")
    response = client.get("/documents/?q=WILD/9/5")
    assert response.status_code == 200
    assert "No document that you may read fits." in text_of(response)


@pytest.mark.parametrize(
    "address", ["a%00b", "%00", "9" * 3000, "..", "../admin", "1e3", "<script>", "%F0%28", "WILD/1"]
)
def test_a_wrong_address_is_no_document(address: str, recorded_once: None, client: Client) -> None:
    assert client.get(f"/documents/{address}/").status_code == 404


@pytest.mark.parametrize("page", ["/documents/", "/documents/paper/"])
def test_pages_are_read_only(page: str, db: None, client: Client) -> None:
    DocumentFactory(slug="paper")
    assert [client.post(page).status_code, client.put(page).status_code, client.delete(page).status_code] == [405] * 3
    head = client.head(page)
    assert (head.status_code, head.content) == (200, b"")


# --- the list ---------------------------------------------------------------------------------------------------------
ALL = [
    "Updates from 1st session of WILD",
    "Summary of Discussions",
    "List of participants",
    "Session program, presentations and other related documents",
    "Report on the pre-meeting survey",
]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ALL),
        ("?q=summary", ALL[1:2]),
        ("?q=SURVEY", ALL[4:]),
        ("?q=wild/1", ALL[1:2]),
        ("?session=1", ALL[1:]),
        ("?session=2", ALL[:1]),
        ("?kind=presentation", ALL[:1]),
        ("?language=en", ALL[:2]),
        ("?language=fr", []),
        ("?session=1&language=en", ALL[1:2]),
        ("?group=cio-network", []),
        ("?q=zh-hans", []),
        ("?page=zz", ALL),
        ("?page=99", ALL),
    ],
)
def test_the_list_is_narrowed(query: str, found: list[str], recorded_once: None, client: Client) -> None:
    assert titles_on(client, query) == found


def test_a_symbol_in_the_search_opens_its_document(recorded: None, client: Client) -> None:
    for words in ("WILD/1/2", "wild 1 2", "wild-1-2"):
        response = client.get("/documents/", {"q": words})
        assert (response.status_code, response["Location"]) == (302, "/documents/WILD/1/2/")


def test_the_table_shows_languages_files_and_links(recorded: None, client: Client) -> None:
    page = text_of(client.get("/documents/"))
    assert (
        "WILD/1/2 Summary of Discussions Summary no no EN exists in this language: English no no no meeting page Public"
        in page
    )
    assert "Report on the pre-meeting survey Report no no no no no no document 644543 Public" in page
    assert "5 documents. A symbol opens its document at once, however it is typed." in page
    document = DocumentFactory(slug="paper", group=GroupFactory(name="Sample Group"))
    with_file(document, language="zh-hans")
    page = text_of(client.get("/documents/"))
    assert "Sample Group none Paper Working document no ZH Chinese: Paper no no no no TXT, 3 kB Public" in page
    assert titles_on(client, "?language=zh-hans") == ["Paper"]


def test_a_draft_is_no_language_version_for_readers(db: None, staff: Member, client_of: ClientOf) -> None:
    with_file(DocumentFactory(slug="paper"), language="ru", status="draft")
    assert "Russian: Paper" not in text_of(client_of(None).get("/documents/"))
    assert "Russian: Paper" in text_of(client_of(staff).get("/documents/"))


def test_titles_are_found_in_every_language(db: None, client: Client) -> None:
    DocumentFactory(titles={"en": "Agenda", "ru": "Повестка дня", "zh-hans": "议程"})
    DocumentFactory(titles={"en": "Minutes"})
    assert titles_on(client, "?q=повестка") == ["Agenda"]
    assert titles_on(client, "?q=议程") == ["Agenda"]


def test_long_lists_have_pages_that_keep_the_filter(db: None, client: Client) -> None:
    DocumentFactory.create_batch(51, kind="minutes")
    assert len(titles_on(client, "?kind=minutes")) == 50
    assert len(titles_on(client, "?kind=minutes&page=2")) == 1
    assert "kind=minutes&amp;page=2" in client.get("/documents/?kind=minutes").content.decode()


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("?q=%00", "Null characters are not allowed."),
        (f"?q={'a' * 201}", "Ensure this value has at most 200 characters (it has 201)."),
        ("?session=1e3", "Select a valid choice. That choice is not one of the available choices."),
        (f"?session={'9' * 40}", "Select a valid choice. That choice is not one of the available choices."),
        ("?session=a%00", "Null characters are not allowed."),
        ("?group=%00", "Null characters are not allowed."),
        ("?kind=secret", "Select a valid choice. secret is not one of the available choices."),
        ("?language=de", "Select a valid choice. de is not one of the available choices."),
    ],
)
def test_what_is_not_understood_is_said_at_the_field_and_left_out(
    query: str, message: str, recorded_once: None, client: Client
) -> None:
    response = client.get(f"/documents/{query}")
    assert response.status_code == 200
    assert message in text_of(response)
    assert titles_on(client, query) == ALL


def test_sessions_in_preparation_are_no_filter_for_others(db: None, client: Client, staff: Member) -> None:
    SessionFactory(number=7, is_published=False)
    assert "WILD/7" not in client.get("/documents/").content.decode()
    client.force_login(staff.user)
    assert "WILD/7" in client.get("/documents/").content.decode()


# --- rules of the tables ----------------------------------------------------------------------------------------------
def test_a_symbol_is_unique_and_goes_with_its_key(db: None) -> None:
    DocumentFactory(symbol="WILD/9/1", symbol_key="WILD/9/1")
    for fields in ({"symbol": "WILD 9 1", "symbol_key": "WILD/9/1"}, {"symbol": "WILD/9/2"}, {"symbol_key": "X"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            DocumentFactory(**fields)
    assert Document.objects.count() == 1


def test_a_version_is_a_file_or_a_link(db: None) -> None:
    document = DocumentFactory()
    with pytest.raises(IntegrityError), transaction.atomic():
        DocumentFile.objects.create(document=document, language="en")
    version = DocumentFile.objects.create(document=document, language="en", url="https://www.wipo.int/x")
    assert (str(version), version.get_absolute_url()) == (f"{document} (en)", "https://www.wipo.int/x")


# --- queries ----------------------------------------------------------------------------------------------------------
def test_the_list_needs_the_same_queries_for_many_documents(ana: Member, client_of: ClientOf) -> None:
    session, group = SessionFactory(number=7), GroupFactory()

    def add(count: int) -> None:
        for document in DocumentFactory.create_batch(count, session=session, group=group):
            with_file(document)

    assert_same_number_of_queries(client_of(ana), "/documents/", add)


def test_a_document_needs_the_same_queries_for_many_paragraphs(ana: Member, client_of: ClientOf) -> None:
    document = DocumentFactory(slug="paper", session=SessionFactory(number=7))

    def add(count: int) -> None:
        for _ in range(count):
            paragraph = PassageFactory(document=document)
            point = PassageFactory(document=document, parent=paragraph, kind="point")
            point.topics.add(TermFactory())
            ActionItemFactory(passage=point)
            DocumentFactory(replaces=document)

    assert_same_number_of_queries(client_of(ana), "/documents/paper/", add)


# --- issued for a group -----------------------------------------------------------------------------------------------
ISSUE = Issue(
    slug="arrangements",
    titles={"en": "Working arrangements"},
    kind=Document.Kind.ARRANGEMENTS,
    visibility=Document.Visibility.GROUP,
    language="en",
)


def test_a_document_is_issued_with_its_first_version(staff: Member) -> None:
    upload = SimpleUploadedFile("arrangements.txt", b"We meet each quarter.\n")
    document = issue_document(group=GroupFactory(), issue=ISSUE, upload=upload, by=staff.user, now=NOW)
    version = DocumentFile.objects.get()
    assert (document.title, document.issued_on, document.adopted_at) == (
        "Working arrangements",
        date(2026, 11, 20),
        None,
    )
    assert (version.document, version.language, version.file.name) == (document, "en", "arrangements.txt")


def test_a_document_with_a_file_and_no_text_leads_to_its_file_and_says_when_it_was_adopted(
    staff: Member, client_of: ClientOf
) -> None:
    upload = SimpleUploadedFile("arrangements.txt", b"We meet each quarter.\n")
    document = issue_document(group=GroupFactory(), issue=ISSUE, upload=upload, by=staff.user, now=NOW)
    Document.objects.filter(pk=document.pk).update(adopted_at=NOW)
    page = text_of(client_of(staff).get("/documents/arrangements/"))
    assert "The text of this document is in its files." in page
    assert "Adopted 20 November 2026, 10:00 Geneva time" in page
    assert [words for words in ("not in the record", "is in the record") if words in page] == []


def test_a_document_of_a_group_that_is_text_alone_says_so(staff: Member, client_of: ClientOf) -> None:
    document = DocumentFactory(slug="minutes-1", group=GroupFactory(), is_record=False, page_url="")
    PassageFactory(document=document)
    assert "The text is on this page." in text_of(client_of(staff).get("/documents/minutes-1/"))
    assert "on its page" in text_of(client_of(staff).get("/documents/"))


def test_members_issue_no_document(ana: Member) -> None:
    upload = SimpleUploadedFile("arrangements.txt", b"We meet each quarter.\n")
    with pytest.raises(NotOfTheSecretariat):
        issue_document(group=GroupFactory(), issue=ISSUE, upload=upload, by=ana.user, now=NOW)
    assert Document.objects.count() == 0
