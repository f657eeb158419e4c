"""Gives a test run its own PostgreSQL and Valkey.

Loaded with `-p`, because pytest-django reads the settings before conftest.py.

Only the controller of a parallel run starts servers; its workers inherit the environment.
"""

import os
import sys
import time
from importlib import import_module

import pytest

from dev import browser, environments
from dev.servers import Throwaway

QUIET = {"--collect-only", "--co", "--help", "-h", "--version", "-V", "--fixtures", "--markers"}
THROWAWAY = "TEST_DATABASE_GOES_WITH_THE_RUN"  # a variable, because workers of a parallel run inherit no options
RUN = pytest.StashKey[tuple[Throwaway, float]]()


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config, args: list[str]) -> None:
    """Sets the environment of the tests, and starts the servers unless this is a worker or nothing will run."""
    if "PYTEST_XDIST_WORKER" in os.environ:
        return
    for name in environments.CLEARED:
        os.environ.pop(name, None)
    os.environ.update(environments.FOR_TESTS)
    if QUIET & set(args):
        os.environ.update(environments.NOWHERE)
        return
    began, run = time.monotonic(), Throwaway(migrated=True)
    servers = run.__enter__()
    os.environ.update(servers.environment, VAR_DIR=str(run.folder))
    os.environ.update({THROWAWAY: "1"} if servers.has_own("PostgreSQL") else {})
    import_module("wild_portal.catalogues").compile_all()  # not at the top: coverage could not see it being loaded
    early_config.stash[RUN] = run, time.monotonic() - began


def pytest_configure(config: pytest.Config) -> None:
    """Registers the browser's fixture late, so that it overrides the one of pytest-playwright.

    Databases on a server that goes with the run are not dropped one by one at its end.
    """
    config.pluginmanager.register(browser, "dev.browser")
    if os.environ.get(THROWAWAY):
        config.option.reuse_db = True


def pytest_report_header(config: pytest.Config) -> str | None:
    """Says how long the servers took."""
    if RUN not in config.stash:
        return None
    run, seconds = config.stash[RUN]
    own = " and ".join(child.name for child in run.servers.children) or "the servers of DATABASE_URL and REDIS_URL"
    return f"servers: {own}, ready in {seconds:.1f} s; Chromium: {browser.find_chromium() or 'not found'}"


@pytest.hookimpl(trylast=True)
def pytest_unconfigure(config: pytest.Config) -> None:
    """Stops the servers and removes their data."""
    if RUN in config.stash:
        config.stash[RUN][0].__exit__(*sys.exc_info())
