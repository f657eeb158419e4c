"""How days and instants are written, in six languages and two clocks (product.md, principle 2).

Instants are aware and written in Geneva time, beside it in the reader's own zone; days left are counted in Geneva days.
"""

import datetime as dt
import re
from zoneinfo import ZoneInfo

from babel.dates import format_datetime
from django.conf import settings
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import get_language, ngettext, pgettext
from django.utils.translation import gettext as _

from accounts.deadlines import DAY_MONTH, GENEVA, babel_locale, day_text, deadline_text, place_name

Day = dt.date | dt.datetime
Zone = str | dt.tzinfo | None

EUROPEAN = {
    "full_day": "EEEE d MMMM",
    "short_year": "d MMM y",
    "short": "d MMM",
    "month": "LLLL y",
    "weekday": "EEEE",
    "time": "HH:mm",
}
CHINESE = {"full_day": "M月d日EEEE", "short_year": "y年M月d日", "short": "M月d日", "month": "y年M月"}
FORMS = {
    "es": EUROPEAN | {"full_day": "EEEE d 'de' MMMM", "month": "LLLL 'de' y"},
    "ru": EUROPEAN | {"full_day": "EEEE, d MMMM", "short_year": "d MMM y 'г'.", "month": "LLLL y 'г'."},
    "zh-hans": EUROPEAN | CHINESE,
}


def language_in_use() -> str:
    """Code of the active language, English where it is none of the six."""
    language = get_language() or "en"
    return language if language in DAY_MONTH else "en"


def zone_of(zone: Zone) -> dt.tzinfo:
    """A zone given as IANA name or tzinfo; None means the reader's own, as the request has activated it."""
    if zone is None:
        return timezone.get_current_timezone()
    return ZoneInfo(zone) if isinstance(zone, str) else zone


def write(moment: Day, form: str = "long", zone: Zone = None) -> str:
    """A day or an instant in the active language.

    `form` is one of full (weekday and year), long, full_day, day, short_year, short, month, weekday, time.
    An instant is written in `zone`, an IANA name or tzinfo, by default Geneva; a plain date is taken as it is.
    """
    language = language_in_use()
    if isinstance(moment, dt.datetime):
        moment = moment.astimezone(zone_of(zone or GENEVA)).replace(tzinfo=None)
    else:
        moment = dt.datetime.combine(moment, dt.time())
    if form in {"long", "full"}:
        return day_text(moment.date(), language, weekday=form == "full")
    pattern = DAY_MONTH[language] if form == "day" else FORMS.get(language, EUROPEAN)[form]
    if language == "fr" and moment.day == 1:
        pattern = re.sub(r"\bd\b", "d'er'", pattern)
    return format_datetime(moment, pattern, locale=babel_locale(language))


def write_days(first: dt.date, last: dt.date | None) -> str:
    """A span of days: "14 to 16 April 2025"; one day where both are the same or `last` is missing."""
    if last is None or first == last:
        return write(first)
    return _("%(first)s to %(last)s") % _ends(first, last)


def _ends(first: dt.date, last: dt.date) -> dict[str, str]:
    """Both ends of a span, each with no more than the other does not say already."""
    if first.year != last.year:
        return {"first": write(first), "last": write(last)}
    if language_in_use() == "zh-hans":
        return {"first": write(first), "last": write(last, "day")}
    if first.month != last.month:
        return {"first": write(first, "day"), "last": write(last)}
    is_first_in_french = language_in_use() == "fr" and first.day == 1
    return {"first": "1er" if is_first_in_french else str(first.day), "last": write(last)}


def city_of(zone: Zone) -> str:
    """The place a zone is named after, in the active language: "Asia/Tokyo" is Tokyo, 东京."""
    return place_name(str(zone_of(zone)), language_in_use())


def has_own_clock(zone: Zone) -> bool:
    """False where a second clock would say nothing: no zone known (UTC stands for that), or Geneva's own."""
    return str(zone_of(zone)) not in {"UTC", settings.PORTAL_TIME_ZONE}


def write_moment(instant: dt.datetime, *, zone: Zone = None, weekday: bool = False) -> str:
    """An instant on both clocks: "16 June 2025, 23:59 Geneva time (17 June, 06:59 in Tokyo)".

    `zone` is that of the reader, by default the active one; without one of their own there is one clock.
    """
    return deadline_text(instant, str(_own(zone)), language_in_use(), weekday=weekday)


def write_own(instant: dt.datetime, form: str = "short", *, zone: Zone = None) -> str:
    """An instant on the reader's clock alone, where what has just happened is told: "21 Nov, 14:03".

    `form` is that of the day, as in `write`; without a zone of their own the clock is Geneva's.
    """
    there = _own(zone)
    return _("%(date)s, %(time)s") % {"date": write(instant, form, there), "time": write(instant, "time", there)}


def write_own_hour(instant: dt.datetime) -> str:
    """The hour of an instant on the reader's clock, where the day is plain: "14:03"."""
    return write(instant, "time", _own(None))


def _own(zone: Zone) -> dt.tzinfo:
    """The zone of a reader, Geneva's where they have none of their own."""
    return zone_of(zone) if has_own_clock(zone) else GENEVA


def write_record(instant: dt.datetime) -> str:
    """An instant as it is kept, to the microsecond and the same in every language: "2026-11-21 13:03:22.000417 UTC"."""
    return f"{instant.astimezone(dt.UTC):%Y-%m-%d %H:%M:%S.%f} UTC"


def write_deadline(
    instant: dt.datetime, verb: str = "", *, zone: Zone = None, weekday: bool = False, now: dt.datetime | None = None
) -> str:
    """What every deadline says: "closes 16 June 2025, 23:59 Geneva time (17 June, 06:59 in Tokyo)".

    `verb` is empty, "opens" or "closes"; with a capital it begins a sentence. It turns to the past when `now` is later.
    Raises KeyError for another verb.
    """
    moment = write_moment(instant, zone=zone, weekday=weekday)
    if not verb:
        return moment
    is_past = now is not None and now > instant
    sentence = {
        ("opens", False): _("opens %(moment)s"),
        ("opens", True): _("opened %(moment)s"),
        ("closes", False): _("closes %(moment)s"),
        ("closes", True): _("closed %(moment)s"),
    }[verb.lower(), is_past] % {"moment": moment}
    return capfirst(sentence) if verb[0].isupper() else sentence


def days_until(moment: Day, now: dt.datetime) -> int:
    """Geneva days from `now` to a day or an instant: 0 on the day itself, negative afterwards."""
    day = moment.astimezone(GENEVA).date() if isinstance(moment, dt.datetime) else moment
    return (day - now.astimezone(GENEVA).date()).days


def write_days_left(closes: dt.datetime, now: dt.datetime) -> str:
    """What is left until a deadline, in Geneva days: "17 days left", "closes today", "closed"."""
    days = days_until(closes, now)
    if now > closes:
        return pgettext("deadline", "closed")
    if days == 0:
        return _("closes today")
    return ngettext("%(days)s day left", "%(days)s days left", days) % {"days": days}


def write_lede(closes: dt.datetime, *, zone: Zone = None, now: dt.datetime) -> str:
    """A deadline as whole sentences: "Closes Monday 7 December 2026, 23:59 Geneva time. 17 days left."."""
    sentence = write_deadline(closes, "Closes", zone=zone, weekday=True, now=now)
    if now > closes:
        return _("%(deadline)s.") % {"deadline": sentence}
    return _("%(deadline)s. %(left)s.") % {"deadline": sentence, "left": capfirst(write_days_left(closes, now))}


def write_distance(moment: Day, now: dt.datetime) -> str:
    """How far a day is, in Geneva days: "in 17 days", "today", "17 days ago"."""
    days = days_until(moment, now)
    if days == 0:
        return _("today")
    if days > 0:
        return ngettext("in %(days)s day", "in %(days)s days", days) % {"days": days}
    return ngettext("%(days)s day ago", "%(days)s days ago", -days) % {"days": -days}
