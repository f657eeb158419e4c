"""The clocks people choose from."""

import pytest
from django.core.exceptions import ValidationError
from django.utils import translation

from accounts.collation import sort_key
from accounts.zones import validate_zone, zone_choices, zone_names


def test_zones_have_todays_names_and_no_twins() -> None:
    names = zone_names()
    assert {"Asia/Kolkata", "Europe/Kyiv", "America/Argentina/Buenos_Aires"} <= set(names)
    assert not {"Asia/Calcutta", "Europe/Kiev", "US/Eastern", "UTC", "GMT"} & set(names)


@pytest.mark.parametrize("language", ["en", "fr", "es", "ru", "ar", "zh-hans"])
def test_every_zone_is_offered_once_in_every_language(language: str) -> None:
    with translation.override(language):
        groups = zone_choices(language)
    offered = [zone for _, zones in groups for zone, _ in zones]
    assert sorted(offered) == sorted(zone_names())
    assert len(groups) == 9


def test_cities_stand_in_the_order_of_the_language() -> None:
    asia = dict(zone_choices("fr"))["Asie"]
    assert asia == sorted(asia, key=lambda pair: sort_key(pair[1], "fr"))
    assert dict(asia)["Asia/Tokyo"] == "Tokyo"
    assert dict(dict(zone_choices("zh-hans"))["亚洲"])["Asia/Tokyo"] == "东京"


def test_what_is_no_zone_is_refused() -> None:
    validate_zone("Asia/Tokyo")
    for nonsense in ("Mars/Phobos", "", "../etc/passwd", "Asia/Tokyo\x00"):
        with pytest.raises(ValidationError, match="IANA name"):
            validate_zone(nonsense)
