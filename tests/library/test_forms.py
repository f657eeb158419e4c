"""Fields of the library's forms: files, lists of lines, texts in six languages."""

import pytest
from django import forms
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import QueryDict

from library.forms import CheckedFileField, LinesField, TextsField


class Sample(forms.Form):
    """One of each."""

    file = CheckedFileField()
    lines = LinesField(required=False)
    texts = TextsField(max_length=20)


def sample(data: str = "texts_en=Title", file: SimpleUploadedFile | None = None) -> Sample:
    """The form as a browser sends it."""
    return Sample(QueryDict(data), {"file": file or SimpleUploadedFile("a.txt", b"Words")})


def test_a_good_file_is_handed_on_from_its_beginning() -> None:
    form = sample()
    assert form.is_valid(), form.errors
    assert form.cleaned_data["file"].read() == b"Words"


def test_the_objection_to_a_file_stands_at_the_field() -> None:
    form = sample(file=SimpleUploadedFile("a.pdf", b"<html>"))
    message = "The name says PDF, the content does not. Save the file as PDF again, without a password."
    assert form.errors == {"file": [message]}


def test_an_empty_or_missing_file_is_said_to_be() -> None:
    assert sample(file=SimpleUploadedFile("a.pdf", b"")).errors == {"file": ["The submitted file is empty."]}
    assert Sample(QueryDict("texts_en=Title"), {}).errors == {"file": ["This field is required."]}


def test_a_file_that_is_not_required_may_be_missing() -> None:
    assert CheckedFileField(required=False).clean(None) is None
    kept = SimpleUploadedFile("kept.svg", b"kept before the rule")
    assert CheckedFileField().clean(None, kept) is kept


def test_the_field_says_what_is_accepted() -> None:
    field = CheckedFileField()
    assert str(field.help_text) == "PDF, DOCX, XLSX, PPTX, ODT, ODS, ODP, TXT, CSV, ICS, PNG, JPG; at most 25.0\xa0MB."
    assert 'accept=".pdf,.docx,' in str(sample()["file"])


def test_lines_become_a_list_and_back() -> None:
    form = sample("texts_en=Title&lines=One%0D%0A%0D%0A++Two++%0A")
    assert form.is_valid(), form.errors
    assert form.cleaned_data["lines"] == ["One", "Two"]
    shown = Sample(initial={"lines": ["One", "Two"]})["lines"]
    assert shown.value() == "One\nTwo"
    assert Sample(initial={"lines": "As typed"})["lines"].value() == "As typed"


def test_a_null_character_in_a_list_is_refused_at_the_field() -> None:
    assert sample("texts_en=Title&lines=a%00b").errors == {"lines": ["Null characters are not allowed."]}


def test_texts_become_a_dictionary_without_empty_languages() -> None:
    form = sample("texts_en=Title&texts_ar=%D8%B9%D9%86%D9%88%D8%A7%D9%86&texts_fr=")
    assert form.is_valid(), form.errors
    assert form.cleaned_data["texts"] == {"ar": "عنوان", "en": "Title"}


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ("texts_fr=Titre", "English is missing; the other languages fall back to it."),
        ("", "This field is required."),
        ("texts_en=a%00b", "Null characters are not allowed."),
        (f"texts_en=Title&texts_ar={'a' * 21}", "Ensure this value has at most 20 characters (it has 21)."),
    ],
)
def test_what_is_wrong_with_texts_stands_at_the_field(data: str, message: str) -> None:
    assert sample(data).errors == {"texts": [message]}


def test_texts_that_are_not_required_may_be_empty() -> None:
    assert TextsField(max_length=20, required=False).clean(["", "", "", "", "", ""]) == {}


def test_each_language_has_a_line_of_its_own() -> None:
    shown = str(Sample(initial={"texts": {"en": "Title", "ru": "Название"}})["texts"])
    assert 'name="texts_en" value="Title" aria-label="English" placeholder="English" lang="en" dir="auto"' in shown
    assert 'value="Название" aria-label="Russian"' in shown
    assert shown.count("<input") == 6
