"""Headers and bytes: one message, one Message-ID, nothing injected."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.utils import getaddresses
from typing import Any

import pytest

from notifications import delivery as machine
from notifications.message import LONGEST_LINE, Message, clean, one_line
from notifications.mime import build
from notifications.models import Delivery
from tests.notifications.conftest import message

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
Owe = Callable[..., Delivery]


def raw(mail: Message) -> bytes:
    return build(mail, message_id="<1@wild.example>", number="1", now=NOW)


def read(mail: Message) -> EmailMessage:
    return message_from_bytes(raw(mail), policy=policy.default)


def test_every_mail_says_that_a_machine_wrote_it_and_whom_to_answer(settings: Any) -> None:
    mail = read(message())

    assert dict(mail.items()) | {"Content-Type": ""} == {
        "Content-Type": "",
        "MIME-Version": "1.0",
        "Subject": "14 days left: position of Meridia",
        "From": "WILD <no-reply@wild.example>",
        "To": "Ana Ejemplo <ana@qm.example>",
        "Reply-To": "secretariat@wild.example",
        "Message-ID": "<1@wild.example>",
        "Date": "Fri, 20 Nov 2026 09:00:00 +0000",
        "Content-Language": "en",
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "All",
        "X-WILD-Delivery": "1",
        "List-Id": "<official.localhost>",
    }


def test_text_comes_before_html_and_both_are_seven_bits() -> None:
    mail = read(message(text="Señal\r\nde vida", html="<p>Señal</p>"))

    assert mail.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]
    assert [part.get_content().splitlines() for part in mail.iter_parts()] == [["Señal", "de vida"], ["<p>Señal</p>"]]
    assert raw(message(text="Señal", html="<p>Señal</p>")).isascii()


def test_a_mail_may_be_text_alone() -> None:
    assert read(message(html="")).get_content_type() == "text/plain"


def test_lines_end_with_crlf_and_stay_short() -> None:
    lines = raw(message(text="word " * 1000, html="<p>" + "x" * 5000 + "</p>", subject="слово " * 40)).split(b"\r\n")

    assert not any(b"\n" in line or b"\r" in line for line in lines)
    assert max(map(len, lines)) <= 78


def test_a_mail_for_later_carries_the_date_of_its_day() -> None:
    mail = read(message(not_before=NOW + timedelta(days=2)))

    assert mail["Date"] == "Sun, 22 Nov 2026 09:00:00 +0000"


def test_names_and_domains_in_any_script_leave_in_ascii(settings: Any) -> None:
    settings.DEFAULT_FROM_EMAIL = "Secrétariat <no-reply@wild.example>"
    mail = message("ana@bücher.example", to_name="Ана", reply_to="Secrétariat <reply@wild.example>")

    assert raw(mail).isascii()
    assert read(mail)["To"].addresses[0].addr_spec == "ana@xn--bcher-kva.example"
    assert read(mail)["From"] == "Secrétariat <no-reply@wild.example>"


def test_the_reply_goes_where_the_sender_wants() -> None:
    assert read(message(reply_to="chair@qn.example"))["Reply-To"] == "chair@qn.example"


# --- how to be rid of it ----------------------------------------------------------------------------------------------
def test_official_mail_leads_to_the_hand_over_and_has_no_one_click() -> None:
    mail = read(message(leave_url="https://wild.example/hand-over/1/"))

    assert mail["List-Unsubscribe"] == "<https://wild.example/hand-over/1/>"
    assert mail["List-Unsubscribe-Post"] is None


def test_optional_mail_has_one_click() -> None:
    mail = read(message(kind="optional", purpose="news"))

    assert mail["List-Id"] == "<optional.localhost>"
    assert re.fullmatch(r"<http://localhost:8000/mail/[\w:-]+/>", mail["List-Unsubscribe"])
    assert b"\r\nList-Unsubscribe: <http://localhost:8000/mail/" in raw(message(kind="optional", purpose="news"))
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert "ana" not in mail["List-Unsubscribe"]


def test_secrets_carry_neither() -> None:
    mail = read(message(kind="secret", purpose="account", leave_url="https://wild.example/"))

    assert [name for name in mail if name.startswith("List-")] == []


# --- what a message may be --------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "important"},
        {"kind": "optional", "purpose": "reminder"},
        {"leave_url": "javascript:alert(1)"},
        {"leave_url": "https://wild.example/\r\nBcc: x@y.example"},
        {"leave_url": "https://wild.example/>,<https://evil.example/"},
    ],
)
def test_a_message_that_makes_no_sense_is_refused_where_it_is_made(wrong: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r"is no"):
        message(**wrong)


BREAKS = ["\r\nBcc: evil@y.example", "\nBcc: evil@y.example", "\rBcc: evil@y.example", "\x85Bcc: x", "\u2028Bcc: x"]
BREAKS += ["\x00", "\x0bBcc: x", "\r\n\r\n<script>", "=?utf-8?q?=0D=0ABcc:_evil@y.example?=", "\ud800", "\r\n Bcc: x"]


@pytest.mark.parametrize("field", ["subject", "to_name"])
@pytest.mark.parametrize("evil", BREAKS)
def test_no_header_can_be_smuggled_in(field: str, evil: str) -> None:
    mail = read(message(**{field: f"Ana{evil}"}))

    assert sorted(mail.keys()) == sorted(read(message()).keys())
    assert mail.defects == []
    assert mail["To"].addresses[0].addr_spec == "ana@qm.example"
    assert len(mail["To"].addresses) == 1


@pytest.mark.parametrize(
    "name",
    [
        "Ejemplo, Ana",
        'Ana "the first" Ejemplo',
        "Ana <evil@y.example>",
        'Ana" <evil@y.example>, "B',
        "Ana \\",
        "evil@y.example",
        "Ана, Пример <evil@y.example>",
        "آنا " * 40,
        "安娜，<evil@y.example>" * 12,
    ],
)
def test_no_name_becomes_an_address(name: str) -> None:
    to = read(message(to_name=name))["To"]

    assert [address.addr_spec for address in to.addresses] == ["ana@qm.example"]
    folded = message_from_bytes(raw(message(to_name=name)))["To"]
    assert [address for _, address in getaddresses([folded])] == ["ana@qm.example"]
    words = folded.rpartition(" <")[0]
    shown = str(make_header(decode_header(words))) if words.startswith("=?") else words[1:-1]
    assert shown == (one_line(name) if words.startswith("=?") else one_line(name).replace("\\", "").replace('"', "'"))


@pytest.mark.parametrize("subject", ["14 أيام متبقية", "还剩14天：Meridia的立场" * 4, "Осталось 14 дней", "a" * 240])
def test_a_subject_arrives_as_it_was_written(subject: str) -> None:
    assert read(message(subject=subject))["Subject"] == subject


def test_text_for_a_header_is_one_short_line() -> None:
    assert one_line(" a\n\tb  c\x00 ") == "a b c"
    assert one_line("x" * 10**6) == "x" * (LONGEST_LINE - 1) + "…"


def test_text_for_a_body_has_no_control_characters_and_no_gaps() -> None:
    assert clean("a\x00\r\n\r\n\n\n\nb\tc  \r\x1bd\u2028e\ud800") == "a\n\nb\tc\nd\ne\n"


def test_dots_at_the_start_of_a_line_arrive(owe: Owe, sink: Any) -> None:
    from_dots = "A\n.\n..\n.hidden\nend"
    row = owe(text=from_dots, html="")

    machine.work()

    assert sink.bodies == [bytes(row.rendered)]
    assert sink.mails()[0].get_content().replace("\r\n", "\n") == f"{from_dots}\n"


# --- calendar objects -------------------------------------------------------------------------------------------------
INVITATION = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nMETHOD:REQUEST\r\nSUMMARY:Réunion 会议 اجتماع\r\nEND:VCALENDAR\r\n"


def with_calendar(**fields: Any) -> Message:
    return message(**{"calendar": INVITATION, "method": "REQUEST"} | fields)


def test_a_calendar_object_is_the_last_alternative_and_a_file() -> None:
    mail = read(with_calendar())
    both, file = mail.iter_parts()
    text, html, calendar = both.iter_parts()

    assert (mail.get_content_type(), both.get_content_type()) == ("multipart/mixed", "multipart/alternative")
    assert [text.get_content_type(), html.get_content_type()] == ["text/plain", "text/html"]
    assert dict(calendar["Content-Type"].params) == {"method": "REQUEST", "charset": "utf-8"}
    assert calendar.get_content_type() == "text/calendar"
    assert calendar.get_content_disposition() is None
    assert (file.get_content_type(), file.get_content_disposition()) == ("application/ics", "attachment")
    assert file.get_filename() == "invite.ics"


def test_a_calendar_object_arrives_octet_for_octet() -> None:
    both, file = read(with_calendar()).iter_parts()
    calendar = list(both.iter_parts())[-1]

    assert calendar.get_payload(decode=True) == INVITATION.encode()
    assert file.get_payload(decode=True) == INVITATION.encode()
    assert raw(with_calendar()).isascii()
    assert max(map(len, raw(with_calendar(calendar=INVITATION * 40)).split(b"\r\n"))) <= 78


def test_a_text_without_html_may_carry_a_calendar_object() -> None:
    both, _file = read(with_calendar(html="")).iter_parts()

    assert [part.get_content_type() for part in both.iter_parts()] == ["text/plain", "text/calendar"]


def test_the_same_message_has_the_same_bytes() -> None:
    assert raw(with_calendar()) == raw(with_calendar())


@pytest.mark.parametrize(
    ("calendar", "method"),
    [(INVITATION, ""), (INVITATION, "CANCEL"), (INVITATION, "PUBLISH"), ("", "REQUEST"), ("METHOD:REQUEST", "REQUEST")],
)
def test_a_calendar_object_and_its_method_agree(calendar: str, method: str) -> None:
    with pytest.raises(ValueError, match="is not what the calendar object asks for"):
        with_calendar(calendar=calendar, method=method)


def test_a_mail_with_a_calendar_object_leaves_as_it_was_stored(owe: Owe, sink: Any) -> None:
    row = owe(calendar=INVITATION, method="REQUEST")

    machine.work()

    assert sink.bodies == [bytes(row.rendered)]
