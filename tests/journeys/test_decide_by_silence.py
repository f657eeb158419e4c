"""Two silence procedures: one that the clock adopts though an office was not reached, and one that an office breaks."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.conf import settings
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from accounts.deadlines import GENEVA
from accounts.models import Member
from groups.models import Group, Membership
from meetings.models import SilenceEntry, SilenceProcedure
from meetings.operations.silence import conclude_due_procedures
from notifications import bounces
from notifications.models import Delivery, State
from notifications.operations import take_bounce
from notifications.reminders import closing_day
from tests.browser.visitor import NARROW, Visitor, visitor
from tests.factories import GroupFactory, MembershipFactory
from tests.journeys.steps import WAYS, judge, link_in, mail_to, mails_to, send_all, text_of
from tests.notifications.sink import Sink
from tests.notifications.test_bounces import report

PAGE = r"/groups/ai-tools/decisions/\d+/"
REASON = "We have not finished our own rules."
TEXT = "She has led the work on tools since 2024."
DAYS = 12
SILENT, BROKE, NOT_REACHED = (str(SilenceEntry.Stand[name]) for name in ("SILENT", "BROKE", "NOT_REACHED"))

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.no_cover]


@pytest.fixture
def group(ana: Member, chloe: Member, olga: Member) -> Group:
    """A focus group of three offices."""
    group = GroupFactory(slug="ai-tools", name="AI Tools Collaboration Group")
    for member in (ana, chloe, olga):
        MembershipFactory(group=group, member=member)
    return group


@pytest.fixture
def chaired(group: Group, olga: Member) -> Group:
    """The same with a Chair."""
    Membership.objects.filter(group=group, member=olga).update(role=Membership.Role.CHAIR)
    return group


@pytest.fixture(autouse=True)
def returns_find_their_way(settings: Any) -> None:
    settings.BOUNCE_ADDRESS, settings.MAIL_DOMAIN = "bounce@wild.example", "wild.example"


def open_procedure(
    browser: Browser, url: str, sink: Sink, staff: Member, staff2: Member, *, candidate: Member | None = None
) -> SilenceProcedure:
    """Prepared by one of the Secretariat, opened by another from the mail that asks for it."""
    with visitor(browser, url, staff.user) as first:
        prepare(first, candidate)
        assert first.page.locator("a[href$='/release/']").count() == 0
        judge(first, "silence-prepared")
    waiting = mail_to(sink, staff2.email, "silence")
    assert not Delivery.objects.filter(to_address=staff.email, purpose="silence").exists()
    with visitor(browser, url, staff2.user) as second:
        second.page.goto(link_in(waiting, PAGE + "release/"))
        expect(second.page.locator("main tbody tr")).to_have_count(3)
        judge(second, "silence-release")
        second.page.get_by_role("button", name="Open it and send the notices").click()
        expect(second.page.locator("main")).to_contain_text("The notices are on their way.")
        judge(second, "silence-open")
    send_all()
    return SilenceProcedure.objects.select_related("released_by").get()


def prepare(desk: Visitor, candidate: Member | None) -> None:
    """A candidate for the chair, or a text."""
    desk.open("/groups/ai-tools/decisions/new/")
    page = desk.page
    if candidate:
        page.locator("input[name=subject][value=chair]").check()
        page.locator("#id_candidate").select_option(str(candidate.pk))
    else:
        page.locator("input[name=subject][value=text]").check()
    page.locator("#id_title").fill("Chair of the group" if candidate else "Ways of working")
    page.locator("#id_text").fill(TEXT if candidate else "We meet each quarter.")
    page.locator("#id_closes_on").fill(str(closing_day(timezone.now()) + timedelta(days=DAYS)))
    judge(desk, "silence-new")
    page.locator("main form button.btn-primary").click()
    expect(page.locator("main")).to_contain_text("It is prepared.")


def come_back(to: str, now: datetime) -> None:
    """The notice to an address returns from its mailbox, as the relay reports it."""
    row = Delivery.objects.get(to_address=to, purpose="silence")
    assert take_bounce(report=report(), address=bounces.envelope_sender(row.message_id), now=now) == "hard"


def stand_of(procedure: SilenceProcedure) -> dict[str, str]:
    return dict(procedure.entries.values_list("office_id", "stand"))


def test_the_clock_adopts_a_chair_and_an_office_whose_notice_came_back_was_not_silent(
    browser: Browser, live_server: Any, sink: Sink, group: Group, ana: Member, chloe: Member, olga: Member,
    staff: Member, staff2: Member,
) -> None:  # fmt: skip
    url = live_server.url
    procedure = open_procedure(browser, url, sink, staff, staff2, candidate=chloe)
    notice = mail_to(sink, ana.email, "silence")
    assert TEXT in text_of(notice)
    assert Delivery.objects.filter(purpose="silence", step="opening", state=State.SENT).count() == 3
    come_back(olga.email, timezone.now())

    with visitor(browser, url, ana.user) as member:
        member.page.goto(link_in(notice, PAGE))
        expect(member.page.locator("main")).to_contain_text("2 of 3 offices were reached. Not yet reached: Belmora.")
        judge(member, "silence-not-reached")
        member.open(group.get_absolute_url())
        judge(member, "group-with-decision")

        assert conclude_due_procedures(now=procedure.closes_at - timedelta(microseconds=1)) == 0
        assert conclude_due_procedures(now=procedure.closes_at + timedelta(hours=5)) == 1
        procedure.refresh_from_db()
        assert (procedure.result, procedure.concluded_at) == ("adopted", procedure.closes_at)
        assert stand_of(procedure) == {"QM": SILENT, "QN": SILENT, "XB": NOT_REACHED}
        chair = Membership.objects.current().get(group=group, role=Membership.Role.CHAIR)
        assert (chair.member, chair.since_on) == (chloe, procedure.closes_at.astimezone(GENEVA).date())
        assert chair.mandate_ends_on is not None
        assert "Belmora" in text_of(mail_to(sink, chloe.email, "silence"))

        member.open(procedure.get_absolute_url())
        rows = member.page.locator("main table tbody tr")
        assert rows.all_inner_texts() == ["Silent\t2\t", "Broke the silence\t0\t", "Not reached\t1\tBelmora"]
        judge(member, "silence-adopted")
        member.open(group.get_absolute_url())
        expect(member.page.locator("main aside dl")).to_contain_text("Chloe Voorbeeld, Norland")
        judge(member, "group-with-chair")
    with visitor(browser, url, ana.user, language="ar", viewport=NARROW) as on_phone:
        for path in (procedure.get_absolute_url(), f"{group.get_absolute_url()}decisions/"):
            on_phone.open(path)
            judge(on_phone, f"silence-adopted-ar-{path.count('/')}")


@pytest.mark.parametrize(("language", "viewport", "scripts"), WAYS)
def test_an_office_breaks_the_silence_in_two_clicks_and_its_reason_reaches_chair_and_secretariat_alone(
    browser: Browser, live_server: Any, sink: Sink, chaired: Group, ana: Member, chloe: Member, olga: Member,
    staff: Member, staff2: Member, language: str, viewport: dict[str, int], scripts: bool,
) -> None:  # fmt: skip
    url, look = live_server.url, {"language": language, "viewport": viewport, "scripts": scripts}
    procedure = open_procedure(browser, url, sink, staff, staff2)
    with visitor(browser, url, ana.user, **look) as office:
        office.page.goto(link_in(mail_to(sink, ana.email, "silence"), PAGE))
        judge(office, f"silence-asked-{language}")
        office.page.locator("main a[href$='/object/']").click()
        break_silence(office, language)

    (reason,) = [text_of(mail) for mail in mails_to(sink, settings.SECRETARIAT_EMAIL, "silence")]
    assert REASON in reason
    assert REASON in text_of(mail_to(sink, olga.email, "silence"))
    assert [REASON in text_of(mail) for mail in mails_to(sink, chloe.email, "silence")] == [False]

    with visitor(browser, url, chloe.user, **look) as other, visitor(browser, url, olga.user, **look) as chair:
        for reader, reads in ((other, False), (chair, True)):
            reader.open(procedure.get_absolute_url())
            assert (REASON in reader.page.locator("main").inner_text()) is reads
            judge(reader, f"silence-broken-{'chair' if reads else 'other'}-{language}")
        conclude_due_procedures(now=procedure.closes_at)
        procedure.refresh_from_db()
        assert procedure.result == SilenceProcedure.Result.BROKEN
        assert stand_of(procedure) == {"QM": BROKE, "QN": SILENT, "XB": SILENT}
        other.open(procedure.get_absolute_url())
        assert other.page.locator("main table td.is-n").all_inner_texts() == ["2", "1", "0"]
        judge(other, f"silence-not-adopted-{language}")
    result = text_of(mail_to(sink, chloe.email, "silence"))
    assert REASON not in result
    assert procedure.title in result


def break_silence(office: Visitor, language: str) -> None:
    """The reason, then once more, then it is recorded."""
    page: Page = office.page
    judge(office, f"object-{language}")
    page.locator("#id_reason").fill(REASON)
    page.locator("button[name=do][value=review]").click()
    expect(page.locator("main .w-panel")).to_contain_text(REASON)
    judge(office, f"object-read-{language}")
    page.locator("button[name=do][value=confirm]").click()
    expect(page.locator("main section")).to_contain_text(REASON)
    judge(office, f"objected-{language}")
