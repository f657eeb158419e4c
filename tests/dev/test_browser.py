"""Browser tests run in the system's Chromium, or say that they did not."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from dev.browser import find_chromium
from dev.places import ROOT


@pytest.mark.browser
def test_the_page_fixture_is_the_systems_chromium(page):
    page.set_content("<h1>Here</h1>")

    assert page.get_by_role("heading").inner_text() == "Here"
    assert page.context.browser.browser_type.name == "chromium"


def run_without_chromium(**variables: str) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "CHROMIUM": "/nowhere/chromium", **variables}
    chosen = f"{Path(__file__)}::test_the_page_fixture_is_the_systems_chromium"
    words = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", chosen]
    return subprocess.run(words, cwd=ROOT, env=env, text=True, capture_output=True)


def test_without_chromium_the_skipped_tests_are_counted():
    done = run_without_chromium(REQUIRE_BROWSER="")

    assert (done.returncode, "1 browser tests were skipped: no Chromium was found." in done.stdout) == (0, True)


def test_without_chromium_a_run_that_requires_it_fails():
    done = run_without_chromium(REQUIRE_BROWSER="1")

    assert (done.returncode, "no Chromium was found" in done.stderr) == (4, True)


def test_the_variable_names_the_program(monkeypatch):
    monkeypatch.setenv("CHROMIUM", sys.executable)

    assert find_chromium() == sys.executable
