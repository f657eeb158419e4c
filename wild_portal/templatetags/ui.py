"""Component tags: the building blocks of every page, in every template without `load`.

Their templates stand in templates/components/, each with a list of its arguments; all are shown at /components/.
"""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from django import template
from django.conf import settings
from django.core.paginator import Paginator
from django.template import Engine
from django.templatetags.static import static
from django.urls import reverse
from django.utils.formats import number_format
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import get_language_bidi, get_language_info, gettext_lazy, ngettext
from django.utils.translation import gettext as _

from accounts import lists
from library.markdown import to_html
from meetings import lettering, wording
from wild_portal import clocks

register = template.Library()

# Arrows and the magnifier turn round in a right-to-left page; ticks and clocks do not (look.md 7).
FLIPPING = {"next", "arrow", "search", "out"}
SOON_DAYS = 20
LANGUAGE_MARKS = {"ar": "ع", "zh-hans": "中", "ru": "РУ"}


class Position(NamedTuple):
    """How one position looks: its icon differs by shape, its bar by tone."""

    key: str
    label: str | Promise
    icon: str
    bar: str


# The order is the same everywhere (look.md 4).
POSITIONS = (
    Position("supports", gettext_lazy("supports"), "p-yes", "k5"),
    Position("supports_with_changes", gettext_lazy("supports with changes"), "p-part", "k4"),
    Position("no_objection", gettext_lazy("no objection"), "p-ok", "fs"),
    Position("needs_information", gettext_lazy("needs more information"), "p-ask", "k2"),
    Position("does_not_support", gettext_lazy("does not support"), "p-no", "k1"),
    Position("no_position", gettext_lazy("no position"), "p-none", "k3"),
)
POSITION = {position.key: position for position in POSITIONS}


# --- any component ----------------------------------------------------------------------------------------------------
def _render(context: template.Context, name: str, values: dict[str, object]) -> SafeString:
    """A component sees its arguments, the request and the clock, nothing else of the page."""
    shared = {key: context[key] for key in ("request", "now") if key in context}
    return Engine.get_default().get_template(f"components/{name}.html").render(context.new(shared | values))


@register.simple_tag(takes_context=True)
def component(context: template.Context, name: str, /, **values: object) -> SafeString:
    """`{% component "tag" text=… state="key" %}`: templates/components/<name>.html with these arguments."""
    return _render(context, name, values)


@register.simple_block_tag(takes_context=True)
def wrap(context: template.Context, content: str, name: str, /, **values: object) -> SafeString:
    """`{% wrap "panel" title=… %}…{% endwrap %}`: a component around a piece of page, which it calls `content`."""
    return _render(context, name, values | {"content": content})


@register.simple_tag
def icon(name: str, flip: bool | None = None) -> SafeString:
    """A drawing of static/img/icons.svg, hidden from screen readers: a word always stands beside it."""
    turns = name in FLIPPING if flip is None else flip
    return format_html(
        '<svg class="{}" aria-hidden="true" focusable="false"><use href="{}#{}"></use></svg>',
        "w-i is-flip" if turns else "w-i",
        static("img/icons.svg"),
        name,
    )


@register.simple_tag(takes_context=True)
def navlink(context: template.Context, url_name: str, label: str) -> SafeString:
    """A place in the main menu, marked as current on its own page and on every page below it."""
    url, request = reverse(url_name), context.get("request")
    path = request.path if request else ""
    is_here, is_above = path == url, url != "/" and path.startswith(url)
    current = SafeString(' aria-current="page"' if is_here else ' aria-current="true"' if is_above else "")
    return format_html('<li><a href="{}"{}>{}</a></li>', url, current, label)


@register.simple_tag
def languages() -> list[dict[str, object]]:
    """`{% languages as all %}`: the six languages with code, html (for `lang`), mark (EN, РУ, 中) and own name."""
    return [
        {
            "code": code,
            "html": "zh-Hans" if code == "zh-hans" else code,
            "mark": LANGUAGE_MARKS.get(code, code.upper()),
            "name": capfirst(get_language_info(code)["name_local"]),
        }
        for code, _name in settings.LANGUAGES
    ]


@register.filter
def elided(paginator: Paginator, number: int) -> Iterable[int | str]:
    """The page numbers worth showing around `number`: 1 2 … 7 8 9 … 20."""
    return paginator.get_elided_page_range(number, on_each_side=2, on_ends=1)


@register.filter
def at(mapping: Mapping[Any, object], key: object) -> object:
    """`{{ mapping|at:key }}`: what a mapping holds under a key, None where it holds nothing."""
    return mapping.get(key) if mapping else None


@register.filter
def markdown(text: str) -> SafeString:
    """`{{ post.text|markdown }}`: a text in Markdown as sanitised HTML, the same on pages, in previews and in mail."""
    return to_html(text)


# --- letters, sizes ---------------------------------------------------------------------------------------------------
@register.filter(is_safe=True)
def colon(label: object) -> str:
    """`{{ _("Reason")|colon }} …`: a label with the colon as the language sets it."""
    return _("%(label)s:") % {"label": label}


@register.filter
def valued(label: object, value: object) -> str:
    """`{{ state|valued:number }}`: a label with its value: "Sent: 3"."""
    return _("%(label)s: %(value)s") % {"label": label, "value": value}


@register.simple_tag
def comma() -> str:
    """`{% if not forloop.last %}{% comma %}{% endif %}`: what stands between the things of a list."""
    return lists.comma()


@register.filter
def names(members: Iterable[Any]) -> str:
    """`{{ others|names }}`: the names of members one after the other, for a sentence."""
    return lists.listed(member.name for member in members)


@register.filter
def letter_text(letter: str) -> str:
    """The letter of an item in running text: a to z become أ ب ج د هـ in Arabic, all else stays."""
    return lettering.letter_text(letter)


@register.inclusion_tag("components/letter.html")
def letter(letter: str, state: str = "", size: str = "", label: str = "") -> dict[str, object]:
    """`{% letter "a" state="done" size="s" label=_("Item a") %}`; see templates/components/letter.html."""
    return {"letter": letter_text(letter), "state": state, "size": size, "label": label}


@register.filter
def size(octets: int | None) -> str:
    """A file size as people say it: "180 kB", "1.4 MB"; empty where it is not known."""
    if octets is None:
        return ""
    if octets < 999_500:
        return _("%(number)s kB") % {"number": number_format(max(1, round(octets / 1000)), 0)}
    return _("%(number)s MB") % {"number": number_format(round(octets / 1_000_000, 1), 1)}


# --- time -------------------------------------------------------------------------------------------------------------
def _machine(moment: clocks.Day) -> str:
    """The value of a `datetime` attribute."""
    if not isinstance(moment, dt.datetime):
        return moment.isoformat()
    return moment.astimezone(dt.UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _time(moment: clocks.Day, text: str) -> SafeString:
    return format_html('<time class="w-time" datetime="{}">{}</time>', _machine(moment), text)


@register.simple_tag(takes_context=True)
def deadline(
    context: template.Context, instant: dt.datetime, verb: str = "", zone: clocks.Zone = None, weekday: bool = False
) -> SafeString:
    """`{% deadline round.closes_at "Closes" weekday=True %}`: the one place where a deadline is written on a page.

    "Closes Monday 16 June 2025, 23:59 Geneva time (17 June, 06:59 in Tokyo)"; `verb` as in clocks.write_deadline.
    """
    text = clocks.write_deadline(instant, verb, zone=zone, weekday=weekday, now=context.get("now"))
    return _time(instant, text)


@register.simple_tag(takes_context=True)
def deadline_text(
    context: template.Context, instant: dt.datetime, verb: str = "", zone: clocks.Zone = None, weekday: bool = False
) -> str:
    """The words of `deadline` without markup, for mail and titles."""
    return clocks.write_deadline(instant, verb, zone=zone, weekday=weekday, now=context.get("now"))


@register.simple_tag(takes_context=True)
def deadline_lede(context: template.Context, closes: dt.datetime, zone: clocks.Zone = None) -> SafeString:
    """A deadline in the head of a page: "Closes Monday 7 December 2026, 23:59 Geneva time. 17 days left."."""
    return _time(closes, clocks.write_lede(closes, zone=zone, now=context["now"]))


@register.simple_tag
def geneva(instant: dt.datetime, weekday: bool = False) -> SafeString:
    """An instant in Geneva time alone: "16 June 2025, 23:59 Geneva time"."""
    return _time(instant, clocks.write_moment(instant, zone=clocks.GENEVA, weekday=weekday))


@register.filter
def own_time(instant: dt.datetime) -> str:
    """`{{ edit.edited_at|own_time }}`: a recent instant on the reader's own clock: "21 Nov, 14:03"."""
    return clocks.write_own(instant)


@register.filter
def own_hour(instant: dt.datetime) -> str:
    """`{{ turn.started_at|own_hour }}`: the hour of an instant on the reader's own clock: "14:03"."""
    return clocks.write_own_hour(instant)


@register.filter
def as_day(text: str) -> dt.date:
    """`{% days survey.start|as_day survey.end|as_day %}`: a day of the record, where it stands as 2025-01-24."""
    return dt.date.fromisoformat(text)


@register.simple_tag
def recorded(instant: dt.datetime) -> SafeString:
    """`{% recorded submission.submitted_at %}`: an instant as it is kept, in UTC and to the microsecond."""
    return _time(instant, clocks.write_record(instant))


@register.simple_tag
def day(moment: clocks.Day, form: str = "long") -> SafeString:
    """A day ("16 June 2025"; an instant gives its Geneva day); forms as in clocks.write."""
    return _time(moment, clocks.write(moment, form))


@register.simple_tag
def days(first: dt.date, last: dt.date | None = None) -> str:
    """A span of days: "14 to 16 April 2025"."""
    return clocks.write_days(first, last)


@register.simple_tag(takes_context=True)
def days_left(context: template.Context, closes: dt.datetime) -> str:
    """What is left until a deadline, in Geneva days: "17 days left"."""
    return clocks.write_days_left(closes, context["now"])


@register.inclusion_tag("components/when.html", takes_context=True)
def when(context: template.Context, moment: clocks.Day, distance: bool = True, year: bool = False) -> dict[str, object]:
    """`{% when round.closes_at %}`: the date block in the margin; see templates/components/when.html."""
    left = clocks.days_until(moment, context["now"])
    return {
        "machine": _machine(moment),
        "date": clocks.write(moment, "short_year" if year else "short"),
        "weekday": clocks.write(moment, "weekday"),
        "distance": clocks.write_distance(moment, context["now"]) if distance else "",
        "has_year": year,
        "is_soon": 0 <= left <= SOON_DAYS,
    }


@register.inclusion_tag("components/clock.html", takes_context=True)
def clock(context: template.Context, closes: dt.datetime, opens: dt.datetime | None = None) -> dict[str, object]:
    """`{% clock round.closes_at opens=round.opens_at %}`: time left; see templates/components/clock.html."""
    now = context["now"]
    left = max(closes - now, dt.timedelta())
    own = clocks.zone_of(None)
    return {
        "closes": closes,
        "opens": opens,
        "now": now,
        "days": left.days,
        "hours": left.seconds // 3600,
        "minutes": left.seconds // 60,
        "is_closed": now > closes,
        "geneva_text": clocks.write_own(closes, "full", zone=clocks.GENEVA),
        "own_text": clocks.write_own(closes, "full", zone=own),
        "own_city": clocks.city_of(own) if clocks.has_own_clock(own) else "",
    }


# --- drawings: all positions are per cent, mirrored here where the page runs from right to left -----------------------
@register.simple_tag
def across(share: float, width: float = 0.0) -> str:
    """The SVG position of what begins at `share` (0 to 1) of a drawing and is `width` wide, in the page's direction."""
    place = 1 - share - width if get_language_bidi() else share
    return f"{abs(round(100 * place, 2)):.2f}%"


def _share(moment: dt.datetime, opens: dt.datetime, closes: dt.datetime) -> float:
    return min(1.0, max(0.0, (moment - opens) / (closes - opens)))


@register.inclusion_tag("components/ruler.html", takes_context=True)
def ruler(
    context: template.Context,
    opens: dt.datetime,
    closes: dt.datetime,
    now: dt.datetime | None = None,
    marks: Iterable[tuple[dt.datetime, bool]] = (),
    is_short: bool = False,
) -> dict[str, object]:
    """`{% ruler round.opens_at round.closes_at %}`: from opening to closing with weeks, today and reminders.

    `marks` are reminders as (instant, is it sent); `is_short` leaves the words out, for narrow places.
    """
    now, length = now or context["now"], clocks.days_until(closes, opens)
    today = _share(now, opens, closes)
    marks = list(marks)
    dots = [{"x": across(_share(at, opens, closes)), "is_sent": sent} for at, sent in marks]
    return {
        "start": across(0),
        "end": across(1),
        "elapsed_x": across(0, today),
        "elapsed_width": f"{100 * today:.2f}%",
        "weeks": [across(7 * week / length) for week in range(1, (length - 1) // 7 + 1)],
        "today": across(today) if opens <= now <= closes else "",
        "is_today_late": today > 0.5,
        "dots": dots,
        "is_short": is_short,
        "opens_day": clocks.write(opens, "short"),
        "closes_day": clocks.write(closes, "short"),
        "today_day": clocks.write(now, "short"),
        "is_closed": now > closes,
        "first": clocks.write(opens, "day" if opens.year == closes.year else "long"),
        "last": clocks.write(closes),
        "day_number": clocks.days_until(now, opens),
        "day_count": length,
        "dots_text": _dots_text(len(dots), sum(sent for _, sent in marks)),
    }


def _dots_text(count: int, sent: int) -> str:
    if not count:
        return ""
    words = {"count": count, "sent": sent}
    return ngettext("%(count)s reminder, %(sent)s sent", "%(count)s reminders, %(sent)s sent", count) % words


def _segments(parts: Iterable[tuple[str, int]]) -> list[dict[str, str]]:
    """The pieces of one bar from (class, number), in this order; none where all numbers are 0."""
    parts = list(parts)
    total, before, pieces = sum(number for _, number in parts), 0, []
    for name, number in parts:
        if number:
            share = number / total
            pieces.append({"bar": name, "x": across(before / total, share), "width": f"{100 * share:.2f}%"})
        before += number
    return pieces


@register.inclusion_tag("components/bar.html")
def bar(counts: Mapping[str, int]) -> dict[str, object]:
    """`{% bar counts %}`: one tally bar; `counts` is a mapping of position keys to numbers of offices."""
    return {"segments": _segments((position.bar, counts.get(position.key, 0)) for position in POSITIONS)}


@register.inclusion_tag("components/bar.html")
def shares(parts: Iterable[tuple[str, int]]) -> dict[str, object]:
    """`{% shares group.parts %}`: a bar of anything, from (class, number); the numbers stand beside it as text."""
    return {"segments": _segments(parts)}


@register.inclusion_tag("components/tally.html")
def tally(rows: Sequence[Mapping[str, Any]], caption: str = "", name: str = "") -> dict[str, object]:
    """`{% tally rows caption=… %}`: positions by item; see templates/components/tally.html."""
    return {
        "rows": [{**row, "cells": [row["counts"].get(position.key, 0) for position in POSITIONS]} for row in rows],
        "positions": POSITIONS,
        "caption": caption,
        "name": name or _("Positions by item"),
        "has_comments": any("comments" in row for row in rows),
    }


@register.inclusion_tag("components/position.html")
def position(key: str, with_label: bool = True) -> dict[str, object]:
    """`{% position answer.position %}`: shape and word of a position; see templates/components/position.html."""
    found = POSITION[key]
    return {"icon": found.icon, "label": found.label, "with_label": with_label}


@register.inclusion_tag("components/marked.html")
def marked(old: str, new: str) -> dict[str, object]:
    """`{% marked item.text answer.wording %}`: what a wording takes out of the present text and puts in."""
    return {"marks": wording.marked(old, new)}


@register.simple_tag
def positions() -> tuple[Position, ...]:
    """`{% positions as all %}`: the six positions (key, label, icon, bar) in their order."""
    return POSITIONS


@register.inclusion_tag("components/units.html")
def units(count: int, label: str) -> dict[str, object]:
    """`{% units 15 label=… %}`: a row of squares, one for each thing counted."""
    places = [16 * (count - 1 - n if get_language_bidi() else n) for n in range(count)]
    return {"places": places, "width": max(12, 16 * count - 4), "label": label, "count": count}
