"""Owing mail and ending debts, in the transaction of the thing that happened."""

import logging
import socket
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from celery import current_app
from django.db import connection, transaction
from django.utils import timezone

from notifications import delivery as machine
from notifications import outbox
from notifications.models import Attempt, Delivery, EngineState
from tests.factories import NOW
from tests.notifications.conftest import message

Owe = Callable[..., Delivery]


# --- queue ------------------------------------------------------------------------------------------------------------
def test_a_message_becomes_one_row_with_its_bytes(db: None) -> None:
    mail = message(to_name="Ana\nEjemplo", expires_at=NOW + timedelta(days=1))

    with transaction.atomic():
        assert outbox.queue(mail, now=NOW) is True

    row = Delivery.objects.get()
    assert (row.key, row.subject_key, row.kind) == ("response:1:v1:14:ana@qm.example", "response:1", "official")
    assert (row.purpose, row.step, row.language) == ("reminder", "14", "en")
    assert (row.to_address, row.to_name) == ("ana@qm.example", "Ana Ejemplo")
    assert (row.state, row.urgency, row.attempts, row.reason) == ("queued", 1, 0, "")
    assert (row.created_at, row.expires_at) == (NOW, NOW + timedelta(days=1))
    number = uuid.uuid5(uuid.NAMESPACE_URL, f"http://localhost:8000/{row.key}")
    assert (row.message_id, row.headers["X-WILD-Delivery"]) == (f"<{number}@localhost>", str(number))
    assert row.text == "Your office has saved two of five answers.\n"
    assert row.html == "<p>Your office has saved two of five answers.</p>\n"
    assert row.headers["Subject"] == "14 days left: position of Meridia"
    assert str(row) == "response:1:v1:14:ana@qm.example: Queued"


def test_due_times_are_the_databases(db: None) -> None:
    """A host whose clock is a year ahead owes a mail now, not in a year."""
    ahead = timezone.now() + timedelta(days=365)
    with transaction.atomic():
        outbox.queue(message(expires_at=ahead + timedelta(days=1)), now=ahead)

    assert Delivery.objects.due().count() == 1


def test_the_same_key_is_owed_once(db: None) -> None:
    with transaction.atomic():
        assert outbox.queue(message(), now=NOW) is True
        assert outbox.queue(message(subject="Another one"), now=NOW) is False

    assert [row.subject for row in Delivery.objects.all()] == ["14 days left: position of Meridia"]


def test_an_ended_debt_is_not_owed_again(db: None) -> None:
    with transaction.atomic():
        outbox.queue(message(), now=NOW)
        outbox.cancel("response:1", "The office has answered.", now=NOW)
        assert outbox.queue(message(), now=NOW) is False

    assert Delivery.objects.get().state == "cancelled"


def test_many_are_one_insert_and_only_the_new_ones_count(db: None, django_assert_num_queries: Any) -> None:
    with transaction.atomic():
        outbox.queue(message("person3@qm.example"), now=NOW)
        with django_assert_num_queries(2):  # the insert, and how many it wrote
            assert outbox.queue_many([message(f"person{n}@qm.example") for n in range(30)], now=NOW) == 29

    assert Delivery.objects.count() == 30


def test_nothing_to_owe_is_nothing(db: None) -> None:
    with transaction.atomic():
        assert outbox.queue_many([], now=NOW) == 0
        assert outbox.record_superseded([], now=NOW) == 0


@pytest.mark.django_db(transaction=True)
def test_mail_is_owed_and_ended_only_in_a_transaction() -> None:
    for act in (
        lambda: outbox.queue(message(), now=NOW),
        lambda: outbox.record_superseded([message()], now=NOW),
        lambda: outbox.cancel("response:1", "", now=NOW),
        lambda: outbox.cancel_to("ana@qm.example", "", now=NOW),
    ):
        with pytest.raises(transaction.TransactionManagementError, match="in the transaction of the thing"):
            act()
    assert Delivery.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_what_did_not_happen_owes_nothing() -> None:
    with transaction.atomic():
        outbox.queue(message(), now=NOW)
        transaction.set_rollback(True)

    assert Delivery.objects.count() == 0


@pytest.mark.parametrize(
    "to", ["", "ana", "ana@", "ana@@qm.example", "ana@qm.example\r\nBcc: x@y.example", "ſana@qm.example"]
)
def test_what_is_no_address_fails_at_once_and_says_so(db: None, to: str) -> None:
    with transaction.atomic():
        assert outbox.queue(message(to, key="no address"), now=NOW)

    row = Delivery.objects.get()
    assert (row.state, row.reason, row.ended_at) == ("failed", "This is no address a relay would take.", NOW)
    assert (bytes(row.rendered), row.text, row.headers) == (b"", "", {})
    assert "\n" not in row.to_address


def test_an_international_domain_is_written_in_ascii(db: None) -> None:
    with transaction.atomic():
        outbox.queue(message(" ana@bücher.example "), now=NOW)

    row = Delivery.objects.get()
    assert row.to_address == "ana@xn--bcher-kva.example"
    assert list(Delivery.objects.to("Ana@Bücher.example")) == [row]


def test_what_is_too_late_when_it_is_made_is_written_as_expired(db: None) -> None:
    with transaction.atomic():
        assert outbox.queue(message(expires_at=NOW), now=NOW)

    row = Delivery.objects.get()
    assert (row.state, row.reason) == ("expired", "It was too late for this message when it was made.")


def test_a_secret_that_cannot_leave_keeps_no_content(db: None) -> None:
    with transaction.atomic():
        outbox.queue(message("nobody", kind="secret", subject="Code 123456", purpose="account"), now=NOW)

    assert (Delivery.objects.get().state, Delivery.objects.get().subject) == ("failed", "")


def test_overtaken_steps_are_recorded_and_not_sent(db: None) -> None:
    mails = [message(key=f"response:1:v1:{step}:7", step=step, subject="", text="", html="") for step in ("30", "14")]
    with transaction.atomic():
        assert outbox.record_superseded(mails, now=NOW) == 2
        assert outbox.record_superseded(mails, now=NOW) == 0

    rows = Delivery.objects.order_by("-step")
    assert [(row.step, row.state, row.reason, bytes(row.rendered)) for row in rows] == [
        ("30", "superseded", "A later message was due already.", b""),
        ("14", "superseded", "A later message was due already.", b""),
    ]
    assert Delivery.objects.due().count() == 0


@pytest.mark.django_db(transaction=True)
def test_eight_planners_at_once_owe_each_message_once() -> None:
    mails = [message(f"person{n}@qm.example", subject_key=f"response:{n}") for n in range(60)]
    written, gate = [], threading.Barrier(8)

    def plan() -> None:
        gate.wait(10)
        for start in range(0, 60, 20):
            with transaction.atomic():
                written.append(outbox.queue_many(mails[start : start + 20], now=NOW))
        connection.close()

    planners = [threading.Thread(target=plan) for _ in range(8)]
    for planner in planners:
        planner.start()
    for planner in planners:
        planner.join(60)

    assert len(written) == 24
    assert sum(written) == 60
    assert Delivery.objects.values("key").distinct().count() == Delivery.objects.count() == 60


# --- cancel -----------------------------------------------------------------------------------------------------------
def test_a_debt_ends_for_everybody_or_for_one_address(owe: Owe) -> None:
    ana, bruno, other = owe(), owe("bruno@qm.example"), owe("chloe@qn.example", subject_key="response:2")

    with transaction.atomic():
        assert outbox.cancel("response:1", "Handed over.", now=NOW, to="ANA@qm.example") == 1
        assert outbox.cancel("response:1", "A later reminder was due.", now=NOW, state="superseded") == 1
        assert outbox.cancel("response:1", "Again.", now=NOW) == 0

    rows = {row.pk: (row.state, row.reason) for row in Delivery.objects.all()}
    assert rows == {
        ana.pk: ("cancelled", "Handed over."),
        bruno.pk: ("superseded", "A later reminder was due."),
        other.pk: ("queued", ""),
    }


def test_the_mail_of_somebody_who_left_ends_but_not_their_secrets(owe: Owe) -> None:
    reminder, news = owe(), owe(kind="optional", purpose="news", key="news", subject_key="news")
    code, other = owe(kind="secret", purpose="account", key="code"), owe("chloe@qn.example")

    with transaction.atomic():
        assert outbox.cancel_to("Ana@qm.example", "Left.", now=NOW) == 2

    states = dict(Delivery.objects.values_list("pk", "state"))
    assert states == {reminder.pk: "cancelled", news.pk: "cancelled", code.pk: "queued", other.pk: "queued"}


@pytest.mark.parametrize("state", ["ambiguous", "held"])
def test_doubtful_and_held_messages_end_at_once(owe: Owe, state: str) -> None:
    row = owe()
    Delivery.objects.update(state=state, reason="because")

    with transaction.atomic():
        assert outbox.cancel("response:1", "Answered.", now=NOW) == 1

    row.refresh_from_db()
    assert (row.state, row.reason, row.ended_at) == ("cancelled", "Answered.", NOW)


def test_what_has_left_stays_as_it_is(owe: Owe) -> None:
    owe()
    Delivery.objects.update(state="sent", sent_at=NOW, ended_at=NOW)

    with transaction.atomic():
        assert outbox.cancel("response:1", "Answered.", now=NOW) == 0

    assert Delivery.objects.get().state == "sent"
    assert Delivery.objects.crossed().count() == 0


@pytest.mark.django_db(transaction=True)
def test_the_fence_waits_for_an_answer_that_is_being_committed(owe: Owe) -> None:
    """Where an answer and a mail meet, the answer that locked the row first is waited for, and wins."""
    row = owe()
    [claimed], passed = machine.claim(25), []

    def pass_the_fence() -> None:
        passed.append(machine.pass_fence(claimed))
        connection.close()

    mailer = threading.Thread(target=pass_the_fence)
    with transaction.atomic():
        outbox.cancel("response:1", "Answered.", now=timezone.now())
        mailer.start()
        mailer.join(0.3)
        assert mailer.is_alive()  # it waits for us
    mailer.join(10)

    assert passed == [False]
    row.refresh_from_db()
    assert (row.state, row.stage, row.cancel_requested) == ("sending", "pre", "cancelled")
    assert Attempt.objects.get().data_at is None


# --- render -----------------------------------------------------------------------------------------------------------
@pytest.fixture
def templates(tmp_path: Any, settings: Any) -> Any:
    """A mail of an imagined app."""
    folder = tmp_path / "imagined" / "email"
    folder.mkdir(parents=True)
    (folder / "hello_subject.txt").write_text("Hello\n {{ office }}\n")
    (folder / "hello.txt").write_text(
        '{% extends "notifications/email/base.txt" %}'
        "{% block content %}{{ office }}\r\n\n\n\n<{{ site_url }}>{% endblock %}"
    )
    (folder / "hello.html").write_text(
        '{% extends "notifications/email/base.html" %}{% block content %}'
        '{% include "notifications/email/_button.html" with url=site_url label=office %}'
        '{% include "notifications/email/_box.html" with title=office text="soon" is_time=True %}'
        '<table>{% include "notifications/email/_row.html" with letter="a" text=office note="saved" is_done=True %}'
        "</table>"
        "{% endblock %}"
    )
    engine = {**settings.TEMPLATES[0], "DIRS": [tmp_path, *settings.TEMPLATES[0]["DIRS"]]}
    settings.TEMPLATES = [engine]
    return folder


def test_a_mail_is_rendered_in_its_language_with_its_parts(templates: Any) -> None:
    context = {"office": "Meri & Dia", "to_name": "Ana", "leave_url": "https://wild.example/h/", "preferences_url": "u"}

    rendered = outbox.render("imagined/hello", context, language="en")

    assert rendered.subject == "Hello Meri & Dia"
    assert rendered.text == (
        "Dear Ana,\n\nHello Meri & Dia\n\nMeri & Dia\n\n<http://localhost:8000>\n\n--\n\n"
        "Hand this duty to a colleague:\nhttps://wild.example/h/\nChoose what you receive:\nu\n"
        "Answer this message to reach the Secretariat.\n"
    )
    assert '<html lang="en" dir="ltr">' in rendered.html
    assert "<title>Hello Meri &amp; Dia</title>" in rendered.html
    assert '<a href="http://localhost:8000"' in rendered.html
    assert rendered.html.count("Meri &amp; Dia") == 5


def test_an_arabic_mail_runs_from_right_to_left(templates: Any) -> None:
    rendered = outbox.render("imagined/hello", {"office": "Meridia"}, language="ar")

    assert '<html lang="ar" dir="rtl">' in rendered.html
    assert rendered.html.count('dir="rtl"') == 2
    assert '<td align="left" style="padding:7px 0' in rendered.html


def test_a_mail_to_nobody_by_name_begins_with_its_subject(templates: Any) -> None:
    rendered = outbox.render("imagined/hello", {"office": "Meridia"}, language="zh-hans")

    assert '<html lang="zh-Hans" dir="ltr">' in rendered.html
    assert rendered.text.startswith("Hello Meridia\n")


# --- the doorbell -----------------------------------------------------------------------------------------------------
@pytest.mark.django_db(transaction=True)
def test_the_doorbell_rings_once_when_the_transaction_is_committed(rings: list[str]) -> None:
    with transaction.atomic():
        for n in range(3):
            outbox.queue(message(f"person{n}@qm.example"), now=NOW)
        assert rings == []

    assert rings == ["notifications.tasks.drain"]


@pytest.mark.django_db(transaction=True)
def test_nothing_new_rings_no_bell(rings: list[str]) -> None:
    with transaction.atomic():
        outbox.record_superseded([message()], now=NOW)
        outbox.queue(message(), now=NOW)

    assert rings == []


@pytest.fixture
def broker_at(settings: Any) -> Iterator[Callable[[str], None]]:
    """Points Celery to another broker."""
    before = current_app.conf.broker_url

    def point(url: str) -> None:
        current_app.pool.force_close_all()
        current_app.amqp._producer_pool = None
        current_app.conf.broker_url = current_app.conf.broker_write_url = url

    yield point
    point(before)


@pytest.mark.django_db(transaction=True)
def test_a_broker_that_is_gone_costs_nothing_but_a_count(broker_at: Callable[[str], None], rings: list[str]) -> None:
    broker_at("redis://127.0.0.1:1/0")

    with transaction.atomic():
        outbox.queue(message(), now=NOW)

    assert Delivery.objects.get().state == "queued"
    assert EngineState.objects.get().doorbell_errors == 1
    assert rings == []


@pytest.mark.django_db(transaction=True)
def test_a_broker_that_is_silent_keeps_nobody_waiting(
    broker_at: Callable[[str], None], caplog: pytest.LogCaptureFixture
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent, caplog.at_level(logging.WARNING, "mail"):
        broker_at(f"redis://127.0.0.1:{silent.getsockname()[1]}/0")
        began = time.monotonic()
        with transaction.atomic():
            for n in range(5):
                outbox.queue(message(f"person{n}@qm.example"), now=NOW)
        took = time.monotonic() - began

    assert Delivery.objects.filter(state="queued").count() == 5
    assert EngineState.objects.get().doorbell_errors == 1
    assert took < 2.5, f"{took:.1f} s"
    assert "doorbell" in caplog.text
