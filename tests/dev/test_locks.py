"""Locks are judged without the network."""

from pathlib import Path

import pytest

from dev.locks import pins, problems, requirements

HASH = "    --hash=sha256:00\n"
BASE_IN, DEV_IN = "django>=5.2,<5.3  # LTS\nPuremagic\n", "-r base.in\npytest\n"
DJANGO = f"django==5.2.19 \\\n{HASH}    # via\n    #   -r base.in\n    #   django-csp\n"
PUREMAGIC = (
    f"puremagic==1.30 ; python_full_version < '3.12' \\\n{HASH}    # via -r base.in\n"
    f"puremagic==2.2.0 ; python_full_version >= '3.12' \\\n{HASH}    # via -r base.in\n"
)
PYTEST = f"pytest==9.2.0 \\\n{HASH}    # via -r dev.in\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of requirements whose locks fit."""
    files = {
        "base.in": BASE_IN,
        "dev.in": DEV_IN,
        "base.txt": DJANGO + PUREMAGIC,
        "dev.txt": DJANGO + PUREMAGIC + PYTEST,
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    return tmp_path


def test_the_locks_of_the_project_fit():
    assert problems() == []


def test_locks_that_fit_have_no_problems(folder):
    assert problems(folder) == []


def test_comments_and_included_files_are_no_requirements():
    assert list(requirements(BASE_IN)) == ["django", "puremagic"]
    assert list(requirements(DEV_IN)) == ["pytest"]


def test_a_package_may_be_pinned_for_each_python():
    assert [(pin.requirement.name, pin.version, pin.hashes) for pin in pins(PUREMAGIC)] == [
        ("puremagic", "1.30", 1),
        ("puremagic", "2.2.0", 1),
    ]


@pytest.mark.parametrize(
    ("file", "old", "new", "problem"),
    [
        ("base.in", "5.3", "5.2.10", "base.txt: django 5.2.19 does not meet django<5.2.10,>=5.2"),
        ("dev.in", "pytest", "pytest\nruff", "dev.txt: ruff of dev.in is not locked"),
        ("dev.in", "pytest\n", "", "dev.txt: pytest is no longer in dev.in"),
        ("dev.txt", PYTEST, PYTEST.replace(HASH, ""), "dev.txt: pytest has no hash"),
        ("dev.txt", "django==5.2.19", "django==5.2.18", "dev.txt: django 5.2.19 of base.txt is not in it"),
        (
            "base.txt",
            DJANGO,
            f"--index-url https://x.example\n{DJANGO}",
            "base.txt: holds an address or an option; a lock names packages only",
        ),
    ],
)
def test_what_does_not_fit_is_named(folder, file, old, new, problem):
    text = (folder / file).read_text()
    assert old in text
    (folder / file).write_text(text.replace(old, new))

    assert problems(folder) == [problem]
