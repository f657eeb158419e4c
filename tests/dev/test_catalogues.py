"""Catalogues in pure Python: what is extracted, what is compiled, what is out of step."""

import gettext
from pathlib import Path

import pytest
from babel.messages.pofile import PoFileError

from dev import extraction
from wild_portal import catalogues

PO = """msgid ""
msgstr ""
"Content-Type: text/plain; charset=utf-8\\n"
"Plural-Forms: nplurals=2; plural=(n > 1);\\n"

msgid "one office"
msgid_plural "%(n)s offices"
msgstr[0] "un office"
msgstr[1] "%(n)s offices (fr)"

#, fuzzy
msgid "Draft"
msgstr "Perhaps"
"""
TEMPLATE = """{% load i18n %}
<h1>don't {% translate "It's open" %}</h1>
    {% blocktranslate count n=rows|length trimmed %}
      {{ n }} answer
    {% plural %}
      {{ n }} answers
    {% endblocktranslate %}
  {% translate "May" context "month" %} {{ _("Inside a variable") }} {% translate variable %}
"""
CODE = """
from django.utils.translation import gettext_lazy as _, ngettext, pgettext
# Translators: on a button
A = _("Send" " it")
B = ngettext("%(n)s day", "%(n)s days", 2)
C = pgettext("month", "May")
D = _(A)
"""


@pytest.fixture
def locale(tmp_path: Path) -> Path:
    folder = tmp_path / "locale" / "fr" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    (folder / "django.po").write_text(PO)
    return tmp_path / "locale"


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    """A small checkout with one application, one template and one script."""
    for name, text in {
        "app/__init__.py": "",
        "app/views.py": CODE,
        "app/migrations/0001.py": '_("Not this")',
        "templates/app/page.html": TEMPLATE,
        "static/js/app.js": 'const a = gettext("Saved"); const b = ngettext("%s second", "%s seconds", n);',
        "elsewhere/x.py": '_("Not this either")',
    }.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path


def ids(catalog):
    return {(message.context, message.id) for message in catalog if message.id}


def test_a_catalogue_is_compiled_once_and_without_doubtful_texts(locale):
    assert catalogues.compile_all(locale) == 1
    assert catalogues.compile_all(locale) == 0

    with (locale / "fr" / "LC_MESSAGES" / "django.mo").open("rb") as file:
        translations = gettext.GNUTranslations(file)
    assert translations.ngettext("one office", "%(n)s offices", 3) == "%(n)s offices (fr)"
    assert translations.gettext("Draft") == "Draft"


def test_a_broken_catalogue_is_an_error(locale):
    po = locale / "fr" / "LC_MESSAGES" / "django.po"
    po.write_text(PO + 'msgid "unfinished\n')

    with pytest.raises(PoFileError):
        catalogues.read(po)


def test_texts_of_code_and_templates_are_found(sources):
    assert ids(extraction.of_code_and_templates(sources)) == {
        (None, "Send it"),
        (None, ("%(n)s day", "%(n)s days")),
        ("month", "May"),
        (None, "It's open"),
        (None, ("%(n)s answer", "%(n)s answers")),
        (None, "Inside a variable"),
    }


def test_texts_of_scripts_are_found(sources):
    assert ids(extraction.of_scripts(sources)) == {(None, "Saved"), (None, ("%s second", "%s seconds"))}


def test_notes_for_translators_are_kept(sources):
    assert extraction.of_code_and_templates(sources)["Send it"].auto_comments == ["Translators: on a button"]


def test_updating_makes_five_languages_and_then_changes_nothing(sources):
    assert extraction.out_of_step(sources) != []

    first, second = extraction.main(sources), extraction.main(sources)

    assert {path.parent.parent.name for path in first} == {"ar", "es", "fr", "ru", "zh_Hans"}
    assert {path.name for path in first} == {"django.po", "djangojs.po"}
    assert second == []
    assert extraction.out_of_step(sources) == []
    assert extraction.faults(sources) == []


def test_a_new_text_and_a_lost_one_are_counted_and_a_translation_is_kept(sources):
    extraction.main(sources)
    po = sources / "locale" / "fr" / "LC_MESSAGES" / "django.po"
    po.write_text(po.read_text().replace('msgid "Send it"\nmsgstr ""', 'msgid "Send it"\nmsgstr "Envoyer"'))
    (sources / "app" / "views.py").write_text(CODE.replace('pgettext("month", "May")', '_("June"), _("July")'))
    (sources / "templates" / "app" / "page.html").unlink()

    line = next(line for line in extraction.out_of_step(sources) if "fr" in line)
    extraction.main(sources)

    assert line == "locale/fr/LC_MESSAGES/django.po: 2 texts missing, 4 no longer used"
    assert catalogues.read(po)["Send it"].string == "Envoyer"
    assert extraction.out_of_step(sources) == []


def test_a_translation_whose_placeholder_does_not_fit_is_named(sources):
    extraction.main(sources)
    po = sources / "locale" / "es" / "LC_MESSAGES" / "django.po"
    text = po.read_text()
    broken = text.replace('msgstr[0] ""', 'msgstr[0] "%(m)s día"', 1)
    assert broken != text
    po.write_text(broken)

    assert [line.split(":")[0] for line in extraction.faults(sources)] == ["locale/es/LC_MESSAGES/django.po"]


def test_plural_text_nobody_has_translated_keeps_the_forms_of_english(tmp_path: Path) -> None:
    folder = tmp_path / "zh_Hans" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    forms = 'msgid ""\nmsgstr ""\n"Plural-Forms: nplurals=1; plural=0;\\n"\n\n'
    text = 'msgid "%(n)s day"\nmsgid_plural "%(n)s days"\nmsgstr[0] ""\n'
    (folder / "django.po").write_text(forms + text, encoding="utf-8")
    catalogues.compile_all(tmp_path)
    with (folder / "django.mo").open("rb") as file:
        assert gettext.GNUTranslations(file).ngettext("%(n)s day", "%(n)s days", 13) == "%(n)s days"


def test_a_text_that_is_untranslated_half_translated_or_fuzzy_is_counted(tmp_path: Path) -> None:
    folder = tmp_path / "locale" / "fr" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    po = folder / "django.po"
    po.write_text(PO)
    half = PO.replace('msgstr[1] "%(n)s offices (fr)"', 'msgstr[1] ""').replace("#, fuzzy\n", "")

    fuzzy = extraction.unfinished(tmp_path)
    po.write_text(half)
    halved = extraction.unfinished(tmp_path)
    po.write_text(PO.replace("#, fuzzy\n", ""))

    assert fuzzy == ["locale/fr/LC_MESSAGES/django.po: 1 texts untranslated or fuzzy, such as 'Draft'"]
    assert halved == [
        "locale/fr/LC_MESSAGES/django.po: 1 texts untranslated or fuzzy, such as ('one office', '%(n)s offices')"
    ]
    assert extraction.unfinished(tmp_path) == []
