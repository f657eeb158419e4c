"""The pages of discussions: what they show to whom, what they refuse, and that nothing typed is lost."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from accounts.models import Member
from groups.models import Follow, Group, Membership, Post, PostRevision, ReadMark, Subscription, Thread
from groups.operations.discussions import Contribution, close_thread, edit_post, hide_post, reply
from library.markdown import LONGEST, to_html
from tests.factories import NOW, MembershipFactory, PostFactory, ThreadFactory
from tests.library.markdown_corpus import CORPUS
from tests.library.test_files import MACROS, PDF, docx
from tests.pages import assert_absent, text_of, title_of
from tests.queries import MOST, queries_and_length
from tests.world import let_go

pytestmark = pytest.mark.django_db
Clients = Callable[[Member | None], Client]
LIST = "/groups/ai-tools/discussions/"
EARLIER = datetime(2026, 11, 1, tzinfo=NOW.tzinfo)


def upload(name: str = "clauses.pdf", content: bytes = PDF) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


def path(thread: Thread) -> str:
    return f"{LIST}{thread.pk}/"


def written(page: object) -> str:
    """What stands in the text area of a form."""
    (found,) = re.findall(r'<textarea name="text".*?>\n?(.*?)</textarea>', page.content.decode(), re.S)
    return found


def status(client: Client, url: str) -> int:
    """What a file is answered with."""
    response = client.get(url)
    let_go(response)
    return response.status_code


# --- the list ---------------------------------------------------------------------------------------------------------
def test_the_list_shows_what_moved_last_first_with_what_is_new(
    thread: Thread, ana: Member, bruno: Member, client_of: Clients
) -> None:
    ThreadFactory(group=thread.group, title="Silent", started_by=ana)
    page = client_of(bruno).get(LIST)
    said = text_of(page)
    assert (page.status_code, title_of(page)) == (200, "Discussions")
    assert said.index("Cloud exit clauses") < said.index("Silent")
    assert ("1 new" in said, "1 post" in said, "Start a discussion" in said) == (True, True, True)
    client_of(bruno).get(path(thread))
    assert "1 new" not in text_of(client_of(bruno).get(LIST))


def test_an_empty_group_says_so(circle: Group, ana: Member, client_of: Clients) -> None:
    assert "Nothing has been discussed here yet." in text_of(client_of(ana).get(LIST))


def test_who_does_not_sit_in_the_group_finds_nothing(thread: Thread, olga: Member, client_of: Clients) -> None:
    post = thread.posts.get()
    for hidden in (LIST, path(thread), f"/groups/ai-tools/posts/{post.pk}/history/", "/groups/ai-tools/mail/"):
        assert_absent(client_of(olga), hidden, hidden.replace("ai-tools", "no-such-group"))


def test_a_guest_reads_the_own_group_and_no_other(
    thread: Thread, ana: Member, gustav: Member, client_of: Clients
) -> None:
    other = ThreadFactory(group=MembershipFactory(member=ana).group, title="Canary", started_by=ana)
    PostFactory(thread=other, text="Canary")
    assert client_of(gustav).get(path(thread)).status_code == 200
    assert client_of(gustav).get(f"/groups/{other.group.slug}/discussions/{other.pk}/").status_code == 404
    assert client_of(gustav).get(f"{LIST}{other.pk}/").status_code == 404
    assert b"Canary" not in client_of(gustav).get(f"{LIST}?q=canary").content


def test_posts_are_found_by_words_in_this_group_alone(
    thread: Thread, ana: Member, chloe: Member, client_of: Clients
) -> None:
    PostFactory(thread=thread, text="Réversibilité of contracts")
    hidden = PostFactory(thread=thread, text="Hidden contracts")
    hide_post(post=hidden, reason="Off topic", by=chloe.user, now=NOW)
    PostFactory(thread=ThreadFactory(started_by=ana), text="Contracts elsewhere")
    page = client_of(ana).get(f"{LIST}?q=CONTRACTS+reversibilite")
    assert "1 post holds all the words" in text_of(page)
    assert "1 post holds all the words" in text_of(client_of(ana).get(f"{LIST}?q=contracts%00"))
    assert "No post holds all these words." in text_of(client_of(ana).get(f"{LIST}?q=nothing"))


# --- writing ----------------------------------------------------------------------------------------------------------
def test_a_discussion_is_started_with_files_and_a_member_named(
    circle: Group, ana: Member, bruno: Member, client_of: Clients
) -> None:
    data = {"title": "Exit", "text": "**Who?**", "files": [upload(), upload("b.pdf")], "mentions": [bruno.pk]}
    client = client_of(ana)
    response = client.post(f"{LIST}new/", data)
    post = Post.objects.get()
    assert (response.status_code, response["Location"]) == (302, path(post.thread))
    page = client.get(path(post.thread))
    said = text_of(page)
    for words in ("The discussion is open.", "Who?", "For: Bruno Mithal", "clauses.pdf PDF, 1 kB", "b.pdf"):
        assert words in said, words
    assert b"<strong>Who?</strong>" in page.content


def test_files_of_a_post_are_served_to_the_group_and_those_of_a_hidden_one_to_fewer(
    thread: Thread, ana: Member, bruno: Member, chloe: Member, olga: Member, client_of: Clients
) -> None:
    client_of(ana).post(path(thread), {"text": "Here", "files": [upload()]})
    post = Post.objects.latest("pk")
    url = post.files.get().get_absolute_url()
    assert {m.given_name: status(client_of(m), url) for m in (ana, bruno, olga)} == {
        "Ana": 200, "Bruno": 200, "Olga": 404
    }  # fmt: skip
    hide_post(post=post, reason="Off topic", by=chloe.user, now=NOW)
    assert {m.given_name: status(client_of(m), url) for m in (ana, bruno, chloe)} == {
        "Ana": 200, "Bruno": 404, "Chloe": 200
    }  # fmt: skip


def test_a_reply_leads_to_its_place_on_its_page(thread: Thread, ana: Member, bruno: Member, client_of: Clients) -> None:
    PostFactory.create_batch(50, thread=thread, posted_at=EARLIER)
    response = client_of(bruno).post(path(thread), {"text": "The last"})
    post = Post.objects.latest("pk")
    assert response["Location"] == f"{path(thread)}?page=2#post-{post.pk}"
    permanent = client_of(ana).get(f"/groups/ai-tools/posts/{post.pk}/")
    assert (permanent.status_code, permanent["Location"]) == (302, response["Location"])
    assert "The last" in text_of(client_of(ana).get(f"{path(thread)}?page=last"))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "This field is required."),
        (" \n ", "This field is required."),
        ("a\x00b", "Null characters are not allowed."),
        ("x" * (LONGEST + 1), f"Ensure this value has at most {LONGEST} characters (it has {LONGEST + 1})."),
    ],
)
def test_what_cannot_be_posted_is_said_at_the_field_and_stays_there(
    thread: Thread, ana: Member, client_of: Clients, text: str, said: str
) -> None:
    page = client_of(ana).post(path(thread), {"text": text})
    assert (page.status_code, Post.objects.count()) == (200, 1)
    assert said in text_of(page)
    assert written(page).strip() == text.strip()


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("big.pdf", PDF + b" " * 30 * 1024 * 1024, "at most 25.0 MB are accepted"),
        ("macro.docx", docx(MACROS), "The file holds macros."),
        ("page.html", b"<script>alert(1)</script>", "Files of this type are not accepted."),
        ("empty.pdf", b"", "The submitted file is empty."),
    ],
)
def test_a_file_that_may_not_come_in_is_named_and_the_text_stays(
    thread: Thread, ana: Member, client_of: Clients, name: str, content: bytes, said: str
) -> None:
    page = client_of(ana).post(path(thread), {"text": "My words", "files": [upload(), upload(name, content)]})
    shown = text_of(page)
    assert (page.status_code, Post.objects.count(), written(page)) == (200, 1, "My words")
    assert f"{name}: " in shown
    assert said in shown
    assert "Choose all files again" in shown


def test_too_many_files_are_refused(thread: Thread, ana: Member, client_of: Clients) -> None:
    page = client_of(ana).post(path(thread), {"text": "Words", "files": [upload(f"{n}.pdf") for n in range(11)]})
    assert "At most 10 files go with one text." in text_of(page)
    assert Post.objects.count() == 1


def test_twenty_megabytes_of_text_are_refused_with_a_way_out(thread: Thread, ana: Member, client_of: Clients) -> None:
    page = client_of(ana).post(path(thread), {"text": "x" * 20_000_000})
    assert (page.status_code, Post.objects.count()) == (413, 1)
    assert title_of(page) == "This is more text than a form takes"


def test_a_reply_to_a_closed_discussion_is_refused_and_the_text_offered(
    thread: Thread, ana: Member, chloe: Member, client_of: Clients
) -> None:
    close_thread(thread=thread, by=chloe.user, now=NOW)
    page = client_of(ana).post(path(thread), {"text": "Too <late>"})
    assert (page.status_code, Post.objects.count()) == (409, 1)
    assert "This discussion is closed. Nothing was posted; your text stands below." in text_of(page)
    assert b"Too &lt;late&gt;</textarea>" in page.content
    assert b'name="text"' not in client_of(ana).get(path(thread)).content


def test_a_double_click_is_one_post(thread: Thread, ana: Member, client_of: Clients) -> None:
    answers = [client_of(ana).post(path(thread), {"text": "Twice"}) for _ in range(2)]
    assert answers[0]["Location"] == answers[1]["Location"]
    assert Post.objects.filter(text="Twice").count() == 1


def test_the_preview_without_script_is_the_page_byte_by_byte_and_posts_nothing(
    thread: Thread, ana: Member, client_of: Clients
) -> None:
    text = "\n\n".join(each for each in CORPUS if "\x00" not in each)
    for url, data in ((path(thread), {}), (f"{LIST}new/", {"title": "Exit"})):
        page = client_of(ana).post(url, {"text": text, "preview": "1", **data}).content.decode()
        assert f'<div class="w-md" dir="auto">{to_html(text)}</div>' in page
    assert Post.objects.count() == 1
    client_of(ana).post(path(thread), {"text": text})
    assert to_html(text) in client_of(ana).get(path(thread)).content.decode()


def test_a_stranger_to_mentions_is_refused(thread: Thread, ana: Member, olga: Member, client_of: Clients) -> None:
    page = client_of(ana).post(path(thread), {"text": "Words", "mentions": [olga.pk]})
    assert (page.status_code, Post.objects.count()) == (200, 1)
    assert "is not one of the available choices" in text_of(page)


def test_one_of_the_secretariat_without_a_member_row_reads_and_does_not_write(
    thread: Thread, staff: Member, client_of: Clients
) -> None:
    Member.objects.filter(pk=staff.pk).update(until_on=NOW.date())
    client = client_of(staff)
    assert b'name="text"' not in client.get(path(thread)).content
    found = [
        client.post(path(thread), {"text": "Words"}).status_code,
        client.get(f"{LIST}new/").status_code,
        client.post(f"{path(thread)}follow/", {"do": "mute"}).status_code,
    ]
    assert found == [403, 403, 403]


# --- reading ----------------------------------------------------------------------------------------------------------
def test_the_first_unread_post_is_marked_and_viewing_reads(
    thread: Thread, ana: Member, bruno: Member, client_of: Clients
) -> None:
    client_of(bruno).get(path(thread))
    PostFactory.create_batch(60, thread=thread)
    page = client_of(bruno).get(f"{path(thread)}?page=unread").content.decode()
    first = thread.posts.order_by("pk")[1]
    assert page.index('id="unread"') < page.index(f'id="post-{first.pk}"')
    assert page.count('id="unread"') == 1
    fiftieth = thread.posts.order_by("pk")[49]
    assert ReadMark.objects.get(member=bruno).read_until == fiftieth.posted_at
    assert (
        f'id="post-{thread.posts.latest("pk").pk}"'
        in client_of(bruno).get(f"{path(thread)}?page=unread").content.decode()
    )
    assert 'id="unread"' not in client_of(bruno).get(f"{path(thread)}?page=unread").content.decode()


def test_looking_ahead_and_the_secretariat_leave_no_mark(
    thread: Thread, bruno: Member, staff: Member, client_of: Clients
) -> None:
    client_of(bruno).head(path(thread))
    client_of(staff).get(path(thread))
    assert ReadMark.objects.count() == 0


def test_a_hidden_post_shows_its_place_and_reason_and_its_words_to_few(
    thread: Thread, ana: Member, bruno: Member, chloe: Member, client_of: Clients
) -> None:
    hide_post(post=thread.posts.get(), reason="Names a person", by=chloe.user, now=NOW)
    seen = {m.given_name: text_of(client_of(m).get(path(thread))) for m in (ana, bruno, chloe)}
    assert all("This post is hidden. Reason: Names a person" in said for said in seen.values())
    assert {name: "Who has sample clauses?" in said for name, said in seen.items()} == {
        "Ana": True, "Bruno": False, "Chloe": True
    }  # fmt: skip
    assert "Show it again" in seen["Chloe"]


def test_earlier_texts_are_read_by_those_who_read_the_post(
    thread: Thread, ana: Member, bruno: Member, client_of: Clients
) -> None:
    post = thread.posts.get()
    history = f"/groups/ai-tools/posts/{post.pk}/history/"
    assert "This post was never changed." in text_of(client_of(bruno).get(history))
    edit_post(post=post, text="Who has **other** clauses?", by=ana.user, now=NOW)
    page = client_of(bruno).get(history)
    assert [words in text_of(page) for words in ("Who has sample clauses?", "Who has other clauses?")] == [True, True]
    assert history in client_of(bruno).get(path(thread)).content.decode()


# --- editing and moderating -------------------------------------------------------------------------------------------
def test_an_author_edits_the_own_post(thread: Thread, ana: Member, bruno: Member, client_of: Clients) -> None:
    post = thread.posts.get()
    url = f"/groups/ai-tools/posts/{post.pk}/edit/"
    assert written(client_of(ana).get(url)) == "Who has sample clauses?"
    looked = client_of(ana).post(url, {"text": "**Other**", "preview": "1"})
    assert b"<strong>Other</strong>" in looked.content
    assert written(client_of(ana).post(url, {"text": "a\x00b"})) == "a\x00b"
    assert PostRevision.objects.count() == 0
    response = client_of(ana).post(url, {"text": "**Other**"})
    assert response["Location"] == f"{path(thread)}?page=1#post-{post.pk}"
    assert "· edited" in text_of(client_of(ana).get(path(thread)))
    assert client_of(bruno).get(url).status_code == 403


def test_an_edit_that_comes_too_late_keeps_the_text(
    thread: Thread, ana: Member, chloe: Member, client_of: Clients
) -> None:
    post = thread.posts.get()
    close_thread(thread=thread, by=chloe.user, now=NOW)
    page = client_of(ana).post(f"/groups/ai-tools/posts/{post.pk}/edit/", {"text": "Other words"})
    assert (page.status_code, written(page)) == (409, "Other words")
    assert Post.objects.get().text == "Who has sample clauses?"


def test_the_chair_hides_and_restores(thread: Thread, ana: Member, chloe: Member, client_of: Clients) -> None:
    post, client = thread.posts.get(), client_of(chloe)
    url = f"/groups/ai-tools/posts/{post.pk}"
    assert "Who has sample clauses?" in text_of(client.get(f"{url}/hide/"))
    assert "This field is required." in text_of(client.post(f"{url}/hide/", {"reason": " "}))
    assert client.post(f"{url}/hide/", {"reason": "Off topic"})["Location"] == f"{path(thread)}?page=1#post-{post.pk}"
    again = client.post(f"{url}/hide/", {"reason": "Twice"})
    assert (again.status_code, "changed in the meantime" in text_of(again)) == (409, True)
    client.post(f"{url}/restore/")
    assert "The post is shown again." in text_of(client.get(path(thread)))
    client.post(f"{url}/restore/")
    assert "This has changed in the meantime." in text_of(client.get(path(thread)))
    assert client_of(ana).post(f"{url}/hide/", {"reason": "No"}).status_code == 403
    assert client_of(ana).post(f"{url}/restore/").status_code == 403


def test_the_chair_closes_and_opens(thread: Thread, ana: Member, chloe: Member, client_of: Clients) -> None:
    client, url = client_of(chloe), f"{path(thread)}close/"
    for do, said in (
        ("close", "The discussion is closed. It stays readable."),
        ("close", "This has changed in the meantime."),
        ("open", "Members can reply again."),
        ("open", "This has changed in the meantime."),
    ):
        client.post(url, {"do": do})
        assert said in text_of(client.get(path(thread)))
    assert client_of(ana).post(url).status_code == 403


# --- what one hears of ------------------------------------------------------------------------------------------------
def test_a_discussion_is_followed_muted_and_let_be(thread: Thread, bruno: Member, client_of: Clients) -> None:
    client, found = client_of(bruno), []
    for do in ("follow", "mute", "loud", "neither"):
        client.post(f"{path(thread)}follow/", {"do": do})
        found.append(list(Follow.objects.values_list("is_muted", flat=True)))
    assert found == [[False], [True], [True], []]
    said = text_of(client.get(path(thread)))
    assert "Choose one of the buttons." in said
    assert "This discussion is mailed to you as all others of the group." in said


def test_a_member_chooses_how_to_hear_of_the_group(
    circle: Group, bruno: Member, staff: Member, client_of: Clients
) -> None:
    url, client = "/groups/ai-tools/mail/", client_of(bruno)
    assert 'value="daily"' in re.findall(r"<input[^>]*checked[^>]*>", client.get(url).content.decode())[0]
    assert "America/Santiago" in text_of(client.get(url))
    assert client.post(url, {"mode": "weekly"})["Location"] == url
    assert Subscription.objects.get(member=bruno).mode == "weekly"
    assert 'value="weekly"' in re.findall(r"<input[^>]*checked[^>]*>", client.get(url).content.decode())[0]
    assert "Select a valid choice" in text_of(client.post(url, {"mode": "loud"}))
    assert client_of(staff).get(url).status_code == 403


# --- a large group ----------------------------------------------------------------------------------------------------
def test_two_thousand_posts_of_two_hundred_members_take_at_most_fifteen_queries(
    circle: Group, thread: Thread, ana: Member, chloe: Member, client_of: Clients
) -> None:
    members = [seat.member for seat in MembershipFactory.create_batch(196, group=circle, member__user=None)]
    threads = [thread, *ThreadFactory.create_batch(59, group=circle, started_by=ana)]
    Post.objects.bulk_create(
        Post(
            thread=thread if number < 1000 else threads[number % 60],
            author=members[number % 196],
            posted_at=NOW + timedelta(seconds=number),
            text=f"**Post** {number}",
        )
        for number in range(2000)
    )
    assert Membership.objects.filter(group=circle).count() == 200
    for member in (ana, chloe):
        client = client_of(member)
        counts = {url: queries_and_length(client, url)[0] for url in (LIST, path(thread), f"{path(thread)}?page=15")}
        assert max(counts.values()) <= MOST, counts


def test_the_reply_of_a_mail_has_the_cursor_in_the_text(thread: Thread, ana: Member, client_of: Clients) -> None:
    reply(thread=thread, contribution=Contribution(text="Words"), by=ana.user, now=NOW)
    page = client_of(ana).get(f"{path(thread)}?page=last&reply=1").content.decode()
    assert re.search(r"<textarea[^>]*\bautofocus\b", page)
    assert "autofocus" not in client_of(ana).get(path(thread)).content.decode()
