"""A discussion in a real browser: everything that ever ran a program in Markdown, seen, previewed and posted."""

from typing import Any

import pytest
from playwright.sync_api import Browser, Dialog, Request, expect

from accounts.models import Member
from groups.models import Membership, Post, Thread
from tests.browser.visitor import NARROW, Visitor, visitor
from tests.factories import GroupFactory, MembershipFactory, PostFactory, ThreadFactory
from tests.library.markdown_corpus import CORPUS

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.no_cover]
HOSTILE = [text for text in CORPUS if "\x00" not in text]


@pytest.fixture
def thread(ana: Member, chloe: Member) -> Thread:
    """One post by Chloe for each text of the corpus, and one with all of them."""
    group = GroupFactory(slug="ai-tools", name="AI Tools Collaboration Group")
    MembershipFactory(group=group, member=ana)
    MembershipFactory(group=group, member=chloe, role=Membership.Role.CHAIR)
    thread = ThreadFactory(group=group, title="<script>alert(1)</script>", started_by=chloe)
    for text in HOSTILE:
        PostFactory(thread=thread, text=text)
    PostFactory(thread=thread, text="\n\n".join(HOSTILE))
    return thread


def watch(visit: Visitor) -> list[str]:
    """Dialogs, and requests that leave the portal."""
    found: list[str] = []

    def dialog(shown: Dialog) -> None:
        found.append(f"dialog: {shown.message}")
        shown.dismiss()

    def request(made: Request) -> None:
        if not made.url.startswith((visit.base_url, "data:")):
            found.append(f"request: {made.url}")

    visit.page.on("dialog", dialog)
    visit.page.on("request", request)
    return found


def test_nothing_hostile_runs_on_a_page_or_in_a_preview(
    thread: Thread, ana: Member, browser: Browser, live_server: Any
) -> None:
    with visitor(browser, live_server.url, ana.user) as visit:
        found = watch(visit)
        for number in range(1, 4):
            visit.open(f"{thread.get_absolute_url()}?page={number}")
        visit.page.get_by_label("Your post").fill("\n\n".join(HOSTILE))
        visit.page.get_by_role("button", name="Preview").click()
        preview = visit.page.locator("[data-previewed] .w-md")
        expect(preview).not_to_be_empty()
        last = visit.page.locator(".w-post .w-md").last
        assert preview.inner_html() == last.inner_html()
        for text in HOSTILE[:40]:  # each by itself: what an unclosed one swallows cannot run
            visit.page.get_by_label("Your post").fill(text)
            visit.page.get_by_role("button", name="Preview").click()
        visit.page.wait_for_load_state("networkidle")
        assert (found, visit.take_complaints()) == ([], [])
        assert (
            visit.page.evaluate("document.querySelectorAll('.w-md :is(script, img, svg, iframe, style)').length") == 0
        )


@pytest.mark.parametrize("scripts", [True, False])
def test_a_member_looks_at_a_reply_and_posts_it(
    thread: Thread, ana: Member, browser: Browser, live_server: Any, scripts: bool
) -> None:
    with visitor(browser, live_server.url, ana.user, scripts=scripts, viewport=NARROW) as visit:
        visit.open(f"{thread.get_absolute_url()}?page=last&reply=1#reply")
        visit.page.get_by_label("Your post").fill("مرحبا **بكم**")
        visit.page.get_by_text("Tell members at once").click()
        visit.page.get_by_role("checkbox", name="Chloe Voorbeeld").check()
        visit.page.get_by_role("button", name="Preview").click()
        expect(visit.page.locator("[data-previewed] strong")).to_have_text("بكم")
        visit.page.get_by_role("button", name="Post the reply").click()
        post = Post.objects.latest("pk")
        expect(visit.page.locator(f"#post-{post.pk} strong")).to_have_text("بكم")
        assert visit.overflow() == 0
        assert visit.page.url.endswith(f"#post-{post.pk}")
    assert list(post.mentions.values_list("given_name", flat=True)) == ["Chloe"]


@pytest.mark.parametrize("language", ["en", "ar"])
def test_pages_of_discussions_are_accessible_on_a_phone(
    thread: Thread, ana: Member, chloe: Member, browser: Browser, live_server: Any, language: str
) -> None:
    Post.objects.filter(pk=thread.posts.earliest("pk").pk).update(
        hidden_at=thread.started_at, hidden_by=chloe.user, hidden_reason="Names a person"
    )
    group, post = thread.group.get_absolute_url(), PostFactory(thread=thread, text="Plain **words**")
    urls = ["discussions/", "discussions/?q=alert", "discussions/new/", f"discussions/{thread.pk}/", "mail/"]
    urls += [f"posts/{post.pk}/{act}/" for act in ("edit", "history", "hide")]
    with visitor(browser, live_server.url, chloe.user, viewport=NARROW, language=language) as visit:
        wrong = {}
        for url in urls:
            visit.open(f"{group}{url}")
            visit.shoot(f"discussion-{url}-{language}")
            lines = [*visit.take_complaints(), *visit.axe()]
            if visit.overflow() > 0:
                lines.append(f"scrolls sideways by {visit.overflow()}")
            if lines:
                wrong[url] = lines
    assert wrong == {}
