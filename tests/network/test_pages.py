"""The pages of questions to the network: asking after looking, answering, releasing, reading, publishing."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from django.http import HttpResponse
from django.test import Client

from accounts.models import Member, Office
from consultations.models import OfficeResponse, Release, Submission
from network.models import Question, QuestionAnswer
from network.operations import publish_summary
from tests.consultations.asking import response_of
from tests.factories import NOW, MemberFactory, OfficeFactory, OfficeResponseFactory, UserFactory
from tests.meetings.circulating import at, fields_of, text_of
from tests.network.wondering import AFTER, ASKING, CLOSES, POSTED, answered, asked, seated, sent, waiting_of, write
from tests.pages import assert_absent
from tests.queries import MOST, assert_same_number_of_queries, queries_and_length

Clients = Callable[[Member | None], Client]
LIST, ASK = "/questions/", "/questions/ask/"


def get(client_of: Clients, member: Member, url: str, now: object = NOW, **query: str) -> HttpResponse:
    with at(now):
        return client_of(member).get(url, query)


def post(client_of: Clients, member: Member, url: str, now: object = NOW, **data: object) -> HttpResponse:
    with at(now):
        return client_of(member).post(url, data)


def page_of(question: Question, name: str = "") -> str:
    return f"/questions/{question.round.slug}/{name}"


# --- asking -----------------------------------------------------------------------------------------------------------
def test_earlier_questions_are_shown_before_one_is_asked(client_of: Clients, ana: Member, chloe: Member) -> None:
    earlier = sent(chloe, replace(ASKING, title="Search engines", text="Which one?"))
    publish_summary(question=earlier, text="Most offices use one.", by=chloe.user, now=AFTER)
    seated(ana)

    first = get(client_of, ana, ASK)
    assert "Look for earlier questions like this" in text_of(first)
    assert "Ask all offices" not in text_of(first)

    looked = text_of(post(client_of, ana, ASK, **POSTED, do="look"))
    assert "Search engines" in looked
    assert "Most offices use one." in looked
    assert "Ask all offices" in looked
    assert ASKING.text in looked  # what was typed is kept
    assert Question.objects.count() == 1


def test_a_question_is_asked_and_waits(client_of: Clients, ana: Member, chloe: Member, staff: Member) -> None:
    seated(ana)

    response = post(client_of, ana, ASK, **POSTED, do="ask")

    question = Question.objects.get()
    assert (response.status_code, response["Location"]) == (302, page_of(question))
    assert (question.round.title, question.text, question.round.closes_at) == (ASKING.title, ASKING.text, CLOSES)
    words = text_of(get(client_of, ana, page_of(question)))
    assert "The question waits for the Secretariat" in words
    assert "Change the question" in words


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("title", "", "This field is required."),
        ("title", "x" * 201, "at most 200 characters"),
        ("text", "a\x00b", "Null characters are not allowed."),
        ("text", "x" * 1_000_000, "at most 4000 characters"),
        ("closes_on", "2026-02-30", "Enter a valid date."),
        ("closes_on", "2026-11-19", "This day is over."),
        ("closes_on", "2036-11-19", "more than three years away"),
    ],
)
def test_bad_input_is_named_at_its_field_and_nothing_is_stored(
    field: str, value: str, message: str, client_of: Clients, ana: Member, chloe: Member
) -> None:
    seated(ana)

    response = post(client_of, ana, ASK, **POSTED | {field: value}, do="ask")

    assert response.status_code == 200
    assert message in text_of(response)
    assert 'aria-invalid="true"' in response.content.decode()
    assert Question.objects.count() == 0


def test_a_refusal_leaves_what_was_typed(client_of: Clients, ana: Member) -> None:
    seated(ana)  # nobody else is there

    response = post(client_of, ana, ASK, **POSTED, do="ask")

    assert response.status_code == 409
    assert "No other office has a focal point" in text_of(response)
    assert ASKING.text in text_of(response)


def test_asking_is_for_the_network_and_the_secretariat(
    client_of: Clients, ana: Member, staff: Member, gustav: Member
) -> None:
    assert get(client_of, ana, ASK).status_code == 403
    assert get(client_of, staff, ASK).status_code == 200
    assert [get(client_of, gustav, url).status_code for url in (LIST, ASK)] == [404, 404]
    assert "Ask a question" not in text_of(get(client_of, ana, LIST))
    assert "Ask a question" in text_of(get(client_of, seated(ana), LIST))


def test_a_question_is_changed_until_it_is_sent(client_of: Clients, ana: Member, chloe: Member, staff: Member) -> None:
    question = asked(ana)
    form = get(client_of, ana, page_of(question, "edit/"))
    assert 'value="2026-12-03"' in form.content.decode()

    assert post(client_of, ana, page_of(question, "edit/"), **POSTED | {"text": "Why?"}, do="ask").status_code == 302
    assert Question.objects.get().text == "Why?"

    post(client_of, staff, page_of(question, f"releases/{waiting_of(question).pk}/"), do="release")
    assert "cannot be changed" in text_of(get(client_of, ana, page_of(question, "edit/")))
    assert post(client_of, ana, page_of(question, "edit/"), **POSTED, do="ask").status_code == 409
    assert Question.objects.get().text == "Why?"
    assert get(client_of, chloe, page_of(question, "edit/")).status_code == 403


# --- the Secretariat --------------------------------------------------------------------------------------------------
def test_the_secretariat_sees_who_gets_which_mail_and_sends_it(
    client_of: Clients, ana: Member, chloe: Member, staff: Member
) -> None:
    question = asked(ana)
    url = page_of(question, f"releases/{waiting_of(question).pk}/")

    words = text_of(get(client_of, staff, url))
    assert chloe.email in words
    assert ASKING.text in words
    assert "Look at it" in text_of(get(client_of, staff, page_of(question)))
    assert get(client_of, ana, url).status_code == 403
    assert_absent(client_of(chloe), url, "/questions/nothing/releases/1/")

    sent_page = post(client_of, staff, url, do="release")
    assert sent_page["Location"] == page_of(question)
    assert OfficeResponse.objects.get().office == chloe.office
    again = post(client_of, staff, url, do="release")
    assert again.status_code == 409
    assert "Nothing was done twice." in text_of(again)


def test_a_question_is_sent_back_with_a_reason(client_of: Clients, ana: Member, chloe: Member, staff: Member) -> None:
    question = asked(ana)
    url = page_of(question, f"releases/{waiting_of(question).pk}/")

    unreasoned = post(client_of, staff, url, do="back", reason=" ")
    assert "This field is required." in text_of(unreasoned)
    assert post(client_of, staff, url, do="back", reason="Asked last year").status_code == 302
    assert Release.objects.get().withdrawn_by == staff.user
    assert "The question was not sent." in text_of(get(client_of, ana, page_of(question)))


def test_the_own_request_is_withdrawn_not_released(client_of: Clients, ana: Member, staff: Member) -> None:
    seated(staff)
    question = asked(staff)
    url = page_of(question, f"releases/{waiting_of(question).pk}/")

    words = text_of(get(client_of, staff, url))
    assert "You asked for this yourself" in words
    assert "Send it to offices" not in words
    assert post(client_of, staff, url, do="release").status_code == 409
    assert post(client_of, staff, url, do="withdraw").status_code == 302
    assert Release.objects.get().withdrawn_by == staff.user


def test_what_cannot_be_sent_any_more_says_why(client_of: Clients, ana: Member, chloe: Member, staff: Member) -> None:
    question = asked(ana)
    url = page_of(question, f"releases/{waiting_of(question).pk}/")

    words = text_of(get(client_of, staff, url, now=AFTER))
    assert "It cannot be done any more The deadline has passed." in words
    assert "Send it to offices" not in words


# --- answering --------------------------------------------------------------------------------------------------------
def test_an_office_sees_the_question_at_home_and_answers_it(client_of: Clients, ana: Member, chloe: Member) -> None:
    question = sent(ana)

    home = get(client_of, chloe, "/")
    assert "Question to the network" in text_of(home)
    assert page_of(question, "answer/") in home.content.decode()
    assert "Which search engine?" not in text_of(get(client_of, ana, "/"))

    form = get(client_of, chloe, page_of(question, "answer/"))
    assert ASKING.text in text_of(form)
    typed = fields_of(form) | {"item-a-text": "One of our own."}
    review = post(client_of, chloe, page_of(question, "answer/"), **typed, review="1")
    assert review["Location"] == page_of(question, "review/")
    shown = get(client_of, chloe, page_of(question, "review/"))
    assert "One of our own." in text_of(shown)

    unticked = post(client_of, chloe, page_of(question, "review/"), **fields_of(shown))
    assert "Tick the box" in text_of(unticked)
    done = post(client_of, chloe, page_of(question, "review/"), **fields_of(shown), confirm="1")
    assert done["Location"] == page_of(question, "receipt/")
    assert QuestionAnswer.objects.get().text == "One of our own."
    assert "One of our own." in text_of(get(client_of, chloe, page_of(question, "receipt/")))
    assert get(client_of, chloe, page_of(question, "receipt/1/")).status_code == 200
    assert get(client_of, chloe, page_of(question, "receipt/2/")).status_code == 404
    twice = post(client_of, chloe, page_of(question, "review/"), **fields_of(shown), confirm="1")
    assert twice["Location"] == page_of(question, "receipt/")
    assert Submission.objects.count() == 1


def test_an_earlier_version_leads_to_the_one_that_counts(client_of: Clients, ana: Member, chloe: Member) -> None:
    question = sent(ana)
    answered(question, chloe, "One.")
    answered(question, chloe, "Another one.")

    words = text_of(get(client_of, chloe, page_of(question, "receipt/1/")))
    assert "A later version has replaced this one." in words
    assert "Another one." not in words


def test_two_who_write_at_once_lose_nothing(client_of: Clients, ana: Member, chloe: Member) -> None:
    question = sent(ana)
    colleague = MemberFactory(office=chloe.office, user=UserFactory(), given_name="Carl", family_name="Other")
    url = page_of(question, "answer/")
    empty = fields_of(get(client_of, chloe, url))
    write(question, colleague, "His version.")

    post(client_of, chloe, url, **empty | {"item-a-text": "Her version."})
    words = text_of(get(client_of, chloe, url))
    assert "Two versions of the answer stand side by side." in words
    assert "His version." in words
    assert "two versions stand side by side" in text_of(get(client_of, chloe, page_of(question, "review/")))

    shown = get(client_of, chloe, url)
    post(client_of, chloe, url, **fields_of(shown), resolve="a.text:2:both")
    assert "His version." in fields_of(get(client_of, chloe, url))["item-a-text"]
    assert "Her version." in fields_of(get(client_of, chloe, url))["item-a-text"]


def test_autosave_answers_with_the_draft_and_who_is_there(client_of: Clients, ana: Member, chloe: Member) -> None:
    question = sent(ana)
    colleague = MemberFactory(office=chloe.office, user=UserFactory(), given_name="Carl", family_name="Other")
    post(client_of, colleague, page_of(question, "presence/"), part="a")

    data = {"item-a-text": "One.", "item-a-text-seen": ""}
    saved = post(client_of, chloe, page_of(question, "draft/"), **data).json()
    assert saved["items"]["a"]["fields"]["item-a-text"]["value"] == "One."
    assert "Carl Other" in saved["present"]
    assert "Carl Other" in saved["items"]["a"]["status"]
    assert post(client_of, colleague, page_of(question, "presence/"), left="1").status_code == 204
    assert post(client_of, chloe, page_of(question, "presence/"), part="a").json()["present"] == ""
    late = post(client_of, chloe, page_of(question, "draft/"), now=AFTER, **data)
    assert (late.status_code, late.json()["state"]) == (409, "closed")
    assert post(client_of, chloe, page_of(question, "presence/"), now=AFTER, part="a").status_code == 409


def test_a_text_that_cannot_be_stored_is_kept_and_named(client_of: Clients, ana: Member, chloe: Member) -> None:
    question = sent(ana)

    response = post(client_of, chloe, page_of(question, "answer/"), **{"item-a-text": "x" * 20_001})

    assert "at most 20000 characters" in text_of(response)
    assert "x" * 20_001 in response.content.decode()


def test_what_comes_too_late_is_kept_on_the_page(client_of: Clients, ana: Member, chloe: Member) -> None:
    question = sent(ana)
    response = write(question, chloe, "In time.")
    url = page_of(question, "answer/")

    late = post(client_of, chloe, url, now=AFTER, **{"item-a-text": "Too late.", "item-a-text-seen": ""})
    assert late.status_code == 409
    assert "Too late." in text_of(late)
    assert "Answers were accepted until" in text_of(late)
    assert "In time." in text_of(get(client_of, chloe, url, now=AFTER))
    assert "In time." in text_of(get(client_of, chloe, page_of(question, "review/"), now=AFTER))
    seen = {"seen_number": 0, "seen_draft": "", "confirm": "1"}
    assert post(client_of, chloe, page_of(question, "review/"), now=AFTER, **seen).status_code == 409
    assert not response.submissions.exists()


def test_a_contributor_writes_and_does_not_submit(
    client_of: Clients, ana: Member, bruno: Member, chloe: Member
) -> None:
    question = sent(chloe)
    write(question, bruno, "One of our own.")
    url = page_of(question, "review/")

    assert "a focal point or an alternate submits it" in text_of(get(client_of, bruno, url))
    assert post(client_of, bruno, url, confirm="1", seen_number=0).status_code == 403


def test_who_submits_after_a_colleague_reads_it_first(client_of: Clients, ana: Member, chloe: Member) -> None:
    question = sent(ana)
    alternate = MemberFactory(office=chloe.office, role=Member.Role.ALTERNATE, user=UserFactory())
    write(question, chloe, "One.")
    seen = fields_of(get(client_of, chloe, page_of(question, "review/"))) | {"confirm": "1"}
    answered(question, alternate, "One.")

    refused = post(client_of, chloe, page_of(question, "review/"), **seen)
    assert refused.status_code == 409
    assert "has submitted the answer of your office" in text_of(refused)
    stale = seen | {"seen_number": "1", "seen_draft": "something else"}
    assert post(client_of, chloe, page_of(question, "review/"), **stale).status_code == 409


def test_another_office_gets_the_page_of_an_absent_one(client_of: Clients, ana: Member, chloe: Member) -> None:
    question = sent(ana)
    other = MemberFactory(user=UserFactory())

    for name in ("", "answer/", "review/", "receipt/", "summary/", "edit/"):
        assert_absent(client_of(other), page_of(question, name), f"/questions/nothing/{name}")
    assert get(client_of, ana, page_of(question, "answer/")).status_code == 404  # who asks is not asked


def test_who_belongs_to_two_offices_answers_for_each(
    client_of: Clients, ana: Member, chloe: Member, olga: Member
) -> None:
    question = sent(ana)
    MemberFactory(office=olga.office, user=chloe.user, role=Member.Role.FOCAL_POINT, email=chloe.email)
    url = page_of(question, "answer/")

    post(client_of, chloe, f"{url}?office=XB", **{"item-a-text": "Of Belmora.", "item-a-text-seen": ""})

    assert "Of Belmora." in text_of(get(client_of, chloe, url, office="XB"))
    assert "Of Belmora." not in text_of(get(client_of, chloe, url))
    assert "Your other offices" in text_of(get(client_of, chloe, url))
    assert get(client_of, chloe, url, office="QM").status_code == 404


# --- reading ----------------------------------------------------------------------------------------------------------
def test_answers_are_on_the_askers_page_and_on_no_other(
    client_of: Clients, ana: Member, bruno: Member, chloe: Member, olga: Member, staff: Member
) -> None:
    question = sent(ana)
    answered(question, chloe, "canary-answer")

    words = text_of(get(client_of, ana, page_of(question, "summary/")))
    assert "canary-answer" in words
    assert "1 of 2 offices have submitted." in words
    assert "Belmora Not answered" in words
    urls = (LIST, page_of(question), page_of(question, "summary/"), f"{LIST}?q=canary-answer", "/")
    for member in (bruno, olga, staff):
        assert all("canary-answer" not in get(client_of, member, url).content.decode() for url in urls[:-2])
        assert get(client_of, member, page_of(question, "summary/")).status_code == 403
    admin = f"/admin/consultations/officeresponse/{response_of(question.round, chloe.office).pk}/change/"
    assert "canary-answer" not in get(client_of, staff, admin).content.decode()
    assert "1 of 2 offices have submitted." in text_of(get(client_of, staff, LIST))
    assert "offices have submitted" not in text_of(get(client_of, olga, LIST))


def test_a_published_summary_is_read_by_all_members_without_the_answers(
    client_of: Clients, ana: Member, chloe: Member
) -> None:
    question, other = sent(ana), MemberFactory(user=UserFactory())
    answered(question, chloe, "canary-answer")
    url = page_of(question, "summary/")
    assert "can be published when the question has closed" in text_of(get(client_of, ana, url))
    early = post(client_of, ana, url, summary="Most use one.")
    assert early.status_code == 409
    assert "Most use one." in text_of(early)

    assert post(client_of, ana, url, now=AFTER, summary="Most use one.").status_code == 302

    for page in (page_of(question), LIST, f"{LIST}?q=most"):
        words = text_of(get(client_of, other, page, now=AFTER))
        assert "Most use one." in words
        assert "canary-answer" not in words
    again = post(client_of, ana, url, now=AFTER, summary="Another one.")
    assert again.status_code == 409
    assert "Another one." in text_of(again)
    assert "Most use one." in text_of(again)


def test_an_empty_summary_is_named_at_its_field(client_of: Clients, ana: Member, chloe: Member) -> None:
    response = post(client_of, ana, page_of(sent(ana), "summary/"), now=AFTER, summary="  ")

    assert "This field is required." in text_of(response)
    assert Question.objects.get().summary_published_at is None


def test_lists_say_when_there_is_nothing(client_of: Clients, ana: Member, chloe: Member) -> None:
    assert "No question has been asked yet." in text_of(get(client_of, ana, LIST))
    assert "No question holds these words." in text_of(get(client_of, ana, LIST, q="kangaroo\x00"))
    question = asked(ana)
    assert "has not been sent to offices yet" in text_of(get(client_of, ana, page_of(question, "summary/")))


def test_the_secretariat_reads_questions_in_the_admin(
    client_of: Clients, ana: Member, chloe: Member, staff: Member
) -> None:
    sent(ana)

    assert ASKING.title in get(client_of, staff, "/admin/network/question/").content.decode()


# --- queries ----------------------------------------------------------------------------------------------------------
def asked_offices(question: Question, count: int) -> None:
    """More offices that were asked and have answered."""
    there = question.round.responses.count()
    for number in range(there, there + count):
        office: Office = OfficeFactory(code=f"{'GHJK'[number // 26]}{chr(65 + number % 26)}")
        member = MemberFactory(office=office, role=Member.Role.FOCAL_POINT, user=UserFactory())
        response = OfficeResponseFactory(round=question.round, office=office, closes_at=CLOSES)
        question.round.addressees.add(office)
        submission = Submission.objects.create(response=response, number=1, submitted_at=NOW, submitted_by=member.user)
        QuestionAnswer.objects.create(submission=submission, text="One of our own.")


def more_questions(asker: Member, reader: Member, count: int) -> None:
    """More questions that an office was asked, some answered."""
    for number in range(count):
        question = sent(asker)
        if number % 2:
            answered(question, reader)


@pytest.mark.parametrize("query", ["", "?q=search"])
@pytest.mark.parametrize("reader", ["chloe", "staff"])
def test_queries_do_not_grow_with_questions(
    reader: str, query: str, request: pytest.FixtureRequest, client_of: Clients, ana: Member, chloe: Member
) -> None:
    client = client_of(request.getfixturevalue(reader))
    with at():
        assert_same_number_of_queries(client, LIST + query, lambda count: more_questions(ana, chloe, count))


def test_queries_do_not_grow_with_answers(client_of: Clients, ana: Member, chloe: Member) -> None:
    question = sent(ana)
    with at():
        client, url = client_of(ana), page_of(question, "summary/")
        assert_same_number_of_queries(client, url, lambda count: asked_offices(question, count))


def test_the_other_pages_keep_to_fifteen_queries(client_of: Clients, ana: Member, chloe: Member, staff: Member) -> None:
    question, waiting = sent(ana), asked(chloe)
    answered(question, chloe)
    release = page_of(waiting, f"releases/{waiting_of(waiting).pk}/")
    own = [page_of(question, name) for name in ("", "answer/", "review/", "receipt/")]
    with at():
        counts = [queries_and_length(client_of(chloe), url)[0] for url in [*own, ASK]]
        counts.append(queries_and_length(client_of(staff), release)[0])
    assert [count for count in counts if count > MOST] == []
