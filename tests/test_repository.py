"""The repository itself: what is tracked speaks of the portal alone, and what one file names in another exists."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from django.template.base import Node
from django.template.defaulttags import URLNode
from django.template.loader import get_template
from django.templatetags.static import StaticNode
from django.urls import get_resolver

from dev import extraction, locks, templates
from tests.guards.tree import APPS, ROOT

TEXT = {".py", ".html", ".txt", ".md", ".css", ".js", ".toml", ".yml", ".json", ".csv", ".svg", ".in", ".sh", ".po", ""}
OF_A_MACHINE = re.compile(r"(?<![\w.])/(work|root|home/\w+|Users/\w+)/|/tmp/(mysrv|brief)\b")
OF_A_REGISTRY = re.compile(r"https?://[^/\s\"']*\b(simple|registry|mirror|artifact\w*|nexus|pypi)\b[^/\s\"']*", re.I)
SECRETS = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY|\bAKIA[0-9A-Z]{16}\b|\bgh[pousr]_\w{36}\b|\bxox[bp]-\w{10}")
COMMON_HOSTS = ("https://pypi.org", "https://files.pythonhosted.org")


def tracked() -> list[Path]:
    """What is in the repository, or would be with `git add`."""
    words = ["git", "-C", str(ROOT), "ls-files", "-co", "--exclude-standard"]
    listed = subprocess.run(words, capture_output=True, text=True, check=True).stdout.splitlines()
    return [ROOT / line for line in listed if (ROOT / line).is_file()]


def lines_with(pattern: re.Pattern[str]) -> list[str]:
    """Every line of a tracked text file in which the pattern occurs, as "file:line: match"."""
    return [
        f"{file.relative_to(ROOT)}:{number}: {match.group(0)}"
        for file in tracked()
        if file.suffix in TEXT and file != Path(__file__)
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1)
        for match in pattern.finditer(line)
    ]


def nodes(kind: type[Node]) -> Iterator[tuple[str, Node]]:
    """Every node of a kind in every template of ours, with the template's name."""
    for name in templates.names():
        yield from ((name, node) for node in get_template(name).template.nodelist.get_nodes_by_type(kind))


def test_no_path_of_a_machine_is_tracked() -> None:
    assert lines_with(OF_A_MACHINE) == []


def test_no_host_of_a_registry_is_tracked() -> None:
    assert [line for line in lines_with(OF_A_REGISTRY) if not line.endswith(COMMON_HOSTS)] == []


def test_no_secret_is_tracked() -> None:
    assert lines_with(SECRETS) == []
    assert [
        str(file) for file in tracked() if file.name in {".env", "secret_key", "id_rsa"} or file.suffix == ".pem"
    ] == []


def test_nothing_built_is_tracked() -> None:
    built = {".mo", ".pyc", ".sqlite3", ".log", ".aof", ".rdb"}

    assert [str(file) for file in tracked() if file.suffix in built or "__pycache__" in file.parts] == []


def test_locks_have_hashes_and_no_host_names_and_fit_what_they_were_compiled_from() -> None:
    assert locks.problems() == []


def test_every_template_compiles_and_finds_the_ones_it_names() -> None:
    assert templates.faults() == []


def test_every_address_a_template_names_exists() -> None:
    known = set(_url_names())
    named = {(name, node.view_name.var) for name, node in nodes(URLNode) if isinstance(node.view_name.var, str)}

    assert sorted(pair for pair in named if pair[1] not in known) == []


def _url_names() -> Iterator[str]:
    def below(resolver: object, prefix: str) -> Iterator[str]:
        for entry in resolver.url_patterns:
            if hasattr(entry, "url_patterns"):
                space = f"{prefix}{entry.namespace}:" if entry.namespace else prefix
                yield from below(entry, space)
            elif entry.name:
                yield f"{prefix}{entry.name}"

    return below(get_resolver(), "")


def test_every_static_file_a_template_names_exists() -> None:
    named = {(name, node.path.var) for name, node in nodes(StaticNode) if isinstance(node.path.var, str)}

    assert sorted(pair for pair in named if not finders.find(pair[1])) == []


def test_every_drawing_a_template_names_exists() -> None:
    drawn = set(re.findall(r'<symbol[^>]*\bid="([\w-]+)"', (ROOT / "static/img/icons.svg").read_text(encoding="utf-8")))
    sources = {
        file.relative_to(ROOT): file.read_text(encoding="utf-8") for file in (ROOT / "templates").rglob("*.html")
    }
    named = {(str(file), icon) for file, text in sources.items() for icon in re.findall(r'\{% icon "([\w-]+)"', text)}

    assert sorted(pair for pair in named if pair[1] not in drawn) == []


def test_every_mail_has_a_subject_a_text_and_an_html_part() -> None:
    mails = [name for name in templates.names() if "/email/" in name and not Path(name).name.startswith("_")]
    ending = re.compile(r"(_subject\.txt|_message\.txt|_message\.html|\.txt|\.html)$")
    parts: dict[str, list[str]] = {}
    for name in sorted(mails):
        stem = ending.sub("", name)
        parts.setdefault(stem, []).append(name.removeprefix(stem))
    base = {stem for stem in parts if Path(stem).name.startswith("base")}

    # accounts.emails adds the HTML part to those of allauth
    whole = (["_subject.txt", ".html", ".txt"], ["_message.txt", "_subject.txt"])
    assert {
        stem: found for stem, found in parts.items() if stem not in base and sorted(found) not in map(sorted, whole)
    } == {}


def test_the_six_languages_have_their_catalogues() -> None:
    languages = {code for code, _ in settings.LANGUAGES}

    assert languages == {"ar", "en", "es", "fr", "ru", "zh-hans"}
    assert (
        sorted(file.parts[-3] for file in (ROOT / "locale").glob("*/LC_MESSAGES/django.po")) == extraction_languages()
    )
    assert extraction.faults() + extraction.out_of_step() == []


def extraction_languages() -> list[str]:
    """The folders of the translations; English stands in the sources."""
    return ["ar", "es", "fr", "ru", "zh_Hans"]


@pytest.mark.parametrize(
    "guide", ["README.md", *sorted(str(f.relative_to(ROOT)) for f in (ROOT / "docs").glob("*.md"))]
)
def test_links_and_files_named_in_the_guides_exist(guide: str) -> None:
    text = (ROOT / guide).read_text(encoding="utf-8")
    targets = {target for target in re.findall(r"\]\(([^)#\s]+)", text) if "://" not in target}
    headings = {
        re.sub(r"[^\w\- ]", "", line.lstrip("# ").lower()).replace(" ", "-")
        for line in text.splitlines()
        if line[:1] == "#"
    }

    assert sorted(target for target in targets if not (ROOT / guide).parent.joinpath(target).exists()) == []
    assert set(re.findall(r"\]\(#([^)]+)\)", text)) <= headings


def test_files_of_the_readmes_map_exist() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    named = re.findall(r"`([a-z_]+/[\w./-]*|[A-Za-z.-]+\.(?:py|yml|toml|md|csv))`", text)
    unsure = [name for name in named if "<" not in name and "*" not in name]

    there = {file.relative_to(ROOT).as_posix() for file in tracked()}
    gone = {name for name in unsure if not (ROOT / name).exists() and not any(f.endswith(f"/{name}") for f in there)}

    assert gone == set()


def test_every_box_for_text_takes_its_direction_from_what_is_typed() -> None:
    """English in an Arabic page, and the other way round, keeps its full stops and its marks at the right end."""
    boxes = re.compile(r"Textarea\(attrs=\{[^}]*\}")
    sources = [path for app in APPS for path in (ROOT / app).rglob("*.py")]
    found = [(path.name, box) for path in sources for box in boxes.findall(path.read_text(encoding="utf-8"))]
    assert len(found) > 20
    assert [(name, box) for name, box in found if '"dir": "auto"' not in box] == []
