"""Data entry of the Secretariat: sessions, delegations, documents with files, passages, action items, terms."""

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.forms import BaseForm
from django.test import Client, override_settings
from django.urls import reverse

from accounts.models import Member
from library.models import StoredFile, Term
from meetings.models import (
    ActionItem,
    ActionUpdate,
    Delegation,
    Document,
    DocumentFile,
    Passage,
    Presentation,
    Session,
    Theme,
)
from tests.factories import ActionItemFactory, DocumentFactory, GroupFactory, SessionFactory, TermFactory

MODELS = (Session, Theme, Delegation, Document, Passage, ActionItem, Term)
PDF = b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\n%%EOF\n"


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path) -> Iterator[None]:
    with override_settings(MEDIA_ROOT=tmp_path):
        yield


@pytest.fixture
def desk(staff: Member, client_of: Callable[[Member | None], Client]) -> Client:
    """The Secretariat, signed in."""
    return client_of(staff)


def url_of(model: type, page: str, pk: object = None) -> str:
    """The address of an admin page."""
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=[pk] if pk else [])


def typed(form: BaseForm) -> dict[str, Any]:
    """What a browser would send back of an untouched form."""
    sent: dict[str, Any] = {}
    for name, field in form.fields.items():
        value = form[name].value()
        shown = field.widget.decompress(value) if hasattr(field.widget, "decompress") else None
        if shown is not None:
            names = [f"{form.add_prefix(name)}{suffix}" for suffix in field.widget.widgets_names]
            sent |= {key: each for key, each in zip(names, shown, strict=True) if each}
        elif value is not None and value is not False and value != "":
            sent[form.add_prefix(name)] = value
    return sent


def data_of(client: Client, url: str) -> dict[str, Any]:
    """Everything the admin's form at `url` would send untouched, with its inlines."""
    context = client.get(url).context
    data = typed(context["adminform"].form)
    for inline in context["inline_admin_formsets"]:
        data |= typed(inline.formset.management_form)
        for form in inline.formset.forms:
            data |= typed(form)
    return data


def errors_of(response: Any) -> dict[str, list[str]]:
    """The objections of a refused form and of its inlines, by field."""
    found = dict(response.context["adminform"].form.errors)
    for inline in response.context["inline_admin_formsets"]:
        for form in inline.formset.forms:
            found |= form.errors
    return {name: list(messages) for name, messages in found.items()}


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_the_secretariat_lists_searches_adds_and_changes(model: type, recorded: None, desk: Client) -> None:
    row = model.objects.order_by("pk").first()
    assert desk.get(url_of(model, "changelist")).status_code == 200
    found = desk.get(url_of(model, "changelist"), {"q": "a"})
    assert found.status_code == 200
    assert desk.get(url_of(model, "add")).status_code == 200
    page = desk.get(url_of(model, "change", row.pk))
    assert page.status_code == 200
    assert desk.post(url_of(model, "change", row.pk), data_of(desk, url_of(model, "change", row.pk))).status_code == 302


@pytest.mark.parametrize("model", [*MODELS, StoredFile], ids=lambda model: model.__name__)
def test_nobody_else_gets_in(
    model: type, recorded: None, ana: Member, gustav: Member, client_of: Callable[[Member | None], Client]
) -> None:
    for who in (None, ana, gustav):
        for page in ("changelist", "add"):
            assert client_of(who).get(url_of(model, page)).status_code in {302, 403}


@pytest.mark.parametrize("model", [Session, Document, Passage, ActionItem], ids=lambda model: model.__name__)
def test_what_is_tracked_has_a_history(model: type, recorded: None, desk: Client) -> None:
    row = model.objects.order_by("pk").first()
    assert desk.get(url_of(model, "history", row.pk)).status_code == 200
    assert row.events.count() == 1


def test_saving_an_untouched_form_changes_nothing(recorded: None, desk: Client) -> None:
    for model in (Session, Document, ActionItem):
        for row in model.objects.all():
            before = model.objects.filter(pk=row.pk).values().get()
            url = url_of(model, "change", row.pk)
            assert desk.post(url, data_of(desk, url)).status_code == 302
            assert model.objects.filter(pk=row.pk).values().get() == before
    assert ActionUpdate.objects.exclude(recorded_by=None).count() == 0


# --- sessions ---------------------------------------------------------------------------------------------------------
def test_lists_of_a_session_are_written_one_on_each_line(recorded: None, desk: Client) -> None:
    session = Session.objects.get(number=1)
    url = url_of(Session, "change", session.pk)
    data = data_of(desk, url) | {"topics": "Data\n\n  Cloud  ", "wipo_roles": ""}
    assert desk.post(url, data).status_code == 302
    session.refresh_from_db()
    assert (session.topics, session.wipo_roles, len(session.opening_points)) == (["Data", "Cloud"], [], 3)


def test_a_session_is_published_and_hidden_by_action_only(desk: Client) -> None:
    session = SessionFactory(number=7, is_published=False)
    url = url_of(Session, "change", session.pk)
    desk.post(url, data_of(desk, url) | {"is_published": "on", "is_record": "on"})
    session.refresh_from_db()
    assert (session.is_published, session.is_record) == (False, False)
    for action, shown, said in (
        ("publish", True, "1 session changed."),
        ("publish", True, "WILD/7: Somebody has done this already."),
        ("withdraw", False, "1 session changed."),
    ):
        response = desk.post(
            url_of(Session, "changelist"), {"action": action, "_selected_action": [session.pk]}, follow=True
        )
        session.refresh_from_db()
        assert session.is_published is shown
        assert str(list(response.context["messages"])[-1]) == said


def test_a_session_that_ends_before_it_starts_is_refused_at_the_form(desk: Client) -> None:
    session = SessionFactory(number=7)
    url = url_of(Session, "change", session.pk)
    for day in ("2026-04-13", "2026-02-30", "0000-00-00", "x\x00"):
        response = desk.post(url, data_of(desk, url) | {"ends_on": day})
        assert response.status_code == 200
        assert errors_of(response) != {}
    assert Session.objects.get().ends_on == date(2026, 4, 16)


def test_presentations_are_entered_with_their_theme(meridia: object, desk: Client) -> None:
    theme = Theme.objects.create(session=SessionFactory(number=7), number=1)
    url = url_of(Theme, "change", theme.pk)
    more = {"order": "1", "title": "How we share", "office": "QM", "theme": theme.pk}
    data = data_of(desk, url) | {f"presentations-0-{name}": value for name, value in more.items()}
    assert desk.post(url, data | {"presentations-TOTAL_FORMS": "1"}).status_code == 302
    assert Presentation.objects.values_list("theme", "order", "title", "office").get() == (
        theme.pk,
        1,
        "How we share",
        "QM",
    )


def test_delegations_are_exported_with_their_codes(recorded: None, desk: Client) -> None:
    response = desk.post(
        f"{url_of(Delegation, 'changelist')}export/",
        {
            "format": "0",
            "resource": "0",
            **{f"delegationresource_{name}": "on" for name in ("session", "office", "kind", "order", "official_name")},
        },
    )
    lines = response.content.decode().splitlines()
    assert lines[0] == "session,office,kind,order,official_name"
    assert "WILD/1,CZ,member_state,11,Czech Republic" in lines
    assert len(lines) == 52


# --- documents --------------------------------------------------------------------------------------------------------
def new_document(client: Client, **more: Any) -> dict[str, Any]:
    """What is typed for a new document with one language version."""
    data = data_of(client, url_of(Document, "add"))
    version = {"language": "en", "version": "1", "status": "final"}
    data |= {f"files-0-{name}": value for name, value in version.items()}
    return {
        **data,
        "files-TOTAL_FORMS": "1",
        "slug": "agenda",
        "symbol": "WILD/9/1 Prov.",
        "titles_en": "Agenda",
        "titles_fr": "Ordre du jour",
        "kind": "working",
        "visibility": "members",
        "known_languages": ["fr", "ru"],
        **more,
    }


def test_a_document_is_entered_with_a_file(desk: Client, staff: Member) -> None:
    upload = SimpleUploadedFile("Agenda 9.pdf", PDF, "text/html")
    response = desk.post(url_of(Document, "add"), new_document(desk, **{"files-0-upload": upload}))
    assert response.status_code == 302, errors_of(response)
    document = Document.objects.get()
    assert (document.symbol, document.symbol_key) == ("WILD/9/1 Prov.", "WILD/9/1/PROV")
    assert document.titles == {"en": "Agenda", "fr": "Ordre du jour"}
    assert document.known_languages == ["fr", "ru"]
    file = document.files.get().file
    assert (file.name, file.content_type, file.uploaded_by) == ("Agenda 9.pdf", "application/pdf", staff.user)


def test_a_file_that_is_not_what_it_claims_is_refused_at_the_field_and_nothing_is_stored(desk: Client) -> None:
    upload = SimpleUploadedFile("agenda.pdf", b"<svg onload=alert(1)>")
    response = desk.post(url_of(Document, "add"), new_document(desk, **{"files-0-upload": upload}))
    message = "The name says PDF, the content does not. Save the file as PDF again, without a password."
    assert errors_of(response) == {"upload": [message]}
    assert [model.objects.count() for model in (Document, DocumentFile, StoredFile)] == [0, 0, 0]


def test_a_new_file_takes_the_place_of_the_old_one(desk: Client) -> None:
    desk.post(url_of(Document, "add"), new_document(desk, **{"files-0-upload": SimpleUploadedFile("1.pdf", PDF)}))
    url = url_of(Document, "change", Document.objects.get().pk)
    assert desk.post(url, data_of(desk, url)).status_code == 302
    assert DocumentFile.objects.get().file.name == "1.pdf"
    assert desk.post(url, data_of(desk, url) | {"files-0-upload": SimpleUploadedFile("2.pdf", PDF)}).status_code == 302
    assert DocumentFile.objects.get().file.name == "2.pdf"
    assert sorted(StoredFile.objects.values_list("name", flat=True)) == ["1.pdf", "2.pdf"]


def test_a_version_marked_for_deletion_stores_nothing(desk: Client) -> None:
    desk.post(url_of(Document, "add"), new_document(desk, **{"files-0-url": "https://www.wipo.int/agenda"}))
    url = url_of(Document, "change", Document.objects.get().pk)
    gone = {"files-0-DELETE": "on", "files-0-url": "", "files-0-upload": SimpleUploadedFile("1.pdf", PDF)}
    assert desk.post(url, data_of(desk, url) | gone).status_code == 302
    assert [DocumentFile.objects.count(), StoredFile.objects.count()] == [0, 0]


@pytest.mark.parametrize("both", [True, False])
def test_a_version_is_a_file_or_a_link(both: bool, desk: Client) -> None:
    version = {"files-0-upload": SimpleUploadedFile("1.pdf", PDF), "files-0-url": "https://www.wipo.int/agenda"}
    response = desk.post(url_of(Document, "add"), new_document(desk, **(version if both else {})))
    assert errors_of(response) == {"url": ["Give a file or a link, one of the two."]}
    assert Document.objects.count() == 0


@pytest.mark.parametrize(
    ("typed_in", "field", "message"),
    [
        ({"symbol": "wild 9 2"}, "symbol", "Another document has this symbol."),
        ({"symbol": "- / -"}, "symbol", "This is not a symbol."),
        ({"symbol": "a\x00"}, "symbol", "Null characters are not allowed."),
        ({"titles_en": ""}, "titles", "English is missing; the other languages fall back to it."),
        ({"titles_en": "a" * 301}, "titles", "Ensure this value has at most 300 characters (it has 301)."),
        ({"visibility": "group"}, "group", "Say which group may read it."),
        (
            {"known_languages": ["de"]},
            "known_languages",
            "Select a valid choice. de is not one of the available choices.",
        ),
        ({"issued_on": "2026-02-30"}, "issued_on", "Enter a valid date."),
        ({"doc_id": "1e3"}, "doc_id", "Enter a whole number."),
        ({"page_url": "javascript:alert(1)"}, "page_url", "Enter a valid URL."),
    ],
)
def test_what_is_wrong_with_a_document_stands_at_its_field(
    typed_in: dict[str, Any], field: str, message: str, desk: Client
) -> None:
    other = DocumentFactory(symbol="WILD/9/2", symbol_key="WILD/9/2")
    data = new_document(desk, **{"files-0-url": "https://www.wipo.int/agenda"}, **typed_in)
    response = desk.post(url_of(Document, "add"), data)
    assert response.status_code == 200
    assert errors_of(response) == {field: [message]}
    assert Document.objects.get() == other


def test_a_document_of_one_group_names_it(desk: Client) -> None:
    group = GroupFactory()
    data = new_document(desk, visibility="group", group=group.pk, **{"files-0-url": "https://www.wipo.int/agenda"})
    assert desk.post(url_of(Document, "add"), data).status_code == 302
    assert Document.objects.get().group == group


def test_the_address_of_a_document_an_item_and_a_passage_is_permanent(recorded: None, desk: Client) -> None:
    for model, field in ((Document, "slug"), (ActionItem, "slug"), (Passage, "anchor")):
        row = model.objects.order_by("pk").first()
        url = url_of(model, "change", row.pk)
        assert desk.post(url, data_of(desk, url) | {field: "other", "symbol_key": "OTHER"}).status_code == 302
        assert getattr(model.objects.get(pk=row.pk), field) == getattr(row, field)
    assert Document.objects.filter(symbol_key="OTHER").count() == 0


def test_a_symbol_may_be_corrected_and_its_address_follows(recorded: None, desk: Client, client: Client) -> None:
    summary = Document.objects.get(symbol="WILD/1/2")
    url = url_of(Document, "change", summary.pk)
    assert desk.post(url, data_of(desk, url) | {"symbol": "WILD/1/2 Rev."}).status_code == 302
    assert client.get("/documents/wild-1-summary/")["Location"] == "/documents/WILD/1/2/REV/"
    assert desk.post(url, data_of(desk, url) | {"symbol": ""}).status_code == 302
    summary.refresh_from_db()
    assert (summary.symbol, summary.symbol_key) == ("", None)


# --- action items, passages, terms ------------------------------------------------------------------------------------
def test_a_new_update_names_who_recorded_it_and_gives_the_status(desk: Client, staff: Member) -> None:
    item = ActionItemFactory(slug="WILD-9-a", key="a")
    url = url_of(ActionItem, "change", item.pk)
    update = {"status": "in_progress", "happened_on": "2026-11-03", "source": "CIO Network", "item": item.pk}
    data = data_of(desk, url) | {f"updates-0-{name}": value for name, value in update.items()}
    assert desk.post(url, data | {"updates-TOTAL_FORMS": "1"}).status_code == 302
    written = ActionUpdate.objects.get()
    assert (written.status, written.recorded_by, written.is_record) == ("in_progress", staff.user, False)
    assert written.events.count() == 1
    page = desk.get(url_of(ActionItem, "changelist")).content.decode()
    assert '<td class="field-status">in progress</td>' in page


def test_a_passage_is_edited_with_its_topics(recorded: None, desk: Client) -> None:
    passage, term = Passage.objects.get(anchor="point-a"), TermFactory()
    url = url_of(Passage, "change", passage.pk)
    data = data_of(desk, url) | {"text": "Shorter.", "topics": [term.pk]}
    assert desk.post(url, data).status_code == 302
    passage.refresh_from_db()
    assert (passage.text, list(passage.topics.all())) == ("Shorter.", [term])


def test_files_are_looked_at_and_never_changed_here(desk: Client) -> None:
    desk.post(url_of(Document, "add"), new_document(desk, **{"files-0-upload": SimpleUploadedFile("1.pdf", PDF)}))
    file = StoredFile.objects.get()
    assert desk.get(url_of(StoredFile, "changelist"), {"q": "1.pdf"}).status_code == 200
    assert desk.get(url_of(StoredFile, "change", file.pk)).status_code == 200
    for page in ("add", "delete", "change"):
        target = url_of(StoredFile, page, None if page == "add" else file.pk)
        assert desk.post(target, {"name": "x", "post": "yes"}).status_code == 403
    assert StoredFile.objects.get().name == "1.pdf"


@pytest.mark.parametrize("model", [Session, Document, Passage, Term], ids=lambda model: model.__name__)
def test_fields_find_what_they_point_to(model: type, recorded: None, desk: Client, ana: Member) -> None:
    field = {
        Session: ("meetings", "document", "session"),
        Document: ("meetings", "passage", "document"),
        Passage: ("meetings", "actionitem", "passage"),
        Term: ("meetings", "passage", "topics"),
    }[model]
    asked = dict(zip(("app_label", "model_name", "field_name"), field, strict=True)) | {"term": "a"}
    assert len(desk.get(reverse("admin:autocomplete"), asked).json()["results"]) >= 1
    client = Client()
    client.force_login(ana.user)
    assert client.get(reverse("admin:autocomplete"), asked).status_code in {302, 403}
