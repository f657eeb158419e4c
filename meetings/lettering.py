"""Letters of items in running text: a to z, and the order of abjad in Arabic documents."""

from __future__ import annotations

from string import ascii_lowercase

from django.utils.translation import get_language

# The fifth is written with its tail.
ABJAD = dict(zip(ascii_lowercase, "أبجدهوزحطيكلمنسعفصقرشتثخذض", strict=True)) | {"e": "هـ"}


def letter_text(letter: str) -> str:
    """The letter of an item as it stands in the active language: a to z become أ ب ج د هـ in Arabic, all else stays."""
    return ABJAD.get(str(letter), str(letter)) if get_language() == "ar" else str(letter)
