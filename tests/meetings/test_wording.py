"""A proposed wording as a marked change: whole words, every script, nothing lost, quick for long texts."""

import random
import sys
from types import FrameType
from typing import Any

import pytest

from meetings import wording
from meetings.wording import Mark, as_text, is_same, marked, plain

FORUM = "Setting up a forum to share information"


@pytest.mark.parametrize(
    ("old", "new", "shown"),
    [
        (FORUM, FORUM, FORUM),
        (FORUM, f"{FORUM}, once a year", f"{FORUM}{{+, once a year+}}"),
        (FORUM, "Setting up a network to share information", "Setting up a [-forum-]{+network+} to share information"),
        ("one two three four", "five six four", "[-one two three-]{+five six+} four"),
        ("a forum.\nIt meets.", "a forum.\nIt never meets.", "a forum.\nIt {+never +}meets."),
        ("first\nsecond", "first\n\nsecond", "first\n{+\n+}second"),
        ("l'office", "l'organisation", "l'[-office-]{+organisation+}"),
        ("a pilot project(s)", "pilot projects", "[-a -]pilot [-project(s)-]{+projects+}"),
        ("建立知识产权局网络", "建立各知识产权局的网络", "建立{+各+}知识产权局{+的+}网络"),
        ("إنشاء شبكة لكبار المسؤولين", "إنشاء شبكةٍ لكبار المسؤولين", "إنشاء [-شبكة-]{+شبكةٍ+} لكبار المسؤولين"),
        ("Использовать инструменты", "Использовать новые инструменты", "Использовать {+новые +}инструменты"),
        ("", "New text", "{+New text+}"),
        ("Old text", "", "[-Old text-]"),
        ("", "", ""),
    ],
)
def test_a_change_is_shown_in_whole_words(old: str, new: str, shown: str) -> None:
    assert as_text(old, new) == shown


def test_marks_come_in_the_order_of_the_text_what_goes_before_what_comes() -> None:
    assert marked("a b c", "a x c") == [Mark("same", "a "), Mark("del", "b"), Mark("ins", "x"), Mark("same", " c")]


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Two\r\nlines ", " Two\nlines", True),
        ("Two  blanks", "Two blanks", True),
        ("caf\u0065\u0301", "café", True),
        ("A forum", "A Forum", False),
        ("A forum", "A forum.", False),
    ],
)
def test_blanks_and_line_ends_make_no_other_wording(one: str, other: str, same: bool) -> None:
    assert is_same(one, other) is same


ALPHABETS = ["ab \n.", "abcdefgh    ", "一二三 a,", "ابجد ًٌ", "a", " "]


@pytest.mark.parametrize("alphabet", ALPHABETS)
def test_both_texts_can_be_read_from_the_marks(alphabet: str) -> None:
    dice = random.Random(alphabet)
    for _ in range(200):
        old, new = ("".join(dice.choices(alphabet, k=dice.randint(0, 70))) for _ in range(2))
        marks = marked(old, new)
        assert "".join(mark.text for mark in marks if mark.kind != "ins") == plain(old)
        assert "".join(mark.text for mark in marks if mark.kind != "del") == plain(new)


@pytest.mark.parametrize("alphabet", [*ALPHABETS, "".join(map(chr, range(0x4E00, 0x5E00)))])
def test_characters_against_us_cost_no_more_each_in_a_long_text_than_in_a_short_one(alphabet: str) -> None:
    assert lines_run(alphabet, 5000) < 5000 * 200


def lines_run(alphabet: str, characters: int) -> int:
    """How many lines of the module run over two random texts: the same on every machine, unlike seconds."""
    dice = random.Random(1)
    old, new = ("".join(dice.choices(alphabet, k=characters)) for _ in range(2))
    count = 0

    def line(_frame: FrameType, _event: str, _argument: object) -> Any:
        nonlocal count
        count += 1
        return line

    before = sys.gettrace()
    sys.settrace(lambda frame, *_event: line if frame.f_code.co_filename == wording.__file__ else None)
    try:
        marked(old, new)
    finally:
        sys.settrace(before)
    return count


def test_a_text_built_to_anchor_one_word_at_a_time_is_replaced_and_not_followed_for_ever() -> None:
    words = [f"{number} {number}" for number in range(400)]
    old, new = " ".join(words), " ".join(f"x{number} {number}" for number in range(400))
    assert "".join(mark.text for mark in marked(old, new) if mark.kind != "del") == new
