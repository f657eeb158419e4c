"""The offices that come with the portal, and where a new one stands among them."""

from pathlib import Path

import pytest
from django.core.exceptions import ValidationError

from accounts.collation import rank_between, ranks_among, sort_key
from accounts.models import Office
from accounts.operations import add_offices
from accounts.record import OFFICES, load_offices, read_offices

LANGUAGES = ("en", "fr", "es", "ru", "ar", "zh-hans")


@pytest.fixture
def loaded(db: None) -> int:
    return load_offices()


def test_all_rows_are_loaded_and_namibia_keeps_its_code(loaded: int) -> None:
    kinds = list(Office.objects.order_by("kind").values_list("kind", flat=True))
    assert (loaded, {kind: kinds.count(kind) for kind in kinds}) == (
        208,
        {"igo_office": 11, "reserved": 1, "secretariat": 2, "state": 194},
    )
    assert Office.objects.get(pk="NA").names["en"] == "Namibia"
    assert Office.objects.filter(is_wipo_member=True).count() == 194
    assert Office.objects.filter(is_demo=True).count() == 0


def test_an_office_has_names_and_ranks_in_six_languages_and_all_its_facts(loaded: int) -> None:
    swiss = Office.objects.get(pk="CH")
    assert swiss.names == {
        "en": "Switzerland",
        "fr": "Suisse",
        "es": "Suiza",
        "ru": "Швейцария",
        "ar": "سويسرا",
        "zh-hans": "瑞士",
    }
    assert set(swiss.ranks) == set(LANGUAGES)
    assert (swiss.iso3, swiss.m49, swiss.region, swiss.time_zone) == ("CHE", "756", "WEOG", "Europe/Zurich")
    assert (swiss.office_name, swiss.office_acronym) == ("Swiss Federal Institute of Intellectual Property", "IPI")
    assert swiss.search_text.splitlines()[:2] == ["Switzerland", "Suisse"]
    for language in LANGUAGES:
        ranks = sorted(Office.objects.values_list(f"ranks__{language}", flat=True))
        assert ranks == list(range(1, 209))


def test_every_row_is_valid(loaded: int) -> None:
    wrong = {}
    for office in Office.objects.all():
        try:
            office.full_clean()
        except ValidationError as error:
            wrong[office.pk] = error.messages
    assert wrong == {}


def test_loading_again_adds_nothing_and_leaves_edits_alone(loaded: int) -> None:
    Office.objects.filter(pk="CH").update(office_name="Edited", ranks={"en": 1})
    Office.objects.filter(pk="FR").delete()
    assert load_offices() == 1
    assert Office.objects.get(pk="CH").office_name == "Edited"
    assert Office.objects.get(pk="FR").names["fr"] == "France"


def test_the_file_is_read_as_text(tmp_path: Path) -> None:
    lines = OFFICES.read_text(encoding="utf-8").splitlines(keepends=True)
    (tmp_path / "one.csv").write_text(
        lines[0] + next(line for line in lines if line.startswith("NA,")), encoding="utf-8"
    )
    [office] = read_offices(tmp_path / "one.csv")
    assert (office.code, office.names["en"]) == ("NA", "Namibia")


def test_an_invented_office_gets_a_place_between_its_neighbours_in_every_language(loaded: int) -> None:
    names = {"en": "Meridia", "fr": "Meridia", "es": "Meridia", "ru": "Меридия", "ar": "ميريديا", "zh-hans": "梅里迪亚"}
    assert add_offices(offices=[Office(code="QM", kind="state", names=names, is_demo=True)]) == 1
    meridia = Office.objects.get(pk="QM")
    for language, (before, after) in {"en": ("MU", "MX"), "fr": ("MU", "MX"), "es": ("MU", "MX")}.items():
        order = list(Office.objects.in_order(language).values_list("pk", flat=True))
        place = order.index("QM")
        assert sort_key(Office.objects.get(pk=order[place - 1]).names[language], language) < "meridia"
        assert sort_key(Office.objects.get(pk=order[place + 1]).names[language], language) > "meridia"
        assert (before in order[:place], after in order[place:]) == (True, True)
    assert all(rank % 1 == 0.5 for rank in meridia.ranks.values())
    assert meridia.search_text.startswith("Meridia\nМеридия")


def test_several_invented_offices_stand_in_their_own_order(loaded: int) -> None:
    added = [Office(code=code, kind="state", names={"en": name}) for code, name in (("XC", "Zz b"), ("XA", "Zz a"))]
    add_offices(offices=added)
    order = list(Office.objects.in_order("en").values_list("pk", flat=True))
    assert order[-2:] == ["XA", "XC"]
    assert add_offices(offices=added) == 0


def test_the_first_name_of_all_the_last_and_one_between() -> None:
    others = [("Côte d’Ivoire", 2.0), ("Andorra", 1.0), ("Croatia", 3.0)]
    assert rank_between("Aachen", "en", others) == 0.0
    assert rank_between("Costa Rica", "en", others) == 1.5
    assert rank_between("Cote e", "en", others) == 2.5
    assert rank_between("Zambia", "en", others) == 4.0
    assert rank_between("Anything", "en", []) == 1.0


def test_accents_case_and_apostrophes_do_not_order() -> None:
    assert sort_key("CÔTE D’IVOIRE", "fr") == sort_key("cote d'ivoire", "fr") == "cote divoire"
    assert sort_key("阿富汗", "zh-hans") < sort_key("中国", "zh-hans")


def test_languages_an_office_has_no_rank_in_are_left_out() -> None:
    others = [({"en": "B", "fr": "B"}, {"en": 5.0})]
    assert ranks_among({"en": "A", "fr": "A"}, others) == {"en": 4.0, "fr": 1.0}
