"""How a deadline is written: one function for every page and mail (product.md, principle 2)."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_time, get_timezone_location
from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

GENEVA = ZoneInfo(settings.PORTAL_TIME_ZONE)
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
    if not weekday:
        return text
    name = format_date(day, format="EEEE", locale=locale)
    return f"{name} {text}" if language != "zh-hans" else f"{text}{name}"


def time_text(instant: datetime, zone: ZoneInfo, language: str) -> str:
    """The hour of an instant in `zone`, always on 24 hours."""
    return format_time(instant.astimezone(zone), format="HH:mm", locale=babel_locale(language))


def place_name(zone: str, language: str) -> str:
    """The city that stands for an IANA zone, such as "Tokyo" for Asia/Tokyo, in `language`."""
    return get_timezone_location(ZoneInfo(zone), locale=babel_locale(language), return_city=True)


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
