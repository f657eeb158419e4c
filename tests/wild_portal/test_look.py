"""The look of every page: the frame, the gallery, the sign-in pages, the static files behind them."""

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import ManifestStaticFilesStorage
from django.template.loader import get_template
from django.test import Client
from playwright.sync_api import ConsoleMessage, Page

from accounts.models import Member
from wild_portal.views import gallery

pytestmark = pytest.mark.django_db

ROOT = Path(settings.BASE_DIR)
COMPONENTS = ROOT / "templates" / "components"
SPRITE = re.findall(r'<symbol id="([\w-]+)"', (ROOT / "static/img/icons.svg").read_text())
WCAG = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
SIGN_IN_PAGES = [
    "/accounts/login/",
    "/accounts/login/code/",
    "/accounts/signup/",
    "/accounts/inactive/",
    "/accounts/password/reset/",
]
MEMBER_PAGES = [
    "/accounts/email/",
    "/accounts/password/change/",
    "/accounts/2fa/",
    "/accounts/2fa/webauthn/",
    "/accounts/sessions/",
    "/accounts/logout/",
    "/accounts/reauthenticate/",
]
INLINE = re.compile(r"<[^>]*\s(style|on[a-z]+)\s*=|<style|<script(?![^>]*(\bsrc=|application/json))", re.I)


def shape(html: str) -> tuple[int, int, bool, list[str]]:
    """How many h1 and main, whether the language is named, and what the policy would refuse."""
    refused = [match.group(0) for match in INLINE.finditer(html)]
    return html.count("<h1"), html.count("<main"), '<html lang="' in html, refused


GOOD = (1, 1, True, [])


# --- the gallery ------------------------------------------------------------------------------------------------------
def test_the_gallery_shows_every_component() -> None:
    text = (ROOT / "templates/wild_portal/components.html").read_text()
    drawn_by_the_frame = {"find", "languages", "messages", "person", "places"}
    drawn_by_a_tag = {file.stem for file in COMPONENTS.glob("*.html") if re.search(rf"{{% {file.stem} ", text)}
    by_name = set(re.findall(r'{% (?:component|wrap) "(\w+)"', text))
    inside_others = {"bar", "when"}  # rows of a tally, rows

    assert {file.stem for file in COMPONENTS.glob("*.html")} == (
        drawn_by_the_frame | drawn_by_a_tag | by_name | inside_others
    )


def test_every_component_lists_its_arguments_first() -> None:
    openings = {
        file.name: file.read_text().lstrip().startswith(("{#", "{% comment %}")) for file in COMPONENTS.iterdir()
    }

    assert [name for name, begins in openings.items() if not begins] == []


def test_the_gallery_has_nothing_inline(client: Client) -> None:
    response = client.get("/components/")

    assert (response.status_code, shape(response.content.decode())) == (200, GOOD)


def test_the_gallery_names_every_icon_of_the_sprite() -> None:
    assert sorted(gallery.ICONS) == sorted(SPRITE)


def test_icons_that_templates_and_code_name_are_drawn() -> None:
    sources = [*ROOT.glob("templates/**/*.html"), *ROOT.glob("wild_portal/**/*.py")]
    named = {name for file in sources for name in re.findall(r'{% icon "([\w-]+)"|icon="([\w-]+)"', file.read_text())}

    assert sorted({left or right for left, right in named} - set(SPRITE)) == []


def test_the_gallery_is_shown_on_demonstration_sites_only(client: Client, settings) -> None:
    settings.DEMO = False

    assert client.get("/components/").status_code == 404


def test_the_gallery_is_only_read(client: Client) -> None:
    assert client.post("/components/").status_code == 405


# --- the frame --------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("language", "opening", "sheet"),
    [
        ("en", '<html lang="en" dir="ltr">', "ltr.css"),
        ("ar", '<html lang="ar" dir="rtl">', "rtl.css"),
        ("zh-hans", '<html lang="zh-Hans" dir="ltr">', "ltr.css"),
    ],
)
def test_the_language_turns_the_page_round(client: Client, language: str, opening: str, sheet: str) -> None:
    html = client.get("/components/", headers={"accept-language": language}).content.decode()

    assert (opening in html, f"/static/css/{sheet}" in html) == (True, True)


@pytest.mark.parametrize(
    ("theme", "attribute"), [("", ""), ("dark", ' data-bs-theme="dark"'), ("light", ' data-bs-theme="light"')]
)
def test_a_member_may_force_the_colours(
    ana: Member, client_of: Callable[[Member], Client], theme: str, attribute: str
) -> None:
    ana.theme = theme
    ana.save()
    html = client_of(ana).get("/components/").content.decode()

    assert re.search(r'<html lang="en" dir="ltr"([^>]*)>', html).group(1) == attribute


def places(html: str) -> list[str]:
    menu = re.search(r'<nav class="w-nav".*?</nav>', html, re.S).group(0)
    return re.findall(r">([^<>\n]+)</a>", menu)


def test_a_stranger_sees_the_public_places(client: Client) -> None:
    html = client.get("/components/").content.decode()

    assert places(html) == ["About WILD", "Sessions", "Action items", "Groups", "Documents"]
    assert ("Sign in" in html, "Sign out" in html) == (True, False)


def test_a_member_sees_the_places_of_members_and_who_they_are(
    ana: Member, client_of: Callable[[Member], Client]
) -> None:
    html = client_of(ana).get("/components/").content.decode()

    assert places(html) == [
        "Your office",
        "Sessions",
        "Action items",
        "Groups",
        "Circulations",
        "Documents",
        "Offices",
    ]
    assert ("Ana Ejemplo" in html, "Meridia, focal point" in html, "Sign out" in html) == (True, True, True)


def test_a_guest_sees_no_offices(gustav: Member, client_of: Callable[[Member], Client]) -> None:
    html = client_of(gustav).get("/components/").content.decode()

    assert places(html) == ["Home", "Sessions", "Action items", "Groups", "Documents"]


def test_the_secretariat_sees_the_way_to_its_desk(staff: Member, client_of: Callable[[Member], Client]) -> None:
    html = client_of(staff).get("/components/").content.decode()

    assert places(html)[-1] == "Secretariat"


def test_the_current_place_is_marked(client: Client) -> None:
    html = client.get("/accounts/login/").content.decode()
    sessions = client.get("/sessions/").content.decode()

    assert re.findall(r'<nav class="w-nav".*?aria-current', html, re.S) == []
    assert re.findall(r'<a href="([^"]+)" aria-current="page">', sessions) == ["/sessions/", "/sessions/"]


def test_every_language_is_a_button_that_keeps_the_page(client: Client) -> None:
    html = client.get("/components/?page=2").content.decode()

    assert re.findall(r'<button name="language" value="([\w-]+)" lang="([\w-]+)"', html) == [
        ("ar", "ar"),
        ("zh-hans", "zh-Hans"),
        ("en", "en"),
        ("fr", "fr"),
        ("ru", "ru"),
        ("es", "es"),
    ]
    assert '<input type="hidden" name="next" value="/components/?page=2">' in html


def test_the_banner_says_that_the_site_is_a_demonstration(client: Client, settings) -> None:
    assert "Demonstration." in client.get("/components/").content.decode()

    settings.DEMO = False
    assert "Demonstration." not in client.get("/accounts/login/").content.decode()


# --- errors -----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", ["400.html", "403_csrf.html", "500.html"])
def test_pages_for_errors_need_neither_request_nor_database(name: str, django_assert_num_queries) -> None:
    with django_assert_num_queries(0):
        html = get_template(name).render()

    assert shape(html) == GOOD
    assert "<form" not in re.sub(r'<form class="w-find".*?</form>', "", html, flags=re.S)


def test_an_unknown_address_is_answered_in_the_look(client: Client) -> None:
    response = client.get("/no/such/page/")

    assert (response.status_code, shape(response.content.decode())) == (404, GOOD)
    assert '?next=/no/such/page/"' in response.content.decode()


def test_a_form_without_its_token_is_answered_in_the_look() -> None:
    response = Client(enforce_csrf_checks=True).post("/accounts/login/", {"login": "ana@qm.example"})

    assert (response.status_code, shape(response.content.decode())) == (403, GOOD)


# --- sign-in pages ----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("path", SIGN_IN_PAGES)
def test_pages_of_the_way_in_carry_the_look(client: Client, path: str) -> None:
    response = client.get(path)

    assert (response.status_code, shape(response.content.decode())) == (200, GOOD)


@pytest.mark.parametrize("path", MEMBER_PAGES)
def test_pages_of_the_own_sign_in_carry_the_look(ana: Member, client_of: Callable[[Member], Client], path: str) -> None:
    ana.user.set_password("a long password")
    ana.user.save()
    response = client_of(ana).get(path)

    assert (response.status_code, shape(response.content.decode())) == (200, GOOD)


def test_signing_in_begins_with_one_field(client: Client) -> None:
    html = client.get("/accounts/login/?next=/sessions/").content.decode()
    main = html[html.index("<main") : html.index("</main>")]

    assert re.findall(r'<input [^>]*id="(\w+)"', main) == ["id_email", "id_login", "id_password", "mfa_credential"]
    assert re.findall(r"<details[^>]*>", main) == ['<details class="w-more">', '<details class="w-more">']
    assert main.count('name="next" value="/sessions/"') == 3


def test_signing_in_says_nothing_that_the_page_shows_anyhow(ana: Member, client: Client) -> None:
    ana.user.set_password("a long password")
    ana.user.save()
    response = client.post(
        "/accounts/login/?next=/components/", {"login": ana.email, "password": "a long password"}, follow=True
    )

    assert (response.redirect_chain, list(response.context["messages"])) == ([("/components/", 302)], [])


def test_a_wrong_password_is_said_where_it_was_typed(ana: Member, client: Client) -> None:
    html = client.post("/accounts/login/", {"login": "ana@qm.example", "password": "wrong"}).content.decode()

    assert ('<details class="w-more" open>' in html, 'role="alert"' in html) == (True, True)


def test_a_wrong_address_for_a_code_is_said_at_the_field(client: Client) -> None:
    html = client.post("/accounts/login/code/", {"email": "nobody"}).content.decode()

    assert ('id="error_email"' in html, 'value="nobody"' in html, 'aria-invalid="true"' in html) == (True, True, True)


# --- static files -----------------------------------------------------------------------------------------------------
def test_bootstrap_enters_its_layer_from_its_package(tmp_path: Path) -> None:
    names = ["css/ltr.css", "css/rtl.css", "css/theme.css"]
    names += [f"js-lib-bootstrap5/css/bootstrap{kind}.min.css{more}" for kind in ("", ".rtl") for more in ("", ".map")]
    for name in names:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(finders.find(name), tmp_path / name)
    storage = ManifestStaticFilesStorage(location=tmp_path, base_url="/static/")
    for result in storage.post_process({name: (storage, name) for name in names}):
        assert not isinstance(result[2], Exception), result

    for name, sheet in (("ltr", "bootstrap.min"), ("rtl", "bootstrap.rtl.min")):
        text = (tmp_path / storage.stored_name(f"css/{name}.css")).read_text()
        [(bootstrap, layer), (theme, outside)] = re.findall(r'@import url\("([^"]+)"\)([^;]*);', text)
        assert re.sub(r"\.[0-9a-f]{12}\.", ".", bootstrap) == f"../js-lib-bootstrap5/css/{sheet}.css"
        assert (tmp_path / "css" / bootstrap).resolve().is_file()
        assert (layer, outside, (tmp_path / "css" / theme).is_file()) == (" layer(bootstrap)", "", True)


def test_the_theme_keeps_to_logical_properties_and_one_dark_mode() -> None:
    css = (ROOT / "static/css/theme.css").read_text()
    dark = re.findall(r"color-scheme: dark;(.*?)\n  }", css, re.S)

    assert (
        re.findall(
            r"(?:margin|padding|border|inset)-(?:left|right)|text-align: (?:left|right)|float: (?:left|right)", css
        )
        == []
    )
    assert [" ".join(block.split()) for block in dark] == [" ".join(dark[0].split())] * 2


# --- in a browser -----------------------------------------------------------------------------------------------------
def listen(page: Page) -> list[str]:
    """What the browser complains about, refusals of the policy too; read it before axe runs: axe sets styles."""
    complaints: list[str] = []

    def note(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            complaints.append(message.text)

    page.on("console", note)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    return complaints


def violations(page: Page) -> list[tuple[str, list[str]]]:
    found = Axe().run(page, options=WCAG).response["violations"]
    return [(each["id"], [node["target"] for node in each["nodes"]]) for each in found]


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("language", "width"), [("en", 1280), ("ar", 390)])
@pytest.mark.parametrize("path", ["/components/", "/accounts/login/"])
def test_pages_pass_the_audit_in_both_directions_and_colours(
    live_server, new_context, path: str, language: str, width: int, scheme: str
) -> None:
    context = new_context(viewport={"width": width, "height": 900}, locale=language, color_scheme=scheme)
    page = context.new_page()
    complaints = listen(page)
    page.goto(live_server.url + path)

    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") == 0
    assert complaints == []
    assert violations(page) == []


@pytest.mark.browser
def test_a_page_of_320_pixels_scrolls_in_one_direction_only(live_server, new_context) -> None:
    page = new_context(viewport={"width": 320, "height": 600}).new_page()
    page.goto(live_server.url + "/components/")

    assert page.evaluate("document.documentElement.scrollWidth") == 320


@pytest.mark.browser
def test_the_theme_wins_over_bootstrap(live_server, page: Page) -> None:
    page.goto(live_server.url + "/accounts/login/")

    # the petrol of look.md, and Bootstrap's own reset still in force beneath it
    button = page.locator("main .btn-primary").first
    assert button.evaluate("e => getComputedStyle(e).backgroundColor") == "rgb(11, 79, 99)"
    assert page.locator("body").evaluate("e => [getComputedStyle(e).margin, getComputedStyle(e).color]") == [
        "0px",
        "rgb(22, 35, 43)",
    ]


@pytest.mark.browser
def test_without_javascript_the_menu_and_the_folded_ways_in_open(live_server, new_context) -> None:
    page = new_context(viewport={"width": 390, "height": 900}, java_script_enabled=False).new_page()
    page.goto(live_server.url + "/accounts/login/")
    page.locator(".w-menu summary").click()
    page.locator("main summary").first.click()

    assert page.locator(".w-menu a").first.is_visible()
    assert page.locator("#id_password").is_visible()


@pytest.mark.browser
def test_a_passkey_is_added_and_signs_in_under_the_policy(live_server, page: Page, ana: Member) -> None:
    ana.user.set_password("a long password")
    ana.user.save()
    home = live_server.url.replace("127.0.0.1", "localhost")
    complaints = listen(page)
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    options = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True}
    session.send(
        "WebAuthn.addVirtualAuthenticator",
        {"options": {**options, "isUserVerified": True, "automaticPresenceSimulation": True}},
    )
    page.goto(home + "/accounts/login/?next=/accounts/2fa/webauthn/add/")
    page.locator("main summary").first.click()
    page.fill("#id_login", "ana@qm.example")
    page.fill("#id_password", "a long password")
    page.get_by_role("button", name="Sign in with the password").click()
    page.fill("#id_password", "a long password")  # asked once more before the sign-in is changed
    page.get_by_role("button", name="Go on").click()
    page.check("#id_passwordless")
    page.get_by_role("button", name="Add the key").click()
    page.wait_for_url("**/recovery-codes/**")
    assert page.locator(".w-codes li").count() == 10

    page.locator(".w-me").get_by_role("button", name="Sign out").click()
    page.goto(home + "/accounts/login/?next=/accounts/2fa/webauthn/")
    page.locator("main summary").nth(1).click()
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.wait_for_url(re.compile(r"^[^?]*/accounts/2fa/webauthn/$"))

    assert page.get_by_text("passkey", exact=True).is_visible()
    assert complaints == []
