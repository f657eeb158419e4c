"""The outcome of a circulation: written, rehearsed, published at one instant, told to every office."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client

from accounts.models import Member
from consultations.models import Release, Round
from consultations.operations import NotAuthorised, Refusal, extend_round, publish_round
from consultations.operations.refusals import RoundChangedSince, SecondPersonNeeded
from consultations.operations.releases import ask_release, release
from meetings.models import ActionItem, ActionUpdate, Circulation, CirculationItem
from meetings.operations.dispositions import Concluded
from meetings.operations.outcomes import (
    ItemOutcome,
    NotReadyToPublish,
    OutcomeChanged,
    outcome_token,
    publish_outcome,
    write_outcome,
)
from meetings.outcome import obstacles_to_publishing, outcomes_for_offices, rehearse_outcome
from notifications.models import Delivery
from tests.factories import NOW, ActionItemFactory, ActionUpdateFactory, MemberFactory, OfficeFactory
from tests.hostile import LONG
from tests.meetings.circulating import PAGE, at, opened, prepared, submitted, text_of
from tests.meetings.concluding import AFTER, TEXT, concluded, decide, join, write
from tests.queries import assert_same_number_of_queries, queries_and_length

DESK = PAGE + "disposition/"
WRITING, PUBLISHING, OUTCOME = DESK + "text/", DESK + "publish/", PAGE + "outcome/"
Clients = Callable[[Member | None], Client]


@pytest.fixture
def circulation(ana: Member, chloe: Member, olga: Member) -> Circulation:
    """Meridia comments on a, and Norland joins it; Norland only takes positions; Belmora does not answer."""
    circulation = opened(ana.office, chloe.office, olga.office, answers_visible="submitted")
    submitted(circulation, ana, a_position="supports_with_changes", a_wording="New words", a_comment="Share the costs")
    submitted(circulation, chloe)
    join(circulation, chloe, ana)
    return circulation


def ready(circulation: Circulation, staff: Member, **fields: str) -> Circulation:
    """Every comment answered, the outcome written."""
    decide(circulation, staff.user, "partly", "Costs are for the budget.")
    write(circulation, staff.user, **fields)
    circulation.refresh_from_db()
    return circulation


def linked(circulation: Circulation, letter: str = "a") -> ActionItem:
    """The item of the circulation belongs to an action item."""
    item = ActionItemFactory(key=letter)
    CirculationItem.objects.filter(circulation=circulation, key=letter).update(action_item=item)
    return item


def mails() -> dict[str, Delivery]:
    """The mails about the outcome, by address."""
    return {mail.to_address: mail for mail in Delivery.objects.filter(purpose="outcome")}


# --- writing ----------------------------------------------------------------------------------------------------------
def test_the_outcome_is_kept_by_language_and_item(circulation: Circulation, staff: Member) -> None:
    write(circulation, staff.user, fr="Les cinq actions se poursuivent.", ar="")
    circulation.refresh_from_db()
    assert circulation.outcomes == {"en": TEXT, "fr": "Les cinq actions se poursuivent."}
    rows = list(circulation.items.values_list("key", "outcome", "status_after"))
    assert rows == [("a", "Outcome of a", "in_progress"), ("b", "Outcome of b", "in_progress")]


def test_of_two_who_write_at_once_one_is_stored_and_the_other_told(
    circulation: Circulation, ana: Member, staff: Member
) -> None:
    seen = outcome_token(circulation, list(circulation.items.all()))
    write(circulation, staff.user)
    with pytest.raises(OutcomeChanged, match="your text is kept"):
        write_outcome(circulation=circulation, texts={"en": "Mine"}, items=[], seen=seen, by=staff.user)
    with pytest.raises(NotAuthorised):
        write_outcome(circulation=circulation, texts={"en": "Mine"}, items=[], seen=seen, by=ana.user)
    circulation.refresh_from_db()
    assert circulation.outcomes == {"en": TEXT}


# --- what stands in the way -------------------------------------------------------------------------------------------
def keys(circulation: Circulation, now: object = AFTER) -> list[str]:
    return [obstacle.key for obstacle in obstacles_to_publishing(circulation, now)]


def test_obstacles_are_listed_and_refused(circulation: Circulation, staff: Member) -> None:
    assert keys(circulation, NOW) == ["open", "comments", "text"]
    with pytest.raises(NotReadyToPublish) as refusal:
        publish_outcome(circulation=circulation, by=staff.user, now=NOW)
    assert refusal.value.message == (
        "Offices can still submit: it has not closed for all. 1 comment has no answer. "
        "The outcome text in English is missing."
    )
    ready(circulation, staff)
    assert keys(circulation) == []
    assert Circulation.objects.get().outcome_published_at is None


def test_one_office_with_more_time_keeps_the_outcome_back(
    circulation: Circulation, olga: Member, staff: Member
) -> None:
    ready(circulation, staff)
    circulation.round.responses.filter(office=olga.office).update(closes_at=AFTER)
    assert keys(circulation) == ["open"]
    assert keys(circulation, AFTER + timedelta(days=1)) == []


def test_what_was_never_asked_has_no_outcome(ana: Member, staff: Member) -> None:
    waiting = prepared(ana.office)
    assert keys(waiting) == ["unopened"]
    Round.objects.update(is_record=True)
    assert keys(Circulation.objects.get()) == ["unopened"]


# --- publishing -------------------------------------------------------------------------------------------------------
def test_everything_happens_at_one_instant(
    circulation: Circulation, ana: Member, chloe: Member, olga: Member, staff: Member
) -> None:
    item = linked(circulation)
    ready(circulation, staff)
    publish_outcome(circulation=circulation, by=staff.user, now=AFTER)
    circulation = Circulation.objects.select_related("round").get()
    assert (circulation.outcome_published_at, circulation.outcome_published_by) == (AFTER, staff.user)
    assert (circulation.round.published_at, circulation.round.published_by) == (AFTER, staff.user)
    assert sorted(mails()) == [ana.email, chloe.email, olga.email]
    update = item.updates.get()
    assert (update.status, update.note, update.source) == ("in_progress", "Outcome of a", "Next-step actions")
    assert (update.source_circulation, update.happened_on) == (circulation, date(2026, 12, 4))
    assert (update.recorded_by, update.is_record) == (staff.user, False)
    assert ActionUpdate.objects.count() == 1


def test_answers_that_were_published_before_stay_so(circulation: Circulation, staff: Member, staff2: Member) -> None:
    publish_round(round=circulation.round, by=staff2.user, now=AFTER)
    ready(circulation, staff)
    publish_outcome(circulation=circulation, by=staff.user, now=AFTER + timedelta(days=1))
    round = Round.objects.get()
    assert (round.published_at, round.published_by) == (AFTER, staff2.user)


@pytest.mark.parametrize(("before", "after"), [([], "circulated"), (["circulated", "under_review"], "under_review")])
def test_an_item_without_a_new_status_keeps_its_own(
    circulation: Circulation, staff: Member, before: list[str], after: str
) -> None:
    item = linked(circulation)
    for day, status in enumerate(before, 1):
        ActionUpdateFactory(item=item, status=status, happened_on=date(2026, 5, day))
    ready(circulation, staff, status="")
    publish_outcome(circulation=circulation, by=staff.user, now=AFTER)
    newest = ActionItem.objects.for_list().get(pk=item.pk).newest_update
    assert (newest.status, newest.source_circulation_id) == (after, circulation.pk)


def test_it_is_published_once(circulation: Circulation, ana: Member, staff: Member, staff2: Member) -> None:
    item = linked(circulation)
    ready(circulation, staff)
    with pytest.raises(NotAuthorised):
        publish_outcome(circulation=circulation, by=ana.user, now=AFTER)
    publish_outcome(circulation=circulation, by=staff.user, now=AFTER)
    with pytest.raises(Concluded, match="The outcome is published"):
        publish_outcome(circulation=circulation, by=staff2.user, now=AFTER)
    with pytest.raises(Concluded):
        write(circulation, staff2.user)
    assert keys(Circulation.objects.select_related("round").get()) == ["concluded"]
    assert (item.updates.count(), len(mails())) == (1, 3)
    with pytest.raises(Refusal):
        extend_round(round=circulation.round, closes_at=AFTER + timedelta(days=9), reason="x", by=staff.user, now=AFTER)


@pytest.mark.django_db(transaction=True)
def test_of_two_who_publish_at_once_one_does_and_the_other_is_told(
    circulation: Circulation, staff: Member, staff2: Member
) -> None:
    ready(circulation, staff)

    def publish(by: Member) -> str:
        try:
            publish_outcome(circulation=circulation, by=by.user, now=AFTER)
        except Concluded as refusal:
            return type(refusal).__name__
        finally:
            connection.close()
        return "published"

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(publish, [staff, staff2])) == ["Concluded", "published"]
    assert len(mails()) == 3


# --- the second person ------------------------------------------------------------------------------------------------
@pytest.fixture
def strict(settings: Any) -> None:
    """Two persons from three mails on."""
    settings.SECOND_PERSON_ABOVE = 2


def test_many_mails_need_a_second_person(circulation: Circulation, staff: Member, staff2: Member, strict: None) -> None:
    ready(circulation, staff)
    with pytest.raises(SecondPersonNeeded):
        publish_outcome(circulation=circulation, by=staff.user, now=AFTER)
    asked = ask_release(round=circulation.round, act=Release.Act.OUTCOME, arguments={}, by=staff.user, now=AFTER)
    assert asked.recipients == 3
    release(release=asked, by=staff2.user, now=AFTER)
    circulation.refresh_from_db()
    assert (circulation.outcome_published_at, circulation.outcome_published_by) == (AFTER, staff.user)
    assert len(mails()) == 3


def test_what_changed_since_it_was_asked_for_is_not_released(
    circulation: Circulation, staff: Member, staff2: Member, strict: None
) -> None:
    deed = {"round": circulation.round, "act": Release.Act.OUTCOME, "arguments": {}, "by": staff.user, "now": AFTER}
    with pytest.raises(NotReadyToPublish):
        ask_release(**deed)
    ready(circulation, staff)
    asked = ask_release(**deed)
    write(circulation, staff.user, en="Another text.")
    with pytest.raises(RoundChangedSince):
        release(release=asked, by=staff2.user, now=AFTER)
    assert mails() == {}


# --- the mails --------------------------------------------------------------------------------------------------------
def test_an_office_that_answered_reads_what_became_of_each_comment(
    circulation: Circulation, ana: Member, staff: Member
) -> None:
    ready(circulation, staff)
    publish_outcome(circulation=circulation, by=staff.user, now=AFTER)
    mail = mails()[ana.email]
    assert mail.subject == "What became of the comments of Meridia: Next-step actions"
    assert (mail.kind, mail.expires_at) == ("official", AFTER + timedelta(days=30))
    assert f"{TEXT}\n\na  Heading a\n   Status: in progress\n   Outcome of a\n" in mail.text
    assert (
        "What became of your comments\n\na  Heading a\n   Proposed wording: New words\n   Comment or reason: Share the"
        " costs\n   Answer of the Secretariat: taken in partly\n   Reason: Costs are for the budget.\n"
    ) in mail.text
    assert "http://localhost:8000/circulations/next-steps/outcome/?office=QM" in mail.text
    assert "authoritative" not in mail.text
    assert "Comments your office joined" not in mail.text
    for words in (TEXT, "Share the costs", "Taken in partly", "Costs are for the budget.", "Outcome of b"):
        assert words in mail.html


def test_an_office_without_comments_reads_what_became_of_those_it_joined(
    circulation: Circulation, chloe: Member, staff: Member
) -> None:
    ready(circulation, staff)
    publish_outcome(circulation=circulation, by=staff.user, now=AFTER)
    text = mails()[chloe.email].text
    assert "Your office gave its positions without comments. They are counted in the compilation." in text
    assert "Comments your office joined\n\na  Heading a\n   Meridia (QM)\n   Proposed wording: New words" in text


def test_an_office_that_did_not_answer_gets_the_short_one(
    circulation: Circulation, olga: Member, staff: Member
) -> None:
    ready(circulation, staff)
    publish_outcome(circulation=circulation, by=staff.user, now=AFTER)
    mail = mails()[olga.email]
    assert mail.subject == "Outcome: Next-step actions (Belmora)"
    assert "Belmora was asked and did not submit; that is recorded as no answer." in mail.text
    assert "What became of your comments" not in mail.text
    assert TEXT in mail.html


def test_each_reads_in_the_own_language_with_english_where_it_is_missing(
    circulation: Circulation, ana: Member, chloe: Member, staff: Member
) -> None:
    Member.objects.filter(pk=ana.pk).update(language="ar")
    Member.objects.filter(pk=chloe.pk).update(language="fr")
    ready(circulation, staff, ar="تمضي الإجراءات الخمسة قدما.")
    publish_outcome(circulation=circulation, by=staff.user, now=AFTER)
    arabic, french = mails()[ana.email], mails()[chloe.email]
    assert '<html lang="ar" dir="rtl">' in arabic.html
    assert "تمضي الإجراءات الخمسة قدما." in arabic.text
    assert TEXT not in arabic.text
    assert TEXT in french.text
    assert f'<div lang="en" dir="auto"><p>{TEXT}</p></div>' in french.html


def test_the_rehearsal_is_what_is_sent(circulation: Circulation, ana: Member, olga: Member, staff: Member) -> None:
    MemberFactory(office=ana.office, role=Member.Role.ALTERNATE, email="alba@qm.example", language="es")
    empty = OfficeFactory(code="XT")
    circulation.round.responses.create(office=empty, closes_at=circulation.round.closes_at, created_at=NOW)
    rehearsal = rehearse_outcome(ready(circulation, staff), AFTER)
    assert [(mail.office.code, mail.template, mail.due_at, mail.step) for mail in rehearsal.mails] == [
        ("QM", "meetings/outcome", AFTER, "outcome"),
        ("QM", "meetings/outcome", AFTER, "outcome"),
        ("QN", "meetings/outcome", AFTER, "outcome"),
        ("XB", "meetings/unanswered", AFTER, "outcome"),
    ]
    assert [(each.office.code, each.reason) for each in rehearsal.unreachable] == [("XT", "nobody")]
    shown = {mail.member.email: mail.render().subject for mail in rehearsal.mails}
    publish_outcome(circulation=circulation, by=staff.user, now=AFTER)
    assert {address: mail.subject for address, mail in mails().items()} == shown


# --- the pages of the Secretariat -------------------------------------------------------------------------------------
def get(client_of: Clients, member: Member | None, url: str, moment: Any = AFTER) -> HttpResponse:
    with at(moment):
        return client_of(member).get(url)


def post(client_of: Clients, member: Member, url: str, moment: Any = AFTER, **data: Any) -> HttpResponse:
    with at(moment):
        return client_of(member).post(url, data, follow=True)


@pytest.mark.parametrize("url", [WRITING, PUBLISHING])
def test_the_pages_are_for_the_secretariat_once_it_is_open(
    circulation: Circulation, ana: Member, gustav: Member, staff: Member, client_of: Clients, url: str
) -> None:
    assert [get(client_of, member, url).status_code for member in (ana, gustav, staff)] == [403, 404, 200]
    assert get(client_of, None, url)["Location"] == f"/accounts/login/?next={url}"
    assert [post(client_of, member, url, do="now").status_code for member in (ana, gustav)] == [403, 404]
    with at():
        assert [getattr(client_of(staff), method)(url).status_code for method in ("put", "delete")] == [405, 405]
    prepared(ana.office, slug="waiting")
    assert get(client_of, staff, url.replace("next-steps", "waiting")).status_code == 404


def typed(circulation: Circulation, **fields: str) -> dict[str, str]:
    """What the form of the outcome sends."""
    values = {"seen": outcome_token(circulation, list(circulation.items.all())), "outcome_en": TEXT}
    for letter in "ab":
        values |= {f"item-{letter}-outcome": f"Outcome of {letter}", f"item-{letter}-status_after": ""}
    return values | fields


def test_the_outcome_is_written_on_a_page(circulation: Circulation, staff: Member, client_of: Clients) -> None:
    linked(circulation)
    words = text_of(get(client_of, staff, WRITING))
    assert "Nobody but the Secretariat reads this before the outcome is published." in words
    assert "Public: it stands on the page of the action item." in words
    assert "No action item is linked: the status goes nowhere." in words
    data = typed(circulation, outcome_zh_hans="继续。", **{"item-b-status_after": "closed"})
    assert "The outcome is saved." in text_of(post(client_of, staff, WRITING, **data))
    circulation.refresh_from_db()
    assert circulation.outcomes == {"en": TEXT, "zh-hans": "继续。"}
    assert list(circulation.items.values_list("status_after", flat=True)) == ["", "closed"]
    assert TEXT in text_of(get(client_of, staff, WRITING))


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"outcome_en": "a\x00"}, "Null characters are not allowed."),
        ({"outcome_ar": LONG}, "Ensure this value has at most 5000 characters (it has 1000000)."),
        ({"item-a-status_after": "１"}, "Select a valid choice. １ is not one of the available choices."),
        ({"item-b-outcome": "a\x00"}, "Null characters are not allowed."),
    ],
)
def test_what_cannot_be_stored_is_said_at_the_field(
    circulation: Circulation, staff: Member, client_of: Clients, fields: dict[str, str], message: str
) -> None:
    page = post(client_of, staff, WRITING, **typed(circulation, **fields))
    assert message in text_of(page)
    assert "Outcome of a" in text_of(page) or "item-a" in str(fields)
    circulation.refresh_from_db()
    assert circulation.outcomes == {}


def test_both_texts_are_shown_where_a_colleague_was_faster(
    circulation: Circulation, staff: Member, staff2: Member, client_of: Clients
) -> None:
    mine = typed(circulation, outcome_en="Mine")
    write(circulation, staff2.user)
    page = post(client_of, staff, WRITING, **mine)
    assert page.status_code == 409
    assert f"Outcome, English. Stands there now: {TEXT}" in text_of(page)
    assert "Mine" in text_of(page)
    circulation.refresh_from_db()
    assert circulation.outcomes == {"en": TEXT}
    post(client_of, staff, WRITING, **typed(circulation, outcome_en="Mine"))
    circulation.refresh_from_db()
    assert circulation.outcomes == {"en": "Mine"}


def test_the_page_lists_what_is_missing_and_publishes_nothing(
    circulation: Circulation, staff: Member, client_of: Clients
) -> None:
    words = text_of(get(client_of, staff, PUBLISHING, NOW))
    assert "Not ready to publish Offices can still submit: it has not closed for all. 1 comment has no answer." in words
    refused = post(client_of, staff, PUBLISHING, do="now")
    assert refused.status_code == 409
    assert "Nothing was done. 1 comment has no answer. The outcome text in English is missing." in text_of(refused)
    assert mails() == {}


def test_the_page_rehearses_and_publishes(
    circulation: Circulation, ana: Member, staff: Member, client_of: Clients
) -> None:
    ready(circulation, staff)
    words = text_of(get(client_of, staff, PUBLISHING))
    assert "3 messages in all." in words
    assert "QM Meridia Ana Ejemplo ana@qm.example English" in words
    assert "The answers of all offices become visible to all members with it." in words
    assert "Publish and send 3 messages" in words
    shown = text_of(get(client_of, staff, f"{PUBLISHING}?show=outcome.1.{ana.pk}"))
    assert "What became of the comments of Meridia: Next-step actions" in shown
    done = post(client_of, staff, PUBLISHING, do="now")
    assert "The outcome is published. Every addressed office is told." in text_of(done)
    assert len(mails()) == 3
    again = post(client_of, staff, PUBLISHING, do="now")
    assert (again.status_code, "The outcome is published already." in text_of(again)) == (409, True)
    for url in (WRITING, PUBLISHING, DESK):
        assert get(client_of, staff, url).status_code == 200
    assert TEXT in text_of(get(client_of, staff, WRITING))
    assert len(mails()) == 3


def test_the_page_asks_a_colleague_where_many_are_mailed(
    circulation: Circulation, staff: Member, staff2: Member, strict: None, client_of: Clients
) -> None:
    ready(circulation, staff)
    assert "Ask a colleague to release it" in text_of(get(client_of, staff, PUBLISHING))
    refused = post(client_of, staff, PUBLISHING, do="now")
    assert refused.status_code == 409
    asked = post(client_of, staff, PUBLISHING, do="ask")
    waiting = Release.objects.get()
    assert asked.redirect_chain == [(f"{PAGE}releases/{waiting.pk}/", 302)]
    assert "Your colleagues are told." in text_of(asked)
    assert mails() == {}
    post(client_of, staff2, f"{PAGE}releases/{waiting.pk}/", do="release")
    assert len(mails()) == 3


# --- the pages of members ---------------------------------------------------------------------------------------------
def test_nothing_is_visible_before_the_publication(
    circulation: Circulation, ana: Member, staff: Member, client_of: Clients
) -> None:
    item = linked(circulation)
    ready(circulation, staff)
    publish_round(round=circulation.round, by=staff.user, now=AFTER)
    assert [get(client_of, member, OUTCOME).status_code for member in (ana, staff)] == [404, 404]
    for url in (PAGE, PAGE + "compilation/", item.get_absolute_url()):
        page = get(client_of, ana, url).content.decode()
        assert [word for word in (TEXT, "Outcome of a", "Costs are for the budget.") if word in page] == []


def test_an_office_reads_what_became_of_its_comments(
    circulation: Circulation, ana: Member, bruno: Member, chloe: Member, olga: Member, staff: Member, gustav: Member,
    client_of: Clients,
) -> None:  # fmt: skip
    linked(circulation)
    concluded(ready(circulation, staff), staff.user)
    words = text_of(get(client_of, bruno, OUTCOME))
    assert "What became of our comments Published 4 December 2026, 23:59 Geneva time" in words
    assert "Comments of Meridia" in words
    assert "Answer of the Secretariat Taken in partly Costs are for the budget." in words
    assert "Joined by 1 office: Norland (QN)" in words
    assert TEXT in words
    assert "Outcome of a Status afterwards: in progress." in words
    norland = text_of(get(client_of, chloe, OUTCOME))
    assert "Your office gave its positions without comments." in norland
    assert "Comments your office joined a Item Heading a Meridia (QM)" in norland
    assert "Your office was asked and did not submit; that is recorded as no answer." in text_of(
        get(client_of, olga, OUTCOME)
    )
    assert get(client_of, gustav, OUTCOME).status_code == 404
    assert get(client_of, chloe, OUTCOME + "?office=QM").status_code == 404
    assert get(client_of, ana, OUTCOME + "?office=1e3").status_code == 404
    with at(AFTER):
        assert client_of(ana).post(OUTCOME).status_code == 405


def test_whoever_was_not_asked_reads_the_outcome(circulation: Circulation, staff: Member, client_of: Clients) -> None:
    concluded(circulation, staff.user)
    for reader in (staff, MemberFactory()):
        words = text_of(get(client_of, reader, OUTCOME))
        assert "Outcome of the circulation" in words
        assert TEXT in words
        assert "Comments of" not in words.split("Positions and comments of all offices")[0]


def test_who_belongs_to_two_offices_chooses(
    circulation: Circulation, ana: Member, chloe: Member, staff: Member, client_of: Clients
) -> None:
    MemberFactory(office=chloe.office, user=ana.user, email=ana.email)
    concluded(circulation, staff.user)
    assert "Comments of Meridia" in text_of(get(client_of, ana, OUTCOME))
    assert "Comments of Norland" in text_of(get(client_of, ana, OUTCOME + "?office=QN"))
    assert 'href="?office=QN"' in get(client_of, ana, OUTCOME).content.decode()


def test_the_circulation_shows_its_outcome_and_leads_to_what_became_of_comments(
    circulation: Circulation, ana: Member, staff: Member, client_of: Clients
) -> None:
    write(circulation, staff.user, fr="Les actions se poursuivent.")
    decide(circulation, staff.user)
    circulation.refresh_from_db()
    publish_outcome(circulation=circulation, by=staff.user, now=AFTER)
    page = get(client_of, ana, PAGE)
    words = text_of(page)
    assert "Outcome 4 December 2026, 23:59 Geneva time" in words
    assert TEXT in words
    assert "Outcome of b" in words
    assert f'href="{OUTCOME}?office=QM"' in page.content.decode()
    assert f'href="{PAGE}compilation/"' in page.content.decode()
    with at(AFTER):
        client = client_of(ana)
        client.post("/language/", {"language": "fr"})
        Member.objects.filter(pk=ana.pk).update(language="fr")
        french = client.get(PAGE).content.decode()
    assert "Les actions se poursuivent." in french
    assert TEXT not in french


def test_the_action_item_shows_the_circulation_and_its_outcome(
    circulation: Circulation, ana: Member, staff: Member, client_of: Clients
) -> None:
    item = linked(circulation)
    concluded(circulation, staff.user)
    url = item.get_absolute_url()
    member, stranger = get(client_of, ana, url), get(client_of, None, url)
    assert "In progress Outcome of a Source: Next-step actions" in text_of(member)
    assert "In progress Outcome of a Source: Next-step actions" in text_of(stranger)
    assert "Outcome of the circulation , 4 December 2026, 23:59 Geneva time" in text_of(member)
    assert f'href="{OUTCOME}"' in member.content.decode()
    assert PAGE not in stranger.content.decode()
    lanes = text_of(get(client_of, None, "/actions/"))
    assert "Outcome of the circulation: 4 December 2026" in lanes


def test_the_pages_need_the_same_queries_for_thirty_comments(
    circulation: Circulation, ana: Member, staff: Member, settings: Any, client_of: Clients
) -> None:
    settings.SECOND_PERSON_ABOVE = 100
    ready(circulation, staff)

    def add(count: int) -> None:
        for _ in range(count):
            number = circulation.round.responses.count()
            office = OfficeFactory(code=f"{chr(85 + number // 26)}{chr(65 + number % 26)}")
            member = MemberFactory(office=office, role=Member.Role.FOCAL_POINT)
            circulation.round.responses.create(office=office, closes_at=circulation.round.closes_at, created_at=NOW)
            submitted(circulation, member, a_comment="Another one")
            join(circulation, member, ana)
            decide(circulation, staff.user)

    with at(AFTER):
        assert_same_number_of_queries(client_of(staff), PUBLISHING, add)
        publish_outcome(circulation=circulation, by=staff.user, now=AFTER)
        counted = {url: queries_and_length(client_of(ana), url)[0] for url in (OUTCOME, PAGE, PAGE + "compilation/")}
    assert {url for url, count in counted.items() if count > 15} == set(), counted


def test_what_an_office_gets_is_its_own(circulation: Circulation, ana: Member, chloe: Member) -> None:
    outcomes = outcomes_for_offices(circulation)
    assert {
        code: ([each.office.code for each in found.comments], [each.office.code for each in found.joined])
        for code, found in outcomes.items()
    } == {"QM": (["QM"], []), "QN": ([], ["QM"]), "XB": ([], [])}
    assert list(outcomes_for_offices(circulation, "QN")) == ["QN"]


def test_items_without_an_outcome_are_left_alone(circulation: Circulation, staff: Member) -> None:
    items = list(circulation.items.order_by("order"))
    first = [ItemOutcome(item=items[0].pk, outcome="Only a", status_after="")]
    seen = outcome_token(circulation, items)
    write_outcome(circulation=circulation, texts={"en": TEXT}, items=first, seen=seen, by=staff.user)
    assert list(circulation.items.values_list("outcome", flat=True)) == ["Only a", ""]
