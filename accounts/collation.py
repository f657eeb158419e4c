"""Where a name belongs in the alphabetical order of a language.

The real offices carry ranks computed with ICU (offices.csv, decisions.md 24). A name that comes later, of an invented
office or one added by the Secretariat, gets a fractional rank between its neighbours. They are found by comparing
names without accents and, for Chinese, by the national standard GB 2312, which lists the common characters by their
pinyin: close enough for one name among two hundred.
"""

import unicodedata
from collections.abc import Iterable, Mapping

Ranked = Iterable[tuple[str, float]]


def sort_key(name: str, language: str) -> str:
    """What names are compared by: letters without case and marks; Chinese characters in the order of their pinyin."""
    if language == "zh-hans":
        return name.encode("gb18030").decode("latin-1")
    parts = unicodedata.normalize("NFD", name.casefold())
    return "".join(char for char in parts if unicodedata.category(char)[0] in "LNZ")


def rank_between(name: str, language: str, others: Ranked) -> float:
    """A rank that sorts `name` among `others`, the (name, rank) pairs of one language; 1 where there are none."""
    ordered = sorted(others, key=lambda pair: pair[1])
    key = sort_key(name, language)
    place = sum(sort_key(other, language) < key for other, _ in ordered)
    ranks = [rank for _, rank in ordered]
    if place == 0:
        return ranks[0] - 1 if ranks else 1.0
    if place == len(ranks):
        return ranks[-1] + 1
    return (ranks[place - 1] + ranks[place]) / 2


def ranks_among(
    names: Mapping[str, str], others: Iterable[tuple[Mapping[str, str], Mapping[str, float]]]
) -> dict[str, float]:
    """The ranks of an office in every language of `names`, among the (names, ranks) of the other offices."""
    others = list(others)
    return {
        language: rank_between(
            name, language, [(theirs[language], ranks[language]) for theirs, ranks in others if language in ranks]
        )
        for language, name in names.items()
    }
