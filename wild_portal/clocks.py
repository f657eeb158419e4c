"""How days and instants are written, in six languages and two clocks (product.md, principle 2).

Instants are aware and written in Geneva time, beside it in the reader's own zone; days left are counted in Geneva days.
"""

import datetime as dt
import re
import zoneinfo

from babel import Locale
from babel.dates import format_datetime
from django.conf import settings
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

Day = dt.date | dt.datetime
Zone = str | dt.tzinfo | None

WEEKDAY, TIME = "EEEE", "HH:mm"
EUROPEAN = {
    "full": "EEEE d MMMM y",
    "long": "d MMMM y",
    "full_day": "EEEE d MMMM",
    "day": "d MMMM",
    "short_year": "d MMM y",
    "short": "d MMM",
    "month": "LLLL y",
    "weekday": WEEKDAY,
    "time": TIME,
}
SPANISH = {
    "full": "EEEE d 'de' MMMM 'de' y",
    "long": "d 'de' MMMM 'de' y",
    "full_day": "EEEE d 'de' MMMM",
    "day": "d 'de' MMMM",
    "month": "LLLL 'de' y",
}
RUSSIAN = {
    "full": "EEEE, d MMMM y 'г'.",
    "long": "d MMMM y 'г'.",
    "full_day": "EEEE, d MMMM",
    "short_year": "d MMM y 'г'.",
    "month": "LLLL y 'г'.",
}
CHINESE = {
    "full": "y年M月d日EEEE",
    "long": "y年M月d日",
    "full_day": "M月d日EEEE",
    "day": "M月d日",
    "short_year": "y年M月d日",
    "short": "M月d日",
    "month": "y年M月",
}
FORMS = {"es": EUROPEAN | SPANISH, "ru": EUROPEAN | RUSSIAN, "zh-hans": EUROPEAN | CHINESE}
LOCALES = {
    code: Locale.parse({"en": "en_GB", "zh-hans": "zh_Hans"}.get(code, code)) for code in ("ar", "zh-hans", "en", "fr", "ru", "es")
}
# CLDR keeps the names zones had first; these are the renamed ones.
CLDR_NAMES = {
    "Africa/Asmara": "Africa/Asmera",
    "America/Argentina/Buenos_Aires": "America/Buenos_Aires",
    "America/Atikokan": "America/Coral_Harbour",
    "America/Indiana/Indianapolis": "America/Indianapolis",
    "America/Kentucky/Louisville": "America/Louisville",
    "America/Nuuk": "America/Godthab",
    "Asia/Ho_Chi_Minh": "Asia/Saigon",
    "Asia/Kathmandu": "Asia/Katmandu",
    "Asia/Kolkata": "Asia/Calcutta",
    "Asia/Yangon": "Asia/Rangoon",
    "Atlantic/Faroe": "Atlantic/Faeroe",
    "Europe/Kyiv": "Europe/Kiev",
    "Pacific/Chuuk": "Pacific/Truk",
    "Pacific/Pohnpei": "Pacific/Ponape",
}


def language_in_use() -> str:
    """Code of the active language, English where it is none of the six."""
    language = get_language() or "en"
    return language if language in LOCALES else "en"


def geneva() -> zoneinfo.ZoneInfo:
    """The zone in which every deadline is set."""
    return zoneinfo.ZoneInfo(settings.PORTAL_TIME_ZONE)


def zone_of(zone: Zone) -> dt.tzinfo:
    """A zone given as IANA name or tzinfo; None means the reader's own, as the request has activated it."""
    if zone is None:
        return timezone.get_current_timezone()
    return zoneinfo.ZoneInfo(zone) if isinstance(zone, str) else zone


def write(moment: Day, form: str = "long", zone: Zone = None) -> str:
    """A day or an instant in the active language.

    `form` is one of full (weekday and year), long, full_day, day, short_year, short, month, weekday, time.
    An instant is written in `zone`, an IANA name or tzinfo, by default Geneva; a plain date is taken as it is.
    """
    language = language_in_use()
    pattern = FORMS.get(language, EUROPEAN)[form]
    if isinstance(moment, dt.datetime):
        moment = moment.astimezone(zone_of(zone or geneva())).replace(tzinfo=None)
    if language == "fr" and moment.day == 1:
        pattern = re.sub(r"\bd\b", "d'er'", pattern)
    naive = moment if isinstance(moment, dt.datetime) else dt.datetime.combine(moment, dt.time())
    return format_datetime(naive, pattern, locale=LOCALES[language])


def write_days(first: dt.date, last: dt.date | None) -> str:
    """A span of days: "14 to 16 April 2025"; one day where both are the same or `last` is missing."""
    if last is None or first == last:
        return write(first)
    if (first.year, first.month) == (last.year, last.month) and language_in_use() != "zh-hans":
        return _("%(first)s to %(last)s") % {"first": _first_of_month(first), "last": write(last)}
    same_year = first.year == last.year
    return _("%(first)s to %(last)s") % {"first": write(first, "day" if same_year else "long"), "last": write(last)}


def _first_of_month(day: dt.date) -> str:
    return "1er" if language_in_use() == "fr" and day.day == 1 else str(day.day)


def city_of(zone: Zone) -> str:
    """The place a zone is named after, in the active language where Unicode's data has it: "Asia/Tokyo" is Tokyo, 东京."""
    name = str(zone_of(zone))
    names = LOCALES[language_in_use()].time_zones
    for key in (name, CLDR_NAMES.get(name)):
        if "city" in names.get(key, {}):
            return names[key]["city"]
    return name.rsplit("/", 1)[-1].replace("_", " ")


def has_own_clock(zone: Zone) -> bool:
    """False where a second clock would say nothing: no zone known (UTC stands for that), or Geneva's own."""
    return str(zone_of(zone)) not in {"UTC", settings.PORTAL_TIME_ZONE}


def write_moment(instant: dt.datetime, *, zone: Zone = None, form: str = "long") -> str:
    """An instant on both clocks: "16 June 2025, 23:59 Geneva time (17 June, 06:59 in Tokyo)".

    `zone` is that of the reader, by default the active one; without one of their own there is one clock.
    """
    there = zone_of(zone)
    words = {"date": write(instant, form), "time": write(instant, "time")}
    if not has_own_clock(there):
        return _("%(date)s, %(time)s Geneva time") % words
    words |= {"own_time": write(instant, "time", there), "city": city_of(there)}
    here, away = instant.astimezone(geneva()), instant.astimezone(there)
    if here.date() == away.date():
        return _("%(date)s, %(time)s Geneva time (%(own_time)s in %(city)s)") % words
    words["own_date"] = write(instant, "day" if here.year == away.year else "long", there)
    return _("%(date)s, %(time)s Geneva time (%(own_date)s, %(own_time)s in %(city)s)") % words


def write_deadline(
    instant: dt.datetime, verb: str = "", *, zone: Zone = None, weekday: bool = False, now: dt.datetime | None = None
) -> str:
    """What every deadline says: "closes 16 June 2025, 23:59 Geneva time (17 June, 06:59 in Tokyo)".

    `verb` is empty, "opens" or "closes"; with a capital it begins a sentence. It turns to the past when `now` is later.
    Raises KeyError for another verb.
    """
    moment = write_moment(instant, zone=zone, form="full" if weekday else "long")
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
    day = moment.astimezone(geneva()).date() if isinstance(moment, dt.datetime) else moment
    return (day - now.astimezone(geneva()).date()).days


def write_days_left(closes: dt.datetime, now: dt.datetime) -> str:
    """What is left until a deadline, in Geneva days: "17 days left", "closes today", "closed"."""
    days = days_until(closes, now)
    if now > closes:
        return _("closed")
    if days == 0:
        return _("closes today")
    return ngettext("%(days)s day left", "%(days)s days left", days) % {"days": days}


def write_distance(moment: Day, now: dt.datetime) -> str:
    """How far a day is, in Geneva days: "in 17 days", "today", "17 days ago"."""
    days = days_until(moment, now)
    if days == 0:
        return _("today")
    if days > 0:
        return ngettext("in %(days)s day", "in %(days)s days", days) % {"days": days}
    return ngettext("%(days)s day ago", "%(days)s days ago", -days) % {"days": -days}
