"""How a deadline is written: one function for every page and mail (product.md, principle 2)."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_time
from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

GENEVA = ZoneInfo(settings.PORTAL_TIME_ZONE)
# Unicode's data keeps the names zones had first; these are the renamed ones.
FIRST_NAMES = {
    "Africa/Asmara": "Africa/Asmera",
    "America/Argentina/Buenos_Aires": "America/Buenos_Aires",
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
DAY_MONTH = {"en": "d MMMM", "fr": "d MMMM", "es": "d 'de' MMMM", "ru": "d MMMM", "ar": "d MMMM", "zh-hans": "M月d日"}


def babel_locale(language: str) -> Locale:
    """Babel's locale of one of our language codes; Arabic with Latin digits, as in UN documents on screens."""
    return Locale.parse("zh_Hans" if language == "zh-hans" else language)


def day_text(day: date, language: str, *, weekday: bool = False) -> str:
    """A day in words with its year, such as "16 June 2025", in `language`; with its weekday on request."""
    locale = babel_locale(language)
    text = format_date(day, format="long", locale=locale)
    if language == "en":
        text = format_date(day, format="d MMMM y", locale=locale)
    elif language == "fr" and day.day == 1:
        text = format_date(day, format="d'er' MMMM y", locale=locale)
    if not weekday:
        return text
    name = format_date(day, format="EEEE", locale=locale)
    if language == "zh-hans":
        return f"{text}{name}"
    return f"{name}, {text}" if language == "ru" else f"{name} {text}"


def time_text(instant: datetime, zone: ZoneInfo, language: str) -> str:
    """The hour of an instant in `zone`, always on 24 hours."""
    return format_time(instant.astimezone(zone), format="HH:mm", locale=babel_locale(language))


def place_name(zone: str, language: str) -> str:
    """The city that stands for an IANA zone, such as "Tokyo" for Asia/Tokyo, in `language`."""
    locale = babel_locale(language)
    for name in (zone, FIRST_NAMES.get(zone)):
        if "city" in locale.time_zones.get(name, {}):
            return locale.time_zones[name]["city"]
    return zone.rsplit("/", 1)[-1].replace("_", " ")


def deadline_text(instant: datetime, zone: str, language: str, *, weekday: bool = False) -> str:
    """A deadline on both clocks: "16 June 2025, 23:59 Geneva time (17 June, 06:59 in Tokyo)".

    `instant` is aware; `zone` is the reader's IANA zone. Where both clocks agree only Geneva's is shown, and the
    reader's day only where it differs from Geneva's.
    """
    there = ZoneInfo(zone)
    ours, theirs = instant.astimezone(GENEVA), instant.astimezone(there)
    with translation.override(language):
        first = _("%(day)s, %(time)s Geneva time") % {
            "day": day_text(ours.date(), language, weekday=weekday),
            "time": time_text(instant, GENEVA, language),
        }
        if ours.utcoffset() == theirs.utcoffset():
            return first
        facts = {
            "deadline": first,
            "time": time_text(instant, there, language),
            "place": place_name(zone, language),
            "day": format_date(theirs.date(), format=DAY_MONTH[language], locale=babel_locale(language)),
        }
        if ours.date() == theirs.date():
            return _("%(deadline)s (%(time)s in %(place)s)") % facts
        return _("%(deadline)s (%(day)s, %(time)s in %(place)s)") % facts
