"""The page that shows the Secretariat how the mail stands."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import Member
from notifications.clock import Now
from notifications.message import address_hash
from notifications.models import Attempt, Bounce, Delivery, EngineState, Suppression
from notifications.status import status
from tests.notifications.conftest import work
from tests.notifications.sink import Sink

Owe = Callable[..., Delivery]
PATH = "/mail/status/"


@pytest.fixture
def read(staff: Member, client_of: Callable[[Member], Client]) -> Callable[[], str]:
    """The page as the Secretariat reads it, tags and spaces folded."""
    client = client_of(staff)

    def read() -> str:
        answer = client.get(PATH)
        assert answer.status_code == 200
        return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode().partition("<main")[2]).split())

    return read


def test_a_quiet_engine_says_so(owe: Owe, sink: Sink, read: Callable[[], str]) -> None:
    owe()
    work()
    EngineState.objects.update(planned_at=Now())

    text = read()

    assert "0 owed now 0 owed later 0 held for a decision 1 sent in 24 hours 1 sent in seven days" in text
    assert "The relay takes mail Being sent 0" in text
    for words in ("No message waits for a decision.", "No mail has come back.", "Mail goes to every address."):
        assert words in text
    for words in ("five minutes", "refuses", "locked", "late."):
        assert words not in text


def test_an_engine_that_never_ran_is_told_from_one_that_is_quiet(db: None, read: Callable[[], str]) -> None:
    text = read()

    assert "The clock has not run for five minutes." in text
    assert "No mailer has reported for five minutes." in text
    assert "Last run of the clock not yet Last round of a mailer not yet" in text


def test_trouble_stands_first(owe: Owe, read: Callable[[], str]) -> None:
    owe(not_before=timezone.now() - timedelta(minutes=11))
    EngineState.objects.create(restored_at=Now(), breaker_until=Now(), breaker_reason="No route", failures=6)

    text = read()

    assert "Mail is locked after a restore." in text
    assert "The relay refuses the portal. No route" in text
    assert "1 message is more than ten minutes late." in text
    assert "The relay refuses the portal Being sent" in text


def test_failures_of_the_channel_are_counted(db: None, read: Callable[[], str]) -> None:
    EngineState.objects.create(failures=2)

    assert "The relay 2 failures since a message was last taken" in read()


def test_held_messages_stand_there_with_their_reason_and_the_way_to_decide(
    owe: Owe, staff: Member, client_of: Callable[[Member], Client]
) -> None:
    row, secret = owe(), owe("x@qm.example", key="s", kind="secret", purpose="account", subject="Code 123456")
    Delivery.objects.filter(pk=row.pk).update(state="held", reason="Not accepted in 12 attempts")
    Delivery.objects.filter(pk=secret.pk).update(state="held", reason="In doubt", subject="", rendered=b"")
    client = client_of(staff)

    page = client.get(PATH).content.decode()

    assert "Not accepted in 12 attempts" in page
    assert "123456" not in page
    [way, _other] = re.findall(r'href="(/admin/notifications/delivery/\?state__exact=held&amp;q=[^"]+)"', page)
    found = client.get(way.replace("&amp;", "&")).content.decode()
    assert "ana@qm.example" in found
    assert "x@qm.example" not in found


def test_the_list_in_the_admin_leads_to_the_page(staff: Member, client_of: Callable[[Member], Client]) -> None:
    assert f'href="{PATH}"' in client_of(staff).get("/admin/notifications/delivery/").content.decode()


def test_what_came_back_and_who_gets_nothing(owe: Owe, read: Callable[[], str]) -> None:
    row = owe()
    Delivery.objects.update(state="bounced", reason="5.1.1", sent_at=Now(), ended_at=Now())
    values = {"report_sha256": "a", "received_at": Now(), "code": "5.1.1", "text": "No such user"}
    Bounce.objects.create(delivery=row, kind="hard", **values)
    Suppression.objects.create(
        address_sha256=address_hash("ana@qm.example"), reason="2 messages came back", evidence="5.1.1", since_at=Now()
    )

    text = read()

    assert "Returned for good ana@qm.example 5.1.1 No such user" in text
    assert "Nothing but codes for signing in is sent to 1 address." in text
    assert "2 messages came back 5.1.1" in text
    assert "Returned 1 Address refused 0 Too late 0" in text


def test_the_figures(owe: Owe) -> None:
    now = timezone.now()
    rows = [owe(f"person{n}@qm.example") for n in range(9)]
    ended = {"ended_at": now, "reason": "because"}
    for row, values in zip(
        rows,
        [
            {"next_at": now - timedelta(minutes=20)},
            {"next_at": now + timedelta(minutes=1)},
            {"state": "sent", "sent_at": now, "ended_at": now, "reason": Delivery.FOUND},
            {"state": "sent", "sent_at": now - timedelta(days=2), "ended_at": now, "cancel_requested": "cancelled"},
            {"state": "sent", "sent_at": now - timedelta(days=8), "ended_at": now - timedelta(days=8)},
            {"state": "failed", **ended},
            {"state": "expired", **ended},
            {"state": "ambiguous"},
            {"state": "held", "reason": "because"},
        ],
        strict=True,
    ):
        Delivery.objects.filter(pk=row.pk).update(**values)
    doubt = {"n": 1, "token": rows[0].pk, "ended_at": now, "outcome": "no_answer"}
    Attempt.objects.bulk_create(Attempt(delivery=rows[place], **doubt) for place in (2, 7))

    shown = status(now)

    assert shown["counts"] == {
        "due": 1, "late": 1, "later": 1, "sending": 0, "in_doubt": 1, "held": 1, "sent_today": 1, "sent_week": 2,
        "bounced_week": 0, "failed_week": 1, "expired_week": 1, "crossed_week": 1,
    }  # fmt: skip
    assert shown["doubts"] == {"all": 2, "found": 1, "open": 1, "held": 0}
    assert shown["held"] == [rows[8]]


@pytest.mark.parametrize("who", ["ana", "bruno", "gustav"])
def test_for_members_there_is_no_such_page(
    who: str, request: pytest.FixtureRequest, client_of: Callable[[Member], Client]
) -> None:
    assert client_of(request.getfixturevalue(who)).get(PATH).status_code == 404


def test_strangers_sign_in_and_nothing_is_posted(client: Client, staff: Member, client_of: Any) -> None:
    assert client.get(PATH).headers["Location"].startswith("/accounts/login/")
    assert client_of(staff).post(PATH).status_code == 405


def test_the_page_asks_as_much_for_thirty_rows_as_for_one(
    owe: Owe, staff: Member, client_of: Callable[[Member], Client], django_assert_max_num_queries: Any
) -> None:
    client, counts = client_of(staff), []
    client.get(PATH)  # the session is noted at the first visit
    for number in (1, 3, 30):
        for n in range(number):
            row = owe(f"p{number}-{n}@qm.example")
            Delivery.objects.filter(pk=row.pk).update(state="held", reason="because")
            values = {"report_sha256": "a", "received_at": Now(), "kind": "hard"}
            Bounce.objects.create(delivery=row, **values)
            Suppression.objects.create(address_sha256=f"{number}-{n}", reason="r", since_at=Now())
        with django_assert_max_num_queries(15) as queries:
            assert client.get(PATH).status_code == 200
        counts.append(len(queries))

    assert len(set(counts)) == 1, counts
