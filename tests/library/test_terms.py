"""The vocabulary in the database."""

from library.models import Term
from library.operations import load_terms
from tests.factories import TermFactory
from wild_portal.record import vocabulary


def test_every_row_becomes_a_term_once(db: None) -> None:
    assert load_terms(rows=vocabulary()) == 160
    assert load_terms(rows=iter(vocabulary())) == 0
    term = Term.objects.get(slug="ict-strategy")
    row = next(row for row in vocabulary() if row["slug"] == "ict-strategy")
    assert (term.labels, term.definition, term.aliases) == ({"en": row["label"]}, row["definition"], row["aliases"])
    assert str(term) == "ICT strategy"


def test_an_edited_term_is_left_as_it_is(db: None) -> None:
    TermFactory(slug="ict-strategy", labels={"en": "Ours"})
    assert load_terms(rows=vocabulary()) == 159
    assert Term.objects.get(slug="ict-strategy").labels == {"en": "Ours"}
