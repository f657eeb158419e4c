"""The component tags: what they say in six languages and where they draw it in both directions."""

import datetime as dt
import re

import pytest
from django.core.paginator import Paginator
from django.template import Context, Template, TemplateSyntaxError
from django.test import RequestFactory
from django.utils import timezone, translation

from wild_portal import clocks
from wild_portal.templatetags import ui

CLOSES = dt.datetime(2025, 6, 16, 21, 59, 59, 999000, tzinfo=dt.UTC)
OPENS = dt.datetime(2025, 4, 15, 22, tzinfo=dt.UTC)
EARLIER = dt.datetime(2025, 5, 30, 10, tzinfo=dt.UTC)
LATER = dt.datetime(2025, 6, 17, 10, tzinfo=dt.UTC)
DAYS = dt.date(2025, 4, 14), dt.date(2025, 4, 16)
GAP = "\u202f"

# language: deadline read in Tokyo; the same, over, read in São Paulo; head of a page; three days; two months
WRITTEN = {
    "en": [
        "closes 16 June 2025, 23:59 Geneva time (17 June, 06:59 in Tokyo)",
        "Closed Monday 16 June 2025, 23:59 Geneva time (18:59 in Sao Paulo)",
        "Closes Monday 16 June 2025, 23:59 Geneva time. 17 days left.",
        "14 to 16 April 2025",
        "1 April to 16 June 2025",
    ],
    "fr": [
        "se clôt le 16 juin 2025 à 23:59, heure de Genève (17 juin à 06:59, Tokyo)",
        "Close le lundi 16 juin 2025 à 23:59, heure de Genève (18:59, São Paulo)",
        "Se clôt le lundi 16 juin 2025 à 23:59, heure de Genève. 17 jours restants.",
        "du 14 au 16 avril 2025",
        "du 1er avril au 16 juin 2025",
    ],
    "es": [
        "se cierra el 16 de junio de 2025 a las 23:59, hora de Ginebra (17 de junio a las 06:59 en Tokio)",
        "Se cerró el lunes 16 de junio de 2025 a las 23:59, hora de Ginebra (18:59 en São Paulo)",
        "Se cierra el lunes 16 de junio de 2025 a las 23:59, hora de Ginebra. Quedan 17 días.",
        "del 14 al 16 de abril de 2025",
        "del 1 de abril al 16 de junio de 2025",
    ],
    "ru": [
        f"закрывается: 16 июня 2025{GAP}г., 23:59 по женевскому времени (17 июня, 06:59, Токио)",
        f"Закрыта: понедельник, 16 июня 2025{GAP}г., 23:59 по женевскому времени (18:59, Сан-Паулу)",
        f"Закрывается: понедельник, 16 июня 2025{GAP}г., 23:59 по женевскому времени. Осталось 17 дней.",
        f"14 – 16 апреля 2025{GAP}г.",
        f"1 апреля – 16 июня 2025{GAP}г.",
    ],
    "ar": [
        "تُغلق في 16 يونيو 2025، الساعة 23:59 بتوقيت جنيف (17 يونيو، الساعة 06:59 في طوكيو)",
        "أُغلقت في الاثنين 16 يونيو 2025، الساعة 23:59 بتوقيت جنيف (18:59 في ساو باولو)",
        "تُغلق في الاثنين 16 يونيو 2025، الساعة 23:59 بتوقيت جنيف. بقي 17 يومًا.",
        "من 14 إلى 16 أبريل 2025",
        "من 1 أبريل إلى 16 يونيو 2025",
    ],
    "zh-hans": [
        "截止时间：2025年6月16日 23:59，日内瓦时间（东京时间 6月17日 06:59）",
        "截止时间已过：2025年6月16日星期一 23:59，日内瓦时间（圣保罗时间 18:59）",
        "截止时间：2025年6月16日星期一 23:59，日内瓦时间。还剩17天。",
        "2025年4月14日至4月16日",
        "2025年4月1日至6月16日",
    ],
}


def draw(text: str, /, **context: object) -> str:
    return Template(text).render(Context({"now": EARLIER, **context}))


@pytest.mark.parametrize("language", WRITTEN)
def test_deadlines_and_spans_are_written_in_the_readers_language(language: str) -> None:
    with translation.override(language):
        assert [
            clocks.write_deadline(CLOSES, "closes", zone="Asia/Tokyo"),
            clocks.write_deadline(CLOSES, "Closes", zone="America/Sao_Paulo", weekday=True, now=LATER),
            clocks.write_lede(CLOSES, now=EARLIER),
            clocks.write_days(*DAYS),
            clocks.write_days(dt.date(2025, 4, 1), dt.date(2025, 6, 16)),
        ] == WRITTEN[language]


# reminders.md 3.10: one instant on far clocks, and days on which the clocks of Geneva change
@pytest.mark.parametrize(
    ("instant", "zone", "written"),
    [
        ("2027-01-20T22:59:59.999Z", "Pacific/Honolulu", "20 January 2027, 23:59 Geneva time (12:59 in Honolulu)"),
        (
            "2027-01-20T22:59:59.999Z",
            "Pacific/Kiritimati",
            "20 January 2027, 23:59 Geneva time (21 January, 12:59 in Kiritimati)",
        ),
        (
            "2027-01-20T22:59:59.999Z",
            "Asia/Kathmandu",
            "20 January 2027, 23:59 Geneva time (21 January, 04:44 in Kathmandu)",
        ),
        ("2027-03-28T21:59:59.999Z", "Europe/Zurich", "28 March 2027, 23:59 Geneva time"),
        ("2027-10-31T22:59:59.999Z", "Europe/Zurich", "31 October 2027, 23:59 Geneva time"),
        ("2028-02-29T22:59:59.999Z", "UTC", "29 February 2028, 23:59 Geneva time"),
        ("2026-12-31T22:59:59.999Z", "Asia/Tokyo", "31 December 2026, 23:59 Geneva time (1 January, 07:59 in Tokyo)"),
    ],
)
def test_both_clocks_agree_on_the_instant(instant: str, zone: str, written: str) -> None:
    assert clocks.write_moment(dt.datetime.fromisoformat(instant), zone=zone) == written


@pytest.mark.parametrize(
    ("language", "zone", "written"),
    [
        ("en", "Asia/Tokyo", "17 Jun, 06:59|06:59"),
        ("en", "UTC", "16 Jun, 23:59|23:59"),
        ("fr", "Asia/Tokyo", "17 juin à 06:59|06:59"),
        ("zh-hans", "Asia/Tokyo", "6月17日 06:59|06:59"),
    ],
)
def test_what_has_just_happened_is_told_on_the_readers_own_clock(language: str, zone: str, written: str) -> None:
    with translation.override(language), timezone.override(zone):
        assert Template("{{ at|own_time }}|{{ at|own_hour }}").render(Context({"at": CLOSES})) == written


def test_an_instant_of_the_record_is_the_same_in_every_language() -> None:
    expected = '<time class="w-time" datetime="2025-06-16T21:59:59Z">2025-06-16 21:59:59.999000 UTC</time>'
    with translation.override("ar"), timezone.override("Asia/Tokyo"):
        assert Template("{% recorded at %}").render(Context({"at": CLOSES})) == expected


@pytest.mark.parametrize(
    ("language", "written"),
    [
        ("en", "Reason: &lt;b&gt;: 3, Sent: 3"),
        ("fr", "Reason\u00a0: &lt;b&gt;\u00a0: 3, Sent\u00a0: 3"),
        ("zh-hans", "Reason： &lt;b&gt;：3、Sent：3"),
    ],
)
def test_colon_and_comma_are_those_of_the_language(language: str, written: str) -> None:
    template = "{{ label|colon }} {{ name|valued:3 }}{% comma %}{{ state|valued:3 }}"
    with translation.override(language):
        assert Template(template).render(Context({"label": "Reason", "name": "<b>", "state": "Sent"})) == written


def test_a_label_that_is_marked_up_keeps_its_marks() -> None:
    assert Template("{% day at as label %}{{ label|colon }}").render(Context({"at": DAYS[0]})).endswith("2025</time>:")


def test_the_readers_clock_is_the_one_the_request_activated() -> None:
    with timezone.override("Asia/Tokyo"):
        assert draw("{% deadline closes %}", closes=CLOSES) == (
            '<time class="w-time" datetime="2025-06-16T21:59:59Z">16 June 2025, 23:59 Geneva time '
            "(17 June, 06:59 in Tokyo)</time>"
        )
    assert draw("{% deadline_text closes 'Closes' zone='Asia/Tokyo' %}", closes=CLOSES) == (
        "Closes 16 June 2025, 23:59 Geneva time (17 June, 06:59 in Tokyo)"
    )


@pytest.mark.parametrize(
    ("now", "left", "lede"),
    [
        ("2025-06-14T12:00Z", "2 days left", "Closes Monday 16 June 2025, 23:59 Geneva time. 2 days left."),
        ("2025-06-15T21:59Z", "1 day left", "Closes Monday 16 June 2025, 23:59 Geneva time. 1 day left."),
        ("2025-06-15T22:00Z", "closes today", "Closes Monday 16 June 2025, 23:59 Geneva time. Closes today."),
        ("2025-06-16T21:59:59.999Z", "closes today", "Closes Monday 16 June 2025, 23:59 Geneva time. Closes today."),
        ("2025-06-16T22:00Z", "closed", "Closed Monday 16 June 2025, 23:59 Geneva time."),
    ],
)
def test_days_left_are_geneva_days(now: str, left: str, lede: str) -> None:
    moment = dt.datetime.fromisoformat(now)

    assert draw("{% days_left closes %}", closes=CLOSES, now=moment) == left
    assert re.sub("<[^>]+>", "", draw("{% deadline_lede closes %}", closes=CLOSES, now=moment)) == lede


def test_an_unknown_verb_is_an_error_of_the_template() -> None:
    with pytest.raises(KeyError):
        draw("{% deadline closes 'expires' %}", closes=CLOSES)


def test_opening_turns_to_the_past() -> None:
    assert clocks.write_deadline(OPENS, "opens", now=EARLIER) == "opened 16 April 2025, 00:00 Geneva time"
    assert clocks.write_deadline(OPENS, "Opens") == "Opens 16 April 2025, 00:00 Geneva time"


def test_days_and_geneva_time_are_marked_for_machines() -> None:
    assert draw("{% geneva closes %} {% day first 'full' %} {% day closes %} {% days first last %}", closes=CLOSES,
                first=DAYS[0], last=DAYS[1]) == (
        '<time class="w-time" datetime="2025-06-16T21:59:59Z">16 June 2025, 23:59 Geneva time</time> '
        '<time class="w-time" datetime="2025-04-14">Monday 14 April 2025</time> '
        '<time class="w-time" datetime="2025-06-16T21:59:59Z">16 June 2025</time> 14 to 16 April 2025'
    )  # fmt: skip


@pytest.mark.parametrize(
    ("first", "last", "written"),
    [
        ((2025, 4, 14), None, "14 April 2025"),
        ((2025, 4, 14), (2025, 4, 14), "14 April 2025"),
        ((2025, 12, 29), (2026, 1, 3), "29 December 2025 to 3 January 2026"),
    ],
)
def test_a_span_says_no_more_than_it_must(first: tuple, last: tuple | None, written: str) -> None:
    assert clocks.write_days(dt.date(*first), last and dt.date(*last)) == written


def test_a_span_in_one_french_month_begins_with_the_first() -> None:
    with translation.override("fr"):
        assert clocks.write_days(dt.date(2025, 4, 1), dt.date(2025, 4, 3)) == "du 1er au 3 avril 2025"


@pytest.mark.parametrize(
    ("form", "written"),
    [
        ("full", "Monday 16 June 2025"),
        ("long", "16 June 2025"),
        ("full_day", "Monday 16 June"),
        ("day", "16 June"),
        ("short_year", "16 Jun 2025"),
        ("short", "16 Jun"),
        ("month", "June 2025"),
        ("weekday", "Monday"),
        ("time", "23:59"),
    ],
)
def test_forms_of_a_day(form: str, written: str) -> None:
    assert clocks.write(CLOSES, form) == written


def test_a_language_that_is_none_of_the_six_is_written_in_english() -> None:
    with translation.override("de"):
        assert clocks.write(CLOSES) == "16 June 2025"


@pytest.mark.parametrize(
    ("days", "written"), [(17, "in 17 days"), (1, "in 1 day"), (0, "today"), (-1, "1 day ago"), (-5, "5 days ago")]
)
def test_distance_in_days(days: int, written: str) -> None:
    assert clocks.write_distance(dt.date(2025, 5, 30) + dt.timedelta(days=days), EARLIER) == written


def test_the_date_block_is_rust_from_twenty_days_on() -> None:
    at = dt.date(2025, 6, 19)

    assert (
        draw("{% when at %}", at=at)
        .strip()
        .endswith('<span>Thursday</span><span class="is-time">in 20 days</span></div>')
    )
    assert "is-time" not in draw("{% when at %}", at=at + dt.timedelta(days=1))
    assert "is-time" not in draw("{% when at %}", at=dt.date(2025, 5, 29))
    assert "19 Jun 2025" in draw("{% when at distance=False year=True %}", at=at)


# --- letters ----------------------------------------------------------------------------------------------------------
def test_letters_are_arabic_in_arabic_only() -> None:
    letters = ["a", "b", "c", "d", "e", "z", "an"]
    with translation.override("ar"):
        assert [ui.letter_text(letter) for letter in letters] == ["أ", "ب", "ج", "د", "هـ", "ض", "an"]
    with translation.override("ru"):
        assert [ui.letter_text(letter) for letter in letters] == letters


def test_a_letter_in_its_square() -> None:
    assert draw('{% letter "d" state="done" size="s" label="Item d" %}').strip().endswith(
        '<span class="w-letter is-s" data-state="done" aria-hidden="true">d</span>'
        '<span class="visually-hidden">Item d</span>'
    )  # fmt: skip


# --- drawings ---------------------------------------------------------------------------------------------------------
def rects(svg: str) -> list[tuple[str, float, float]]:
    found = re.findall(r'<rect class="([\w -]+)" x="([\d.]+)%?" (?:y="26" )?width="([\d.]+)%"', svg)
    return [(name, float(x), float(width)) for name, x, width in found]


def test_the_ruler_shows_how_much_is_over() -> None:
    svg = draw("{% ruler opens closes %}", opens=OPENS, closes=CLOSES)

    assert rects(svg) == [("fw", 0.0, 100.0), ("f1", 0.0, 71.77)]
    assert 'aria-label="Open from 16 April to 16 June 2025; today is day 44 of 61"' in svg
    assert re.findall(r'<text class="([^"]+)" x="([^"]+)" y="\d+">([^<]+)', svg) == [
        ("tt end", "71.77%", "today, 30 May"),
        ("t2", "0.00%", "16 Apr opened"),
        ("t2 end", "100.00%", "16 Jun closes"),
    ]
    assert len(re.findall('class="g2"', svg)) == 8


def test_the_ruler_is_mirrored_in_arabic() -> None:
    with translation.override("ar"):
        svg = draw("{% ruler opens closes marks=marks %}", opens=OPENS, closes=CLOSES, marks=[(OPENS, True)])

    assert rects(svg) == [("fw", 0.0, 100.0), ("f1", 28.23, 71.77)]
    assert re.findall(r'<text class="([^"]+)" x="([^"]+)"', svg) == [
        ("tt end", "28.23%"),
        ("t2", "100.00%"),
        ("t2 end", "0.00%"),
    ]
    assert '<svg x="100.00%"' in svg


def test_a_reminder_on_the_ruler_is_full_when_sent() -> None:
    marks = [(EARLIER, True), (CLOSES, False)]
    svg = draw("{% ruler opens closes marks=marks %}", opens=OPENS, closes=CLOSES, marks=marks)

    assert re.findall(r'<circle class="(\w+) gi"', svg) == ["fi", "fp"]
    assert "2 reminders, 1 sent" in svg


@pytest.mark.parametrize(
    ("now", "label", "end"),
    [
        (LATER, "Open from 16 April to 16 June 2025; closed", "16 Jun closed"),
        (OPENS - dt.timedelta(days=1), "Opens 16 April, closes 16 June 2025", "16 Jun closes"),
    ],
)
def test_the_ruler_before_and_after(now: dt.datetime, label: str, end: str) -> None:
    svg = draw("{% ruler opens closes now %}", opens=OPENS, closes=CLOSES, now=now)

    assert (f'aria-label="{label}"' in svg, f">{end}<" in svg, "today" in svg) == (True, True, False)


COUNTS = {"supports": 6, "no_objection": 3, "needs_information": 1}


def test_a_bar_shows_shares_in_the_order_of_the_positions() -> None:
    assert rects(draw("{% bar counts %}", counts=COUNTS)) == [
        ("k5 sep", 0.0, 60.0),
        ("fs sep", 60.0, 30.0),
        ("k2 sep", 90.0, 10.0),
    ]


def test_a_bar_is_mirrored_in_arabic() -> None:
    with translation.override("ar"):
        assert rects(draw("{% bar counts %}", counts=COUNTS)) == [
            ("k5 sep", 40.0, 60.0),
            ("fs sep", 10.0, 30.0),
            ("k2 sep", 0.0, 10.0),
        ]


def test_nobody_has_answered_draws_an_empty_bar() -> None:
    assert rects(draw("{% bar counts %}", counts={})) == []


def test_the_tally_writes_every_number() -> None:
    rows = [{"letter": "a", "label": "Network", "counts": COUNTS}]
    html = draw("{% tally rows caption='n = 10' %}", rows=rows)
    cells = re.findall(r'<td class="is-c">(.*?)</td>', html)

    zero = '<span aria-hidden="true">–</span><span class="visually-hidden">0</span>'
    assert cells == ["6", zero, "3", "1", zero, zero]
    assert ("n = 10" in html, "Comments" in html) == (True, False)


def test_units_are_drawn_one_by_one_in_both_directions() -> None:
    def places() -> list[str]:
        return re.findall(r'<rect class="f1" x="(\d+)"', draw("{% units 3 label='3' %}"))

    assert places() == ["0", "16", "32"]
    with translation.override("ar"):
        assert places() == ["32", "16", "0"]


def test_the_positions_are_six_and_told_apart_by_shape() -> None:
    assert [(each.key, each.icon, each.bar) for each in ui.POSITIONS] == [
        ("supports", "p-yes", "k5"),
        ("supports_with_changes", "p-part", "k4"),
        ("no_objection", "p-ok", "fs"),
        ("needs_information", "p-ask", "k2"),
        ("does_not_support", "p-no", "k1"),
        ("no_position", "p-none", "k3"),
    ]


# --- the rest ---------------------------------------------------------------------------------------------------------
def test_arrows_flip_and_ticks_do_not() -> None:
    assert re.findall(r'class="([^"]+)"', draw('{% icon "arrow" %}{% icon "check" %}{% icon "doc" flip=True %}')) == [
        "w-i is-flip",
        "w-i",
        "w-i is-flip",
    ]


@pytest.mark.parametrize(
    ("octets", "written"),
    [(None, ""), (1, "1 kB"), (184_320, "184 kB"), (999_499, "999 kB"), (999_500, "1.0 MB"), (1_450_000, "1.4 MB")],
)
def test_sizes_as_people_say_them(octets: int | None, written: str) -> None:
    assert ui.size(octets) == written


def test_a_component_sees_its_arguments_and_not_the_page() -> None:
    assert "secret" not in draw('{% component "tag" text="open" %}', state="secret", icon="secret")


def test_a_component_escapes_what_it_is_given() -> None:
    assert "<b>" not in draw('{% component "tag" text=text %}', text="<b>")
    assert "<b>" not in draw('{% wrap "panel" title=text %}{{ text }}{% endwrap %}', text="<b>")


def test_a_component_may_have_an_argument_called_name() -> None:
    html = draw('{% component "choices" name="a" value="no_objection" label="Position on item a" %}')

    assert re.findall(r'name="(\w+)" value="(\w+)"( checked)?', html) == [
        ("a", each.key, " checked" if each.key == "no_objection" else "") for each in ui.POSITIONS
    ]


def test_a_component_that_is_not_there_is_an_error() -> None:
    with pytest.raises(Exception, match="no-such"):
        draw('{% component "no-such" %}')
    with pytest.raises(TemplateSyntaxError):
        draw('{% wrap "panel" %}')


def test_pagination_keeps_the_rest_of_the_address() -> None:
    request = RequestFactory().get("/documents/", {"q": "a&b", "page": "7"})
    html = draw('{% component "pagination" page=page %}', page=Paginator(range(200), 10).page(7), request=request)

    assert re.findall(r'href="\?([^"]+)"', html)[:2] == ["q=a%26b&amp;page=6", "q=a%26b&amp;page=1"]
    assert re.findall(r'aria-current="page" href="\?q=a%26b&amp;page=(\d+)"', html) == ["7"]


def test_a_single_page_has_no_pagination() -> None:
    assert "<nav" not in draw('{% component "pagination" page=page %}', page=Paginator(range(3), 10).page(1))
