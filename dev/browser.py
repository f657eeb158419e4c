"""Browser tests with the system's Chromium: how it is started, and what happens where there is none."""

import os
import shutil
from typing import Any

import pytest
from playwright.sync_api import expect

PATIENCE = 20_000  # milliseconds; a page that is ready goes on at once
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def find_chromium() -> str | None:
    """The path of the program CHROMIUM names, else of the first browser found; None where there is none."""
    given = os.environ.get("CHROMIUM")
    return shutil.which(given) if given else next(filter(None, map(shutil.which, NAMES)), None)


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """Starts the system's Chromium: no browser is downloaded."""
    arguments = ["--disable-dev-shm-usage", "--disable-gpu"]
    return {**browser_type_launch_args, "executable_path": find_chromium(), "args": arguments}


def pytest_configure() -> None:
    """Gives pages the time a busy machine needs; ends the run where a browser is required and there is none."""
    expect.set_options(timeout=PATIENCE)
    if os.environ.get("REQUIRE_BROWSER") == "1" and not find_chromium():
        raise pytest.UsageError("REQUIRE_BROWSER=1, and no Chromium was found. Debian: apt-get install chromium")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skips browser tests where there is no Chromium."""
    if find_chromium():
        return
    for item in items:
        if item.get_closest_marker("browser"):
            item.add_marker(pytest.mark.skip(reason="no Chromium (Debian: apt-get install chromium)"))


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Says how many browser tests were skipped."""
    skipped = [report for report in terminalreporter.stats.get("skipped", []) if "no Chromium" in str(report.longrepr)]
    if skipped:
        terminalreporter.write_line(f"{len(skipped)} browser tests were skipped: no Chromium was found.", yellow=True)
