"""The time zones people choose from: one name per zone, by continent."""

from collections import defaultdict
from functools import cache
from zoneinfo import available_timezones

from babel.core import get_global
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import override

from accounts.collation import sort_key
from accounts.deadlines import FIRST_NAMES, place_name

CONTINENTS = ("Africa", "America", "Antarctica", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific")


@cache
def zone_names() -> tuple[str, ...]:
    """IANA names that Unicode's data knows too, under today's name where a zone was renamed."""
    known, former = get_global("zone_territories"), set(FIRST_NAMES.values())
    return tuple(
        sorted(
            zone
            for zone in available_timezones() - former
            if zone.split("/")[0] in CONTINENTS and known.keys() & {zone, FIRST_NAMES.get(zone)}
        )
    )


@cache
def zone_choices(language: str) -> list[tuple[str, list[tuple[str, str]]]]:
    """All zones for a select, grouped by continent and named after their city in `language`: typing finds them."""
    groups = defaultdict(list)
    for zone in zone_names():
        groups[zone.split("/")[0]].append((zone, place_name(zone, language)))
    for zones in groups.values():
        zones.sort(key=lambda pair: sort_key(pair[1], language))
    with override(language):  # the result is kept for the language, whatever is active when it is first asked for
        return [(_continent(name), groups[name]) for name in CONTINENTS]


def _continent(name: str) -> str:
    return {
        "Africa": _("Africa"),
        "America": _("Americas"),
        "Antarctica": _("Antarctica"),
        "Asia": _("Asia"),
        "Atlantic": _("Atlantic Ocean"),
        "Australia": _("Australia"),
        "Europe": _("Europe"),
        "Indian": _("Indian Ocean"),
        "Pacific": _("Pacific Ocean"),
    }[name]


def validate_zone(name: str) -> None:
    """Raises ValidationError for what is no IANA time zone."""
    if name not in available_timezones():
        raise ValidationError(_("This is not the IANA name of a time zone, such as Asia/Tokyo."), code="time_zone")
