"""From a nomination to the first post: an office, the Secretariat, a newcomer and a colleague of another office."""

import re
from typing import Any

import pytest
from django.conf import settings
from playwright.sync_api import Browser, expect

from accounts.models import Member
from groups.models import Group, Membership, Nomination, Post
from notifications.models import Delivery
from tests.browser.visitor import Visitor, visitor
from tests.factories import GroupFactory, MembershipFactory
from tests.journeys.steps import WAYS, judge, link_in, mail_to, mails_to, press, sign_in, text_of
from tests.library.test_files import PDF
from tests.notifications.sink import Sink

SOFIA = "sofia@qm.example"
PASSWORD = "a-long-and-rare-phrase-4711"
QUESTION, REPLY = "Which unit would she speak for?", "The register of trademarks, since 2024."
TABLE = """@Chloe Voorbeeld and all, **who uses what**:

| Office | Tool |
|---|---|
| Meridia | our own |
"""

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.no_cover]


@pytest.fixture
def group(chloe: Member, olga: Member) -> Group:
    """A focus group in which two other offices sit."""
    group = GroupFactory(slug="ai-tools", name="AI Tools Collaboration Group")
    MembershipFactory(group=group, member=chloe, role=Membership.Role.CHAIR)
    MembershipFactory(group=group, member=olga)
    return group


@pytest.mark.parametrize(("language", "viewport", "scripts"), WAYS)
def test_sofia_is_nominated_accepted_and_writes_the_first_post(
    browser: Browser, live_server: Any, sink: Sink, group: Group, ana: Member, chloe: Member, olga: Member,
    staff: Member, language: str, viewport: dict[str, int], scripts: bool,
) -> None:  # fmt: skip
    look: dict[str, Any] = {"language": language, "viewport": viewport, "scripts": scripts}
    url = live_server.url
    with visitor(browser, url, ana.user, **look) as focal_point, visitor(browser, url, staff.user, **look) as desk:
        nominate(focal_point, language)
        desk.page.goto(link_in(mail_to(sink, settings.SECRETARIAT_EMAIL, "nomination"), r"/join/requests/\d+/"))
        ask_back(desk)
        focal_point.page.goto(link_in(mail_to(sink, ana.email, "nomination"), r"/join/requests/\d+/"))
        expect(focal_point.page.locator("main")).to_contain_text(QUESTION)
        answer(focal_point)
        again = mails_to(sink, settings.SECRETARIAT_EMAIL, "nomination")
        assert len(again) == 2
        assert REPLY in text_of(again[-1])
        desk.page.goto(link_in(again[-1], r"/join/requests/\d+/"))
        accept(desk)

    seat = Membership.objects.current().get(group=group, member__email=SOFIA)
    assert (seat.member.office_id, seat.role) == ("QM", Membership.Role.MEMBER)
    assert seat.mandate_ends_on is not None
    invitation = mail_to(sink, SOFIA, "invitation")
    assert mails_to(sink, ana.email, "nomination")[-1]["Subject"] != invitation["Subject"]

    with visitor(browser, url, **look) as newcomer:
        newcomer.page.goto(link_in(invitation, r"/invitation/\S+/"))
        set_up_access(newcomer)
        post = write_first_post(newcomer, group, scripts=scripts)

    assert list(post.mentions.values_list("email", flat=True)) == [chloe.email]
    (told,) = mails_to(sink, chloe.email, "posts")
    assert "| Meridia | our own |" in text_of(told)
    assert re.search(r"<td[^>]*>our own</td>", text_of(told, "html"))
    assert not Delivery.objects.filter(to_address=olga.email, purpose="posts").exists()  # hers comes with the digest
    with visitor(browser, url, chloe.user, **look) as colleague:
        read_it(colleague, group, post)


def nominate(focal_point: Visitor, language: str) -> None:
    """A person with a letter, for the group from whose page one comes."""
    focal_point.open("/join/nominate/?group=ai-tools")
    page = focal_point.page
    for field, value in {
        "given_name": "Sofía",
        "family_name": "Prueba",
        "job_title": "Head of IT",
        "email": SOFIA,
    }.items():
        page.locator(f"#id_{field}").fill(value)
    page.locator("#id_language").select_option(language)
    expect(page.locator("input[name=groups]")).to_be_checked()
    page.locator("#id_letter").set_input_files({"name": "letter.pdf", "mimeType": "application/pdf", "buffer": PDF})
    judge(focal_point, f"nominate-{language}")
    page.locator("main form button.btn-primary").click()
    page.wait_for_url("**/join/requests/*/")
    expect(page.get_by_role("link", name="letter.pdf")).to_be_visible()
    judge(focal_point, f"nominated-{language}")


def ask_back(desk: Visitor) -> None:
    """The Secretariat reads the letter and asks before it decides."""
    page = desk.page
    with page.expect_download() as letter:
        page.get_by_role("link", name="letter.pdf").click()
    assert letter.value.path().read_bytes() == PDF
    judge(desk, "decide")
    page.locator("#id_question").fill(QUESTION)
    press(page, "ask")
    expect(page.locator("main dl")).to_contain_text(QUESTION)
    judge(desk, "asked-back")


def answer(focal_point: Visitor) -> None:
    judge(focal_point, "to-answer")
    focal_point.page.locator("#id_reply").fill(REPLY)
    press(focal_point.page, "answer")
    expect(focal_point.page.locator("main dl")).to_contain_text(REPLY)
    judge(focal_point, "answered")


def accept(desk: Visitor) -> None:
    expect(desk.page.locator("main dl")).to_contain_text(REPLY)
    press(desk.page, "accept")
    expect(desk.page.locator("main .w-tag.is-done")).to_be_visible()
    assert Nomination.objects.get().decision == Nomination.Decision.ACCEPTED
    judge(desk, "accepted")


def set_up_access(newcomer: Visitor) -> None:
    """A password, then in with it."""
    page = newcomer.page
    judge(newcomer, "invitation")
    page.locator("#id_password1").fill(PASSWORD)
    page.locator("#id_password2").fill(PASSWORD)
    page.locator("main form button").click()
    page.wait_for_url("**/accounts/login/")
    sign_in(page, SOFIA, PASSWORD)
    expect(page.locator("header")).to_contain_text("Prueba")
    judge(newcomer, "home")


def write_first_post(newcomer: Visitor, group: Group, *, scripts: bool) -> Post:
    """A discussion with a table, looked at before it is posted."""
    page = newcomer.page
    newcomer.open(group.get_absolute_url())
    judge(newcomer, "group-empty")
    page.locator("main a[href$='/discussions/new/']").first.click()
    page.locator("#id_title").fill("Tools in use")
    page.locator("#id_text").fill(TABLE)
    page.locator("button[name=preview]").click()
    expect(page.locator("[data-previewed] table")).to_be_visible()
    judge(newcomer, "preview")
    page.locator("main form button.btn-primary").click()
    page.wait_for_url(re.compile(r"/discussions/\d+/$"))
    post = Post.objects.get()
    expect(page.locator(f"#post-{post.pk} table td").first).to_have_text("Meridia")
    judge(newcomer, "posted")
    return post


def read_it(colleague: Visitor, group: Group, post: Post) -> None:
    """New on the page of the group, marked in the discussion, and read after that."""
    page = colleague.page
    colleague.open(group.get_absolute_url())
    new = page.locator("a.w-tag.is-key[href*='page=unread']")
    expect(new).to_be_visible()
    judge(colleague, "group-with-new")
    new.click()
    expect(page.locator("#unread + article")).to_have_id(f"post-{post.pk}")
    judge(colleague, "unread")
    colleague.open(group.get_absolute_url())
    expect(page.locator("a[href$='/discussions/']").first).to_be_attached()
    assert page.locator("a[href*='page=unread']").count() == 0
