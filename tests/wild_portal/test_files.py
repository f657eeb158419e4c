"""Files are served through one view, to those who may read the row that points to them."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext

from accounts.models import Member
from consultations.models import Submission
from groups.models import Group
from library.models import StoredFile
from library.operations import store_file
from meetings.models import Document, DocumentFile
from tests.factories import NOW, DocumentFactory, GroupFactory, MembershipFactory, OfficeResponseFactory
from tests.pages import assert_absent
from tests.queries import queries_and_length

ClientOf = Callable[[Member | None], Client]
WORDS = b"What the paper says.\n"


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path) -> Iterator[None]:
    with override_settings(MEDIA_ROOT=tmp_path):
        yield


def stored(name: str = "paper.txt") -> StoredFile:
    """A stored text file."""
    return store_file(upload=SimpleUploadedFile(name, WORDS), by=None, now=NOW)


def in_document(document: Document, file: StoredFile, status: str = "final") -> StoredFile:
    """The file as the English version of a document."""
    DocumentFile.objects.create(document=document, language="en", file=file, status=status)
    return file


@pytest.fixture
def readers(
    ana: Member, bruno: Member, chloe: Member, gustav: Member, staff: Member, client_of: ClientOf
) -> dict[str, Client]:
    """A client of everybody."""
    people = {"nobody": None, "ana": ana, "bruno": bruno, "chloe": chloe, "gustav": gustav, "staff": staff}
    return {name: client_of(member) for name, member in people.items()}


def status_of(client: Client, url: str) -> int:
    """The status of a GET that is read to its end, which closes the file."""
    response = client.get(url)
    assert response.getvalue()
    return response.status_code


def who_reads(readers: dict[str, Client], file: StoredFile) -> list[str]:
    """Who is served; for everybody else the file is as absent as one that never was."""
    url = file.get_absolute_url()
    served = [name for name, client in readers.items() if status_of(client, url) == 200]
    for name in set(readers) - set(served):
        assert_absent(readers[name], url, f"/files/{file.pk + 1000}/{file.name}")
    return served


@pytest.fixture
def group(chloe: Member, gustav: Member) -> Group:
    """A group of Chloe and a guest."""
    group = GroupFactory()
    MembershipFactory(group=group, member=chloe)
    MembershipFactory(group=group, member=gustav, role="guest")
    return group


@pytest.mark.parametrize(
    ("visibility", "expected"),
    [
        ("public", ["nobody", "ana", "bruno", "chloe", "gustav", "staff"]),
        ("members", ["ana", "bruno", "chloe", "staff"]),
        ("group", ["chloe", "gustav", "staff"]),
        ("staff", ["staff"]),
    ],
)
def test_a_file_of_a_document_is_for_its_readers(
    visibility: str, expected: list[str], group: Group, readers: dict[str, Client]
) -> None:
    file = in_document(DocumentFactory(visibility=visibility, group=group), stored())
    assert who_reads(readers, file) == expected


def test_a_draft_of_a_public_document_is_for_the_secretariat(readers: dict[str, Client]) -> None:
    assert who_reads(readers, in_document(DocumentFactory(), stored(), status="draft")) == ["staff"]


def test_the_proof_of_an_answer_is_for_its_office_and_the_secretariat(
    ana: Member, staff: Member, readers: dict[str, Client]
) -> None:
    file = stored()
    Submission.objects.create(
        response=OfficeResponseFactory(office=ana.office),
        number=1,
        submitted_at=NOW,
        submitted_by=staff.user,
        on_behalf_of_reason="By letter.",
        received_on=NOW.date(),
        file=file,
    )
    assert who_reads(readers, file) == ["ana", "bruno", "staff"]


def test_a_file_that_nothing_points_to_is_for_nobody(readers: dict[str, Client]) -> None:
    assert who_reads(readers, stored()) == []


def test_the_answer_is_an_attachment_with_the_type_of_its_content(db: None, client: Client) -> None:
    file = in_document(DocumentFactory(), stored("Réponse “finale”.txt"))
    response = client.get(file.get_absolute_url())
    assert b"".join(response.streaming_content) == WORDS
    assert response["Content-Type"] == "text/plain; charset=utf-8"
    assert response["Content-Disposition"] == (
        "attachment; filename*=utf-8''R%C3%A9ponse%20%E2%80%9Cfinale%E2%80%9D.txt"
    )
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Security-Policy"] == (
        "default-src 'none'; sandbox; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
    )
    assert response["Cross-Origin-Resource-Policy"] == "same-origin"
    assert int(response["Content-Length"]) == len(WORDS)


def test_a_member_s_copy_is_not_kept_by_caches(ana: Member, client_of: ClientOf) -> None:
    file = in_document(DocumentFactory(visibility="members"), stored())
    response = client_of(ana).get(file.get_absolute_url())
    assert response.getvalue() == WORDS
    assert "no-store" in response["Cache-Control"]


def test_head_has_no_content_and_nothing_else_is_allowed(db: None, client: Client) -> None:
    url = in_document(DocumentFactory(), stored()).get_absolute_url()
    head = client.head(url)
    assert (head.status_code, head.getvalue()) == (200, b"")
    assert [client.post(url).status_code, client.put(url).status_code, client.delete(url).status_code] == [405] * 3


def test_the_name_is_part_of_the_address(db: None, client: Client) -> None:
    file = in_document(DocumentFactory(), stored())
    assert client.get(f"/files/{file.pk}/other.txt").status_code == 404
    assert client.get(f"/files/{file.pk}/").status_code == 404


def test_a_file_whose_content_is_gone_is_absent(db: None, client: Client) -> None:
    file = in_document(DocumentFactory(), stored())
    file.content.storage.delete(file.content.name)
    assert client.get(file.get_absolute_url()).status_code == 404


def test_the_place_in_the_store_is_no_address(db: None, client: Client) -> None:
    file = in_document(DocumentFactory(), stored())
    for url in (f"/{file.content.name}", f"/media/{file.content.name}", f"/files/{file.content.name}"):
        assert client.get(url).status_code == 404


@pytest.mark.parametrize("number", ["0", "-1", "1e3", "１", str(2**31), str(2**63), "9" * 40, "9" * 5000, "x", "1%00"])
def test_a_wrong_number_is_no_file(number: str, db: None, client: Client) -> None:
    in_document(DocumentFactory(), stored())
    assert client.get(f"/files/{number}/paper.txt").status_code == 404
    assert client.get(f"/files/1/{number}%00").status_code == 404


def test_a_file_takes_one_query_beside_the_sign_in(ana: Member, client_of: ClientOf) -> None:
    file = in_document(DocumentFactory(visibility="members"), stored())
    client = client_of(ana)
    client.get("/groups/")
    with CaptureQueriesContext(connection) as captured:
        assert status_of(client, file.get_absolute_url()) == 200
    assert len(captured) == queries_and_length(client, "/groups/")[0]
