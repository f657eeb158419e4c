"""Earlier questions are found by the words typed: title, text and published summary, whatever their language."""

from dataclasses import replace

import pytest

from accounts.models import Member
from network.models import MOST_WORDS, Question, words_in
from network.operations import publish_summary
from tests.network.wondering import AFTER, ASKING, asked, sent


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", []),
        ("Is it so?", []),
        ("Which search engine, which?", ["engine", "search", "which"]),
        ("Élève ÉLÈVE", ["élève"]),
        ("检索引擎", ["检索", "索引", "引擎"]),
        ("云", ["云"]),
        ("用 Solr 检索", ["solr", "用", "检索"]),
    ],
)
def test_only_words_worth_looking_for_are_looked_for(text: str, words: list[str]) -> None:
    assert sorted(words_in(text)) == sorted(words)


def test_only_so_many_words_are_looked_for() -> None:
    assert len(words_in(" ".join(f"word{number:03}" for number in range(500)))) == MOST_WORDS


def titles(words: str) -> list[str]:
    return [question.round.title for question in Question.objects.for_list().saying(words)]


def test_the_nearest_question_comes_first(ana: Member, chloe: Member) -> None:
    asked(ana, replace(ASKING, title="Cloud contracts", text="Who pays for the cloud?"))
    asked(chloe, replace(ASKING, title="Search engines in the cloud", text="Élasticité?"))

    assert titles("Which search engine runs in the cloud") == ["Search engines in the cloud", "Cloud contracts"]
    assert titles("CLOUD CONTRACTS") == ["Cloud contracts", "Search engines in the cloud"]
    assert titles("elasticite") == ["Search engines in the cloud"]
    assert titles("blockchain") == []
    assert titles("of") == []
    assert titles("100%_") == []


def test_a_summary_is_found_once_it_is_published(ana: Member, chloe: Member) -> None:
    question = sent(ana)
    Question.objects.update(summary="kangaroo")  # nothing of an unpublished text may be found out
    assert titles("kangaroo") == []

    publish_summary(question=question, text="Most use the kangaroo.", by=ana.user, now=AFTER)

    assert titles("kangaroo") == [ASKING.title]
