"""Files that go with an answer: who adds and takes them away, what is refused, what a submission keeps, who reads."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.models import Member
from accounts.operations.members import hand_over
from consultations.drafts import draft_of, drafts_of
from consultations.models import Annex, OfficeResponse, Submission
from consultations.operations import (
    DraftChanged,
    NotAuthorised,
    RoundClosed,
    TooManyAnnexes,
    add_annex,
    remove_annex,
    save_draft_field,
    sign_off,
    submit_answers,
)
from consultations.operations.annexes import ANNEX_BYTES
from consultations.sign_offs import sign_offs_of
from library.models import StoredFile
from library.refusals import FileRefused
from tests.consultations.asking import CLOSES, opened_round, response_of
from tests.factories import NOW, MemberFactory
from tests.library.test_files import PDF

pytestmark = pytest.mark.django_db
AFTER = CLOSES + timedelta(milliseconds=1)
Add = Callable[..., Annex]


@pytest.fixture
def response(ana: Member, bruno: Member) -> OfficeResponse:
    return response_of(opened_round(ana.office), ana.office)


@pytest.fixture
def add(response: OfficeResponse, bruno: Member) -> Add:
    """Bruno adds a file to part a."""

    def adding(name: str = "plan.pdf", content: bytes = PDF, section: str = "a", **changes: object) -> Annex:
        values = {"response": response, "section": section, "by": bruno.user, "now": NOW} | changes
        return add_annex(upload=SimpleUploadedFile(name, content), **values)

    return adding


def test_a_colleague_adds_a_file_and_everybody_in_the_office_sees_it(
    response: OfficeResponse, add: Add, ana: Member
) -> None:
    annex = add()
    assert (annex.section, annex.file.name, annex.file.size, annex.added_at) == ("a", "plan.pdf", len(PDF), NOW)
    draft = draft_of(response)
    assert [(each.pk, each.given_name, each.family_name) for each in draft.files("a")] == [
        (annex.pk, "Bruno", "Mithal")
    ]
    assert draft.files("b") == []
    assert drafts_of([response])[response.pk].annexes == ()
    assert list(Annex.objects.visible_to(ana.user, NOW)) == [annex]


def test_every_file_added_or_taken_away_changes_the_fingerprint(
    response: OfficeResponse, add: Add, ana: Member
) -> None:
    prints = [draft_of(response).fingerprint]
    annex = add()
    prints.append(draft_of(response).fingerprint)
    add("other.pdf")
    prints.append(draft_of(response).fingerprint)
    remove_annex(annex=annex, by=ana.user, now=NOW)
    prints.append(draft_of(response).fingerprint)
    assert len(set(prints)) == 4


def test_what_is_taken_away_says_by_whom_and_when_and_twice_is_once(add: Add, ana: Member, bruno: Member) -> None:
    annex = add()
    remove_annex(annex=annex, by=ana.user, now=NOW)
    again = remove_annex(annex=annex, by=bruno.user, now=NOW + timedelta(hours=1))
    assert (again.removed_by, again.removed_at) == (ana.user, NOW)
    assert list(Annex.objects.standing()) == []
    assert list(Annex.objects.visible_to(ana.user, NOW)) == []


def test_five_files_of_a_part_are_enough(add: Add, ana: Member) -> None:
    first, *_rest = [add(f"{number}.pdf") for number in range(5)]
    with pytest.raises(TooManyAnnexes, match="An item takes at most 5 files"):
        add("6.pdf")
    assert StoredFile.objects.count() == 5
    add("b.pdf", section="b")
    remove_annex(annex=first, by=ana.user, now=NOW)
    add("6.pdf")


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("empty.pdf", b"", "The file is empty"),
        ("large.pdf", PDF + b" " * (ANNEX_BYTES + 1 - len(PDF)), "at most 10.0\xa0MB are accepted"),
        ("sheet.ods", PDF, "Accepted are PDF, DOCX, XLSX, PPTX, PNG, JPG, TXT"),
        ("page.svg", b"<svg/>", "Files of this type are not accepted"),
        ("not.docx", PDF, "The name says DOCX, the content does not"),
        ("page.txt", b"<script>alert(1)</script>", "The file holds HTML"),
    ],
)
def test_what_is_no_annex_is_refused_and_nothing_is_stored(add: Add, name: str, content: bytes, why: str) -> None:
    with pytest.raises(FileRefused, match=why):
        add(name, content)
    assert (Annex.objects.count(), StoredFile.objects.count()) == (0, 0)


def test_ten_megabytes_are_accepted(add: Add) -> None:
    assert add("full.pdf", PDF + b" " * (ANNEX_BYTES - len(PDF))).file.size == ANNEX_BYTES


def test_only_the_office_and_only_while_it_is_open(
    add: Add, response: OfficeResponse, chloe: Member, staff: Member, bruno: Member
) -> None:
    annex = add()
    for stranger in (chloe, staff):
        with pytest.raises(NotAuthorised):
            add(by=stranger.user)
        with pytest.raises(NotAuthorised):
            remove_annex(annex=annex, by=stranger.user, now=NOW)
    with pytest.raises(RoundClosed):
        add(now=AFTER)
    with pytest.raises(RoundClosed):
        remove_annex(annex=annex, by=bruno.user, now=AFTER)
    with pytest.raises(ValueError, match="is no part of"):
        add(section="z")


def submit(response: OfficeResponse, by: Member) -> Submission:
    number = response.submissions.count()
    return submit_answers(response=response, seen_number=number, summary=[], by=by.user, now=NOW)


def test_a_submission_keeps_the_files_that_stood(response: OfficeResponse, add: Add, ana: Member) -> None:
    gone, kept = add("gone.pdf"), add("kept.pdf")
    remove_annex(annex=gone, by=ana.user, now=NOW)
    first = submit(response, ana)
    remove_annex(annex=kept, by=ana.user, now=NOW)
    second = submit(response, ana)
    assert [list(each.annexes.all()) for each in (first, second)] == [[kept], []]
    assert list(Annex.objects.visible_to(ana.user, NOW)) == [kept]


def test_others_read_what_counts_when_they_may_read_the_answers(
    response: OfficeResponse, add: Add, ana: Member, chloe: Member, gustav: Member, staff: Member
) -> None:
    round = response.round
    round.addressees.add(chloe.office)
    asked = OfficeResponse.objects.create(round=round, office=chloe.office, closes_at=CLOSES, created_at=NOW)
    old = add("old.pdf")
    submit(response, ana)
    remove_annex(annex=old, by=ana.user, now=NOW)
    new, draft = add("new.pdf"), None
    submit(response, ana)
    draft = add("draft.pdf")

    def readable(member: Member, now: object = NOW) -> list[str]:
        return sorted(annex.file.name for annex in Annex.objects.visible_to(member.user, now))

    assert readable(ana) == ["draft.pdf", "new.pdf", "old.pdf"]
    assert readable(staff) == ["new.pdf", "old.pdf"]
    assert readable(chloe) == []
    round.answers_visible = "submitted"
    round.save()
    assert readable(chloe) == []
    submit(asked, chloe)
    assert readable(chloe) == ["new.pdf"]
    round.answers_visible = "closing"
    round.save()
    assert (readable(chloe), readable(chloe, AFTER)) == ([], ["new.pdf"])
    round.answers_visible = "publication"
    round.published_at, round.published_by = NOW, staff.user
    round.save()
    assert (readable(chloe), readable(gustav)) == (["new.pdf"], [])
    assert (new.pk, draft.pk) == (old.pk + 1, old.pk + 2)


def test_a_successor_finds_draft_files_and_history_and_can_submit(
    response: OfficeResponse, add: Add, ana: Member, bruno: Member
) -> None:
    successor = MemberFactory(office=ana.office, role=Member.Role.CONTRIBUTOR)
    save_draft_field(response=response, key="a.comment", value="From Ana", seen=0, by=ana.user, now=NOW)
    annex = add()
    sign_off(response=response, seen_draft=draft_of(response).fingerprint, by=bruno.user, now=NOW)
    submit(response, ana)
    hand_over(member=ana, to=successor, leaves=True, by=ana.user, now=NOW)
    assert list(OfficeResponse.objects.visible_to(ana.user)) == []
    assert list(OfficeResponse.objects.visible_to(successor.user)) == [response]
    draft = draft_of(response)
    assert (draft.value("a.comment"), draft.last_edit("a").editor) == ("From Ana", ana.name)
    assert draft.files("a") == [annex]
    assert [each.signed_by for each in sign_offs_of(response, draft, successor.user).of_this] == [bruno.user]
    assert list(Annex.objects.visible_to(successor.user, NOW)) == [annex]
    with pytest.raises(NotAuthorised):
        submit(response, ana)
    assert submit(response, successor).number == 2
    assert list(Submission.objects.values_list("number", "submitted_by", "annexes")) == [
        (1, ana.user_id, annex.pk),
        (2, successor.user_id, annex.pk),
    ]


def test_a_file_is_given_as_it_came(add: Add) -> None:
    with add().file.content.open("rb") as stored:
        assert stored.read() == ContentFile(PDF).read()


def test_a_sign_off_of_a_draft_with_another_file_is_refused(response: OfficeResponse, add: Add, ana: Member) -> None:
    seen = draft_of(response).fingerprint
    add()
    with pytest.raises(DraftChanged):
        sign_off(response=response, seen_draft=seen, by=ana.user, now=NOW)
