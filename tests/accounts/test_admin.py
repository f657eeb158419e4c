"""The admin of offices, members and logins: facts are typed, what happens to people is done by the operations."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from io import BytesIO

import openpyxl
import pytest
from allauth.account.models import EmailAddress
from allauth.usersessions.models import UserSession
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from accounts.exchange import OfficeResource
from accounts.models import Invitation, Member, Office, User
from accounts.operations import invite
from accounts.record import load_offices
from tests.accounts.mails import queued
from tests.factories import MemberFactory, OfficeFactory, UserFactory
from tests.queries import assert_same_number_of_queries

ClientOf = Callable[[Member | None], Client]
LANGUAGES = ("ar", "zh-hans", "en", "fr", "ru", "es")


def act(client: Client, model: str, action: str, *rows: object) -> list[str]:
    """Chooses rows and an action; what the admin says."""
    data = {"action": action, "_selected_action": [row.pk for row in rows]}
    response = client.post(f"/admin/accounts/{model}/", data, follow=True)
    return [str(message) for message in response.context["messages"]]


@pytest.fixture
def admin(staff: Member, client_of: ClientOf) -> Client:
    return client_of(staff)


@pytest.fixture
def root(db: None) -> Client:
    client = Client()
    client.force_login(UserFactory(email="root@wild.example", is_staff=True, is_superuser=True))
    return client


def facts(**changes: str) -> dict[str, str]:
    names = {f"name_{language}": "Meridia" for language in LANGUAGES}
    return {"code": "QM", "kind": "state", "time_zone": "Europe/Zurich"} | names | changes


# --- offices ----------------------------------------------------------------------------------------------------------
def test_a_new_office_gets_its_place_and_its_words(admin: Client) -> None:
    load_offices()
    response = admin.post("/admin/accounts/office/add/", facts(name_fr="Méridie", aliases="Meridiana"))
    assert response.status_code == 302
    office = Office.objects.get(pk="QM")
    order = list(Office.objects.in_order("en").values_list("pk", flat=True))
    assert order[order.index("QM") - 1] == "MU"
    assert (office.names["fr"], "Meridiana" in office.search_text) == ("Méridie", True)
    assert set(office.ranks) == set(LANGUAGES)


def test_a_changed_name_moves_in_its_language_only(admin: Client) -> None:
    load_offices()
    office = Office.objects.get(pk="CZ")
    data = {f"name_{language}": office.names[language] for language in LANGUAGES} | {"name_en": "Bohemia"}
    admin.post("/admin/accounts/office/CZ/change/", facts(**data))
    changed = Office.objects.get(pk="CZ")
    order = list(Office.objects.in_order("en").values_list("names__en", flat=True))
    assert order[order.index("Bohemia") - 1] == "Bhutan"
    assert changed.ranks | {"en": 0} == office.ranks | {"en": 0}
    assert changed.search_text.startswith(office.names["ar"]) or "Bohemia" in changed.search_text


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"code": "qm"}, "code"),
        ({"code": "Q1"}, "code"),
        ({"time_zone": "Mars/Phobos"}, "time_zone"),
        ({"name_en": ""}, "name_en"),
        ({"kind": "planet"}, "kind"),
    ],
)
def test_a_wrong_fact_is_refused_at_its_field(changes: dict[str, str], field: str, admin: Client) -> None:
    before = Office.objects.count()
    response = admin.post("/admin/accounts/office/add/", facts(**changes))
    assert (field in response.context["adminform"].form.errors, Office.objects.count()) == (True, before)


def test_lifecycle_and_key_are_not_typed(admin: Client, meridia: Office) -> None:
    extra = {"code": "QX", "is_demo": "", "search_text": "x", "ranks": "{}"}
    admin.post("/admin/accounts/office/QM/change/", facts(**extra))
    meridia.refresh_from_db()
    assert (meridia.pk, meridia.is_demo, meridia.search_text) == ("QM", True, "Meridia")


def test_offices_are_found_as_in_the_directory(admin: Client, ana: Member) -> None:
    load_offices()
    page = admin.get("/admin/accounts/office/", {"q": "cote d'ivoire"}).content.decode()
    assert ("Côte d’Ivoire" in page, "Croatia" in page) == (True, False)
    url = "/admin/autocomplete/?app_label=accounts&model_name=member&field_name=office&term=chequia"
    assert [row["id"] for row in admin.get(url).json()["results"]] == ["CZ"]


def test_offices_leave_and_come_back_unchanged(admin: Client) -> None:
    load_offices()
    Office.objects.filter(pk="CH").update(office_name="=1+1", notes="@SUM(A1)")
    before = list(Office.objects.order_by("pk").values())
    response = admin.post("/admin/accounts/office/export/", {"format": "0", "resource": "0"} | exported("office"))
    csv = b"".join(response.streaming_content) if response.streaming else response.content
    text = csv.decode()
    assert ("'=1+1" in text, "'@SUM(A1)" in text, "\nNA,state" in text.replace("\r", "")) == (True, True, True)
    [result] = upload(admin, "office", csv)
    assert (result.totals["skip"], result.totals["update"], result.totals["new"], result.has_errors()) == (
        208,
        0,
        0,
        False,
    )
    assert list(Office.objects.order_by("pk").values()) == before


def exported(model: str) -> dict[str, str]:
    """All columns, as the page of the export ticks them."""
    names = [f"name_{language}" for language in LANGUAGES]
    return {f"{model}resource_{column}": "on" for column in [*OfficeResource.Meta.fields, *names]}


def upload(client: Client, model: str, content: bytes, *, format: str = "0", name: str = "rows.csv") -> list:
    """The dry run of an import."""
    data = {"import_file": SimpleUploadedFile(name, content), "format": format, "resource": "0"}
    response = client.post(f"/admin/accounts/{model}/import/", data)
    return [response.context["result"]]


def test_an_import_shows_what_it_would_do_and_does_nothing_yet(admin: Client, meridia: Office) -> None:
    rows = "code,kind,name_en,time_zone\nQM,state,Meridia Nova,Europe/Oslo\nQP,state,Perlia,Asia/Tokyo\n"
    [result] = upload(admin, "office", rows.encode())
    assert (result.totals["update"], result.totals["new"], result.has_errors()) == (1, 1, False)
    assert (Office.objects.get(pk="QM").name, Office.objects.filter(pk="QP").exists()) == ("Meridia", False)


def test_an_import_refuses_wrong_rows(admin: Client, meridia: Office) -> None:
    rows = "code,kind,name_en,time_zone\nqx,state,X,Europe/Oslo\nQP,planet,Y,Mars/Phobos\n"
    [result] = upload(admin, "office", rows.encode())
    assert len(result.invalid_rows) == 2
    assert {"code"} <= result.invalid_rows[0].field_specific_errors.keys()
    assert {"kind", "time_zone"} <= result.invalid_rows[1].field_specific_errors.keys()


def test_a_spreadsheet_of_people_is_taken_over(admin: Client, ana: Member) -> None:
    book = openpyxl.Workbook()
    book.active.append(["office", "email", "family_name", "role", "since_on", "until_on", "language"])
    book.active.append(["QM", "New@QM.example", "Nuevo", "contributor", date(2026, 11, 1), date(2026, 11, 2), "es"])
    book.active.append(["QM", "ANA@qm.example", "Changed", "contributor", date(2026, 11, 1), None, "es"])
    stream = BytesIO()
    book.save(stream)
    [result] = upload(admin, "member", stream.getvalue(), format="1", name="people.xlsx")
    assert (result.totals["new"], result.totals["skip"], result.has_errors()) == (1, 1, False)
    confirm = admin.post("/admin/accounts/member/process_import/", confirmation(admin, stream.getvalue()), follow=True)
    assert confirm.status_code == 200
    new = Member.objects.get(email="new@qm.example")
    assert (new.family_name, new.until_on, new.since_on) == ("Nuevo", None, date(2026, 11, 1))
    assert Member.objects.get(pk=ana.pk).family_name == "Ejemplo"


def confirmation(client: Client, content: bytes) -> dict[str, str]:
    data = {"import_file": SimpleUploadedFile("people.xlsx", content), "format": "1", "resource": "0"}
    return client.post("/admin/accounts/member/import/", data).context["confirm_form"].initial


# --- members ----------------------------------------------------------------------------------------------------------
def test_people_are_invited_by_an_action(admin: Client, ana: Member) -> None:
    silent = MemberFactory(office=ana.office, user=None, email="silent@qm.example")
    said = act(admin, "member", "invite", silent, ana)
    assert said == ["Ana Ejemplo: This person signs in already and needs no invitation.", "1 person is invited."]
    assert [row[2] for row in queued()] == ["silent@qm.example"]


def test_one_person_invites_at_most_ten(admin: Client, meridia: Office) -> None:
    people = [MemberFactory(office=meridia, user=None) for _ in range(11)]
    assert act(admin, "member", "invite", *people) == ["Choose at most 10 people at a time."]
    assert Invitation.objects.count() == 0


def test_people_are_marked_as_left_but_not_the_last_contact(admin: Client, ana: Member, bruno: Member) -> None:
    said = act(admin, "member", "mark_left", ana, bruno)
    assert [text[:12] for text in said] == ["Ana Ejemplo:", "1 membership"]
    assert (Member.objects.get(pk=ana.pk).until_on, Member.objects.get(pk=bruno.pk).until_on is None) == (None, False)


def test_what_operations_decide_is_not_typed(admin: Client, ana: Member, bruno: Member) -> None:
    typed = {
        "role": "contributor",
        "office": "IB",
        "email": "x@y.example",
        "user": bruno.user_id,
        "until_on": "2026-11-20",
    }
    data = typed | {"family_name": "Ejemplar", "language": "en", "since_on": "2025-01-01", "successor": bruno.pk}
    assert admin.post(f"/admin/accounts/member/{ana.pk}/change/", data).status_code == 302
    changed = Member.objects.get(pk=ana.pk)
    assert changed.family_name == "Ejemplar"
    assert (changed.role, changed.office_id, changed.email, changed.user_id, changed.until_on, changed.successor) == (
        "focal_point",
        "QM",
        "ana@qm.example",
        ana.user_id,
        None,
        None,
    )


def test_nothing_is_deleted(admin: Client, root: Client, ana: Member) -> None:
    invitation = invite(member=MemberFactory(office=ana.office, user=None), by=None, now=datetime.now().astimezone())
    rows = {"office": "QM", "member": ana.pk, "user": ana.user_id, "invitation": invitation.pk}
    for client in (admin, root):
        assert {client.post(f"/admin/accounts/{model}/{pk}/delete/").status_code for model, pk in rows.items()} == {403}
        assert "delete_selected" not in client.get("/admin/accounts/member/").content.decode()


# --- logins -----------------------------------------------------------------------------------------------------------
def test_the_secretariat_closes_reopens_and_signs_out(admin: Client, ana: Member, staff: Member) -> None:
    UserSession.objects.create(user=ana.user, ip="127.0.0.1", session_key="one")
    assert act(admin, "user", "end_sessions", ana.user) == ["1 person is signed out."]
    assert UserSession.objects.filter(user=ana.user).count() == 0
    said = act(admin, "user", "close_logins", ana.user, staff.user)
    assert [text.split(":")[0] for text in said] == ["staff@wild.example", "1 login is closed."]
    assert not User.objects.get(pk=ana.user_id).is_active
    assert act(admin, "user", "reopen_logins", ana.user) == ["1 login is open again."]
    assert User.objects.get(pk=ana.user_id).is_active


def test_only_a_superuser_makes_a_login_of_the_secretariat(admin: Client, root: Client, ana: Member) -> None:
    assert act(admin, "user", "grant_staff", ana.user)[-1] == "0 logins are changed."
    assert not User.objects.get(pk=ana.user_id).is_staff
    assert act(root, "user", "grant_staff", ana.user) == ["1 login is changed."]
    assert User.objects.get(pk=ana.user_id).is_staff
    assert act(root, "user", "withdraw_staff", ana.user) == ["1 login is changed."]
    assert not User.objects.get(pk=ana.user_id).is_staff


def test_a_login_is_looked_at_and_never_typed(admin: Client, root: Client, ana: Member) -> None:
    before = User.objects.filter(pk=ana.user_id).values().get()
    for client in (admin, root):
        page = client.get(f"/admin/accounts/user/{ana.user_id}/change/").content.decode()
        assert ("ana@qm.example" in page, "argon2" in page, 'name="email"' in page) == (True, False, False)
        for url in (f"/admin/accounts/user/{ana.user_id}/change/", "/admin/accounts/user/add/"):
            assert client.post(url, {"email": "x@y.example", "password": "x", "is_staff": "on"}).status_code == 403
        client.post(f"/admin/accounts/user/{ana.user_id}/password/", {"password1": "x" * 20, "password2": "x" * 20})
    assert User.objects.filter(pk=ana.user_id).values().get() == before


@pytest.mark.parametrize(
    "path", ["account/emailaddress", "mfa/authenticator", "usersessions/usersession", "auth/group"]
)
def test_nobody_signs_in_as_somebody_else_by_the_tables_of_the_sign_in(path: str, root: Client, ana: Member) -> None:
    assert {root.get(f"/admin/{path}/{rest}").status_code for rest in ("", "add/", "1/change/")} == {404}
    assert EmailAddress.objects.filter(user=ana.user).count() == 1


def test_the_history_is_for_superusers(admin: Client, root: Client, ana: Member) -> None:
    assert admin.get("/admin/pghistory/events/").status_code == 403
    assert root.get("/admin/pghistory/events/", {"obj": f"accounts.Member:{ana.pk}"}).status_code == 200


def test_invitations_are_read(admin: Client, ana: Member, now: datetime) -> None:
    invitation = invite(member=MemberFactory(office=ana.office, user=None), by=ana.user, now=now)
    page = admin.get("/admin/accounts/invitation/").content.decode()
    assert ("ana@qm.example" in page, "/invitation/" in page.replace("/admin/accounts/invitation/", "")) == (
        True,
        False,
    )
    url = f"/admin/accounts/invitation/{invitation.pk}/change/"
    assert admin.get(url).status_code == 200
    data = {"expires_at_0": "2030-01-01", "expires_at_1": "00:00", "used_at_0": ""}
    assert admin.post(url, data).status_code == 403
    assert Invitation.objects.get().expires_at == now + timedelta(days=7)


@pytest.mark.parametrize("model", ["member", "user", "office"])
def test_lists_need_the_same_queries_for_any_number_of_rows(model: str, admin: Client, ana: Member) -> None:
    def add(count: int) -> None:
        there = Office.objects.count()
        for number in range(there, there + count):
            MemberFactory(office=OfficeFactory(code=f"{chr(65 + number // 26)}{chr(65 + number % 26)}"))

    assert_same_number_of_queries(admin, f"/admin/accounts/{model}/", add)


@pytest.mark.parametrize("nonsense", ["a\x00b", "ZZ", "x" * 1000])
def test_a_member_of_no_office_is_refused_at_its_field(nonsense: str, admin: Client, meridia: Office) -> None:
    response = admin.post("/admin/accounts/member/add/", {"office": nonsense, "family_name": "X"})
    assert "office" in response.context["adminform"].form.errors
