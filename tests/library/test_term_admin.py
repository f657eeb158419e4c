"""The vocabulary in the admin: labels by language are typed line by line, imported as JSON, and never anything else."""

import pytest
from import_export.results import RowResult
from tablib import Dataset

from library.admin import TermForm, TermResource
from library.models import Term
from tests.factories import TermFactory

COLUMNS = ["slug", "kind", "facet", "labels"]


def test_a_label_is_one_line_for_each_language(db: None) -> None:
    term = TermFactory(slug="search", labels={"en": "Search"})
    typed = {"slug": "search", "kind": "domain", "facet": "tools", "labels_en": "Search", "labels_fr": "Recherche"}
    form = TermForm(typed, instance=term)

    assert form.is_valid(), form.errors
    assert form.save().labels == {"en": "Search", "fr": "Recherche"}


def test_a_label_without_english_is_refused_at_the_field(db: None) -> None:
    form = TermForm({"slug": "search", "kind": "domain", "facet": "tools", "labels_fr": "Recherche"})

    assert list(form.errors) == ["labels"]


@pytest.mark.parametrize("labels", ["1e3", "NaN", "[]", '{"fr": "Recherche"}', '{"en": 1}', "no JSON"])
def test_an_import_refuses_what_are_no_labels(labels: str, db: None) -> None:
    result = TermResource().import_data(Dataset(["search", "domain", "tools", labels], headers=COLUMNS))

    assert result.rows[0].import_type in {RowResult.IMPORT_TYPE_ERROR, RowResult.IMPORT_TYPE_INVALID}
    assert Term.objects.count() == 0


def test_an_export_can_be_imported_and_runs_no_formula(db: None) -> None:
    TermFactory(slug="sum", labels={"en": "=SUM(A1)"}, definition="=1+1")
    exported = TermResource().export()
    Term.objects.update(definition="", labels={"en": "Sum"})
    result = TermResource().import_data(exported)

    assert exported.dict[0]["definition"] == "'=1+1"
    assert (result.has_errors(), result.has_validation_errors()) == (False, False)
    assert Term.objects.get().labels == {"en": "=SUM(A1)"}
    assert Term.objects.get().definition == "=1+1"
