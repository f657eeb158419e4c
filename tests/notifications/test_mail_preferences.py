"""The page behind the link of optional mail."""

from collections.abc import Callable

import pytest
from django.test import Client

from accounts.models import Member
from notifications.links import preferences_url, read_token
from notifications.message import OptionalMail, address_hash
from notifications.models import Delivery, Preference

Owe = Callable[..., Delivery]
ONE_CLICK = {"List-Unsubscribe": "One-Click"}
ANA = address_hash("ana@qm.example")
BUT_NEWS = [purpose for purpose in OptionalMail.values if purpose != "news"]


@pytest.fixture
def path() -> str:
    """The address in a mail with news to Ana."""
    return preferences_url("Ana@qm.example", "news").removeprefix("http://localhost:8000")


def off() -> list[str]:
    return sorted(Preference.objects.switched_off([ANA]).values_list("purpose", flat=True))


def test_looking_changes_nothing(db: None, client: Client, path: str) -> None:
    page = client.get(path)

    assert page.status_code == 200
    assert page.content.decode().count(" checked>") == len(OptionalMail)
    assert "<h1>Mail you receive</h1>" in page.content.decode()
    assert "no-cache" in page["Cache-Control"]
    assert client.head(path).status_code == 200
    assert Preference.objects.count() == 0


def test_one_click_needs_no_cookie_no_token_and_no_sign_in(db: None, path: str) -> None:
    mail_program = Client(enforce_csrf_checks=True)

    page = mail_program.post(path, ONE_CLICK)

    assert page.status_code == 200
    assert "Saved. You no longer receive: News from the Secretariat." in page.content.decode()
    assert off() == ["news"]


def test_one_click_is_taken_as_mail_programs_send_it(db: None, path: str) -> None:
    body = "List-Unsubscribe=One-Click"

    page = Client(enforce_csrf_checks=True).post(path, body, content_type="application/x-www-form-urlencoded")

    assert (page.status_code, off()) == (200, ["news"])


def test_the_link_in_the_header_of_a_mail_is_the_one_that_works(owe: Owe, client: Client) -> None:
    header = owe(kind="optional", purpose="posts").headers["List-Unsubscribe"]

    client.post(header.strip("<>").removeprefix("http://localhost:8000"), ONE_CLICK)

    assert off() == ["posts"]


def test_choices_are_saved_and_shown(db: None, client: Client, path: str) -> None:
    page = client.post(path, {"wanted": BUT_NEWS})
    assert "Saved. You no longer receive: News from the Secretariat." in page.content.decode()
    assert off() == ["news"]
    assert client.get(path).content.decode().count(" checked>") == len(OptionalMail) - 1

    page = client.post(path, {"wanted": OptionalMail.values})

    assert "Saved. You receive: News from the Secretariat." in page.content.decode()
    assert off() == []


def test_nothing_may_be_chosen(db: None, client: Client, path: str) -> None:
    client.post(path, {})

    assert off() == sorted(OptionalMail.values)


def test_the_form_has_its_token(db: None, path: str) -> None:
    assert Client(enforce_csrf_checks=True).post(path, {"wanted": ["posts"]}).status_code == 403
    assert off() == []


@pytest.mark.parametrize("wanted", ["everything", "\x00", "x" * 10**6, "１"])
def test_a_choice_that_is_none_changes_nothing_and_says_so(db: None, client: Client, path: str, wanted: str) -> None:
    page = client.post(path, {"wanted": ["posts", wanted]})

    assert page.status_code == 400
    assert 'role="alert"' in page.content.decode()
    assert off() == []


@pytest.mark.parametrize("wrong", ["x", "x:y:z", "%00", "é:é", "WyJh:1:2", "a" * 5000])
def test_a_link_that_was_never_made_leads_nowhere(db: None, client: Client, wrong: str) -> None:
    for answer in (client.get(f"/mail/{wrong}/"), client.post(f"/mail/{wrong}/", ONE_CLICK)):
        assert answer.status_code == 404
    assert Preference.objects.count() == 0


def test_a_link_with_one_letter_changed_leads_nowhere(db: None, client: Client, path: str) -> None:
    for place in range(6, len(path) - 1):
        other = "A" if path[place] != "A" else "B"
        assert client.post(path[:place] + other + path[place + 1 :], ONE_CLICK).status_code == 404, place
    assert Preference.objects.count() == 0


def test_a_link_names_no_address_and_another_purpose_is_another_link(path: str) -> None:
    token = path.split("/")[2]

    assert read_token(token) == (ANA, "news")
    assert token != preferences_url("ana@qm.example", "posts").split("/")[-2]
    assert "ana" not in token.lower()


def test_a_purpose_that_no_longer_exists_leads_nowhere() -> None:
    assert read_token(preferences_url("ana@qm.example", "gone").split("/")[-2]) is None


def test_only_looking_and_posting(db: None, client: Client, path: str) -> None:
    assert client.put(path).status_code == 405
    assert client.delete(path).status_code == 405


def test_a_member_may_use_the_link_too(ana: Member, client_of: Callable[[Member], Client], path: str) -> None:
    assert client_of(ana).get(path).status_code == 200


def test_the_page_turns_round_in_arabic(db: None, client: Client, path: str) -> None:
    page = client.get(path, headers={"accept-language": "ar"})

    assert 'dir="rtl"' in page.content.decode()


def test_the_page_asks_the_database_little(
    db: None, client: Client, path: str, django_assert_max_num_queries: object
) -> None:
    with django_assert_max_num_queries(3) as asked:
        client.get(path)

    assert len(asked) == 1
