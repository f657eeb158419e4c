"""Things one after the other, with the comma of the language."""

import pytest
from django.utils import translation

from accounts.lists import listed


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "Meridia, Norland"),
        ("fr", "Meridia, Norland"),
        ("ru", "Meridia, Norland"),
        ("ar", "Meridia، Norland"),
        ("zh-hans", "Meridia、Norland"),
    ],
)
def test_the_comma_of_a_list_is_that_of_the_language(language: str, text: str) -> None:
    with translation.override(language):
        assert listed(["Meridia", "Norland"]) == text
